//! Ids by any clock, above any floor.

use std::collections::HashSet;

use proptest::prelude::*;
use uuid::Uuid;

use super::bits::{RANDOM, RANDOM_BITS, pack, time_bits, unpack};
use super::bounds::CREDIBLE;
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

/// Shows promise 4.
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
    /// Shows promise 9.
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
