//! Events that break their receiver, found by counting failures. Pure.

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

/// How often sending the same event must have failed for it to be given up.
const POISON_FAILURES: u32 = 10;

/// Counts how often events at the head of a lane failed, in whatever way, so that one that breaks its receiver does not stop
/// the queue behind it.
#[derive(Debug, Default)]
pub(crate) struct Poison {
    suspects: HashMap<Uuid, Suspect>,
}

#[derive(Debug)]
struct Suspect {
    failures: u32,
    since: Instant,
}

impl Poison {
    /// Notes that sending this event failed. True once it has done so ten times over at least `after`
    /// (`Config::poison_after`): then, if the receiver answers otherwise, it is a dead letter.
    pub(crate) fn failed(&mut self, event: Uuid, now: Instant, after: Duration) -> bool {
        let suspect = self.suspects.entry(event).or_insert(Suspect { failures: 0, since: now });
        suspect.failures = suspect.failures.saturating_add(1);
        suspect.failures >= POISON_FAILURES && now.duration_since(suspect.since) >= after
    }

    /// Notes that this event came to an end.
    pub(crate) fn clear(&mut self, event: Uuid) {
        self.suspects.remove(&event);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows promise 2.
    #[test]
    fn an_event_is_poison_after_ten_failures_over_a_quarter_of_an_hour() {
        let (event, other, start) = (Uuid::from_u128(1), Uuid::from_u128(2), Instant::now());
        let after = Duration::from_secs(15 * 60);
        let minutes = |n: u64| start + Duration::from_secs(60 * n);
        let mut poison = Poison::default();
        for n in 0..20 {
            assert!(!poison.failed(event, minutes(n / 2), after), "20 failures within 10 minutes");
        }
        assert!(poison.failed(event, minutes(15), after));
        assert!(!poison.failed(other, minutes(15), after), "another event begins anew");
        assert!(poison.failed(event, minutes(16), after), "and this one goes on");
        poison.clear(event);
        for n in 0..9 {
            assert!(!poison.failed(event, minutes(20 + 4 * n), after), "9 failures over half an hour");
        }
        assert!(poison.failed(event, minutes(60), after));
    }
}
