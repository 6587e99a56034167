//! How far ahead of this node's clock an id may lie.

use uuid::Uuid;

use super::bits::{RANDOM, pack, unpack};

/// How far ahead of this node's clock an id may lie and still be exceeded, milliseconds.
const REACH: i64 = 30 * 60_000;
/// How far ahead of this node's clock an id may lie and still get in, milliseconds.
pub(super) const CREDIBLE: i64 = 60 * 60_000;

/// When an id was made by the clock of its maker, epoch milliseconds.
pub(crate) fn made_at(id: Uuid) -> i64 {
    i64::try_from(id.as_u128() >> 80).unwrap_or(i64::MAX)
}

/// Whether an id lies so far ahead of this clock that no id is lifted above it.
pub(crate) fn out_of_reach(id: Uuid, now_ms: i64) -> bool {
    made_at(id).saturating_sub(now_ms) > REACH
}

/// When an id that is out of reach will be so no longer, epoch milliseconds.
pub(crate) fn in_reach_at(id: Uuid) -> i64 {
    made_at(id).saturating_sub(REACH)
}

/// Whether an id lies so far ahead of this clock that it does not get in.
pub(crate) fn incredible(id: Uuid, now_ms: i64) -> bool {
    made_at(id).saturating_sub(now_ms) > CREDIBLE
}

/// An id of an incredible time as it counts from then on: the least of all times, the same wherever this is worked out, and
/// as unique as it was.
pub(crate) fn disarmed(id: Uuid) -> Uuid {
    unpack(pack(id) & RANDOM)
}
