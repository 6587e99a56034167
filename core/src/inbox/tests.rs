//! The order and the leasing of events for the app, on a real store.

mod holders;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Hint, Holder, Inbox, Nacked, Taken};
use crate::model::EventKind;
use crate::store::{InboxEvent, Store, sqlite};
use crate::util::lock::MutexExt;

struct World {
    store: Arc<dyn Store>,
    inbox: Arc<Inbox>,
    runtime: tokio::runtime::Runtime,
    /// After the store, which says goodbye to other processes there.
    folder: tempfile::TempDir,
}

impl World {
    fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let store: Arc<dyn Store> = Arc::new(sqlite::open(&folder.path().join("s.db"), None).unwrap());
        let inbox = Arc::new(Inbox::new(store.clone(), 3, Duration::from_secs(60)));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        World { folder, store, inbox, runtime }
    }

    /// Stores events: kind, platform, room.
    fn put(&self, events: &[(EventKind, u32, u32)]) -> Vec<Uuid> {
        let mut ids = Vec::new();
        let mut heads = Vec::new();
        self.store
            .transact(&mut |tx| {
                for (kind, platform, room) in events {
                    let id = crate::util::event_id::unique();
                    let room = (*kind == MESSAGE).then_some(*room);
                    let event = InboxEvent {
                        id,
                        kind: *kind,
                        platform: *platform,
                        room,
                        late: false,
                        attempts: 0,
                        suspect: false,
                        body: "{}".into(),
                    };
                    let seq = tx.put_inbox(&event)?;
                    heads.push(event.head(seq));
                    ids.push(id);
                }
                Ok(())
            })
            .unwrap();
        self.inbox.add(&heads);
        ids
    }

    fn take(&self, max: usize) -> Vec<Uuid> {
        self.take_for(max, Holder::App)
    }

    fn take_for(&self, max: usize, holder: Holder) -> Vec<Uuid> {
        let taken = self.runtime.block_on(self.inbox.take(max, holder, Instant::now())).unwrap();
        taken
            .into_iter()
            .map(|t| match t {
                Taken::Stored(row) => row.event.id,
                Taken::Hint(id, _) => id,
            })
            .collect()
    }

    /// The positions that whoever finds this process dead would read.
    fn noted(&self) -> Vec<i64> {
        let files: Vec<_> = std::fs::read_dir(self.folder.path().join("s.db-locks")).unwrap().flatten().collect();
        let out = files.iter().find(|file| file.file_name().to_string_lossy().starts_with("out-")).unwrap();
        let bytes = std::fs::read(out.path()).unwrap();
        let mut numbers = bytes.as_chunks::<8>().0.iter().map(|number| i64::from_le_bytes(*number));
        let count = numbers.next().unwrap() as usize;
        let mut noted: Vec<i64> = numbers.take(count).collect();
        noted.sort_unstable();
        noted
    }

    fn ack(&self, ids: &[Uuid]) -> Vec<bool> {
        let found = self.inbox.begin_ack(ids, Holder::App);
        let seqs: Vec<i64> = found.iter().flatten().copied().collect();
        self.store.transact(&mut |tx| tx.delete_inbox(&seqs).map(drop)).unwrap();
        let out: Vec<Uuid> = ids.iter().zip(&found).filter_map(|(id, seq)| seq.map(|_| *id)).collect();
        self.inbox.end_ack(&out, true);
        found.iter().map(Option::is_some).collect()
    }
}

const MESSAGE: EventKind = EventKind::Message;

#[test]
fn a_room_gives_no_more_until_what_is_out_is_acknowledged_and_other_rooms_go_on() {
    let world = World::new();
    let a = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1), (MESSAGE, 1, 1)]);
    assert_eq!(world.take(2), a[..2]);
    let b = world.put(&[(MESSAGE, 1, 2)]);
    assert_eq!(world.take(10), b, "room 1 is busy, room 2 is not");
    assert_eq!(world.ack(&[a[0]]), [true]);
    assert!(world.take(10).is_empty(), "one of room 1 is still out");
    assert_eq!(world.ack(&[a[1], a[1], b[0]]), [true, false, true]);
    assert_eq!(world.take(10), a[2..]);
}

