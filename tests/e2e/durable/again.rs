//! Publishing again (promises 1 and 3): an application that does not know whether it has published something, since it was
//! killed in between, just publishes it again. What has not changed is not sent.

use integrador::{ErrorKind, EventBody, Id, NewMessage, RoomKind};
use integrador_tests::{App, Chatter, Net, Plain, eventually, ext, free_port, members, stays};
use serde_json::json;
use std::time::Duration;

fn people(list: &[(i64, &str)]) -> Vec<(Id, String)> {
    list.iter().map(|(id, name)| (Id::from(*id), (*name).to_owned())).collect()
}

/// Shows promises 1 and 3.
#[test]
fn a_message_published_again_under_its_key_after_a_crash_is_the_same_message() {
    let net = Net::new();
    let plain = Plain::start("P");
    net.registry("A", &[("P", &plain.url())]);
    let mut a = Chatter::new(&net, "A", net.config("A", free_port()));
    a.start();
    a.must(json!({"do": "room", "id": 1, "name": "Plaza", "kind": "public", "members": []}));
    let order = json!({"do": "say", "room": 1, "sender": 1, "text": "hola", "key": "row 81"});
    let first = a.must(order.clone());
    a.kill();
    a.start();
    let again = a.must(order);
    assert_eq!((&again["event"], &again["duplicate"]), (&first["event"], &json!(true)), "{again}");
    assert_eq!(again["destinations"], json!(["P"]));
    let other = a.try_do(json!({"do": "say", "room": 1, "sender": 1, "text": "adiós", "key": "row 81"}));
    assert_eq!(other["error"], ErrorKind::Conflict.as_str(), "{other}");
    a.must(json!({"do": "say", "room": 1, "sender": 1, "text": "fin", "key": "row 82"}));
    eventually("both messages are there", || plain.texts().last().is_some_and(|text| text == "fin"));
    let mut texts = plain.texts();
    texts.dedup();
    assert_eq!(texts, ["hola", "fin"], "once each, but for what was in flight when it was killed");
    a.stop();
}

/// Shows promises 1 and 3.
#[test]
fn an_import_that_was_killed_is_repeated_and_everything_is_there_once_and_in_order() {
    const ROWS: usize = 5_000;
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let b = App::open(net.config("B", pb));
    let mut a = Chatter::new(&net, "A", net.config("A", pa));
    a.start();
    a.must(json!({"do": "room", "id": 1, "name": "Plaza", "kind": "public", "members": []}));
    let import = json!({"do": "import", "room": 1, "sender": 1, "count": ROWS});
    a.begin(&import);
    eventually("it is under way", || !b.texts().is_empty());
    a.kill();
    a.start();
    let before = a.must(import.clone())["before"].as_u64().expect("a number") as usize;
    assert!(before > 0, "what B has was published before it was killed");
    assert_eq!(a.must(import)["before"], json!(ROWS), "and now all are");
    eventually("all of it is there", || b.texts().len() >= ROWS);
    assert_eq!(b.texts(), (0..ROWS).map(|n| n.to_string()).collect::<Vec<_>>());
    a.stop();
}

/// Shows promise 3.
#[test]
fn users_and_rooms_published_unchanged_at_each_start_send_nothing() {
    let net = Net::new();
    let plain = Plain::start("P");
    let port = free_port();
    net.registry("A", &[("P", &plain.url())]);
    let publish = |app: &App| {
        let users = app.node.publish_users(people(&[(1, "Ana"), (2, "Luis")])).expect("users");
        let with = members(&[("A", &[1, 2]), ("P", &[5])]);
        let room = app.node.publish_room(1, "Grupo", RoomKind::Private, with).expect("a room");
        (users, room.event.is_some())
    };
    let a = App::open(net.config("A", port));
    assert_eq!(publish(&a), (2, true));
    eventually("P is told", || plain.posts().len() == 3);
    a.close();

    for _ in 0..3 {
        let a = App::open(net.config("A", port));
        assert_eq!(publish(&a), (0, false));
        a.close();
    }
    let a = App::open(net.config("A", port));
    assert_eq!(a.node.publish_users(people(&[(1, "Ana María"), (3, "Eva")])).expect("users"), 3, "renamed, new, gone");
    eventually("P is told what changed", || plain.took("user").len() == 4);
    let users = a.node.users(Some("A")).expect("it is open");
    let active: Vec<_> = users.iter().filter(|user| user.active).map(|user| user.name.as_str()).collect();
    assert_eq!(active, ["Ana María", "Eva"]);
    stays("nothing more is sent", Duration::from_millis(500), || plain.posts().len() == 5);
}

#[test]
fn a_room_published_again_leaves_in_who_joined_from_elsewhere() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let (a, b) = (App::open(net.config("A", pa)), App::open(net.config("B", pb)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, members(&[("A", &[1])])).expect("a room");
    eventually("B knows it", || b.node.room(ext("A:1")).expect("it is open").is_some());
    b.node.join_room(ext("A:1"), 7).expect("anybody may join");
    let joined = |app: &App| {
        let room = app.node.room(ext("A:1")).expect("it is open").expect("it is known");
        room.member_ids().map(|id| id.to_string()).collect::<Vec<_>>()
    };
    eventually("A knows who joined", || joined(&a).contains(&"B:7".to_owned()));
    let told = |event: &EventBody| matches!(event, EventBody::Room(told) if &*told.changed_by == "B");
    eventually("and is told who changed it", || a.events().iter().any(|event| told(&event.body)));

    let again = a.node.publish_room(1, "Plaza", RoomKind::Public, members(&[("A", &[1])])).expect("a room");
    assert!(again.event.is_none(), "nothing has changed");
    a.node.publish_room(1, "Plaza Mayor", RoomKind::Public, members(&[("A", &[1, 2])])).expect("a room");
    eventually("B sees the change", || joined(&b).contains(&"A:2".to_owned()));
    for app in [&a, &b] {
        let mut members = joined(app);
        members.sort();
        assert_eq!(members, ["A:1", "A:2", "B:7"]);
    }
    let late = NewMessage::new(ext("A:1"), 7, "soy de B");
    b.node.publish_message(late).expect("a message");
    eventually("who joined may write", || a.texts() == ["soy de B"]);
}
