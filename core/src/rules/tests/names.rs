//! Names: what is renamed stays what it was, two rows of one platform become one, and a peer names no more than its share.

use super::*;

fn renamed(name: &str, alias: &str) -> Value {
    let mut entry = entry(alias);
    entry["name"] = json!(name);
    entry["aliases"] = json!([alias]);
    entry
}

fn members_of(world: &World, room: impl Into<Ref>) -> Vec<(String, Vec<String>)> {
    let room = world.node.room(room).unwrap().expect("the room");
    room.members.iter().map(|(name, ids)| (name.to_string(), ids.iter().map(ToString::to_string).collect())).collect()
}

/// Shows promise 2.
#[tokio::test]
async fn a_platform_renamed_with_an_alias_keeps_members_and_what_waits_through_three_starts() {
    let mut world = World::open(json!([entry("GWT_CHAT")]), &[("gwt-chat", plain().down())]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("GWT_CHAT", &[1, 2])]).await;
    world.say(1, "waits").await;
    for start in 0..3 {
        world.again(json!([renamed("GWT", "GWT_CHAT")])).await;
        let expected = [("A".to_owned(), vec!["1".to_owned()]), ("GWT".to_owned(), vec!["1".into(), "2".into()])];
        assert_eq!(members_of(&world, 1), expected, "start {start}");
        assert_eq!(world.waiting("GWT").await, 2);
    }
    world.play("gwt-chat", plain());
    world
        .node
        .publish_room(1, "Otra", RoomKind::Private, members(&[("A", &[1]), ("GWT_CHAT", &[1, 2])]))
        .await
        .unwrap();
    let named = |all: &[Request]| sent(all, "gwt-chat", "room").into_iter().find(|room| room.body["name"] == "Otra");
    let room = world.transport.wait_until(named).await;
    assert_eq!(room.body["users"], json!([{"A": [1]}, {"GWT": [1, 2]}]));
    assert_eq!(texts(&world.sent("gwt-chat", "message", 1).await), ["waits"]);
}

#[tokio::test]
async fn a_node_opened_under_a_new_name_with_the_old_one_as_an_alias_keeps_what_it_was() {
    let mut world = World::open(json!([entry("A"), entry("P")]), &[("p", plain())]).await;
    world.node.publish_user(1, "Ana").await.unwrap();
    world.room(1, RoomKind::Public, &[("A", &[1])]).await;
    world.sent("p", "room", 1).await;
    world.config.platform = "Ahora".into();
    world.again(json!([renamed("Ahora", "A"), entry("P")])).await;
    assert_eq!(members_of(&world, 1), [("Ahora".to_owned(), vec!["1".to_owned()])]);
    assert_eq!(world.node.users(Some("Ahora")).unwrap().len(), 1);
    world.say(1, "hola").await;
    let said = &world.sent("p", "message", 1).await[0].body;
    assert_eq!((&said["platform"], &said["roomOriginalPlatform"]), (&json!("Ahora"), &json!("Ahora")));
}

/// Shows promise 2.
#[tokio::test]
async fn a_platform_whose_new_name_a_peer_mentioned_before_our_file_did_is_one_platform() {
    let peer = node("B").hosting(&["Otro"]);
    let mut world =
        World::open(json!([entry("B"), entry("GWT_CHAT")]), &[("b", peer), ("gwt-chat", plain().down())]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("GWT_CHAT", &[1, 2])]).await;
    let said = world.say(1, "waits").await;
    let room = json!({"id": 4, "name": "Sala", "type": "private", "users": [{"B": [1]}, {"A": [1]}, {"GWT": [7]}], "platform": "B"});
    let parked = json!({"roomOriginalPlatform": "GWT", "roomId": 9, "senderId": 1, "text": "parked", "platform": "B"});
    world.told("B", &[("room", room), ("message", parked)]).await;
    assert_eq!(members_of(&world, ext("B:4")).last().unwrap(), &("GWT".to_owned(), vec!["7".to_owned()]));

    world.registry(json!([entry("B"), renamed("GWT", "GWT_CHAT")])).await;
    for _ in 0..2 {
        assert_eq!(members_of(&world, 1).last().unwrap(), &("GWT".to_owned(), vec!["1".to_owned(), "2".into()]));
        assert_eq!(members_of(&world, ext("B:4")).last().unwrap(), &("GWT".to_owned(), vec!["7".to_owned()]));
        assert_eq!(world.waiting("GWT").await, 2);
        assert_eq!(world.node.platforms().iter().filter(|p| p.name.starts_with("GWT")).count(), 1);
        world.again(json!([entry("B"), renamed("GWT", "GWT_CHAT")])).await;
    }
    world.play("gwt-chat", plain());
    world.sent("gwt-chat", "message", 1).await;
    world
        .eventually("it is delivered", async |world| {
            world.delivery(said, "GWT").await.unwrap().state == crate::DeliveryState::Delivered
        })
        .await;
    // What waited for a room of the name that was only mentioned finds the room.
    let room = json!({"id": 9, "name": "De GWT", "token": token("GWT_CHAT"), "type": "public", "users": []});
    let request = http::Request::post("/room").body(Bytes::from(room.to_string())).unwrap();
    assert_eq!(world.node.handle(request).await.status(), 200);
    let said = |world: &Stage| texts(&world.sent_now("gwt-chat", "message")).contains(&"parked");
    world.eventually("what was parked is heard", async |world| said(world)).await;
}

