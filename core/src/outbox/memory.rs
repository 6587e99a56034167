//! What a lane remembers between tries. In memory: a new process begins anew.

use std::sync::{Arc, Mutex};

use super::poison::Poison;
use super::telling::Telling;
use crate::wire::read::MOST_EVENTS;

pub(super) struct Memory {
    /// Failures in a row.
    pub failures: u32,
    /// Shared with what flies.
    pub poison: Arc<Mutex<Poison>>,
    /// How many requests to a plain platform may be under way at once.
    pub window: usize,
    /// The greatest batch that the receiver's limits and the link allow.
    pub batch: usize,
    /// That many events at the head go one by one: as a batch they were refused.
    pub singly: usize,
    /// What it tells a platform that has missed something.
    pub telling: Telling,
    /// Whole batches that failed in a row.
    broken_batches: u32,
    /// A batch was not answered in time, and since then none was as large as can be.
    timed_out: bool,
}

impl Memory {
    pub(super) fn new() -> Self {
        Memory {
            failures: 0,
            poison: Arc::default(),
            window: 1,
            batch: MOST_EVENTS,
            singly: 0,
            telling: Telling::default(),
            broken_batches: 0,
            timed_out: false,
        }
    }

    /// A batch failed as a whole. After the third in a row the first of its events tries alone: which of them breaks it?
    pub(super) fn batch_broke(&mut self) {
        self.broken_batches += 1;
        if self.broken_batches >= 3 {
            self.singly = self.singly.max(1);
        }
    }

    /// A batch of this many events was not answered in time.
    pub(super) fn batch_timed_out(&mut self, events: usize) {
        self.batch = (events / 2).max(1);
        self.timed_out = true;
    }

    /// A batch was answered: batches grow again. After a time-out in steps, so that one that a slow link just carries is not
    /// doubled beyond it each time.
    pub(super) fn batch_got_through(&mut self) {
        self.broken_batches = 0;
        self.batch = match self.timed_out {
            true => self.batch + self.batch.div_ceil(8),
            false => self.batch * 2,
        };
        if self.batch >= MOST_EVENTS {
            (self.batch, self.timed_out) = (MOST_EVENTS, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_three_batches_that_break_in_a_row_the_first_event_goes_alone() {
        let mut memory = Memory::new();
        for broken in [false, false, true] {
            memory.batch_broke();
            assert_eq!(memory.singly, usize::from(broken));
        }
        let mut memory = Memory::new();
        for _ in 0..10 {
            memory.batch_broke();
            memory.batch_broke();
            memory.batch_got_through();
        }
        assert_eq!(memory.singly, 0, "not in a row");
    }

    #[test]
    fn batches_double_again_after_a_refusal_and_grow_in_steps_after_a_time_out() {
        let mut memory = Memory::new();
        memory.batch = 300;
        memory.batch_got_through();
        assert_eq!(memory.batch, 600);
        memory.batch_got_through();
        assert_eq!(memory.batch, MOST_EVENTS);
        memory.batch_timed_out(800);
        memory.batch_got_through();
        assert_eq!(memory.batch, 450);
        while memory.batch < MOST_EVENTS {
            memory.batch_got_through();
        }
        memory.batch = 300;
        memory.batch_got_through();
        assert_eq!(memory.batch, 600, "the time-out is forgotten");
        memory.batch_timed_out(1);
        assert_eq!(memory.batch, 1, "never none");
    }
}
