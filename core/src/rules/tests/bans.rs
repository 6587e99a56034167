//! Whom the origin of a room bars from it: what they write is refused, and they can't be members.

use super::*;
use crate::{Banned, ErrorKind, EventBody, NewRoom, NewUser, Node};

/// A of this app, B a node, P a plain platform hosted here.
async fn world() -> World {
    let world = World::open(json!([entry("B"), entry("P")]), &[("b", node("B")), ("p", plain())]).await;
    world.are_known(&[("B", "node"), ("P", "plain")]).await;
    world.publish_user(1, "Ana").await.unwrap();
    world
}

fn plaza() -> NewRoom {
    NewRoom::new(1, "Plaza", RoomKind::Public).members("A", [1]).members("B", [1, 2]).members("P", [4, 5])
}

/// What P posts is answered with this status.
async fn posted(world: &World, path: &str, mut body: Value) -> u64 {
    body["token"] = json!(token("P"));
    let request = http::Request::post(format!("/{path}")).body(Bytes::from(body.to_string())).unwrap();
    let answer = world.handle(request).await;
    serde_json::from_slice::<Value>(answer.body()).unwrap()["status"].as_u64().unwrap()
}

fn says(room: &str, sender: i64) -> Value {
    json!({"roomOriginalPlatform": room, "roomId": 1, "senderId": sender, "text": "hola"})
}

async fn brings(world: &World, kind: &str, mut body: Value) -> u16 {
    body["platform"] = json!("B");
    world.batch("B", &[(kind, body)]).await.1[0]
}

fn members_of(world: &World, room: &str) -> Vec<(String, Vec<i64>)> {
    let room = Node::room(world, ext(room)).unwrap().unwrap();
    let of = |ids: Vec<Id>| ids.iter().filter_map(Id::as_i64).collect();
    room.members.into_iter().map(|(platform, ids)| (platform.to_string(), of(ids))).collect()
}

fn expected(list: &[(&str, &[i64])]) -> Vec<(String, Vec<i64>)> {
    list.iter().map(|(platform, ids)| ((*platform).into(), ids.to_vec())).collect()
}

#[tokio::test]
async fn what_a_banned_user_writes_is_refused_and_they_are_left_out_of_the_members_without_an_error() {
    let world = world().await;
    world.publish_new_room(plaza().ban("B", [2, 3]).ban("P", [5])).await.unwrap();
    assert_eq!(members_of(&world, "A:1"), expected(&[("A", &[1]), ("B", &[1]), ("P", &[4])]));
    assert_eq!(
        (brings(&world, "message", says("A", 2)).await, brings(&world, "message", says("A", 9)).await),
        (403, 200)
    );
    assert_eq!(
        (posted(&world, "message", says("A", 5)).await, posted(&world, "message", says("A", 4)).await),
        (403, 200)
    );
    let reaction = json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 5, "of": unique(), "ofPlatform": "P", "emoji": "👍"});
    assert_eq!(posted(&world, "reaction", reaction).await, 403);
    // Their own platform may name them: they are left out.
    let joins =
        json!({"id": 1, "name": "Plaza", "type": "public", "roomOriginalPlatform": "A", "users": [{"P": [4, 5, 6]}]});
    assert_eq!(posted(&world, "room", joins).await, 200);
    assert_eq!(members_of(&world, "A:1"), expected(&[("A", &[1]), ("B", &[1]), ("P", &[4, 6])]));
    world.close().await.unwrap();
}

#[tokio::test]
async fn nodes_hear_of_bans_and_plain_platforms_of_the_members_who_are_left() {
    let world = world().await;
    world.publish_new_room(plaza().ban("P", [5]).ban_platform("B")).await.unwrap();
    let (to_node, to_plain) = (world.sent("b", "room", 1).await, world.sent("p", "room", 1).await);
    assert_eq!(to_node[0].body["banned"], json!([{"P": [5]}, {"B": "*"}]));
    let left = json!([{"A": [1]}, {"P": [4]}]);
    assert_eq!((&to_node[0].body["users"], &to_plain[0].body["users"]), (&left, &left));
    assert_eq!(to_plain[0].body.get("banned"), None);
    let room = Node::room(&world, 1).unwrap().unwrap();
    assert_eq!(room.banned, [("P".into(), Banned::Users(vec![5.into()])), ("B".into(), Banned::Platform)]);
    world.close().await.unwrap();
}

#[tokio::test]
async fn announced_again_without_bans_nobody_is_barred_and_whom_the_app_lists_is_a_member_again() {
    let world = world().await;
    world.publish_new_room(plaza().ban("B", [2])).await.unwrap();
    assert!(
        world.publish_new_room(plaza().ban("B", [2])).await.unwrap().event.is_none(),
        "what has not changed is not sent"
    );
    // Each announcement is sent before the next, which would take its place while it waits.
    world.sent("b", "room", 1).await;
    // That one of its users joins bars and unbars nobody.
    world.join_room(1, 7).await.unwrap();
    world.sent("b", "room", 2).await;
    assert_eq!(brings(&world, "message", says("A", 2)).await, 403);
    assert!(world.publish_new_room(plaza()).await.unwrap().event.is_some());
    assert_eq!(members_of(&world, "A:1"), expected(&[("A", &[1, 7]), ("B", &[1, 2]), ("P", &[4, 5])]));
    assert_eq!(brings(&world, "message", says("A", 2)).await, 200);
    let sent = world.sent("b", "room", 3).await;
    assert_eq!(sent.iter().map(|sent| sent.body.get("banned").is_some()).collect::<Vec<_>>(), [true, true, false]);
    world.close().await.unwrap();
}

