//! [`Node`]: the one handle through which an app uses all of this.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use crate::accept::{self, Outcome, Taken};
use crate::config::{Config, Role};
use crate::cx::Cx;
use crate::engine::Engine;
use crate::inbound::{self, Limiter};
use crate::lock::{MutexExt, RwLockExt};
use crate::model::{BindKind, Delivery, Event, ExternalId, Id, NewMessage, Platform, Receipt, Room, RoomKind, User};
use crate::registry::Registry;
use crate::status::{self, DeadLetter, DeadLetters, Status};
use crate::store::{self, PlatformNum, Store};
use crate::transport::http::Http;
use crate::wire::{RoomBody, read};
use crate::{Error, ErrorKind, Result, background, consume, sync};

/// A node: a running copy of this library, in the process of the app that embeds it.
///
/// Cheap to clone; all clones are one node, which closes when [`close`](Node::close) is called or the last clone is dropped.
/// Open it inside a tokio runtime: its tasks run there.
#[derive(Clone)]
pub struct Node {
    handle: Arc<Handle>,
}

struct Handle {
    engine: Arc<Engine>,
    limiter: Limiter,
    address: Mutex<Option<SocketAddr>>,
    #[cfg(feature = "axum")]
    bodies: tokio::sync::Semaphore,
    closing: tokio::sync::Mutex<()>,
}

/// Does not keep the node open.
#[cfg(feature = "axum")]
#[derive(Clone)]
pub(crate) struct WeakNode(std::sync::Weak<Handle>);

#[cfg(feature = "axum")]
impl WeakNode {
    pub(crate) fn upgrade(&self) -> Option<Node> {
        self.0.upgrade().map(|handle| Node { handle })
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.engine.stop();
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("name", &self.name()).field("store", &self.handle.engine.config.store).finish()
    }
}

impl Node {
    /// Opens a node: reads the registry, opens (or makes) the store, starts to send and to listen.
    ///
    /// # Errors
    /// `config`: the configuration or the registry file is wrong, or the port is taken. `store`: the store can't be opened, is
    /// newer than this library, is no store, or is open in this process already.
    pub async fn open(config: Config) -> Result<Node> {
        config.validate()?;
        if config.listen.is_some() && cfg!(not(feature = "axum")) {
            return Err(Error::config("`listen`: the crate was built without its feature `axum`"));
        }
        let registry = match config.platforms.clone() {
            Some(path) => {
                let own = config.node_name().to_owned();
                blocking(move || Registry::read(&path, &own)).await?
            }
            None => Registry::default(),
        };
        if config.role == Role::App && !config.is_standalone() && config.listen.is_none() && registry.own().is_none() {
            tracing::info!("no `listen` and no entry of our own: others reach this node only where the app mounts it");
        }
        let (path, pages) = (config.store.clone(), config.max_store_pages);
        let store: Arc<dyn Store> = Arc::new(blocking(move || store::sqlite::open(&path, pages)).await?);
        let transport = Arc::new(Http::new(config.node_name())?);
        let limiter = Limiter::new(config.rate_limit);
        // What can't be opened is closed here and now, so that it can be opened when its cause is mended.
        let engine = Engine::load(config, store.clone(), registry, transport).await.inspect_err(|_| store.close())?;
        let handle = Handle {
            engine: engine.clone(),
            limiter,
            address: Mutex::default(),
            #[cfg(feature = "axum")]
            bodies: crate::axum::room_for_bodies(),
            closing: tokio::sync::Mutex::default(),
        };
        let node = Node { handle: Arc::new(handle) };
        #[cfg(feature = "axum")]
        if engine.config.role == Role::App
            && let Some(address) = engine.config.listen.clone()
        {
            let started = crate::listener::start(&node, &address).await;
            if started.is_err() {
                node.close().await?;
            }
            started?;
        }
        background::start(&engine);
        Ok(node)
    }

    /// Closes: takes nothing more, finishes what is in flight for at most `close_timeout`, gives its leases back. Calling it
    /// again does nothing.
    ///
    /// # Errors
    /// `store`: the last progress could not be written; what was sent since is sent again when the node is opened.
    pub async fn close(&self) -> Result<()> {
        let _one_at_a_time = self.handle.closing.lock().await;
        let engine = &self.handle.engine;
        if !engine.stop() {
            return Ok(());
        }
        let mut tasks = std::mem::take(&mut *engine.tasks.hold());
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(engine.config.close_timeout, all).await.is_err() {
            tracing::warn!("what was in flight did not end in time; it is sent again when the node is opened");
            tasks.shutdown().await;
        }
        // Progress that waited for company is written with this.
        let written = engine.writer.run(|_| Ok(())).await;
        let store = engine.store.clone();
        blocking(move || {
            store.close();
            Ok(())
        })
        .await?;
        written
    }

