//! How old things are: by a clock that never jumps. What is buried or forgotten for its age is judged by it alone.
//!
//! It advances with the system's monotonic clock while a process runs; what somebody does to the wall clock meanwhile changes
//! nothing. From one run to the next only the wall clock goes on, so a stop counts by that: never less than nothing, and an
//! hour at most ([`STOP`]), since nobody can tell a long stop from a clock that was set. The store remembers how far it is
//! ([`AgeMark`]), for the next run and for other processes. It begins at the wall clock's time, and rows are stamped with it,
//! so their times are those of the wall clock as long as that was right; for people they are shown by the present one.

use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use super::lock::MutexExt;
use super::time::{Clock, instant};

/// So much of a stop counts at most, milliseconds: little against every span after which something is forgotten.
const STOP: i64 = 3_600_000;

/// How far the clock of ages is, and what the wall clock said then: what a store remembers; milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AgeMark {
    pub age: i64,
    pub wall: i64,
}

/// How often the clock of ages is written, along with something else and on its own, milliseconds.
const AGE_ALONG: i64 = 60_000;
const AGE_ALONE: i64 = 3_600_000;

/// Whether the clock of ages is so far that it is written.
pub(crate) fn is_due(written: Option<AgeMark>, now: Option<AgeMark>, along: bool) -> bool {
    let due = if along { AGE_ALONG } else { AGE_ALONE };
    match (written, now) {
        (Some(written), Some(now)) => now.age - written.age >= due,
        (None, Some(_)) => along,
        (_, None) => false,
    }
}

/// One moment by both clocks, milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Moment {
    /// Since the epoch, by the wall clock: for ids, and for what is only shown.
    pub wall: i64,
    /// By the clock of ages: for every row that will be judged by its age.
    pub age: i64,
}

/// The clock of ages of one process.
pub(crate) struct Ages {
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

struct State {
    age: i64,
    /// When it was that age, by the monotonic clock.
    running: i64,
    /// The least by which the wall clock was ever seen ahead: by that much it is ahead when it has not jumped.
    lead: i64,
}

impl Ages {
    /// Goes on from what the store remembers; None: it remembers nothing yet.
    pub(crate) fn resume(clock: Arc<dyn Clock>, mark: Option<AgeMark>) -> Self {
        let (wall, running) = (clock.now(), clock.running());
        let age = mark.map_or(wall, |mark| mark.age.saturating_add(wall.saturating_sub(mark.wall).clamp(0, STOP)));
        let lead = mark.map_or(i64::MAX, |mark| mark.wall - mark.age).min(wall - age);
        Ages { clock, state: Mutex::new(State { age, running, lead }) }
    }

    /// Another process of the store is so far: not less than that.
    pub(crate) fn follow(&self, mark: AgeMark) {
        let (now, running) = (self.now(), self.clock.running());
        if mark.age > now {
            let mut state = self.state.hold();
            (state.age, state.running) = (mark.age, running);
        }
    }

    /// The present age.
    pub(crate) fn now(&self) -> i64 {
        self.state.hold().at(self.clock.running())
    }

    /// Whether time stands until a test moves it.
    pub(crate) fn is_held(&self) -> bool {
        self.clock.is_held()
    }

    /// By the wall clock.
    pub(crate) fn wall(&self) -> i64 {
        self.clock.now()
    }

    pub(crate) fn moment(&self) -> Moment {
        let (wall, running) = (self.clock.now(), self.clock.running());
        let mut state = self.state.hold();
        let age = state.at(running);
        state.lead = state.lead.min(wall - age);
        Moment { wall, age }
    }

    /// What was stamped with an age, as people see it by their clock. To the second: the two clocks are never read at once.
    pub(crate) fn shown(&self, age: i64) -> SystemTime {
        let Moment { wall, age: now } = self.moment();
        let ahead = (wall - now + 500).div_euclid(1_000) * 1_000;
        instant(age.saturating_add(ahead))
    }

    /// The time that ids which were made at this age have, by a clock that did not jump.
    pub(crate) fn of_ids(&self, age: i64) -> i64 {
        age.saturating_add(self.state.hold().lead)
    }
}

impl State {
    fn at(&self, running: i64) -> i64 {
        self.age + (running - self.running).max(0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::time::TestClock;
    use super::*;

    const NOW: i64 = 1_790_000_000_000;
    const DAY: i64 = 24 * STOP;

    fn ages(clock: &Arc<TestClock>, mark: Option<AgeMark>) -> Ages {
        Ages::resume(clock.clone(), mark)
    }

    /// Shows promise 2.
    #[test]
    fn a_clock_that_is_set_makes_nothing_older_however_long_it_stays_so() {
        let clock = Arc::new(TestClock::at(NOW));
        let ages = ages(&clock, None);
        assert_eq!(ages.now(), NOW);
        for set in [40 * DAY, -40 * DAY, -NOW, NOW, 80_000] {
            clock.set(NOW + set);
            let before = ages.now();
            clock.pass(2 * STOP);
            assert_eq!(ages.moment(), Moment { wall: NOW + set + 2 * STOP, age: before + 2 * STOP });
        }
    }

    /// Shows promise 2.
    #[test]
    fn a_stop_counts_by_the_wall_clock_never_less_than_nothing_and_an_hour_at_most() {
        let mark = AgeMark { age: 7 * DAY, wall: NOW };
        for (stop, counts) in [(0, 0), (80_000, 80_000), (STOP, STOP), (40 * DAY, STOP), (-1, 0), (-NOW, 0)] {
            let clock = Arc::new(TestClock::at(NOW + stop));
            assert_eq!(ages(&clock, Some(mark)).now(), mark.age + counts, "{stop}");
        }
    }

    #[test]
    fn a_process_goes_on_from_where_another_one_is_and_never_back() {
        let clock = Arc::new(TestClock::at(NOW));
        let ages = ages(&clock, None);
        clock.pass(5_000);
        ages.follow(AgeMark { age: NOW + 4_000, wall: 0 });
        assert_eq!(ages.now(), NOW + 5_000);
        ages.follow(AgeMark { age: NOW + 9_000, wall: 0 });
        clock.pass(1_000);
        assert_eq!(ages.now(), NOW + 10_000);
    }

    #[test]
    fn a_time_is_shown_by_the_clock_that_people_see() {
        let clock = Arc::new(TestClock::at(0));
        let ages = ages(&clock, None);
        let written = ages.now();
        clock.pass(60_000);
        clock.set(NOW);
        assert_eq!(ages.shown(written), instant(NOW - 60_000));
        clock.set(NOW - 3);
        assert_eq!(ages.shown(written), instant(NOW - 60_000), "clocks are read one after the other");
    }

    #[test]
    fn what_tells_its_age_by_an_id_alone_is_judged_by_a_clock_that_did_not_jump() {
        let clock = Arc::new(TestClock::at(NOW));
        let ages = ages(&clock, None);
        clock.set(NOW + 40 * DAY);
        let age = ages.moment().age;
        assert_eq!(ages.of_ids(age), NOW);
    }
}
