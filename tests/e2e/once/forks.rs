//! A process that forks while its nodes are busy: its children live, and what it worked on is free when it is dead
//! (promises 1 and 3). The process that forks is this test program again, told by an environment variable to be it
//! ([`forker`]).

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, thread};

use integrador::blocking::Node;
use integrador::{Config, ErrorKind, NewMessage, RoomKind, fork};
use integrador_tests::{App, Net, Plain, eventually, free_port};

const ROLE: &str = "INTEGRADOR_TEST_FORKER";
const FOLDER: &str = "INTEGRADOR_TEST_FOLDER";
/// How many children are forked in all; more for a long run by hand.
const FORKS: &str = "INTEGRADOR_TEST_FORKS";
/// How long a child may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The process that forks. It and its children are killed when it is dropped.
struct Forker {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Forker {
    fn start(role: &str, folder: &Path) -> Forker {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "once::forks::forker", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        Forker { process, lines }
    }

    /// The next thing that it says; None at its end. The test harness writes into the same pipe, so it marks its own.
    fn says(&mut self) -> Option<String> {
        self.lines.find_map(|line| line.ok()?.split_once('@').map(|(_, said)| said.to_owned()))
    }

    /// Kills it, and not its children.
    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Forker {
    fn drop(&mut self) {
        let group = i32::try_from(self.process.id()).unwrap();
        #[allow(unsafe_code, reason = "children are killed too")]
        unsafe {
            libc::kill(-group, libc::SIGKILL);
        }
        let _ = self.process.wait();
    }
}

/// Forks as one should; returns the child's process.
pub(crate) fn forked(child: impl FnOnce() -> bool) -> i32 {
    fork::before();
    let process = forked_without_a_word(|| {
        fork::after_in_child();
        child()
    });
    fork::after_in_parent();
    process
}

fn forked_without_a_word(child: impl FnOnce() -> bool) -> i32 {
    #[allow(unsafe_code, reason = "a fork is what is tested")]
    let process = unsafe { libc::fork() };
    assert!(process >= 0);
    if process == 0 {
        let well = std::panic::catch_unwind(std::panic::AssertUnwindSafe(child)).unwrap_or(false);
        // Without running what the parent has to clean up.
        #[allow(unsafe_code, reason = "a fork is what is tested")]
        unsafe {
            libc::_exit(i32::from(!well))
        }
    }
    process
}

/// Says something to the test.
fn say(what: std::fmt::Arguments<'_>) {
    std::io::stdout().write_all(format!("@{what}\n").as_bytes()).unwrap();
}

/// Waits for the end of a child: whether it ended well.
pub(crate) fn ends_well(child: i32) -> bool {
    let began = Instant::now();
    loop {
        let mut status = 0;
        #[allow(unsafe_code, reason = "a fork is what is tested")]
        let waited = unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) };
        if waited == child {
            return status == 0;
        }
        if began.elapsed() > PATIENCE {
            say(format_args!("child {child} hangs"));
            return false;
        }
        thread::sleep(Duration::from_micros(200));
    }
}

fn forever() -> bool {
    loop {
        thread::sleep(Duration::from_secs(1));
    }
}

/// A node with a public room 1.
fn open(folder: &Path, name: &str) -> Node {
    let registry = folder.join(format!("{name}.platforms.json"));
    let config = Config::new(name, folder.join(format!("{name}.db")));
    let node = Node::open(if registry.exists() { config.platforms(registry) } else { config }).unwrap();
    node.publish_user(1, "Ana").unwrap();
    node.publish_room(1, "Plaza", RoomKind::Public, Vec::new()).unwrap();
    node
}

