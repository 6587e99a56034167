//! Which event comes next, and who may take it: all chains with something waiting or out, and the leases of their buckets. In
//! memory alone; [`super::Inbox`] reads, writes and takes the leases.
//!
//! A chain is ready, rests after a failure, or is busy (something of it is being read or out). Ready chains are kept by
//! bucket, each bucket in the order of first events, so that neither resting rooms nor buckets that another process works on
//! are looked at again and again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::chain::{Bucket, Chain, ChainKey, Holder, Out, Pending};
use crate::store::{InboxHead, InboxRow, Lease, Seq};
use crate::util::hash::{HashMap, HashSet};

/// How soon a bucket that another process holds is asked for again.
const LEASE_RETRY: Duration = Duration::from_millis(50);

/// An event that was chosen to be handed out, with its chain.
pub(super) type Picked = (Pending, ChainKey);

/// What can be handed out next.
#[derive(Default)]
pub(super) struct Choice {
    pub picked: Vec<Picked>,
    /// Buckets whose lease is needed first.
    pub needs: Vec<Bucket>,
    /// When to look again, if nothing happens before.
    pub next: Option<Instant>,
}

/// Every chain with something waiting or out.
#[derive(Default)]
pub(super) struct Chains {
    chains: HashMap<ChainKey, Chain>,
    /// Chains that may give, by bucket and the position of their first event.
    ready: BTreeMap<Bucket, BTreeMap<Seq, ChainKey>>,
    resting: BTreeSet<(Instant, ChainKey)>,
    /// Which chain an event that is out belongs to.
    out: HashMap<Uuid, ChainKey>,
    /// Leases, with how many chains use each.
    leases: HashMap<Bucket, (Box<dyn Lease>, usize)>,
    /// Leases that are not needed any more. Whoever holds this under a lock lets them go after that: they are files.
    freed: Vec<Box<dyn Lease>>,
    /// Buckets that another process holds, and when to ask for them again.
    elsewhere: BTreeMap<Bucket, Instant>,
    /// The last position that was added.
    last: Seq,
}

impl Chains {
    /// Adds what was stored, in the order of positions.
    pub(super) fn add(&mut self, head: &InboxHead) {
        if head.seq <= self.last {
            return;
        }
        self.last = head.seq;
        let key = ChainKey::of(head);
        let speaker = head.kind.is_said().then_some(head.platform);
        let chain = self.chains.entry(key).or_default();
        chain.waiting.push_back(Pending { seq: head.seq, speaker, suspect: head.suspect });
        if chain.waiting.len() == 1 && !chain.is_busy() {
            self.set_ready(key);
        }
    }

    /// The last position that was added.
    pub(super) fn last(&self) -> Seq {
        self.last
    }

    /// Forgets what waits up to `upto` and is not among these: another process has handled it.
    pub(super) fn keep(&mut self, upto: Seq, heads: &[InboxHead]) {
        let there: HashSet<Seq> = heads.iter().map(|head| head.seq).collect();
        let keys: Vec<ChainKey> = self.chains.keys().copied().collect();
        for key in keys {
            let Some(chain) = self.chains.get_mut(&key) else { continue };
            let first = chain.waiting.front().map(|p| p.seq);
            chain.waiting.retain(|p| p.seq > upto || there.contains(&p.seq));
            let (idle, now_first) = (!chain.is_busy(), chain.waiting.front().map(|p| p.seq));
            if idle && first != now_first {
                let rests = chain.rests;
                self.unset_ready(key, first, rests);
                self.set_idle(key);
            }
        }
    }

    /// Events that are late, of each chain the first, with who has them.
    pub(super) fn expired(&self, now: Instant) -> Vec<(Uuid, Holder)> {
        let late = |chain: &Chain| {
            let first = chain.out.iter().find(|out| !out.ending && out.deadline <= now);
            first.map(|out| (out.id, out.holder))
        };
        if self.out.is_empty() { Vec::new() } else { self.chains.values().filter_map(late).collect() }
    }

