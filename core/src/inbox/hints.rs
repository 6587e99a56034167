//! What is only a hint (delivered, unsupported, up, down): kept in memory, bounded, and lost with the process.

use std::collections::{HashMap, VecDeque};

use uuid::Uuid;

use crate::model::DeliveryState;
use crate::store::PlatformNum;
use crate::util::event_id;

/// At most this many hints are kept; the oldest go first.
const MOST: usize = 10_000;

/// What is only in memory.
#[derive(Debug, Clone)]
pub(crate) enum Hint {
    Ended { event: Uuid, platform: PlatformNum, state: DeliveryState },
    Up(PlatformNum),
    Down(PlatformNum, String),
}

#[derive(Default)]
pub(super) struct Hints {
    waiting: VecDeque<Hint>,
    out: HashMap<Uuid, Hint>,
}

impl Hints {
    pub(super) fn add(&mut self, hints: impl IntoIterator<Item = Hint>) {
        self.waiting.extend(hints);
        let over = self.waiting.len().saturating_sub(MOST);
        self.waiting.drain(..over);
    }

    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(super) fn take(&mut self, max: usize) -> Vec<(Uuid, Hint)> {
        let count = max.min(self.waiting.len());
        let taken: Vec<_> = self.waiting.drain(..count).map(|hint| (event_id::unique(), hint)).collect();
        self.out.extend(taken.iter().cloned());
        taken
    }

    pub(super) fn put_back(&mut self, hints: Vec<(Uuid, Hint)>) {
        for (id, hint) in hints.into_iter().rev() {
            self.out.remove(&id);
            self.waiting.push_front(hint);
        }
    }

    /// Takes back what nobody has seen, first come, first served again.
    pub(super) fn give_back(&mut self, ids: &[Uuid]) {
        let back: Vec<_> = ids.iter().filter_map(|id| self.out.remove(id)).collect();
        back.into_iter().rev().for_each(|hint| self.waiting.push_front(hint));
    }

    pub(super) fn is_out(&self, id: Uuid) -> bool {
        self.out.contains_key(&id)
    }

    /// Whether one is out.
    #[cfg(feature = "testing")]
    pub(super) fn any_out(&self) -> bool {
        !self.out.is_empty()
    }

    /// Ends this one. Whether it was out.
    pub(super) fn ack(&mut self, id: Uuid) -> bool {
        self.out.remove(&id).is_some()
    }
}