/// Everything that a busy node does, until it is told to stop.
fn keep_busy<'scope>(scope: &'scope thread::Scope<'scope, '_>, node: &'scope Node, stop: &'scope AtomicBool) {
    scope.spawn(move || {
        for n in 0.. {
            if stop.load(Ordering::SeqCst) {
                return;
            }
            // Large, so that the log is copied into the store now and then.
            let receipt =
                node.publish_message(NewMessage::new(1, 1, "hola ".repeat(2_000)).key(n.to_string())).unwrap();
            node.delivery(receipt.event.unwrap()).unwrap();
        }
    });
    scope.spawn(move || {
        let mut events = node.consumer().unwrap();
        while !stop.load(Ordering::SeqCst) {
            node.status().unwrap();
            if events.next(Duration::from_millis(1)).unwrap().is_some() {
                events.done().unwrap();
            }
        }
    });
}

#[test]
fn forker() {
    let Ok(role) = env::var(ROLE) else { return };
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    match role.as_str() {
        "fork while busy" => fork_while_busy(&folder),
        "leave children" => leave_children(&folder),
        "share a store" => share_a_store(&folder),
        "fork without a word" => fork_without_a_word(&folder),
        "fork in a handler" => fork_in_a_handler(&folder),
        other => panic!("no role {other}"),
    }
}

fn fork_while_busy(folder: &Path) {
    let forks = env::var(FORKS).map_or(150, |forks| forks.parse().unwrap());
    let nodes = ["A", "B", "C"].map(|name| open(folder, name));
    let (stop, threads) = (AtomicBool::new(false), 2);
    let began = Instant::now();
    thread::scope(|scope| {
        nodes.iter().for_each(|node| keep_busy(scope, node, &stop));
        let forking: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    for n in 0..forks / threads {
                        let child = forked(|| {
                            // One of its own, now and then the parent's.
                            let name = if n % 4 == 0 { "A".to_owned() } else { format!("child {thread} {n}") };
                            let node = open(folder, &name);
                            node.publish_message(NewMessage::new(1, 1, "del hijo")).unwrap();
                            node.close().is_ok()
                        });
                        if !ends_well(child) {
                            return false;
                        }
                        let _ = std::fs::remove_file(folder.join(format!("child {thread} {n}.db")));
                    }
                    true
                })
            })
            .collect();
        let well = forking.into_iter().all(|thread| thread.join().unwrap());
        stop.store(true, Ordering::SeqCst);
        say(format_args!("{well} in {:?}", began.elapsed()));
    });
    for node in nodes {
        node.close().unwrap();
    }
    say(format_args!("closed"));
}

#[test]
fn children_forked_from_busy_nodes_open_a_node_and_end() {
    let net = Net::new();
    let mut forker = Forker::start("fork while busy", &net.path("."));
    let said = forker.says().unwrap();
    assert!(said.starts_with("true"), "{said}");
    eprintln!("{said}");
    assert_eq!(forker.says().unwrap(), "closed");
}

fn leave_children(folder: &Path) {
    let node = open(folder, "A");
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        keep_busy(scope, &node, &stop);
        loop {
            say(format_args!("{}", forked(forever)));
            thread::sleep(Duration::from_millis(3));
        }
    });
}

/// Shows promise 2.
#[test]
fn what_a_killed_process_worked_on_is_free_at_once_although_its_children_live() {
    let net = Net::new();
    let plain = Plain::start("P");
    net.registry("A", &[("P", &plain.url())]);
    for round in 1..=5 {
        let mut forker = Forker::start("leave children", &net.path("."));
        for _ in 0..round * 7 {
            forker.says().unwrap();
        }
        eventually("it sends", || !plain.texts().is_empty());
        forker.kill();
        let began = Instant::now();
        let a = App::silent(net.config("A", free_port()).platforms(net.path("A.platforms.json")));
        a.node.publish_message(NewMessage::new(1, 1, format!("round {round}"))).unwrap();
        let last = format!("round {round}");
        eventually("the next one sends", || plain.texts().last() == Some(&last));
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        a.close();
    }
}

