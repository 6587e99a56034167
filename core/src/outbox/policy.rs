//! What an answer's status means for the event that was sent, and how much is sent at once. Pure: the clock is an argument.

use std::time::{Duration, SystemTime};

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

/// What an answer's status means, of one event or of a whole batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub meaning: Meaning,
    /// Somebody has to see to it: a wrong token, a clock that is off, a wrong registry.
    pub alarm: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// It is there.
    Delivered,
    /// It is there, and waits for its room.
    Parked,
    /// Try again later.
    Retry,
    /// It will never be taken.
    Dead,
    /// Never to be taken, if it is the platform that says so: a front end says it of everything while the platform is away.
    CheckThenDead,
    /// Too much at once.
    Split,
    /// What answers there is not the platform.
    Down,
}

/// The verdict on a status.
///
/// What a plain platform's framework says of a body is believed; what a front end may say to everybody while the platform
/// behind it is away is looked into first.
pub(crate) fn verdict(status: u16, peer: PeerKind) -> Verdict {
    use Meaning::{CheckThenDead, Dead, Delivered, Down, Parked, Retry, Split};
    let (meaning, alarm) = match (status, peer) {
        (202, PeerKind::Node) => (Parked, false),
        (200..=299, _) => (Delivered, false),
        (300..=399, PeerKind::Node) => (Down, false),
        (401, PeerKind::Node) => (Retry, true),
        (403, PeerKind::Node) => (Dead, true),
        (413, _) => (Split, false),
        (408 | 425 | 429 | 500..=599, _) => (Retry, false),
        (400 | 409 | 415 | 422, PeerKind::Plain) => (Dead, false),
        (300..=399 | 401 | 403, PeerKind::Plain) => (CheckThenDead, true),
        (404 | 405, PeerKind::Node) | (_, PeerKind::Plain) => (CheckThenDead, false),
        (_, PeerKind::Node) => (Dead, false),
    };
    Verdict { meaning, alarm }
}

/// What follows for one event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Delivered,
    Parked,
    Dead,
    /// Dead if the platform answers what else it is asked; if not it is down, and the event is tried again.
    CheckThenDead,
    Retry,
    Down,
}

/// What follows for an event that was alone in its request.
pub(crate) fn alone(meaning: Meaning) -> Next {
    match meaning {
        Meaning::Delivered => Next::Delivered,
        Meaning::Parked => Next::Parked,
        Meaning::Dead | Meaning::Split => Next::Dead,
        Meaning::CheckThenDead => Next::CheckThenDead,
        Meaning::Retry => Next::Retry,
        Meaning::Down => Next::Down,
    }
}

/// What follows for one event of a batch, by its line of the answer. Who answers a batch is there.
pub(crate) fn in_batch(meaning: Meaning) -> Next {
    match alone(meaning) {
        Next::CheckThenDead | Next::Down => Next::Dead,
        next => next,
    }
}

/// What follows for a batch that got one answer as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Whole {
    /// Its lines say more.
    Lines,
    /// The first half of it is sent.
    Halve,
    /// One line of it may be at fault: each event goes alone.
    Singly,
    /// The same if the node answers its ping; if not it is down.
    CheckThenSingly,
    Retry,
    Down,
}

pub(crate) fn whole(meaning: Meaning, events: usize) -> Whole {
    match meaning {
        Meaning::Delivered | Meaning::Parked => Whole::Lines,
        Meaning::Split if events > 1 => Whole::Halve,
        Meaning::Split | Meaning::Dead => Whole::Singly,
        Meaning::CheckThenDead => Whole::CheckThenSingly,
        Meaning::Retry => Whole::Retry,
        Meaning::Down => Whole::Down,
    }
}

/// Whether an answer speaks of the event, and not of the receiver as a whole: with `Retry-After` that asks for patience with
/// everything (RFC 9110 §10.2.3), however long it lasts, and no event is at fault.
pub(crate) fn blames_the_event(status: u16, retry_after: Option<&str>) -> bool {
    status >= 500 && retry_after.is_none()
}
