//! The consumer for threads.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;

use super::{Node, SLICE};
use crate::node::block_on;
use crate::node::locals::with_locals;
use crate::{Event, Result};

/// A [`Consumer`](crate::Consumer) for threads: hands the app's events out one by one.
///
/// ```
/// use std::time::Duration;
/// use integrador::{Config, blocking::Node};
/// # let dir = tempfile::tempdir().unwrap();
/// let node = Node::open(Config::new("RustChat", dir.path().join("node.db")))?;
/// let mut events = node.consumer()?;
/// while let Some(event) = events.next(Duration::from_millis(10))? {
///     println!("{event:?}");
///     events.done()?;
/// }
/// # Ok::<(), integrador::Error>(())
/// ```
#[derive(Debug)]
pub struct Consumer {
    node: Node,
    /// None once it is closed.
    inner: Option<crate::Consumer>,
}

impl Node {
    /// The events for the app, one by one: see [`Consumer`].
    ///
    /// # Errors
    /// `closed`.
    pub fn consumer(&self) -> Result<Consumer> {
        let (node, runtime) = (self.node()?, self.runtime()?);
        let _inside = runtime.enter();
        Ok(Consumer { node: self.clone(), inner: Some(node.consumer()) })
    }
}

impl Consumer {
    /// See [`crate::Consumer::next`].
    ///
    /// # Errors
    /// As there.
    pub fn next(&mut self, timeout: Duration) -> Result<Option<Event>> {
        let runtime = self.runtime()?;
        let inner = self.inner()?;
        with_locals(|| runtime.block_on(inner.next(timeout)))
    }

    /// As [`next`](Consumer::next), asking every 50 ms whether to go on waiting; None if not.
    ///
    /// # Errors
    /// As there.
    pub fn next_while(&mut self, timeout: Duration, go_on: impl FnMut() -> bool + Send) -> Result<Option<Event>> {
        let runtime = self.runtime()?;
        let inner = self.inner()?;
        with_locals(|| {
            let _inside = runtime.enter();
            // What it was about to return when it is given up is handed out by the next call.
            block_on::run(pin!(inner.next(timeout)), SLICE, go_on).unwrap_or(Ok(None))
        })
    }

    /// See [`crate::Consumer::at_hand`]: None too where [`next`](Consumer::next) would fail.
    pub fn at_hand(&mut self) -> Option<Event> {
        self.node.node().ok()?;
        self.inner.as_mut()?.at_hand()
    }

    /// See [`crate::Consumer::done`].
    ///
    /// # Errors
    /// `closed`.
    pub fn done(&mut self) -> Result<()> {
        self.node.node()?;
        self.inner()?.done();
        Ok(())
    }

    /// See [`crate::Consumer::failed`].
    ///
    /// # Errors
    /// As there.
    pub fn failed(&mut self, why: &str) -> Result<()> {
        self.failed_while(why, || true).map(drop)
    }

    /// As [`failed`](Consumer::failed), asking every 50 ms whether to go on waiting. False if not: it is then finished in the
    /// background.
    ///
    /// # Errors
    /// As there.
    pub fn failed_while(&mut self, why: &str, go_on: impl FnMut() -> bool + Send) -> Result<bool> {
        let runtime = self.runtime()?;
        let inner = self.inner()?;
        with_locals(|| {
            let _inside = runtime.enter();
            waited(block_on::run(pin!(inner.failed(why)), SLICE, go_on))
        })
    }

    /// See [`crate::Consumer::flush`].
    ///
    /// # Errors
    /// As there.
    pub fn flush(&mut self) -> Result<()> {
        self.flush_while(|| true).map(drop)
    }

    /// As [`flush`](Consumer::flush), asking every 50 ms whether to go on waiting. False if not.
    ///
    /// # Errors
    /// As there.
    pub fn flush_while(&mut self, go_on: impl FnMut() -> bool + Send) -> Result<bool> {
        self.node.node()?;
        let inner = self.inner()?;
        with_locals(|| waited(block_on::run(pin!(inner.flush()), SLICE, go_on)))
    }

    /// See [`crate::Consumer::close`]. Closing it again does nothing.
    ///
    /// # Errors
    /// As there.
    pub fn close(&mut self) -> Result<()> {
        self.close_while(|| true).map(drop)
    }

    /// As [`close`](Consumer::close), asking every 50 ms whether to go on waiting. False if not: it is then finished in the
    /// background.
    ///
    /// # Errors
    /// As there.
    pub fn close_while(&mut self, go_on: impl FnMut() -> bool + Send) -> Result<bool> {
        self.node.node()?;
        let Some(inner) = self.inner.take() else { return Ok(true) };
        with_locals(|| waited(block_on::run(pin!(inner.close()), SLICE, go_on)))
    }

    fn runtime(&self) -> Result<Arc<Runtime>> {
        self.node.node()?;
        self.node.runtime()
    }

    fn inner(&mut self) -> Result<&mut crate::Consumer> {
        self.inner.as_mut().ok_or_else(crate::Error::closed)
    }
}

/// Whether it came to its end.
fn waited(done: Option<Result<()>>) -> Result<bool> {
    done.map_or(Ok(false), |done| done.map(|()| true))
}

impl Drop for Consumer {
    fn drop(&mut self) {
        if self.node.node().is_err() {
            // In a forked child it is the parent's: the threads of its runtime did not come along.
            std::mem::forget(self.inner.take());
        }
    }
}
