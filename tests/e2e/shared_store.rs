//! Several processes on one store, and a disk that is full.

#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use integrador::{ErrorKind, NewMessage, RoomKind};
use integrador_tests::{App, Chatter, Net, eventually, free_port, http, with};
use serde_json::json;

#[test]
fn two_processes_share_a_store_and_when_one_is_killed_the_other_takes_over() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let mut first = Chatter::new(&net, "A-first", net.config("A", pa));
    let mut second = Chatter::new(&net, "A-second", net.config("A", pa));
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
        b.node.publish_message(NewMessage::new("A:1", 5, n.to_string())).unwrap();
    }
    let heard = |chatter: &Chatter| integrador_tests::ledger::Heard::read(&chatter.heard).count();
    eventually("each event is handled once", || heard(&first) + heard(&second) == 100);

    first.kill();
    let begin = Instant::now();
    second.must(json!({"do": "say", "room": 1, "sender": 1, "text": "sigo", "key": null}));
    eventually("the other sends on", || b.texts() == ["del segundo", "sigo"]);
    eventually("and listens", || http::get(&format!("http://127.0.0.1:{pa}/"), "ping").is_ok_and(|a| a.status == 200));
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    b.node.publish_message(NewMessage::new("A:1", 5, "100")).unwrap();
    eventually("and handles", || heard(&first) + heard(&second) == 101);
    second.stop();
}

#[test]
fn a_full_disk_refuses_and_loses_nothing_and_when_there_is_room_again_all_goes_on() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let small = with(net.config("A", pa), |config| config.max_store_pages = Some(300));
    let a = App::silent(small.clone());
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    let mut acknowledged = 0;
    let error = loop {
        match a.node.publish_message(NewMessage::new(1, 1, format!("{acknowledged:05} {}", "x".repeat(500)))) {
            Ok(_) => acknowledged += 1,
            Err(e) => break e,
        }
        assert!(acknowledged < 100_000, "the disk is never full");
    };
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    assert!(error.to_string().contains("full"), "{error}");
    let posted = http::post(&format!("http://127.0.0.1:{pa}/"), "ping", &[], &json!({})).unwrap();
    assert_eq!(posted.status, 200, "it still answers");
    a.close();
    // The other side comes up: what waits leaves, and there is room again.
    let a = App::silent(with(small, |config| config.max_store_pages = Some(3000)));
    let b = App::open(net.config("B", pb));
    eventually("all that was acknowledged is there", || b.texts().len() == acknowledged);
    let numbers: Vec<String> = b.texts().iter().map(|text| text[..5].to_owned()).collect();
    assert_eq!(numbers, (0..acknowledged).map(|n| format!("{n:05}")).collect::<Vec<_>>());
    a.node.publish_message(NewMessage::new(1, 1, "otra vez")).unwrap();
    eventually("and it goes on", || b.texts().last().is_some_and(|text| text == "otra vez"));
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
