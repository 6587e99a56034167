//! [`Node`]: the one handle through which an app uses all of this. Here it is opened, closed, and answers requests; what else
//! it does is in [`publish`], [`events`], [`directory`] and [`operate`].

mod block_on;
pub mod blocking;
mod bulk;
mod directory;
mod events;
#[cfg(test)]
mod full_disk_tests;
mod handle;
mod locals;
mod membership;
mod operate;
mod publish;
#[cfg(feature = "axum")]
pub(crate) mod router;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;

use crate::config::{Config, Role};
use crate::registry::{Followed, Registry};
use crate::serve;
use crate::store::{self, Store};
use crate::transport::Transport;
use crate::transport::http::Http;
use crate::util::apart::apart;
use crate::util::time::{Clock, SystemClock};
use crate::{Error, Result};

use handle::Handle;

/// A node: a running copy of this library, in the process of the app that embeds it.
///
/// Cheap to clone; all clones are one node, which closes when [`close`](Node::close) is called or the last clone is dropped.
/// Open it inside a tokio runtime: its tasks run there.
#[derive(Clone)]
pub struct Node {
    handle: Arc<Handle>,
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Node").field("name", &self.name()).field("store", &self.handle.shared.config.store).finish()
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
            return Err(Error::config("the crate was built without its feature `axum`").within("listen"));
        }
        let file = config.platforms.clone().map(|path| Followed::new(path, config.node_name()));
        let (file, registry) = apart(move || read_registry(file)).await?;
        if config.role == Role::App && !config.is_standalone() && config.listen.is_none() && registry.own().is_none() {
            tracing::info!("no `listen` and no entry of our own: others reach this node only where the app mounts it");
        }
        let path = config.store.clone();
        let store: Arc<dyn Store> = Arc::new(apart(move || store::sqlite::open(&path, None)).await?);
        let transport = Arc::new(Http::new(&config));
        Node::open_with(config, file, registry, store, transport, Arc::new(SystemClock)).await
    }

    /// Opens a node on a store and a transport that are there already, by this clock.
    pub(crate) async fn open_with(
        config: Config,
        file: Option<Followed>,
        registry: Registry,
        store: Arc<dyn Store>,
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
    ) -> Result<Node> {
        let handle = match handle::open(config, store.clone(), registry, transport, clock).await {
            Ok(handle) => handle,
            // What can't be opened is closed here and now, so that it can be opened when its cause is fixed.
            Err(e) => {
                apart(move || {
                    store.close();
                    Ok(())
                })
                .await?;
                return Err(e);
            }
        };
        let node = Node { handle: Arc::new(handle) };
        if let Err(e) = node.handle.start(file).await {
            node.close().await?;
            return Err(e);
        }
        Ok(node)
    }

    /// Closes: takes nothing more, finishes what is in flight for at most `close_timeout`, gives its leases back. Calling it
    /// again does nothing.
    ///
    /// # Errors
    /// `store`: the last progress could not be written; what was sent since is sent again when the node is opened.
    pub async fn close(&self) -> Result<()> {
        self.handle.close().await
    }

    /// The node's name: its platform's, or its own if it is standalone.
    pub fn name(&self) -> &str {
        self.handle.shared.config.node_name()
    }

    /// The address of the node's own listener. None without `listen`, or while another process of this store holds the port.
    pub fn local_addr(&self) -> Option<SocketAddr> {
        self.local_addrs().first().copied()
    }

    /// All addresses of the node's own listener: a name in `listen` may have several, such as `localhost`. Empty where
    /// [`local_addr`](Node::local_addr) is None.
    pub fn local_addrs(&self) -> Vec<SocketAddr> {
        self.handle.server.addresses()
    }

    #[cfg(test)]
    pub(crate) fn server(&self) -> &Arc<serve::Server> {
        &self.handle.server
    }

    /// Answers a request of another platform: the one entry for all that comes in, for mounting in the app's web framework.
    /// The request's path is relative to the mount point (`/message`).
    pub async fn handle(&self, request: http::Request<Bytes>) -> http::Response<Bytes> {
        serve::handle(&self.handle.server, request).await
    }
}

/// For the mesh of an application's tests, and for tests of the parts.
#[cfg(any(test, feature = "testing"))]
impl Node {
    /// What its parts share.
    pub(crate) fn shared(&self) -> &Arc<crate::shared::Shared> {
        &self.handle.shared
    }

    pub(crate) fn peers(&self) -> &Arc<crate::peers::Peers> {
        &self.handle.peers
    }

    #[cfg(feature = "testing")]
    pub(crate) fn inbox(&self) -> &crate::inbox::Inbox {
        &self.handle.handout.inbox
    }
}

/// Reads the registry file, if there is one.
fn read_registry(file: Option<Followed>) -> Result<(Option<Followed>, Registry)> {
    let Some(mut file) = file else { return Ok((None, Registry::default())) };
    let registry = file.read()?.unwrap_or_default();
    Ok((Some(file), registry))
}