fn share_a_store(folder: &Path) {
    let node = open(folder, "A");
    for n in 0..20 {
        node.publish_message(NewMessage::new(1, 1, "de antes").key(format!("before {n}"))).unwrap();
    }
    let child = forked(|| {
        let node = open(folder, "A");
        for n in 0.. {
            node.publish_message(NewMessage::new(1, 1, "del hijo").key(format!("child {n}"))).unwrap();
            say(format_args!("{n}"));
        }
        true
    });
    node.publish_message(NewMessage::new(1, 1, "de después").key("after")).unwrap();
    node.close().unwrap();
    say(format_args!("closed"));
    ends_well(child);
}

/// Shows promise 1.
#[test]
fn a_child_that_opens_its_parents_store_loses_nothing_when_the_parent_closes() {
    let net = Net::new();
    net.registry("A", &[]);
    let mut forker = Forker::start("share a store", &net.path("."));
    let (mut last, mut more) = (None, 0);
    while more < 200 {
        match forker.says().unwrap().as_str() {
            "closed" => more = 1,
            n => {
                last = Some(n.parse::<u32>().unwrap());
                more += u32::from(more > 0);
            }
        }
        if more > 0 && more < 3 {
            // Who opens it anew sees what there is.
            drop(App::silent(net.config("A", free_port()).admin()));
        }
    }
    drop(forker);
    let a = App::silent(net.config("A", free_port()));
    let stored = |key: String| {
        let message = NewMessage::new(1, 1, if key.starts_with("child") { "del hijo" } else { "de antes" }).key(key);
        a.node.publish_message(message).unwrap().duplicate
    };
    assert!((0..20).all(|n| stored(format!("before {n}"))));
    assert!((0..=last.unwrap()).all(|n| stored(format!("child {n}"))), "what the child was told is stored is there");
}

fn fork_without_a_word(folder: &Path) {
    let node = open(folder, "A");
    let child = forked_without_a_word(|| {
        let refused = Node::open(Config::new("A", folder.join("A.db"))).unwrap_err();
        let told = refused.kind() == ErrorKind::Config && refused.to_string().contains("integrador::fork");
        open(folder, "B").close().unwrap();
        told
    });
    say(format_args!("{}", ends_well(child)));
    node.publish_message(NewMessage::new(1, 1, "sigo")).unwrap();
    say(format_args!("closed {}", node.close().is_ok()));
}

#[test]
fn after_a_fork_that_was_not_announced_the_parents_store_is_refused_in_the_child() {
    let net = Net::new();
    let mut forker = Forker::start("fork without a word", &net.path("."));
    assert_eq!(forker.says().unwrap(), "true");
    assert_eq!(forker.says().unwrap(), "closed true");
}

fn fork_in_a_handler(folder: &Path) {
    let node = open(folder, "A");
    let mut events = Some(node.consumer().unwrap());
    let first = events.as_mut().unwrap().next(PATIENCE).unwrap().unwrap();
    let child = forked(|| {
        let mut inherited = events.take().unwrap();
        let refused = [
            inherited.next(Duration::ZERO).map(drop),
            inherited.done(),
            inherited.failed("in the child"),
            inherited.flush(),
            inherited.close(),
        ];
        let nothing = inherited.at_hand().is_none();
        drop(inherited);
        nothing && refused.into_iter().all(|call| call.is_err_and(|e| e.kind() == ErrorKind::Closed))
    });
    let refused = ends_well(child);
    let mut events = events.unwrap();
    events.done().unwrap();
    let second = events.next(PATIENCE).unwrap().unwrap();
    events.done().unwrap();
    events.close().unwrap();
    let left = node.status().unwrap().inbox;
    node.close().unwrap();
    say(format_args!("{refused} {} {} {left}", first.id != second.id, second.attempt));
}

#[test]
fn a_consumer_that_a_child_inherits_says_that_it_is_the_parents_and_the_parent_goes_on() {
    let net = Net::new();
    // Each of them has joined: an event for the app.
    net.registry("A", &["P1", "P2", "P3"].map(|name| (name, "http://127.0.0.1:9/")));
    let mut forker = Forker::start("fork in a handler", &net.path("."));
    assert_eq!(forker.says().unwrap(), "true true 1 1");
}
