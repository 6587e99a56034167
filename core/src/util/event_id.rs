//! Event ids: UUIDv7 (RFC 9562 §5.7), given where an event enters, so that sorting by id is one order for all.
//!
//! An id that a node makes is greater than every id that it made before, even when its clock goes back, and greater than
//! every id that it has seen in the room ([`Floor`]), so that an answer stands after what it answers. Clocks differ, so an id
//! may have to exceed one that lies ahead; it is then *lifted* above it. A floor lifts this one id and no other: whoever
//! writes into one room with a clock that runs ahead can't push the ids of the rest.
//!
//! How far ahead an id may lie is bounded ([`out_of_reach`], [`incredible`]).
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

use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::time::{Clock, SystemClock};

/// Milliseconds since the epoch, by the system's clock.
pub(crate) fn now_ms() -> i64 {
    SystemClock.now()
}

/// How far ahead of this node's clock an id may lie and still be exceeded, milliseconds.
const REACH: i64 = 30 * 60_000;
/// How far ahead of this node's clock an id may lie and still get in, milliseconds.
const CREDIBLE: i64 = 60 * 60_000;

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

/// The 122 bits of a UUIDv7 that are not version and variant, as a number that orders as the id does.
const RANDOM_BITS: u32 = 74;
const FREE_BITS: u32 = 122;
const RANDOM: u128 = (1 << RANDOM_BITS) - 1;

fn pack(id: Uuid) -> u128 {
    let n = id.as_u128();
    let ms = n >> 80;
    let a = (n >> 64) & 0xfff;
    let b = n & ((1 << 62) - 1);
    (ms << RANDOM_BITS) | (a << 62) | b
}

fn unpack(n: u128) -> Uuid {
    let ms = n >> RANDOM_BITS;
    let a = (n >> 62) & 0xfff;
    let b = n & ((1 << 62) - 1);
    Uuid::from_u128((ms << 80) | (7 << 76) | (a << 64) | (2 << 62) | b)
}

fn time_bits(ms: i64) -> u128 {
    u128::try_from(ms).unwrap_or(0) & ((1 << 48) - 1)
}

fn random() -> u128 {
    let mut bytes = [0; 16];
    // Without randomness ids of this node stay unique by counting; those of two nodes differ by their platform.
    let _ = getrandom::fill(&mut bytes);
    u128::from_le_bytes(bytes)
}

/// The top bit stays free, so that counting up within one millisecond does not run into the next.
fn random_in_ms() -> u128 {
    random() & (RANDOM >> 1)
}

/// What a new id must exceed: the greatest that was seen in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor {
    pub id: Uuid,
    /// This node made it, in that room, since it was opened.
    pub ours: bool,
}

/// The greatest ids that were seen in one room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Greatest {
    latest: Option<Floor>,
    /// Those that were out of reach when they were seen, in order: each is a floor as soon as it is in reach. Kept apart, so
    /// that an id that lies far ahead does not hide the order of the others.
    ahead: Vec<Uuid>,
}

/// More ids that lie far ahead are not kept for one room: somebody plays with them.
const MOST_AHEAD: usize = 32;

impl Greatest {
    /// Notes an id that was seen in the room; `ours`: this node made it just now.
    pub(crate) fn note(&mut self, id: Uuid, ours: bool, now_ms: i64) {
        // This node's own clock may have been put right since.
        if let Some(latest) = self.latest.take_if(|latest| out_of_reach(latest.id, now_ms)) {
            self.note_ahead(latest.id);
        }
        if out_of_reach(id, now_ms) {
            self.note_ahead(id);
        } else if self.latest.is_none_or(|latest| latest.id < id) {
            self.latest = Some(Floor { id, ours });
        }
    }

    fn note_ahead(&mut self, id: Uuid) {
        if let Err(place) = self.ahead.binary_search(&id) {
            self.ahead.insert(place, id);
        }
        if self.ahead.len() > MOST_AHEAD {
            self.ahead.remove(MOST_AHEAD / 2);
        }
    }

    /// What has to be remembered beside this id, which is one of the room's: the greatest in reach, where this one is not.
    pub(crate) fn below(&self, id: Uuid, now_ms: i64) -> Option<Uuid> {
        self.latest.map(|latest| latest.id).filter(|latest| out_of_reach(id, now_ms) && *latest < id)
    }

