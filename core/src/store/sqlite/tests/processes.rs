//! Several processes on one store. The other process is this test program again, told by an environment variable to be
//! one ([`child`]).

use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tempfile::tempdir;

use super::super::lock::Locks;
use super::super::queue::Queue;
use super::super::{SqliteStore, open};
use super::{event, put_user, transact, waiting};
use crate::store::{Seq, Store};
use crate::{ErrorKind, Result};

const ROLE: &str = "INTEGRADOR_TEST_STORE_ROLE";
const STORE: &str = "INTEGRADOR_TEST_STORE_PATH";

/// The other process. It is killed when it is dropped.
pub(super) struct Other {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Other {
    pub(super) fn start(role: &str, store: &Path) -> Other {
        Other::run(Command::new(std::env::current_exe().unwrap()), role, store)
    }

    fn run(mut command: Command, role: &str, store: &Path) -> Other {
        let test = format!("{}::child", module_path!().split_once("::").unwrap().1);
        let mut child = command
            .args(["--exact", &test, "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .env(STORE, store)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Other { child, lines }
    }

    /// The next thing that it says, None at its end. The test harness writes into the same pipe, so it marks its own.
    pub(super) fn says(&mut self) -> Option<String> {
        self.lines.find_map(|line| line.ok()?.split_once('@').map(|(_, said)| said.to_owned()))
    }

    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn child() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let store = open(Path::new(&std::env::var_os(STORE).unwrap()), None).unwrap();
    match role.as_str() {
        "write" => loop {
            let seqs: Vec<Seq> =
                transact(&store, |tx| (0..20).map(|_| tx.put_event(&event(300), &[2])).collect()).unwrap();
            println!("@{} {}", seqs[0], seqs[19]);
        },
        "stop inside" => transact(&store, |tx| {
            (0..5_000).try_for_each(|_| tx.put_event(&event(3_000), &[2]).map(drop))?;
            println!("@inside");
            forever()
        })
        .unwrap(),
        "hold" => {
            let _lease = store.lease("lane-2").unwrap().unwrap();
            println!("@held");
            forever()
        }
        "put a user" => put_user(&store, "theirs"),
        "follow" => {
            println!("@ready");
            loop {
                heard(&store);
                let at = now();
                transact(&store, |tx| tx.changes(0).map(drop)).unwrap();
                println!("@{}", at.as_micros());
            }
        }
        "hammer" => {
            println!("@ready");
            let (done, longest) = hammer(&store);
            println!("@{done} {}", longest.as_millis());
        }
        "fill" => fill(&store),
        other => panic!("no role {other}"),
    }
}

/// Waits until another process has committed.
fn heard(store: &SqliteStore) {
    let others = store.others();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let heard = async { tokio::time::timeout(Duration::from_secs(60), others.notified()).await };
    runtime.block_on(heard).unwrap();
}

fn now() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap()
}

fn forever() -> ! {
    loop {
        sleep(Duration::from_secs(1));
    }
}

/// Writes without a pause for two seconds: how often, and how long it took at most.
fn hammer(store: &SqliteStore) -> (usize, Duration) {
    let (began, mut done, mut longest) = (Instant::now(), 0, Duration::ZERO);
    while began.elapsed() < Duration::from_secs(2) {
        let asked = Instant::now();
        transact(store, |tx| (0..100).try_for_each(|_| tx.put_event(&event(300), &[2]).map(drop))).unwrap();
        longest = longest.max(asked.elapsed());
        done += 1;
    }
    (done, longest)
}

/// On a disk that refuses files beyond some size: runs against the log's end, which mends itself, then against the store's.
fn fill(store: &SqliteStore) {
    let put =
        || -> Result<Vec<Seq>> { transact(store, |tx| (0..10).map(|_| tx.put_event(&event(3_000), &[2])).collect()) };
    let check = |error: crate::Error| {
        assert_eq!(error.kind(), ErrorKind::Store, "{error}");
        assert!(error.to_string().contains("the disk"), "{error}");
    };
    let mut refused = 0;
    for _ in 0..200 {
        let stored = put().or_else(|error| {
            refused += 1;
            check(error);
            put()
        });
        let end = stored.unwrap()[9];
        let settle = || transact(store, |tx| tx.settle(2, &[(0, end)], 1));
        assert_eq!(settle().or_else(|_| settle()).unwrap(), 10);
    }
    println!("@refused {refused}");
    let (mut stored, mut failures) = (Vec::new(), 0);
    while failures < 5 {
        match put() {
            Ok(seqs) => stored.extend(seqs),
            Err(error) => {
                check(error);
                failures += 1;
            }
        }
        assert_eq!(waiting(store, 2), stored);
    }
    println!("@stored {}", stored.len());
}

/// Shows promise 1.
#[test]
fn what_a_killed_process_had_acknowledged_is_there_and_nothing_is_half_done() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut acknowledged = 0;
    for round in 0..6 {
        let mut other = Other::start("write", &path);
        let mut last = String::new();
        for _ in 0..30 + round * 7 {
            last = other.says().unwrap();
        }
        sleep(Duration::from_micros(300 * round));
        other.kill();
        let last: Seq = last.split_once(' ').unwrap().1.parse().unwrap();
        assert!(last > acknowledged);
        acknowledged = last;
        let seqs = waiting(&open(&path, None).unwrap(), 2);
        assert!(seqs.len() as Seq >= acknowledged);
        assert_eq!(seqs, (1..=seqs.len() as Seq).collect::<Vec<_>>());
        assert_eq!(seqs.len() % 20, 0);
    }
}

/// Shows promise 1.
#[test]
fn a_process_killed_inside_a_transaction_leaves_nothing_and_holds_up_nobody() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, None).unwrap();
    let mut other = Other::start("stop inside", &path);
    assert_eq!(other.says().unwrap(), "inside");
    assert!(waiting(&store, 2).is_empty());
    other.kill();
    transact(&store, |tx| tx.put_event(&event(10), &[2])).unwrap();
    assert_eq!(waiting(&store, 2), [1]);
}