    /// Chooses what to hand out next, oldest first.
    pub(super) fn pick(&mut self, max: usize, now: Instant) -> Choice {
        self.wake(now);
        let mut choice = Choice { next: self.next(), ..Choice::default() };
        if self.is_alone() {
            return choice;
        }
        let firsts = self.ready.iter().filter(|(bucket, _)| !self.elsewhere.contains_key(bucket));
        let mut heap: BinaryHeap<Reverse<(Seq, Bucket)>> =
            firsts.filter_map(|(bucket, chains)| Some(Reverse((*chains.first_key_value()?.0, *bucket)))).collect();
        while choice.picked.len() < max
            && let Some(Reverse((first, bucket))) = heap.pop()
        {
            let Some(key) = self.ready.get(&bucket).and_then(|chains| chains.get(&first)).copied() else { continue };
            if let Some((count, alone)) = self.takeable(key, max - choice.picked.len(), choice.picked.is_empty()) {
                if !self.leases.contains_key(&bucket) {
                    choice.needs.push(bucket);
                    continue;
                }
                self.take_from(key, count, &mut choice.picked);
                if alone {
                    break;
                }
            }
            let after = (std::ops::Bound::Excluded(first), std::ops::Bound::Unbounded);
            let next = self.ready.get(&bucket).and_then(|chains| chains.range(after).next());
            heap.extend(next.map(|(seq, _)| Reverse((*seq, bucket))));
        }
        choice
    }

    /// How many events may be taken from a ready chain, and whether it is one that goes alone: one under suspicion does, so
    /// that it is known which one was at fault.
    fn takeable(&self, key: ChainKey, max: usize, is_first: bool) -> Option<(usize, bool)> {
        let chain = self.chains.get(&key)?;
        let alone = chain.waiting.front()?.suspect;
        if alone && !(is_first && self.out.is_empty()) {
            return None;
        }
        let most = if alone { 1 } else { max };
        let may = |p: &&Pending| (alone || !p.suspect) && self.is_free(p);
        let count = chain.waiting.iter().take(most).take_while(may).count();
        (count > 0).then_some((count, alone))
    }

    fn take_from(&mut self, key: ChainKey, count: usize, picked: &mut Vec<Picked>) {
        let Some(chain) = self.chains.get_mut(&key) else { return };
        chain.reading = chain.waiting.front().map(|p| p.seq);
        let first = chain.reading;
        picked.extend(chain.waiting.drain(..count).map(|p| (p, key)));
        self.unset_ready(key, first, None);
        if let Some((_, uses)) = self.leases.get_mut(&key.bucket()) {
            *uses += 1;
        }
    }

    /// Whether nothing that this event builds on is before it.
    fn is_free(&self, pending: &Pending) -> bool {
        pending
            .speaker
            .and_then(|speaker| self.chains.get(&ChainKey::Users(speaker)))
            .is_none_or(|chain| chain.failing || chain.oldest().is_none_or(|oldest| oldest > pending.seq))
    }

    /// Whether an event under suspicion is out: until it is handled, nothing else is.
    fn is_alone(&self) -> bool {
        self.out.len() == 1
            && self.out.values().any(|key| {
                self.chains.get(key).is_some_and(|chain| chain.out.iter().any(|out| out.pending.suspect && !out.ending))
            })
    }

    /// Lets those go on whose rest is over, and asks for buckets again.
    fn wake(&mut self, now: Instant) {
        while let Some((at, key)) = self.resting.first().copied().filter(|(at, _)| *at <= now) {
            self.resting.remove(&(at, key));
            if let Some(chain) = self.chains.get_mut(&key) {
                chain.rests = None;
                self.set_ready(key);
            }
        }
        self.elsewhere.retain(|_, at| *at > now);
    }

    fn next(&self) -> Option<Instant> {
        let rest = self.resting.first().map(|(at, _)| *at);
        let waits = |bucket: &Bucket| self.ready.contains_key(bucket);
        let lease = self.elsewhere.iter().filter(|(bucket, _)| waits(bucket)).map(|(_, at)| *at).min();
        rest.into_iter().chain(lease).min()
    }

