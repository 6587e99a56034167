//! Several processes on one store (promises 3 and 4): each event is handled once, in order, whoever is killed.

#![allow(clippy::unwrap_used)]

use std::thread;
use std::time::{Duration, Instant};

use integrador::{ErrorKind, NewMessage};
use integrador_tests::{App, Chatter, Net, eventually, ext, free_port, http};
use serde_json::json;

/// Shows promise 2.
#[test]
fn two_processes_share_a_store_and_when_one_is_killed_the_other_takes_over() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let mut first = Chatter::new(&net, "A-first", net.config("A", pa));
    let mut second = Chatter::new(&net, "A-second", net.config("A", pa));
    // Both write down in one file what their handlers got: what one had not yet acknowledged when it was killed counts once.
    second.heard = first.heard.clone();
    first.start();
    let answer = {
        second.spawn();
        second.ready()
    };
    assert!(answer["address"].is_null(), "one of them holds the port: {answer}");
    let b = App::open(net.config("B", pb));

    // What one does the other knows at once.
    first.must(json!({"do": "room", "id": 1, "name": "Plaza", "kind": "public", "members": []}));
    second.must(json!({"do": "say", "room": 1, "sender": 1, "text": "del segundo", "key": "k1"}));
    let again = first.must(json!({"do": "say", "room": 1, "sender": 1, "text": "del segundo", "key": "k1"}));
    assert_eq!(again["duplicate"], true, "the key of the other process counts here too");
    eventually("B has it once", || b.texts() == ["del segundo"]);
    for n in 0..100 {
        b.node.publish_message(NewMessage::new(ext("A:1"), 5, n.to_string())).unwrap();
    }
    let file = first.heard.clone();
    let heard = || integrador_tests::ledger::Heard::read(&file);
    eventually("each event is handled", || heard().count() == 100);

    first.kill();
    let begin = Instant::now();
    second.must(json!({"do": "say", "room": 1, "sender": 1, "text": "sigo", "key": null}));
    eventually("the other sends on", || b.texts() == ["del segundo", "sigo"]);
    eventually("and listens", || http::get(&format!("http://127.0.0.1:{pa}/"), "ping").is_ok_and(|a| a.status == 200));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    b.node.publish_message(NewMessage::new(ext("A:1"), 5, "100")).unwrap();
    eventually("and handles", || heard().count() == 101);
    heard().check();
    second.stop();
}

#[test]
fn a_node_that_was_opened_before_a_fork_says_so_in_the_child() {
    let net = Net::new();
    net.registry("A", &[]);
    let a = App::silent(net.config("A", free_port()));
    a.node.publish_user(1, "Ana").unwrap();
    #[allow(unsafe_code, reason = "a fork is what is tested")]
    let child = unsafe { libc::fork() };
    if child == 0 {
        let refused = a
            .node
            .publish_user(2, "Bruno")
            .is_err_and(|e| e.kind() == ErrorKind::Closed && e.to_string().contains("fork"));
        // Without running what the parent has to clean up.
        #[allow(unsafe_code, reason = "a fork is what is tested")]
        unsafe {
            libc::_exit(if refused { 0 } else { 1 })
        }
    }
    let mut status = 0;
    #[allow(unsafe_code, reason = "a fork is what is tested")]
    let waited = unsafe { libc::waitpid(child, &raw mut status, 0) };
    assert_eq!((waited, status), (child, 0), "the child was refused with a clear error");
    a.node.publish_user(2, "Bruno").unwrap();
}

/// Shows promise 3.
#[test]
fn two_processes_that_both_publish_and_handle_do_each_event_once_whoever_is_killed() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    // Both write down in one file what their handlers got: so the order of both together is seen.
    let mut workers = ["one", "two"].map(|name| Chatter::new(&net, name, net.config("A", pa)));
    workers[1].heard = workers[0].heard.clone();
    let mut b = Chatter::new(&net, "B", net.config("B", pb));
    workers.iter_mut().for_each(Chatter::start);
    b.start();
    for (n, worker) in workers.iter_mut().enumerate() {
        worker.must(json!({"do": "room", "id": n, "name": "Plaza", "kind": "public", "members": []}));
    }
    eventually("B knows the rooms", || !b.must(json!({"do": "known", "room": "A:1"}))["room"].is_null());
    b.talk(&[("A:0", 5), ("A:1", 5)], 2);
    workers[0].talk(&[("A:0", 1)], 2);
    workers[1].talk(&[("A:1", 2)], 2);
    for round in 0..8 {
        let worker = &mut workers[round % 2];
        thread::sleep(Duration::from_millis(300));
        worker.kill();
        worker.start();
        worker.talk(if round % 2 == 0 { &[("A:0", 1)] } else { &[("A:1", 2)] }, 2);
    }
    for chatter in workers.iter_mut().chain([&mut b]) {
        chatter.hush();
    }
    let by_b = integrador_tests::ledger::said(&b.said);
    let heard = workers[0].hears(by_b.values().sum());
    heard.check();
    for (room, upto) in &by_b {
        heard.check_all(room, "B:5", *upto);
    }
    let of = |worker: &Chatter, room: &str| integrador_tests::ledger::said(&worker.said)[room];
    let (one, two) = (of(&workers[0], "A:0"), of(&workers[1], "A:1"));
    let at_b = b.hears(one + two);
    at_b.check();
    at_b.check_all("A:0", "A:1", one);
    at_b.check_all("A:1", "A:2", two);
    for chatter in workers.iter_mut().chain([&mut b]) {
        chatter.stop();
    }
}
