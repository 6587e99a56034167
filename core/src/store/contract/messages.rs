//! What is remembered of messages: which room an id is of, what counts of their changes, what waits for them.

use super::*;
use crate::store::{ChangedKey, Counting, Facet, ParkedRow, Remembered};

/// The platform whose messages they are.
const P: PlatformNum = 1;

fn remembered<S: Store>(store: &S, platform: PlatformNum, id: Uuid) -> Remembered {
    transact(store, |tx| tx.message(platform, id)).unwrap()
}

pub(crate) fn a_message_is_remembered_with_its_room_and_other_events_are_none<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    // Ids that count up, as those of one transaction do: of two rooms, and of none.
    let kinds = [Some(4), Some(4), None, Some(5), Some(4), None];
    transact(&store, |tx| {
        for (n, room) in (0..).zip(kinds) {
            let new = match room {
                Some(room) => tx.see_message(P, id(1, n), room, NOW)?,
                None => tx.see(P, id(1, n), NOW)?,
            };
            assert!(new && tx.message(P, id(1, n))? == room.map_or(Remembered::No, Remembered::Message));
        }
        assert!(!tx.see_message(P, id(1, 3), 9, NOW)?, "it is known");
        // What entered here, and what was known before its room was.
        tx.put_message(2, id(1, 3), 7, NOW)?;
        tx.put_message(P, id(1, 2), 6, NOW)
    })
    .unwrap();
    drop(store);
    let store = open();
    let rooms = [Some(4), Some(4), Some(6), Some(5), Some(4), None];
    for (n, room) in (0..).zip(rooms) {
        assert_eq!(remembered(&store, P, id(1, n)), room.map_or(Remembered::No, Remembered::Message), "{n}");
    }
    assert_eq!(remembered(&store, P, id(1, 6)), Remembered::NotYet);
    assert_eq!(
        (remembered(&store, 2, id(1, 3)), remembered(&store, 2, id(1, 2))),
        (Remembered::Message(7), Remembered::NotYet)
    );
    transact(&store, |tx| tx.put_message(P, id(1, 5), 8, NOW)).unwrap();
    let rooms = [4, 5].map(|n| remembered(&store, P, id(1, n)));
    assert_eq!(rooms, [Remembered::Message(4), Remembered::Message(8)]);
}

pub(crate) fn the_last_hundred_thousand_messages_are_remembered_and_older_ones_are_known_to_be_too_old<S: Store>(
    open: &dyn Fn() -> S,
) {
    let store = open();
    // Made here: a hundred thousand in an instant are forgotten by number alone.
    for from in (0..310_000).step_by(10_000) {
        transact(&store, |tx| (from..from + 10_000).try_for_each(|n| tx.put_message(P, id(1, n), n % 3, NOW))).unwrap();
    }
    drop(store);
    let store = open();
    for n in (210_000..310_000).step_by(997) {
        assert_eq!(remembered(&store, P, id(1, n)), Remembered::Message(n % 3), "{n}");
    }
    assert_eq!(remembered(&store, P, id(1, 5)), Remembered::No);
    assert_eq!(remembered(&store, P, id(2, 5)), Remembered::NotYet);
}

fn key(event: u32, facet: Facet) -> ChangedKey {
    ChangedKey { platform: P, event: id(1, event), facet }
}

pub(crate) fn what_counts_of_a_message_is_kept_and_replaced<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let reaction = |sender: i64, emoji: &str| Facet::Reaction { by: 2, sender: sender.into(), emoji: emoji.into() };
    let keys = [
        key(1, Facet::Text),
        key(2, Facet::Text),
        key(1, reaction(3, "a")),
        key(1, reaction(3, "b")),
        key(1, reaction(4, "a")),
    ];
    let counting = |n: u32| Counting { latest: id(2, n), held: n.is_multiple_of(2) };
    transact(&store, |tx| {
        (0..).zip(&keys).try_for_each(|(n, key)| {
            assert_eq!(tx.changed(key)?, None);
            tx.put_changed(key, counting(n), 2)
        })
    })
    .unwrap();
    drop(store);
    let store = open();
    transact(&store, |tx| tx.put_changed(&keys[1], counting(9), 3)).unwrap();
    for (n, key) in [0, 9, 2, 3, 4].into_iter().zip(&keys) {
        assert_eq!(transact(&store, |tx| tx.changed(key)).unwrap(), Some(counting(n)));
    }
}

pub(crate) fn what_waits_for_a_message_waits_for_no_room_and_is_found_by_it<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let row = |n: u32, of| {
        let event = message(id(1, n), i64::from(n), "parked");
        ParkedRow { origin: 7, room_id: 4.into(), peer: 2, to_be_judged: false, of, event }
    };
    let (one, other) = (Some((3, id(9, 1))), Some((3, id(9, 2))));
    let rows = [row(1, one), row(2, other), row(3, None), row(4, one)];
    transact(&store, |tx| rows.iter().try_for_each(|row| tx.put_parked(row))).unwrap();
    drop(store);
    let store = open();
    transact(&store, |tx| {
        let mut awaited = tx.awaited()?;
        awaited.sort_unstable();
        assert_eq!(awaited, [(3, id(9, 1)), (3, id(9, 2))]);
        assert_eq!(tx.take_awaiting_before(2, 9)?, rows[..1]);
        assert_eq!(tx.take_parked_before(99, 9)?, rows[2..3], "for its room");
        assert_eq!(tx.take_awaiting(4, id(9, 1))?, []);
        assert_eq!(tx.take_awaiting(3, id(9, 1))?, rows[3..]);
        tx.put_parked(&rows[2])?;
        assert_eq!(tx.take_parked(7, &4.into())?, rows[2..3]);
        assert_eq!(tx.parked_count(2)?, 1);
        Ok(())
    })
    .unwrap();
}
