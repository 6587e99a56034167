//! Forking a process that uses this library.
//!
//! A forked child gets a copy of all memory and one thread, the one that forked. A lock that another thread held at that
//! instant stays locked in the child for ever, and a file that is locked stays locked for as long as the child has it open,
//! even when its parent is long dead. So three calls belong around a fork:
//!
//! ```
//! # fn fork() -> i32 { 1 }
//! integrador::fork::before();
//! let child = fork(); // libc::fork, nix::unistd::fork …
//! if child == 0 {
//!     integrador::fork::after_in_child();
//! } else {
//!     // Even if there is no child since the fork failed.
//!     integrador::fork::after_in_parent();
//! }
//! ```
//!
//! [`before`] waits until nothing of this library is half done, on any thread and in any node of the process, and lets no
//! work begin until the fork is over; it also closes the connections to the stores, which open again by themselves. So the
//! child finds every lock free, and may open nodes of its own, of the same stores too. The child's copies of the lock files
//! and of the listener's sockets are closed, so that what a dead parent worked on, and its port, is free at once.
//!
//! Nodes that were opened before a fork work on in the parent as if nothing had happened. In the child they stay as they
//! were: [`blocking::Node`](crate::blocking::Node) answers with an error of kind `closed`, and opening anew is the way.
//!
//! The Python package makes these calls by itself, through `os.register_at_fork`. Starting another program
//! (`std::process::Command`) needs none: it takes over neither memory nor files.
//!
//! One thing they can't see to: with its feature `parking_lot`, which `full` contains, Tokio lets its threads wait by locks that
//! belong to the whole process, and a child may find one of them locked for ever. An application that forks names the
//! features of Tokio that it needs, and leaves that one out.
//!
//! A child of a fork without these calls may do anything that doesn't concern this library, or end. It may open a node too,
//! at the risk of meeting a lock that is never freed; a store that its parent had open it can't open at all.

mod gate;
#[cfg(unix)]
mod private;
#[cfg(not(unix))]
#[path = "elsewhere.rs"]
mod private;

use std::cell::Cell;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, TryLockError, Weak};
use std::time::Duration;

use super::lock::MutexExt;
use crate::{Error, Result};
use gate::Gate;
pub(crate) use private::Private;

/// How long a fork waits for what is being done, before it goes ahead all the same.
const PATIENCE: Duration = Duration::from_secs(10);

static GATE: Gate = Gate::new();
/// Who must let go of something at a fork. Used inside the gate only.
static FORKABLE: Mutex<Vec<Weak<dyn Forkable>>> = Mutex::new(Vec::new());
/// The process whose memory this is: not the present one in a child of a fork that was not announced. 0 before
/// anything was opened.
static PROCESS: AtomicU32 = AtomicU32::new(0);
/// The number of no process: nothing can be said of what this one got from its parent.
const UNFIT: u32 = u32::MAX;

/// What a fork has done so far, in the thread that forks.
#[derive(Clone, Copy)]
struct Forking {
    /// How many calls of [`before`] are not over.
    calls: u32,
    /// Whether nothing is being done.
    quiet: bool,
}

thread_local! {
    static FORKING: Cell<Option<Forking>> = const { Cell::new(None) };
    /// How many passes this thread holds.
    static INSIDE: Cell<u32> = const { Cell::new(0) };
}

/// What must not be open at a fork.
pub(crate) trait Forkable: Send + Sync {
    /// Lets go of it; it comes back when it is needed next. Nothing is being done meanwhile.
    fn let_go(&self);
    /// In a child whose fork did not wait: it is open here, and of no use.
    fn left_behind(&self);
}

/// The right to do what a fork must not cut through. Whatever uses SQLite, or a lock that a child can meet, holds one
/// meanwhile.
pub(crate) struct Pass {
    /// It is counted for its thread.
    _not_send: PhantomData<*const ()>,
}

/// Waits while another thread forks.
pub(crate) fn pass() -> Pass {
    let inside = INSIDE.get();
    if FORKING.get().is_some() {
        GATE.enter_forking();
    } else {
        GATE.enter(inside > 0);
    }
    INSIDE.set(inside + 1);
    Pass { _not_send: PhantomData }
}

impl Drop for Pass {
    fn drop(&mut self) {
        INSIDE.set(INSIDE.get() - 1);
        GATE.leave();
    }
}

/// Has it told of forks until it is dropped.
pub(crate) fn register(forkable: Weak<dyn Forkable>) {
    let _pass = pass();
    let mut all = FORKABLE.hold();
    all.retain(|one| one.strong_count() > 0);
    all.push(forkable);
}

/// Notes that this process uses the library; to be called before anything is opened. An error in a child that was forked
/// without [`before`] at an instant at which nothing can be said of what it got.
pub(crate) fn arrive() -> Result<()> {
    let process = std::process::id();
    match PROCESS.swap(process, Ordering::SeqCst) {
        0 => Ok(()),
        known if known == process => Ok(()),
        _ => {
            GATE.reset(INSIDE.get());
            inherit()
        }
    }
}

/// To be called right before a fork, in the thread that forks. Waits for what is being done, some milliseconds as a rule and
/// 10 s at most; after that the child is one whose fork nobody has waited for.
///
/// Don't hold a lock meanwhile that a tracing subscriber or anything else needs that this library may call.
pub fn before() {
    let forking = match FORKING.get() {
        Some(Forking { calls, quiet }) => Forking { calls: calls + 1, quiet },
        None => {
            // A thread doesn't wait for itself.
            let quiet = GATE.shut(if INSIDE.get() > 0 { Duration::ZERO } else { PATIENCE });
            if quiet {
                let all: Vec<_> = FORKABLE.hold().iter().filter_map(Weak::upgrade).collect();
                all.iter().for_each(|one| one.let_go());
            }
            Forking { calls: 1, quiet }
        }
    };
    FORKING.set(Some(forking));
}

/// To be called after a fork in the process that forked, in the same thread, even if the fork failed.
pub fn after_in_parent() {
    match FORKING.get() {
        Some(Forking { calls, quiet }) if calls > 1 => FORKING.set(Some(Forking { calls: calls - 1, quiet })),
        Some(Forking { quiet, .. }) => {
            FORKING.set(None);
            GATE.open(quiet);
        }
        None => {}
    }
}

/// To be called in the child of a fork, before it does anything else with this library. Also does some good where [`before`]
/// was not called.
pub fn after_in_child() {
    let quiet = FORKING.take().is_some_and(|forking| forking.quiet);
    let known = PROCESS.swap(std::process::id(), Ordering::SeqCst) != 0;
    GATE.reset(INSIDE.get());
    if quiet {
        private::close_all();
        FORKABLE.hold().clear();
    } else if known {
        // An error is said again to whoever opens a node.
        let _ = inherit();
    }
}

/// In a child of a fork that did not wait: closes what can be closed.
fn inherit() -> Result<()> {
    let in_use = || {
        PROCESS.store(UNFIT, Ordering::SeqCst);
        Error::store(
            "this process was forked while its parent used the library, and without `integrador::fork`: fork before a node is \
             opened, or as described there",
        )
    };
    if !private::try_close_all() {
        return Err(in_use());
    }
    let mut all = match FORKABLE.try_lock() {
        Ok(all) => all,
        Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
        Err(TryLockError::WouldBlock) => return Err(in_use()),
    };
    for one in all.drain(..) {
        if let Some(one) = one.upgrade() {
            one.left_behind();
            // Its parts belong to threads that are not here.
            std::mem::forget(one);
        }
    }
    Ok(())
}
