//! A store that an earlier release left is opened, and all that is in it is still there.
//!
//! `tests/stores` holds one file of each release, and beside it what was in it, in words. A new pair is made before each
//! release: `STORE=0.2.0 cargo test -p integrador-tests --test e2e make_a_store -- --ignored`.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use integrador::blocking::{Consumer, Node};
use integrador::{
    BindKind, Config, DeadLetterFilter, EditMessage, Event, EventBody, ExternalId, Id, NewMessage, NewReaction,
    RoomKind,
};
use integrador_tests::{App, Net, PATIENCE, Plain, Reply, eventually, ext, free_port, http, members, token, with};
use serde_json::{Value, json};
use uuid::Uuid;

const OWN: &str = "BuasApp";
/// A node that BuasApp has met.
const NODE: &str = "GWT_CHAT";
/// A platform that has never answered.
const UNKNOWN: &str = "net core";
/// A plain platform that BuasApp hosts.
const PLAIN: &str = "PlainChat";
/// A plain platform that the node hosts.
const HOSTED: &str = "legacy";
const NOWHERE: &str = "http://127.0.0.1:9/";

fn stores() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("stores")
}

/// BuasApp as all of these tests open it: nothing in an old store is too old for it.
fn config(net: &Net, port: u16) -> Config {
    let long = Duration::from_secs(100 * 365 * 86_400);
    with(net.config(OWN, port), |config| {
        (config.retention, config.receipt_retention) = (long, long);
        config.max_handler_attempts = 2;
    })
}

fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}/")
}

/// Posts as the node does.
fn signed(port: u16, path: &str, id: &str, body: &Value) -> http::Answer {
    let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let body = body.to_string();
    let webhook = standardwebhooks::Webhook::from_bytes(token(OWN, NODE).into_bytes()).unwrap();
    let signature = webhook.sign(id, at.cast_signed(), body.as_bytes()).unwrap();
    let at = at.to_string();
    let headers =
        [("webhook-id", id), ("webhook-timestamp", &at), ("webhook-signature", &signature), ("integrador-node", NODE)];
    http::request("POST", &url(port), path, &headers, &body).unwrap()
}

/// A message of the node's Gala, for `signed`.
fn from_gala(room: Value, text: &str) -> Value {
    json!({"roomOriginalPlatform": NODE, "roomId": room, "senderId": 1, "text": text, "platform": NODE})
}

fn text(event: &Event) -> Option<&str> {
    match &event.body {
        EventBody::Message(message) => Some(&message.text),
        _ => None,
    }
}

/// Takes the next message; all that comes before it and is none is done.
fn next_message(events: &mut Consumer) -> Event {
    loop {
        let event = events.next(PATIENCE).unwrap().expect("a message comes");
        if text(&event).is_some() {
            return event;
        }
        events.done().unwrap();
    }
}

/// What a store holds, in words. `published` are the app's own events.
fn facts(node: &Node, published: &[Uuid]) -> Value {
    let status = node.status().unwrap();
    let mut lines = vec![format!("store {} of {}", status.store, status.name)];
    for p in &status.platforms {
        lines.push(format!("{} is {}, via {:?}, {} waiting, {} dead", p.name, p.kind, p.via, p.waiting, p.dead));
    }
    for p in node.platforms().unwrap() {
        lines.push(format!("{} shows images {}, audio {}", p.name, p.support_image, p.support_audio));
    }
    for user in node.users(None).unwrap() {
        lines.push(format!("user {} {}, active {}", user.id, user.name, user.active));
    }
    for room in node.rooms().unwrap() {
        let members: Vec<String> = room.member_ids().map(|id| id.to_string()).collect();
        lines.push(format!("room {} {}, {:?}: {}", room.id, room.name, room.kind, members.join(" ")));
    }
    for event in published {
        for d in node.delivery(*event).unwrap() {
            lines.push(format!("{event} to {}: {:?} {:?}", d.platform, d.state, d.why));
        }
    }
    for d in node.dead_letters(&DeadLetterFilter::All).unwrap() {
        let (event, body) = (d.event, d.body);
        lines
            .push(format!("dead {event} {} of {} to {}, {}: {}: {body}", d.kind, d.from, d.platform, d.inbound, d.why));
    }
    for (kind, external) in bound() {
        let local = node.local_id(kind, &external).unwrap();
        lines.push(format!("{external} is bound to {:?}", local.map(|id| id.to_string())));
    }
    lines.sort();
    lines.into()
}

/// What is bound to a local id.
fn bound() -> [(BindKind, ExternalId); 2] {
    [(BindKind::User, ExternalId::new(NODE, 1)), (BindKind::Room, ExternalId::new(NODE, "ocho"))]
}

fn publish(node: &Node, text: &str, key: &str) -> Uuid {
    node.publish_message(NewMessage::new(4, 1, text).key(key)).unwrap().event.unwrap()
}

