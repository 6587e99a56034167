//! The outbox: claim, send, settle; a lane per destination.
//!
//! The life of an event here: the transaction that accepted it stored it together with one row per destination. The commit
//! hands it to each destination's [`queue::Queue`]. The lane of the destination ([`lane`]), run by the one process that holds
//! the lane's lease, sends what is first ([`send`]), as a signed batch to a node or one by one to a plain platform, and goes
//! on only when each event has come to an end: delivered, parked there for its room, or dead. Ends are written by
//! [`settle`]: before the next request to a plain platform, which can't tell a repetition; with the next commit to a node,
//! which can. What could not be sent stays first, and is tried again by the rules of [`crate::outbox::policy`], and at once when the
//! platform shows a sign of life.
//!
//! A lane waits for nobody but its own destination.

mod attempt;
mod lane;
pub(crate) mod policy;
mod queue;
mod settle;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

pub(crate) use attempt::{Fate, Target};
pub(crate) use lane::run;
pub(crate) use queue::Queue;

use crate::store::{PlatformNum, Waiting};
use crate::util::lock::MutexExt;

/// The queues of all destinations.
#[derive(Default)]
pub(crate) struct Outbox {
    queues: Mutex<HashMap<PlatformNum, Arc<Queue>>>,
}

impl Outbox {
    /// The queue of this destination; made the first time.
    pub(crate) fn queue(&self, dest: PlatformNum) -> Arc<Queue> {
        self.queues.hold().entry(dest).or_insert_with(|| Arc::new(Queue::new(dest))).clone()
    }

    pub(crate) fn push(&self, dest: PlatformNum, events: Vec<Waiting>) {
        self.queue(dest).push(events);
    }

    /// Another process has written.
    pub(crate) fn look_again(&self) {
        for queue in self.queues.hold().values() {
            queue.look_again();
        }
    }

    /// The platform showed a sign of life: its lane need not wait any longer.
    pub(crate) fn alive(&self, dest: PlatformNum) {
        self.queue(dest).alive.notify_one();
    }

    /// It answers again when it is asked: its lane need not wait any longer, unless the platform has said how long.
    pub(crate) fn answers(&self, dest: PlatformNum) {
        self.queue(dest).answers.notify_one();
    }
}
