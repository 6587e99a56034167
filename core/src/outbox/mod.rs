//! The outbox: claim, send, settle; a lane per destination.
//!
//! The life of an event here: the transaction that accepted it stored it together with one row per destination. The commit
//! hands it to each destination's [`queue::Queue`]. The lane of the destination ([`lane`]), run by the one process that holds
//! the lane's lease, sends what is first ([`attempt`]), as a signed batch to a node or one by one to a plain platform, and goes
//! on only when each event has come to an end: delivered, parked there for its room, or dead. Ends are written by
//! [`settle`]: before the next request to a plain platform, which can't tell a repetition; with the next commit to a node,
//! which can. What could not be sent stays first, and is tried again by the rules of [`policy`], and at once when the
//! platform shows a sign of life.
//!
//! A lane waits for nobody but its own destination.

mod attempt;
mod fate;
mod flight;
#[cfg(test)]
mod flight_tests;
mod form;
mod lane;
mod memory;
mod poison;
pub(crate) mod policy;
mod queue;
#[cfg(test)]
mod queue_tests;
mod request;
mod rest;
mod settle;
#[cfg(test)]
mod slow_link_tests;
mod telling;
#[cfg(test)]
mod verdict_tests;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use queue::Queue;

use crate::peers::Peers;
use crate::shared::Shared;
use crate::store::{PlatformNum, Seq, Waiting};
use crate::util::lock::MutexExt;

/// What is on its way out.
pub(crate) struct Outbox {
    pub shared: Arc<Shared>,
    pub peers: Arc<Peers>,
    queues: Arc<Queues>,
}

impl Outbox {
    pub(crate) fn new(shared: Arc<Shared>, peers: Arc<Peers>, queues: Arc<Queues>) -> Self {
        Outbox { shared, peers, queues }
    }

    fn queue(&self, dest: PlatformNum) -> Arc<Queue> {
        self.queues.queue(dest)
    }

    /// Starts a lane for each destination, as the registry in force has them.
    pub(crate) async fn run(self: Arc<Self>) {
        let mut registry = self.shared.registry_changes();
        let mut started: HashSet<PlatformNum> = HashSet::new();
        while !self.shared.stopping() {
            registry.mark_unchanged();
            for num in self.shared.directory.read().lanes() {
                if started.insert(num) {
                    self.shared.spawn(lane::run(self.clone(), num));
                }
            }
            tokio::select! {
                _ = registry.changed() => {}
                () = self.shared.stopped() => {}
            }
        }
    }
}

/// The queues of all destinations.
#[derive(Default)]
pub(crate) struct Queues(Mutex<HashMap<PlatformNum, Arc<Queue>>>);

impl Queues {
    /// The queue of this destination; made the first time.
    fn queue(&self, dest: PlatformNum) -> Arc<Queue> {
        self.0.hold().entry(dest).or_insert_with(|| Arc::new(Queue::new(dest))).clone()
    }

    pub(crate) fn push(&self, dest: PlatformNum, events: Vec<Waiting>) {
        self.queue(dest).push(events);
    }

    /// These positions wait no more.
    pub(crate) fn replaced(&self, dest: PlatformNum, seqs: &[Seq]) {
        self.queue(dest).finish(seqs);
    }

    /// Another process has written.
    pub(crate) fn look_again(&self) {
        for queue in self.0.hold().values() {
            queue.look_again();
        }
    }
}
