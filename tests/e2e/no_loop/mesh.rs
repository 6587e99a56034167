//! Promise 6, and with it 3 and 4: whatever the topology, everything reaches everybody it concerns exactly once and in the
//! order of its sender, and nothing comes back or goes round. What leaves is counted, and what arrives: also the requests
//! that the platforms without the library got.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use integrador::{EventBody, Id, NewMessage, RoomKind};
use integrador_tests::{App, Net, Plain, Served, eventually, ext, free_port, stays};
use serde_json::{Value, json};

const EACH: usize = 15;

/// What somebody got: the texts by room and sender.
type Got = BTreeMap<(String, String), Vec<String>>;

/// Long enough that a node which had one more thing to send would have begun.
const MOMENT: Duration = Duration::from_millis(300);

fn texts() -> Vec<String> {
    (0..EACH).map(|n| n.to_string()).collect()
}

fn received(plain: &Plain) -> Got {
    let mut got = Got::new();
    for post in plain.took("message") {
        let name = |field: &str| post.body[field].as_str().unwrap_or_default().to_owned();
        let room = format!("{}:{}", name("roomOriginalPlatform"), post.body["roomId"]);
        let sender = format!("{}:{}", name("platform"), post.body["senderId"]);
        got.entry((room, sender)).or_default().push(post.text().to_owned());
    }
    got
}

/// What `listener` must get when each of these senders has written to each of these rooms.
fn expected(listener: &str, rooms: &[(&str, &[&str])]) -> Got {
    let mut got = Got::new();
    for (room, members) in rooms.iter().filter(|(_, members)| members.contains(&listener)) {
        for sender in members.iter().filter(|member| **member != listener) {
            got.insert(((*room).to_owned(), format!("{sender}:1")), texts());
        }
    }
    got
}

fn total(got: &Got) -> usize {
    got.values().map(Vec::len).sum()
}

fn post(plain: &Plain, gateway: &str, url: &str, path: &str, body: &Value) {
    // The room's announcement may still be on its way.
    eventually("the gateway takes it", || {
        let answer = plain.post(gateway, url, path, body.clone()).expect("the gateway answers");
        assert!(matches!(answer.status, 200 | 404), "{body}: {answer:?}");
        answer.status == 200
    });
}

fn say(plain: &Plain, gateway: &str, url: &str, room: &str) {
    let (origin, id) = room.split_once(':').expect("an external id");
    let id: i64 = id.parse().expect("a number");
    for text in texts() {
        let body = json!({"roomOriginalPlatform": origin, "roomId": id, "senderId": 1, "text": text});
        post(plain, gateway, url, "message", &body);
    }
}

fn members(platforms: &[&str]) -> Vec<(String, Vec<Id>)> {
    platforms.iter().map(|name| ((*name).to_owned(), vec![Id::from(1)])).collect()
}

