//! Events for the app: taken in order, leased until acknowledged, taken again when handling failed.
//!
//! The life of an event: it is stored by the transaction that accepted it, and its position is added to its *chain*. A
//! chain is what must stay in order: the events of one room; the users of one platform; everything else of one kind.
//! [`Inbox::take`] hands out events of chains that nobody is busy with, oldest first. Until the last of them is
//! acknowledged, the chain gives no more. `ack` deletes the event, durably, and only then is it over. `nack`, or silence for
//! `handler_timeout`, puts the event and all later ones of its chain back; the chain rests for the backoff, other chains
//! go on. After `max_handler_attempts` the event is a dead letter and the next one proceeds.
//!
//! Of several processes one at a time is busy with a chain: chains fall into [`BUCKETS`] buckets, and a process holds the
//! lease of a bucket while it has events of it out.
//!
//! What is only a hint (delivered, up, down) is kept in memory, and lost with the process.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::Result;
use crate::lock::MutexExt;
use crate::retry;
use crate::store::{EventKind, InboxHead, InboxRow, Lease, PlatformNum, RoomNum, Seq, Store};

const BUCKETS: u32 = 64;
/// At most so many hints are kept; the oldest go first.
const MAX_HINTS: usize = 10_000;
/// How soon a bucket that another process holds is asked for again.
const LEASE_RETRY: Duration = Duration::from_millis(50);

/// What stays in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum ChainKey {
    Room(RoomNum),
    Users(PlatformNum),
    Other(u8),
}

impl ChainKey {
    fn of(head: &InboxHead) -> Self {
        match head.kind {
            EventKind::Room | EventKind::Message => ChainKey::Room(head.room),
            EventKind::User => ChainKey::Users(head.platform),
            other => ChainKey::Other(other as u8),
        }
    }

    fn bucket(self) -> u32 {
        match self {
            ChainKey::Room(n) | ChainKey::Users(n) => n % BUCKETS,
            ChainKey::Other(_) => 0,
        }
    }
}

#[derive(Debug, Clone, Copy)]
struct Pending {
    seq: Seq,
    /// The platform whose users this event builds on, if it does.
    speaker: Option<PlatformNum>,
}

#[derive(Debug, Default)]
struct Chain {
    waiting: VecDeque<Pending>,
    /// The first of those that are being read from the store.
    reading: Option<Seq>,
    /// Handed out, in order, and not acknowledged.
    out: Vec<Out>,
    /// Rests until then after a failure.
    rests: Option<Instant>,
    /// Its first event has failed before: what builds on it does not wait for it.
    failing: bool,
}

#[derive(Debug, Clone, Copy)]
struct Out {
    id: Uuid,
    pending: Pending,
    attempts: u32,
    deadline: Instant,
    acking: bool,
}

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

