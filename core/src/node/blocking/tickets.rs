//! Operations that hold no thread: each is handed in and gets a ticket at once, and one thread takes the results of all of them.
//! So a language binding completes futures of its own language without a thread for each call.
//!
//! One task of the node's runtime runs all of them together. It begins them in the order in which they were handed in, and hands
//! over in groups what has ended, so that a thousand that share a commit cost one wake-up.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use futures_util::stream::{FuturesUnordered, StreamExt};

use super::{Node, SLICE};
use crate::node::locals::with_locals;
use crate::util::lock::MutexExt;
use crate::{Error, ErrorKind, Result};

/// Names one operation among those of its [`Tickets`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(u64);

impl From<Ticket> for u64 {
    /// Its number. They count up from 0 in the order in which operations were handed in.
    fn from(ticket: Ticket) -> u64 {
        ticket.0
    }
}

/// An operation has ended.
#[derive(Debug)]
pub struct Completion<T> {
    /// Which one.
    pub ticket: Ticket,
    /// How.
    pub result: Result<T>,
}

/// Operations of one node that hold no thread: [`submit`](Tickets::submit) returns at once, and
/// [`completions`](Tickets::completions) hands out what has ended.
///
/// ```
/// use std::time::Duration;
/// use integrador::{Config, ErrorKind, NewMessage, RoomKind, blocking::Node};
/// # let dir = tempfile::tempdir().unwrap();
/// let node = Node::open(Config::new("RustChat", dir.path().join("node.db")))?;
/// node.publish_user(1, "Ana")?;
/// node.publish_room(7, "Plaza", RoomKind::Public, vec![])?;
/// let tickets = node.tickets()?;
/// for text in ["uno", "dos", "tres"] {
///     let message = NewMessage::new(7, 1, text);
///     tickets.submit(|node| async move { node.publish_message(message).await })?;
/// }
/// let mut stored = 0;
/// while stored < 3 {
///     for completion in tickets.completions(100, Duration::from_secs(1))? {
///         println!("{:?}: {:?}", completion.ticket, completion.result?.event);
///         stored += 1;
///     }
/// }
/// # Ok::<(), integrador::Error>(())
/// ```
///
/// * Every ticket completes, and once: also when the operation panics (`internal`), or when the node is closed before it has
///   ended (`closed`).
/// * Operations begin in the order in which they were handed in, so what they publish has that order. All of them share one
///   task: one that computes for long goes [apart](Tickets::submit_apart).
/// * How many are under way is up to who hands them in; each keeps its arguments in memory. One that is to be given up sees to
///   that itself, with `tokio::select!`.
/// * Dropped, they leave what was handed in to end by itself, and nobody hears of it.
///
/// Any number of threads may hand in and take. `T` is what the operations return; of different ones, an enum or a closure.
pub struct Tickets<T: Send + 'static> {
    node: Node,
    taker: Taker<T>,
}

/// Takes what has ended of [`Tickets`], and keeps neither them nor the node open: for a thread that does nothing else.
pub struct Taker<T> {
    hatch: Arc<Hatch<T>>,
    process: u32,
}

impl<T> std::fmt::Debug for Taker<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Taker").finish_non_exhaustive()
    }
}

impl<T: Send + 'static> std::fmt::Debug for Tickets<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tickets").field("node", &self.node).finish_non_exhaustive()
    }
}

impl Node {
    /// For operations that hold no thread: see [`Tickets`].
    ///
    /// # Errors
    /// `closed`.
    pub fn tickets<T: Send + 'static>(&self) -> Result<Tickets<T>> {
        self.node()?;
        let runtime = self.runtime()?;
        let hatch = Arc::new(Hatch::default());
        let task = Runner { hatch: hatch.clone(), running: FuturesUnordered::new() };
        with_locals(|| {
            runtime.spawn(task);
            Ok(())
        })?;
        Ok(Tickets { node: self.clone(), taker: Taker { hatch, process: std::process::id() } })
    }
}

