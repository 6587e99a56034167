//! The memory that bodies of requests take while they come in and are answered, shared out so that nobody is kept out by
//! others' bodies.
//!
//! A body takes what is there of it, not what its head announces. When all is taken, a newcomer is not refused: the body that
//! deserves it least makes room. Those whose head does not show who they are go first; among them those that stand still;
//! among them those of the sender that holds most; among them the one that has stood still longest. A body that is there as a
//! whole stays, since it is about to be answered; of these one platform holds a part only.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use super::Sender;
use crate::util::lock::MutexExt;

/// What all bodies of a node may take together, bytes.
const ROOM: usize = 64 << 20;
/// What the whole bodies of one platform may take, as a part of that.
const SHARE: usize = 4;
/// A body that has not grown by this much …
const STEP: usize = 1 << 10;
/// … for this long stands still.
const STILL: Duration = Duration::from_secs(2);

struct Held {
    sender: Sender,
    bytes: usize,
    /// What it has grown since `moved`.
    grown: usize,
    moved: Instant,
    whole: bool,
    /// Told when it has to make room.
    leave: Arc<Notify>,
}

#[derive(Default)]
struct State {
    taken: usize,
    last: u64,
    bodies: BTreeMap<u64, Held>,
    senders: HashMap<Sender, usize>,
}

/// The memory for bodies.
pub(super) struct Bodies {
    room: usize,
    state: Mutex<State>,
}

/// There is no room for more of this body.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Bodies {
    pub(super) fn new() -> Arc<Self> {
        Bodies::of(ROOM)
    }

    fn of(room: usize) -> Arc<Self> {
        Arc::new(Bodies { room, state: Mutex::default() })
    }

    /// The place of a body that begins to come in.
    pub(super) fn place(self: &Arc<Self>, sender: Sender) -> Place {
        let leave = Arc::new(Notify::new());
        let mut state = self.state.hold();
        state.last += 1;
        let number = state.last;
        let held = Held { sender, bytes: 0, grown: 0, moved: Instant::now(), whole: false, leave: leave.clone() };
        state.bodies.insert(number, held);
        Place { bodies: self.clone(), number, leave }
    }
}

impl State {
    /// Which of those that are coming in makes room.
    fn least_deserving(&self, now: Instant) -> Option<u64> {
        let coming = self.bodies.iter().filter(|(_, held)| !held.whole && held.bytes > 0);
        let least = coming.min_by_key(|(_, held)| {
            let still = now.duration_since(held.moved) >= STILL;
            let all = self.senders.get(&held.sender).copied().unwrap_or_default();
            (held.sender.is_known(), !still, Reverse(all), held.moved)
        });
        least.map(|(number, _)| *number)
    }

    fn add(&mut self, number: u64, bytes: usize) {
        let Some(held) = self.bodies.get_mut(&number) else { return };
        held.bytes += bytes;
        held.grown += bytes;
        if held.grown >= STEP {
            (held.grown, held.moved) = (0, Instant::now());
        }
        *self.senders.entry(held.sender).or_default() += bytes;
        self.taken += bytes;
    }

    /// Forgets a body, or that it holds anything.
    fn free(&mut self, number: u64) -> Option<Held> {
        let held = self.bodies.remove(&number)?;
        self.taken -= held.bytes;
        if let Some(all) = self.senders.get_mut(&held.sender) {
            *all -= held.bytes;
            if *all == 0 {
                self.senders.remove(&held.sender);
            }
        }
        Some(held)
    }
}

/// What one body takes; given back when it is dropped.
pub(crate) struct Place {
    bodies: Arc<Bodies>,
    number: u64,
    leave: Arc<Notify>,
}

impl Place {
    /// Takes room for what has come.
    pub(super) fn grow(&self, bytes: usize) -> Result<(), NoRoom> {
        let mut state = self.bodies.state.hold();
        let now = Instant::now();
        if !state.bodies.contains_key(&self.number) {
            return Err(NoRoom);
        }
        state.add(self.number, bytes);
        while state.taken > self.bodies.room {
            let goes = state.least_deserving(now).ok_or(NoRoom)?;
            if let Some(held) = state.free(goes) {
                held.leave.notify_one();
            }
            if goes == self.number {
                return Err(NoRoom);
            }
        }
        Ok(())
    }

    /// Ends when this body has to make room for others.
    pub(super) async fn must_go(&self) {
        self.leave.notified().await;
    }

    /// It is there as a whole. Error: it had to go meanwhile.
    pub(super) fn is_whole(&self) -> Result<(), NoRoom> {
        let mut state = self.bodies.state.hold();
        state.bodies.get_mut(&self.number).map(|held| held.whole = true).ok_or(NoRoom)
    }

