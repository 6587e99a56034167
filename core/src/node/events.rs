//! What the app hears from the others: events, taken and acknowledged. Their order and leases are in [`crate::inbox`].

use std::time::Duration;

use uuid::Uuid;

use super::Node;
use crate::Result;
use crate::inbox::consumer::Consumer;
use crate::inbox::{Holder, handout};
use crate::model::Event;

impl Node {
    /// The events for the app, one by one: see [`Consumer`], which keeps the node open as a clone of it does.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn consumer(&self) -> Consumer {
        Consumer::new(self.handle.handout.clone(), self.handle.clone())
    }

    /// The next events for the app, at most `max`; empty when none came within `timeout`. Each is leased until it is
    /// acknowledged; the events of one room come in order, to one taker at a time.
    ///
    /// A [`consumer`](Node::consumer) does this, [`ack`](Node::ack) and [`nack`](Node::nack) for the app; they are there for one
    /// that wants it done differently.
    ///
    /// It may be dropped at any time, as `tokio::select!` does: what it was about to return is handed out by the next call.
    ///
    /// # Errors
    /// `store`, `closed`.
    pub async fn next_events(&self, max: usize, timeout: Duration) -> Result<Vec<Event>> {
        handout::next_events(&self.handle.handout, max, timeout, Holder::App).await
    }

    /// The app has handled these events: on disk when this returns, so they never come again. For each, whether it was out
    /// (false: taken back meanwhile, or acknowledged before).
    ///
    /// # Errors
    /// `store`: none of them is acknowledged. `closed`.
    pub async fn ack(&self, ids: &[Uuid]) -> Result<Vec<bool>> {
        handout::ack(&self.handle.handout, ids).await
    }

    /// The app could not handle these events: each, with the later ones of its room, comes again after a backoff; after
    /// `max_handler_attempts` it is a dead letter. For each, whether it was out (false: acknowledged, or taken back
    /// meanwhile, with an earlier one of its room for instance).
    ///
    /// # Errors
    /// `store`: it can't be noted that they failed; they come again all the same. `closed`.
    pub async fn nack(&self, ids: &[Uuid], why: &str) -> Result<Vec<bool>> {
        handout::nack_each(&self.handle.handout, ids, why).await
    }
}
