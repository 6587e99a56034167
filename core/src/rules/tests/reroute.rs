//! How platforms are reached, and what follows when that changes.

use std::sync::atomic::{AtomicBool, Ordering};

use super::*;
use crate::DeliveryState;
use crate::transport::scripted::Gate;

/// Shows promise 2.
#[tokio::test]
async fn what_waits_for_a_platform_whose_gateway_changes_goes_by_the_new_one_where_its_rooms_are_told_first() {
    let entries = |gateway| json!([entry("G1"), entry("G2"), via("P", gateway)]);
    let world = World::open(entries("G1"), &[("g1", node("G1").down()), ("g2", node("G2"))]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    let said = world.say(1, "uno").await;
    world.say(1, "dos").await;
    assert_eq!(world.delivery(said, "P").await.unwrap().state, DeliveryState::Waiting);
    assert!(world.sent_now("g2", "room").is_empty());

    world.registry(entries("G2")).await;
    assert_eq!(texts(&world.sent("g2", "message", 2).await), ["uno", "dos"]);
    let requests = world.transport.requests();
    let kinds: Vec<String> = requests
        .iter()
        .filter(|r| r.endpoint.host_str() == Some("g2") && r.body.is_some())
        .flat_map(events)
        .map(|event| event.kind)
        .collect();
    assert!(
        kinds.iter().position(|kind| kind == "room") < kinds.iter().position(|kind| kind == "message"),
        "{kinds:?}"
    );
    world
        .eventually("the new gateway has it", async |world| {
            world.delivery(said, "P").await.unwrap().state == DeliveryState::Accepted
        })
        .await;

    // The old one comes back, and has nobody for whom it is any more: that is no news.
    world.play("g1", node("G1"));
    world.lives("G1").await;
    world.sent("g1", "message", 2).await;
    let report = |gateway: &str, to: &str, state: &str| json!({"platform": gateway, "event": said, "of": "A", "to": to, "state": state, "why": "nobody is here"});
    world.told("G1", &[("receipt", report("G1", "G1", "dead"))]).await;
    assert_eq!(world.delivery(said, "P").await.unwrap().state, DeliveryState::Accepted);
    world.told("G2", &[("receipt", report("G2", "P", "delivered"))]).await;
    assert_eq!(world.delivery(said, "P").await.unwrap().state, DeliveryState::Delivered);
    assert!(world.dead().await.is_empty());
}

/// Shows promise 2.
#[tokio::test]
async fn what_waits_behind_a_gateway_goes_to_the_platform_itself_once_it_is_reached_by_its_own_lane() {
    let world = World::open(json!([entry("G"), via("P", "G")]), &[("g", node("G").down()), ("p", node("P"))]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    let said = world.say(1, "uno").await;
    world.registry(json!([entry("G"), entry("P")])).await;
    assert_eq!(texts(&world.sent("p", "message", 1).await), ["uno"]);
    world
        .eventually("it is delivered", async |world| {
            world.delivery(said, "P").await.unwrap().state == DeliveryState::Delivered
        })
        .await;
    assert_eq!(world.sent_now("p", "room").len(), 1, "it was told of the room");
    // And back again: what it does not take itself waits behind the gateway, and nothing is left in its own lane.
    world.play("p", node("P").down());
    world.say(1, "dos").await;
    world.play("g", node("G"));
    world.registry(json!([entry("G"), via("P", "G")])).await;
    world
        .eventually("it went by the gateway", async |world| texts(&world.sent_now("g", "message")).contains(&"dos"))
        .await;
    assert_eq!(world.waiting("P").await, 0);
}

/// Shows promise 2.
#[tokio::test]
async fn who_is_back_in_the_file_is_told_the_users_and_rooms_that_it_missed_and_no_messages() {
    let mut disabled = entry("P");
    disabled["enabled"] = json!(false);
    for meanwhile in [json!([entry("Q"), disabled]), json!([entry("Q")])] {
        for kind in [plain(), node("P")] {
            let platforms = [("p", kind.clone()), ("q", plain())];
            let mut world = World::open(json!([entry("P"), entry("Q")]), &platforms).await;
            world.node.publish_user(1, "Ana").await.unwrap();
            world.room(1, RoomKind::Public, &[]).await;
            world.sent("p", "room", 1).await;
            world.sent("p", "user", 1).await;
            world.registry(meanwhile.clone()).await;
            world.node.publish_user(2, "Bruno").await.unwrap();
            world.room(2, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
            world.say(2, "nobody hears it").await;
            world.sent("q", "user", 2).await;
            // Also when the node was not running.
            world.again(meanwhile.clone()).await;
            world.registry(json!([entry("P"), entry("Q")])).await;
            let second = |all: &[Request]| sent(all, "p", "room").into_iter().find(|room| room.body["id"] == 2);
            world.transport.wait_until(second).await;
            let mut rooms = world.sent("p", "room", 2).await;
            // A node takes what it gets twice under one id for what it is.
            rooms.dedup_by(|a, b| a.id == b.id);
            let users = world.sent("p", "user", 2).await;
            assert_eq!(
                rooms.iter().map(|room| &room.body["id"]).collect::<Vec<_>>(),
                [1, 2],
                "what it knew is not told again"
            );
            assert_eq!(users.iter().map(|user| &user.body["name"]).collect::<Vec<_>>(), ["Ana", "Bruno"]);
            world.say(2, "now").await;
            assert_eq!(texts(&world.sent("p", "message", 1).await), ["now"]);
            world.node.close().await.unwrap();
        }
    }
}

/// Shows promise 8.
#[tokio::test]
async fn what_a_peer_said_to_a_platform_that_turns_out_to_be_a_node_is_reported_dead() {
    let world = World::open(json!([entry("B"), entry("P")]), &[("b", node("B")), ("p", node("P").down())]).await;
    let room = json!({"id": 4, "name": "Sala", "type": "private", "users": [{"B": [1]}, {"P": [5]}], "platform": "B"});
    let message = json!({"roomOriginalPlatform": "B", "roomId": 4, "senderId": 1, "text": "hola", "platform": "B"});
    world.told("B", &[("room", room), ("message", message)]).await;
    assert_eq!(world.waiting("P").await, 2);
    world.play("p", node("P"));
    let report = &world.sent("b", "receipt", 1).await[0].body;
    assert_eq!((&report["state"], &report["to"], &report["of"]), (&json!("dead"), &json!("A"), &json!("B")));
    assert!(world.sent_now("p", "message").is_empty(), "what came from a peer is not sent on to another");
    assert_eq!(world.dead().await.len(), 1);
}

/// Shows promise 8.
#[tokio::test]
async fn a_gateway_that_takes_a_message_for_nobody_reports_it_dead() {
    let world = World::open(json!([entry("B"), entry("P")]), &[("b", node("B")), ("p", plain())]).await;
    let room = |users| json!({"id": 4, "name": "Sala", "type": "private", "users": users, "platform": "B"});
    let said = |text| json!({"roomOriginalPlatform": "B", "roomId": 4, "senderId": 1, "text": text, "platform": "B"});
    let (with, without) = (json!([{"B": [1]}, {"P": [5]}]), json!([{"B": [1]}]));
    world.told("B", &[("room", room(with)), ("message", said("heard"))]).await;
    assert_eq!(world.sent("b", "receipt", 1).await[0].body["state"], "delivered");
    world.told("B", &[("room", room(without)), ("message", said("by nobody"))]).await;
    let reports = world.sent("b", "receipt", 2).await;
    assert_eq!((&reports[1].body["state"], &reports[1].body["to"]), (&json!("dead"), &json!("A")));
    assert_eq!(texts(&world.sent_now("p", "message")), ["heard"]);
}

#[tokio::test]
async fn a_late_report_of_a_gateway_that_hosts_the_platform_no_longer_counts() {
    let entries = |gateway| json!([entry("G1"), entry("G2"), via("P", gateway)]);
    let world = World::open(entries("G1"), &[("g1", node("G1")), ("g2", node("G2"))]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    let said = world.say(1, "uno").await;
    world.sent("g1", "message", 1).await;
    world.eventually("G1 has it", async |world| world.waiting("G1").await == 0).await;
    world.registry(entries("G2")).await;
    let report = json!({"platform": "G1", "event": said, "of": "A", "to": "P", "state": "delivered"});
    assert_eq!(world.batch("G1", &[("receipt", report.clone())]).await, (200, vec![200]));
    assert_eq!(world.delivery(said, "P").await.unwrap().state, DeliveryState::Delivered);
    // Whoever had nothing to do with it may say nothing of it.
    let mut foreign = report;
    foreign["platform"] = json!("G2");
    foreign["to"] = json!("G1");
    world.lives("G2").await;
    assert_eq!(world.batch("G2", &[("receipt", foreign)]).await, (200, vec![403]));
}

/// Shows promise 7.
#[tokio::test]
async fn a_platform_that_stood_in_the_file_is_claimed_and_spoken_for_by_nobody() {
    let world = World::open(json!([entry("B"), entry("P")]), &[("b", node("B")), ("p", plain())]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    world.sent("p", "room", 1).await;
    world.registry(json!([entry("B")])).await;
    world.play("b", node("B").hosting(&["P", "legacy"]));
    let claim = |name| json!({"platform": "B", "name": name, "supportAudio": true, "supportImage": true, "via": "B"});
    world.told("B", &[("platform", claim("P")), ("platform", claim("legacy"))]).await;
    let user = |platform| json!({"id": 7, "name": "Eva", "platform": platform});
    assert_eq!(world.batch("B", &[("user", user("P")), ("user", user("legacy"))]).await, (200, vec![403, 200]));
    world.say(1, "private").await;
    let names: Vec<_> = world.node.platforms().into_iter().map(|platform| platform.name).collect();
    assert_eq!(names, ["A".into(), "B".into(), std::sync::Arc::<str>::from("legacy")]);
    assert!(world.sent_now("b", "message").is_empty());
}

/// Shows promise 7.
#[tokio::test]
async fn only_a_node_claims_and_reports() {
    let world = World::open(json!([entry("P"), entry("Q")]), &[("p", plain()), ("q", plain())]).await;
    let claim = json!({"platform": "P", "name": "x", "supportAudio": true, "supportImage": true, "via": "P"});
    let report = json!({"platform": "P", "event": unique(), "of": "A", "to": "P", "state": "delivered"});
    let user = json!({"id": 7, "name": "Eva", "platform": "x"});
    for event in [("platform", claim), ("receipt", report), ("user", user)] {
        world
            .eventually("it is refused for good", async |world| {
                let (status, lines) = world.batch("P", std::slice::from_ref(&event)).await;
                assert!(status == 200 && matches!(lines[0], 403 | 503), "{status} {lines:?}");
                lines == [403]
            })
            .await;
    }
    assert_eq!(world.node.platforms().len(), 3);
}

#[tokio::test]
async fn nothing_goes_by_a_plain_platform_that_the_file_takes_for_a_gateway() {
    let world = World::open(json!([entry("G"), via("P", "G")]), &[("g", plain())]).await;
    world.eventually("G is known", async |world| world.kind("G").await == "plain").await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    let receipt = world.node.publish_message(NewMessage::new(1, 1, "hola")).await.unwrap();
    assert!(receipt.destinations.is_empty());
}

#[tokio::test]
async fn two_standalone_nodes_of_one_name_hear_whom_the_other_hosts_and_what_became_of_messages() {
    let other = node("integrador").standalone().hosting(&["legacy", "old"]);
    let (entries, platforms) = (json!([entry("hub"), entry("P")]), [("hub", other), ("p", plain())]);
    let world = World::open_as(|store| Config::standalone("integrador", store), entries, &platforms).await;
    let claim = json!({"platform": "integrador", "name": "old", "supportAudio": false, "supportImage": true, "via": "integrador"});
    let report = json!({"platform": "integrador", "event": unique(), "of": "P", "to": "integrador", "state": "dead"});
    world.told("hub", &[("platform", claim), ("receipt", report)]).await;
    let platforms = world.node.platforms();
    let old = platforms.iter().find(|platform| &*platform.name == "old").expect("it is known");
    assert_eq!((old.via.as_deref(), old.support_audio), (Some("hub"), false));
    assert!(world.sent("hub", "platform", 1).await.iter().any(|told| told.body["name"] == "P"));
}

#[tokio::test]
async fn a_pong_that_was_on_its_way_undoes_nothing_that_its_node_has_said_since() {
    let (slow, gate) = (Arc::new(AtomicBool::new(false)), Gate::shut());
    let transport = Scripted::new({
        let (slow, gate) = (slow.clone(), gate.clone());
        move |request| {
            let answer = node("B").hosting(&["before"]).answer(request);
            if slow.load(Ordering::Relaxed) { answer.after(&gate) } else { answer }
        }
    });
    let world = Stage::open("A", json!([entry("B")]), transport).await;
    let hosted = async || {
        let platforms = world.node.platforms();
        let of_b = platforms.into_iter().filter(|platform| platform.via.as_deref() == Some("B"));
        of_b.map(|platform| platform.name.to_string()).collect::<Vec<_>>()
    };
    world.eventually("it hosts one", async |_| hosted().await == ["before"]).await;
    slow.store(true, Ordering::Relaxed);
    let asked = tokio::spawn({
        let (peers, num) = (world.node.peers().clone(), world.num("B"));
        async move { crate::peers::ping::ping(&peers, num).await }
    });
    let pings = |all: &[Request]| all.iter().filter(|request| request.path == "ping").count();
    let before = pings(&world.transport.requests());
    world.transport.wait_until(|all| (pings(all) > before).then_some(())).await;
    let said = |name, gone| json!({"platform": "B", "name": name, "supportAudio": true, "supportImage": true, "via": "B", "removed": gone});
    world.told("B", &[("platform", said("after", false)), ("platform", said("before", true))]).await;
    assert_eq!(hosted().await, ["after"]);
    gate.open();
    asked.await.unwrap().unwrap();
    assert_eq!(hosted().await, ["after"]);
    // The next one is asked after all that, and is believed.
    crate::peers::ping::ping(world.node.peers(), world.num("B")).await.unwrap();
    assert_eq!(hosted().await, ["before"]);
}

#[tokio::test]
async fn an_endpoint_that_is_the_node_itself_is_down_and_says_why() {
    let world = World::open(json!([entry("B")]), &[]).await;
    let mut mirror = node("A");
    mirror.node.as_mut().unwrap().store = world.node.status().await.unwrap().store;
    world.play("b", mirror);
    world.registry(json!([entry("B"), entry("C")])).await;
    world.eventually("it is down", async |world| world.up("B").await == Some(false)).await;
    assert_eq!(world.kind("B").await, "unknown");
}

#[tokio::test(start_paused = true)]
async fn a_front_end_that_refuses_all_is_no_platform_that_is_up() {
    for status in [401, 403, 410, 301] {
        let mut front = plain();
        (front.posts, front.users) = (Some(status), status);
        let world = World::open(json!([entry("P")]), &[("p", front)]).await;
        world.room(1, RoomKind::Public, &[]).await;
        world.eventually("it is down", async |world| world.up("P").await == Some(false)).await;
        assert_eq!(world.kind("P").await, "unknown");
        if status != 410 {
            let alarm = async |world: &Stage| world.node.status().await.unwrap().platforms[0].alarm.clone();
            let says =
                async |world: &Stage| alarm(world).await.is_some_and(|alarm| alarm.contains(&status.to_string()));
            world.eventually("somebody is told to look", says).await;
        }
        world.play("p", plain());
        world.sent("p", "room", 1).await;
        assert!(world.dead().await.is_empty(), "{status}");
        world.node.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_platform_that_has_neither_a_ping_nor_a_list_of_users_is_a_plain_one() {
    let mut bare = plain();
    bare.users = 404;
    let world = World::open(json!([entry("P")]), &[("p", bare)]).await;
    world.room(1, RoomKind::Public, &[]).await;
    world.sent("p", "room", 1).await;
    assert_eq!((world.kind("P").await, world.up("P").await), ("plain", Some(true)));
}
