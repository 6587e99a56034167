//! How it answers: as it must, or as it was told to, for as long as it was told.

use std::time::Duration;

use tokio::time::Instant;

/// What is answered instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Instead {
    /// This status, with `Retry-After` in seconds if it has one.
    Status(u16, Option<u64>),
    /// The right answer, so much later.
    Slowly(Duration),
    /// None at all.
    Nothing,
}

impl std::fmt::Display for Instead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Instead::Status(status, None) => write!(f, "{status}"),
            Instead::Status(status, Some(after)) => write!(f, "{status}, Retry-After: {after}"),
            Instead::Slowly(time) => write!(f, "after {} s", time.as_secs_f64()),
            Instead::Nothing => f.write_str("nothing"),
        }
    }
}

/// What was typed after `answer`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Order {
    /// None: as it must.
    pub instead: Option<Instead>,
    /// To what is asked too, not to posts alone.
    pub to_all: bool,
    /// None: until something else is typed.
    pub time: Option<Duration>,
}

/// What is in force.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Behaviour {
    instead: Option<Instead>,
    to_all: bool,
    until: Option<Instant>,
}

impl Behaviour {
    pub(super) fn of(order: Order) -> Self {
        let until = order.time.and_then(|time| Instant::now().checked_add(time));
        Behaviour { instead: order.instead, to_all: order.to_all, until }
    }

    /// What to answer instead, to a post or to a question, now.
    pub(super) fn now(&self, is_post: bool) -> Option<Instead> {
        let is_over = self.until.is_some_and(|until| Instant::now() >= until);
        self.instead.filter(|_| !is_over && (is_post || self.to_all))
    }
}
