//! Waiting for what must come true, and watching what must stay true. No test sleeps for a fixed time instead.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long anything may take before a test gives up: generous, since the machine may be busy with other things.
pub const PATIENCE: Duration = Duration::from_secs(60);

const LOOK: Duration = Duration::from_millis(5);

/// Waits until it is so; returns how long that took.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    found(what, || is_so().then_some(())).1
}

/// Waits until there is something; returns it, and how long that took.
#[track_caller]
pub fn found<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> (T, Duration) {
    let begin = Instant::now();
    loop {
        if let Some(found) = look() {
            return (found, begin.elapsed());
        }
        assert!(begin.elapsed() < PATIENCE, "it never came true that {what}");
        sleep(LOOK);
    }
}

/// Watches for a while that it is so.
#[track_caller]
pub fn stays(what: &str, span: Duration, mut is_so: impl FnMut() -> bool) {
    let begin = Instant::now();
    while begin.elapsed() < span {
        assert!(is_so(), "it did not stay true that {what}");
        sleep(LOOK);
    }
}
