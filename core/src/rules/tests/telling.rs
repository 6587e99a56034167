//! What newcomers are told, and reports that must not get lost.

use super::*;

/// Shows promise 5.
#[tokio::test]
async fn a_peer_with_another_store_at_each_ping_is_told_anew_and_costs_no_row() {
    let world = World::open(json!([entry("B"), entry("P")]), &[("b", node("B").down()), ("p", plain())]).await;
    let users: Vec<(Id, String)> = (0..500).map(|n| (Id::from(n), format!("user {n}"))).collect();
    world.node.publish_users(users).await.unwrap();
    world.eventually("P is known", async |world| world.kind("P").await == "plain").await;
    let before = world.waiting("B").await;
    let num = world.node.shared().directory.read().resolve("B").unwrap();
    for _ in 0..200 {
        let pong = crate::Pong {
            platform: "B".into(),
            version: 1,
            batch: true,
            receipts: true,
            kinds: None,
            hosts: Vec::new(),
            store: Some(unique()),
            standalone: false,
            knows: None,
        };
        world
            .node
            .shared()
            .writer
            .run(move |job| crate::rules::platform::pong(job, num, Some(&pong), u64::MAX))
            .await
            .unwrap();
    }
    assert_eq!(world.waiting("B").await, before, "nothing waits for it but what was published");
    assert!(world.dead().await.is_empty());
    world.play("b", node("B"));
    world.lives("B").await;
    let told = world.sent("b", "user", 500).await;
    let mut ids: Vec<&str> = told.iter().map(|user| user.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 500, "each under its own id, however often");
    let platforms = world.sent("b", "platform", 1).await;
    assert_eq!((&platforms[0].body["name"], &platforms[0].body["via"]), (&json!("P"), &json!("A")));
}

/// Shows promise 2.
#[tokio::test]
async fn a_telling_goes_on_where_it_was_when_the_node_is_opened_again() {
    let mut world = World::open(json!([entry("P")]), &[("p", plain())]).await;
    for n in 1..=5 {
        world.node.publish_user(n, format!("user {n}")).await.unwrap();
    }
    world.room(1, RoomKind::Public, &[]).await;
    // A newcomer that takes three and is gone.
    world.play("n", plain());
    let limited = world.network.clone();
    world.registry(json!([entry("P"), entry("N")])).await;
    world.sent("n", "user", 3).await;
    limited.hold().insert("n".into(), plain().down());
    world.node.close().await.unwrap();
    let took = world.sent_now("n", "user").len();
    world.play("n", plain());
    world.again(json!([entry("P"), entry("N")])).await;
    world.sent("n", "room", 1).await;
    let told = world.sent_now("n", "user");
    let names: Vec<&str> = told.iter().map(|user| user.body["name"].as_str().unwrap()).collect();
    assert!(names.len() <= 6 && names.len() >= 5, "at most what was in flight comes twice: {names:?} {took}");
    assert!((1..=5).all(|n| names.contains(&format!("user {n}").as_str())), "{names:?}");
}

#[tokio::test]
async fn a_newcomer_that_refuses_what_it_is_told_leaves_no_dead_letters() {
    let mut refusing = plain();
    refusing.posts = Some(400);
    let world = World::open(json!([]), &[("p", refusing)]).await;
    for n in 1..=5 {
        world.node.publish_user(n, format!("user {n}")).await.unwrap();
    }
    world.registry(json!([entry("P")])).await;
    world.sent("p", "user", 5).await;
    world.play("p", plain());
    world.room(1, RoomKind::Public, &[]).await;
    world.sent("p", "room", 1).await;
    assert!(world.dead().await.is_empty());
}

#[tokio::test]
async fn who_was_only_imported_is_told_under_the_same_id_each_time() {
    let mut peer = node("B");
    peer.users = 200;
    let world = World::open(json!([entry("B")]), &[("b", peer)]).await;
    world.lives("B").await;
    let num = world.node.shared().directory.read().resolve("B").unwrap();
    let import = crate::rules::Arrival {
        source: crate::rules::routing::Source::Peer(num),
        speaker: num,
        id: None,
        parked: false,
    };
    let body = crate::wire::UserBody { id: 7.into(), name: "Eva".into(), active: true, extras: Default::default() };
    world.node.shared().writer.run(move |job| crate::rules::user::imported(job, import, body)).await.unwrap();
    world.play("p", plain());
    world.registry(json!([entry("B"), entry("P")])).await;
    let first = world.sent("p", "user", 1).await;
    let lane = world.node.shared().directory.read().resolve("P").unwrap();
    world.node.shared().writer.run(move |job| crate::rules::reroute::tell(job, lane, lane, 0)).await.unwrap();
    let again = world.sent("p", "user", 2).await;
    assert_eq!((&first[0].id, &first[0].body["name"]), (&again[1].id, &json!("Eva")));
    assert!(Uuid::try_parse(&first[0].id).is_ok_and(|id| id.get_version_num() == 7));
}

/// Shows promise 2.
#[tokio::test(start_paused = true)]
async fn reports_and_platforms_wait_like_all_else_while_a_peer_answers_500_or_refuses_batches() {
    for refusal in [500, 400] {
        let world = World::open(json!([entry("B"), entry("P")]), &[("b", node("B")), ("p", plain().down())]).await;
        let room =
            json!({"id": 4, "name": "Sala", "type": "private", "users": [{"B": [1]}, {"P": [5]}], "platform": "B"});
        let message = json!({"roomOriginalPlatform": "B", "roomId": 4, "senderId": 1, "text": "hola", "platform": "B"});
        world.told("B", &[("room", room), ("message", message)]).await;
        let mut broken = node("B");
        broken.node = world.network.hold()["b"].node.clone();
        let whole = broken.clone();
        broken.posts = Some(refusal);
        world.play("b", broken);
        world.play("p", plain());
        if refusal == 500 {
            world.eventually("the reports of both wait", async |world| world.waiting("B").await >= 2).await;
            // Twice as often as it takes until the first of a batch goes alone.
            let tries = |all: &[Request]| {
                all.iter().filter(|r| r.endpoint.host_str() == Some("b") && r.path == "batch").count()
            };
            let before = tries(&world.transport.requests());
            world.transport.wait_until(|all| (tries(all) >= before + 4).then_some(())).await;
            world.play("b", whole);
            world.lives("B").await;
            world.eventually("nothing waits", async |world| world.waiting("B").await == 0).await;
            assert!(world.dead().await.is_empty(), "{:?}", world.dead().await);
            let requests = world.transport.requests();
            let last = requests.iter().filter(|r| r.path == "batch").flat_map(events).next_back().expect("a batch");
            assert_eq!(last.kind, "receipt", "it went out at last, in its turn");
        } else {
            world
                .eventually("what is refused for good is a dead letter", async |world| {
                    world.dead().await.iter().any(|dead| dead.starts_with("receipt B: 400"))
                })
                .await;
        }
        world.node.close().await.unwrap();
    }
}