#[test]
fn who_gets_no_turn_to_write_is_told_which_process_has_it_and_gets_one_when_that_is_gone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut other = Other::start("stop inside", &path);
    assert_eq!(other.says().unwrap(), "inside");
    let locks = Locks::open(&path).unwrap();
    let queue = Queue::with_patience(&locks, Duration::from_millis(100)).unwrap();
    for _ in 0..2 {
        let refused = queue.turn().map(drop).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Store);
        assert!(refused.to_string().contains(&format!("process {}", other.child.id())), "{refused}");
    }
    other.kill();
    let took = || {
        let began = Instant::now();
        while queue.turn().is_err() {
            assert!(began.elapsed() < Duration::from_secs(30));
        }
    };
    took();
    // Whoever gave up waiting holds up nobody.
    drop(Queue::with_patience(&locks, Duration::from_secs(30)).unwrap().turn().unwrap());
    took();
}

#[test]
fn each_process_learns_that_the_other_has_written() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, None).unwrap();
    put_user(&store, "ours");
    let mut other = Other::start("put a user", &path);
    assert_eq!(other.says(), None);
    heard(&store);
    transact(&store, |tx| {
        assert!(tx.others_wrote());
        assert_eq!(tx.version(), 3);
        let changes = tx.changes(1)?;
        assert_eq!((changes.version, changes.users.len(), &*changes.users[0].name), (2, 1, "theirs"));
        Ok(())
    })
    .unwrap();
    transact(&store, |tx| {
        assert!(!tx.others_wrote());
        Ok(())
    })
    .unwrap();
}

/// How long it takes until another process hears of a commit: the median of some.
fn heard_after(store: &SqliteStore, path: &Path) -> Duration {
    let mut other = Other::start("follow", path);
    assert_eq!(other.says().unwrap(), "ready");
    let mut took: Vec<Duration> = (0..31)
        .map(|n| {
            put_user(store, &n.to_string());
            let committed = now();
            let heard = Duration::from_micros(other.says().unwrap().parse().unwrap());
            heard.saturating_sub(committed)
        })
        .collect();
    took.sort();
    took[took.len() / 2]
}