/// Shows promise 4.
#[test]
fn a_failure_takes_the_later_ones_of_the_room_back_and_they_come_again_in_order() {
    let world = World::new();
    let a = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1), (MESSAGE, 1, 1)]);
    assert_eq!(world.take(10), a);
    assert_eq!(world.ack(&[a[0]]), [true]);
    assert!(matches!(world.inbox.nack(a[1], Holder::App), Nacked::Again(_, 1)));
    assert_eq!(world.ack(&[a[2]]), [false], "it was taken back");
    let b = world.put(&[(MESSAGE, 1, 2)]);
    assert_eq!(world.take(10), b, "the room rests, others do not");
    let end = Instant::now() + Duration::from_secs(5);
    let again = world.runtime.block_on(world.inbox.take(10, Holder::App, end)).unwrap();
    let ids: Vec<Uuid> = again
        .iter()
        .map(|t| match t {
            Taken::Stored(row) => row.event.id,
            Taken::Hint(id, _) => *id,
        })
        .collect();
    assert_eq!(ids, a[1..]);
}

/// Shows promise 4.
#[test]
fn a_message_waits_for_the_news_of_its_sender() {
    let world = World::new();
    let ids = world.put(&[(EventKind::User, 1, 0), (MESSAGE, 1, 1), (MESSAGE, 2, 2)]);
    assert_eq!(world.take(10), [ids[0], ids[2]], "the message of the other platform does not wait");
    assert!(world.take(10).is_empty());
    world.ack(&[ids[0]]);
    assert_eq!(world.take(10), [ids[1]]);
}

/// Shows promise 3.
#[test]
fn what_another_process_handled_is_left_out() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1)]);
    world.store.transact(&mut |tx| tx.delete_inbox(&[1]).map(drop)).unwrap();
    assert_eq!(world.take(10), ids[1..]);
    world.ack(&ids[1..]);
    assert_eq!(world.store.inbox_depth().unwrap(), 0);
}

/// A second process on the same store, as this one sees it: it has the events, and takes none.
fn beside(world: &World) -> Arc<Inbox> {
    Arc::new(Inbox::new(world.store.clone(), 3, Duration::from_secs(60)))
}

#[test]
fn ten_thousand_events_that_another_process_handled_hold_up_the_next_one_for_no_second() {
    let world = World::new();
    world.take(1);
    let mut ids = Vec::new();
    for room in 0..10 {
        ids.extend(world.put(&vec![(MESSAGE, 1, room); 1_000]));
    }
    let next = world.put(&[(MESSAGE, 1, 3)]);
    let handled: Vec<i64> = (1..=10_000).collect();
    world.store.transact(&mut |tx| tx.delete_inbox(&handled).map(drop)).unwrap();
    let begin = Instant::now();
    let taken = world.runtime.block_on(world.inbox.take(1, Holder::App, begin + Duration::from_secs(30))).unwrap();
    println!("after 10,000 events that are gone: {:?}", begin.elapsed());
    assert!(matches!(&taken[..], [Taken::Stored(row)] if row.event.id == next[0]));
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn a_process_that_takes_no_events_keeps_none_in_memory_and_counts_as_the_store_does() {
    let world = World::new();
    let idle = beside(&world);
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 2)]);
    idle.add(&world.store.inbox_heads(0).unwrap());
    assert_eq!(idle.state.hold().chains.last(), 0, "nothing is kept before somebody takes events");
    assert_eq!(world.take(10), ids);
    world.ack(&ids);
    assert_eq!(world.store.inbox_depth().unwrap(), 0);
    let late = world.put(&[(MESSAGE, 1, 3)]);
    let taken = world.runtime.block_on(idle.take(10, Holder::App, Instant::now())).unwrap();
    assert!(matches!(&taken[..], [Taken::Stored(row)] if row.event.id == late[0]), "it begins with what waits now");
}

