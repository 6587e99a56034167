//! The loop around an app's events, which every language would write again: one event after the other, and how each ended.
//!
//! Events are taken in groups, and what was handled is acknowledged in groups, so that many quick handlers share a commit. How
//! many are taken at once follows how quickly they are handled.

use std::any::Any;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use uuid::Uuid;

use super::clerk::{Book, Clerk, Left, PAUSE, fail, pause};
use super::handout::{self, Handout};
use super::{ConsumerNum, Holder};
use crate::model::Event;
use crate::util::shown::Shown;
use crate::{Error, Result};

/// The most events that are taken at once.
const MOST: usize = 100;
/// A group that is handled in less is followed by a larger one.
const QUICK: Duration = Duration::from_millis(100);
/// One that takes longer, by a single event.
const SLOW: Duration = Duration::from_secs(1);

/// Hands the app's events out one by one, and acknowledges what it has handled.
///
/// ```
/// use std::time::Duration;
/// use integrador::{Config, EventBody, Node};
/// # async fn show(text: &str) -> Result<(), String> { Ok(()) }
/// # async fn example(node: Node) -> integrador::Result<()> {
/// let mut events = node.consumer();
/// while let Some(event) = events.next(Duration::MAX).await? {
///     let handled = match &event.body {
///         EventBody::Message(message) => show(&message.text).await,
///         _ => Ok(()),
///     };
///     match handled {
///         Ok(()) => events.done(),
///         Err(why) => events.failed(&why).await?,
///     }
/// }
/// # Ok(())
/// # }
/// ```
///
/// * Each event ends with [`done`](Consumer::done) or [`failed`](Consumer::failed) before the next one; one that ends with
///   neither has failed.
/// * What is done is acknowledged within 20 ms, however slow the next event is, and again and again while the store refuses
///   it: until that is on disk no further events are taken.
/// * A failed event comes again after a backoff, with the later ones of its room in their order; other rooms go on. So does one
///   that is not done within `handler_timeout`.
/// * What waits behind a slow handler is given back after some seconds, so that another consumer can take it.
/// * Dropped, or [closed](Consumer::close), it acknowledges what is done and gives the rest back, for which that is no failure.
///
/// Several consumers of one node, in one process or several, share the rooms. Each of them keeps the node open, as a clone of it
/// does.
pub struct Consumer {
    desk: Arc<Handout>,
    number: ConsumerNum,
    book: Arc<Book>,
    /// How many of those that were done are acknowledged. Its other end is the task's.
    acked: watch::Receiver<u64>,
    /// How many were done.
    done: u64,
    /// Taken, and not given to the app yet.
    taken: VecDeque<Event>,
    /// What the app is handling.
    out: Option<Uuid>,
    /// How many are taken at once.
    most: usize,
    /// When the last group was taken.
    began: Instant,
    /// Keeps the node open.
    _node: Arc<dyn Any + Send + Sync>,
}

impl std::fmt::Debug for Consumer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Consumer").field("out", &self.out).field("taken", &self.taken.len()).finish_non_exhaustive()
    }
}

impl Consumer {
    /// To be called in the runtime of the node.
    pub(crate) fn new(desk: Arc<Handout>, node: Arc<dyn Any + Send + Sync>) -> Self {
        let (number, book) = (desk.inbox.consumer(), Arc::<Book>::default());
        let (told, acked) = watch::channel(0);
        desk.shared.spawn(Clerk { desk: desk.clone(), number, book: book.clone(), told }.work());
        let (taken, began) = (VecDeque::new(), Instant::now());
        Consumer { desk, number, book, acked, done: 0, taken, out: None, most: 1, began, _node: node }
    }

    /// The next event; None when none came within `timeout`. It may be dropped at any time, as `tokio::select!` does.
    ///
    /// # Errors
    /// `closed`; `store` where trying again is of no use. What the store refuses for a while is logged, and tried again.
    pub async fn next(&mut self, timeout: Duration) -> Result<Option<Event>> {
        let begin = Instant::now();
        while self.ready(timeout.saturating_sub(begin.elapsed())).await? {
            if let Some(event) = self.at_hand() {
                return Ok(Some(event));
            }
        }
        Ok(None)
    }

