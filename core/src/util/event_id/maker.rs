//! Where ids are made: those of a node's events, in order; those of what is no event.

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::bits::{FREE_BITS, RANDOM, RANDOM_BITS, pack, random, random_in_ms, time_bits, unpack};
use super::bounds::{incredible, out_of_reach};
use super::floor::Floor;
use crate::util::time::{Clock, SystemClock};

/// Makes the ids of one node. Used inside the writer's transaction, so that ids and positions order alike.
#[derive(Debug)]
pub(crate) struct EventIds {
    /// The last normal id.
    last: u128,
}

impl EventIds {
    pub(crate) fn new() -> Self {
        EventIds { last: 0 }
    }

    /// Goes on after this id, the last that was made in order by whichever process of the store wrote last.
    pub(crate) fn resume(&mut self, last: Uuid) {
        self.last = pack(last);
    }

    /// The last id that was made in order.
    pub(crate) fn last(&self) -> Uuid {
        unpack(self.last)
    }

    /// The next id at this time (epoch milliseconds).
    pub(crate) fn next(&mut self, now_ms: i64) -> Uuid {
        let fresh = time_bits(now_ms) > self.last >> RANDOM_BITS || self.is_incredible(now_ms);
        self.last = if fresh { (time_bits(now_ms) << RANDOM_BITS) | random_in_ms() } else { self.last + 1 };
        unpack(self.last)
    }

    /// The next id that is also greater than `floor`, if that is in reach.
    pub(crate) fn next_after(&mut self, now_ms: i64, floor: Option<Floor>) -> Uuid {
        let id = self.next(now_ms);
        match floor {
            Some(floor) if floor.id >= id && !out_of_reach(floor.id, now_ms) => lifted(floor),
            _ => id,
        }
    }

    /// Whether the next id, with this one for its floor, will exceed it.
    pub(crate) fn will_exceed(&self, id: Uuid, now_ms: i64) -> bool {
        !out_of_reach(id, now_ms) || (pack(id) <= self.last && !self.is_incredible(now_ms))
    }

    /// The clock was far ahead when the last id was made, and is right again: nobody would take ids that go on from there.
    fn is_incredible(&self, now_ms: i64) -> bool {
        incredible(self.last(), now_ms)
    }
}

fn lifted(floor: Floor) -> Uuid {
    let step = if floor.ours { 1 } else { (1 << 47) | (random() & ((1 << 47) - 1)) };
    unpack((pack(floor.id) + step).min((1 << FREE_BITS) - 1))
}

/// An id for what is no event: a request, a hint. Unique, in no order.
pub(crate) fn unique() -> Uuid {
    unpack((time_bits(SystemClock.now()) << RANDOM_BITS) | random_in_ms())
}

/// An id for what has none of its own, the same whenever it is made of the same parts. Its time is 0: it is older than any.
pub(crate) fn derived(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.finalize()[..16]);
    unpack(u128::from_le_bytes(bytes) & RANDOM)
}
