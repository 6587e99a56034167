//! Who may do what: each kind of event, by whoever brings it. The whole way in is taken, so that it is also shown that nobody
//! speaks for another.

use super::*;
use crate::{ErrorKind, Result};

/// Who brings it. `A` is the app; it hosts `P`, and `B`, which is a node as `C` is, hosts `D`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum By {
    App,
    /// `P`, which is plain.
    Plain,
    /// `B`, of itself.
    Node,
    /// `B`, of `D`.
    Gateway,
    /// `C`, of `D`.
    AnotherNode,
    /// `S`, whose entry is not enabled, of itself.
    Suspended,
}
use By::{AnotherNode, App, Gateway, Node, Plain, Suspended};

#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    Taken,
    Duplicate,
    Parked,
    Forbidden,
    NotAMember,
    UnknownRoom,
    UnknownPlatform,
    /// It has no way to bring such a thing.
    NoWay,
}
use End::{Duplicate, Forbidden, NoWay, NotAMember, Parked, Taken, UnknownPlatform, UnknownRoom};

const ALL: [By; 6] = [App, Plain, Node, Gateway, AnotherNode, Suspended];

/// What is brought: its kind, and what is particular about it.
type Row = (&'static str, &'static str, [End; 6]);

/// In the order of `ALL`.
const TABLE: &[Row] = &[
    ("user", "one of its own", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    ("room", "one of its own", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    ("room", "of its own again", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    ("room", "a public one of another, with a member of its own", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    (
        "room",
        "a public one of another, with a member of another",
        [NoWay, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden],
    ),
    ("room", "a private one of another, without its member", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    (
        "room",
        "a private one of another, with a member more",
        [Forbidden, Forbidden, Forbidden, Forbidden, Forbidden, Forbidden],
    ),
    ("room", "one that another never announced", [UnknownRoom, UnknownRoom, Parked, Parked, Forbidden, Forbidden]),
    (
        "room",
        "one of a platform that is unknown",
        [UnknownPlatform, UnknownPlatform, Parked, Parked, Forbidden, Forbidden],
    ),
    ("message", "in a public room, by anybody", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    ("message", "in a private room, by a member", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    (
        "message",
        "in a private room, by another user",
        [NotAMember, NotAMember, NotAMember, NotAMember, Forbidden, Forbidden],
    ),
    (
        "message",
        "in a room that another never announced",
        [UnknownRoom, UnknownRoom, Parked, Parked, Forbidden, Forbidden],
    ),
    (
        "message",
        "in a room of a platform that is unknown",
        [UnknownPlatform, UnknownPlatform, Parked, Parked, Forbidden, Forbidden],
    ),
    ("message", "in a private room of its own alone", [Taken, Taken, Taken, Taken, Forbidden, Forbidden]),
    // What a node says of itself is the signer's, whatever it calls itself.
    ("receipt", "of itself", [NoWay, NoWay, Taken, Taken, Taken, Forbidden]),
    ("receipt", "of whom it does not host", [NoWay, NoWay, Forbidden, Forbidden, Forbidden, Forbidden]),
    ("platform", "whom it hosts", [NoWay, NoWay, Taken, Forbidden, Taken, Forbidden]),
];

/// The name of whom it is of.
fn speaker(by: By) -> &'static str {
    match by {
        App => "A",
        Plain => "P",
        Node => "B",
        Gateway | AnotherNode => "D",
        Suspended => "S",
    }
}

/// The platform whose room 1 is public, and whose room 2 is private with user 1 of everybody.
fn another(by: By) -> &'static str {
    if by == App { "P" } else { "A" }
}

/// The event's body, without who it is of.
fn body(by: By, kind: &str, what: &str) -> Value {
    let (own, other) = (speaker(by), another(by));
    let room = |id: i64, kind: &str, users: Value| json!({"id": id, "name": "Sala", "type": kind, "users": users});
    let of = |origin: &str, mut room: Value| {
        room["roomOriginalPlatform"] = json!(origin);
        room
    };
    let says = |origin: &str, room: i64, sender: i64| json!({"roomOriginalPlatform": origin, "roomId": room, "senderId": sender, "text": "hola"});
    match (kind, what) {
        ("user", _) => json!({"id": 9, "name": "Eva"}),
        ("room", "one of its own") => room(50, "private", json!([{own: [1]}])),
        ("room", "of its own again") => room(50, "private", json!([{own: [1, 2]}])),
        ("room", "a public one of another, with a member of its own") => {
            of(other, room(1, "public", json!([{own: [7]}])))
        }
        ("room", "a public one of another, with a member of another") => {
            of(other, room(1, "public", json!([{"C": [7]}])))
        }
        ("room", "a private one of another, without its member") => of(other, room(3, "private", json!([]))),
        ("room", "a private one of another, with a member more") => {
            of(other, room(2, "private", json!([{own: [1, 8]}])))
        }
        ("room", "one that another never announced") => of(other, room(77, "public", json!([{own: [1]}]))),
        ("room", _) => of("Nadie", room(1, "public", json!([{own: [1]}]))),
        ("message", "in a public room, by anybody") => says(other, 1, 99),
        ("message", "in a private room, by a member") => says(other, 2, 1),
        ("message", "in a private room, by another user") => says(other, 2, 99),
        ("message", "in a room that another never announced") => says(other, 77, 1),
        ("message", "in a room of a platform that is unknown") => says("Nadie", 1, 1),
        ("message", _) => says(own, 50, 1),
        ("receipt", "of itself") => json!({"event": unique(), "of": "A", "to": own, "state": "delivered"}),
        ("receipt", _) => json!({"event": unique(), "of": "A", "to": "P", "state": "delivered"}),
        ("platform", _) => json!({"name": "Nueva", "via": own}),
        _ => panic!("{kind}: {what}"),
    }
}

/// An event as it is brought, so that the same one can be brought again.
struct Event {
    by: By,
    kind: &'static str,
    id: String,
    body: Value,
}

async fn bring(world: &World, event: &Event) -> End {
    let Event { by, kind, id, body } = event;
    let (status, message) = match by {
        App => return app(world, kind, body).await,
        Plain if matches!(*kind, "receipt" | "platform") => return NoWay,
        Plain => plain_post(world, kind, id, body).await,
        Node | Gateway => signed_line(world, "B", event).await,
        AnotherNode => signed_line(world, "C", event).await,
        Suspended => signed_line(world, "S", event).await,
    };
    match (status, &*message) {
        (200, "ok") => Taken,
        (200, "duplicate") => Duplicate,
        (202, _) => Parked,
        (403, message) if message.contains("is not a member") => NotAMember,
        (403, _) => Forbidden,
        (404, message) if message.contains("no room") => UnknownRoom,
        (404, _) => UnknownPlatform,
        other => panic!("{by:?}, {kind}: {other:?}"),
    }
}

async fn app(world: &World, kind: &str, body: &Value) -> End {
    let number = |field: &str| body[field].as_i64().unwrap();
    let origin = body["roomOriginalPlatform"].as_str();
    let room = |field: &str| ExternalId::new(origin.unwrap(), number(field));
    let taken: Result<()> = match (kind, origin) {
        ("user", _) => world.publish_user(number("id"), "Eva").await.map(drop),
        ("room", None) => {
            let list: Vec<Id> =
                body["users"][0]["A"].as_array().unwrap().iter().map(|id| id.as_i64().unwrap().into()).collect();
            world.publish_room(number("id"), "Sala", RoomKind::Private, vec![("A".into(), list)]).await.map(drop)
        }
        ("room", Some(_)) => match body["users"].as_array().unwrap().first().map(|users| &users["A"]) {
            None => world.leave_room(room("id"), 1).await.map(drop),
            Some(Value::Array(ids)) => {
                world.join_room(room("id"), ids.last().unwrap().as_i64().unwrap()).await.map(drop)
            }
            Some(_) => return NoWay,
        },
        ("message", _) => {
            world.publish_message(NewMessage::new(room("roomId"), number("senderId"), "hola")).await.map(drop)
        }
        _ => return NoWay,
    };
    match taken.map_err(|e| e.kind()) {
        Ok(()) => Taken,
        Err(ErrorKind::Forbidden) => Forbidden,
        Err(ErrorKind::NotAMember) => NotAMember,
        Err(ErrorKind::UnknownRoom) => UnknownRoom,
        Err(ErrorKind::UnknownPlatform) => UnknownPlatform,
        Err(kind) => panic!("{kind:?}"),
    }
}

async fn plain_post(world: &World, kind: &str, id: &str, body: &Value) -> (u64, String) {
    let mut body = body.clone();
    body["token"] = json!(token("P"));
    let request = http::Request::post(format!("/{kind}")).header("idempotency-key", id);
    let answer = world.handle(request.body(Bytes::from(body.to_string())).unwrap()).await;
    told(serde_json::from_slice(answer.body()).unwrap())
}

async fn signed_line(world: &World, from: &str, event: &Event) -> (u64, String) {
    let mut body = event.body.clone();
    body["platform"] = json!(speaker(event.by));
    let line = json!({"id": event.id, "kind": event.kind, "body": body}).to_string();
    let answer = world.signed(from, "batch", &unique().to_string(), line).await;
    told(serde_json::from_slice(answer.body()).unwrap())
}

fn told(answer: Value) -> (u64, String) {
    (answer["status"].as_u64().unwrap(), answer["message"].as_str().unwrap_or_default().to_owned())
}

/// A node to which all of them are known, with the rooms of `A` and of `P` that `another` says.
async fn world() -> World {
    let mut suspended = entry("S");
    suspended["enabled"] = json!(false);
    let entries = json!([entry("B"), entry("C"), entry("P"), via("D", "B"), suspended]);
    let network = [("b", node("B").hosting(&["D"])), ("c", node("C")), ("p", plain())];
    let world = World::open(entries, &network).await;
    world.are_known(&[("B", "node"), ("C", "node"), ("P", "plain")]).await;
    let all = json!([{"A": [1]}, {"B": [1]}, {"D": [1]}, {"P": [1]}]);
    for (id, kind) in [(1, "public"), (2, "private"), (3, "private")] {
        let kinds = if kind == "public" { RoomKind::Public } else { RoomKind::Private };
        world.room(id, kinds, &[("A", &[1]), ("B", &[1]), ("D", &[1]), ("P", &[1])]).await;
        let room = json!({"id": id, "name": "Sala", "type": kind, "users": all});
        assert_eq!(plain_post(&world, "room", &unique().to_string(), &room).await.0, 200);
    }
    world
}

#[tokio::test]
async fn each_kind_of_event_is_taken_from_whom_it_is_of_and_from_nobody_else() {
    let world = world().await;
    let mut wrong = Vec::new();
    let mut check = |what: String, found: End, expected: End| {
        if found != expected {
            wrong.push(format!("{what}: expected {expected:?}, found {found:?}"));
        }
    };
    for (kind, what, ends) in TABLE {
        for (by, expected) in ALL.into_iter().zip(ends) {
            let event = Event { by, kind, id: unique().to_string(), body: body(by, kind, what) };
            check(format!("{kind}, {what}, by {by:?}"), bring(&world, &event).await, *expected);
            if by == App {
                continue;
            }
            // The same event again, as after an answer that got lost: what was taken is one, a refusal stays one.
            let again = if matches!(expected, Taken | Parked) { Duplicate } else { *expected };
            check(format!("{kind}, {what}, by {by:?} again"), bring(&world, &event).await, again);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Whom it belongs to is not decided by who claims it last.
    let claimed = world.platforms().into_iter().find(|platform| &*platform.name == "Nueva").unwrap();
    assert_eq!(claimed.via.as_deref(), Some("B"));
    // What was in its own room alone concerned no platform here, and its sender is told.
    let dead = |all: &[Request]| {
        let mut receipts = sent(all, "b", "receipt");
        receipts.retain(|receipt| receipt.body["state"] == "dead");
        (receipts.len() >= 2).then_some(receipts)
    };
    let told = world.transport.wait_until(dead).await;
    let why: Vec<_> = told.iter().map(|receipt| receipt.body["why"].as_str().unwrap_or_default()).collect();
    assert_eq!(why, ["it concerns nobody who is reached through this node"; 2]);
    world.close().await.unwrap();
}
