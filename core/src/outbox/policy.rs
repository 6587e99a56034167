//! When to try again, and what an answer's status means for the event that was sent. Pure: clock and chance are
//! arguments.

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime};

use uuid::Uuid;

/// No wait between two tries is longer, but for one that the receiver asks for.
const LONGEST: Duration = Duration::from_secs(60);

/// How often sending the same event must have failed for it to be given up.
const POISON_FAILURES: u32 = 10;

/// How long to wait after the `attempt`th failure in a row (from 1): 1, 2, 4 … 60 s, ± 20 % by `random` (0 to 1).
pub(crate) fn delay(attempt: u32, random: f64) -> Duration {
    let doubled = Duration::from_secs(1 << attempt.saturating_sub(1).min(6));
    doubled.min(LONGEST).mul_f64(0.8 + 0.4 * random.clamp(0.0, 1.0))
}

/// What a `Retry-After` header (seconds, or an HTTP date) asks for, at most `longest`; nothing if it is neither.
pub(crate) fn retry_after(header: &str, now: SystemTime, longest: Duration) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        header.parse().map_or(longest, Duration::from_secs)
    } else {
        httpdate::parse_http_date(header).ok()?.duration_since(now).unwrap_or_default()
    };
    Some(wait.min(longest))
}

/// What answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PeerKind {
    Plain,
    Node,
}

/// What an answer means for the event, or for a whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is there.
    Delivered,
    /// It is there, and waits for its room.
    Parked,
    /// Try again later.
    Retry,
    /// Try again later, and raise an alarm: a wrong token, or a clock that is off.
    RetryAlarm,
    /// It will never be taken, and that is worth an alarm: a wrong registry.
    DeadAlarm,
    /// Believe it only of a platform that answers otherwise: ask for its users (a plain one) or its ping (a node) first.
    CheckThenDead,
    /// Too large: if it is a batch, send its halves; a single event is dead.
    Split,
    /// What answers there is not the node: count it as down.
    Down,
    /// It will never be taken.
    Dead,
}

/// The verdict on a status, of a request or of one event in a batch's answer.
///
/// What a plain platform's framework says of a body is believed; what a front end may say to everybody while the platform
/// behind it is away is looked into first.
pub(crate) fn verdict(status: u16, peer: PeerKind) -> Verdict {
    match (status, peer) {
        (202, PeerKind::Node) => Verdict::Parked,
        (200..=299, _) => Verdict::Delivered,
        (300..=399, PeerKind::Node) => Verdict::Down,
        (401, PeerKind::Node) => Verdict::RetryAlarm,
        (403, PeerKind::Node) => Verdict::DeadAlarm,
        (413, _) => Verdict::Split,
        (408 | 425 | 429 | 500..=599, _) => Verdict::Retry,
        (400 | 409 | 415 | 422, PeerKind::Plain) => Verdict::Dead,
        (404 | 405, PeerKind::Node) | (_, PeerKind::Plain) => Verdict::CheckThenDead,
        (_, PeerKind::Node) => Verdict::Dead,
    }
}

/// Whether a status that is not believed is worth an alarm: somebody has to see to it.
pub(crate) fn alarms(status: u16) -> bool {
    matches!(status, 300..=399 | 401 | 403)
}

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

    #[test]
    fn waits_double_up_to_a_minute_and_differ_by_a_fifth() {
        for (attempt, seconds) in
            [(0, 1.0), (1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (8, 60.0), (u32::MAX, 60.0)]
        {
            assert_eq!(delay(attempt, 0.0).as_secs_f64(), seconds * 0.8, "{attempt}");
            assert_eq!(delay(attempt, 0.5).as_secs_f64(), seconds, "{attempt}");
            assert_eq!(delay(attempt, 1.0).as_secs_f64(), seconds * 1.2, "{attempt}");
        }
        assert_eq!(delay(1, f64::MAX), Duration::from_millis(1200));
    }

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