/// Shows promises 3, 4 and 6.
#[test]
fn in_a_mesh_of_three_nodes_with_a_plain_platform_each_everything_reaches_everybody_once_and_in_order() {
    const ALL: &[&str] = &["A", "B", "C", "PA", "PB", "PC"];
    let net = Net::new();
    let names = ["A", "B", "C"];
    let ports = [free_port(), free_port(), free_port()];
    let urls: Vec<String> = ports.iter().map(|port| format!("http://127.0.0.1:{port}/")).collect();
    let plains: Vec<Plain> = ["PA", "PB", "PC"].map(Plain::start).into();
    for own in 0..3 {
        let mut others: Vec<_> =
            (0..3).filter(|other| *other != own).map(|other| (names[other], urls[other].as_str())).collect();
        let url = plains[own].url();
        others.push((plains[own].name(), &url));
        net.registry(names[own], &others);
    }
    let apps: Vec<App> = names.iter().zip(ports).map(|(name, port)| App::open(net.config(name, port))).collect();
    eventually("everybody knows everybody", || apps.iter().all(|app| app.knows(ALL)));

    // Everybody has a user, and three of the rooms are of nodes, three of plain platforms.
    for (n, app) in apps.iter().enumerate() {
        app.node.publish_user(1, format!("user of {}", names[n])).expect("a user");
        post(
            &plains[n],
            names[n],
            &urls[n],
            "user",
            &json!({"id": 1, "name": format!("user of {}", plains[n].name())}),
        );
    }
    let room = |name: &str, kind: RoomKind, with: &[&str], n: i64, of: usize| {
        apps[of].node.publish_room(n, name, kind, members(with)).expect("a room");
    };
    room("public", RoomKind::Public, &[], 1, 0);
    room("all", RoomKind::Private, ALL, 2, 1);
    room("A and PC", RoomKind::Private, &["A", "PC"], 3, 0);
    let users = |with: &[&str]| with.iter().map(|name| json!({(*name): [1]})).collect::<Vec<_>>();
    post(&plains[1], "B", &urls[1], "room", &json!({"id": 4, "name": "of PB", "type": "public", "users": []}));
    let of_pc = json!({"id": 5, "name": "of PC", "type": "private", "users": users(&["PC", "PA", "B"])});
    post(&plains[2], "C", &urls[2], "room", &of_pc);
    let rooms: &[(&str, &[&str])] =
        &[("A:1", ALL), ("B:2", ALL), ("A:3", &["A", "PC"]), ("PB:4", ALL), ("PC:5", &["PC", "PA", "B"])];
    for (room, members) in rooms {
        for (_, app) in names.iter().zip(&apps).filter(|(name, _)| members.contains(*name)) {
            eventually("the room has crossed the mesh", || app.node.room(ext(room)).expect("it is open").is_some());
        }
    }

    // All write to all their rooms at once.
    thread::scope(|scope| {
        for (room, members) in rooms {
            for n in 0..3 {
                if members.contains(&names[n]) {
                    let app = &apps[n];
                    scope.spawn(move || {
                        for text in texts() {
                            app.node.publish_message(NewMessage::new(ext(room), 1, text)).expect("a message");
                        }
                    });
                }
                if members.contains(&plains[n].name()) {
                    let (plain, url) = (&plains[n], &urls[n]);
                    scope.spawn(move || say(plain, names[n], url, room));
                }
            }
        }
    });

    for app in &apps {
        let due = expected(app.node.status().expect("it is open").name.as_str(), rooms);
        eventually("a node has everything", || app.messages().len() >= total(&due));
        assert_eq!(app.by_room_and_sender(), due);
    }
    for plain in &plains {
        let due = expected(plain.name(), rooms);
        eventually("a plain platform has everything", || plain.took("message").len() >= total(&due));
        assert_eq!(received(plain), due, "{}", plain.name());
        eventually("it knows the others' users", || plain.took("user").len() >= 5);
    }
    // Nothing goes round: it stays at that, also on the wire.
    let counted = || {
        let at_plains: Vec<_> = plains.iter().map(|plain| plain.posts().len()).collect();
        (at_plains, apps.iter().map(|app| app.messages().len()).collect::<Vec<_>>())
    };
    eventually("nothing is on its way", || apps.iter().all(App::has_done_all));
    let before = counted();
    stays("nothing more comes", MOMENT, || counted() == before);
    for (plain, rooms_due) in
        plains.iter().zip([["A:1", "B:2", "PB:4", "PC:5"], ["A:1", "B:2", "", ""], ["A:1", "A:3", "B:2", "PB:4"]])
    {
        let posts = plain.posts();
        assert!(posts.iter().all(|post| post.taken && post.body["platform"] != plain.name()), "{posts:?}");
        let mut ids: Vec<_> = posts.iter().map(|post| &post.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), posts.len(), "{} got something twice", plain.name());
        let users: Vec<_> = plain.took("user").iter().map(|post| post.body["name"].clone()).collect();
        assert_eq!(users.len(), 5, "{}: {users:?}", plain.name());
        let mut got: Vec<_> = plain
            .took("room")
            .iter()
            .map(|p| format!("{}:{}", p.body["platform"].as_str().unwrap_or_default(), p.body["id"]))
            .collect();
        got.sort();
        let due: Vec<_> = rooms_due.iter().filter(|room| !room.is_empty()).map(|room| (*room).to_owned()).collect();
        assert_eq!(got, due, "{}", plain.name());
    }
    for app in &apps {
        let own = app.node.status().expect("it is open").name;
        for event in app.events() {
            let from = match &event.body {
                EventBody::User(user) => user.id.platform.to_string(),
                EventBody::Room(change) => change.changed_by.to_string(),
                EventBody::Message(message) => message.sender.platform.to_string(),
                _ => continue,
            };
            assert_ne!(from, own, "its own comes back: {event:?}");
        }
        let users = app.node.users(None).expect("it is open");
        assert_eq!(users.iter().filter(|user| user.active).count(), 6, "{users:?}");
    }
}

/// Shows promises 3, 4 and 6.
#[test]
fn a_hub_of_plain_platforms_sends_everything_to_everybody_once_and_in_order() {
    const ALL: &[&str] = &["P", "Q", "R", "S"];
    let net = Net::new();
    let port = free_port();
    let plains: Vec<Plain> = ALL.iter().map(|name| Plain::start(name)).collect();
    let urls: Vec<String> = plains.iter().map(Plain::url).collect();
    net.registry("hub", &ALL.iter().copied().zip(urls.iter().map(String::as_str)).collect::<Vec<_>>());
    let mut hub = Served::new(&net, "hub", port);
    hub.start();
    let url = hub.url.clone();
    let rooms: &[(&str, &[&str])] = &[("P:1", ALL), ("Q:2", &["Q", "R"]), ("R:3", ALL)];
    for (plain, body) in [
        (&plains[0], json!({"id": 1, "name": "public", "type": "public", "users": []})),
        (&plains[1], json!({"id": 2, "name": "two", "type": "private", "users": [{"Q": [1]}, {"R": [1]}]})),
        (
            &plains[2],
            json!({"id": 3, "name": "all", "type": "private", "users": {"P": [1], "Q": [1], "R": [1], "S": [1]}}),
        ),
    ] {
        post(plain, "hub", &url, "room", &body);
    }
    thread::scope(|scope| {
        for (room, members) in rooms {
            for plain in plains.iter().filter(|plain| members.contains(&plain.name())) {
                let url = &url;
                scope.spawn(move || say(plain, "hub", url, room));
            }
        }
    });
    for plain in &plains {
        let due = expected(plain.name(), rooms);
        eventually("it has everything", || plain.took("message").len() >= total(&due));
    }
    let counted = || plains.iter().map(|plain| plain.posts().len()).collect::<Vec<_>>();
    eventually("nothing is on its way", || hub.has_sent_all());
    let before = counted();
    stays("nothing more comes", MOMENT, || counted() == before);
    for plain in &plains {
        assert_eq!(received(plain), expected(plain.name(), rooms), "{}", plain.name());
    }
    hub.stop();
}
