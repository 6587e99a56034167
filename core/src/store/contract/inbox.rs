//! The inbox: what was seen, what is for the app, keys, what is parked.

use bytes::Bytes;
use uuid::Uuid;

use super::{NOW, id, message, transact};
use crate::model::{EventKind, Id};
use crate::store::{InboxEvent, InboxRow, KeyRow, MarkRow, ParkedRow, Past, Seq, Store};

/// Shows promise 3.
pub(crate) fn an_id_is_seen_once_per_platform<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let see = |store: &S, platform, id| transact(store, |tx| tx.see(platform, id, NOW)).unwrap();
    assert!(see(&store, 1, id(5, 1)));
    assert!(!see(&store, 1, id(5, 1)));
    assert!(see(&store, 2, id(5, 1)));
    assert!(see(&store, 1, id(4, 1)));
    assert!(see(&store, 1, Uuid::nil()));
    drop(store);
    let store = open();
    for seen in [id(5, 1), id(4, 1), Uuid::nil()] {
        assert!(!see(&store, 1, seen));
    }
    transact(&store, |tx| {
        assert!(tx.seen(1, id(5, 1))? && tx.seen(2, id(5, 1))?);
        assert!(!tx.seen(2, id(4, 1))? && !tx.seen(1, id(6, 1))?);
        assert!(tx.see(1, id(6, 1), NOW)?);
        assert!(tx.seen(1, id(6, 1))? && !tx.see(1, id(6, 1), NOW)?);
        Ok(())
    })
    .unwrap();
}

pub(crate) fn ids_that_count_up_are_each_seen_and_their_neighbours_are_not<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let see = |ids: &[u32]| -> Vec<bool> {
        transact(&store, |tx| ids.iter().map(|n| tx.see(1, id(5, *n), NOW)).collect()).unwrap()
    };
    assert_eq!(see(&[10, 11, 12, 13]), [true; 4]);
    assert_eq!(see(&[20, 21, 11, 21, 22]), [true, true, false, false, true]);
    assert_eq!(see(&[9, 10, 14, 15]), [true, false, true, true]);
    let noted: Vec<u32> = transact(&store, |tx| {
        let mut noted = Vec::new();
        for n in 0..30 {
            if tx.seen(1, id(5, n))? {
                noted.push(n);
            }
        }
        Ok(noted)
    })
    .unwrap();
    assert_eq!(noted, [9, 10, 11, 12, 13, 14, 15, 20, 21, 22]);
}

/// Shows promise 3.
pub(crate) fn the_last_hundred_thousand_ids_are_remembered<S: Store>(open: &dyn Fn() -> S) {
    const ARRIVALS: u32 = 330_000;
    let store = open();
    for n in (0..ARRIVALS).step_by(10_000) {
        // Ten thousand each minute.
        let now = NOW + i64::from(n) * 6;
        transact(&store, |tx| {
            for m in n..n + 10_000 {
                assert!(tx.see(1, id(1, m), now)?);
                // Nothing that was remembered falls out too early.
                assert!(m % 1_000 != 0 || m < 100_000 || !tx.see(1, id(1, m - 99_999), now)?);
            }
            Ok(())
        })
        .unwrap();
    }
    drop(store);
    let store = open();
    transact(&store, |tx| {
        for m in (ARRIVALS - 100_000..ARRIVALS).step_by(7) {
            assert!(tx.seen(1, id(1, m))? && !tx.see(1, id(1, m), NOW)?);
        }
        // What is much older is forgotten at last, or the store would grow for ever.
        assert!(tx.see(1, id(1, 0), NOW)?);
        Ok(())
    })
    .unwrap();
}

fn event(n: u32) -> InboxEvent {
    InboxEvent {
        id: id(1, n),
        kind: EventKind::Message,
        platform: 2,
        room: Some(n),
        late: n == 2,
        attempts: 0,
        suspect: n == 3,
        body: Bytes::from(format!("body {n}")),
    }
}

fn put<S: Store>(store: &S, rows: &[InboxEvent]) -> Vec<Seq> {
    transact(store, |tx| rows.iter().map(|row| tx.put_inbox(row)).collect()).unwrap()
}

/// Shows promise 3.
pub(crate) fn nothing_that_came_within_ten_minutes_is_forgotten_however_much_came<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    for n in (0..220_000).step_by(10_000) {
        transact(&store, |tx| {
            for m in n..n + 10_000 {
                assert!(tx.see(1, id(1, m), NOW + i64::from(m) / 100)?);
            }
            Ok(())
        })
        .unwrap();
    }
    drop(store);
    let store = open();
    transact(&store, |tx| {
        for m in (0..220_000).step_by(1_001) {
            assert!(!tx.see(1, id(1, m), NOW + 599_000)?, "{m} was taken before");
        }
        Ok(())
    })
    .unwrap();
}

pub(crate) fn events_for_the_app_keep_their_order_and_bodies<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let seqs = put(&store, &[event(1), event(2), event(3)]);
    assert!(seqs.is_sorted_by(|a, b| a < b));
    transact(&store, |tx| tx.set_inbox_attempts(seqs[1], 3)).unwrap();
    drop(store);
    let store = open();
    let heads = |after| store.inbox_heads(after).unwrap();
    let head = |n: usize| event(n as u32 + 1).head(seqs[n]);
    assert_eq!(heads(0), [head(0), head(1), head(2)]);
    assert_eq!(heads(seqs[1]), [head(2)]);
    assert_eq!(transact(&store, |tx| tx.inbox_heads(seqs[0])).unwrap(), [head(1), head(2)]);
    let whole = |n: usize, attempts| InboxRow { seq: seqs[n], event: InboxEvent { attempts, ..event(n as u32 + 1) } };
    assert_eq!(store.inbox(&[seqs[2], 999, seqs[1]]).unwrap(), [whole(2, 0), whole(1, 3)]);
}

