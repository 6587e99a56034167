//! Promise 2: what waits goes out as soon as its platform is back, or is a dead letter when it has become too old.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant, SystemTime};

use integrador::{DeadLetterFilter, NewMessage, PlatformState, RoomKind};
use integrador_tests::{App, Net, Plain, Reply, eventually, ext, free_port, with};

/// Shows promise 2.
#[test]
fn what_waits_goes_out_within_a_second_of_the_first_sign_of_life() {
    let net = Net::new();
    let port = free_port();
    let legacy = Plain::start("legacy");
    net.registry("A", &[("legacy", &legacy.url())]);
    let a = App::open(net.config("A", port));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    eventually("the room is there", || legacy.took("room").len() == 1);
    legacy.answers(|_| Reply::HangUp);
    for n in 0..20 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).unwrap();
    }
    eventually("it counts as down", || a.node.status().unwrap().platforms[0].up == Some(false));
    // The next try of its own is now two seconds away.
    eventually("it is tried a second time", || legacy.posts().len() == 1 + 2);
    legacy.answers(|_| Reply::Status(200));
    let answer = legacy.post("A", &format!("http://127.0.0.1:{port}/"), "ping", serde_json::json!({})).unwrap();
    assert_eq!(answer.status, 200);
    let took = eventually("it has everything", || legacy.texts().len() == 20);
    assert!(took < Duration::from_secs(1), "{took:?}");
    assert_eq!(legacy.texts(), (0..20).map(|n| n.to_string()).collect::<Vec<_>>());
}

/// Shows promise 2.
#[test]
fn who_says_when_to_come_again_is_left_alone_until_then_or_until_it_shows_a_sign_of_life() {
    let net = Net::new();
    let port = free_port();
    let url = format!("http://127.0.0.1:{port}/");
    let plain = Plain::start("P");
    plain.answers(|_| Reply::With(503, "Retry-After: 2\r\n"));
    net.registry("A", &[("P", &plain.url())]);
    // It counts as down, so it is pinged; and that it answers is no reason to come.
    let a = App::open(with(net.config("A", port), |config| config.ping_interval = Duration::from_millis(200)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    let tries = |n: usize| {
        eventually("it is tried", || plain.posts().len() >= n);
        plain.posts()[n - 2].at.elapsed() - plain.posts()[n - 1].at.elapsed()
    };
    // Of its own it would try again after a second.
    let pause = tries(2);
    assert!(pause >= Duration::from_secs(2) && pause < Duration::from_secs(6), "{pause:?}");

    plain.answers(|_| Reply::With(503, "Retry-After: 7200\r\n"));
    tries(3);
    let third = SystemTime::now() - plain.posts()[2].at.elapsed();
    eventually("it has answered a ping, and so is up", || {
        let platform = a.node.status().unwrap().platforms.remove(0);
        platform.up == Some(true) && platform.since > Some(third)
    });
    assert_eq!(plain.posts().len(), 3, "it is left alone");
    plain.answers(|_| Reply::With(429, "Retry-After: 2\r\n"));
    let ping = || plain.post("A", &url, "ping", serde_json::json!({})).unwrap();
    ping();
    let took = eventually("a sign of life ends it", || plain.posts().len() == 4);
    // Whoever says when to come again is left alone for a second at least.
    assert!(took < Duration::from_secs(2), "{took:?}");

    plain.answers(|_| Reply::Status(200));
    ping();
    let pause = tries(5);
    assert!(pause >= Duration::from_secs(2), "{pause:?}: who wants fewer requests gets none for a sign of life");
}

/// Shows promise 2.
#[test]
fn what_gets_too_old_while_its_platform_wants_to_be_left_alone_is_a_dead_letter_in_time() {
    let net = Net::new();
    let port = free_port();
    let plain = Plain::start("P");
    net.registry("A", &[("P", &plain.url())]);
    let retention = Duration::from_secs(5);
    let a = App::open(with(net.config("A", port), |config| config.retention = retention));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    eventually("P knows the room", || plain.took("room").len() == 1);
    plain.answers(|_| Reply::HangUp);
    a.node.publish_message(NewMessage::new(1, 1, "hola")).unwrap();
    // At once, after one second, and after two more.
    eventually("it has waited for a while", || plain.posts().len() == 1 + 3);
    plain.answers(|_| Reply::With(503, "Retry-After: 7200\r\n"));
    let asked = Instant::now();
    plain.post("A", &format!("http://127.0.0.1:{port}/"), "ping", serde_json::json!({})).unwrap();
    eventually("it is tried", || plain.posts().len() == 1 + 3 + 1);
    let letters = || a.node.dead_letters(&DeadLetterFilter::All).unwrap();
    eventually("it is a dead letter", || !letters().is_empty());
    // Not only when P has been left alone for as long as anything is kept.
    assert!(asked.elapsed() < retention, "{:?}", asked.elapsed());
    assert!(letters()[0].why.contains("retention"), "{:?}", letters());
}

/// Shows promise 2.
#[test]
fn a_node_that_comes_back_gets_all_that_waited_within_a_second() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let a = App::open(net.config("A", pa));
    let b = App::open(net.config("B", pb));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("B knows the room", || b.node.room(ext("A:1")).expect("it is open").is_some());
    b.close();
    // In its place somebody asks A not to come back for a long time.
    let mut nobody = Plain::at("B", pb);
    nobody.answers(|_| Reply::With(503, "Retry-After: 60\r\n"));
    let down = |app: &App| app.node.status().expect("a status").platforms[0].up == Some(false);
    for n in 1..=500 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).expect("a message");
    }
    eventually("A knows that B is down", || down(&a));
    eventually("and the app is told", || a.was_told("B", PlatformState::Down));
    nobody.down();
    let b = App::open(net.config("B", pb));
    let took = eventually("all is there", || b.texts().len() == 500);
    assert!(took < Duration::from_secs(3), "{took:?}: more than a second, even on a busy machine");
    let texts: Vec<_> = (1..=500).map(|n| n.to_string()).collect();
    assert_eq!(b.texts(), texts);
}
