//! What a try achieved: how events came to an end, why a lane rests, and what it remembers between tries.

use std::sync::{Arc, Mutex};

use super::policy::Poison;
use super::telling::Telling;
use crate::store::Waiting;

/// How an event came to an end.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    Delivered,
    /// The other node has it, and waits for its room.
    Parked,
    Dead(String),
    /// It was nothing for this platform.
    Skipped,
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
}

/// What a try achieved: the events from the head that came to an end, and why it does not go on at once.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub fates: Vec<(Waiting, Fate)>,
    pub rest: Option<Rest>,
}

/// What a lane remembers between tries. In memory: a new process begins anew.
#[derive(Default)]
pub(crate) struct Memory {
    /// Failures in a row.
    pub failures: u32,
    /// Shared with what flies.
    pub poison: Arc<Mutex<Poison>>,
    /// How many requests to a plain platform may be under way at once.
    pub window: usize,
    /// Whole batches answered 5xx in a row.
    pub broken_batches: u32,
    /// So many events at the head go one by one: as a batch they were refused.
    pub singly: usize,
    /// The greatest batch that the receiver's limits and the link allow.
    pub batch: usize,
    /// What it tells a platform that has missed something.
    pub telling: Telling,
    /// A batch was not answered in time, and since then none was as large as can be.
    pub timed_out: bool,
}
