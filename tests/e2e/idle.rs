//! What a node costs that has nothing to do: how often its process wakes, and how much of a processor it takes. The idle
//! process is this test program again, told by an environment variable to be it ([`idler`]).

#![allow(clippy::unwrap_used)]

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use integrador::blocking::Node;
use integrador::{NewMessage, RoomKind};
use integrador_tests::{App, Net, Plain, eventually, free_port};

const PORT: &str = "INTEGRADOR_TEST_IDLER_PORT";
const FOLDER: &str = "INTEGRADOR_TEST_IDLER_FOLDER";
/// Threads that were needed for a while have ended by then.
const SETTLES: Duration = Duration::from_secs(12);
const SPAN: Duration = Duration::from_secs(10);

/// Killed when it is dropped.
struct Idler(Child);

impl Idler {
    /// Starts one, and waits until it is open.
    fn start(net: &Net, port: u16) -> Idler {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "idle::idler", "--nocapture", "--test-threads=1"])
            .env(PORT, port.to_string())
            .env(FOLDER, net.path("."))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("@open")));
        Idler(child)
    }

    /// How often each of its threads has waited for something, and how long it ran.
    fn spent(&self) -> HashMap<PathBuf, (u64, Duration)> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id())).unwrap().flatten();
        let of_one = |thread: &Path| {
            let status = fs::read_to_string(thread.join("status")).unwrap_or_default();
            let waits = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
            let ran = fs::read_to_string(thread.join("schedstat")).unwrap_or_default();
            let ran = ran.split(' ').next().and_then(|ns| ns.parse().ok()).unwrap_or(0);
            (waits.map_or(0, |waits| waits.trim().parse().unwrap()), Duration::from_nanos(ran))
        };
        threads.map(|thread| (thread.path(), of_one(&thread.path()))).collect()
    }
}

impl Drop for Idler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn idler() {
    let Ok(port) = env::var(PORT) else { return };
    let net_folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    let config = integrador::Config::new("A", net_folder.join("A.db"))
        .platforms(net_folder.join("A.platforms.json"))
        .listen(format!("127.0.0.1:{port}"));
    let node = Node::open(config).unwrap();
    writeln!(std::io::stdout(), "@open").unwrap();
    // As an application does that waits for what comes.
    let mut events = node.consumer().unwrap();
    while events.next(Duration::MAX).unwrap().is_some() {
        events.done().unwrap();
    }
}

/// How often each of these wakes in a second, and what part of a processor it takes, once they have come to rest.
fn cost(idlers: &[Idler]) -> Vec<(f64, f64)> {
    thread::sleep(SETTLES);
    let (began, before): (_, Vec<_>) = (Instant::now(), idlers.iter().map(Idler::spent).collect());
    thread::sleep(SPAN);
    let (after, took): (Vec<_>, _) = (idlers.iter().map(Idler::spent).collect(), began.elapsed().as_secs_f64());
    let each = before.iter().zip(&after);
    each.map(|(before, after)| {
        let spent = after.iter().map(|(thread, (waits, ran))| {
            let (waited, had_run) = before.get(thread).copied().unwrap_or_default();
            (waits - waited, ran.saturating_sub(had_run))
        });
        let (waits, ran) = spent.fold((0, Duration::ZERO), |all, one| (all.0 + one.0, all.1 + one.1));
        (waits as f64 / took, ran.as_secs_f64() / took)
    })
    .collect()
}

#[test]
fn an_idle_process_wakes_at_most_five_times_a_second_and_twenty_times_when_it_shares_its_store() {
    let net = Net::new();
    let (pa, pb) = (free_port(), free_port());
    let plain = Plain::start("P");
    let names: Vec<String> = (0..20).map(|n| format!("P{n}")).collect();
    let urls: Vec<String> = (0..20).map(|n| format!("{}{n}/", plain.url())).collect();
    let mut others: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(urls.iter().map(String::as_str)).collect();
    let b_url = format!("http://127.0.0.1:{pb}/");
    others.push(("B", &b_url));
    net.registry("A", &others);
    net.registry("B", &[("A", &format!("http://127.0.0.1:{pa}/"))]);
    let b = App::open(net.config("B", pb));
    let mut idlers = vec![Idler::start(&net, pa)];
    b.node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    b.node.publish_message(NewMessage::new(1, 1, "hola")).unwrap();
    let waits = || b.node.status().unwrap().platforms.iter().any(|p| p.waiting > 0);
    eventually("the two know each other", || !waits() && plain.gets() > 0);
    let alone = cost(&idlers);
    for _ in 0..3 {
        idlers.push(Idler::start(&net, pa));
    }
    let together = cost(&idlers);
    eprintln!("wakes a second, part of a processor: alone {alone:.5?}, four together {together:.5?}");
    // Builds for tests run several times as long as others, and each wake-up takes longer where others use the caches.
    assert!(alone.iter().all(|(wakes, ran)| *wakes <= 5.0 && *ran < 0.01), "alone {alone:?}");
    assert!(together.iter().all(|(wakes, ran)| *wakes <= 20.0 && *ran < 0.01), "together {together:?}");
}
