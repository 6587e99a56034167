//! Operations for a language that awaits: each is a future that may be polled in any thread, and the node's own runtime does the
//! work.

use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::task::JoinHandle;

use super::Node;
use crate::error::{Error, Result, defect, guarded};
use crate::node::locals::with_locals;
use crate::util::lock::MutexExt;

/// How long closing waits for calls that have ended to say so.
const PATIENCE: Duration = Duration::from_secs(5);

/// One operation that is under way: see [`Node::spawn`].
///
/// Dropped before it has ended, it is given up. If it has not reached the store by then, nothing has happened; if it has, it may
/// have its effect.
#[must_use = "dropped, it is given up"]
pub struct Call<T>(State<T>);

enum State<T> {
    /// It had ended before anybody had to wait. None: it was taken.
    Ended(Option<Result<T>>),
    Running(JoinHandle<Result<T>>),
}

impl<T> std::fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}

impl Node {
    /// Does something with the node, for who awaits it outside of the node's runtime. It begins here, before this returns: so
    /// what one thread publishes has the order in which it called.
    ///
    /// ```
    /// # use integrador::{Config, blocking::Node};
    /// # let dir = tempfile::tempdir().unwrap();
    /// let node = Node::open(Config::new("RustChat", dir.path().join("node.db")))?;
    /// let call = node.spawn(|node| async move { node.publish_user(1, "Ana").await })?;
    /// // Whoever can poll a future will do.
    /// let other = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// assert!(other.block_on(call)?.destinations.is_empty());
    /// # Ok::<(), integrador::Error>(())
    /// ```
    ///
    /// # Errors
    /// `closed`. Whatever else is wrong is the call's result; `closed` too, if the node is closed before it has ended.
    pub fn spawn<T, F>(&self, work: impl FnOnce(crate::Node) -> F) -> Result<Call<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (node, runtime) = (self.node()?.clone(), self.runtime()?);
        let mut work = Box::pin(work(node));
        let under_way = self.handle.calls.begin();
        with_locals(|| {
            let _inside = runtime.enter();
            let first = guarded(|| Ok(work.as_mut().poll(&mut Context::from_waker(Waker::noop()))));
            Ok(Call(match first {
                Ok(Poll::Ready(result)) => State::Ended(Some(result)),
                Err(defect) => State::Ended(Some(Err(defect))),
                Ok(Poll::Pending) => State::Running(runtime.spawn(async move {
                    let result = work.await;
                    drop(under_way);
                    result
                })),
            }))
        })
    }

    /// As [`spawn`](Node::spawn), for what computes for long: it begins in a thread of the runtime.
    ///
    /// # Errors
    /// As there.
    pub fn spawn_apart<T, F>(&self, work: impl FnOnce(crate::Node) -> F) -> Result<Call<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (work, runtime) = (work(self.node()?.clone()), self.runtime()?);
        let under_way = self.handle.calls.begin();
        with_locals(|| {
            Ok(Call(State::Running(runtime.spawn(async move {
                let result = work.await;
                drop(under_way);
                result
            }))))
        })
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<T>> {
        match &mut self.0 {
            State::Ended(result) => Poll::Ready(result.take().unwrap_or_else(|| Err(Error::closed()))),
            State::Running(task) => Pin::new(task).poll(cx).map(|joined| {
                joined.unwrap_or_else(|failed| {
                    Err(if failed.is_panic() { defect(&*failed.into_panic()) } else { Error::closed() })
                })
            }),
        }
    }
}

impl<T> Unpin for Call<T> {}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        if let State::Running(task) = &self.0 {
            task.abort();
        }
    }
}

/// How many calls are under way.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Mutex<usize>,
    ended: Condvar,
}

/// One of them.
struct UnderWay(Arc<Calls>);

impl Calls {
    fn begin(self: &Arc<Self>) -> UnderWay {
        *self.open.hold() += 1;
        UnderWay(self.clone())
    }

    /// Waits until none is, for some seconds at most: of a node that is closed each ends at once, with what it did.
    pub(super) fn wait(&self) {
        let waited = self.ended.wait_timeout_while(self.open.hold(), PATIENCE, |open| *open > 0);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut open = self.0.open.hold();
        *open -= 1;
        if *open == 0 {
            self.0.ended.notify_all();
        }
    }
}
