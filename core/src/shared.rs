//! What every part of a running node holds: its configuration, what is on disk and what is known in memory, the one writer, and
//! the word to stop.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::commit::shared_directory::SharedDirectory;
use crate::commit::writer::Writer;
use crate::config::Config;
use crate::leases::Leases;
use crate::store::Store;
use crate::util::ages::Ages;
use crate::util::lock::MutexExt;
use crate::{Error, Result};

/// Shared by all parts of a node.
pub(crate) struct Shared {
    pub config: Arc<Config>,
    pub store: Arc<dyn Store>,
    pub directory: SharedDirectory,
    pub writer: Writer,
    pub ages: Arc<Ages>,
    pub counters: Counters,
    pub leases: Leases,
    registry: Registries,
    stop: watch::Sender<bool>,
    tasks: Mutex<JoinSet<()>>,
}

/// What of the registry in force has changed how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Generation {
    /// Counts up with each file that is put in force.
    pub file: u64,
    /// Counts up when somebody joins, or is reached in another way or by another token.
    pub membership: u64,
}

/// Tells who follows the registry in force. Cloneable; all clones are the same.
#[derive(Clone)]
pub(crate) struct Registries {
    all: Arc<watch::Sender<Generation>>,
    /// For those whom it does not concern that somebody else joins.
    files: Arc<watch::Sender<u64>>,
}

impl Default for Registries {
    fn default() -> Self {
        let all = Arc::new(watch::channel(Generation::default()).0);
        Registries { all, files: Arc::new(watch::channel(0).0) }
    }
}

impl Registries {
    pub(crate) fn membership_changed(&self) {
        self.all.send_modify(|generation| generation.membership += 1);
    }

    fn file_changed(&self) {
        self.files.send_modify(|files| *files += 1);
        self.all.send_modify(|generation| generation.file += 1);
    }
}

/// Counters since the node was opened, for [`crate::Node::metrics`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub sent: AtomicU64,
    pub died: AtomicU64,
    pub received: AtomicU64,
    pub refused: AtomicU64,
    pub commits: Arc<AtomicU64>,
    /// How many events wait for the app, as of the last transaction.
    pub inbox: Arc<AtomicU64>,
    /// When something was last stored for the app, epoch microseconds; 0 until then.
    pub last_arrival: Arc<AtomicU64>,
}

impl Shared {
    pub(crate) fn new(
        config: Arc<Config>,
        store: Arc<dyn Store>,
        directory: SharedDirectory,
        writer: Writer,
        ages: Arc<Ages>,
        counters: Counters,
        registry: Registries,
    ) -> Self {
        Shared {
            config,
            store,
            directory,
            writer,
            ages,
            counters,
            leases: Leases::default(),
            registry,
            stop: watch::channel(false).0,
            tasks: Mutex::default(),
        }
    }

    /// Runs something in the background until it ends or the node is closed.
    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.hold();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    /// All that runs in the background, for the one who waits for its end.
    pub(crate) fn take_tasks(&self) -> JoinSet<()> {
        std::mem::take(&mut *self.tasks.hold())
    }

    pub(crate) fn stopping(&self) -> bool {
        *self.stop.borrow()
    }

    /// Has all tasks end. True the first time.
    pub(crate) fn stop(&self) -> bool {
        !self.stop.send_replace(true)
    }

    pub(crate) async fn stopped(&self) {
        let mut stop = self.stop.subscribe();
        let _ = stop.wait_for(|stop| *stop).await;
    }

    pub(crate) fn open_or_closed(&self) -> Result<()> {
        if self.stopping() { Err(Error::closed()) } else { Ok(()) }
    }

    /// Another registry is in force.
    pub(crate) fn registry_changed(&self) {
        self.registry.file_changed();
    }

    /// Sees that another registry is in force, or that somebody has joined or is reached in another way.
    pub(crate) fn registry_changes(&self) -> watch::Receiver<Generation> {
        self.registry.all.subscribe()
    }

    /// Sees only that another registry file is in force.
    pub(crate) fn file_changes(&self) -> watch::Receiver<u64> {
        self.registry.files.subscribe()
    }
}
