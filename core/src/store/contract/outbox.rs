//! The outbox: what waits, what died, what became of a publication.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use uuid::Uuid;

use super::{id, message, put, transact, waiting};
use crate::Result;
use crate::model::{DeliveryState, EventKind};
use crate::store::{Dead, DeadFilter, EventRow, FateRow, Past, PlatformNum, ReceiptRow, Run, Seq, Store, Tx};

/// Shows promise 2.
pub(crate) fn an_event_waits_for_each_of_its_destinations_in_order<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let whole = EventRow {
        again: true,
        id: id(1, 1),
        kind: EventKind::Room,
        platform: 4,
        source: Some(5),
        room: None,
        at: 1_700_000_000_000,
        body: Bytes::from_static(b"{\"text\": \"\xc3\xb1\"}"),
    };
    let first = transact(&store, |tx| tx.put_event(&whole, &[2, 300])).unwrap();
    let second = put(&store, 2, &[300]);
    drop(store);
    let store = open();
    assert_eq!(waiting(&store, 2), [first]);
    assert_eq!(waiting(&store, 300), [first, second]);
    assert_eq!(waiting(&store, 3), [0; 0]);
    for dest in [2, 300] {
        assert_eq!(*store.waiting(dest, 0, 1, 0).unwrap()[0].event, whole);
    }
    assert_eq!(store.oldest(2).unwrap(), Some(1_700_000_000_000));
    assert_eq!(store.oldest(3).unwrap(), None);
}

/// Shows promise 5.
pub(crate) fn what_waits_is_read_within_limits_but_never_nothing<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let seqs: Vec<Seq> = (1..=5).map(|n| put(&store, n, &[2])).collect();
    let read = |after, events, bytes| -> Vec<Seq> {
        store.waiting(2, after, events, bytes).unwrap().iter().map(|w| w.seq).collect()
    };
    assert_eq!(read(0, 3, usize::MAX), seqs[..3]);
    assert_eq!(read(seqs[2], 3, usize::MAX), seqs[3..]);
    assert_eq!(read(0, 5, "body 1".len() * 2), seqs[..2]);
    assert_eq!(read(0, 5, "body 1".len() * 2 - 1), seqs[..1]);
    assert_eq!(read(0, 5, 0), seqs[..1]);
    assert_eq!(read(seqs[4], 5, usize::MAX), [0; 0]);
}

/// Shows promise 5.
pub(crate) fn settling_ends_the_waiting_of_one_lane_only<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let a = put(&store, 1, &[2, 3]);
    let b = put(&store, 2, &[2]);
    let c = put(&store, 3, &[2, 3]);
    assert_eq!(transact(&store, |tx| tx.settle(2, &[(0, b)], 50)).unwrap(), 2);
    assert_eq!(waiting(&store, 2), [c]);
    assert_eq!(waiting(&store, 3), [a, c]);
    assert_eq!(transact(&store, |tx| tx.settle(2, &[(0, b)], 51)).unwrap(), 0);
    assert_eq!(transact(&store, |tx| tx.settle(9, &[(0, c)], 51)).unwrap(), 0);
    assert_eq!(transact(&store, |tx| tx.settle(2, &[(0, Seq::MAX)], 52)).unwrap(), 1);
    assert_eq!(waiting(&store, 3), [a, c]);
    assert_eq!(transact(&store, |tx| tx.settle(3, &[(0, c)], 53)).unwrap(), 2);
    let d = put(&store, 4, &[2]);
    assert_eq!(waiting(&store, 2), [d]);
}

pub(crate) fn positions_never_come_again<S: Store>(open: &dyn Fn() -> S) {
    let mut last = 0;
    for n in 1..4 {
        let store = open();
        for m in 0..3 {
            let seq = put(&store, 10 * n + m, &[2]);
            assert!(seq > last);
            last = seq;
            transact(&store, |tx| tx.settle(2, &[(0, seq)], 1)).unwrap();
        }
    }
}

pub(crate) fn an_event_for_nobody_has_a_position_and_does_not_wait<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let seq = put(&store, 1, &[]);
    assert!(put(&store, 2, &[2]) > seq);
}

fn event(n: u32, m: u32) -> EventRow {
    message(id(i64::from(n), m), i64::from(n), &format!("body {n}.{m}"))
}