    /// A bucket's lease, if it could be taken.
    pub(super) fn leased(&mut self, bucket: Bucket, lease: Option<Box<dyn Lease>>, now: Instant) {
        match lease {
            // Somebody else of this process was faster: one is enough.
            Some(lease) if self.leases.contains_key(&bucket) => self.freed.push(lease),
            Some(lease) => {
                // Whoever of this process found it taken meanwhile found this one.
                self.elsewhere.remove(&bucket);
                self.leases.insert(bucket, (lease, 0));
            }
            None if self.leases.contains_key(&bucket) => {}
            None => drop(self.elsewhere.insert(bucket, now + LEASE_RETRY)),
        }
    }

    /// Lets go of the leases that were taken and not used.
    pub(super) fn release_unused(&mut self, buckets: &[Bucket]) {
        for bucket in buckets {
            if self.leases.get(bucket).is_some_and(|(_, uses)| *uses == 0) {
                self.free(*bucket);
            }
        }
    }

    fn free(&mut self, bucket: Bucket) {
        self.freed.extend(self.leases.remove(&bucket).map(|(lease, _)| lease));
    }

    /// The leases that are not needed any more.
    pub(super) fn freed(&mut self) -> Vec<Box<dyn Lease>> {
        std::mem::take(&mut self.freed)
    }

    fn release(&mut self, bucket: Bucket) {
        if let Some((_, uses)) = self.leases.get_mut(&bucket) {
            *uses -= 1;
            if *uses == 0 {
                self.free(bucket);
            }
        }
    }

    /// Notes what was read as out, and returns it; and whether something is gone from the store: another process has
    /// handled it.
    pub(super) fn hand_out(
        &mut self,
        picked: &[Picked],
        rows: Vec<InboxRow>,
        holder: Holder,
        deadline: Instant,
    ) -> (Vec<InboxRow>, bool) {
        let mut rows: HashMap<Seq, InboxRow> = rows.into_iter().map(|row| (row.seq, row)).collect();
        let (mut out, mut gone) = (Vec::new(), false);
        let mut blocked: Vec<ChainKey> = Vec::new();
        for (pending, key) in picked {
            let Some(row) = rows.remove(&pending.seq) else {
                gone = true;
                continue;
            };
            let id = row.event.id;
            // Two events of one id (of two platforms) are not out at the same time: an id names one of them.
            if self.out.contains_key(&id) || blocked.contains(key) {
                blocked.push(*key);
            }
            let Some(chain) = self.chains.get_mut(key) else { continue };
            if blocked.contains(key) {
                chain.waiting.push_back(*pending);
                continue;
            }
            let (pending, attempts) = (*pending, row.event.attempts);
            chain.out.push(Out { id, pending, attempts, holder, deadline, ending: false });
            self.out.insert(id, *key);
            out.push(row);
        }
        for key in blocked {
            if let Some(chain) = self.chains.get_mut(&key) {
                chain.waiting.make_contiguous().sort_by_key(|p| p.seq);
            }
        }
        self.end_reading(picked);
        out.sort_by_key(|row| row.seq);
        (out, gone)
    }

    /// Puts back what could not be read.
    pub(super) fn restore(&mut self, picked: &[Picked]) {
        for (pending, key) in picked.iter().rev() {
            self.chains.entry(*key).or_default().waiting.push_front(*pending);
        }
        self.end_reading(picked);
    }

    fn end_reading(&mut self, picked: &[Picked]) {
        let keys: BTreeSet<ChainKey> = picked.iter().map(|(_, key)| *key).collect();
        for key in keys {
            if let Some(chain) = self.chains.get_mut(&key) {
                chain.reading = None;
            }
            self.settle(key);
        }
    }

    /// The positions of all that is out.
    pub(super) fn positions_out(&self) -> impl Iterator<Item = Seq> {
        let chains = self.out.values().collect::<BTreeSet<_>>().into_iter().filter_map(|key| self.chains.get(key));
        chains.flat_map(|chain| chain.out.iter().map(|out| out.pending.seq))
    }

    /// These events, which wait, go alone from now on.
    pub(super) fn suspect(&mut self, seqs: &[Seq]) {
        let waiting = self.chains.values_mut().flat_map(|chain| &mut chain.waiting);
        waiting.filter(|pending| seqs.contains(&pending.seq)).for_each(|pending| pending.suspect = true);
    }

