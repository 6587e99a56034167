//! Events for the app: taken in order, leased until acknowledged, taken again when handling failed.
//!
//! The life of an event: it is stored by the transaction that accepted it, and its position is added to its *chain*. A
//! chain is what must stay in order: the events of one room; the users of one platform; everything else of one kind.
//! [`Inbox::take`] hands out events of chains that nobody is busy with, oldest first. Until the last of them is
//! acknowledged, the chain gives no more. `ack` deletes the event, durably, and only then is it over. `nack`, or silence for
//! `handler_timeout`, puts the event and all later ones of its chain back; the chain rests for the backoff, other chains
//! go on. After `max_handler_attempts` the event is a dead letter and the next one proceeds. If the process dies while an
//! event is out, that counts as a failure too, and from then on the event is handed out alone: whichever event kills its
//! handler takes no others along.
//!
//! What a [`consumer::Consumer`] takes it keeps until the app asks for it. The time of `handler_timeout` runs from then on; what
//! it has kept for a second is given back, for others to take, and that is no failure.
//!
//! Of several processes one at a time is busy with a chain: chains fall into buckets, and a process holds the lease of a
//! bucket while it has events of it out. A process in which nobody takes events keeps nothing of this in memory.
//!
//! How many events wait is the store's count. What waits here may have been handled by another process: where something
//! chosen is gone from the store, everything here is compared with the store.

mod chain;
mod chains;
#[cfg(test)]
mod chains_tests;
mod clerk;
pub(crate) mod consumer;
#[cfg(test)]
mod consumer_tests;
pub(crate) mod handout;
mod hints;
mod state;
#[cfg(feature = "testing")]
pub(crate) mod takers;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::Result;
use crate::store::{InboxHead, InboxRow, Seq, Store};
use crate::util::apart::apart;
use crate::util::backoff;
use crate::util::lock::MutexExt;

pub(crate) use chain::{ConsumerNum, Holder};
use chains::Picked;
pub(crate) use hints::Hint;
use state::{Knowledge, Locked, State};

/// How long a consumer keeps what the app does not come to.
const KEPT: Duration = Duration::from_secs(1);

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
    /// It has failed too often: it stays out until it is a dead letter ([`Inbox::end_ack`]).
    Dead(Seq),
}

/// What is being taken. If that fails, or the caller gives up waiting for it, it is put back.
struct Chosen {
    inbox: Arc<Inbox>,
    hints: Vec<(Uuid, Hint)>,
    picked: Vec<Picked>,
    rows: Vec<InboxRow>,
    next: Option<Instant>,
}

impl Drop for Chosen {
    fn drop(&mut self) {
        if self.hints.is_empty() && self.picked.is_empty() {
            return;
        }
        let mut state = self.inbox.state();
        state.hints.put_back(std::mem::take(&mut self.hints));
        state.chains.restore(&self.picked);
        state.has_read(&self.picked);
        drop(state);
        self.inbox.wake.notify_waiters();
    }
}

pub(crate) struct Inbox {
    state: Mutex<State>,
    /// Held while it is noted what is out, so that the last note is the newest.
    noting: Mutex<()>,
    consumers: AtomicU64,
    wake: Notify,
    store: Arc<dyn Store>,
    max_attempts: u32,
    timeout: Duration,
    #[cfg(feature = "testing")]
    pub taking: takers::Taking,
}

impl Inbox {
    pub(crate) fn new(store: Arc<dyn Store>, max_attempts: u32, timeout: Duration) -> Self {
        Inbox {
            state: Mutex::default(),
            noting: Mutex::default(),
            consumers: AtomicU64::default(),
            #[cfg(feature = "testing")]
            taking: takers::Taking::default(),
            wake: Notify::new(),
            store,
            max_attempts,
            timeout,
        }
    }

