//! The node for threads: what the language bindings call. It owns its runtime, and knows when it was forked.
//!
//! Every operation blocks the calling thread, which may be one that is about to end (`with_locals`). After a fork the child
//! must open a node of its own: the threads of the runtime did not come along, so every call in a child answers with an error
//! of kind `closed` that says so.

use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::node::block_on;
use crate::node::locals::with_locals;
use crate::util::lock::MutexExt;
use crate::{
    BindKind, Config, DeadLetter, DeadLetters, Delivery, Error, ErrorKind, Event, ExternalId, Id, NewMessage, Platform,
    Receipt, Result, Room, RoomKind, Status, User,
};

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
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .thread_name("integrador")
                .enable_all()
                .build()
                .map_err(|e| {
                    Error::new(ErrorKind::Internal, format!("the runtime can't be started: {e}")).caused_by(e)
                })?;
            Ok((runtime.block_on(crate::Node::open(config))?, runtime))
        })?;
        let handle = Handle { node, runtime: Mutex::new(Some(Arc::new(runtime))), process: std::process::id() };
        Ok(Node { handle: Arc::new(handle) })
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
        if let Some(runtime) = Arc::into_inner(runtime) {
            runtime.shutdown_background();
        }
        result
    }

    /// See [`crate::Node::handle`].
    ///
    /// # Errors
    /// `closed`.
    pub fn handle(&self, request: http::Request<Bytes>) -> Result<http::Response<Bytes>> {
        self.run(|node| async { Ok(node.handle(request).await) })
    }

    /// See [`crate::Node::publish_user`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_user(&self, id: impl Into<Id>, name: impl Into<String>) -> Result<Receipt> {
        let (id, name) = (id.into(), name.into());
        self.run(|node| node.publish_user(id, name))
    }

    /// See [`crate::Node::publish_users`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_users(&self, users: Vec<(Id, String)>) -> Result<usize> {
        self.run(|node| node.publish_users(users))
    }

    /// See [`crate::Node::publish_room`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_room(
        &self,
        id: impl Into<Id>,
        name: impl Into<String>,
        kind: RoomKind,
        members: Vec<(String, Vec<Id>)>,
    ) -> Result<Receipt> {
        let (id, name) = (id.into(), name.into());
        self.run(|node| node.publish_room(id, name, kind, members))
    }

    /// See [`crate::Node::join_room`].
    ///
    /// # Errors
    /// As there.
    pub fn join_room(&self, room: impl Into<Id>, user: impl Into<Id>) -> Result<Receipt> {
        let (room, user) = (room.into(), user.into());
        self.run(|node| node.join_room(room, user))
    }

    /// See [`crate::Node::leave_room`].
    ///
    /// # Errors
    /// As there.
    pub fn leave_room(&self, room: impl Into<Id>, user: impl Into<Id>) -> Result<Receipt> {
        let (room, user) = (room.into(), user.into());
        self.run(|node| node.leave_room(room, user))
    }

    /// See [`crate::Node::publish_message`].
    ///
    /// # Errors
    /// As there.
    pub fn publish_message(&self, message: NewMessage) -> Result<Receipt> {
        self.run(|node| node.publish_message(message))
    }

    /// See [`crate::Node::next_events`].
    ///
    /// # Errors
    /// As there.
    pub fn next_events(&self, max: usize, timeout: Duration) -> Result<Vec<Event>> {
        self.run(|node| node.next_events(max, timeout))
    }

    /// See [`crate::Node::ack`].
    ///
    /// # Errors
    /// As there.
    pub fn ack(&self, ids: &[Uuid]) -> Result<Vec<bool>> {
        self.run(|node| node.ack(ids))
    }

    /// See [`crate::Node::nack`].
    ///
    /// # Errors
    /// As there.
    pub fn nack(&self, id: Uuid, why: &str) -> Result<bool> {
        self.run(|node| node.nack(id, why))
    }

    /// See [`crate::Node::platforms`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn platforms(&self) -> Result<Vec<Platform>> {
        Ok(self.node()?.platforms())
    }

    /// See [`crate::Node::users`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn users(&self, platform: Option<&str>) -> Result<Vec<User>> {
        Ok(self.node()?.users(platform))
    }

    /// See [`crate::Node::rooms`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn rooms(&self) -> Result<Vec<Room>> {
        Ok(self.node()?.rooms())
    }

    /// See [`crate::Node::room`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn room(&self, id: impl Into<Id>) -> Result<Option<Room>> {
        Ok(self.node()?.room(id))
    }

    /// See [`crate::Node::recipients`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn recipients(&self, room: impl Into<Id>) -> Result<Vec<Id>> {
        Ok(self.node()?.recipients(room))
    }

    /// See [`crate::Node::bind`].
    ///
    /// # Errors
    /// As there.
    pub fn bind(&self, kind: BindKind, external: &ExternalId, local: impl Into<Id>) -> Result<()> {
        let local = local.into();
        self.run(|node| node.bind(kind, external, local))
    }

    /// See [`crate::Node::local_id`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn local_id(&self, kind: BindKind, external: &ExternalId) -> Result<Option<Id>> {
        Ok(self.node()?.local_id(kind, external))
    }

    /// See [`crate::Node::external_id`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn external_id(&self, kind: BindKind, local: impl Into<Id>) -> Result<Option<ExternalId>> {
        Ok(self.node()?.external_id(kind, local))
    }

    /// See [`crate::Node::delivery`].
    ///
    /// # Errors
    /// As there.
    pub fn delivery(&self, event: Uuid) -> Result<Vec<Delivery>> {
        self.run(|node| node.delivery(event))
    }

    /// See [`crate::Node::status`].
    ///
    /// # Errors
    /// As there.
    pub fn status(&self) -> Result<Status> {
        self.run(crate::Node::status)
    }

    /// See [`crate::Node::dead_letters`].
    ///
    /// # Errors
    /// As there.
    pub fn dead_letters(&self, which: &DeadLetters) -> Result<Vec<DeadLetter>> {
        self.run(|node| node.dead_letters(which))
    }

    /// See [`crate::Node::retry`].
    ///
    /// # Errors
    /// As there.
    pub fn retry(&self, which: &DeadLetters) -> Result<u64> {
        self.run(|node| node.retry(which))
    }

    /// See [`crate::Node::drop_dead_letters`].
    ///
    /// # Errors
    /// As there.
    pub fn drop_dead_letters(&self, which: &DeadLetters) -> Result<u64> {
        self.run(|node| node.drop_dead_letters(which))
    }

    /// See [`crate::Node::sync_now`].
    ///
    /// # Errors
    /// As there.
    pub fn sync_now(&self, platform: Option<&str>) -> Result<usize> {
        self.run(|node| node.sync_now(platform))
    }

    /// See [`crate::Node::metrics`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn metrics(&self) -> Result<String> {
        Ok(self.node()?.metrics())
    }

    /// See [`crate::Node::local_addr`].
    ///
    /// # Errors
    /// `closed` after a fork.
    pub fn local_addr(&self) -> Result<Option<std::net::SocketAddr>> {
        Ok(self.node()?.local_addr())
    }
}