pub(crate) fn the_marks_of_a_room_are_kept_and_replaced<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let marks = |room| transact(&store, |tx| tx.marks(room)).unwrap();
    let mark = |room, platform, n, floor| MarkRow { room, platform, event: id(8, n), floor };
    assert_eq!(marks(4), []);
    for floor in [Some(id(7, 1)), None] {
        let rows = [mark(4, 2, 1, floor), mark(4, 3, 2, None), mark(5, 2, 3, floor)];
        rows.iter().for_each(|row| transact(&store, |tx| tx.put_mark(*row)).unwrap());
        assert_eq!((marks(4), marks(5), marks(2)), (rows[..2].to_vec(), rows[2..].to_vec(), vec![]));
    }
}

pub(crate) fn deleting_counts_what_was_there<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let seqs = put(&store, &[event(1), event(2), event(3), event(4), event(5)]);
    let delete = |seqs: &[Seq]| transact(&store, |tx| tx.delete_inbox(seqs)).unwrap();
    assert_eq!(delete(&[seqs[4], seqs[1], seqs[0], seqs[1]]), 3);
    assert_eq!(delete(&[seqs[0], seqs[2]]), 1);
    assert_eq!(delete(&[]), 0);
    assert_eq!(store.inbox_heads(0).unwrap().iter().map(|h| h.seq).collect::<Vec<_>>(), [seqs[3]]);
    assert_eq!(delete(&[seqs[3]]), 1);
    drop(store);
    assert!(put(&open(), &[event(6)])[0] > seqs[4]);
}

fn key(key: &str, at: i64) -> KeyRow {
    KeyRow { platform: 1, key: key.into(), event: Some(id(at, 1)), digest: Some([7; 32]), at, to: vec![2, 300, 70_000] }
}

/// Shows promise 3.
pub(crate) fn a_key_is_found_until_it_is_pruned<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let find = |platform, key: &str| transact(&store, |tx| tx.key(platform, key)).unwrap();
    transact(&store, |tx| tx.put_key(&key("a", 10))).unwrap();
    transact(&store, |tx| tx.put_key(&key("b", 20))).unwrap();
    assert_eq!(find(1, "a"), Some(key("a", 10)));
    assert_eq!(find(2, "a"), None);
    assert_eq!(find(1, "c"), None);
    transact(&store, |tx| tx.prune(Past { receipts: 0, made: 0, keys: 20 })).unwrap();
    assert_eq!((find(1, "a"), find(1, "b")), (None, Some(key("b", 20))));
    transact(&store, |tx| tx.put_key(&key("b", 30))).unwrap();
    transact(&store, |tx| tx.prune(Past { receipts: 0, made: 0, keys: 25 })).unwrap();
    assert_eq!(find(1, "b"), Some(key("b", 30)));
}

fn parked(n: u32, room: impl Into<Id>, peer: u32) -> ParkedRow {
    let event = message(id(1, n), i64::from(n), "parked");
    ParkedRow { origin: 7, room_id: room.into(), peer, to_be_judged: false, of: None, event }
}

fn park<S: Store>(store: &S, rows: &[ParkedRow]) {
    transact(store, |tx| rows.iter().try_for_each(|row| tx.put_parked(row))).unwrap();
}

pub(crate) fn parked_events_come_back_in_order_and_are_counted<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    park(&store, &[parked(3, 4, 2), parked(1, 4, 3), parked(2, 5, 2)]);
    let count = |peer| transact(&store, |tx| tx.parked_count(peer)).unwrap();
    assert_eq!([count(2), count(3), count(4)], [2, 1, 0]);
    let take = |room: Id| transact(&store, |tx| tx.take_parked(7, &room)).unwrap();
    assert_eq!(transact(&store, |tx| tx.take_parked(8, &4.into())).unwrap(), []);
    assert_eq!(take("4".into()), [parked(3, 4, 2), parked(1, 4, 3)]);
    assert_eq!(take(4.into()), []);
    assert_eq!([count(2), count(3)], [1, 0]);
}

pub(crate) fn what_is_parked_too_long_is_taken_oldest_first<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    park(&store, &[parked(3, 4, 2), parked(1, "x", 2), parked(2, 5, 2), parked(9, 5, 2)]);
    let take = |at, limit| transact(&store, |tx| tx.take_parked_before(at, limit)).unwrap();
    assert_eq!(take(1, 9), []);
    assert_eq!(take(9, 2), [parked(1, "x", 2), parked(2, 5, 2)]);
    assert_eq!(take(9, 2), [parked(3, 4, 2)]);
    assert_eq!(transact(&store, |tx| tx.parked_count(2)).unwrap(), 1);
    park(&store, &[ParkedRow { to_be_judged: true, ..parked(50, 6, 2) }]);
    assert_eq!(take(9, 9), [ParkedRow { to_be_judged: true, ..parked(50, 6, 2) }], "whatever its age");
}
