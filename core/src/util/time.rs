//! Instants: epoch milliseconds in the store, RFC 3339 in JSON. And the clock that a node goes by, which tests control.

use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

use serde::Serializer;

/// What time it is. A node has one clock, given to it when it is opened.
pub(crate) trait Clock: Send + Sync + 'static {
    /// Epoch milliseconds. Somebody may set it, in either direction, at any time.
    fn now(&self) -> i64;
    /// Epoch microseconds, where it shows them.
    fn micros(&self) -> i64 {
        self.now().saturating_mul(1_000)
    }
    /// Milliseconds since some moment of this process: it never jumps.
    fn running(&self) -> i64;
    /// Whether time stands until a test moves it. Then nothing may wait for time that passes by itself.
    fn is_held(&self) -> bool {
        false
    }
}

/// The system's clock.
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> i64 {
        epoch_ms(SystemTime::now())
    }

    fn micros(&self) -> i64 {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
    }

    fn running(&self) -> i64 {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        i64::try_from(START.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// A clock that stands until a test moves it.
#[cfg(test)]
#[derive(Default)]
pub(crate) struct TestClock {
    wall: std::sync::atomic::AtomicI64,
    running: std::sync::atomic::AtomicI64,
}

#[cfg(test)]
impl TestClock {
    pub(crate) fn at(ms: i64) -> Self {
        let clock = TestClock::default();
        clock.set(ms);
        clock
    }

    /// Somebody sets it, forwards or backwards.
    pub(crate) fn set(&self, ms: i64) {
        self.wall.store(ms, std::sync::atomic::Ordering::SeqCst);
    }

    /// Time goes on.
    pub(crate) fn pass(&self, ms: i64) {
        self.wall.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
        self.running.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }
}

#[cfg(test)]
impl Clock for TestClock {
    fn now(&self) -> i64 {
        self.wall.load(std::sync::atomic::Ordering::SeqCst)
    }

    fn running(&self) -> i64 {
        self.running.load(std::sync::atomic::Ordering::SeqCst)
    }
}

/// Epoch milliseconds as an instant.
pub(crate) fn instant(ms: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}

/// An instant as epoch milliseconds.
pub(crate) fn epoch_ms(at: SystemTime) -> i64 {
    at.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
}

/// For serde: `2026-02-28T09:30:00.250Z`.
pub(crate) fn rfc3339<S: Serializer>(at: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_millis(*at))
}

/// For serde: the same, or null.
pub(crate) fn rfc3339_or_null<S: Serializer>(at: &Option<SystemTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}
