//! Whose job is next: senders share the writer by the time that they have used, so that the heavy jobs of one don't stand
//! before the light ones of the others.
//!
//! Jobs of one sender keep their order. What a job will use is estimated by the length of what asks for it, so that a heavy one
//! counts as such before it is done. A sender that was idle comes in where the others are, a little before them; what it
//! had used beyond that is remembered until the others have caught up, so nobody gains by asking for one heavy thing at a
//! time.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::share::Sender;

/// How far before the others a sender comes in that was idle.
const CREDIT: Duration = Duration::from_millis(10);

/// How long a byte of a request takes, roughly.
const A_BYTE: Duration = Duration::from_nanos(20);

/// What waits, by sender.
#[derive(Debug)]
pub(super) struct FairQueue<T> {
    senders: BTreeMap<Sender, Line<T>>,
    /// Where the least of those stood who waited when the last job was taken.
    floor: Duration,
    waiting: usize,
}

#[derive(Debug)]
struct Line<T> {
    /// Each with what it is estimated to use.
    jobs: VecDeque<(Duration, T)>,
    used: Duration,
}

impl<T> Line<T> {
    /// What will have been used after the next job; None where nothing waits.
    fn after_next(&self) -> Option<Duration> {
        self.jobs.front().map(|(estimate, _)| self.used + *estimate)
    }
}

impl<T> Default for FairQueue<T> {
    fn default() -> Self {
        FairQueue { senders: BTreeMap::new(), floor: Duration::ZERO, waiting: 0 }
    }
}

impl<T> FairQueue<T> {
    pub(super) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// `bytes`: how long is what asks for this job.
    pub(super) fn push(&mut self, sender: Sender, bytes: usize, job: T) {
        let from = self.floor.saturating_sub(CREDIT);
        let line = self.senders.entry(sender).or_insert_with(|| Line { jobs: VecDeque::new(), used: from });
        if line.jobs.is_empty() {
            line.used = line.used.max(from);
        }
        line.jobs.push_back((A_BYTE * u32::try_from(bytes).unwrap_or(u32::MAX), job));
        self.waiting += 1;
    }

    /// The next job, of the sender who will have used the least.
    pub(super) fn pop(&mut self) -> Option<(Sender, T)> {
        let waiting = self.senders.iter_mut().filter_map(|(sender, line)| Some((line.after_next()?, *sender, line)));
        let (_, sender, line) = waiting.min_by_key(|(after, ..)| *after)?;
        let (_, job) = line.jobs.pop_front()?;
        self.waiting -= 1;
        self.floor = self.floor.max(line.used);
        Some((sender, job))
    }

    /// A sender has used this much of the writer's time.
    pub(super) fn charge(&mut self, sender: Sender, time: Duration) {
        if let Some(line) = self.senders.get_mut(&sender) {
            line.used += time;
        }
        let floor = self.floor;
        self.senders.retain(|_, line| !line.jobs.is_empty() || line.used > floor);
    }

    /// All that waits, in no order between senders.
    pub(super) fn take_all(&mut self) -> Vec<T> {
        self.waiting = 0;
        std::mem::take(&mut self.senders).into_values().flat_map(|line| line.jobs).map(|(_, job)| job).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAVY: Duration = Duration::from_millis(20);
    const LIGHT: Duration = Duration::from_micros(20);

    fn push(queue: &mut FairQueue<Duration>, sender: Sender, time: Duration) {
        queue.push(sender, (time.as_nanos() / A_BYTE.as_nanos()) as usize, time);
    }

    /// Takes a job and charges what it says that it needs.
    fn take(queue: &mut FairQueue<Duration>) -> Option<Sender> {
        let (sender, time) = queue.pop()?;
        queue.charge(sender, time);
        Some(sender)
    }

    #[test]
    fn jobs_of_one_sender_keep_their_order() {
        let mut queue = FairQueue::default();
        (0..5).for_each(|n| queue.push(Sender::App, 100 - n, n));
        let taken: Vec<usize> = std::iter::from_fn(|| queue.pop().map(|(_, job)| job)).collect();
        assert_eq!(taken, [0, 1, 2, 3, 4]);
        assert!(queue.is_empty());
    }

    /// Shows promise 5.
    #[test]
    fn a_light_sender_waits_for_at_most_one_heavy_job_however_many_have_come_before() {
        let mut queue = FairQueue::default();
        for sender in 1..=32 {
            (0..10).for_each(|_| push(&mut queue, Sender::Other(sender), HEAVY));
        }
        for _ in 0..32 {
            assert_ne!(take(&mut queue), Some(Sender::App));
            push(&mut queue, Sender::App, LIGHT);
            assert_eq!(take(&mut queue), Some(Sender::App));
        }
    }

    /// Shows promise 5.
    #[test]
    fn asking_for_one_heavy_thing_at_a_time_does_not_pass_by_those_who_wait() {
        let mut queue = FairQueue::default();
        (0..1_000).for_each(|_| push(&mut queue, Sender::Other(1), LIGHT));
        let mut heavy = 0;
        for _ in 0..1_000 {
            push(&mut queue, Sender::Other(2), HEAVY);
            while take(&mut queue).is_some_and(|sender| sender == Sender::Other(1)) {}
            heavy += 1;
            if queue.is_empty() {
                break;
            }
        }
        assert!(heavy <= 3, "{heavy} heavy jobs beside light ones that need 20 ms in all");
    }

    #[test]
    fn two_senders_share_the_time_and_not_the_number_of_jobs() {
        let mut queue = FairQueue::default();
        (0..10_000).for_each(|_| push(&mut queue, Sender::Other(1), LIGHT));
        (0..100).for_each(|_| push(&mut queue, Sender::Other(2), HEAVY));
        let taken: Vec<Sender> = (0..5_000).filter_map(|_| take(&mut queue)).collect();
        let heavy = taken.iter().filter(|sender| **sender == Sender::Other(2)).count();
        assert!((4..=6).contains(&heavy), "5,000 light jobs are 100 ms, and so are {heavy} heavy ones");
    }

    #[test]
    fn who_has_nothing_waiting_is_forgotten_in_time() {
        let mut queue = FairQueue::default();
        for sender in 0..100 {
            push(&mut queue, Sender::Other(sender), LIGHT);
        }
        while take(&mut queue).is_some() {}
        for _ in 0..2 {
            push(&mut queue, Sender::App, HEAVY);
            take(&mut queue);
        }
        assert!(queue.senders.len() <= 1, "{:?}", queue.senders.keys());
    }
}
