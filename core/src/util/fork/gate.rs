//! Work goes through the gate together, a fork alone. All of its state is one number for each, so a child finds it whole
//! whatever other threads were about to do with it.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// In `state`, beside the number of those who work: a fork is under way.
const SHUT: u32 = 1 << 31;
/// How long work that wants to begin lets a fork go first, at least. What the fork waits for may in turn wait for a lock that
/// this thread holds, so it is not for ever: for as long as the fork has waited before. Where work takes long, as on a slow
/// disk, the pauses that a fork needs so get longer until one is long enough.
const POLITE: Duration = Duration::from_millis(50);
/// How often who waits looks again. Forks are rare, so nobody is woken.
const LOOK: Duration = Duration::from_micros(50);

pub(super) struct Gate {
    state: AtomicU32,
    /// How many threads want to fork, or are about to.
    forks: AtomicU32,
    /// For how many milliseconds one of them has waited.
    waited: AtomicU32,
}

impl Gate {
    pub(super) const fn new() -> Self {
        Gate { state: AtomicU32::new(0), forks: AtomicU32::new(0), waited: AtomicU32::new(0) }
    }

    /// Begins to work. Whoever is inside already need not wait for a fork that waits for it.
    pub(super) fn enter(&self, inside: bool) {
        let mut began = None;
        loop {
            let state = self.state.load(Ordering::Relaxed);
            let yields = !inside
                && self.forks.load(Ordering::Relaxed) > 0
                && began.get_or_insert_with(Instant::now).elapsed() < self.politeness();
            if state & SHUT != 0 || yields {
                sleep(LOOK);
            } else if self.state.compare_exchange_weak(state, state + 1, Ordering::Acquire, Ordering::Relaxed).is_ok() {
                return;
            }
        }
    }

    /// Of the time since a fork began to wait, half.
    fn politeness(&self) -> Duration {
        POLITE.max(Duration::from_millis(self.waited.load(Ordering::Relaxed).into()) / 2)
    }

    /// Begins to work in the thread that has shut the gate.
    pub(super) fn enter_forking(&self) {
        self.state.fetch_add(1, Ordering::Acquire);
    }

    pub(super) fn leave(&self) {
        self.state.fetch_sub(1, Ordering::Release);
    }

    /// Waits until nobody works, and keeps everybody out from then on. False if somebody still works after that time.
    pub(super) fn shut(&self, patience: Duration) -> bool {
        self.forks.fetch_add(1, Ordering::Relaxed);
        let began = Instant::now();
        while self.state.compare_exchange(0, SHUT, Ordering::Acquire, Ordering::Relaxed).is_err() {
            let waited = began.elapsed();
            if waited >= patience {
                return false;
            }
            self.waited.fetch_max(waited.as_millis().try_into().unwrap_or(u32::MAX), Ordering::Relaxed);
            sleep(LOOK);
        }
        true
    }

    /// After `shut`, and whether that had kept everybody out.
    pub(super) fn open(&self, shut: bool) {
        if shut {
            self.state.fetch_and(!SHUT, Ordering::Release);
        }
        self.waited.store(0, Ordering::Relaxed);
        self.forks.fetch_sub(1, Ordering::Relaxed);
    }

    /// In a child: of those who worked only the present thread is there.
    pub(super) fn reset(&self, inside: u32) {
        self.state.store(inside, Ordering::Relaxed);
        self.forks.store(0, Ordering::Relaxed);
        self.waited.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;
    use std::thread;

    use super::*;

    #[test]
    fn a_fork_waits_for_those_inside_and_keeps_others_out() {
        let gate = Arc::new(Gate::new());
        gate.enter(false);
        assert!(!gate.shut(Duration::from_millis(1)));
        gate.open(false);
        gate.leave();
        assert!(gate.shut(Duration::ZERO));
        let entered = Arc::new(AtomicBool::new(false));
        let other = thread::spawn({
            let (gate, entered) = (gate.clone(), entered.clone());
            move || {
                gate.enter(false);
                entered.store(true, Ordering::SeqCst);
                gate.leave();
            }
        });
        let began = Instant::now();
        while began.elapsed() < 2 * POLITE {
            assert!(!entered.load(Ordering::SeqCst));
        }
        gate.open(true);
        other.join().unwrap();
        assert!(entered.load(Ordering::SeqCst));
    }

    #[test]
    fn a_fork_gets_its_turn_although_several_work_almost_without_a_pause_and_for_long() {
        let gate = Gate::new();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for n in 0..6 {
                let (gate, over) = (&gate, &over);
                scope.spawn(move || {
                    while !over.load(Ordering::SeqCst) {
                        gate.enter(false);
                        sleep(4 * POLITE + n * LOOK);
                        gate.leave();
                    }
                });
            }
            let quiet: Vec<bool> = (0..3)
                .map(|_| {
                    let quiet = gate.shut(Duration::from_secs(10));
                    gate.open(quiet);
                    quiet
                })
                .collect();
            over.store(true, Ordering::SeqCst);
            assert_eq!(quiet, [true; 3]);
        });
    }

    #[test]
    fn who_is_inside_may_enter_again_while_a_fork_waits_and_others_soon_may() {
        let gate = Arc::new(Gate::new());
        gate.enter(false);
        let fork = thread::spawn({
            let gate = gate.clone();
            move || gate.shut(Duration::from_secs(60))
        });
        while gate.forks.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        let began = Instant::now();
        gate.enter(true);
        gate.leave();
        assert!(began.elapsed() < POLITE);
        // As one that holds a lock for which the first one waits.
        gate.enter(false);
        gate.leave();
        assert!(began.elapsed() >= POLITE);
        gate.leave();
        assert!(fork.join().unwrap());
    }
}
