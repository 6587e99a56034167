//! What was looked up once for a room and a sender is what would be looked up now, whatever has changed since.
//!
//! Where assertions are on, each plan that is used is compared with what is looked up anew ([`crate::rules::message`]), and a
//! difference is an error of kind `internal`: so here everything changes while messages go on.

use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, TestRunner};

use super::*;
use crate::{BindKind, ErrorKind};

#[derive(Debug, Clone)]
enum Change {
    /// The app announces its room: public or not, and which users of each platform are in it.
    Room(bool, u8, u8),
    Joins(i64, bool),
    Named(i64, u8),
    /// The peer announces its room, or its own members of the app's.
    Peer(bool, bool, u8),
    /// One of the registries below is put in force.
    Registry(usize),
    Bound,
    Restarted(usize),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        3 => (any::<bool>(), 0..8_u8, 0..8_u8).prop_map(|(public, own, theirs)| Change::Room(public, own, theirs)),
        2 => (1..4_i64, any::<bool>()).prop_map(|(user, joins)| Change::Joins(user, joins)),
        1 => (1..4_i64, 0..3_u8).prop_map(|(user, name)| Change::Named(user, name)),
        3 => (any::<bool>(), any::<bool>(), 0..8_u8).prop_map(|(own, public, of)| Change::Peer(own, public, of)),
        3 => (0..5_usize).prop_map(Change::Registry),
        1 => Just(Change::Bound),
        1 => (0..5_usize).prop_map(Change::Restarted),
    ]
}

fn registry(which: usize) -> Value {
    let renamed = json!({"id": 1, "name": "Be", "aliases": ["B"], "endpoint": "http://b/", "token": token("B")});
    let suspended = |mut entry: Value| {
        entry["enabled"] = json!(false);
        entry
    };
    match which {
        0 => json!([entry("B"), entry("P")]),
        1 => json!([renamed, entry("P")]),
        2 => json!([entry("B"), via("P", "B")]),
        3 => json!([entry("B"), suspended(entry("P"))]),
        _ => json!([suspended(entry("B")), entry("P")]),
    }
}

fn of(mask: u8) -> Vec<i64> {
    (1..4).filter(|user| mask & (1 << (user - 1)) != 0).collect()
}

/// Refusals are as good as anything; a defect is none.
fn no_defect<T>(result: crate::Result<T>) {
    if let Err(e) = result {
        assert_ne!(e.kind(), ErrorKind::Internal, "{e}");
    }
}

async fn apply(world: &mut World, change: Change) {
    match change {
        Change::Room(public, own, theirs) => {
            let kind = if public { RoomKind::Public } else { RoomKind::Private };
            let members = members(&[("A", &of(own)), ("B", &of(theirs)), ("h", &of(theirs / 2))]);
            no_defect(world.publish_room(1, "Sala", kind, members).await);
        }
        Change::Joins(user, true) => no_defect(world.join_room(ext("B:5"), user).await),
        Change::Joins(user, false) => no_defect(world.leave_room(1, user).await),
        Change::Named(user, name) => no_defect(world.publish_user(user, format!("Ana {name}")).await),
        Change::Peer(own, public, mask) => {
            let users = json!([{"B": of(mask)}, {"A": of(mask / 2 + 1)}, {"h": of(7)}]);
            let kind = if public { "public" } else { "private" };
            let room = match own {
                true => json!({"id": 5, "name": "S", "type": kind, "users": users, "platform": "B"}),
                false => json!({"id": 1, "name": "S", "type": kind, "users": [{"B": of(mask)}], "platform": "B",
                    "roomOriginalPlatform": "A"}),
            };
            assert_ne!(world.batch("B", &[("room", room)]).await.0, 500);
        }
        Change::Registry(which) => world.registry(registry(which)).await,
        Change::Bound => no_defect(world.bind(BindKind::Room, &ExternalId::new("B", 5), "x").await),
        Change::Restarted(which) => world.again(registry(which)).await,
    }
}

/// The app's users and the peer's write in all rooms, in all words for them.
async fn write(world: &World) {
    let external = ["A:1", "B:5", "Be:5"].map(|room| Ref::from(ext(room)));
    let own = [Ref::from(1), "1".into(), "A:1".into(), "x".into()];
    let rooms: Vec<Ref> = own.into_iter().chain(external).collect();
    let senders = [Ref::from(1), "1".into(), ext("A:2").into(), 3.into()];
    let all = rooms.iter().flat_map(|room| senders.iter().map(move |sender| NewMessage::new(room, sender, "hola")));
    for published in world.publish_messages(all.collect()).await.unwrap() {
        no_defect(published);
    }
    for platform in ["B", "h"] {
        for (origin, room) in [("A", 1), ("B", 5), ("Be", 5)] {
            // In the very form in which nodes write it.
            let line = |sender: i64| {
                let (id, text) = (unique(), if sender == 2 { r#"a\n\"b\""# } else { "hola" });
                let who = format!(r#""roomOriginalPlatform":"{origin}","roomId":{room},"senderId":{sender}"#);
                let body = format!(r#"{{{who},"text":"{text}","platform":"{platform}"}}"#);
                format!(r#"{{"id":"{id}","kind":"message","body":{body}}}"#)
            };
            let lines: Vec<String> = (1..4).chain(1..4).map(line).collect();
            let answer = world.signed("B", "batch", &unique().to_string(), lines.join("\n")).await;
            assert_ne!(answer.status(), 500, "{:?}", answer.body());
        }
    }
}

#[test]
fn what_was_looked_up_for_a_room_and_a_sender_holds_until_something_changes() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let mut runner = TestRunner::new(Cases { cases: 16, ..Cases::default() });
    let changes = proptest::collection::vec(change(), 1..16);
    runner
        .run(&changes, |changes| {
            runtime.block_on(async {
                let peer = node("B").hosting(&["h", "P"]);
                let mut world = World::open(registry(0), &[("b", peer), ("p", plain())]).await;
                world.are_known(&[("B", "node"), ("P", "plain")]).await;
                write(&world).await;
                for change in changes {
                    apply(&mut world, change).await;
                    write(&world).await;
                }
                world.node.close().await.unwrap();
            });
            Ok(())
        })
        .unwrap();
}
