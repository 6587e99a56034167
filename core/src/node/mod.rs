//! [`Node`]: the one handle through which an app uses all of this. Here it is opened, closed, and answers requests; what else
//! it does is in [`publish`], [`events`], [`directory`] and [`operation`].

mod block_on;
pub mod blocking;
mod directory;
mod events;
mod operate;
mod publish;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::config::{Config, Role};
use crate::engine::Engine;
use crate::registry::{Followed, Registry};
use crate::serve::{self, Limiter};
use crate::store::{self, Store};
use crate::transport::Transport;
use crate::transport::http::Http;
use crate::util::lock::MutexExt;
use crate::{Error, ErrorKind, Result, tasks};

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
        let file = config.platforms.clone().map(|path| Followed::new(path, config.node_name()));
        let (file, registry) = blocking(move || read_registry(file)).await?;
        if config.role == Role::App && !config.is_standalone() && config.listen.is_none() && registry.own().is_none() {
            tracing::info!("no `listen` and no entry of our own: others reach this node only where the app mounts it");
        }
        let (path, pages) = (config.store.clone(), config.max_store_pages);
        let store: Arc<dyn Store> = Arc::new(blocking(move || store::sqlite::open(&path, pages)).await?);
        let transport = Arc::new(Http::new(config.node_name())?);
        Node::open_with(config, file, registry, store, transport).await
    }

    /// Opens a node on a store and a transport that are there already.
    pub(crate) async fn open_with(
        config: Config,
        file: Option<Followed>,
        registry: Registry,
        store: Arc<dyn Store>,
        transport: Arc<dyn Transport>,
    ) -> Result<Node> {
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
            let started = crate::serve::listener::start(&node, &address).await;
            if started.is_err() {
                node.close().await?;
            }
            started?;
        }
        tasks::start(&engine, file);
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
        serve::handle(&self.handle.engine, &self.handle.limiter, request).await
    }
}

/// Reads the registry file, if there is one.
fn read_registry(file: Option<Followed>) -> Result<(Option<Followed>, Registry)> {
    let Some(mut file) = file else { return Ok((None, Registry::default())) };
    let registry = file.read()?.unwrap_or_default();
    Ok((Some(file), registry))
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| Error::new(ErrorKind::Internal, "the runtime is shutting down"))?
}