    /// What the room's next id must exceed.
    pub(crate) fn floor(&self, now_ms: i64) -> Option<Floor> {
        let in_reach = self.ahead.iter().rev().find(|id| !out_of_reach(**id, now_ms));
        let ahead = in_reach.map(|id| Floor { id: *id, ours: false });
        match (self.latest, ahead) {
            (Some(latest), Some(ahead)) if ahead.id > latest.id => Some(ahead),
            (latest, ahead) => latest.or(ahead),
        }
    }
}

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

/// The event id in this text: a UUIDv7 in the one form in which ids are written. Others would order with these by chance.
pub(crate) fn parse(text: &str) -> Option<Uuid> {
    let id = if text.len() == 36 { Uuid::try_parse(text).ok()? } else { return None };
    (id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122).then_some(id)
}

/// Why an id from outside does not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BadId {
    /// It is no UUID of version 7. A signature would not even fix where it ends.
    NoUuid,
    /// Its time lies more than an hour ahead of this clock (epoch milliseconds): it would be exceeded by all that follow.
    Ahead,
}

impl std::fmt::Display for BadId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            BadId::NoUuid => "expected a UUID of version 7",
            BadId::Ahead => "its time is more than an hour ahead; compare the clocks of both sides",
        })
    }
}

/// The event id in a text from outside, if it may get in at this time (epoch milliseconds).
pub(crate) fn judge(text: &str, now_ms: i64) -> Result<Uuid, BadId> {
    let id = parse(text).ok_or(BadId::NoUuid)?;
    if incredible(id, now_ms) { Err(BadId::Ahead) } else { Ok(id) }
}

