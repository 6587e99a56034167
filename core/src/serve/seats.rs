//! Who sits at the node's own listener: how many connections there are at once, and which of them goes when one more comes
//! and all seats are taken.
//!
//! Whoever opens connections and says nothing, or not enough, must not keep others out. So the newcomer gets the seat of the
//! one that has not got on for the longest time: no head, no more of its body, no more of its answer fetched. A byte now and
//! then is not getting on. Who is between two requests is given a little more time. Nothing was taken of any of these. A
//! request that is being answered keeps its seat.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

use crate::util::lock::MutexExt;

/// Who was answered has this much more time than who has not said what it wants.
const BETWEEN: Duration = Duration::from_secs(3);
/// Getting on is to move this much, bytes.
const STEP: usize = 1 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The head of a request, or its body, is on its way; or its answer is held back.
    Coming,
    /// It was answered; perhaps the answer is still on its way.
    Idle,
    /// It is being answered.
    Busy,
    /// It was told to go.
    Leaving,
}

struct Sitting {
    standing: Standing,
    /// When it got on last.
    since: Instant,
    /// What has moved since then, bytes.
    moved: usize,
    leave: Arc<Notify>,
}

impl Sitting {
    /// From when on it has not got on, for the choice of who goes. None: it stays.
    fn still_since(&self) -> Option<Instant> {
        match self.standing {
            Standing::Coming => Some(self.since),
            Standing::Idle => Some(self.since + BETWEEN),
            Standing::Busy | Standing::Leaving => None,
        }
    }
}

/// All seats of a listener.
pub(super) struct Seats {
    number: usize,
    taken: Mutex<BTreeMap<u64, Sitting>>,
    freed: Notify,
}

impl Seats {
    pub(super) fn new(number: usize) -> Arc<Self> {
        Arc::new(Seats { number, taken: Mutex::default(), freed: Notify::new() })
    }

    /// A seat for a newcomer; waits for one if nobody can be told to go.
    pub(super) async fn take(self: &Arc<Self>) -> Seat {
        loop {
            if let Some(seat) = self.take_free() {
                return seat;
            }
            self.freed.notified().await;
        }
    }

    fn take_free(self: &Arc<Self>) -> Option<Seat> {
        let mut taken = self.taken.hold();
        if taken.len() >= self.number {
            if taken.values().all(|sitting| sitting.standing != Standing::Leaving) {
                make_room(&mut taken);
            }
            return None;
        }
        let number = taken.last_key_value().map_or(0, |(last, _)| last + 1);
        let leave = Arc::new(Notify::new());
        let sitting = Sitting { standing: Standing::Coming, since: Instant::now(), moved: 0, leave: leave.clone() };
        taken.insert(number, sitting);
        Some(Seat { seats: self.clone(), number, leave })
    }

    /// Tells this many to go.
    pub(super) fn make_room(&self, seats: usize) {
        let mut taken = self.taken.hold();
        (0..seats).for_each(|_| make_room(&mut taken));
    }
}

fn make_room(taken: &mut BTreeMap<u64, Sitting>) {
    let may_go = taken.values_mut().filter_map(|sitting| Some((sitting.still_since()?, sitting)));
    if let Some((_, goes)) = may_go.min_by_key(|(since, _)| *since) {
        goes.standing = Standing::Leaving;
        goes.leave.notify_one();
    }
}

/// The seat of one connection, free when it is dropped.
pub(super) struct Seat {
    seats: Arc<Seats>,
    number: u64,
    leave: Arc<Notify>,
}

impl Seat {
    /// The head of a request is there, or its answer is held back.
    pub(super) fn comes(&self) {
        self.set(Standing::Coming);
    }

    /// The request is there as a whole. False: it is not to be answered, since the connection was told to go.
    pub(super) fn is_answered(&self) -> bool {
        self.set(Standing::Busy)
    }

    /// The answer is there.
    pub(super) fn rests(&self) {
        self.set(Standing::Idle);
    }

    /// This many bytes have come, or were fetched.
    pub(super) fn moves(&self, bytes: usize) {
        if let Some(sitting) = self.seats.taken.hold().get_mut(&self.number) {
            sitting.moved += bytes;
            if sitting.moved >= STEP {
                (sitting.moved, sitting.since) = (0, Instant::now());
            }
        }
    }

    fn set(&self, standing: Standing) -> bool {
        let mut taken = self.seats.taken.hold();
        let sitting = taken.get_mut(&self.number).filter(|sitting| sitting.standing != Standing::Leaving);
        sitting.map(|sitting| (sitting.standing, sitting.since) = (standing, Instant::now())).is_some()
    }

    fn standing(&self) -> Option<(Standing, Instant)> {
        self.seats.taken.hold().get(&self.number).map(|sitting| (sitting.standing, sitting.since))
    }