    /// It is known now who sent it. Error: that one's bodies take too much already.
    pub(super) fn belongs_to(&self, sender: Sender) -> Result<(), NoRoom> {
        let mut state = self.bodies.state.hold();
        let Some(mut held) = state.free(self.number) else { return Ok(()) };
        let bytes = held.bytes;
        (held.sender, held.bytes) = (sender, 0);
        state.bodies.insert(self.number, held);
        state.add(self.number, bytes);
        let all = state.senders.get(&sender).copied().unwrap_or_default();
        if all > bytes && all > self.bodies.room / SHARE { Err(NoRoom) } else { Ok(()) }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.bodies.state.hold().free(self.number);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    const KIB: usize = 1 << 10;

    fn stranger(last: u8) -> Sender {
        Sender::at(Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))))
    }

    /// Which of these had to go.
    fn gone(places: &[Place]) -> Vec<usize> {
        let state = places[0].bodies.state.hold();
        (0..places.len()).filter(|n| !state.bodies.contains_key(&places[*n].number)).collect()
    }

    /// Shows promise 5.
    #[tokio::test(start_paused = true)]
    async fn who_stands_still_makes_room_for_who_gets_on_even_at_the_same_address() {
        let bodies = Bodies::of(100 * KIB);
        let still: Vec<Place> = (0..10).map(|_| bodies.place(stranger(1))).collect();
        for place in &still {
            place.grow(10 * KIB).unwrap();
            tokio::time::advance(Duration::from_millis(10)).await;
        }
        tokio::time::advance(STILL).await;
        still[0].grow(0).unwrap();
        let honest = bodies.place(stranger(1));
        for _ in 0..30 {
            honest.grow(KIB).unwrap();
        }
        assert_eq!(gone(&still), [0, 1, 2], "the longest first");
        tokio::time::timeout(STILL, still[0].must_go()).await.unwrap();
        assert_eq!(still[0].is_whole(), Err(NoRoom));
        assert_eq!(honest.is_whole(), Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_byte_now_and_then_is_standing_still() {
        let bodies = Bodies::of(20 * KIB);
        let trickles = bodies.place(stranger(1));
        trickles.grow(10 * KIB).unwrap();
        let moves = bodies.place(stranger(1));
        moves.grow(KIB).unwrap();
        for _ in 0..8 {
            tokio::time::advance(STILL / 2).await;
            moves.grow(KIB).unwrap();
            trickles.grow(1).unwrap();
        }
        bodies.place(stranger(1)).grow(2 * KIB).unwrap();
        assert_eq!(gone(&[trickles, moves]), [0]);
    }

    /// Shows promise 5.
    #[tokio::test(start_paused = true)]
    async fn who_holds_most_makes_room_first_and_who_is_known_last() {
        let bodies = Bodies::of(100 * KIB);
        let known = bodies.place(Sender::Platform(7));
        known.grow(50 * KIB).unwrap();
        let (small, large) = (bodies.place(stranger(1)), bodies.place(stranger(2)));
        small.grow(10 * KIB).unwrap();
        large.grow(40 * KIB).unwrap();
        let newcomer = bodies.place(stranger(3));
        newcomer.grow(20 * KIB).unwrap();
        let places = [known, small, large, newcomer];
        assert_eq!(gone(&places), [2]);
        assert_eq!(places[0].grow(40 * KIB), Ok(()));
        assert_eq!(gone(&places), [2, 3]);
        places[1].is_whole().unwrap();
        assert_eq!(places[0].grow(20 * KIB), Err(NoRoom), "what is whole stays");
    }

    #[tokio::test(start_paused = true)]
    async fn whole_bodies_of_one_platform_take_a_part_only_and_all_is_given_back() {
        let bodies = Bodies::of(100 * KIB);
        let whole = |sender| {
            let place = bodies.place(stranger(1));
            place.grow(10 * KIB).unwrap();
            place.is_whole().unwrap();
            let taken = place.belongs_to(sender);
            (place, taken)
        };
        let of_one: Vec<_> = (0..4).map(|_| whole(Sender::Platform(1))).collect();
        let taken: Vec<bool> = of_one.iter().map(|(_, taken)| taken.is_ok()).collect();
        assert_eq!(taken, [true, true, false, false]);
        assert_eq!(whole(Sender::Platform(2)).1, Ok(()), "another platform has a part of its own");
        let large = bodies.place(Sender::Platform(3));
        large.grow(50 * KIB).unwrap();
        assert_eq!(large.belongs_to(Sender::Platform(3)), Ok(()), "a single one is taken whatever its length");
        drop((of_one, large));
        assert_eq!(bodies.state.hold().taken, 0);
        assert!(bodies.state.hold().senders.is_empty());
    }
}