/// Against a model: random events for random destinations, random settling.
/// Shows promise 2.
pub(crate) fn lanes_settled_in_any_order_keep_exactly_what_waits<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let mut model: BTreeMap<PlatformNum, BTreeSet<Seq>> = (1..=4).map(|d| (d, BTreeSet::new())).collect();
    let mut bodies = BTreeMap::new();
    let mut state = 7_u32;
    let mut random = move |below: u32| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) % below
    };
    for n in 1..400_u32 {
        // Most transactions carry one event, some many that go the same way.
        let dests: Vec<PlatformNum> = (1..=4).filter(|_| random(2) == 0).collect();
        let events = if random(3) == 0 { 1 + random(20) } else { 1 };
        let put =
            |tx: &mut dyn Tx| (0..events).map(|m| tx.put_event(&event(n, m), &dests)).collect::<Result<Vec<Seq>>>();
        let seqs = transact(&store, put).unwrap();
        for (m, seq) in (0..).zip(&seqs) {
            bodies.insert(*seq, event(n, m).body);
        }
        for dest in dests {
            model.get_mut(&dest).unwrap().extend(&seqs);
        }
        let seq = seqs[0];
        if random(4) == 0 {
            // Lane 4 rarely settles.
            let lanes = if random(8) == 0 { 4 } else { 3 };
            let dest = 1 + random(lanes);
            let lane = model.get_mut(&dest).unwrap();
            let count = random(12) as usize;
            let done: Vec<Run> = if random(2) == 0 {
                vec![(0, lane.iter().nth(count).copied().unwrap_or(seq))]
            } else {
                // Some of the first ones, as they happen to come to an end.
                let ended: Vec<Seq> = lane.iter().take(count).copied().filter(|_| random(2) == 0).collect();
                ended.into_iter().map(|seq| (seq, seq)).collect()
            };
            let is_done = |seq: &Seq| done.iter().any(|(first, last)| first <= seq && seq <= last);
            let (ended, left): (BTreeSet<Seq>, BTreeSet<Seq>) = lane.iter().partition(|seq| is_done(seq));
            assert_eq!(transact(&store, |tx| tx.settle(dest, &done, 1)).unwrap(), ended.len() as u64);
            *lane = left;
        }
    }
    for (dest, lane) in model {
        let found = store.waiting(dest, 0, usize::MAX, usize::MAX).unwrap();
        assert!(found.iter().map(|w| &w.seq).eq(&lane), "lane {dest}");
        assert!(found.iter().all(|w| w.event.body == bodies[&w.seq]));
    }
}

fn dead(n: u32, dest: PlatformNum) -> Dead {
    let mut event = message(id(1, n), i64::from(n), "dead");
    event.source = Some(8);
    Dead { dest, event, inbound: n == 2, why: format!("why {n}").into(), died: 70 }
}

/// Shows promise 8.
pub(crate) fn dead_letters_are_found_by_each_filter_and_taken_once<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let put = |rows: &[Dead]| transact(&store, |tx| rows.iter().try_for_each(|row| tx.put_dead(row))).unwrap();
    put(&[dead(1, 2), dead(2, 3), dead(3, 2), dead(3, 3)]);
    let all = store.dead(&DeadFilter::All, 10).unwrap();
    assert!(all.windows(2).all(|two| two[0].num < two[1].num));
    let expected = [dead(1, 2), dead(2, 3), dead(3, 2), dead(3, 3)];
    assert!(all.iter().map(|row| &row.dead).eq(&expected));
    assert_eq!(store.dead(&DeadFilter::Dest(2), 10).unwrap(), [all[0].clone(), all[2].clone()]);
    assert_eq!(store.dead(&DeadFilter::Num(all[1].num), 10).unwrap(), [all[1].clone()]);
    assert_eq!(store.dead(&DeadFilter::Event(id(1, 3)), 10).unwrap(), all[2..]);
    assert_eq!(store.dead(&DeadFilter::All, 2).unwrap(), all[..2]);
    assert_eq!(store.dead_counts().unwrap(), [(2, 2), (3, 2)]);

    let take = |filter: DeadFilter, limit| transact(&store, |tx| tx.take_dead(&filter, limit)).unwrap();
    assert_eq!(take(DeadFilter::Dest(2), 1), all[..1]);
    assert_eq!(take(DeadFilter::Dest(2), 5), all[2..3]);
    assert_eq!(take(DeadFilter::Event(id(1, 3)), 5), all[3..]);
    assert_eq!(take(DeadFilter::All, 5), all[1..2]);
    assert_eq!(take(DeadFilter::All, 5), []);
    assert_eq!(store.dead_counts().unwrap(), []);
    put(&[dead(1, 2)]);
    assert!(store.dead(&DeadFilter::All, 5).unwrap()[0].num > all[3].num);
}

