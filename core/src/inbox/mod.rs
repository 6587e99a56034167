//! Events for the app: taken in order, leased until acknowledged, taken again when handling failed.
//!
//! The life of an event: it is stored by the transaction that accepted it, and its position is added to its *chain*. A
//! chain is what must stay in order: the events of one room; the users of one platform; everything else of one kind.
//! [`Inbox::take`] hands out events of chains that nobody is busy with, oldest first. Until the last of them is
//! acknowledged, the chain gives no more. `ack` deletes the event, durably, and only then is it over. `nack`, or silence for
//! `handler_timeout`, puts the event and all later ones of its chain back; the chain rests for the backoff, other chains
//! go on. After `max_handler_attempts` the event is a dead letter and the next one proceeds.
//!
//! Of several processes one at a time is busy with a chain: chains fall into 64 buckets, and a process holds the
//! lease of a bucket while it has events of it out.
//!
//! What is only a hint (delivered, up, down) is kept in memory, and lost with the process.

mod chains;
pub(crate) mod handout;
#[cfg(test)]
mod tests;

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::Result;
use crate::outbox::policy;
use crate::store::{InboxHead, InboxRow, PlatformNum, Seq, Store};
use crate::util::lock::MutexExt;

use chains::Chains;

/// At most so many hints are kept; the oldest go first.
const MAX_HINTS: usize = 10_000;

/// What is only in memory.
#[derive(Debug, Clone)]
pub(crate) enum Hint {
    Delivered { event: Uuid, platform: PlatformNum },
    Up(PlatformNum),
    Down(PlatformNum, String),
}

/// One event that was taken.
pub(crate) enum Taken {
    Stored(InboxRow),
    Hint(Uuid, Hint),
}

/// What became of a `nack`.
pub(crate) enum Nacked {
    /// It was not out (any more).
    Unknown,
    /// It comes again: position, attempts so far.
    Again(Seq, u32),
    /// It has failed too often.
    Dead(Seq),
}

/// What is being taken. If that fails, or the caller gives up waiting for it, it is put back.
struct Chosen<'a> {
    inbox: &'a Inbox,
    hints: Vec<(Uuid, Hint)>,
    picked: Vec<(chains::Pending, chains::ChainKey)>,
}

impl Drop for Chosen<'_> {
    fn drop(&mut self) {
        if self.hints.is_empty() && self.picked.is_empty() {
            return;
        }
        let mut state = self.inbox.state.hold();
        for (id, hint) in self.hints.drain(..).rev() {
            state.hints_out.remove(&id);
            state.hints.push_front(hint);
        }
        state.chains.hand_out(&self.picked, Vec::new(), self.inbox.timeout);
        state.chains.restore(&self.picked);
        drop(state);
        self.inbox.wake.notify_waiters();
    }
}

#[derive(Default)]
struct State {
    chains: Chains,
    hints: VecDeque<Hint>,
    /// Hints that were handed out.
    hints_out: HashSet<Uuid>,
    /// Whether somebody takes events here at all: without, hints are not kept.
    consumed: bool,
}

pub(crate) struct Inbox {
    state: Mutex<State>,
    wake: Notify,
    store: Arc<dyn Store>,
    max_attempts: u32,
    timeout: Duration,
}

impl Inbox {
    pub(crate) fn new(store: Arc<dyn Store>, max_attempts: u32, timeout: Duration) -> Self {
        Inbox { state: Mutex::default(), wake: Notify::new(), store, max_attempts, timeout }
    }

    pub(crate) fn depth(&self) -> u64 {
        self.state.hold().chains.depth
    }

    /// Adds what was stored.
    pub(crate) fn add(&self, heads: &[InboxHead]) {
        let mut state = self.state.hold();
        heads.iter().for_each(|head| state.chains.add(head));
        drop(state);
        self.wake.notify_waiters();
    }

    pub(crate) fn hint(&self, hints: impl IntoIterator<Item = Hint>) {
        let mut state = self.state.hold();
        if !state.consumed {
            return;
        }
        state.hints.extend(hints);
        while state.hints.len() > MAX_HINTS {
            state.hints.pop_front();
        }
        drop(state);
        self.wake.notify_waiters();
    }