/// Makes a store with something of every kind in it; returns what is in it.
fn make(net: &Net) -> Value {
    let (port, node_port) = (free_port(), free_port());
    let (mut plain, legacy) = (Plain::start(PLAIN), Plain::start(HOSTED));
    plain.has_users(&[(9, "Paula")]);
    plain.answers(|post| Reply::Status(if post.text() == "no" { 400 } else { 200 }));
    net.registry(OWN, &[(NODE, &url(node_port)), (UNKNOWN, NOWHERE), (PLAIN, &plain.url())]);
    net.registry(NODE, &[(OWN, &url(port)), (HOSTED, &legacy.url())]);
    let gwt = App::open(net.config(NODE, node_port));
    let buas = App::silent(config(net, port));
    let node = &buas.node;

    // The directory.
    let own: [(Id, String); 3] = [(1.into(), "Ana".into()), (2.into(), "Beto".into()), ("x-3".into(), "Carla".into())];
    node.publish_users(own).unwrap();
    gwt.node.publish_user(1, "Gala").unwrap();
    gwt.node.publish_user(3, "Gus").unwrap();
    eventually("each knows who is there", || buas.knows(&[NODE, HOSTED, PLAIN]) && gwt.knows(&[OWN, HOSTED]));
    let all = members(&[(OWN, &[1, 2]), (NODE, &[1, 3]), (UNKNOWN, &[5]), (PLAIN, &[9]), (HOSTED, &[7])]);
    node.publish_room(4, "Los mundialistas", RoomKind::Private, all).unwrap();
    node.publish_room(5, "Plaza", RoomKind::Public, members(&[(OWN, &[1])])).unwrap();
    node.publish_room("sala", "", RoomKind::Private, vec![(OWN.into(), vec![Id::from("x-3")])]).unwrap();
    gwt.node.publish_room("ocho", "De GWT", RoomKind::Private, members(&[(OWN, &[1]), (NODE, &[1, 3])])).unwrap();
    eventually("the rooms are known", || {
        gwt.node.room(ext("BuasApp:5")).unwrap().is_some() && node.room(ext("GWT_CHAT:ocho")).unwrap().is_some()
    });
    gwt.node.join_room(ext("BuasApp:5"), 3).unwrap();
    eventually("who joined is known", || node.room(5).unwrap().unwrap().members.len() == 2);
    for (kind, external) in bound() {
        node.bind(kind, &external, format!("local-{kind:?}")).unwrap();
    }

    // What was delivered, what died on its way out.
    let arrived = publish(node, "hola", "fila-1");
    eventually("it is at all who answer", || {
        gwt.texts() == ["hola"] && plain.texts() == ["hola"] && legacy.texts() == ["hola"]
    });
    eventually("and the node has reported it", || {
        let delivery = node.delivery(arrived).unwrap();
        delivery.iter().any(|d| &*d.platform == HOSTED && d.state == integrador::DeliveryState::Delivered)
    });
    let refused = publish(node, "no", "fila-2");
    eventually("it died", || node.dead_letters(&DeadLetterFilter::All).unwrap().len() == 1);

    // What changes a message, and counts.
    node.react(NewReaction::new(arrived, OWN, 1, "👍")).unwrap().event.unwrap();

    // What waits for the app, was handled, or died on its way in; what is taken once; what waits for its room.
    for text in ["uno", "dos", "tres", "cuatro"] {
        gwt.node.publish_message(NewMessage::new("ocho", 1, text)).unwrap();
    }
    let mut events = node.consumer().unwrap();
    assert_eq!(text(&next_message(&mut events)), Some("uno"));
    events.done().unwrap();
    for (said, why) in [("dos", "no se puede"), ("dos", "no se puede"), ("tres", "ahora no")] {
        assert_eq!(text(&next_message(&mut events)), Some(said));
        events.failed(why).unwrap();
    }
    events.close().unwrap();
    let (seen, parked) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    assert_eq!(signed(port, "message", &seen, &from_gala("ocho".into(), "cinco")).status, 200);
    assert_eq!(signed(port, "message", &parked, &from_gala(99.into(), "antes de su sala")).status, 202);
    let to_plaza = json!({"roomOriginalPlatform": OWN, "roomId": 5, "senderId": 9, "text": "seis"});
    assert_eq!(plain.post_keyed(OWN, &url(port), "message", to_plaza, Some("k-1")).unwrap().status, 200);
    eventually("the node has it", || gwt.texts().contains(&"seis".to_owned()));

    // What waits to go out.
    gwt.close();
    plain.down();
    let waits = publish(node, "después", "fila-3");
    node.publish_user(2, "Beto Ruiz").unwrap();
    buas.close();

    let admin = Node::open(config(net, free_port()).admin()).unwrap();
    let published = [arrived, refused, waits];
    let made = json!({"facts": facts(&admin, &published), "published": published, "seen": seen, "reacted": true});
    admin.close().unwrap();
    made
}