#[test]
fn hints_do_not_keep_stored_events_from_being_taken_nor_the_other_way_round() {
    let world = World::new();
    world.take(1);
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 2), (MESSAGE, 1, 3)]);
    world.inbox.hint((0..100).map(Hint::Up));
    let taken = world.take(4);
    assert_eq!(taken.len(), 4);
    assert_eq!(taken.iter().filter(|id| ids.contains(id)).count(), 2, "half and half");
    let one_by_one: Vec<Uuid> = (0..4).flat_map(|_| world.take(1)).collect();
    assert!(one_by_one.contains(&ids[2]) && one_by_one.iter().any(|id| !ids.contains(id)), "in turn");
}

#[test]
fn any_number_of_resting_rooms_hides_no_other_and_costs_no_look() {
    let world = World::new();
    let resting: Vec<_> = (1..=6_000).map(|room| (MESSAGE, 1, room)).collect();
    let ids = world.put(&resting);
    assert_eq!(world.take(6_000), ids);
    for id in ids {
        assert!(matches!(world.inbox.nack(id, Holder::App), Nacked::Again(..)));
    }
    let other = world.put(&[(MESSAGE, 1, 7_000)]);
    assert_eq!(world.take(10), other);
}

#[test]
fn one_stuck_room_keeps_other_processes_from_no_other_room() {
    let world = World::new();
    let other = beside(&world);
    let stuck = world.put(&[(MESSAGE, 1, 1)]);
    assert_eq!(world.take(1), stuck);
    let rooms: Vec<_> = (2..=4_000).map(|room| (MESSAGE, 1, room)).collect();
    let ids = world.put(&rooms);
    let taken = world.runtime.block_on(other.take(10_000, Holder::App, Instant::now())).unwrap();
    assert_eq!(taken.len(), ids.len());
}

#[test]
fn an_event_that_could_not_be_buried_comes_again() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1)]);
    world.store.transact(&mut |tx| tx.set_inbox_attempts(1, 2)).unwrap();
    assert_eq!(world.take(1), ids);
    assert!(matches!(world.inbox.nack(ids[0], Holder::App), Nacked::Dead(1)));
    world.inbox.not_buried(ids[0]);
    let until = Instant::now() + Duration::from_secs(3_600);
    assert!(world.inbox.state.hold().chains.waits_until(until), "in memory it rests, and is not forgotten");
}

#[test]
fn an_event_under_suspicion_goes_alone() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 2), (MESSAGE, 1, 2), (MESSAGE, 1, 3)]);
    world.store.transact(&mut |tx| tx.suspect_inbox(2)).unwrap();
    assert_eq!(world.take(10), [ids[0], ids[3]], "what is not suspected goes together");
    assert!(world.take(10).is_empty(), "the suspect waits until nothing else is out");
    world.ack(&[ids[0], ids[3]]);
    let more = world.put(&[(MESSAGE, 1, 4)]);
    assert_eq!(world.take(10), [ids[1]]);
    assert!(world.take(10).is_empty(), "nothing is out beside it");
    world.ack(&[ids[1]]);
    assert_eq!(world.take(10), [ids[2], more[0]]);
}

#[test]
fn an_event_that_fails_too_often_is_dead_and_the_next_one_proceeds() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1)]);
    world.store.transact(&mut |tx| tx.set_inbox_attempts(1, 2)).unwrap();
    assert_eq!(world.take(1), ids[..1]);
    assert!(matches!(world.inbox.nack(ids[0], Holder::App), Nacked::Dead(1)));
    assert!(world.take(1).is_empty(), "it is not over before its dead letter is on disk");
    world.store.transact(&mut |tx| tx.delete_inbox(&[1]).map(drop)).unwrap();
    world.inbox.end_ack(&ids[..1], true);
    assert_eq!(world.take(1), ids[1..]);
    assert_eq!(world.store.inbox_depth().unwrap(), 1);
}