/// An id for what is no event: a request, a hint. Unique, in no order.
pub(crate) fn unique() -> Uuid {
    unpack((time_bits(now_ms()) << RANDOM_BITS) | random_in_ms())
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_790_000_000_000;
    const MINUTE: i64 = 60_000;

    /// An id that somebody made at this time.
    fn at(ms: i64, n: u128) -> Uuid {
        unpack((time_bits(ms) << RANDOM_BITS) | n)
    }

    fn theirs(id: Uuid) -> Option<Floor> {
        Some(Floor { id, ours: false })
    }

    #[test]
    fn ids_increase_while_the_clock_goes_back() {
        let mut ids = EventIds::new();
        let mut last = ids.next(NOW);
        for back in [0, 1_000, -1, 59 * MINUTE, -1, -4_000] {
            let id = ids.next(NOW - back);
            assert!(id > last, "{id} after {last}");
            assert_eq!(id.get_version_num(), 7);
            last = id;
        }
    }

    #[test]
    fn a_clock_that_was_days_ahead_and_is_put_right_makes_ids_that_others_take() {
        let mut ids = EventIds::new();
        ids.resume(at(NOW + 40 * 24 * 60 * MINUTE, 5));
        let id = ids.next(NOW);
        assert!(!incredible(id, NOW) && !out_of_reach(id, NOW), "{id}");
        assert!(ids.next(NOW) > id);
    }

    #[test]
    fn an_event_id_is_a_uuid_of_version_7_and_nothing_else() {
        let id = "01990000-0000-7000-8000-000000000001";
        assert_eq!(parse(id), Some(id.parse().unwrap()));
        assert_eq!(parse(&id.to_uppercase()), parse(id));
        for text in [
            "",
            "x",
            "00000000-0000-0000-0000-000000000000",
            "ffffffff-ffff-ffff-ffff-ffffffffffff",
            "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d",
            "01990000-0000-7000-c000-000000000001",
            "01990000000070008000000000000001",
            "{01990000-0000-7000-8000-000000000001}",
            "urn:uuid:01990000-0000-7000-8000-000000000001",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn an_id_that_is_no_uuid_or_lies_more_than_an_hour_ahead_does_not_get_in() {
        for ms in [0, NOW - 1, NOW, NOW + CREDIBLE] {
            let id = at(ms, 7).to_string();
            assert_eq!(judge(&id, NOW).unwrap().to_string(), id);
        }
        assert_eq!(judge(&at(NOW + CREDIBLE + 1, 0).to_string(), NOW), Err(BadId::Ahead));
        assert_eq!(judge("ffffffff-ffff-7fff-bfff-ffffffffffff", NOW), Err(BadId::Ahead));
        assert_eq!(judge("ffffffff-ffff-7fff-bfff-ffffffffffff", i64::MIN), Err(BadId::Ahead));
        for text in ["", "x", "01990000-0000-7000-8000-000000000001.1", "ffffffff-ffff-ffff-ffff-ffffffffffff"] {
            assert_eq!(judge(text, NOW), Err(BadId::NoUuid), "{text}");
        }
    }

    #[test]
    fn an_id_exceeds_a_floor_that_is_at_most_thirty_minutes_ahead_and_is_honest_beyond() {
        let mut ids = EventIds::new();
        for (minutes, exceeded) in [(-60, true), (0, true), (29, true), (30, true), (31, false), (90, false)] {
            for n in [0, 1 << 72, RANDOM] {
                let floor = at(NOW + minutes * MINUTE, n);
                let id = ids.next_after(NOW, theirs(floor));
                assert_eq!((id > floor, ids.will_exceed(floor, NOW)), (exceeded, exceeded), "{minutes} {n:x}");
                assert_eq!(id.get_version_num(), 7);
            }
        }
        assert!(made_at(ids.next(NOW)) <= NOW, "a floor lifts no id but its own room's");
        assert_eq!(ids.next_after(NOW, theirs(Uuid::max())).get_version_num(), 7);
    }

    #[test]
    fn an_id_that_this_node_made_itself_is_exceeded_however_far_its_clock_went_back() {
        let mut ids = EventIds::new();
        let before = ids.next(NOW);
        let floor = Floor { id: before, ours: true };
        assert!(ids.will_exceed(before, NOW - 45 * MINUTE));
        assert!(ids.next_after(NOW - 45 * MINUTE, Some(floor)) > before);
    }

    #[test]
    fn what_is_written_in_a_row_above_a_floor_counts_up_in_a_row() {
        let (mut ids, mut room) = (EventIds::new(), Greatest::default());
        room.note(at(NOW + MINUTE, 9), false, NOW);
        let made: Vec<u128> = (0..5)
            .map(|_| {
                let id = ids.next_after(NOW, room.floor(NOW));
                room.note(id, true, NOW);
                pack(id)
            })
            .collect();
        assert!(made.windows(2).all(|pair| pair[1] == pair[0] + 1), "{made:?}");
    }

    #[test]
    fn an_id_far_ahead_hides_no_floor_and_is_one_itself_when_the_clock_comes_near() {
        let mut room = Greatest::default();
        let (near, far) = (at(NOW + MINUTE, 1), at(NOW + 45 * MINUTE, 1));
        room.note(at(NOW + 50 * MINUTE, 1), false, NOW);
        room.note(far, false, NOW);
        assert_eq!(room.floor(NOW), None);
        room.note(near, false, NOW);
        assert_eq!(room.floor(NOW), theirs(near));
        assert_eq!(room.floor(NOW + 15 * MINUTE), theirs(far));
    }

    #[test]
    fn a_disarmed_id_is_less_than_all_others_and_the_same_everywhere() {
        let id = disarmed(Uuid::max());
        assert_eq!((made_at(id), id.get_version_num()), (0, 7));
        assert_eq!(disarmed(at(NOW, 7)), disarmed(at(NOW + 1, 7)));
        assert!(id < at(1, 0));
    }

    /// The step above another's floor; its randomness aside, everything else counts.
    #[test]
    fn a_normal_id_can_not_count_its_way_to_a_lifted_one() {
        let mut ids = EventIds::new();
        for _ in 0..1_000 {
            let last = ids.next(NOW);
            let id = ids.next_after(NOW, theirs(unpack(pack(last) + 1)));
            assert!(pack(id) - pack(last) >= 1 << 47);
        }
    }

    proptest! {
        #[test]
        fn no_two_ids_of_a_node_are_equal_whatever_they_had_to_exceed(
            steps in proptest::collection::vec((0..3_usize, -40..40_i64, -5..5_i64, any::<bool>(), 0..3_u8), 1..300)
        ) {
            let (mut ids, mut made) = (EventIds::new(), HashSet::new());
            let mut rooms: [Greatest; 3] = Default::default();
            let (mut now, mut last_made) = (NOW, at(NOW, 0));
            for (room, minutes, clock, seconds, floor) in steps {
                now += clock * if seconds { 1_000 } else { 1 };
                // What others write: anything, the same again in another room, and what this node wrote elsewhere.
                let theirs = match floor {
                    0 => at(now + minutes * MINUTE, u128::from(floor)),
                    1 => unpack(pack(last_made) - 1),
                    _ => last_made,
                };
                rooms[room].note(theirs, false, now);
                let before = rooms[room].floor(now);
                let id = ids.next_after(now, before);
                rooms[room].note(id, true, now);
                prop_assert!(before.is_none_or(|floor| floor.id < id || out_of_reach(floor.id, now)));
                prop_assert!(made.insert(id), "{id} was made before");
                last_made = id;
            }
        }
    }
}