    /// Whether there is nothing to finish: no request is there as a whole, and no answer on its way.
    pub(super) fn may_end(&self) -> bool {
        self.standing().is_none_or(|(standing, _)| standing == Standing::Coming)
    }

    /// Ends when the connection has to go: it was told so, or nothing of its answer was fetched for this long.
    pub(super) async fn must_go(&self, unfetched: Duration) {
        let stuck = async {
            loop {
                tokio::time::sleep(unfetched / 4).await;
                let stuck =
                    |(standing, since): (Standing, Instant)| standing == Standing::Idle && since.elapsed() >= unfetched;
                if self.standing().is_some_and(stuck) {
                    return;
                }
            }
        };
        tokio::select! {
            () = self.leave.notified() => {}
            () = stuck => {}
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.taken.hold().remove(&self.number);
        self.seats.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);
    const LATENCY: Duration = Duration::from_millis(200);

    /// Which of these have been told to go, of those that are still there.
    fn told(seats: &[Option<Seat>]) -> Vec<usize> {
        let leaves = |seat: &Seat| seat.standing().is_some_and(|(standing, _)| standing == Standing::Leaving);
        let there = seats.iter().enumerate();
        there.filter(|(_, seat)| seat.as_ref().is_some_and(leaves)).map(|(n, _)| n).collect()
    }

    /// A seat for one more, once those that are told to go have gone.
    fn newcomer(seats: &Arc<Seats>, sitting: &mut [Option<Seat>]) -> Seat {
        if let Some(seat) = seats.take_free() {
            return seat;
        }
        for goes in told(sitting) {
            sitting[goes] = None;
        }
        seats.take_free().expect("somebody made room")
    }

    /// Shows promise 5.
    #[tokio::test(start_paused = true)]
    async fn who_has_not_got_on_for_longest_makes_room_and_never_who_is_being_answered() {
        let seats = Seats::new(5);
        let mut sitting = Vec::new();
        for _ in 0..5 {
            sitting.push(Some(seats.take().await));
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let seat = |n: usize| sitting[n].as_ref().unwrap();
        assert!(seat(0).is_answered());
        seat(1).comes();
        seat(2).rests();
        tokio::time::advance(Duration::from_secs(2)).await;
        seat(3).moves(STEP / 2);
        seat(4).moves(STEP);
        for goes in [3, 1, 4, 2] {
            assert!(seats.take_free().is_none());
            assert!(seats.take_free().is_none(), "one goes at a time");
            assert_eq!(told(&sitting), [goes]);
            let seat = sitting[goes].take().unwrap();
            seat.must_go(LONG).await;
            assert!(!seat.is_answered(), "it is too late for a request");
            drop(seat);
            let newcomer = seats.take().await;
            assert!(newcomer.may_end() && newcomer.is_answered() && !newcomer.may_end());
            sitting.push(Some(newcomer));
        }
        assert!(seats.take_free().is_none());
        assert_eq!(told(&sitting), [0; 0], "all are being answered");
        sitting[0] = None;
        seats.take().await;
    }

    /// Shows promise 5.
    #[tokio::test(start_paused = true)]
    async fn a_newcomer_far_away_has_time_to_speak_while_others_trickle_and_more_come() {
        let seats = Seats::new(100);
        let mut sitting = Vec::new();
        for _ in 0..100 {
            let seat = seats.take().await;
            seat.comes();
            sitting.push(Some(seat));
        }
        let mut served = 0;
        for _ in 0..50 {
            sitting.iter().flatten().for_each(|seat| seat.moves(1));
            let honest = newcomer(&seats, &mut sitting);
            // Two more come before its head is here.
            for _ in 0..2 {
                tokio::time::advance(LATENCY / 2).await;
                let one_more = newcomer(&seats, &mut sitting);
                sitting.push(Some(one_more));
            }
            served += usize::from(honest.is_answered());
        }
        assert_eq!(served, 50);
    }

    /// Shows promise 5.
    #[tokio::test(start_paused = true)]
    async fn who_does_not_fetch_an_answer_goes_and_who_waits_for_one_stays() {
        let seats = Seats::new(1);
        let seat = seats.take().await;
        assert!(seat.is_answered());
        assert!(tokio::time::timeout(2 * LONG, seat.must_go(LONG)).await.is_err());
        seat.rests();
        assert!(tokio::time::timeout(LONG / 2, seat.must_go(LONG)).await.is_err());
        seat.moves(STEP);
        assert!(tokio::time::timeout(LONG / 2, seat.must_go(LONG)).await.is_err(), "who fetches it stays");
        tokio::time::timeout(LONG, seat.must_go(LONG)).await.unwrap();
    }
}