/// Shows promise 2.
#[tokio::test]
async fn two_entries_that_the_file_makes_one_lose_nothing_that_waits_for_either() {
    let both = json!([entry("P"), entry("Pe")]);
    let world = World::open(both, &[("p", plain().down()), ("pe", plain().down())]).await;
    world.room(1, RoomKind::Private, &[("A", &[1]), ("P", &[5])]).await;
    world.room(2, RoomKind::Private, &[("A", &[1]), ("Pe", &[6])]).await;
    world.say(1, "to P").await;
    world.say(2, "to Pe").await;
    world.registry(json!([renamed("P", "Pe")])).await;
    world.play("pe", plain());
    let mut said = texts(&world.sent("pe", "message", 2).await).iter().map(ToString::to_string).collect::<Vec<_>>();
    said.sort();
    assert_eq!(said, ["to P", "to Pe"]);
    world.eventually("nothing waits", async |world| world.waiting("P").await == 0).await;
    assert!(world.dead().await.is_empty());
}

/// Shows promise 5.
#[tokio::test]
async fn a_peer_that_makes_names_up_uses_up_its_own_share_only() {
    let world = World::open(json!([entry("B"), entry("C")]), &[("b", node("B")), ("c", node("C"))]).await;
    let room = |by: &str, id: i64, names: std::ops::Range<usize>| {
        let invented = names.map(|n| json!({format!("invented {by} {n}"): [1]}));
        let users: Vec<Value> = std::iter::once(json!({by: [1]})).chain(invented).collect();
        json!({"id": id, "name": "Sala", "type": "public", "users": users, "platform": by})
    };
    world.lives("B").await;
    let known = || world.node.shared().directory.read().platforms.len();
    let before = known();
    assert_eq!(world.batch("B", &[("room", room("B", 1, 0..9_990))]).await, (200, vec![403]));
    assert_eq!(known(), before, "a refusal leaves no names behind");
    assert_eq!(world.batch("B", &[("room", room("B", 1, 0..1_000))]).await, (200, vec![200]));
    assert_eq!(world.batch("B", &[("room", room("B", 2, 999..1_001))]).await, (200, vec![403]));
    assert_eq!(world.batch("C", &[("room", room("C", 1, 0..3))]).await, (200, vec![200]));
    // It may still claim whom it really hosts.
    world.play("b", node("B").hosting(&["legacy"]));
    world.lives("B").await;
    let known = async |world: &Stage| world.node.platforms().iter().any(|platform| &*platform.name == "legacy");
    world.eventually("it hosts legacy", known).await;
}

#[tokio::test]
async fn a_message_that_no_node_would_take_is_refused_at_once() {
    let world = World::open(json!([entry("B")]), &[("b", node("B").down())]).await;
    world.room(1, RoomKind::Public, &[]).await;
    let attachment = |bytes: usize| crate::Attachment {
        kind: crate::AttachmentKind::File,
        url: None,
        data: Some("A".repeat(bytes)),
        mime: None,
        name: Some("largo".into()),
        size: None,
    };
    let mut large = NewMessage::new(1, 1, "adjunto");
    large.attachments = vec![attachment(8 << 20)];
    let refused = world.node.publish_message(large.clone()).await.unwrap_err();
    assert_eq!(refused.kind(), crate::ErrorKind::Invalid);
    assert!(refused.to_string().contains("attachments"), "{refused}");
    large.attachments = vec![attachment(1 << 20)];
    world.node.publish_message(large).await.unwrap();
}