#[tokio::test]
async fn whom_another_platform_bars_from_its_room_can_neither_write_nor_join_here() {
    let world = world().await;
    let room = |users: Value| json!({"id": 1, "name": "Sur", "type": "public", "users": users, "banned": [{"A": [1]}]});
    assert_eq!(brings(&world, "room", room(json!([{"A": [1, 2]}]))).await, 200);
    assert_eq!(members_of(&world, "B:1"), expected(&[("A", &[2])]));
    let message = world.publish_message(NewMessage::new(ext("B:1"), 1, "hola")).await.unwrap_err();
    let joins = world.join_room(ext("B:1"), 1).await.unwrap_err();
    assert_eq!((message.kind(), joins.kind()), (ErrorKind::Forbidden, ErrorKind::Forbidden), "{message} {joins}");
    world.publish_message(NewMessage::new(ext("B:1"), 2, "hola")).await.unwrap();
    // Only the origin's bans count.
    let by_p = json!({"id": 1, "name": "Sur", "type": "public", "roomOriginalPlatform": "B", "users": [{"P": [4]}], "banned": [{"A": [2]}]});
    assert_eq!(posted(&world, "room", by_p).await, 200);
    assert_eq!(members_of(&world, "B:1"), expected(&[("A", &[2]), ("P", &[4])]));
    world.close().await.unwrap();
}

#[tokio::test]
async fn avatars_and_what_the_app_carries_are_sent_where_they_have_changed_and_kept_where_others_speak() {
    let world = world().await;
    let avatar = "https://example.org/a.png";
    let carried = crate::Ext::from_json("{\"n\": 12345678901234567890}").unwrap();
    let ana = || NewUser::new(1, "Ana").avatar(avatar);
    assert!(world.publish_new_user(ana()).await.unwrap().event.is_some());
    assert!(world.publish_new_user(ana()).await.unwrap().event.is_none());
    assert_eq!(world.publish_users([ana().ext(carried.clone())]).await.unwrap(), 1);
    assert_eq!(world.publish_users([ana().ext(carried.clone())]).await.unwrap(), 0);
    let users = world.users(Some("A")).unwrap();
    assert_eq!((users[0].avatar.as_deref(), &users[0].ext), (Some(avatar), &Some(carried.clone())));
    let described = || plaza().avatar(avatar).ext(carried.clone());
    world.publish_new_room(described()).await.unwrap();
    assert!(world.publish_new_room(described()).await.unwrap().event.is_none());
    // Each announcement is sent before the next, which would take its place while it waits.
    world.sent("b", "room", 1).await;
    // Others come and go; what the room has beside its name stays.
    let joins =
        json!({"id": 1, "name": "Plaza", "type": "public", "roomOriginalPlatform": "A", "users": [{"P": [4, 6]}]});
    assert_eq!(posted(&world, "room", joins).await, 200);
    world.sent("b", "room", 2).await;
    world.join_room(1, 7).await.unwrap();
    let sent = world.sent("b", "room", 3).await;
    assert_eq!(sent.iter().map(|sent| sent.body.get("avatar").is_some()).collect::<Vec<_>>(), [true, false, true]);
    let room = Node::room(&world, 1).unwrap().unwrap();
    assert_eq!((room.avatar.as_deref(), room.ext), (Some(avatar), Some(carried)));
    assert!(world.publish_room(1, "Plaza", RoomKind::Public, members(&[("A", &[1])])).await.unwrap().event.is_some());
    assert_eq!(Node::room(&world, 1).unwrap().unwrap().avatar, None);
    world.close().await.unwrap();
}

#[tokio::test]
async fn what_one_platform_has_beside_its_names_is_bounded_and_the_app_is_told_all_of_it() {
    let config = |store| {
        let mut config = Config::new("A", store);
        config.limits.extras = 100;
        config
    };
    let world = World::open_as(config, json!([entry("B")]), &[("b", node("B"))]).await;
    world.are_known(&[("B", "node")]).await;
    let user = |id: i64, length: usize| {
        let avatar = format!("https://example.org/{}", "x".repeat(length - 20));
        json!({"id": id, "name": "Eva", "avatar": avatar, "ext": {}})
    };
    assert_eq!(brings(&world, "user", user(1, 60)).await, 200);
    assert_eq!(brings(&world, "user", user(2, 60)).await, 403);
    assert_eq!(brings(&world, "user", user(2, 36)).await, 200);
    assert_eq!((brings(&world, "user", user(1, 61)).await, brings(&world, "user", user(1, 59)).await), (403, 200));
    world
        .publish_new_user(NewUser::new(1, "Ana").avatar(format!("https://example.org/{}", "x".repeat(200))))
        .await
        .unwrap();
    let told = world.next_events(10, std::time::Duration::ZERO).await.unwrap();
    let avatars = told.iter().filter_map(|event| match &event.body {
        EventBody::User(user) => Some((user.avatar.as_ref().map_or(0, String::len), user.ext.is_some())),
        _ => None,
    });
    assert_eq!(avatars.collect::<Vec<_>>(), [(60, true), (36, true), (59, true)]);
    world.close().await.unwrap();
}