fn fate(event: Uuid, platform: PlatformNum, state: DeliveryState, at: i64) -> FateRow {
    FateRow { event, platform, state, why: (state == DeliveryState::Dead).then(|| "410".into()), at }
}

/// Publishes under the id `event` at the time `at` for lanes, each platform its own.
fn publish(store: &impl Store, event: Uuid, at: i64, lanes: &[PlatformNum]) -> Seq {
    transact(store, |tx| {
        let seq = tx.put_event(&message(event, at, "published"), lanes)?;
        tx.put_receipt(&ReceiptRow {
            event,
            hosted: None,
            seq,
            to: lanes.iter().map(|lane| (*lane, *lane)).collect(),
        })?;
        Ok(seq)
    })
    .unwrap()
}

/// Shows promise 8.
pub(crate) fn a_delivery_tells_what_waits_what_passed_and_every_fate<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let event = id(1, 1);
    let to = vec![(2, 2), (300, 70_000), (4_000_000_000, 70_000)];
    let receipt = transact(&store, |tx| {
        let seq = tx.put_event(&message(event, 1, "x"), &[2, 70_000])?;
        let receipt = ReceiptRow { event, hosted: None, seq, to: to.clone() };
        tx.put_receipt(&receipt)?;
        Ok(receipt)
    })
    .unwrap();
    let delivery = store.delivery(event).unwrap().unwrap();
    assert_eq!((delivery.receipt, delivery.waiting), (receipt.clone(), vec![2, 70_000]));
    assert!(delivery.fates.is_empty() && delivery.passed.is_empty());

    transact(&store, |tx| {
        tx.settle(70_000, &[(0, receipt.seq)], 40)?;
        tx.put_fate(&fate(event, 300, DeliveryState::Accepted, 41))?;
        tx.put_fate(&fate(event, 4_000_000_000, DeliveryState::Dead, 42))
    })
    .unwrap();
    let later = put(&store, 2, &[70_000]);
    transact(&store, |tx| {
        tx.settle(70_000, &[(0, later)], 60)?;
        tx.put_fate(&fate(event, 300, DeliveryState::Delivered, 61))
    })
    .unwrap();
    let delivery = store.delivery(event).unwrap().unwrap();
    assert_eq!((delivery.waiting, delivery.passed), (vec![2], vec![(70_000, Some(40))]));
    let fates = [fate(event, 300, DeliveryState::Delivered, 61), fate(event, 4_000_000_000, DeliveryState::Dead, 42)];
    assert_eq!(delivery.fates, fates);
    assert!(store.delivery(id(1, 2)).unwrap().is_none());
}

pub(crate) fn a_delivery_is_found_for_each_of_many_publications_of_one_transaction<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    // The tenth goes another way, the ids of the last ones don't count up.
    let way = |n: u32| if n == 10 { vec![(2, 2), (3, 3)] } else { vec![(2, 2)] };
    let number = |n: u32| if n > 15 { 10 * n } else { n };
    let seqs: Vec<Seq> = transact(&store, |tx| {
        let publish = |n: u32| {
            let lanes: Vec<PlatformNum> = way(n).iter().map(|(_, lane)| *lane).collect();
            let seq = tx.put_event(&event(1, number(n)), &lanes)?;
            tx.put_receipt(&ReceiptRow { event: id(1, number(n)), hosted: None, seq, to: way(n) })?;
            Ok(seq)
        };
        (1..=20).map(publish).collect()
    })
    .unwrap();
    transact(&store, |tx| tx.settle(2, &[(0, seqs[11])], 40)).unwrap();
    for n in 1..=20 {
        let delivery = store.delivery(id(1, number(n))).unwrap().unwrap();
        assert_eq!(delivery.receipt.seq, seqs[n as usize - 1]);
        assert_eq!(delivery.receipt.to, way(n));
        let waiting: &[PlatformNum] = if n == 10 {
            &[3]
        } else if n > 12 {
            &[2]
        } else {
            &[]
        };
        assert_eq!(delivery.waiting, waiting, "{n}");
        assert_eq!(delivery.passed, if n > 12 { vec![] } else { vec![(2, Some(40))] }, "{n}");
    }
    for nobody in [0, 16, 155, 201] {
        assert!(store.delivery(id(1, nobody)).unwrap().is_none(), "{nobody}");
    }
}

