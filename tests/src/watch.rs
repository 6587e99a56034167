//! No test waits for ever: one that takes too long ends the whole run, with every process that it has started.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// How long one test may take: far more than any needs, even on a busy machine.
pub const LONGEST: Duration = Duration::from_secs(240);

/// The processes that tests have started and that have not ended yet.
static CHILDREN: Mutex<BTreeSet<u32>> = Mutex::new(BTreeSet::new());

fn children() -> MutexGuard<'static, BTreeSet<u32>> {
    CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn started(pid: u32) {
    children().insert(pid);
}

pub(crate) fn ended(pid: u32) {
    children().remove(&pid);
}

/// Watches over the test that made it, until it is dropped.
pub(crate) struct Watch {
    _alive: Sender<()>,
}

impl Watch {
    pub(crate) fn over_this_test(limit: Duration) -> Watch {
        let (alive, over) = channel::<()>();
        let test = thread::current().name().unwrap_or("a test").to_owned();
        thread::spawn(move || {
            if over.recv_timeout(limit) == Err(RecvTimeoutError::Timeout) {
                // Not by `eprintln`, which is kept back until the test ends.
                let _ = writeln!(std::io::stderr(), "{test} has not ended within {limit:?}: this run is given up");
                let pids: Vec<_> = children().iter().map(u32::to_string).collect();
                let _ = Command::new("kill").args(["-s", "KILL"]).args(pids).stderr(Stdio::null()).status();
                std::process::abort();
            }
        });
        Watch { _alive: alive }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::Process;
    use crate::{Net, eventually};

    /// Hangs, if it is the test below that runs it.
    #[test]
    #[ignore = "it never ends by itself"]
    fn a_test_that_hangs() {
        let Some(file) = std::env::var_os("TELL_THE_CHILD") else { return };
        let net = Net::that_lasts(Duration::from_secs(1));
        let mut sleeps = Command::new("sleep");
        sleeps.arg("1000");
        let child = Process::start(sleeps, net.path("log"));
        std::fs::write(file, child.id().to_string()).expect("the file is written");
        loop {
            thread::park();
        }
    }

    #[test]
    fn a_test_that_hangs_is_ended_with_the_processes_that_it_has_started() {
        let net = Net::new();
        let file = net.path("child");
        let mut again = Command::new(std::env::current_exe().expect("this program"));
        again.args(["--ignored", "--exact", "watch::tests::a_test_that_hangs"]).env("TELL_THE_CHILD", &file);
        let mut again = Process::start(again, net.path("run.log"));
        assert!(!again.ended().success());
        let log = std::fs::read_to_string(net.path("run.log")).expect("a log");
        assert!(log.contains("a_test_that_hangs has not ended within 1s"), "{log}");
        let child = std::fs::read_to_string(file).expect("it told");
        let lives =
            || Command::new("kill").args(["-0", &child]).stderr(Stdio::null()).status().is_ok_and(|s| s.success());
        eventually("the child is gone", || !lives());
    }
}
