//! The node for threads: what the language bindings call. It owns its runtime, and knows when it was forked.
//!
//! Every operation blocks the calling thread, which may be one that is about to end (`with_locals`). After a fork the child
//! must open a node of its own: the threads of the runtime did not come along, so every call in a child answers with an error
//! of kind `closed` that says so.

mod call;
#[cfg(test)]
mod call_tests;
mod calls;
mod consumer;
mod stream;
mod tickets;
#[cfg(test)]
mod tickets_tests;

pub use call::Call;
pub use consumer::Consumer;
pub use stream::Stream;
pub use tickets::{Completion, Taker, Ticket, Tickets};

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::node::block_on;
use crate::node::locals::with_locals;
use crate::util::lock::MutexExt;
use crate::util::threads;
use crate::{Config, Error, ErrorKind, Event, Result};

/// How often a wait asks whether to go on.
const SLICE: Duration = Duration::from_millis(50);

/// A [`Node`](crate::Node) for threads.
///
/// ```
/// use integrador::{Config, blocking::Node};
/// # let dir = tempfile::tempdir().unwrap();
/// let node = Node::open(Config::new("RustChat", dir.path().join("node.db")))?;
/// node.publish_user(1, "Ana")?;
/// assert_eq!(node.users(None)?[0].name, "Ana");
/// node.close()?;
/// # Ok::<(), integrador::Error>(())
/// ```
#[derive(Clone)]
pub struct Node {
    handle: Arc<Handle>,
}

struct Handle {
    node: crate::Node,
    runtime: Mutex<Option<Arc<Runtime>>>,
    calls: Arc<call::Calls>,
    process: u32,
}

impl Drop for Handle {
    fn drop(&mut self) {
        let runtime = self.runtime.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        if self.process != std::process::id() {
            // In a forked child its threads do not exist, and what they had locked stays locked: all of it is left alone.
            std::mem::forget((self.node.clone(), runtime));
        } else if let Some(runtime) = runtime.and_then(Arc::into_inner) {
            // The tasks end by themselves; nobody waits for them here.
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.handle.node.fmt(f)
    }
}

impl Node {
    /// Opens a node, with a runtime of its own.
    ///
    /// # Errors
    /// As [`crate::Node::open`].
    pub fn open(config: Config) -> Result<Node> {
        let (node, runtime) = with_locals(|| {
            let mut builder = tokio::runtime::Builder::new_multi_thread();
            let runtime =
                threads::runtime(builder.worker_threads(2).thread_name("integrador").enable_all()).map_err(|e| {
                    Error::new(ErrorKind::Internal, format!("the runtime can't be started: {e}")).caused_by(e)
                })?;
            Ok((runtime.block_on(crate::Node::open(config))?, runtime))
        })?;
        Ok(Node::within(node, Arc::new(runtime)))
    }

    /// A node that was opened in this runtime.
    pub(crate) fn within(node: crate::Node, runtime: Arc<Runtime>) -> Node {
        let (runtime, calls) = (Mutex::new(Some(runtime)), Arc::default());
        let handle = Handle { node, runtime, calls, process: std::process::id() };
        Node { handle: Arc::new(handle) }
    }

    /// Its process is dead: every handle answers `closed`.
    #[cfg(feature = "testing")]
    pub(crate) fn abandon(&self) {
        self.handle.runtime.hold().take();
    }

    /// The node itself, if this process opened it.
    fn node(&self) -> Result<&crate::Node> {
        if self.handle.process != std::process::id() {
            return Err(Error::new(
                ErrorKind::Closed,
                "this node was opened before a fork: open one in this process, after the fork",
            ));
        }
        Ok(&self.handle.node)
    }

    fn runtime(&self) -> Result<Arc<Runtime>> {
        self.handle.runtime.hold().clone().ok_or_else(Error::closed)
    }

    fn run<'n, T, F>(&'n self, work: impl FnOnce(&'n crate::Node) -> F + Send) -> Result<T>
    where
        T: Send,
        F: Future<Output = Result<T>>,
    {
        let (node, runtime) = (self.node()?, self.runtime()?);
        with_locals(|| runtime.block_on(work(node)))
    }

    /// Does something with the node, and asks every 50 ms whether to go on waiting for it: for a language that sees a Ctrl-C
    /// or an interrupt only where it asks. None if it was not to go on; what was begun is then finished in the background.
    ///
    /// ```
    /// # use integrador::{Config, blocking::Node};
    /// # let dir = tempfile::tempdir().unwrap();
    /// let node = Node::open(Config::new("RustChat", dir.path().join("node.db")))?;
    /// let status = node.wait(|node| async move { node.status().await }, || true)?;
    /// assert_eq!(status.map(|status| status.name), Some("RustChat".to_owned()));
    /// # Ok::<(), integrador::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of what is done, and `closed`.
    pub fn wait<T, F>(
        &self,
        work: impl FnOnce(crate::Node) -> F + Send,
        go_on: impl FnMut() -> bool + Send,
    ) -> Result<Option<T>>
    where
        T: Send + 'static,
        F: Future<Output = Result<T>> + Send + 'static,
    {
        let (node, runtime) = (self.node()?.clone(), self.runtime()?);
        with_locals(|| {
            let _inside = runtime.enter();
            let mut work = Box::pin(work(node));
            let done = block_on::run(work.as_mut(), SLICE, go_on);
            if done.is_none() {
                runtime.spawn(work);
            }
            done.transpose()
        })
    }

    /// As [`next_events`](Node::next_events), asking every 50 ms whether to go on waiting; empty if not.
    ///
    /// # Errors
    /// As there.
    pub fn next_events_while(
        &self,
        max: usize,
        timeout: Duration,
        go_on: impl FnMut() -> bool + Send,
    ) -> Result<Vec<Event>> {
        let (node, runtime) = (self.node()?, self.runtime()?);
        with_locals(|| {
            let _inside = runtime.enter();
            // What it was about to return when it is given up is handed out by the next call.
            let taken = block_on::run(pin!(node.next_events(max, timeout)), SLICE, go_on);
            taken.unwrap_or_else(|| Ok(Vec::new()))
        })
    }

    /// Whether it was closed, or opened before a fork of this process.
    pub fn is_closed(&self) -> bool {
        self.node().is_err() || self.handle.runtime.hold().is_none()
    }

    /// The node's name: its platform's, or its own if it is standalone.
    pub fn name(&self) -> &str {
        self.handle.node.name()
    }

    /// See [`crate::Node::close`]. The runtime ends too.
    ///
    /// # Errors
    /// As there.
    pub fn close(&self) -> Result<()> {
        let node = self.node()?;
        let Some(runtime) = self.handle.runtime.hold().take() else { return Ok(()) };
        let result = with_locals(|| runtime.block_on(node.close()));
        self.handle.calls.wait();
        if let Some(runtime) = Arc::into_inner(runtime) {
            runtime.shutdown_background();
        }
        result
    }
}
