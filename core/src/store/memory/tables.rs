//! The tables of a store in memory, and what is read of them. A copy shares all that is not changed in it.

use std::collections::{BTreeMap, HashMap};
use std::ops::Deref;
use std::sync::Arc;

use uuid::Uuid;

use crate::model::{BindKind, Id};
use crate::store::{
    AnnouncementRow, AskedRow, BindingRow, ChangedKey, ContactRow, Counting, Dead, DeadFilter, DeadRow, DeliveryRows,
    Directory, EventRow, FateRow, InboxEvent, InboxHead, InviteRow, JoinedRow, KeyRow, LaneRow, MarkRow, OwnerRow,
    ParkedRow, PlatformNum, PlatformRow, ReceiptRow, RoomNum, RoomRow, Seq, TellingRow, UserRow, Waiting,
};
use crate::util::ages::AgeMark;

/// One table: copied at its first change in a transaction.
#[derive(Clone)]
pub(super) struct Table<K, V>(Arc<BTreeMap<K, V>>);

impl<K, V> Default for Table<K, V> {
    fn default() -> Self {
        Table(Arc::default())
    }
}

impl<K, V> Deref for Table<K, V> {
    type Target = BTreeMap<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<K: Ord + Clone, V: Clone> Table<K, V> {
    pub(super) fn edit(&mut self) -> &mut BTreeMap<K, V> {
        Arc::make_mut(&mut self.0)
    }

    /// Gives every row another key or content, or none; of two under one key the first stays.
    pub(super) fn rewrite(&mut self, row: impl FnMut((K, V)) -> Option<(K, V)>) {
        let mut all = BTreeMap::new();
        for (key, value) in std::mem::take(self.edit()).into_iter().filter_map(row) {
            all.entry(key).or_insert(value);
        }
        *self.edit() = all;
    }
}

/// A directory row with the version of its transaction.
pub(super) type Stamped<T> = (T, u64);

/// What was given out last.
#[derive(Clone, Copy, Default)]
pub(super) struct Last {
    pub event: Seq,
    pub inbox: Seq,
    pub dead: i64,
    pub parked: i64,
    pub invite: i64,
    pub errand: i64,
}

/// What was taken of one platform.
#[derive(Clone, Default)]
pub(super) struct Taken {
    /// Of each, the room if it is a message.
    pub ids: HashMap<Uuid, Option<RoomNum>>,
    /// In the order in which they came, with when.
    pub order: Vec<(Uuid, i64)>,
    /// The greatest id that was forgotten.
    pub forgotten: Option<Uuid>,
}

/// Of a binding.
pub(super) type BindKey = (bool, PlatformNum, Id);

pub(super) fn bind_key(kind: BindKind, platform: PlatformNum, id: &Id) -> BindKey {
    (kind == BindKind::Room, platform, id.clone())
}

#[derive(Clone, Default)]
pub(super) struct Tables {
    pub version: u64,
    pub last: Last,
    pub last_id: Option<Uuid>,
    pub age: Option<AgeMark>,
    pub platforms: Table<PlatformNum, Stamped<PlatformRow>>,
    pub users: Table<(PlatformNum, Id), UserRow>,
    pub rooms: Table<RoomNum, RoomRow>,
    pub asked: Table<RoomNum, Stamped<AskedRow>>,
    pub announcements: Table<(RoomNum, PlatformNum), Stamped<AnnouncementRow>>,
    pub bindings: Table<BindKey, Stamped<BindingRow>>,
    pub lanes: Table<PlatformNum, LaneRow>,
    pub tellings: Table<(PlatformNum, PlatformNum), TellingRow>,
    pub merged: Table<PlatformNum, Stamped<PlatformNum>>,
    pub marks: Table<(RoomNum, PlatformNum), MarkRow>,
    pub owner: Option<OwnerRow>,
    pub contacts: Table<PlatformNum, ContactRow>,
    /// Each with the number of lanes in which it waits.
    pub events: Table<Seq, (Arc<EventRow>, usize)>,
    pub outbox: Table<(PlatformNum, Seq), ()>,
    pub receipts: Table<Uuid, ReceiptRow>,
    pub fates: Table<(Uuid, PlatformNum), FateRow>,
    /// By lane: up to where it was at some time, None: long ago.
    pub passed: Table<(PlatformNum, Seq), Option<i64>>,
    pub dead: Table<i64, Dead>,
    pub taken: Table<PlatformNum, Arc<Taken>>,
    pub keys: Table<(PlatformNum, String), KeyRow>,
    pub inbox: Table<Seq, InboxEvent>,
    pub parked: Table<i64, ParkedRow>,
    /// Each with the platform whose change counts.
    pub changed: Table<ChangedKey, (Counting, PlatformNum)>,
    pub joined: Table<PlatformNum, Stamped<JoinedRow>>,
    /// In the order in which they were made.
    pub invites: Table<i64, InviteRow>,
    pub errands: Table<i64, Errand>,
}

/// What a command line asks of the node that runs.
#[derive(Clone)]
pub(super) struct Errand {
    /// None once it was taken.
    pub order: Option<String>,
    pub answer: Option<String>,
    pub at: i64,
}

fn later<K, T: Clone>(table: &Table<K, Stamped<T>>, after: u64) -> Vec<T> {
    table.values().filter(|(_, version)| *version > after).map(|(row, _)| row.clone()).collect()
}

impl Tables {
    /// The directory rows after a version; `version` is that up to which they are complete.
    pub(super) fn directory(&self, after: u64, version: u64) -> Directory {
        let merged = self.merged.iter().filter(|(_, (_, version))| *version > after);
        Directory {
            version,
            platforms: later(&self.platforms, after),
            users: self.users.values().filter(|row| row.version > after).cloned().collect(),
            rooms: self.rooms.values().filter(|row| row.version > after).cloned().collect(),
            asked: later(&self.asked, after),
            announcements: later(&self.announcements, after),
            bindings: later(&self.bindings, after),
            joined: later(&self.joined, after),
            lanes: self.lanes.values().copied().collect(),
            tellings: self.tellings.values().cloned().collect(),
            merged: merged.map(|(num, (into, _))| (*num, *into)).collect(),
            last_id: self.last_id,
            age: self.age,
        }
    }