#[test]
#[ignore = "makes a file for `tests/stores`, named by STORE"]
fn make_a_store_of_this_release() {
    let name = std::env::var("STORE").unwrap();
    let net = Net::new();
    let made = serde_json::to_string_pretty(&make(&net)).unwrap() + "\n";
    // Closed by the last process, the file is whole without its log.
    assert!(!net.path("BuasApp.db-wal").exists());
    fs::create_dir_all(stores()).unwrap();
    fs::copy(net.path("BuasApp.db"), stores().join(format!("{name}.db"))).unwrap();
    fs::write(stores().join(format!("{name}.json")), made).unwrap();
}

/// Shows promise 1.
#[test]
fn all_that_a_store_of_an_earlier_release_holds_is_there_when_this_one_opens_it() {
    let files = fs::read_dir(stores()).unwrap().map(|entry| entry.unwrap().path());
    let old: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|e| e == "db")).collect();
    assert!(!old.is_empty());
    for store in old {
        let net = Net::new();
        fs::copy(&store, net.path("BuasApp.db")).unwrap();
        let made: Value = serde_json::from_slice(&fs::read(store.with_extension("json")).unwrap()).unwrap();
        holds(&net, &made);
    }
}

#[test]
fn what_is_checked_in_stores_of_earlier_releases_is_also_in_one_of_this_release() {
    let net = Net::new();
    let made = make(&net);
    holds(&net, &made);
}

/// Opens the store and finds all of it.
fn holds(net: &Net, made: &Value) {
    let published: Vec<Uuid> = serde_json::from_value(made["published"].clone()).unwrap();
    let (port, node_port, unknown_port) = (free_port(), free_port(), free_port());
    let mut plain = Plain::start(PLAIN);
    plain.down();
    net.registry(OWN, &[(NODE, &url(node_port)), (UNKNOWN, &url(unknown_port)), (PLAIN, &plain.url())]);
    let admin = Node::open(config(net, free_port()).admin()).unwrap();
    let (found, expected) = (facts(&admin, &published), &made["facts"]);
    assert_eq!(&found, expected, "{}", serde_json::to_string_pretty(&found).unwrap());
    for (n, event) in published.iter().enumerate() {
        let said = ["hola", "no", "después"][n];
        assert_eq!(publish(&admin, said, &format!("fila-{}", n + 1)), *event, "the same key is the same message");
    }
    admin.close().unwrap();

    let buas = App::silent(config(net, port));
    let node = &buas.node;
    let mut events = node.consumer().unwrap();
    let mut comes = |expected: &str, attempt: u32| {
        let event = next_message(&mut events);
        assert_eq!((text(&event), event.attempt), (Some(expected), attempt));
        events.done().unwrap();
    };
    comes("tres", 2);
    comes("cuatro", 1);
    comes("cinco", 1);
    comes("seis", 1);
    let again = signed(port, "message", made["seen"].as_str().unwrap(), &from_gala("ocho".into(), "cinco"));
    assert_eq!((again.status, again.body["message"].as_str()), (200, Some("duplicate")));
    let room =
        json!({"id": 99, "name": "Tarde", "type": "private", "users": [{NODE: [1]}, {OWN: [1]}], "platform": NODE});
    assert_eq!(signed(port, "room", &Uuid::now_v7().to_string(), &room).status, 200);
    comes("antes de su sala", 1);
    let dead = node.dead_letters(&DeadLetterFilter::All).unwrap().into_iter().find(|dead| dead.inbound).unwrap();
    assert_eq!(node.retry(&DeadLetterFilter::Number(dead.number)).unwrap(), 1);
    comes("dos", 1);

    // What waits goes out: to the plain platform as it is, to nodes that are new with the rooms that they don't know.
    plain.up();
    eventually("the plain platform has what waited for it", || {
        plain.texts() == ["después"] && plain.took("user").iter().any(|post| post.body["name"] == "Beto Ruiz")
    });
    let nodes = [(NODE, node_port, vec!["después"]), (UNKNOWN, unknown_port, vec!["hola", "no", "después", "seis"])];
    for (name, at, texts) in nodes {
        net.registry(name, &[(OWN, &url(port))]);
        let other = App::open(with(net.config(name, at), |config| config.store = net.path(format!("new {name}.db"))));
        // Room by room: "seis" is of another, and may come before or after.
        let said = || other.by_room_and_sender().into_values().flatten().collect::<Vec<_>>();
        eventually(&format!("{name} has what waited for it"), || said() == texts);
        assert_eq!(other.node.users(Some(OWN)).unwrap().len(), 3);
        let waits = || node.status().unwrap().platforms.iter().any(|p| &*p.name == name && p.waiting > 0);
        eventually(&format!("nothing waits for {name} any more"), || !waits());
        other.close();
    }
    if made["reacted"] == true {
        assert!(node.react(NewReaction::new(published[0], OWN, 1, "👍")).unwrap().event.is_none(), "it is so already");
    }
    let said = publish(node, "nueva", "fila-9");
    assert!(node.edit_message(EditMessage::new(said, 1, "más nueva")).unwrap().event.is_some());
    buas.close();
}
