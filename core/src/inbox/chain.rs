//! What stays in order: one chain of waiting events, what of it is out, and into which bucket it falls.

use std::collections::VecDeque;

use tokio::time::Instant;
use uuid::Uuid;

use crate::model::EventKind;
use crate::store::{InboxHead, PlatformNum, RoomNum, Seq};

/// How many leases there are for all chains. A handler that is stuck in one process keeps the others from this share of the
/// rooms and no more.
const BUCKETS: u32 = 4_096;

/// What stays in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum ChainKey {
    Room(RoomNum),
    Users(PlatformNum),
    Other(u8),
}

/// Chains whose events one process at a time may have out.
pub(super) type Bucket = u32;

impl ChainKey {
    pub(super) fn of(head: &InboxHead) -> Self {
        match head.kind {
            EventKind::User => ChainKey::Users(head.platform),
            other => head.room.map_or(ChainKey::Other(other as u8), ChainKey::Room),
        }
    }

    pub(super) fn bucket(self) -> Bucket {
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
    pub speaker: Option<PlatformNum>,
    /// A process died while it was out.
    pub suspect: bool,
}

#[derive(Debug, Default)]
pub(super) struct Chain {
    pub waiting: VecDeque<Pending>,
    /// The first of those that are being read from the store.
    pub reading: Option<Seq>,
    /// Handed out, in order, and not acknowledged.
    pub out: Vec<Out>,
    /// Rests until then after a failure.
    pub rests: Option<Instant>,
    /// Its first event has failed before: what builds on it does not wait for it.
    pub failing: bool,
}

impl Chain {
    pub(super) fn is_busy(&self) -> bool {
        self.reading.is_some() || !self.out.is_empty()
    }

    /// The position of the first event that is not acknowledged yet.
    pub(super) fn oldest(&self) -> Option<Seq> {
        let out = self.out.first().map(|out| out.pending.seq);
        out.or(self.reading).or_else(|| self.waiting.front().map(|p| p.seq))
    }
}

/// One of the consumers of this process.
pub(crate) type ConsumerNum = u64;

/// Who has an event that is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The app, which took it itself: whoever names it may say how it ended.
    App,
    /// This consumer, which has not given it to the app yet.
    Kept(ConsumerNum),
    /// The app, from this consumer, and nobody else may say how it ended.
    Given(ConsumerNum),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Out {
    pub id: Uuid,
    pub pending: Pending,
    pub attempts: u32,
    pub holder: Holder,
    pub deadline: Instant,
    /// It is being deleted or buried.
    pub ending: bool,
}

impl Out {
    /// Whether this one may say how it ended.
    pub(super) fn may_be_ended_by(&self, holder: Holder) -> bool {
        !self.ending && (holder == Holder::App || holder == self.holder)
    }
}