    /// The node's name: its platform's, or its own if it is standalone.
    pub fn name(&self) -> &str {
        self.handle.engine.config.node_name()
    }

    /// The address of the node's own listener. None without `listen`, or while another process of this store holds the port.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        *self.handle.address.hold()
    }

    #[cfg(feature = "axum")]
    pub(crate) fn downgrade(&self) -> WeakNode {
        WeakNode(Arc::downgrade(&self.handle))
    }

    #[cfg(feature = "axum")]
    pub(crate) fn listens_at(&self, address: SocketAddr) {
        *self.handle.address.hold() = Some(address);
    }

    #[cfg(feature = "axum")]
    pub(crate) fn bodies(&self) -> &tokio::sync::Semaphore {
        &self.handle.bodies
    }

    #[cfg(feature = "axum")]
    pub(crate) fn engine(&self) -> &Arc<Engine> {
        &self.handle.engine
    }

    /// Answers a request of another platform: the one entry for all that comes in, for mounting in the app's web framework.
    /// The request's path is relative to the mount point (`/message`).
    pub async fn handle(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        inbound::handle(&self.handle.engine, &self.handle.limiter, request).await
    }

    // ---- publishing

    /// Announces one of the app's own users. One that has not changed is not sent.
    ///
    /// # Errors
    /// `invalid`: the id or the name is over its limit. `store`, `closed`.
    pub async fn publish_user(&self, id: impl Into<Id>, name: impl Into<String>) -> Result<Receipt> {
        let (id, name) = (id.into(), name.into());
        self.check_id("id", &id)?;
        self.check_name("name", &name)?;
        self.publish(move |cx, own| accept::user::publish(cx, own, id, name, true)).await
    }

    /// Replaces the list of the app's own users: only what is new, renamed or gone is sent. Returns how many that were.
    ///
    /// # Errors
    /// As [`publish_user`](Node::publish_user).
    pub async fn publish_users(&self, users: Vec<(Id, String)>) -> Result<usize> {
        for (id, name) in &users {
            self.check_id("id", id)?;
            self.check_name("name", name)?;
        }
        let own = self.own()?;
        self.handle.engine.writer.run(move |cx| accept::user::publish_all(cx, own, users)).await
    }

    /// Announces a room of the app's own. Compared with the app's last call for this room, only the difference is applied to
    /// it as it is: who joined from elsewhere stays. Nothing is sent if nothing has changed.
    ///
    /// `members` by platform: `vec![("GWT_CHAT".into(), vec![1.into()])]`.
    ///
    /// # Errors
    /// `invalid`, `unknown_platform`, `store`, `closed`.
    pub async fn publish_room(
        &self,
        id: impl Into<Id>,
        name: impl Into<String>,
        kind: RoomKind,
        members: Vec<(String, Vec<Id>)>,
    ) -> Result<Receipt> {
        let (id, name) = (id.into(), name.into());
        self.check_id("id", &id)?;
        self.check_name("name", &name)?;
        let limit = self.handle.engine.config.limits.members;
        if members.iter().map(|(_, ids)| ids.len()).sum::<usize>() > limit {
            return Err(Error::invalid("members", format!("at most {limit}")));
        }
        for id in members.iter().flat_map(|(_, ids)| ids) {
            self.check_id("members", id)?;
        }
        let body = RoomBody { id, name, kind, members, origin: None };
        self.publish(move |cx, own| accept::room::publish(cx, own, body)).await
    }

    /// One of the app's own users joins a public room of any platform, or a room of the app's own.
    ///
    /// # Errors
    /// `unknown_room`, `forbidden` (a private room of another platform), `store`, `closed`.
    pub async fn join_room(&self, room: impl Into<Id>, user: impl Into<Id>) -> Result<Receipt> {
        self.membership(room.into(), user.into(), true).await
    }

    /// One of the app's own users leaves a room.
    ///
    /// # Errors
    /// `unknown_room`, `store`, `closed`.
    pub async fn leave_room(&self, room: impl Into<Id>, user: impl Into<Id>) -> Result<Receipt> {
        self.membership(room.into(), user.into(), false).await
    }

    async fn membership(&self, room: Id, user: Id, joins: bool) -> Result<Receipt> {
        self.check_id("user", &user)?;
        self.publish(move |cx, own| {
            let room = cx.directory.reading().meaning(BindKind::Room, &room);
            let room = room.ok_or_else(|| Error::new(ErrorKind::UnknownRoom, "`room`: no such room"))?;
            let user = accept::own_user(cx, own, &user)?;
            accept::room::membership(cx, own, room, user, joins)
        })
        .await
    }

    /// Publishes a message of one of the app's own users. When this returns it is on disk, and will arrive.
    ///
    /// # Errors
    /// `invalid`, `unknown_room`, `not_a_member`, `conflict` (the key was used for another content), `store`, `closed`.
    pub async fn publish_message(&self, message: NewMessage) -> Result<Receipt> {
        let limits = &self.handle.engine.config.limits;
        self.check_id("sender", &message.sender)?;
        if message.text.len() > limits.text {
            return Err(Error::invalid("text", format!("at most {} bytes", limits.text)));
        }
        if let Some(at) = &message.sent_at {
            read::check_sent_at(at)?;
        }
        for attachment in &message.attachments {
            read::check_attachment(attachment, limits)?;
        }
        self.publish(move |cx, own| accept::message::publish(cx, own, message)).await
    }

    async fn publish(
        &self,
        job: impl FnOnce(&mut Cx<'_>, PlatformNum) -> Result<Taken> + Send + 'static,
    ) -> Result<Receipt> {
        let own = self.own()?;
        let taken = self.handle.engine.writer.run(move |cx| job(cx, own)).await?;
        let directory = self.handle.engine.directory.reading();
        Ok(Receipt {
            event: taken.event,
            destinations: taken.to.iter().map(|num| directory.name(*num)).collect(),
            duplicate: taken.outcome == Outcome::Duplicate,
        })
    }

    fn own(&self) -> Result<PlatformNum> {
        self.handle.engine.open_or_closed()?;
        self.handle.engine.directory.reading().own.ok_or_else(|| {
            Error::new(ErrorKind::Forbidden, "a standalone node has no users of its own: open the node with `platform`")
        })
    }

    fn check_id(&self, field: &'static str, id: &Id) -> Result<()> {
        let limit = self.handle.engine.config.limits.name;
        let length = id.as_str().chars().count();
        if length == 0 || length > limit {
            return Err(Error::invalid(field, format!("expected 1 to {limit} characters, got {length}")));
        }
        Ok(())
    }

    fn check_name(&self, field: &'static str, name: &str) -> Result<()> {
        let limit = self.handle.engine.config.limits.name;
        let length = name.chars().count();
        if length > limit {
            return Err(Error::invalid(field, format!("expected at most {limit} characters, got {length}")));
        }
        Ok(())
    }

    // ---- events

    /// The next events for the app, at most `max`; empty when none came within `timeout`. Each is leased until it is
    /// acknowledged; the events of one room come in order, to one taker at a time.
    ///
    /// # Errors
    /// `store`, `closed`.
    pub async fn next_events(&self, max: usize, timeout: Duration) -> Result<Vec<Event>> {
        consume::next_events(&self.handle.engine, max, timeout).await
    }

    /// The app has handled these events: on disk when this returns, so they never come again. For each, whether it was out
    /// (false: taken back meanwhile, or acknowledged before).
    ///
    /// # Errors
    /// `store`: none of them is acknowledged. `closed`.
    pub async fn ack(&self, ids: &[Uuid]) -> Result<Vec<bool>> {
        consume::ack(&self.handle.engine, ids).await
    }

    /// The app could not handle this event: it and the later ones of its room come again after a backoff; after
    /// `max_handler_attempts` it is a dead letter. Returns whether it was out.
    ///
    /// # Errors
    /// `store`, `closed`.
    pub async fn nack(&self, id: Uuid, why: &str) -> Result<bool> {
        self.handle.engine.open_or_closed()?;
        consume::nack(&self.handle.engine, id, why).await
    }

    // ---- the directory

    /// Every platform that takes part, this app's own included.
    pub fn platforms(&self) -> Vec<Platform> {
        let directory = self.handle.engine.directory.reading();
        let shown = directory.active().map(|row| Platform {
            name: row.name.clone(),
            support_image: row.support_image,
            support_audio: row.support_audio,
            via: directory.via(row.num).map(|via| directory.name(via)),
            own: Some(row.num) == directory.own,
        });
        shown.collect()
    }

    /// The users of one platform, or of all; those that are gone are among them, not `active`.
    pub fn users(&self, platform: Option<&str>) -> Vec<User> {
        let directory = self.handle.engine.directory.reading();
        let wanted = platform.map(|name| directory.resolve(name));
        let rows = directory.active().filter(|row| wanted.is_none_or(|wanted| wanted == Some(row.num)));
        let shown = rows.flat_map(|row| {
            directory.users(row.num).map(|user| User {
                id: ExternalId::new(row.name.clone(), user.id.clone()),
                name: user.name.to_string(),
                active: user.active,
            })
        });
        shown.collect()
    }

    /// Every room known here.
    pub fn rooms(&self) -> Vec<Room> {
        let directory = self.handle.engine.directory.reading();
        directory.rooms().map(|room| consume::shown(&directory, room)).collect()
    }

    /// A room, by its external id, a bound local id, or an id of the app's own.
    pub fn room(&self, id: impl Into<Id>) -> Option<Room> {
        let directory = self.handle.engine.directory.reading();
        let (origin, id) = directory.meaning(BindKind::Room, &id.into())?;
        directory.find_room(origin, &id).map(|room| consume::shown(&directory, room))
    }

    /// The app's own members of a room: whom to show a message to, in an app with a socket room per user. From memory.
    pub fn recipients(&self, room: impl Into<Id>) -> Vec<Id> {
        let directory = self.handle.engine.directory.reading();
        let found = directory.meaning(BindKind::Room, &room.into());
        let room = found.and_then(|(origin, id)| directory.find_room(origin, &id));
        match (room, directory.own) {
            (Some(room), Some(own)) => directory.own_members(room, own),
            _ => Vec::new(),
        }
    }

    // ---- ids

    /// Binds an id of the app's own database to an external user or room. One-to-one; the same again is no error; durable
    /// when it returns.
    ///
    /// # Errors
    /// `conflict`: either of them is bound to another already, or the local id is an id of the app's own. `store`, `closed`.
    pub async fn bind(&self, kind: BindKind, external: &ExternalId, local: impl Into<Id>) -> Result<()> {
        let own = self.own()?;
        let (external, local) = (external.clone(), local.into());
        self.check_id("local", &local)?;
        self.handle.engine.writer.run(move |cx| accept::binding::bind(cx, own, kind, &external, local)).await
    }

    /// The local id that is bound to an external one.
    pub fn local_id(&self, kind: BindKind, external: &ExternalId) -> Option<Id> {
        let directory = self.handle.engine.directory.reading();
        let platform = directory.resolve(&external.platform)?;
        directory.local(kind, platform, &external.id).cloned()
    }

    /// The external id that a local one is bound to; an id of the app's own is one of its own platform.
    pub fn external_id(&self, kind: BindKind, local: impl Into<Id>) -> Option<ExternalId> {
        let directory = self.handle.engine.directory.reading();
        let (platform, id) = directory.meaning(kind, &local.into())?;
        Some(directory.external(platform, &id))
    }

    // ---- operation

    /// Where a publication stands at each platform; empty if it is not known (any more).
    ///
    /// # Errors
    /// `store`.
    pub async fn delivery(&self, event: Uuid) -> Result<Vec<Delivery>> {
        status::delivery(&self.handle.engine, event).await
    }

    /// How this node and the others stand.
    ///
    /// # Errors
    /// `store`.
    pub async fn status(&self) -> Result<Status> {
        status::status(&self.handle.engine).await
    }

    /// The dead letters, oldest first, at most 1,000.
    ///
    /// # Errors
    /// `unknown_platform`, `store`.
    pub async fn dead_letters(&self, which: &DeadLetters) -> Result<Vec<DeadLetter>> {
        status::dead_letters(&self.handle.engine, which).await
    }

    /// Sends dead letters again (or hands them over again); they arrive late and say so. Returns how many.
    ///
    /// # Errors
    /// `unknown_platform`, `store`, `closed`.
    pub async fn retry(&self, which: &DeadLetters) -> Result<u64> {
        status::retry(&self.handle.engine, which).await
    }

    /// Drops dead letters for good. Returns how many.
    ///
    /// # Errors
    /// `unknown_platform`, `store`, `closed`.
    pub async fn drop_dead_letters(&self, which: &DeadLetters) -> Result<u64> {
        status::drop_dead(&self.handle.engine, which).await
    }

    /// Imports the users of one platform, or of all, now. Returns how many were new, renamed or gone.
    ///
    /// # Errors
    /// `unknown_platform`, `transport` (of the one that was named), `store`, `closed`.
    pub async fn sync_now(&self, platform: Option<&str>) -> Result<usize> {
        let engine = &self.handle.engine;
        engine.open_or_closed()?;
        if let Some(name) = platform {
            let num = {
                let directory = engine.directory.reading();
                directory.resolve(name).ok_or_else(|| directory.unknown_platform("platform", name))?
            };
            return sync::import(engine, num).await;
        }
        let lanes: Vec<PlatformNum> = {
            let directory = engine.directory.reading();
            directory.entries().map(|(num, _)| num).filter(|num| directory.is_lane(*num)).collect()
        };
        let mut changed = 0;
        for num in lanes {
            match sync::import(engine, num).await {
                Ok(count) => changed += count,
                Err(e) => {
                    tracing::warn!(platform = %engine.directory.reading().name(num), "its users were not imported: {e}")
                }
            }
        }
        Ok(changed)
    }

    /// The node's figures in Prometheus' text format.
    pub fn metrics(&self) -> String {
        status::metrics(&self.handle.engine)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::new(ErrorKind::Internal, "the runtime is shutting down"))?
}
