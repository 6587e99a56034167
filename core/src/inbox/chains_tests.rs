//! Which event comes next, without a store: order, rest, leases and what is late, at times of the test's choice.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::chain::Holder;
use super::chains::Chains;
use super::hints::{Hint, Hints};
use crate::model::EventKind;
use crate::store::{InboxEvent, InboxHead, InboxRow, Lease, PlatformNum, RoomNum, Seq};

const MINUTE: Duration = Duration::from_secs(60);
/// Rooms whose numbers differ by this fall into one bucket.
const BUCKETS: RoomNum = 4_096;

/// A lease, held as long as its clones are counted.
struct Held(#[expect(dead_code, reason = "it is there to be dropped")] Arc<()>);

impl Lease for Held {}

struct World {
    chains: Chains,
    leases: Arc<()>,
    now: Instant,
}

impl World {
    fn new() -> World {
        World { chains: Chains::default(), leases: Arc::default(), now: Instant::now() }
    }

    fn add(&mut self, seq: Seq, kind: EventKind, platform: PlatformNum, room: Option<RoomNum>) {
        self.chains.add(&InboxHead { seq, room, kind, platform, suspect: false });
    }

    /// Messages of one platform in these rooms, at the positions from 1 on.
    fn messages(rooms: &[RoomNum]) -> World {
        let mut world = World::new();
        for (seq, room) in (1..).zip(rooms) {
            world.add(seq, EventKind::Message, 1, Some(*room));
        }
        world
    }

    /// Takes what can be taken, with all leases that this needs; the positions.
    fn take(&mut self, max: usize) -> Vec<Seq> {
        self.take_as(max, |seq| Uuid::from_u128(seq.unsigned_abs().into()))
    }

    fn take_as(&mut self, max: usize, id: impl Fn(Seq) -> Uuid) -> Vec<Seq> {
        let mut choice = self.chains.pick(max, self.now);
        if !choice.needs.is_empty() {
            // What is put back lets its lease go.
            let wanted = choice.needs.iter().copied().chain(choice.picked.iter().map(|(_, key)| key.bucket()));
            self.chains.restore(&choice.picked);
            for bucket in wanted {
                self.chains.leased(bucket, Some(Box::new(Held(self.leases.clone()))), self.now);
            }
            choice = self.chains.pick(max, self.now);
        }
        let picked = choice.picked;
        let rows = picked.iter().map(|(pending, _)| row(pending.seq, id(pending.seq))).collect();
        let (rows, gone) = self.chains.hand_out(&picked, rows, Holder::App, self.now + MINUTE);
        assert!(!gone);
        rows.into_iter().map(|row| row.seq).collect()
    }

    /// The buckets whose leases are needed; takes nothing.
    fn needs(&mut self, max: usize) -> Vec<u32> {
        let choice = self.chains.pick(max, self.now);
        self.chains.restore(&choice.picked);
        choice.needs
    }

    fn held(&mut self) -> usize {
        drop(self.chains.freed());
        Arc::strong_count(&self.leases) - 1
    }
}

fn id(seq: u128) -> Uuid {
    Uuid::from_u128(seq)
}

fn row(seq: Seq, id: Uuid) -> InboxRow {
    let event = InboxEvent {
        id,
        kind: EventKind::Message,
        platform: 1,
        room: None,
        late: false,
        attempts: 0,
        suspect: false,
        body: "{}".into(),
    };
    InboxRow { seq, event }
}

#[test]
fn what_is_handed_out_together_is_in_the_order_in_which_it_came() {
    let mut world = World::messages(&[1, 2, 1, 2, 3, 1]);
    assert_eq!(world.take(10), [1, 2, 3, 4, 5, 6]);
    assert!(world.take(10).is_empty());
}

#[test]
fn with_room_for_a_few_the_oldest_room_comes_first() {
    let mut world = World::messages(&[9, 1, 5, 9]);
    assert_eq!(world.take(1), [1]);
    assert_eq!(world.take(1), [2]);
    assert_eq!(world.take(1), [3]);
    world.chains.remove_out(id(1));
    assert_eq!(world.take(1), [4]);
}

#[test]
fn users_of_a_platform_and_events_of_one_other_kind_keep_their_order_too() {
    let mut world = World::new();
    for (seq, kind, platform) in [
        (1, EventKind::User, 1),
        (2, EventKind::User, 2),
        (3, EventKind::User, 1),
        (4, EventKind::Platform, 1),
        (5, EventKind::Platform, 2),
        (6, EventKind::Delivery, 1),
    ] {
        world.add(seq, kind, platform, None);
    }
    assert_eq!([1, 1, 1, 1].map(|max| world.take(max)), [vec![1], vec![2], vec![4], vec![6]]);
    assert!(world.take(10).is_empty(), "3 waits for 1, and 5 for 4");
    world.chains.remove_out(id(4));
    assert_eq!(world.take(10), [5]);
    world.chains.remove_out(id(1));
    assert_eq!(world.take(10), [3]);
}

#[test]
fn a_failure_takes_back_the_later_ones_but_not_what_is_being_acknowledged() {
    let mut world = World::messages(&[1, 1, 1, 1]);
    assert_eq!(world.take(10), [1, 2, 3, 4]);
    world.chains.find_out(id(3)).unwrap().ending = true;
    let until = world.now + MINUTE;
    world.chains.put_back(id(2), until);
    assert!(world.chains.find_out(id(4)).is_none(), "it was taken back");
    assert!(world.chains.find_out(id(1)).is_some() && world.chains.find_out(id(3)).is_some());
    world.chains.remove_out(id(3));
    world.chains.remove_out(id(1));
    assert!(world.take(10).is_empty(), "the room rests");
    assert_eq!(world.chains.pick(10, world.now).next, Some(until));
    world.now = until;
    assert_eq!(world.take(10), [2, 4]);
}

#[test]
fn of_each_room_the_first_that_is_late_has_expired() {
    let mut world = World::messages(&[1, 1, 2]);
    world.take(10);
    assert!(world.chains.expired(world.now + MINUTE / 2).is_empty());
    let mut late: Vec<Uuid> = world.chains.expired(world.now + MINUTE).into_iter().map(|(id, _)| id).collect();
    late.sort();
    assert_eq!(late, [id(1), id(3)]);
    world.chains.find_out(id(1)).unwrap().ending = true;
    world.chains.remove_out(id(3));
    assert_eq!(world.chains.expired(world.now + MINUTE), [(id(2), Holder::App)], "1 is being acknowledged, 3 is over");
}

#[test]
fn a_bucket_that_another_process_holds_is_asked_for_again_after_a_while() {
    let mut world = World::messages(&[1, 2]);
    assert_eq!(world.needs(10), [1, 2]);
    world.chains.leased(1, None, world.now);
    assert_eq!(world.needs(10), [2]);
    assert_eq!(world.take(10), [2], "others go on");
    let again = world.chains.pick(10, world.now).next.unwrap();
    assert!(again > world.now && again < world.now + MINUTE);
    assert!(world.needs(10).is_empty());
    world.now = again;
    assert_eq!(world.needs(10), [1]);
    assert_eq!(world.take(10), [1]);
}

#[test]
fn a_lease_is_held_while_any_chain_of_its_bucket_has_something_out() {
    let mut world = World::messages(&[1, 1 + BUCKETS, 1]);
    assert_eq!(world.take(10), [1, 2, 3]);
    assert_eq!(world.held(), 1, "both rooms are of one bucket");
    world.chains.remove_out(id(1));
    world.chains.remove_out(id(3));
    assert_eq!(world.held(), 1);
    world.chains.remove_out(id(2));
    assert_eq!(
        Arc::strong_count(&world.leases),
        2,
        "it is a file, so it is not closed under the lock of whoever calls this"
    );
    assert_eq!(world.held(), 0);
}

#[test]
fn two_events_of_one_id_are_not_out_at_the_same_time() {
    let mut world = World::messages(&[1, 2, 2]);
    let same = |seq| if seq == 3 { id(3) } else { id(1) };
    assert_eq!(world.take_as(10, same), [1], "what is behind 2 waits with it");
    assert!(world.take_as(10, same).is_empty());
    world.chains.remove_out(id(1));
    assert_eq!(world.take_as(10, same), [2, 3]);
}

#[test]
fn what_another_process_has_handled_is_forgotten_and_what_came_since_is_kept() {
    let mut world = World::messages(&[1, 1, 2, 3]);
    world.chains.keep(3, &[InboxHead { seq: 2, room: Some(1), kind: EventKind::Message, platform: 1, suspect: false }]);
    assert_eq!(world.take(10), [2, 4]);
}

#[test]
fn an_event_is_added_once_however_often_it_is_told() {
    let mut world = World::messages(&[1, 2]);
    world.add(2, EventKind::Message, 1, Some(2));
    world.add(1, EventKind::Message, 1, Some(1));
    assert_eq!(world.take(10), [1, 2]);
    assert!(world.take(10).is_empty());
}

#[test]
fn of_more_than_ten_thousand_hints_the_oldest_are_lost() {
    let mut hints = Hints::default();
    hints.add((0..10_003).map(Hint::Up));
    assert_eq!(hints.len(), 10_000);
    let taken = hints.take(2);
    assert!(matches!(taken[..], [(_, Hint::Up(3)), (_, Hint::Up(4))]));
    hints.put_back(taken);
    let again = hints.take(10_000);
    assert!(matches!(again[0], (_, Hint::Up(3))) && again.len() == 10_000);
    assert!(hints.ack(again[0].0) && !hints.ack(again[0].0), "once");
}