#[test]
fn an_event_whose_deletion_failed_is_still_out_and_can_be_acknowledged_again() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1)]);
    assert_eq!(world.take(1), ids[..1]);
    assert_eq!(world.inbox.begin_ack(&ids[..1], Holder::App), [Some(1)]);
    assert!(matches!(world.inbox.nack(ids[0], Holder::App), Nacked::Unknown), "it is being acknowledged");
    world.inbox.end_ack(&ids[..1], false);
    assert!(world.take(10).is_empty());
    assert_eq!(world.ack(&ids[..1]), [true]);
    assert_eq!(world.take(10), ids[1..]);
}

#[test]
fn what_was_taken_together_with_an_event_that_is_buried_comes_again() {
    let world = World::new();
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 1), (MESSAGE, 1, 1)]);
    world.store.transact(&mut |tx| tx.set_inbox_attempts(1, 2)).unwrap();
    assert_eq!(world.take(10), ids);
    assert!(matches!(world.inbox.nack(ids[0], Holder::App), Nacked::Dead(1)));
    assert_eq!(world.ack(&ids[1..]), [false, false], "they were taken back");
    assert!(world.take(10).is_empty(), "the first is not over yet");
    world.store.transact(&mut |tx| tx.delete_inbox(&[1]).map(drop)).unwrap();
    world.inbox.end_ack(&ids[..1], true);
    assert_eq!(world.take(10), ids[1..]);
}

#[test]
fn what_was_chosen_for_a_taker_who_gave_up_comes_again() {
    let world = World::new();
    world.take(1);
    let ids = world.put(&[(MESSAGE, 1, 1), (MESSAGE, 1, 2)]);
    world.inbox.hint([Hint::Up(1)]);
    let chosen = world.inbox.clone().choose(10).unwrap();
    assert_eq!(chosen.picked.len() + chosen.hints.len(), 3);
    assert!(world.take(10).is_empty(), "it is being read");
    drop(chosen);
    assert_eq!(world.take(10)[..2], ids);
}

#[test]
fn a_taker_that_waits_is_woken() {
    let world = World::new();
    let end = Instant::now() + Duration::from_secs(20);
    world.runtime.block_on(async {
        let (taken, ()) = tokio::join!(world.inbox.take(10, Holder::App, end), async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            world.put(&[(MESSAGE, 1, 1)]);
        });
        assert_eq!(taken.unwrap().len(), 1);
    });
    assert!(Instant::now() < end);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Shows promises 3 and 4.
    #[test]
    fn whatever_is_taken_acknowledged_and_refused_each_event_is_handled_once_and_each_room_in_order(
        rooms in prop::collection::vec(1u32..5, 1..40),
        steps in prop::collection::vec((1usize..6, 0u8..4), 1..60),
    ) {
        let world = World::new();
        let events: Vec<_> = rooms.iter().map(|room| (MESSAGE, 1, *room)).collect();
        let ids = world.put(&events);
        let room_of: HashMap<Uuid, u32> = ids.iter().copied().zip(rooms.iter().copied()).collect();
        let mut handled: Vec<Uuid> = Vec::new();
        for (max, what) in steps {
            for (n, id) in world.take(max).into_iter().enumerate() {
                if what == 0 && n == 0 {
                    prop_assert!(!matches!(world.inbox.nack(id, Holder::App), Nacked::Unknown));
                    continue;
                }
                if world.ack(&[id]) == [true] {
                    handled.push(id);
                }
            }
        }
        let mut last: HashMap<u32, usize> = HashMap::new();
        for id in handled {
            let place = ids.iter().position(|i| *i == id).unwrap();
            if let Some(before) = last.insert(room_of[&id], place) {
                prop_assert!(before < place, "in order and once");
            }
        }
    }
}