#[derive(Default)]
struct State {
    chains: HashMap<ChainKey, Chain>,
    /// Chains that may give, by the position of their first event.
    ready: BTreeMap<Seq, ChainKey>,
    /// Which chain an event that is out belongs to.
    out: HashMap<Uuid, ChainKey>,
    leases: HashMap<u32, (Box<dyn Lease>, usize)>,
    hints: VecDeque<Hint>,
    hints_out: HashSet<Uuid>,
    depth: u64,
    /// Whether somebody takes events here at all: without, hints are not kept.
    consumed: bool,
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
        self.state.hold().depth
    }

    /// Adds what was stored.
    pub(crate) fn add(&self, heads: &[InboxHead]) {
        let mut state = self.state.hold();
        for head in heads {
            let key = ChainKey::of(head);
            let speaker = (head.kind == EventKind::Message).then_some(head.platform);
            let chain = state.chains.entry(key).or_default();
            chain.waiting.push_back(Pending { seq: head.seq, speaker });
            let first = chain.waiting.len() == 1 && chain.out.is_empty() && chain.reading.is_none();
            state.depth += 1;
            if first {
                state.ready.insert(head.seq, key);
            }
        }
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
        let (mut taken, picked, next) = {
            let mut state = self.state.hold();
            state.consumed = true;
            let mut taken = Vec::new();
            while taken.len() < max
                && let Some(hint) = state.hints.pop_front()
            {
                let id = crate::ids::unique();
                state.hints_out.insert(id);
                taken.push(Taken::Hint(id, hint));
            }
            let room = max - taken.len();
            let (picked, next) = state.pick(room, &*self.store, Instant::now());
            (taken, picked, next)
        };
        if !picked.is_empty() {
            let seqs: Vec<Seq> = picked.iter().map(|(p, _)| p.seq).collect();
            let store = self.store.clone();
            let rows = tokio::task::spawn_blocking(move || store.inbox(&seqs)).await;
            let rows = rows.map_err(|_| crate::Error::closed()).and_then(|rows| rows);
            let mut state = self.state.hold();
            match rows {
                Ok(rows) => taken.extend(state.hand_out(&picked, rows, self.timeout).into_iter().map(Taken::Stored)),
                Err(e) => {
                    state.hand_out(&picked, Vec::new(), self.timeout);
                    state.restore(&picked);
                    return Err(e);
                }
            }
        }
        Ok((taken, next))
    }

    /// The positions of those of these events that are out; they are not handed out again while they are being deleted.
    pub(crate) fn begin_ack(&self, ids: &[Uuid]) -> Vec<Option<Seq>> {
        let mut state = self.state.hold();
        ids.iter()
            .map(|id| {
                state.find_out(*id).filter(|out| !out.acking).map(|out| {
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
                state.remove_out(*id);
                state.depth = state.depth.saturating_sub(1);
            } else if let Some(out) = state.find_out(*id) {
                out.acking = false;
            }
        }
        drop(state);
        self.wake.notify_waiters();
    }

    /// Events that were not acknowledged in time, of each chain the first that is late.
    pub(crate) fn expired(&self, now: Instant) -> Vec<Uuid> {
        let state = self.state.hold();
        let late = |chain: &Chain| chain.out.iter().find(|out| !out.acking && out.deadline <= now).map(|out| out.id);
        if state.out.is_empty() { Vec::new() } else { state.chains.values().filter_map(late).collect() }
    }

    /// The app's handler failed: the event and the later ones of its chain are taken back.
    pub(crate) fn nack(&self, id: Uuid) -> Nacked {
        let mut state = self.state.hold();
        let Some(out) = state.find_out(id).filter(|out| !out.acking).map(|out| *out) else {
            return Nacked::Unknown;
        };
        let attempts = out.attempts + 1;
        let dead = attempts >= self.max_attempts;
        let rest = if dead { Duration::ZERO } else { retry::delay(attempts, 0.5) };
        state.put_back(id, rest);
        if dead {
            // It is the first of its chain now, and about to be deleted.
            state.take_first(out.pending.seq);
        }
        drop(state);
        self.wake.notify_waiters();
        if dead { Nacked::Dead(out.pending.seq) } else { Nacked::Again(out.pending.seq, attempts) }
    }
}

impl State {
    /// Chooses what to hand out next.
    fn pick(&mut self, max: usize, store: &dyn Store, now: Instant) -> (Vec<(Pending, ChainKey)>, Option<Instant>) {
        let mut picked = Vec::new();
        let mut next = None;
        let mut soonest = |at: Instant| next = Some(next.map_or(at, |n: Instant| n.min(at)));
        let ready: Vec<(Seq, ChainKey)> = self.ready.iter().map(|(seq, key)| (*seq, *key)).take(4096).collect();
        for (first, key) in ready {
            if picked.len() >= max {
                break;
            }
            if let Some(rests) = self.chains.get(&key).and_then(|chain| chain.rests).filter(|rests| *rests > now) {
                soonest(rests);
                continue;
            }
            if !self.lease(key.bucket(), store) {
                soonest(now + LEASE_RETRY);
                continue;
            }
            let users = &self.chains;
            let free = |pending: &Pending| match pending.speaker {
                None => true,
                Some(speaker) => users.get(&ChainKey::Users(speaker)).is_none_or(|chain| {
                    let waiting = chain.waiting.front().map(|p| p.seq);
                    let oldest = chain.out.first().map(|out| out.pending.seq).or(chain.reading).or(waiting);
                    chain.failing || oldest.is_none_or(|oldest| oldest > pending.seq)
                }),
            };
            let Some(chain) = self.chains.get(&key) else { continue };
            let count = chain.waiting.iter().take(max - picked.len()).take_while(|p| free(p)).count();
            if count == 0 {
                self.release(key.bucket());
                continue;
            }
            if let Some(chain) = self.chains.get_mut(&key) {
                chain.reading = Some(first);
                chain.rests = None;
                picked.extend(chain.waiting.drain(..count).map(|p| (p, key)));
            }
            self.ready.remove(&first);
        }
        (picked, next)
    }

    /// Counts one more use of a bucket's lease, taking it if it isn't held.
    fn lease(&mut self, bucket: u32, store: &dyn Store) -> bool {
        if let Some((_, uses)) = self.leases.get_mut(&bucket) {
            *uses += 1;
            return true;
        }
        match store.lease(&format!("inbox-{bucket}")) {
            Ok(Some(lease)) => {
                self.leases.insert(bucket, (lease, 1));
                true
            }
            Ok(None) => false,
            Err(e) => {
                tracing::error!("a lease of the inbox can't be taken: {e}");
                false
            }
        }
    }

    fn release(&mut self, bucket: u32) {
        if let Some((_, uses)) = self.leases.get_mut(&bucket) {
            *uses -= 1;
            if *uses == 0 {
                self.leases.remove(&bucket);
            }
        }
    }

    /// Notes what was read as out. What is gone from the store was handled by another process.
    fn hand_out(&mut self, picked: &[(Pending, ChainKey)], rows: Vec<InboxRow>, timeout: Duration) -> Vec<InboxRow> {
        let deadline = Instant::now() + timeout;
        let mut rows: HashMap<Seq, InboxRow> = rows.into_iter().map(|row| (row.seq, row)).collect();
        let mut out = Vec::new();
        let mut blocked: Vec<ChainKey> = Vec::new();
        for (pending, key) in picked {
            let Some(row) = rows.remove(&pending.seq) else {
                self.depth = self.depth.saturating_sub(1);
                continue;
            };
            // Two events of one id (of two platforms) are not out at the same time: an id names one of them.
            if self.out.contains_key(&row.id) || blocked.contains(key) {
                blocked.push(*key);
            }
            let Some(chain) = self.chains.get_mut(key) else { continue };
            if blocked.contains(key) {
                chain.waiting.push_back(*pending);
                continue;
            }
            chain.out.push(Out { id: row.id, pending: *pending, attempts: row.attempts, deadline, acking: false });
            self.out.insert(row.id, *key);
            out.push(row);
        }
        for key in blocked {
            if let Some(chain) = self.chains.get_mut(&key) {
                chain.waiting.make_contiguous().sort_by_key(|p| p.seq);
            }
        }
        let keys: BTreeSet<ChainKey> = picked.iter().map(|(_, key)| *key).collect();
        for key in keys {
            if let Some(chain) = self.chains.get_mut(&key) {
                chain.reading = None;
            }
            self.settle(key);
        }
        out.sort_by_key(|row| row.seq);
        out
    }

    /// Puts back what could not be read.
    fn restore(&mut self, picked: &[(Pending, ChainKey)]) {
        for (pending, key) in picked.iter().rev() {
            self.depth += 1;
            let chain = self.chains.entry(*key).or_default();
            if let Some(first) = chain.waiting.front() {
                self.ready.remove(&first.seq);
            }
            chain.waiting.push_front(*pending);
            self.ready.insert(pending.seq, *key);
        }
    }

    fn find_out(&mut self, id: Uuid) -> Option<&mut Out> {
        let key = self.out.get(&id)?;
        self.chains.get_mut(key)?.out.iter_mut().find(|out| out.id == id)
    }

    fn remove_out(&mut self, id: Uuid) {
        let Some(key) = self.out.remove(&id) else { return };
        if let Some(chain) = self.chains.get_mut(&key) {
            chain.out.retain(|out| out.id != id);
            chain.failing = false;
        }
        self.settle(key);
    }

    /// A chain with nothing out may give again, and needs no lease.
    fn settle(&mut self, key: ChainKey) {
        let Some(chain) = self.chains.get(&key) else { return };
        if !chain.out.is_empty() {
            return;
        }
        match chain.waiting.front() {
            Some(first) => {
                self.ready.insert(first.seq, key);
            }
            None => {
                self.chains.remove(&key);
            }
        }
        self.release(key.bucket());
    }

    /// Takes back an event that is out and all later ones of its chain, and lets the chain rest.
    fn put_back(&mut self, id: Uuid, rest: Duration) {
        let Some(key) = self.out.get(&id).copied() else { return };
        let Some(chain) = self.chains.get_mut(&key) else { return };
        let Some(at) = chain.out.iter().position(|out| out.id == id) else { return };
        // What is being acknowledged at this moment stays out: it is done.
        let (back, stays): (Vec<Out>, Vec<Out>) = chain.out.split_off(at).into_iter().partition(|out| !out.acking);
        chain.out.extend(stays);
        for out in back.iter().rev() {
            chain.waiting.push_front(out.pending);
        }
        chain.rests = Some(Instant::now() + rest);
        chain.failing = true;
        for out in back {
            self.out.remove(&out.id);
        }
        self.settle(key);
    }

    /// Takes the first event of a chain out of memory: it is about to be deleted.
    fn take_first(&mut self, seq: Seq) {
        if let Some(key) = self.ready.remove(&seq)
            && let Some(chain) = self.chains.get_mut(&key)
        {
            chain.waiting.pop_front();
            chain.rests = None;
            chain.failing = false;
            match chain.waiting.front() {
                Some(first) => {
                    self.ready.insert(first.seq, key);
                }
                None => {
                    self.chains.remove(&key);
                }
            }
            self.depth = self.depth.saturating_sub(1);
        }
    }
}
