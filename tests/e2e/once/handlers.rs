//! Promises 3, 4 and 8 at the application's handler: what it can't handle comes again, in order, and in the end is a dead
//! letter that holds up nobody.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use integrador::{DeadLetterFilter, Event, EventBody, EventKind, NewMessage, RoomKind};
use integrador_tests::ledger::Heard;
use integrador_tests::{App, Chatter, Net, PATIENCE, eventually, found, free_port, with};
use serde_json::json;

/// Two apps that know each other, and two public rooms of the first; the second is not open yet.
fn world(net: &Net) -> (App, integrador::Config) {
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let a = App::open(net.config("A", pa));
    for room in [1, 2] {
        a.node.publish_room(room, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    }
    (a, net.config("B", pb))
}

fn text(event: &Event) -> Option<&str> {
    match &event.body {
        EventBody::Message(message) => Some(&message.text),
        _ => None,
    }
}

/// Shows promise 8.
#[test]
fn an_event_that_is_never_handled_becomes_a_dead_letter_and_the_next_one_proceeds() {
    let net = Net::new();
    let (a, config) = world(&net);
    for n in 1..=5 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).expect("a message");
    }
    let fixed = Arc::new(AtomicBool::new(false));
    let tries = Arc::new(AtomicUsize::new(0));
    let (is_fixed, count) = (fixed.clone(), tries.clone());
    let b = App::handling(with(config, |config| config.max_handler_attempts = 3), move |event| {
        if text(event) == Some("3") && !is_fixed.load(Ordering::SeqCst) {
            let before = count.fetch_add(1, Ordering::SeqCst);
            assert_eq!(event.attempt as usize, before + 1, "it says which attempt it is");
            return Err("my database is away".into());
        }
        Ok(())
    });
    eventually("the others are handled", || b.texts() == ["1", "2", "4", "5"]);
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    let letters = b.node.dead_letters(&DeadLetterFilter::All).expect("dead letters");
    assert_eq!(letters.len(), 1, "{letters:?}");
    let letter = &letters[0];
    assert!(letter.inbound && letter.kind == EventKind::Message && &*letter.from == "A", "{letter:?}");
    assert!(letter.why.contains("3 times") && letter.why.contains("my database is away"), "{letter:?}");

    fixed.store(true, Ordering::SeqCst);
    assert_eq!(b.node.retry(&DeadLetterFilter::Event(letter.event)).expect("a retry"), 1);
    eventually("it is handled at last", || b.texts() == ["1", "2", "4", "5", "3"]);
    assert!(b.messages()[4].late, "and says that it comes late");
    a.node.publish_message(NewMessage::new(1, 1, "6")).expect("a message");
    eventually("what comes then is not late", || b.messages().last().is_some_and(|m| m.text == "6" && !m.late));
}

/// Shows promise 4.
#[test]
fn later_events_of_a_batch_are_taken_back_with_the_one_that_failed() {
    let net = Net::new();
    let (a, config) = world(&net);
    for n in 1..=4 {
        a.node.publish_message(NewMessage::new(1, 1, n.to_string())).expect("a message");
    }
    let b = App::silent(config);
    let all = |count: usize| {
        let mut messages = Vec::new();
        found("the messages come", || {
            for event in b.node.next_events(100, Duration::from_millis(200)).expect("events") {
                match text(&event) {
                    Some(_) => messages.push(event),
                    None => assert!(b.node.ack(&[event.id]).expect("an ack")[0]),
                }
            }
            (messages.len() >= count).then_some(())
        });
        messages
    };
    let batch = all(4);
    assert_eq!(batch.iter().filter_map(text).collect::<Vec<_>>(), ["1", "2", "3", "4"]);
    let ids: Vec<_> = batch.iter().map(|event| event.id).collect();
    assert_eq!(b.node.ack(&ids[..1]).expect("an ack"), [true]);
    // The later one was taken back with the earlier one.
    assert_eq!(b.node.nack(&ids[1..3], "not now").expect("a nack"), [true, false]);
    assert_eq!(b.node.ack(&ids[2..]).expect("an ack"), [false, false], "the later ones were taken back");
    assert_eq!(b.node.nack(&ids[2..], "me neither").expect("a nack"), [false; 2]);

    let again = all(3);
    assert_eq!(again.iter().filter_map(text).collect::<Vec<_>>(), ["2", "3", "4"]);
    assert_eq!(again.iter().map(|event| event.attempt).collect::<Vec<_>>(), [2, 1, 1]);
    assert_eq!(b.node.ack(&ids[1..]).expect("an ack"), [true; 3]);
    assert_eq!(b.node.ack(&ids).expect("an ack"), [false; 4], "acknowledged before");
    assert_eq!(b.node.status().expect("a status").inbox, 0);
}

