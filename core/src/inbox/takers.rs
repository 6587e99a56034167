//! Who takes events, for the mesh of [`crate::testing`]: whether an application has come to rest.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::{self, ThreadId};

use tokio::task;
use tokio::time::Instant;

use super::Inbox;
use crate::util::lock::MutexExt;

/// A thread, or a task in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Who(ThreadId, Option<task::Id>);

impl Who {
    /// Who calls this.
    pub(crate) fn now() -> Who {
        Who(thread::current().id(), task::try_id())
    }
}

/// How an app stands with its events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AppState {
    /// There is nothing for it to do; or it has no handler, but the one who asks takes events itself.
    Quiet,
    /// It handles something, or will at once.
    Busy,
    /// Something is there for it, and whoever took events before does not ask for them now.
    Away,
}

/// Who takes events.
#[derive(Debug, Default)]
pub(crate) struct Taking {
    last: Mutex<Option<Who>>,
    waiting: AtomicUsize,
}

impl Taking {
    /// Somebody asks for events until the guard is dropped.
    pub(super) fn begin(&self) -> Asking<'_> {
        *self.last.hold() = Some(Who::now());
        self.waiting.fetch_add(1, Ordering::SeqCst);
        Asking(self)
    }
}

pub(super) struct Asking<'a>(&'a Taking);

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Inbox {
    /// How the app stands with its events, for one who asks.
    pub(crate) fn app(&self, asks: Who) -> AppState {
        if self.taking.last.hold().is_none_or(|last| last == asks) {
            return AppState::Quiet;
        }
        let state = self.state();
        let (in_hand, ready) = state.chains.in_hand_and_ready(Instant::now());
        if in_hand || state.hints.any_out() {
            AppState::Busy
        } else if !ready && state.hints.len() == 0 {
            AppState::Quiet
        } else if self.taking.waiting.load(Ordering::SeqCst) > 0 {
            AppState::Busy
        } else {
            AppState::Away
        }
    }

    /// Whether somebody has asked for events.
    pub(crate) fn has_taker(&self) -> bool {
        self.taking.last.hold().is_some()
    }
}
