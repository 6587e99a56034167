//! Promises 1 to 4 under `kill -9` at random instants: nothing acknowledged is lost, nothing is handed over again once it was
//! acknowledged, the order of each sender in each room is kept, and a plain platform gets at most what was in flight twice.
//!
//! `KILLS` says how many kills there are in all (50 unless given).

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use integrador_tests::ledger;
use integrador_tests::{Chatter, Net, Plain, Served, eventually, free_port};
use serde_json::json;

fn kills() -> u64 {
    std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(50)
}

/// Random enough to choose instants.
struct Chance(u64);

impl Chance {
    fn new() -> Chance {
        let seed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("the clock").as_nanos();
        Chance(seed as u64 | 1)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Who may be killed.
trait Victim {
    fn kill(&mut self);
    fn spawn(&mut self);
    fn ready(&mut self);
    /// Has it do again what it did before.
    fn resume(&mut self);
}

impl Victim for Served {
    fn kill(&mut self) {
        Served::kill(self);
    }
    fn spawn(&mut self) {
        Served::spawn(self);
    }
    fn ready(&mut self) {
        Served::ready(self);
    }
    fn resume(&mut self) {}
}

/// A chatter and the rooms that it writes to.
struct Talker {
    chatter: Chatter,
    rooms: Vec<(&'static str, i64)>,
    pause: u64,
}

impl Victim for Talker {
    fn kill(&mut self) {
        self.chatter.kill();
    }
    fn spawn(&mut self) {
        self.chatter.spawn();
    }
    fn ready(&mut self) {
        self.chatter.ready();
    }
    fn resume(&mut self) {
        self.chatter.talk(&self.rooms, self.pause);
    }
}

/// Kills one of them after the other at random instants, also while it starts; returns how often.
fn havoc(victims: &mut [&mut dyn Victim], kills: u64) -> u64 {
    let mut chance = Chance::new();
    let mut done = 0;
    while done < kills {
        let at = chance.below(victims.len() as u64) as usize;
        let victim = &mut victims[at];
        thread::sleep(Duration::from_millis(chance.below(250)));
        victim.kill();
        victim.spawn();
        done += 1;
        // Now and then it dies again before it has come to itself.
        if chance.below(5) == 0 {
            thread::sleep(Duration::from_millis(chance.below(60)));
            victim.kill();
            victim.spawn();
            done += 1;
        }
        victim.ready();
        victim.resume();
    }
    done
}

fn talker(net: &Net, name: &str, port: u16, rooms: &[(&'static str, i64)], pause: u64) -> Talker {
    Talker { chatter: Chatter::new(net, name, net.config(name, port)), rooms: rooms.to_vec(), pause }
}

/// Shows promises 1, 3 and 4.
#[test]
fn two_nodes_that_are_killed_again_and_again_lose_double_and_reorder_nothing() {
    let net = Net::new();
    let (port_a, port_b) = (free_port(), free_port());
    net.registry("A", &[("B", &format!("http://127.0.0.1:{port_b}/"))]);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{port_a}/"))]);
    let mut a = talker(&net, "A", port_a, &[("A:1", 1), ("A:2", 1), ("B:1", 2)], 1);
    let mut b = talker(&net, "B", port_b, &[("B:1", 1), ("B:2", 1), ("A:1", 2)], 1);
    for talker in [&mut a, &mut b] {
        talker.chatter.start();
        for user in [1, 2] {
            talker.chatter.must(json!({"do": "user", "id": user, "name": format!("user {user}")}));
        }
        let members = json!([["A", [1, 2]], ["B", [1, 2]]]);
        talker.chatter.must(json!({"do": "room", "id": 1, "name": "private", "kind": "private", "members": members}));
        talker.chatter.must(json!({"do": "room", "id": 2, "name": "public", "kind": "public", "members": []}));
    }
    for (talker, room) in [(&mut a, "B:1"), (&mut b, "A:1")] {
        eventually("the other's room is known", || {
            !talker.chatter.must(json!({"do": "known", "room": room}))["room"].is_null()
        });
        talker.resume();
    }

    havoc(&mut [&mut a, &mut b], kills() / 2);

    a.chatter.hush();
    b.chatter.hush();
    let (a_said, b_said) = (a.chatter.said.clone(), b.chatter.said.clone());
    for (speaker, listener, name) in [(&a_said, &mut b, "A"), (&b_said, &mut a, "B")] {
        let said = ledger::said(speaker);
        let heard = listener.chatter.hears(said.values().sum());
        heard.check();
        for (room, upto) in &said {
            assert!(*upto > 20, "hardly anything was said: {said:?}");
            let sender = if room.starts_with(name) { 1 } else { 2 };
            heard.check_all(room, &format!("{name}:{sender}"), *upto);
        }
        eprintln!("{name} said {said:?}; {} came again to a handler that had been killed", heard.repeated());
    }
    a.chatter.stop();
    b.chatter.stop();
}

/// What a plain platform got of one sender in one room: all that were acknowledged in order, and what came twice came twice in a row
/// under one id. Returns how often that was.
fn check_plain(plain: &Plain, room_platform: &str, sender_platform: &str, upto: u64) -> u64 {
    let posts = plain.took("message");
    let mut numbers: Vec<u64> = Vec::new();
    let (mut ids, mut twice) = (Vec::new(), 0);
    for post in &posts {
        if post.body["platform"] != sender_platform || post.body["roomOriginalPlatform"] != room_platform {
            continue;
        }
        if ids.last() == Some(&post.id) {
            twice += 1;
            continue;
        }
        ids.push(post.id.clone());
        numbers.push(post.text().parse().expect("a number"));
    }
    ledger::assert_all_came(&format!("{sender_platform} at {}", plain.name()), &numbers, upto);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), numbers.len(), "each message has an id of its own");
    twice
}

/// Shows promises 1 and 3.
#[test]
fn a_gateway_that_is_killed_again_and_again_sends_only_what_was_in_flight_twice() {
    let net = Net::new();
    let plain = Plain::start("P");
    let (port_a, port_g) = (free_port(), free_port());
    let (url_a, url_g) = (format!("http://127.0.0.1:{port_a}/"), format!("http://127.0.0.1:{port_g}/"));
    net.registry("A", &[("hub", &url_g)]);
    net.registry("hub", &[("A", &url_a), ("P", &plain.url())]);
    let mut a = talker(&net, "A", port_a, &[("A:1", 1)], 2);
    let mut gateway = Served::new(&net, "hub", port_g);
    gateway.start();
    a.chatter.start();
    a.chatter.must(json!({"do": "user", "id": 1, "name": "Ana"}));
    eventually("the gateway has told whom it hosts", || {
        let room =
            json!({"do": "room", "id": 1, "name": "with P", "kind": "private", "members": [["A", [1]], ["P", [7]]]});
        a.chatter.try_do(room).get("error").is_none()
    });
    eventually("the room is at P", || !plain.took("room").is_empty());
    a.resume();

    // P writes too, and says the same again under the same key until it is acknowledged.
    let (writing, written) = (AtomicBool::new(true), AtomicU64::new(0));
    let killed = thread::scope(|scope| {
        scope.spawn(|| {
            while writing.load(Ordering::SeqCst) {
                let n = written.load(Ordering::SeqCst) + 1;
                let body = json!({"roomOriginalPlatform": "A", "roomId": 1, "senderId": 7, "text": n.to_string()});
                let answer = plain.post_keyed("hub", &url_g, "message", body, Some(&format!("key {n}")));
                if answer.is_ok_and(|answer| answer.status == 200) {
                    written.store(n, Ordering::SeqCst);
                }
                thread::sleep(Duration::from_millis(2));
            }
        });
        let killed = havoc(&mut [&mut gateway, &mut a], kills() - kills() / 2);
        writing.store(false, Ordering::SeqCst);
        killed
    });

    a.chatter.hush();
    let written = written.load(Ordering::SeqCst);
    let heard = a.chatter.hears(written);
    heard.check();
    heard.check_all("A:1", "P:7", written);

    let said = ledger::said(&a.chatter.said)["A:1"];
    let different =
        || plain.took("message").iter().map(|post| post.id.clone()).collect::<std::collections::HashSet<_>>();
    eventually("everything that A said is at P", || different().len() as u64 >= said);
    let twice = check_plain(&plain, "A", "A", said);
    // Each kill may have met one request on its way.
    assert!(twice <= killed, "{twice} came twice, for {killed} kills");
    eprintln!("A said {said}, P {written}; {twice} came twice to P, for {killed} kills");
    a.chatter.stop();
    gateway.stop();
}

/// Shows promise 3.
#[test]
fn a_gateway_that_is_stopped_cleanly_sends_nothing_twice() {
    let net = Net::new();
    let plain = Plain::start("P");
    let other = Plain::start("Q");
    let url = format!("http://127.0.0.1:{}/", free_port());
    net.registry("hub", &[("P", &plain.url()), ("Q", &other.url())]);
    let port = url.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let mut gateway = Served::new(&net, "hub", port);
    gateway.start();
    let room = json!({"id": 1, "name": "with P", "type": "private", "users": [{"Q": [1]}, {"P": [7]}]});
    assert_eq!(other.post("hub", &url, "room", room).expect("an answer").status, 200);
    let (writing, written) = (AtomicBool::new(true), AtomicU64::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            while writing.load(Ordering::SeqCst) {
                let n = written.load(Ordering::SeqCst) + 1;
                let body = json!({"roomOriginalPlatform": "Q", "roomId": 1, "senderId": 1, "text": n.to_string()});
                let answer = other.post_keyed("hub", &url, "message", body, Some(&format!("key {n}")));
                if answer.is_ok_and(|answer| answer.status == 200) {
                    written.store(n, Ordering::SeqCst);
                }
            }
        });
        for _ in 0..8 {
            thread::sleep(Duration::from_millis(150));
            let begin = Instant::now();
            gateway.stop();
            assert!(begin.elapsed() < Duration::from_secs(12), "it closes within its time");
            gateway.start();
        }
        writing.store(false, Ordering::SeqCst);
    });
    let written = written.load(Ordering::SeqCst);
    eventually("everything is at P", || plain.took("message").len() as u64 >= written);
    assert_eq!(check_plain(&plain, "Q", "Q", written), 0);
    gateway.stop();
}
