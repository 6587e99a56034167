//! Event ids: UUIDv7 (RFC 9562 §5.7), given where an event enters, so that sorting by id is one order for all.
//!
//! An id that a node makes is greater than every id that it made before, even when its clock goes back, and greater than
//! every id that it has seen in the room ([`Floor`]), so that an answer stands after what it answers. Clocks differ, so an id
//! may have to exceed one that lies ahead; it is then *lifted* above it. A floor lifts this one id and no other: whoever
//! writes into one room with a clock that runs ahead can't push the ids of the rest.
//!
//! How far ahead an id may lie is bounded ([`bounds`]). Ids are made in [`maker`] and nowhere else; [`floor`] is what a new one
//! must exceed in its room, [`judge`](mod@judge) decides which of those from outside get in.
//!
//! # Why no two ids of a node are equal
//!
//! The 74 random bits of an id are read as one number with its time, so "counting" is adding one.
//!
//! * *Normal* ids only grow: a later millisecond, or the last one plus one. (When a clock that was more than an hour ahead is
//!   put right they begin anew; that is a fresh random number in its millisecond, see the last point.)
//! * A *lifted* id is made of a floor that is at least the normal id of the same moment. Where somebody else made the floor,
//!   the step above it is random, between 2⁴⁷ and 2⁴⁸. So a normal id would have to count 2⁴⁷ times to reach it, and two
//!   lifted ids, even above one and the same floor in two rooms, meet with a chance of 2⁻⁴⁷.
//! * Where this node made the floor in that very room, the step is one, so that what is written in a row counts up in a row.
//!   It can meet nothing that the first of that row could not have met.
//! * A normal id in a new millisecond is random in 2⁷³ values: to hit one of the lifted ids that lie ahead is as likely as
//!   any two random UUIDs being equal.

mod bits;
mod bounds;
mod floor;
mod judge;
mod maker;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub(crate) use bounds::out_of_reach;
pub(crate) use bounds::{disarmed, in_reach_at, incredible, made_at};
pub(crate) use floor::{Floor, Greatest};
pub(crate) use judge::{BadId, admit, judge, parse};
pub(crate) use maker::{EventIds, derived, unique};

use super::time::{Clock, SystemClock};

/// Milliseconds since the epoch, by the system's clock.
pub(crate) fn now_ms() -> i64 {
    SystemClock.now()
}