impl<T: Send + 'static> Tickets<T> {
    /// Hands an operation in.
    ///
    /// # Errors
    /// `closed`: then there is no ticket. Whatever else is wrong is the operation's result.
    pub fn submit<F>(&self, operation: impl FnOnce(crate::Node) -> F) -> Result<Ticket>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let node = self.node.node()?.clone();
        let work = Box::pin(operation(node));
        with_locals(|| self.taker.hatch.take_in(work))
    }

    /// As [`submit`](Tickets::submit), for what computes for long: it gets a task of its own, beside what else was handed in.
    ///
    /// # Errors
    /// As there.
    pub fn submit_apart<F>(&self, operation: impl FnOnce(crate::Node) -> F) -> Result<Ticket>
    where
        F: Future<Output = Result<T>> + Send + 'static,
    {
        self.submit(|node| {
            let work = operation(node);
            async {
                tokio::spawn(work)
                    .await
                    .unwrap_or_else(|e| Err(if e.is_panic() { panicked() } else { Error::closed() }))
            }
        })
    }

    /// What has ended, at most `max`, in the order in which it did; waits until there is something. Empty when nothing has
    /// ended within `timeout`.
    ///
    /// # Errors
    /// `closed`: the node is closed and every ticket has completed, or this is a forked child, where none ever does.
    pub fn completions(&self, max: usize, timeout: Duration) -> Result<Vec<Completion<T>>> {
        self.taker.completions(max, timeout)
    }

    /// Takes nothing more in: [`completions`](Tickets::completions) ends with `closed` once all that was handed in has completed.
    pub fn close(&self) {
        if self.node.node().is_ok() {
            let mut state = self.taker.hatch.state.hold();
            state.closed = true;
            self.taker.hatch.call(&state);
        }
    }

    /// What takes them in another thread, and keeps nothing open.
    pub fn taker(&self) -> Taker<T> {
        Taker { hatch: self.taker.hatch.clone(), process: self.taker.process }
    }

    /// As [`completions`](Tickets::completions), asking every 50 ms whether to go on waiting; empty if not.
    ///
    /// # Errors
    /// As there.
    pub fn completions_while(
        &self,
        max: usize,
        timeout: Duration,
        mut go_on: impl FnMut() -> bool,
    ) -> Result<Vec<Completion<T>>> {
        let begin = Instant::now();
        loop {
            let left = timeout.saturating_sub(begin.elapsed());
            let done = self.completions(max, left.min(SLICE))?;
            if !done.is_empty() || begin.elapsed() >= timeout || !go_on() {
                return Ok(done);
            }
        }
    }
}

impl<T> Taker<T> {
    /// See [`Tickets::completions`].
    ///
    /// # Errors
    /// As there; `closed` also once the tickets were dropped.
    pub fn completions(&self, max: usize, timeout: Duration) -> Result<Vec<Completion<T>>> {
        if self.process != std::process::id() {
            return Err(Error::closed());
        }
        // What can be added to the time of any clock.
        self.hatch.hand_out(max.max(1), timeout.min(Duration::from_secs(86_400 * 365)))
    }
}