    fn state(&self) -> Locked<'_> {
        Locked::new(self.state.hold())
    }

    /// Another consumer.
    pub(crate) fn consumer(&self) -> ConsumerNum {
        self.consumers.fetch_add(1, Ordering::Relaxed)
    }

    /// The node was closed: what was out may be taken by whoever opens the store next, though this is still held by somebody.
    pub(crate) fn close(&self) {
        let all = std::mem::take(&mut *self.state());
        // Its leases are files.
        drop(all);
    }

    /// Whether somebody takes events here, so that [`Inbox::add`] must be told of what others store.
    pub(crate) fn is_used(&self) -> bool {
        self.state().knowledge != Knowledge::None
    }

    /// Adds what was stored.
    pub(crate) fn add(&self, heads: &[InboxHead]) {
        let mut state = self.state();
        match state.knowledge {
            Knowledge::None => {}
            Knowledge::Loading => state.meanwhile.extend(heads),
            Knowledge::All | Knowledge::Stale => heads.iter().for_each(|head| state.chains.add(head)),
        }
        drop(state);
        self.wake.notify_waiters();
    }

    pub(crate) fn hint(&self, hints: impl IntoIterator<Item = Hint>) {
        let mut state = self.state();
        // Nobody would ever take them.
        if state.knowledge == Knowledge::None {
            return;
        }
        state.hints.add(hints);
        drop(state);
        self.wake.notify_waiters();
    }

    /// Takes at most `max` events for this holder, waiting for the first of them until `deadline`.
    pub(crate) async fn take(self: &Arc<Self>, max: usize, holder: Holder, deadline: Instant) -> Result<Vec<Taken>> {
        loop {
            let woken = self.wake.notified();
            tokio::pin!(woken);
            woken.as_mut().enable();
            let inbox = self.clone();
            // Leases are files, and the events are on disk.
            let chosen = apart(move || inbox.choose(max)).await?;
            let (taken, gone, next) = self.hand_out(chosen, holder);
            if !taken.is_empty() {
                return Ok(taken);
            }
            if gone {
                continue;
            }
            let now = Instant::now();
            if now >= deadline {
                return Ok(taken);
            }
            let until = next.map_or(deadline, |next| next.min(deadline));
            let _ = tokio::time::timeout_at(until, woken).await;
        }
    }

    /// Chooses what can be taken at once, and reads it.
    fn choose(self: Arc<Self>, max: usize) -> Result<Chosen> {
        self.catch_up()?;
        let (stored, hints) = {
            let mut state = self.state();
            let stored = match state.hints.len() {
                0 => max,
                // Neither keeps the other from being taken.
                _ if max == 1 => usize::from(!std::mem::replace(&mut state.hint_is_next, false)),
                hints => max - hints.min(max / 2),
            };
            (stored, state.hints.len() > 0)
        };
        let (picked, next) = self.pick(stored);
        let mut state = self.state();
        let hints = if hints { state.hints.take(max - picked.len()) } else { Vec::new() };
        state.hint_is_next = hints.is_empty();
        drop(state);
        let seqs: Vec<Seq> = picked.iter().map(|(p, _)| p.seq).collect();
        let mut chosen = Chosen { inbox: self.clone(), hints, picked, rows: Vec::new(), next };
        if !seqs.is_empty() {
            self.state().reading.extend(&seqs);
            chosen.rows = self.store.inbox(&seqs)?;
            // Before any of them can do harm: if this process dies, the next one knows what was out.
            self.note_out()?;
        }
        Ok(chosen)
    }

    /// Writes down what is out, here or at other takers of this process, or will be at once.
    pub(crate) fn note_out(&self) -> Result<()> {
        let _in_turn = self.noting.hold();
        let state = self.state();
        let out: Vec<Seq> = state.chains.positions_out().chain(state.reading.iter().copied()).collect();
        drop(state);
        self.store.note_out(&out)
    }

    /// Picks from the chains, with the leases that this takes. No file is touched while the state is locked.
    fn pick(&self, max: usize) -> (Vec<Picked>, Option<Instant>) {
        loop {
            let choice = self.state().chains.pick(max, Instant::now());
            if choice.needs.is_empty() || choice.picked.len() >= max {
                return (choice.picked, choice.next);
            }
            // What was not picked is older, so what was picked is put back meanwhile.
            let wanted: Vec<_> = choice.needs.iter().copied().take(max).collect();
            self.state().chains.restore(&choice.picked);
            let leases: Vec<_> = wanted.iter().map(|bucket| (*bucket, self.lease(*bucket))).collect();
            let mut state = self.state();
            for (bucket, lease) in leases {
                state.chains.leased(bucket, lease, Instant::now());
            }
            let choice = state.chains.pick(max, Instant::now());
            state.chains.release_unused(&wanted);
            if choice.needs.is_empty() || !choice.picked.is_empty() {
                return (choice.picked, choice.next);
            }
        }
    }

    fn lease(&self, bucket: u32) -> Option<Box<dyn crate::store::Lease>> {
        self.store.lease(&format!("inbox-{bucket}")).unwrap_or_else(|e| {
            tracing::error!("a lease of the inbox can't be taken: {e}");
            None
        })
    }

    /// Reads from the store what waits, the first time and when another process was seen to take events.
    fn catch_up(&self) -> Result<()> {
        let begin = Instant::now();
        let (stale, upto) = {
            let mut state = self.state();
            match state.knowledge {
                Knowledge::All => return Ok(()),
                // While two processes take events this happens all the time: it must not become all that they do.
                Knowledge::Stale if state.compared.is_some_and(|(at, took)| at.elapsed() < took * 20) => return Ok(()),
                Knowledge::Stale => {}
                Knowledge::None | Knowledge::Loading => state.knowledge = Knowledge::Loading,
            }
            (state.knowledge == Knowledge::Stale, state.chains.last())
        };
        let heads = self.store.inbox_heads(0)?;
        let mut state = self.state();
        state.knowledge = Knowledge::All;
        if stale {
            state.chains.keep(upto, &heads);
            state.compared = Some((Instant::now(), begin.elapsed()));
        } else {
            let meanwhile = std::mem::take(&mut state.meanwhile);
            heads.iter().chain(&meanwhile).for_each(|head| state.chains.add(head));
        }
        Ok(())
    }

    /// Notes what was chosen as out. Returns it, whether something of it is gone, and when to look again.
    fn hand_out(&self, mut chosen: Chosen, holder: Holder) -> (Vec<Taken>, bool, Option<Instant>) {
        let (hints, picked) = (std::mem::take(&mut chosen.hints), std::mem::take(&mut chosen.picked));
        let rows = std::mem::take(&mut chosen.rows);
        let span = if let Holder::Kept(_) = holder { KEPT } else { self.timeout };
        let mut state = self.state();
        state.has_read(&picked);
        let (stored, gone) = state.chains.hand_out(&picked, rows, holder, Instant::now() + span);
        if gone {
            state.knowledge = Knowledge::Stale;
        }
        drop(state);
        let hints = hints.into_iter().map(|(id, hint)| Taken::Hint(id, hint));
        (stored.into_iter().map(Taken::Stored).chain(hints).collect(), gone, chosen.next)
    }

    /// A consumer gives this event to the app. False if it hasn't it any more: it was taken back meanwhile.
    pub(crate) fn give(&self, id: Uuid, consumer: ConsumerNum) -> bool {
        let mut state = self.state();
        match state.chains.find_out(id).filter(|out| out.holder == Holder::Kept(consumer)) {
            Some(out) => {
                out.holder = Holder::Given(consumer);
                out.deadline = Instant::now() + self.timeout;
                true
            }
            None => state.hints.is_out(id),
        }
    }

    /// The positions of those of these events that are out, at this holder; they are not handed out again while they are being
    /// deleted.
    pub(crate) fn begin_ack(&self, ids: &[Uuid], holder: Holder) -> Vec<Option<Seq>> {
        let mut state = self.state();
        let mut begin = |id: &Uuid| {
            let out = state.chains.find_out(*id).filter(|out| out.may_be_ended_by(holder))?;
            out.ending = true;
            Some(out.pending.seq)
        };
        ids.iter().map(&mut begin).collect()
    }

    /// Whether it was a hint, which needs no more than this.
    pub(crate) fn ack_hint(&self, id: Uuid) -> bool {
        self.state().hints.ack(id)
    }

    /// The events are deleted, or (`done` false) could not be.
    pub(crate) fn end_ack(&self, ids: &[Uuid], done: bool) {
        let mut state = self.state();
        for id in ids {
            if done {
                state.chains.remove_out(*id);
            } else if let Some(out) = state.chains.find_out(*id) {
                out.ending = false;
            }
        }
        drop(state);
        self.wake.notify_waiters();
    }

    /// Looks for events that were out when other processes died: from here on they go alone.
    pub(crate) fn look_for_the_dead(&self) -> Result<()> {
        let left = self.store.left_out()?;
        if !left.is_empty() {
            self.state().chains.suspect(&left);
        }
        Ok(())
    }

    /// Events that were not acknowledged in time, of each chain the first that is late, with who has them.
    pub(crate) fn expired(&self, now: Instant) -> Vec<(Uuid, Holder)> {
        self.state().chains.expired(now)
    }

    /// The app's handler failed: the event and the later ones of its chain are taken back.
    pub(crate) fn nack(&self, id: Uuid, holder: Holder) -> Nacked {
        let mut state = self.state();
        let Some(out) = state.chains.find_out(id).filter(|out| out.may_be_ended_by(holder)) else {
            return Nacked::Unknown;
        };
        let (seq, attempts) = (out.pending.seq, out.attempts + 1);
        if attempts >= self.max_attempts {
            out.ending = true;
            state.chains.put_back_after(id);
            return Nacked::Dead(seq);
        }
        state.chains.put_back(id, Instant::now() + backoff::delay(attempts, 0.5));
        drop(state);
        self.wake.notify_waiters();
        Nacked::Again(seq, attempts)
    }

    /// The app has not seen these events of this holder's, and that is no failure: they are handed out again, with the later
    /// ones of their chains.
    pub(crate) fn give_back(&self, ids: &[Uuid], holder: Holder) {
        let mut state = self.state();
        ids.iter().for_each(|id| state.chains.give_back(*id, holder));
        state.hints.give_back(ids);
        drop(state);
        self.wake.notify_waiters();
    }

    /// It could not be made a dead letter: it is tried again after a rest.
    pub(crate) fn not_buried(&self, id: Uuid) {
        let mut state = self.state();
        state.chains.put_back(id, Instant::now() + backoff::delay(self.max_attempts, 0.5));
        drop(state);
        self.wake.notify_waiters();
    }
}
