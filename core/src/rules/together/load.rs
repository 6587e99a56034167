//! What large rooms cost others: printed with `--nocapture`, and held to bounds that a slow machine keeps too.

use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::{NOW, World, made_at, room};
use crate::commit::share::Sender;
use crate::config::Limits;
use crate::model::{Id, NewMessage, RoomKind};
use crate::rules::routing::Source;
use crate::rules::{Arrival, accept, own_message};
use crate::wire::{Body, RoomBody};

const PUBLIC: RoomKind = RoomKind::Public;

fn large(id: i64, members: i64) -> RoomBody {
    let ids = (0..members).map(Id::from).collect();
    RoomBody { members: vec![("B".into(), ids)], ..room(id, PUBLIC, &[], None) }
}

/// Runs a test in a process of its own, where nothing else takes memory.
fn alone(test: &str, measure: impl FnOnce()) {
    const ALONE: &str = "INTEGRADOR_TEST_ALONE";
    if std::env::var(ALONE).is_ok_and(|name| name == test) {
        return measure();
    }
    let path = format!("{}::{test}", module_path!().split_once("::").unwrap().1);
    let mut again = Command::new(std::env::current_exe().unwrap());
    let out = again.args(["--exact", &path, "--nocapture"]).env(ALONE, test).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout);
    println!("{said}");
    assert!(out.status.success() && said.contains("1 passed"), "{said}{}", String::from_utf8_lossy(&out.stderr));
}

/// What this process has in memory, MiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) >> 10
}

fn percentile(mut times: Vec<Duration>, of_hundred: usize) -> Duration {
    times.sort();
    times[(times.len() - 1) * of_hundred / 100]
}

/// Shows promise 5.
#[test]
fn a_thousand_small_announcements_in_a_room_of_a_hundred_thousand_are_a_small_thing() {
    alone("a_thousand_small_announcements_in_a_room_of_a_hundred_thousand_are_a_small_thing", || {
        let world = World::new(&["A", "B", "C"]);
        let a = &world.nodes[0];
        a.take_as("B", made_at(NOW, 0), Body::Room(large(1, 100_000))).unwrap();
        let disk = || {
            let bytes = |path: &std::path::Path| std::fs::metadata(path).map_or(0, |file| file.len());
            bytes(&a.path) + bytes(&a.path.with_extension("db-wal"))
        };
        let (memory, before, begin) = (resident(), disk(), Instant::now());
        let peer = a.num("C");
        a.run(move |job| {
            for n in 0..1_000_i64 {
                let body = room(1, PUBLIC, &[("C", &[n, n + 1])], Some("B"));
                let id = Some(made_at(NOW + 1, n.unsigned_abs()));
                let arrival = Arrival { source: Source::Peer(peer), speaker: peer, id, parked: false };
                accept(job, arrival, Body::Room(body))?;
            }
            Ok(())
        })
        .unwrap();
        let (took, memory) = (begin.elapsed(), resident().saturating_sub(memory));
        let disk = disk().saturating_sub(before) >> 20;
        println!("1,000 announcements in a room of 100,000: {took:?}, {memory} MiB more memory, {disk} MiB more disk");
        assert!(took < Duration::from_secs(5) && memory <= 50 && disk <= 20);
        assert_eq!(a.open().directory.read().rooms().next().unwrap().count(peer), 2);
    });
}

/// Shows promise 5.
#[test]
fn rooms_of_a_hundred_thousand_members_end_at_the_limit_and_take_the_memory_that_it_states() {
    alone("rooms_of_a_hundred_thousand_members_end_at_the_limit_and_take_the_memory_that_it_states", || {
        let world = World::new(&["A", "B"]);
        let a = &world.nodes[0];
        let before = resident();
        let rooms = (0..60_i64).map(|n| a.take_as("B", made_at(NOW, n.unsigned_abs()), Body::Room(large(n, 100_000))));
        let taken = rooms.filter(|taken| taken.is_ok()).count();
        let memory = resident().saturating_sub(before);
        println!("60 rooms of 100,000 members: {taken} are taken, {memory} MiB more memory");
        assert_eq!(taken * 100_000, Limits::default().memberships);
        assert!(memory <= 200, "{memory} MiB");
    });
}

/// Announces large rooms one after the other until it is told to stop.
/// Announces a large room without a pause; how often it did.
async fn announce(
    writer: crate::commit::writer::Writer,
    by: u32,
    sender: u32,
    members: i64,
    stop: Arc<AtomicBool>,
) -> u32 {
    let mut n = 0;
    while !stop.load(Ordering::Relaxed) {
        n += 1;
        let body = large(i64::from(sender % 8), members);
        let bytes = body.members[0].1.len() * 7;
        let id = Some(made_at(NOW + i64::from(n), sender.into()));
        let arrival = Arrival { source: Source::Peer(by), speaker: by, id, parked: false };
        let sender = Sender::Other(100 + sender);
        let _ = writer.run_for(sender, bytes, move |job| accept(job, arrival, Body::Room(body))).await;
    }
    n
}

/// Shows promise 5.
#[test]
fn large_rooms_of_many_senders_do_not_stand_before_what_is_small() {
    const SENDERS: u32 = 32;
    let members = if cfg!(debug_assertions) { 10_000 } else { 100_000 };
    let world = World::new(&["A", "B"]);
    let a = &world.nodes[0];
    a.publish_room(1, PUBLIC, &[]).unwrap();
    let (own, b, writer) = (a.own(), a.num("B"), a.open().writer.clone());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (waits, heavy) = runtime.block_on(async {
        let stop = Arc::new(AtomicBool::new(false));
        let mut heavy = tokio::task::JoinSet::new();
        let all = Instant::now();
        for sender in 0..SENDERS {
            heavy.spawn(announce(writer.clone(), b, sender, members, stop.clone()));
        }
        let mut waits = Vec::new();
        for n in 0..100 {
            tokio::time::sleep(Duration::from_millis(5)).await;
            let (text, begin) = (NewMessage::new(1, 1, n.to_string()), Instant::now());
            let publish = tokio::spawn({
                let writer = writer.clone();
                async move { writer.run(move |job| own_message::publish(job, own, text)).await }
            });
            publish.await.unwrap().unwrap();
            waits.push(begin.elapsed());
        }
        stop.store(true, Ordering::Relaxed);
        let announced: u32 = heavy.join_all().await.into_iter().sum();
        (waits, all.elapsed() / announced)
    });
    let (half, most) = (percentile(waits.clone(), 50), percentile(waits, 99));
    println!(
        "a message beside {SENDERS} senders of rooms of {members} members, each of which takes {heavy:?}: p50 {half:?}, \
         p99 {most:?}"
    );
    // Without shares a message would wait for one of each sender.
    assert!(half < heavy * SENDERS / 4, "{half:?}, and an announcement takes {heavy:?}");
}