    /// Takes at most `max` events, waiting for the first of them until `deadline`.
    pub(crate) async fn take(&self, max: usize, deadline: Instant) -> Result<Vec<Taken>> {
        loop {
            let woken = self.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let (taken, next) = self.take_now(max).await?;
            if !taken.is_empty() || Instant::now() >= deadline {
                return Ok(taken);
            }
            let until = next.map_or(deadline, |next| next.min(deadline));
            let _ = tokio::time::timeout_at(until.into(), woken).await;
        }
    }

    /// What can be taken at once, and when to look again if that is nothing.
    async fn take_now(&self, max: usize) -> Result<(Vec<Taken>, Option<Instant>)> {
        let (mut chosen, next) = {
            let mut state = self.state.hold();
            state.consumed = true;
            let mut hints = Vec::new();
            while hints.len() < max
                && let Some(hint) = state.hints.pop_front()
            {
                let id = crate::util::event_id::unique();
                state.hints_out.insert(id);
                hints.push((id, hint));
            }
            let room = max - hints.len();
            let (picked, next) = state.chains.pick(room, &*self.store, Instant::now());
            (Chosen { inbox: self, hints, picked }, next)
        };
        let mut rows = Vec::new();
        if !chosen.picked.is_empty() {
            let seqs: Vec<Seq> = chosen.picked.iter().map(|(p, _)| p.seq).collect();
            let store = self.store.clone();
            rows =
                tokio::task::spawn_blocking(move || store.inbox(&seqs)).await.map_err(|_| crate::Error::closed())??;
        }
        let (hints, picked) = (std::mem::take(&mut chosen.hints), std::mem::take(&mut chosen.picked));
        let stored = self.state.hold().chains.hand_out(&picked, rows, self.timeout);
        let hints = hints.into_iter().map(|(id, hint)| Taken::Hint(id, hint));
        Ok((hints.chain(stored.into_iter().map(Taken::Stored)).collect(), next))
    }

    /// The positions of those of these events that are out; they are not handed out again while they are being deleted.
    pub(crate) fn begin_ack(&self, ids: &[Uuid]) -> Vec<Option<Seq>> {
        let mut state = self.state.hold();
        ids.iter()
            .map(|id| {
                state.chains.find_out(*id).filter(|out| !out.acking).map(|out| {
                    out.acking = true;
                    out.pending.seq
                })
            })
            .collect()
    }

    /// Whether it was a hint, which needs no more than this.
    pub(crate) fn ack_hint(&self, id: Uuid) -> bool {
        self.state.hold().hints_out.remove(&id)
    }

    /// The events are deleted, or (`done` false) could not be.
    pub(crate) fn end_ack(&self, ids: &[Uuid], done: bool) {
        let mut state = self.state.hold();
        for id in ids {
            if done {
                state.chains.remove_out(*id);
                state.chains.depth = state.chains.depth.saturating_sub(1);
            } else if let Some(out) = state.chains.find_out(*id) {
                out.acking = false;
            }
        }
        drop(state);
        self.wake.notify_waiters();
    }

    /// Events that were not acknowledged in time, of each chain the first that is late.
    pub(crate) fn expired(&self, now: Instant) -> Vec<Uuid> {
        self.state.hold().chains.expired(now)
    }

    /// The app's handler failed: the event and the later ones of its chain are taken back.
    pub(crate) fn nack(&self, id: Uuid) -> Nacked {
        let mut state = self.state.hold();
        let Some(out) = state.chains.find_out(id).filter(|out| !out.acking).map(|out| *out) else {
            return Nacked::Unknown;
        };
        let attempts = out.attempts + 1;
        let dead = attempts >= self.max_attempts;
        let rest = if dead { Duration::ZERO } else { policy::delay(attempts, 0.5) };
        state.chains.put_back(id, rest);
        if dead {
            // It is the first of its chain now, and about to be deleted.
            state.chains.take_first(out.pending.seq);
        }
        drop(state);
        self.wake.notify_waiters();
        if dead { Nacked::Dead(out.pending.seq) } else { Nacked::Again(out.pending.seq, attempts) }
    }
}