#[test]
fn a_commit_is_heard_of_in_other_processes_within_20_ms() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, None).unwrap();
    let took = heard_after(&store, &path);
    assert!(took < Duration::from_millis(20), "{took:?}");

    // A path that is longer than one of a socket may be; and others that were killed.
    let long = folder.path().join("long".repeat(50));
    std::fs::create_dir(&long).unwrap();
    let path = long.join("store.db");
    for _ in 0..2 {
        Other::start("hold", &path).says().unwrap();
    }
    let store = open(&path, None).unwrap();
    Other::start("hold", &path).says().unwrap();
    let took = heard_after(&store, &path);
    assert!(took < Duration::from_millis(20), "{took:?}");
}

#[test]
fn a_transaction_that_failed_does_not_hide_what_others_wrote() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, None).unwrap();
    put_user(&store, "ours");
    assert_eq!(Other::start("put a user", &path).says(), None);
    let failed = transact(&store, |_| Err::<(), _>(crate::Error::store("no")));
    assert!(failed.is_err());
    transact(&store, |tx| {
        assert!(tx.others_wrote());
        Ok(())
    })
    .unwrap();
}

#[test]
fn a_lease_moves_on_when_its_holder_is_killed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, None).unwrap();
    let mut other = Other::start("hold", &path);
    assert_eq!(other.says().unwrap(), "held");
    assert!(store.lease("lane-2").unwrap().is_none());
    assert!(store.lease("lane-3").unwrap().is_some());
    other.kill();
    assert!(store.lease("lane-2").unwrap().is_some());
}

#[test]
fn what_a_killed_process_left_in_the_locks_folder_goes_with_the_next_opening() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut other = Other::start("hold", &path);
    assert_eq!(other.says().unwrap(), "held");
    let files = || {
        let names = std::fs::read_dir(folder.path().join("store.db-locks")).unwrap();
        names.filter(|n| n.as_ref().unwrap().file_name().to_str().unwrap().starts_with("process-")).count()
    };
    let store = open(&path, None).unwrap();
    assert_eq!(files(), 2);
    other.kill();
    drop(store);
    let store = open(&path, None).unwrap();
    assert_eq!(files(), 1);
    drop(store);
    assert_eq!(files(), 0);
}

#[test]
fn two_processes_that_write_without_a_pause_take_turns() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, None).unwrap();
    let mut other = Other::start("hammer", &path);
    assert_eq!(other.says().unwrap(), "ready");
    let (ours, our_longest) = hammer(&store);
    let said = other.says().unwrap();
    let (theirs, their_longest) = said.split_once(' ').unwrap();
    let (theirs, their_longest): (usize, u64) = (theirs.parse().unwrap(), their_longest.parse().unwrap());
    assert!(our_longest < Duration::from_secs(1), "{our_longest:?}");
    assert!(their_longest < 1_000, "{their_longest} ms");
    assert!(ours * 3 > theirs && theirs * 3 > ours, "{ours} and {theirs}");
    // No position was given twice, and none was lost.
    let seqs = waiting(&store, 2);
    assert_eq!(seqs, (1..=100 * (ours + theirs) as Seq).collect::<Vec<_>>());
}

/// The system refuses to let any file grow beyond 1 MiB.
/// Shows promise 1.
#[cfg(unix)]
#[test]
fn a_disk_that_refuses_to_write_loses_nothing_and_the_store_goes_on_when_there_is_room() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("store.db");
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' XFSZ; ulimit -f 2048; exec \"$0\" \"$@\""]).arg(std::env::current_exe().unwrap());
    let mut other = Other::run(shell, "fill", &path);
    let mut number = |what| -> usize { other.says().unwrap().strip_prefix(what).unwrap().parse().unwrap() };
    assert!(number("refused ") > 3);
    let stored = number("stored ");
    assert!(stored * 3_000 > 200_000, "{stored}");
    assert!(other.child.wait().unwrap().success());
    // This process may write files of any size.
    let store = open(&path, None).unwrap();
    let seqs = waiting(&store, 2);
    assert_eq!(seqs.len(), stored);
    assert!(transact(&store, |tx| tx.put_event(&event(300), &[2])).unwrap() > seqs[stored - 1]);
}