/// Prunes until there is no more.
fn prune(store: &impl Store, receipts: i64) {
    while transact(store, |tx| tx.prune(Past { receipts, made: receipts, keys: 0 })).unwrap() {}
}

/// Shows promise 2.
pub(crate) fn pruning_forgets_what_ended_and_never_what_waits<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let known = |event| store.delivery(event).unwrap().is_some();
    let (old, both, new) = (id(10, 1), id(11, 1), id(12, 1));
    let first = publish(&store, old, 10, &[2]);
    let second = publish(&store, both, 11, &[2, 3]);
    let third = publish(&store, new, 12, &[2]);
    transact(&store, |tx| tx.settle(2, &[(0, first)], 100)).unwrap();
    transact(&store, |tx| tx.settle(2, &[(0, second)], 200)).unwrap();
    transact(&store, |tx| tx.settle(2, &[(0, third)], 300)).unwrap();

    prune(&store, 100);
    assert_eq!([known(old), known(both), known(new)], [true, true, true]);
    prune(&store, 101);
    assert_eq!([known(old), known(both), known(new)], [false, true, true]);
    prune(&store, 1_000);
    assert_eq!([known(old), known(both), known(new)], [false, true, false]);
    let left = store.delivery(both).unwrap().unwrap();
    // When lane 2 passed it is forgotten; that it did is not.
    assert_eq!((left.waiting, left.passed), (vec![3], vec![(2, None)]));
    transact(&store, |tx| tx.settle(3, &[(0, second)], 2_000)).unwrap();
    prune(&store, 1_500);
    assert_eq!(store.delivery(both).unwrap().unwrap().passed, [(2, None), (3, Some(2_000))]);
    prune(&store, 2_001);
    assert!(!known(both));
}

pub(crate) fn pruning_a_receipt_takes_its_fates_along<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let event = id(10, 1);
    let seq = publish(&store, event, 10, &[2]);
    transact(&store, |tx| {
        tx.settle(2, &[(0, seq)], 100)?;
        tx.put_fate(&fate(event, 2, DeliveryState::Accepted, 150))
    })
    .unwrap();
    prune(&store, 120);
    assert_eq!(store.delivery(event).unwrap().unwrap().fates.len(), 1);
    prune(&store, 151);
    assert!(store.delivery(event).unwrap().is_none());
    transact(&store, |tx| tx.put_receipt(&ReceiptRow { event, hosted: None, seq, to: vec![] })).unwrap();
    assert!(store.delivery(event).unwrap().unwrap().fates.is_empty());
}

pub(crate) fn pruning_is_done_in_pieces_and_passes_over_what_waits<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let last = transact(&store, |tx| {
        let mut last = 0;
        for n in 0..9_000_u32 {
            // The first third waits for lane 3 too, which is down.
            let dests: &[PlatformNum] = if n < 3_000 { &[2, 3] } else { &[2] };
            let event = id(10, n);
            last = tx.put_event(&message(event, 10, "x"), dests)?;
            tx.put_receipt(&ReceiptRow {
                event,
                hosted: None,
                seq: last,
                to: dests.iter().map(|lane| (*lane, *lane)).collect(),
            })?;
        }
        tx.settle(2, &[(0, last)], 100)?;
        Ok(last)
    })
    .unwrap();
    for _ in 0..10 {
        prune(&store, 101);
    }
    let known = |n| store.delivery(id(10, n)).unwrap().is_some();
    assert!((0..3_000).step_by(100).all(known));
    assert!(!(3_000..9_000).step_by(100).any(known));
    transact(&store, |tx| tx.settle(3, &[(0, last)], 200)).unwrap();
    for _ in 0..10 {
        prune(&store, 201);
    }
    assert!(!(0..3_000).step_by(100).any(known));
}
