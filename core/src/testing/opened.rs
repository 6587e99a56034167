//! A node that is open in memory, and its store, which has to know when the process dies.

use std::sync::Arc;

use super::hold::MeshClock;
use crate::registry::Registry;
use crate::store::memory::{Disk, MemoryStore};
use crate::transport::memory::{Network, There, Wire};
use crate::{Config, Node, Result};

pub(super) struct Opened {
    pub(super) node: Node,
    store: Arc<MemoryStore>,
}

impl Opened {
    /// Opens a node on what its disk has, and puts it on the network under its name.
    pub(super) async fn open(
        config: Config,
        registry: Registry,
        disk: &Disk,
        network: &Arc<Network>,
        clock: &Arc<MeshClock>,
    ) -> Result<Opened> {
        let store = Arc::new(disk.open());
        let name = config.node_name().to_owned();
        let wire = Arc::new(Wire::new(network.clone(), name.clone()));
        let node = Node::open_with(config, None, registry, store.clone(), wire, clock.clone()).await?;
        network.joins(&name, There::Node(node.clone()));
        Ok(Opened { node, store })
    }

    /// Its process is dead: what it had not committed is lost, and its handles answer `closed`.
    pub(super) fn kill(&self) {
        self.store.crash();
        self.node.shared().stop();
    }

    /// The same, and its tasks have ended.
    pub(super) async fn crash(self) {
        self.kill();
        self.node.shared().take_tasks().shutdown().await;
    }
}
