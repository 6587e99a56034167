//! Taking turns to write, among the threads and the processes that have a store open.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::lock::Locks;
use super::lock_file::{lock, try_lock};
use crate::util::fork::Private;
use crate::util::lock::MutexExt;
use crate::util::threads;
use crate::{Error, Result};

/// How long a process waits for its turn. A transaction takes milliseconds; one that moves a store to a newer form, seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// The queue of those who want to write.
pub(super) struct Queue {
    locks: Locks,
    patience: Duration,
    /// Held by the thread of this process whose turn it is, or that waits for it.
    first: Mutex<()>,
    files: Arc<Files>,
    waiting: Arc<Waiting>,
}

/// The system frees these locks when a process dies.
struct Files {
    turnstile: Private<File>,
    writer: Private<File>,
}

/// What the system does not offer: a wait for a lock that ends after some time. A thread waits without end, and whoever wants
/// the lock waits for that thread. It uses the files alone meanwhile.
struct Waiting {
    state: Mutex<State>,
    changed: Condvar,
}

enum State {
    /// No thread waits.
    Idle,
    /// One does; `wanted`: somebody waits for it.
    Asked {
        wanted: bool,
    },
    /// It has locked them, for the one who waits.
    Granted,
    Failed(io::Error),
}

impl Queue {
    pub(super) fn open(locks: &Locks) -> Result<Self> {
        Self::with_patience(locks, PATIENCE)
    }

    /// With another patience.
    pub(super) fn with_patience(locks: &Locks, patience: Duration) -> Result<Self> {
        let files = Files { turnstile: locks.file("turnstile")?, writer: locks.file("writer")? };
        let waiting = Waiting { state: Mutex::new(State::Idle), changed: Condvar::new() };
        Ok(Queue {
            locks: locks.clone(),
            patience,
            first: Mutex::default(),
            files: Arc::new(files),
            waiting: Arc::new(waiting),
        })
    }

    /// Waits until nobody else writes; an error says who has been writing all that time.
    pub(super) fn turn(&self) -> Result<Turn<'_>> {
        let first = self.first.hold();
        let failed = |e: io::Error| Error::store(format_args!("the lock for writing: {e}")).caused_by(e);
        let mut state = self.waiting.state.hold();
        if let State::Idle = *state {
            if self.files.try_lock().map_err(failed)? {
                return Ok(Turn { files: &self.files, _first: first });
            }
            let (files, waiting) = (self.files.clone(), self.waiting.clone());
            let waiter = threads::spawn("integrador-turn", move || waiting.wait(&files));
            waiter.map_err(failed)?;
        }
        *state = State::Asked { wanted: true };
        let began = Instant::now();
        while let State::Asked { .. } = *state {
            let left = self.patience.saturating_sub(began.elapsed());
            if left.is_zero() {
                *state = State::Asked { wanted: false };
                return Err(self.too_long());
            }
            state = self.waiting.changed.wait_timeout(state, left).unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        match std::mem::replace(&mut *state, State::Idle) {
            State::Failed(e) => Err(failed(e)),
            _ => Ok(Turn { files: &self.files, _first: first }),
        }
    }

    fn too_long(&self) -> Error {
        let (seconds, open) = (self.patience.as_secs_f64(), self.locks.processes());
        // A child that was forked without `integrador::fork` may hold a dead parent's lock.
        let holders = flocks(&self.files.writer);
        let (who, several) = match holders.is_empty() {
            true => (open.iter().cloned().collect::<Vec<_>>(), open.len() > 1),
            false => (holders.iter().map(|process| described(*process)).collect(), false),
        };
        let list = if who.is_empty() { "a process that can't be seen from here".to_owned() } else { who.join(", ") };
        let what = if several { "one of the processes" } else { "process" };
        Error::store(format_args!(
            "no turn to write within {seconds} s, nothing was stored: {what} {list} has been writing all that time; if it \
             hangs, end it"
        ))
    }
}

impl Files {
    /// True if nobody else writes or is about to, and so it is the caller's turn.
    ///
    /// Whoever waits for the writer's lock holds the turnstile, so the one that has just written can't take the lock again
    /// before it.
    fn try_lock(&self) -> io::Result<bool> {
        if !try_lock(&self.turnstile)? {
            return Ok(false);
        }
        let locked = try_lock(&self.writer);
        // The waiting thread takes the turnstile again.
        self.turnstile.unlock()?;
        locked
    }

    fn lock(&self) -> io::Result<()> {
        lock(&self.turnstile)?;
        let locked = lock(&self.writer);
        let passed = self.turnstile.unlock();
        locked.and(passed)
    }
}

impl Waiting {
    fn wait(&self, files: &Files) {
        let locked = files.lock();
        let mut state = self.state.hold();
        *state = match (locked, &*state) {
            (Ok(()), State::Asked { wanted: true }) => State::Granted,
            (Err(e), State::Asked { wanted: true }) => State::Failed(e),
            (Ok(()), _) => {
                // Unlocking a lock that is held fails only where locking did.
                let _ = files.writer.unlock();
                State::Idle
            }
            (Err(_), _) => State::Idle,
        };
        self.changed.notify_all();
    }
}

/// The right to write, until dropped.
pub(super) struct Turn<'a> {
    files: &'a Files,
    _first: MutexGuard<'a, ()>,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let _ = self.files.writer.unlock();
    }
}

/// A process, with what its program is called where that can be seen.
fn described(process: u32) -> String {
    match std::fs::read_to_string(format!("/proc/{process}/comm")) {
        Ok(name) => format!("{process} ({})", name.trim()),
        Err(_) => format!("{process} (it has ended, but a child that was forked from it has the lock still)"),
    }
}

/// The processes that have locked this file, as far as the system says.
#[cfg(target_os = "linux")]
fn flocks(file: &File) -> BTreeSet<u32> {
    use std::os::unix::fs::MetadataExt;
    let Ok(inode) = file.metadata().map(|data| data.ino().to_string()) else { return BTreeSet::new() };
    let Ok(locks) = std::fs::read_to_string("/proc/locks") else { return BTreeSet::new() };
    // `1: FLOCK ADVISORY WRITE 4711 fd:01:1234 0 EOF`; those who wait have `->` after the number.
    let holder = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let [_, "FLOCK", _, _, process, place, ..] = fields[..] else { return None };
        (place.rsplit(':').next() == Some(&inode)).then(|| process.parse().ok()).flatten()
    };
    locks.lines().filter_map(holder).collect()
}

#[cfg(not(target_os = "linux"))]
fn flocks(_: &File) -> BTreeSet<u32> {
    BTreeSet::new()
}
