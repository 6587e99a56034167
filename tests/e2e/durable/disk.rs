//! Promise 1 on a disk that is full: what can't be stored is refused, with an error of kind `store` or a 503, nothing of what
//! was acknowledged is lost, and as soon as there is room the same process goes on.

use std::path::{Path, PathBuf};
use std::process::Command;

use integrador::{ErrorKind, NewMessage, RoomKind};
use integrador_tests::{App, Chatter, Net, Plain, eventually, ext, free_port};
use serde_json::json;

const LONG: usize = 2_000;

fn numbered(n: usize) -> String {
    format!("{n:06} {}", "x".repeat(LONG))
}

/// The numbers of such texts.
fn numbers(texts: &[String]) -> Vec<usize> {
    texts.iter().map(|text| text[..6].parse().expect("a number")).collect()
}

/// Shows promise 1.
#[test]
fn a_process_that_may_write_no_more_refuses_and_goes_on_when_it_may() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    let plain = Plain::start("P");
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/")), ("P", &plain.url())]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let mut a = Chatter::new(&net, "A", net.config("A", pa));
    // No file beyond 4 MiB, ten times what a new store takes; without the signal that would end the process.
    a.before = "trap '' XFSZ; ulimit -S -f 8192".into();
    a.start();
    a.must(json!({"do": "room", "id": 1, "name": "Plaza", "kind": "public", "members": []}));
    let mut acknowledged = 0;
    let refusal = loop {
        let answer =
            a.try_do(json!({"do": "say", "room": 1, "sender": 1, "text": numbered(acknowledged), "key": null}));
        if answer.get("error").is_some() {
            break answer;
        }
        acknowledged += 1;
        assert!(acknowledged < 10_000, "the limit is not felt");
    };
    assert_eq!(refusal["error"], ErrorKind::Store.as_str(), "{refusal}");
    let url = format!("http://127.0.0.1:{pa}/");
    let body = json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 7, "text": numbered(0)});
    let post = || plain.post("A", &url, "message", body.clone()).expect("it still answers").status;
    // What P took meanwhile may have left a little room.
    let mut posted = 0;
    let refused = |taken: &mut usize| match post() {
        200 => {
            *taken += 1;
            false
        }
        status => status == 503,
    };
    eventually("inbound is refused too", || refused(&mut posted));

    let raised = Command::new("prlimit").args(["--pid", &a.pid().to_string(), "--fsize=unlimited"]).status();
    if !raised.is_ok_and(|status| status.success()) {
        // Without that program, as an administrator would do it.
        a.kill();
        a.before.clear();
        a.start();
    }
    eventually("it takes in again", || !refused(&mut posted));
    a.must(json!({"do": "say", "room": 1, "sender": 1, "text": numbered(acknowledged), "key": null}));
    let b = App::open(net.config("B", pb));
    eventually("all that was acknowledged is there", || b.texts().len() > acknowledged + posted);
    let from = |sender: &str| b.by_room_and_sender()[&("A:1".to_owned(), sender.to_owned())].clone();
    assert_eq!(numbers(&from("A:1")), (0..=acknowledged).collect::<Vec<_>>());
    assert_eq!(from("P:7").len(), posted, "what was refused is not there");
    a.stop();
}

/// A small disk; gone when it is dropped.
struct Disk(PathBuf);

impl Disk {
    /// None where this user may not mount one.
    fn mount(path: &Path, size: &str) -> Option<Disk> {
        std::fs::create_dir(path).expect("a folder");
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"]).arg(path).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Disk(path.to_owned()))
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let ballast = std::fs::File::create(self.0.join("ballast")).expect("a file");
        for size in [4096, 1] {
            while std::io::Write::write(&mut &ballast, &vec![0; size]).is_ok_and(|written| written > 0) {}
        }
    }

    fn make_room(&self) {
        std::fs::remove_file(self.0.join("ballast")).expect("the ballast goes");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

/// Shows promise 1.
#[test]
fn a_disk_that_fills_up_while_the_node_runs_costs_nothing_that_was_acknowledged() {
    let net = Net::new();
    let Some(disk) = Disk::mount(&net.path("disk"), "32m") else {
        eprintln!("left out: only root may mount a small disk");
        return;
    };
    let (pa, pb) = (free_port(), free_port());
    let plain = Plain::start("P");
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/")), ("P", &plain.url())]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let mut config = net.config("A", pa);
    config.store = net.path("disk/A.db");
    let (a, b) = (App::open(config), App::open(net.config("B", pb)));
    a.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).expect("a room");
    eventually("B knows it", || b.node.room(ext("A:1")).expect("it is open").is_some());
    eventually("P too", || plain.took("room").len() == 1);

    // Three times over: so much is written meanwhile that the log of the store wraps.
    let mut said = 0;
    for round in 1..=3 {
        disk.fill();
        let refused = loop {
            match a.node.publish_message(NewMessage::new(1, 1, numbered(said))) {
                Ok(_) => said += 1,
                Err(e) => break e,
            }
            assert!(said < 100_000, "the disk is never full");
        };
        assert_eq!(refused.kind(), ErrorKind::Store, "{refused}");
        b.node.publish_message(NewMessage::new(ext("A:1"), 2, numbered(round))).expect("B has a disk of its own");

        disk.make_room();
        for _ in 0..200 {
            a.node.publish_message(NewMessage::new(1, 1, numbered(said))).expect("there is room");
            said += 1;
        }
        eventually("B has everything", || b.texts().len() >= said);
        eventually("P too", || plain.texts().len() >= said + round);
        eventually("A has what B said", || a.texts().len() >= round);
    }
    let from = |sender: &str| b.by_room_and_sender().remove(&("A:1".to_owned(), sender.to_owned())).unwrap_or_default();
    assert_eq!(numbers(&from("A:1")), (0..said).collect::<Vec<_>>());
    let own: Vec<String> = a.by_room_and_sender().remove(&("A:1".into(), "B:2".into())).unwrap_or_default();
    assert_eq!(numbers(&own), [1, 2, 3]);
    let of_a: Vec<String> =
        plain.took("message").iter().filter(|p| p.body["platform"] == "A").map(|p| p.text().to_owned()).collect();
    assert_eq!(numbers(&of_a), (0..said).collect::<Vec<_>>());
}

/// Shows promise 1.
#[test]
fn a_node_that_was_killed_on_a_full_disk_opens_again_and_goes_on_when_there_is_room() {
    let net = Net::new();
    let Some(disk) = Disk::mount(&net.path("disk"), "16m") else {
        eprintln!("left out: only root may mount a small disk");
        return;
    };
    let (pa, pb) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{pb}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let mut config = net.config("A", pa);
    config.store = net.path("disk/A.db");
    let mut a = Chatter::new(&net, "A", config);
    a.start();
    a.must(json!({"do": "room", "id": 1, "name": "Plaza", "kind": "public", "members": []}));
    disk.fill();
    let say = |a: &mut Chatter, n: usize| {
        let answer = a.try_do(json!({"do": "say", "room": 1, "sender": 1, "text": numbered(n), "key": null}));
        answer.get("error").is_none()
    };
    let mut said = 0;
    while say(&mut a, said) {
        said += 1;
        assert!(said < 100_000, "the disk is never full");
    }
    a.kill();
    a.start();
    assert!(!say(&mut a, said), "there is no room yet");
    disk.make_room();
    eventually("it takes in again", || say(&mut a, said));
    let b = App::open(net.config("B", pb));
    eventually("all that was acknowledged is there", || b.texts().len() > said);
    assert_eq!(numbers(&b.texts()), (0..=said).collect::<Vec<_>>());
    a.stop();
}