    pub(super) fn waiting(&self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Vec<Waiting> {
        let (mut waiting, mut total) = (Vec::new(), 0_usize);
        for (_, seq) in self.outbox.range((dest, after + 1)..=(dest, Seq::MAX)).map(|(key, ())| *key).take(events) {
            let Some((event, _)) = self.events.get(&seq) else { continue };
            total = total.saturating_add(event.body.len());
            if total > bytes && !waiting.is_empty() {
                break;
            }
            waiting.push(Waiting { seq, event: event.clone() });
        }
        waiting
    }

    pub(super) fn inbox_heads(&self, after: Seq) -> Vec<InboxHead> {
        self.inbox.range(after + 1..).map(|(seq, event)| event.head(*seq)).collect()
    }

    /// Dead letters, oldest first.
    pub(super) fn dead(&self, filter: &DeadFilter, limit: usize) -> Vec<DeadRow> {
        let is_meant = |num: i64, dead: &Dead| match filter {
            DeadFilter::All => true,
            DeadFilter::Dest(dest) => dead.dest == *dest,
            DeadFilter::Num(wanted) => num == *wanted,
            DeadFilter::Event(id) => dead.event.id == *id,
        };
        let meant = self.dead.iter().filter(|(num, dead)| is_meant(**num, dead));
        meant.map(|(num, dead)| DeadRow { num: *num, dead: dead.clone() }).take(limit).collect()
    }

    pub(super) fn dead_counts(&self) -> Vec<(PlatformNum, u64)> {
        let mut counts = BTreeMap::new();
        for dead in self.dead.values() {
            *counts.entry(dead.dest).or_insert(0) += 1;
        }
        counts.into_iter().collect()
    }

    pub(super) fn invite(&self, id: &str) -> Option<InviteRow> {
        self.invites.values().find(|row| &*row.id == id).cloned()
    }

    pub(super) fn delivery(&self, event: Uuid) -> Option<DeliveryRows> {
        let receipt = self.receipts.get(&event)?.clone();
        let mut lanes: Vec<PlatformNum> = receipt.to.iter().map(|(_, lane)| *lane).collect();
        lanes.sort_unstable();
        lanes.dedup();
        let (waiting, gone): (Vec<_>, Vec<_>) =
            lanes.into_iter().partition(|lane| self.outbox.contains_key(&(*lane, receipt.seq)));
        let passed = gone.into_iter().filter_map(|lane| Some((lane, self.passed_at(lane, receipt.seq)?))).collect();
        Some(DeliveryRows { fates: self.fates_of(event).cloned().collect(), receipt, waiting, passed })
    }

    pub(super) fn fates_of(&self, event: Uuid) -> impl Iterator<Item = &FateRow> {
        self.fates.range((event, 0)..=(event, PlatformNum::MAX)).map(|(_, fate)| fate)
    }

    /// Whether a lane has passed a position, and when, unless that is longer ago than is remembered.
    pub(super) fn passed_at(&self, lane: PlatformNum, seq: Seq) -> Option<Option<i64>> {
        self.passed.range((lane, seq)..=(lane, Seq::MAX)).next().map(|(_, at)| *at)
    }
}
