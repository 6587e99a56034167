//! The node for threads, as the language bindings use it: opening, closing, dropping, and many threads at once.

use std::thread;
use std::time::{Duration, Instant};

use integrador::blocking::Node;
use integrador::{ErrorKind, NewMessage, RoomKind};
use integrador_tests::{App, Net, Plain, Reply, Served, eventually, found, free_port, token, with};
use serde_json::json;

#[test]
fn a_store_opens_once_in_a_process_and_again_when_it_was_closed_or_dropped() {
    let net = Net::new();
    net.registry("A", &[]);
    let config = || net.config("A", free_port());
    let node = Node::open(config()).expect("it opens");
    let error = Node::open(config()).expect_err("it is open already");
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("already"), "{error}");

    node.close().expect("it closes");
    node.close().expect("closing again does nothing");
    let error = node.publish_user(1, "Ana").expect_err("it is closed");
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
    let error = node.next_events(1, Duration::from_secs(30)).expect_err("it is closed");
    assert_eq!(error.kind(), ErrorKind::Closed, "{error}");

    let reopened = |what: &str| found(what, || Node::open(config()).ok()).0;
    let other = reopened("it opens after it was closed, while the old handle is still there");
    other.publish_user(1, "Ana").expect("a user");
    drop(node);
    // Dropped without being closed: the same, shortly.
    drop(other);
    let node = reopened("it opens after it was dropped");
    assert_eq!(node.users(None).expect("it is open").len(), 1);
    node.close().expect("it closes");
}

/// Shows promise 1.
#[test]
fn what_was_acknowledged_before_a_drop_without_close_arrives_after_the_next_start() {
    let net = Net::new();
    let mut plain = Plain::start("P");
    plain.down();
    net.registry("A", &[("P", &plain.url())]);
    let config = || net.config("A", free_port());
    let node = Node::open(config()).expect("it opens");
    node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    node.publish_message(NewMessage::new(1, 1, "hola")).expect("a message");
    drop(node);
    plain.up();
    let node = found("it opens again", || Node::open(config()).ok()).0;
    eventually("it arrives", || plain.texts() == ["hola"]);
    node.close().expect("it closes");
}

/// Shows promise 5.
#[test]
fn closing_ends_those_who_wait_and_does_not_wait_for_a_platform_that_hangs() {
    let net = Net::new();
    let plain = Plain::start("P");
    plain.answers(|_| Reply::Hang);
    net.registry("A", &[("P", &plain.url())]);
    let config = with(net.config("A", free_port()), |config| config.close_timeout = Duration::from_secs(1));
    let node = Node::open(config).expect("it opens");
    node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("P hangs", || !plain.posts().is_empty());
    let waiting = {
        let mut events = node.consumer().expect("it is open");
        thread::spawn(move || {
            loop {
                if let Err(e) = events.next(Duration::MAX).and_then(|_| events.done()) {
                    return e.kind();
                }
            }
        })
    };
    let begin = Instant::now();
    node.close().expect("it closes");
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(waiting.join().expect("it ends"), ErrorKind::Closed);
}

/// Shows promise 3.
#[test]
fn closing_does_not_wait_for_a_node_that_hangs_and_it_gets_everything_once_later() {
    let net = Net::new();
    let (pa, ph) = (free_port(), free_port());
    let plain = Plain::start("P");
    let mut hub = Served::new(&net, "hub", ph);
    net.registry("A", &[("hub", &hub.url)]);
    net.registry_of(
        "hub",
        &[
            json!({"id": 1, "name": "A", "endpoint": format!("http://127.0.0.1:{pa}/"), "token": token("A", "hub")}),
            json!({"id": 2, "name": "P", "endpoint": plain.url(), "token": token("hub", "P")}),
        ],
    );
    hub.start();
    let a = App::open(with(net.config("A", pa), |config| config.ping_interval = Duration::from_millis(100)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("P knows the room", || plain.took("room").len() == 1);
    hub.hang();
    for n in 1..=5 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).expect("a message");
    }
    eventually("both a batch and a ping are on their way", || hub.unread() >= 2);
    let begin = Instant::now();
    a.close();
    assert!(begin.elapsed() < Duration::from_secs(3), "{:?}", begin.elapsed());
    let a = App::open(net.config("A", pa));
    hub.go_on();
    eventually("all is there", || plain.texts().len() == 5);
    a.node.publish_message(NewMessage::new(1, 1, "6")).expect("a message");
    eventually("and what comes later", || plain.texts().last().is_some_and(|text| text == "6"));
    assert_eq!(plain.texts(), ["1", "2", "3", "4", "5", "6"], "once each");
    a.close();
    hub.stop();
}

/// Shows promise 3.
#[test]
fn closing_waits_for_the_answer_of_a_plain_platform_so_that_it_gets_nothing_twice() {
    let net = Net::new();
    let plain = Plain::start("P");
    net.registry("A", &[("P", &plain.url())]);
    let a = App::open(net.config("A", free_port()));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("P knows the room", || plain.took("room").len() == 1);
    let (came, answers) = (std::sync::Arc::new(std::sync::Barrier::new(2)), Duration::from_secs(1));
    let at_p = came.clone();
    plain.answers(move |_| {
        at_p.wait();
        thread::sleep(answers);
        Reply::Status(200)
    });
    a.node.publish_message(NewMessage::new(1, 1, "hola")).expect("a message");
    came.wait();
    let begin = Instant::now();
    a.close();
    assert!(begin.elapsed() >= answers / 2, "{:?}", begin.elapsed());
    plain.answers(|_| Reply::Status(200));
    let a = App::open(net.config("A", free_port()));
    a.node.publish_message(NewMessage::new(1, 1, "chau")).expect("a message");
    eventually("the next one arrives", || plain.texts().last().is_some_and(|text| text == "chau"));
    assert_eq!(plain.texts(), ["hola", "chau"]);
}

/// Shows promise 4.
#[test]
fn many_threads_publish_and_handle_at_once_and_each_room_stays_in_order() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let (a, b) = (App::silent(net.config("A", pa)), App::silent(net.config("B", pb)));
    let (rooms, each) = (8_i64, 50_u64);
    for room in 0..rooms {
        a.node.publish_room(room, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    }
    let got = std::sync::Mutex::new(Vec::new());
    thread::scope(|scope| {
        for room in 0..rooms {
            let node = &a.node;
            scope.spawn(move || {
                for n in 1..=each {
                    node.publish_message(NewMessage::new(room, 1, n.to_string())).expect("a message");
                }
            });
        }
        for _ in 0..4 {
            scope.spawn(|| {
                let begin = Instant::now();
                let mut events = b.node.consumer().expect("it is open");
                while got.lock().expect("the list").len() < (rooms as u64 * each) as usize {
                    assert!(begin.elapsed() < integrador_tests::PATIENCE, "not everything came");
                    let Some(event) = events.next(Duration::from_millis(100)).expect("events") else { continue };
                    if let integrador::EventBody::Message(message) = &event.body {
                        let n: u64 = message.text.parse().expect("a number");
                        got.lock().expect("the list").push((message.room.to_string(), n));
                    }
                    events.done().expect("it is open");
                }
            });
        }
    });
    eventually("all of it is acknowledged", || b.node.status().expect("a status").inbox == 0);
    let got = got.into_inner().expect("the list");
    for room in 0..rooms {
        let name = format!("A:{room}");
        let numbers: Vec<u64> = got.iter().filter(|(room, _)| *room == name).map(|(_, n)| *n).collect();
        integrador_tests::ledger::assert_in_order(&name, &numbers, each);
    }
}
