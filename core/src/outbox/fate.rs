//! What a try achieved: how events came to an end, and why a lane rests.

use crate::store::Waiting;
use crate::transport::Answer;

/// How an event came to an end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    Delivered,
    /// The other node has it, and waits for its room.
    Parked,
    Dead(String),
    /// It was nothing for this platform.
    Skipped,
    /// The platform has no word for it.
    Unsupported,
}

/// Why a lane rests.
#[derive(Debug)]
pub(crate) struct Rest {
    pub why: String,
    pub retry_after: Option<String>,
    /// A sign of life does not end it: the platform asked for less.
    pub patient: bool,
}

impl Rest {
    pub(crate) fn down(why: String) -> Self {
        Rest { why, retry_after: None, patient: false }
    }

    /// As the answer asks.
    pub(crate) fn asked(answer: Answer, why: String) -> Self {
        Rest { why, retry_after: answer.retry_after, patient: answer.status == 429 }
    }
}

/// What a try achieved: the events from the head that came to an end, and why it does not go on at once.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub fates: Vec<(Waiting, Fate)>,
    pub rest: Option<Rest>,
}

impl Progress {
    /// Nothing came to an end.
    pub(crate) fn none(rest: Rest) -> Self {
        Progress { fates: Vec::new(), rest: Some(rest) }
    }

    /// One event was tried.
    pub(crate) fn of(waiting: &Waiting, end: Result<Fate, Rest>) -> Self {
        match end {
            Ok(fate) => Progress { fates: vec![(waiting.clone(), fate)], rest: None },
            Err(rest) => Progress::none(rest),
        }
    }
}
