//! What must stay in order, and who may take it: chains of waiting events, those that are out, and the leases of their
//! buckets. In memory alone; [`super::Inbox`] reads and writes.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::model::EventKind;
use crate::store::{InboxHead, InboxRow, Lease, PlatformNum, RoomNum, Seq, Store};
use crate::util::hash::HashMap;

/// How many leases there are for all chains.
const BUCKETS: u32 = 64;
/// How soon a bucket that another process holds is asked for again.
const LEASE_RETRY: Duration = Duration::from_millis(50);

/// What stays in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum ChainKey {
    Room(RoomNum),
    Users(PlatformNum),
    Other(u8),
}

impl ChainKey {
    fn of(head: &InboxHead) -> Self {
        match head.kind {
            EventKind::User => ChainKey::Users(head.platform),
            other => head.room.map_or(ChainKey::Other(other as u8), ChainKey::Room),
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
pub(super) struct Pending {
    pub seq: Seq,
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
pub(super) struct Out {
    id: Uuid,
    pub pending: Pending,
    pub attempts: u32,
    deadline: Instant,
    /// It is being deleted.
    pub acking: bool,
}

/// Every chain with something waiting or out.
#[derive(Default)]
pub(super) struct Chains {
    chains: HashMap<ChainKey, Chain>,
    /// Chains that may give, by the position of their first event.
    ready: BTreeMap<Seq, ChainKey>,
    /// Which chain an event that is out belongs to.
    out: HashMap<Uuid, ChainKey>,
    leases: HashMap<u32, (Box<dyn Lease>, usize)>,
    pub depth: u64,
}

impl Chains {
    /// Adds what was stored.
    pub(super) fn add(&mut self, head: &InboxHead) {
        let key = ChainKey::of(head);
        let speaker = (head.kind == EventKind::Message).then_some(head.platform);
        let chain = self.chains.entry(key).or_default();
        chain.waiting.push_back(Pending { seq: head.seq, speaker });
        let first = chain.waiting.len() == 1 && chain.out.is_empty() && chain.reading.is_none();
        self.depth += 1;
        if first {
            self.ready.insert(head.seq, key);
        }
    }

    /// Events that were not acknowledged in time, of each chain the first that is late.
    pub(super) fn expired(&self, now: Instant) -> Vec<Uuid> {
        let late = |chain: &Chain| chain.out.iter().find(|out| !out.acking && out.deadline <= now).map(|out| out.id);
        if self.out.is_empty() { Vec::new() } else { self.chains.values().filter_map(late).collect() }
    }

    /// Chooses what to hand out next.
    pub(super) fn pick(
        &mut self,
        max: usize,
        store: &dyn Store,
        now: Instant,
    ) -> (Vec<(Pending, ChainKey)>, Option<Instant>) {
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
    pub(super) fn hand_out(
        &mut self,
        picked: &[(Pending, ChainKey)],
        rows: Vec<InboxRow>,
        timeout: Duration,
    ) -> Vec<InboxRow> {
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
            if self.out.contains_key(&row.event.id) || blocked.contains(key) {
                blocked.push(*key);
            }
            let Some(chain) = self.chains.get_mut(key) else { continue };
            if blocked.contains(key) {
                chain.waiting.push_back(*pending);
                continue;
            }
            chain.out.push(Out {
                id: row.event.id,
                pending: *pending,
                attempts: row.event.attempts,
                deadline,
                acking: false,
            });
            self.out.insert(row.event.id, *key);
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
    pub(super) fn restore(&mut self, picked: &[(Pending, ChainKey)]) {
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

    pub(super) fn find_out(&mut self, id: Uuid) -> Option<&mut Out> {
        let key = self.out.get(&id)?;
        self.chains.get_mut(key)?.out.iter_mut().find(|out| out.id == id)
    }

    pub(super) fn remove_out(&mut self, id: Uuid) {
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
    pub(super) fn put_back(&mut self, id: Uuid, rest: Duration) {
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
    pub(super) fn take_first(&mut self, seq: Seq) {
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
