//! What the inbox keeps in memory, and how it is locked.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::sync::MutexGuard;
use std::time::Duration;

use tokio::time::Instant;

use super::chains::{Chains, Picked};
use super::hints::Hints;
use crate::store::{InboxHead, Seq};

/// Whether this process knows what waits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Knowledge {
    /// Nobody has taken events here yet, so nothing is kept.
    #[default]
    None,
    /// The store is being read for the first time.
    Loading,
    All,
    /// Something was gone: another process takes events too.
    Stale,
}

#[derive(Default)]
pub(super) struct State {
    pub chains: Chains,
    pub hints: Hints,
    /// The positions of what is chosen, and not out yet.
    pub reading: BTreeSet<Seq>,
    pub knowledge: Knowledge,
    /// What was committed while the store is being read for the first time.
    pub meanwhile: Vec<InboxHead>,
    /// When what is here was last compared with the store, and how long that took.
    pub compared: Option<(Instant, Duration)>,
    /// With room for one event only, a hint and a stored event go in turn.
    pub hint_is_next: bool,
}

impl State {
    pub(super) fn has_read(&mut self, picked: &[Picked]) {
        for (pending, _) in picked {
            self.reading.remove(&pending.seq);
        }
    }
}

/// The state, locked. Leases that it frees are let go after that: a fork may have to be waited for, and nobody waits meanwhile
/// for this lock.
pub(super) struct Locked<'a>(Option<MutexGuard<'a, State>>);

impl<'a> Locked<'a> {
    pub(super) fn new(state: MutexGuard<'a, State>) -> Self {
        Locked(Some(state))
    }
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.0.as_ref().expect("it is locked until it is dropped")
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.0.as_mut().expect("it is locked until it is dropped")
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let freed = self.chains.freed();
        self.0 = None;
        drop(freed);
    }
}
