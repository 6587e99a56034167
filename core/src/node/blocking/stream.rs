//! The consumer for callers that hold no thread while they wait: what waits is a future, to be handed in for a ticket.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::{Consumer, Error, Event, Result};

/// The events of one node, one by one, for a binding whose callers hold no thread: [`ready`](Stream::ready),
/// [`failed`](Stream::failed) and [`close`](Stream::close) are handed in through [`Tickets`](super::Tickets), the rest returns at
/// once.
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use integrador::{Config, blocking::{Node, Stream}};
/// # let dir = tempfile::tempdir().unwrap();
/// let node = Node::open(Config::new("RustChat", dir.path().join("node.db")))?;
/// let (tickets, events) = (node.tickets()?, Arc::new(Stream::default()));
/// let waits = events.clone();
/// let timeout = Duration::from_millis(10);
/// tickets.submit(|node| async move { waits.ready(&node, timeout, std::future::pending()).await })?;
/// for ready in tickets.completions(1, Duration::from_secs(10))? {
///     assert!(!ready.result?);
/// }
/// assert!(events.at_hand().is_none());
/// # Ok::<(), integrador::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Stream {
    place: Mutex<Place>,
    /// The event that was handed out was handled: whoever has the consumer next says so.
    done: AtomicBool,
}

/// Where its consumer is.
#[derive(Debug, Default)]
enum Place {
    /// It is made in the runtime of the node.
    #[default]
    New,
    Open(Consumer),
    Closed,
}

impl Stream {
    /// The event that came last was handled.
    pub fn done(&self) {
        self.done.store(true, Ordering::SeqCst);
        if let Ok(mut place) = self.place.try_lock() {
            self.open(&mut place);
        }
    }

    /// The next event, if it is there already and nothing else is under way.
    pub fn at_hand(&self) -> Option<Event> {
        let mut place = self.place.try_lock().ok()?;
        self.open(&mut place)?.at_hand()
    }

    /// Waits until [`at_hand`](Stream::at_hand) has the next event, and hands none out by that. False: none came within `timeout`,
    /// or `stop` was first.
    ///
    /// # Errors
    /// As [`Consumer::next`]; `closed` once it is closed.
    pub async fn ready(&self, node: &crate::Node, timeout: Duration, stop: impl Future<Output = ()>) -> Result<bool> {
        let ready = async {
            let mut place = self.place.lock().await;
            self.made(&mut place, node)?.ready(timeout).await
        };
        tokio::select! {
            biased;
            () = stop => Ok(false),
            ready = ready => ready,
        }
    }

    /// The event that came last could not be handled: see [`Consumer::failed`].
    ///
    /// # Errors
    /// As there; `closed` once it is closed.
    pub async fn failed(&self, node: &crate::Node, why: &str) -> Result<()> {
        let mut place = self.place.lock().await;
        self.made(&mut place, node)?.failed(why).await
    }

    /// Acknowledges what is done at once: see [`Consumer::flush`].
    ///
    /// # Errors
    /// As there.
    pub async fn flush(&self) -> Result<()> {
        let mut place = self.place.lock().await;
        match self.open(&mut place) {
            Some(consumer) => consumer.flush().await,
            None => Ok(()),
        }
    }

    /// Acknowledges what is done, and gives the rest back: see [`Consumer::close`]. Closing it again does nothing.
    ///
    /// # Errors
    /// As there.
    pub async fn close(&self) -> Result<()> {
        let mut place = self.place.lock().await;
        self.open(&mut place);
        match std::mem::replace(&mut *place, Place::Closed) {
            Place::Open(consumer) => consumer.close().await,
            Place::New | Place::Closed => Ok(()),
        }
    }

    /// The consumer, if it is open; it knows then what is done.
    fn open<'p>(&self, place: &'p mut Place) -> Option<&'p mut Consumer> {
        let Place::Open(consumer) = place else { return None };
        if self.done.swap(false, Ordering::SeqCst) {
            consumer.done();
        }
        Some(consumer)
    }

    /// The same, made now if it was not.
    fn made<'p>(&self, place: &'p mut Place, node: &crate::Node) -> Result<&'p mut Consumer> {
        if matches!(place, Place::New) {
            *place = Place::Open(node.consumer());
        }
        self.open(place).ok_or_else(|| Error::new(crate::ErrorKind::Closed, "these events are closed"))
    }
}