    pub(super) fn find_out(&mut self, id: Uuid) -> Option<&mut Out> {
        let key = self.out.get(&id)?;
        self.chains.get_mut(key)?.out.iter_mut().find(|out| out.id == id)
    }

    /// An event has come to its end.
    pub(super) fn remove_out(&mut self, id: Uuid) {
        let Some(key) = self.out.remove(&id) else { return };
        if let Some(chain) = self.chains.get_mut(&key) {
            chain.out.retain(|out| out.id != id);
            chain.failing = false;
        }
        self.settle(key);
    }

    /// Takes back an event that is out and all later ones of its chain, and lets the chain rest.
    pub(super) fn put_back(&mut self, id: Uuid, until: Instant) {
        if let Some(out) = self.find_out(id) {
            out.ending = false;
        }
        let Some(key) = self.take_back(id, 0) else { return };
        if let Some(chain) = self.chains.get_mut(&key) {
            chain.rests = Some(until);
            chain.failing = true;
        }
        self.settle(key);
    }

    /// Takes back an event that this holder has and all later ones of its chain, which may be handed out again at once.
    pub(super) fn give_back(&mut self, id: Uuid, holder: Holder) {
        if self.find_out(id).is_some_and(|out| out.holder == holder)
            && let Some(key) = self.take_back(id, 0)
        {
            self.settle(key);
        }
    }

    /// Takes back the later ones of the chain of an event that is being buried.
    pub(super) fn put_back_after(&mut self, id: Uuid) {
        self.take_back(id, 1);
    }

    /// Takes back what is out in the chain of this event, from it on or (`skipped` 1) after it.
    fn take_back(&mut self, id: Uuid, skipped: usize) -> Option<ChainKey> {
        let key = *self.out.get(&id)?;
        let chain = self.chains.get_mut(&key)?;
        let at = chain.out.iter().position(|out| out.id == id)? + skipped;
        // What is being acknowledged at this moment stays out: it is done.
        let (back, stays): (Vec<Out>, Vec<Out>) = chain.out.split_off(at).into_iter().partition(|out| !out.ending);
        chain.out.extend(stays);
        for out in back.iter().rev() {
            chain.waiting.push_front(out.pending);
            self.out.remove(&out.id);
        }
        Some(key)
    }

    /// A chain with nothing out needs no lease, and may give again when it has rested.
    fn settle(&mut self, key: ChainKey) {
        if self.chains.get(&key).is_some_and(|chain| !chain.is_busy()) {
            self.set_idle(key);
            self.release(key.bucket());
        }
    }

    fn set_idle(&mut self, key: ChainKey) {
        match self.chains.get(&key) {
            Some(chain) if chain.waiting.is_empty() => drop(self.chains.remove(&key)),
            Some(Chain { rests: Some(until), .. }) => drop(self.resting.insert((*until, key))),
            Some(_) => self.set_ready(key),
            None => {}
        }
    }

    fn set_ready(&mut self, key: ChainKey) {
        if let Some(first) = self.chains.get(&key).and_then(|chain| chain.waiting.front()) {
            self.ready.entry(key.bucket()).or_default().insert(first.seq, key);
        }
    }

    fn unset_ready(&mut self, key: ChainKey, first: Option<Seq>, rests: Option<Instant>) {
        if let (Some(chains), Some(first)) = (self.ready.get_mut(&key.bucket()), first) {
            chains.remove(&first);
            if chains.is_empty() {
                self.ready.remove(&key.bucket());
            }
        }
        if let Some(until) = rests {
            self.resting.remove(&(until, key));
        }
    }

    /// Whether something is out, or being read to be handed out; and whether something may be.
    #[cfg(feature = "testing")]
    pub(super) fn in_hand_and_ready(&self, now: Instant) -> (bool, bool) {
        let has_rested = self.resting.first().is_some_and(|(until, _)| *until <= now);
        (self.chains.values().any(Chain::is_busy), has_rested || !self.ready.is_empty())
    }

    /// Whether something rests, and not for longer.
    #[cfg(test)]
    pub(super) fn waits_until(&self, until: Instant) -> bool {
        self.resting.first().is_some_and(|(at, _)| *at <= until)
    }
}