    /// Waits until [`at_hand`](Consumer::at_hand) has the next event; false when none came within `timeout`. Nothing is handed
    /// out by that, so whoever gives up waiting has missed nothing, wherever the answer has got to by then.
    ///
    /// # Errors
    /// As [`next`](Consumer::next).
    pub async fn ready(&mut self, timeout: Duration) -> Result<bool> {
        if self.out.is_some() {
            self.failed("it was neither done nor failed when the next event was asked for").await?;
        }
        let begin = Instant::now();
        loop {
            if !self.taken.is_empty() && !self.desk.shared.stopping() {
                return Ok(true);
            }
            self.flush().await?;
            let left = timeout.saturating_sub(begin.elapsed());
            let events = match handout::next_events(&self.desk, self.most, left, Holder::Kept(self.number)).await {
                Err(e) if e.is_retryable() => {
                    tracing::error!("no events can be taken now, trying again: {}", Shown(&e));
                    pause(&self.desk, left.min(PAUSE)).await?;
                    if begin.elapsed() >= timeout {
                        return Ok(false);
                    }
                    continue;
                }
                events => events?,
            };
            if events.is_empty() {
                return Ok(false);
            }
            (self.taken, self.began) = (events.into(), Instant::now());
        }
    }

    /// The next event if it is there already, taken together with an earlier one: then [`next`](Consumer::next) would not wait
    /// either. None while an event is neither done nor failed.
    pub fn at_hand(&mut self) -> Option<Event> {
        if self.out.is_some() || self.desk.shared.stopping() {
            return None;
        }
        // A failure takes the later ones of its room back, and so does time.
        while let Some(event) = self.taken.pop_front() {
            if self.desk.inbox.give(event.id, self.number) {
                self.out = Some(event.id);
                return Some(event);
            }
        }
        None
    }

    /// The app has handled the event: it never comes again once that is on disk.
    pub fn done(&mut self) {
        let Some(id) = self.out.take() else { return };
        self.done += 1;
        // Where nothing else is at hand it would wait for company that can't come.
        self.book.done(id, self.taken.is_empty());
        self.follow_the_pace();
    }

    /// The app could not handle the event: it comes again, and after `max_handler_attempts` it is a dead letter. That is so even
    /// if this is dropped before it returns.
    ///
    /// # Errors
    /// `closed`. What the store refuses is logged: then it is not noted that this was a failure, and the event comes again.
    pub async fn failed(&mut self, why: &str) -> Result<()> {
        let Some(id) = self.out.take() else { return Ok(()) };
        self.follow_the_pace();
        fail(&self.desk, id, self.number, why).await;
        self.desk.shared.open_or_closed()
    }

    /// At the end of a group: the next one is larger or smaller.
    fn follow_the_pace(&mut self) {
        match self.began.elapsed() {
            took if took > SLOW => self.most = 1,
            took if took < QUICK && self.taken.is_empty() => self.most = (self.most * 2).min(MOST),
            _ => {}
        }
    }

    /// Acknowledges what is done at once: on disk when this returns. It may be dropped at any time.
    ///
    /// # Errors
    /// `closed`: the node was closed before that; what is not acknowledged comes again.
    pub async fn flush(&mut self) -> Result<()> {
        let done = self.done;
        if *self.acked.borrow() < done {
            self.book.hurry();
            self.acked.wait_for(|acked| *acked >= done).await.map_err(|_| Error::closed())?;
        }
        Ok(())
    }

    /// Acknowledges what is done, and gives the rest back; what the app is handling has failed. On disk when this returns. If it
    /// is dropped before, that goes on by itself.
    ///
    /// # Errors
    /// `closed`: the node was closed before all that was done could be acknowledged; what could not comes again.
    pub async fn close(mut self) -> Result<()> {
        self.leave();
        while self.acked.changed().await.is_ok() {}
        if *self.acked.borrow() < self.done { Err(Error::closed()) } else { Ok(()) }
    }

    /// What is left is given back at once, so that whoever comes next can have it; the rest is the task's.
    fn leave(&mut self) {
        let kept: Vec<Uuid> = self.taken.drain(..).map(|event| event.id).collect();
        if !kept.is_empty() {
            self.desk.inbox.give_back(&kept, Holder::Kept(self.number));
        }
        self.book.leave(Left { gave_back: !kept.is_empty(), out: self.out.take() });
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        self.leave();
    }
}