/// Shows promise 1.
#[test]
fn what_was_out_when_the_node_was_closed_comes_again_when_it_is_opened() {
    let net = Net::new();
    let (a, config) = world(&net);
    for n in 1..=3 {
        a.node.publish_message(NewMessage::new(2, 1, n.to_string())).expect("a message");
    }
    let b = App::silent(config.clone());
    let mut events = b.node.consumer().expect("it is open");
    while text(&events.next(PATIENCE).expect("events").expect("one is taken")).is_none() {
        events.done().expect("it is open");
    }
    events.flush().expect("what came before it is acknowledged");
    eventually("the others are here", || b.node.status().expect("a status").inbox == 3);
    b.close();
    let b = App::open(config);
    eventually("all come", || b.texts() == ["1", "2", "3"]);
}

/// Shows promise 4.
#[test]
fn a_handler_that_fails_in_the_middle_of_a_batch_keeps_the_rooms_order_and_others_go_on() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let a = App::open(net.config("A", pa));
    for room in [1, 2] {
        a.node.publish_room(room, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    }
    for n in 0..30 {
        for room in [1, 2] {
            a.node.publish_message(NewMessage::new(room, 1, n.to_string())).unwrap();
        }
    }
    let b = App::handling(net.config("B", pb), |event| match &event.body {
        EventBody::Message(m) if m.room.to_string() == "A:1" && m.text == "7" && event.attempt < 3 => {
            Err("not yet".into())
        }
        _ => Ok(()),
    });
    eventually("all is handled", || b.texts().len() == 60);
    let expected: Vec<String> = (0..30).map(|n| n.to_string()).collect();
    for (_, texts) in b.by_room_and_sender() {
        assert_eq!(texts, expected);
    }
    // Room 2 did not wait for the backoff of room 1.
    let order: Vec<String> = b.messages().iter().map(|m| format!("{} {}", m.room, m.text)).collect();
    let place = |what: &str| order.iter().position(|o| o == what).unwrap();
    assert!(place("A:2 29") < place("A:1 7"), "{order:?}");
}

/// Shows promise 8.
#[test]
fn an_event_that_is_never_acknowledged_comes_again_after_the_handler_timeout() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let a = App::open(net.config("A", pa));
    let b = App::silent(with(net.config("B", pb), |config| config.handler_timeout = Duration::from_secs(1)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    let room = |events: &[integrador::Event]| {
        events.iter().find(|e| matches!(e.body, EventBody::Room(_))).map(|e| (e.id, e.attempt))
    };
    let (id, attempt) = integrador_tests::found("the room comes", || {
        room(&b.node.next_events(10, Duration::from_millis(100)).unwrap())
    })
    .0;
    assert_eq!(attempt, 1);
    let again = integrador_tests::found("it comes again", || {
        room(&b.node.next_events(10, Duration::from_millis(100)).unwrap())
    })
    .0;
    assert_eq!(again, (id, 2));
    assert_eq!(b.node.ack(&[id]).unwrap(), [true]);
}

/// Shows promises 5 and 8.
#[test]
fn an_event_that_kills_its_handler_becomes_a_dead_letter_and_takes_no_other_along() {
    let net = Net::new();
    let (a, config) = world(&net);
    let say = |text: &str| a.node.publish_message(NewMessage::new(1, 1, text)).expect("a message");
    (1..=3).for_each(|n| drop(say(&n.to_string())));
    let killer = say("kill your handler").event.expect("an event");
    (4..=6).for_each(|n| drop(say(&n.to_string())));
    for n in 1..=20 {
        a.node.publish_message(NewMessage::new(2, 1, n.to_string())).expect("a message");
    }
    let mut b = Chatter::new(&net, "B", with(config, |config| config.max_handler_attempts = 3));
    let (mut deaths, mut started) = (0, false);
    let rooms = [("A:1", 6), ("A:2", 20)];
    let all = |heard: &Heard| rooms.iter().all(|(room, upto)| heard.numbers(room, "A:1").len() == *upto);
    eventually("the handler lives on, and the others are handled", || {
        if !started {
            b.start();
            started = true;
        }
        if b.has_ended() {
            b.kill();
            (deaths, started) = (deaths + 1, false);
        }
        deaths >= 3 && started && all(&Heard::read(&b.heard))
    });
    let heard = Heard::read(&b.heard);
    rooms.iter().for_each(|(room, upto)| {
        let upto = u64::try_from(*upto).expect("a number");
        assert_eq!(heard.numbers(room, "A:1"), (1..=upto).collect::<Vec<_>>(), "in order, and none is lost");
    });
    eventually("nothing waits any more", || b.must(json!({"do": "status"}))["status"]["inbox"] == 0);
    b.stop();
    assert_eq!(deaths, 3, "it was handed over as often as a handler may fail");
    let b = App::open(net.config("B", free_port()));
    let letters = b.node.dead_letters(&DeadLetterFilter::All).expect("dead letters");
    assert_eq!(letters.iter().map(|letter| letter.event).collect::<Vec<_>>(), [killer], "{letters:?}");
}