impl<T: Send + 'static> Drop for Tickets<T> {
    fn drop(&mut self) {
        // In a forked child it is the parent's, and another thread of it may have held the lock.
        if self.node.node().is_ok() {
            let mut state = self.taker.hatch.state.hold();
            state.deserted = true;
            let (done, waker) = (std::mem::take(&mut state.done), state.waker.take());
            drop(state);
            self.taker.hatch.ended.notify_all();
            drop(done);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// Where operations are handed in, and their results out.
struct Hatch<T> {
    state: Mutex<State<T>>,
    ended: Condvar,
}

struct State<T> {
    /// Handed in, not begun.
    new: Vec<Operation<T>>,
    /// Ended, not taken.
    done: VecDeque<Completion<T>>,
    /// How many have not ended.
    open: usize,
    /// How many were ever handed in.
    given: u64,
    /// How many threads wait for `done`.
    waiting: usize,
    /// Wakes the runner. None while it is awake.
    waker: Option<Waker>,
    /// The runtime has ended, and the runner with it.
    closed: bool,
    /// Nobody takes what has ended.
    deserted: bool,
}

impl<T> Default for Hatch<T> {
    fn default() -> Self {
        let state = State {
            new: Vec::new(),
            done: VecDeque::new(),
            open: 0,
            given: 0,
            waiting: 0,
            waker: None,
            closed: false,
            deserted: false,
        };
        Hatch { state: Mutex::new(state), ended: Condvar::new() }
    }
}

impl<T> Hatch<T> {
    fn take_in(self: &Arc<Self>, work: Pin<Box<dyn Future<Output = Result<T>> + Send>>) -> Result<Ticket> {
        let mut state = self.state.hold();
        if state.closed {
            return Err(Error::closed());
        }
        let ticket = Ticket(state.given);
        state.given += 1;
        state.open += 1;
        state.new.push(Operation { ticket, work, hatch: Some(self.clone()) });
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
        Ok(ticket)
    }

    fn put_out(&self, ended: impl ExactSizeIterator<Item = Completion<T>>) {
        let mut state = self.state.hold();
        state.open -= ended.len();
        if state.deserted {
            drop(state);
            ended.for_each(drop);
            return;
        }
        state.done.extend(ended);
        self.call(&state);
    }

    /// Wakes one that waits, if there is something for it: it does the same when it has taken its share.
    fn call(&self, state: &State<T>) {
        if state.waiting > 0 && (!state.done.is_empty() || state.is_over()) {
            self.ended.notify_one();
        }
    }

    fn hand_out(&self, max: usize, patience: Duration) -> Result<Vec<Completion<T>>> {
        let mut state = self.state.hold();
        if state.done.is_empty() && !state.is_over() {
            state.waiting += 1;
            let nothing = |state: &mut State<T>| state.done.is_empty() && !state.is_over();
            let waited = self.ended.wait_timeout_while(state, patience, nothing);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            state.waiting -= 1;
        }
        let share = max.min(state.done.len());
        let taken: Vec<_> = state.done.drain(..share).collect();
        self.call(&state);
        if taken.is_empty() && state.is_over() { Err(Error::closed()) } else { Ok(taken) }
    }
}

impl<T> State<T> {
    fn is_over(&self) -> bool {
        self.deserted || self.closed && self.open == 0
    }
}

/// One operation that has not ended. It ends when it is dropped, at the latest.
struct Operation<T> {
    ticket: Ticket,
    work: Pin<Box<dyn Future<Output = Result<T>> + Send>>,
    /// Where it says so; None once it has ended.
    hatch: Option<Arc<Hatch<T>>>,
}

impl<T> Future for Operation<T> {
    type Output = Completion<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Completion<T>> {
        // A panic of one must not end the others.
        let polled = catch_unwind(AssertUnwindSafe(|| self.work.as_mut().poll(cx)));
        let result = match polled {
            Ok(Poll::Pending) => return Poll::Pending,
            Ok(Poll::Ready(result)) => result,
            Err(_) => Err(panicked()),
        };
        self.hatch = None;
        Poll::Ready(Completion { ticket: self.ticket, result })
    }
}

impl<T> Drop for Operation<T> {
    fn drop(&mut self) {
        if let Some(hatch) = self.hatch.take() {
            hatch.put_out(std::iter::once(Completion { ticket: self.ticket, result: Err(Error::closed()) }));
        }
    }
}

fn panicked() -> Error {
    Error::new(ErrorKind::Internal, "a defect: the operation panicked")
}

/// The task that runs what was handed in.
struct Runner<T> {
    hatch: Arc<Hatch<T>>,
    running: FuturesUnordered<Operation<T>>,
}

impl<T> Future for Runner<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let new = {
            let mut state = self.hatch.state.hold();
            state.waker = Some(cx.waker().clone());
            std::mem::take(&mut state.new)
        };
        new.into_iter().for_each(|operation| self.running.push(operation));
        let mut ended = Vec::new();
        while let Poll::Ready(Some(completion)) = self.running.poll_next_unpin(cx) {
            ended.push(completion);
        }
        if !ended.is_empty() {
            self.hatch.put_out(ended.into_iter());
        }
        let state = self.hatch.state.hold();
        if state.deserted && state.open == 0 { Poll::Ready(()) } else { Poll::Pending }
    }
}

impl<T> Drop for Runner<T> {
    fn drop(&mut self) {
        let mut state = self.hatch.state.hold();
        state.closed = true;
        let new = std::mem::take(&mut state.new);
        drop(state);
        // They end with `closed`, outside of the lock.
        drop(new);
        self.running.clear();
        self.hatch.call(&self.hatch.state.hold());
    }
}
