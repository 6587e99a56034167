//! What an open node is made of: put together by [`open`], taken apart by [`Handle::close`].

use std::sync::Arc;
#[cfg(feature = "axum")]
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Notify;
use uuid::Uuid;

use crate::Result;
use crate::commit::effects::Effects;
use crate::commit::writer::{Desk, SPAN, Writer};
use crate::config::{Config, Role};
use crate::directory::Directory;
use crate::inbox::handout::Handout;
use crate::inbox::{Hint, Inbox};
use crate::model::DeliveryState;
use crate::operate::{Operator, membership};
use crate::outbox::{Outbox, Queues};
use crate::peers::Peers;
use crate::registry::Registry;
use crate::serve::Server;
#[cfg(feature = "axum")]
use crate::serve::listener::Port;
use crate::shared::{Counters, Registries, Shared};
use crate::store::{InboxHead, PlatformNum, Seq, Store, Waiting};
use crate::tasks;
use crate::transport::Transport;
use crate::util::ages::Ages;
use crate::util::apart::apart;
#[cfg(feature = "axum")]
use crate::util::lock::MutexExt;
use crate::util::time::Clock;

/// The parts of an open node.
pub(super) struct Handle {
    pub shared: Arc<Shared>,
    pub server: Arc<Server>,
    pub handout: Arc<Handout>,
    pub operator: Arc<Operator>,
    pub outbox: Arc<Outbox>,
    pub peers: Arc<Peers>,
    /// Another process has written: perhaps a command line asks for something.
    others: Arc<Notify>,
    /// Where to listen, until it does.
    #[cfg(feature = "axum")]
    port: Mutex<Option<Port>>,
    closing: tokio::sync::Mutex<()>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.shared.stop();
    }
}

/// The commit's effects, told to the parts that wait for them.
struct Told {
    inbox: Arc<Inbox>,
    queues: Arc<Queues>,
    /// How many events wait for the app.
    depth: Arc<AtomicU64>,
    last_arrival: Arc<AtomicU64>,
    clock: Arc<dyn Clock>,
    registry: Registries,
    /// Another process has written.
    others: Arc<Notify>,
}

impl Effects for Told {
    fn queued(&self, dest: PlatformNum, events: Vec<Waiting>) {
        self.queues.push(dest, events);
    }

    fn replaced(&self, dest: PlatformNum, seqs: &[Seq]) {
        self.queues.replaced(dest, seqs);
    }

    fn others_wrote(&self) {
        self.queues.look_again();
        self.others.notify_one();
    }

    fn arrived(&self, heads: &[InboxHead]) {
        let now = self.clock.micros();
        self.last_arrival.store(u64::try_from(now).unwrap_or(0), Ordering::Relaxed);
        self.inbox.add(heads);
    }

    fn ended(&self, events: Vec<(Uuid, PlatformNum, DeliveryState)>) {
        self.inbox.hint(events.into_iter().map(|(event, platform, state)| Hint::Ended { event, platform, state }));
    }

    fn follows_inbox(&self) -> bool {
        self.inbox.is_used()
    }

    fn membership_changed(&self) {
        self.registry.membership_changed();
    }

    fn inbox_depth(&self, events: u64) {
        // Whoever sees these has the time of the last one to look at.
        self.depth.store(events, Ordering::Release);
    }
}

/// Loads everything and puts the registry in force; starts nothing yet.
pub(super) async fn open(
    config: Config,
    store: Arc<dyn Store>,
    registry: Registry,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
) -> Result<Handle> {
    #[cfg(feature = "axum")]
    let port = match config.listen.as_ref().filter(|_| config.role == Role::App) {
        Some(address) => Some(crate::serve::listener::reserve(&store, address, config.only_process).await?),
        None => None,
    };
    let config = Arc::new(config);
    let reading = store.clone();
    let rows = apart(move || reading.load()).await?;
    let last_id = rows.last_id;
    let mut directory = Directory::default();
    let ages = Arc::new(Ages::resume(clock.clone(), rows.age));
    directory.apply(rows);
    let inbox = Arc::new(Inbox::new(store.clone(), config.max_handler_attempts, config.handler_timeout));
    let queues = Arc::new(Queues::default());
    let (counters, registries, others) = (Counters::default(), Registries::default(), Arc::new(Notify::new()));
    let desk = Desk {
        store: store.clone(),
        config: config.clone(),
        effects: Arc::new(Told {
            inbox: inbox.clone(),
            queues: queues.clone(),
            depth: counters.inbox.clone(),
            last_arrival: counters.last_arrival.clone(),
            clock: clock.clone(),
            registry: registries.clone(),
            others: others.clone(),
        }),
        ages: ages.clone(),
        last_id,
        commits: counters.commits.clone(),
        span: SPAN,
    };
    let (writer, directory) = Writer::start(desk, directory)?;
    let shared = Arc::new(Shared::new(config, store, directory, writer, ages, counters, registries));
    let peers = Arc::new(Peers::new(shared.clone(), transport, inbox.clone()));
    tasks::install(&shared, Arc::new(registry)).await?;
    Ok(Handle {
        server: Arc::new(Server::new(shared.clone(), peers.clone())),
        handout: Arc::new(Handout { shared: shared.clone(), inbox }),
        operator: Arc::new(Operator { shared: shared.clone(), peers: peers.clone() }),
        outbox: Arc::new(Outbox::new(shared.clone(), peers.clone(), queues)),
        peers,
        others,
        shared,
        #[cfg(feature = "axum")]
        port: Mutex::new(port),
        closing: tokio::sync::Mutex::default(),
    })
}

impl Handle {
    /// Starts what listens and what runs in the background.
    pub(super) async fn start(&self, registry: Option<crate::registry::Followed>) -> Result<()> {
        #[cfg(feature = "axum")]
        if let Some(port) = self.port.hold().take() {
            crate::serve::listener::start(&self.server, port);
        }
        let shared = &self.shared;
        let works = shared.config.role == Role::App;
        shared.spawn(tasks::follow(shared.clone()));
        if works {
            let (server, others) = (self.server.clone(), self.others.clone());
            shared.spawn(membership::run_errands(self.operator.clone(), move || server.addresses(), others));
        }
        shared.spawn(tasks::take_leases(shared.clone()));
        if let Some(file) = registry {
            shared.spawn(tasks::watch_registry(shared.clone(), self.peers.clone(), file));
        }
        if shared.config.role == Role::App {
            shared.spawn(self.outbox.clone().run());
            shared.spawn(crate::peers::contact::keep(self.peers.clone()));
            shared.spawn(crate::peers::notes::keep(self.peers.clone()));
            shared.spawn(tasks::sweep(self.handout.clone()));
            shared.spawn(tasks::sweep_membership(self.operator.clone()));
        }
        Ok(())
    }

    /// Takes nothing more, finishes what is in flight, writes the last progress, lets the store go.
    pub(super) async fn close(&self) -> Result<()> {
        let _one_at_a_time = self.closing.lock().await;
        let shared = &self.shared;
        if !shared.stop() {
            return Ok(());
        }
        let mut tasks = shared.take_tasks();
        let all = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(shared.config.close_timeout, all).await.is_err() {
            tracing::warn!("what was in flight did not end in time; it is sent again when the node is opened");
            tasks.shutdown().await;
        }
        // Progress that waited for company is written with this.
        let written = shared.writer.run(|_| Ok(())).await;
        let (store, handout) = (shared.store.clone(), self.handout.clone());
        apart(move || {
            handout.inbox.close();
            store.close();
            Ok(())
        })
        .await?;
        written
    }
}
