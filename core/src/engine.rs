//! Everything that a node is made of, shared by its tasks ([`crate::tasks`]): store, directory, writer, queues, and who
//! is up.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use parking_lot::RwLock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::commit::effects::Effects;
use crate::commit::writer::{Desk, Writer};
use crate::config::{Config, Role};
use crate::directory::Directory;
use crate::inbox::{Hint, Inbox};
use crate::model::PlatformState;
use crate::outbox::{Fate, Outbox};
use crate::peers::presence::Presence;
use crate::registry::Registry;
use crate::rules::platform;
use crate::store::{InboxHead, PlatformNum, Store, Waiting};
use crate::transport::Transport;
use crate::util::lock::MutexExt;
use crate::{Error, Result};

/// Counters since the node was opened, for [`crate::Node::metrics`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub sent: AtomicU64,
    pub died: AtomicU64,
    pub received: AtomicU64,
    pub refused: AtomicU64,
    pub commits: Arc<AtomicU64>,
}

pub(crate) struct Engine {
    pub config: Arc<Config>,
    pub store: Arc<dyn Store>,
    pub directory: Arc<RwLock<Directory>>,
    pub writer: Writer,
    pub transport: Arc<dyn Transport>,
    pub presence: Presence,
    pub inbox: Arc<Inbox>,
    pub outbox: Arc<Outbox>,
    pub counters: Counters,
    registry_generation: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    pub tasks: Mutex<JoinSet<()>>,
    lanes: Mutex<HashMap<PlatformNum, bool>>,
    /// Pings under way, and whether another is asked for.
    pinging: Mutex<HashMap<PlatformNum, bool>>,
    synced: Mutex<HashMap<PlatformNum, Instant>>,
}

/// The commit's effects, told to the parts that wait for them.
struct Told {
    inbox: Arc<Inbox>,
    outbox: Arc<Outbox>,
}

impl Effects for Told {
    fn queued(&self, dest: PlatformNum, events: Vec<Waiting>) {
        self.outbox.push(dest, events);
    }

    fn others_wrote(&self) {
        self.outbox.look_again();
    }

    fn arrived(&self, heads: &[InboxHead]) {
        self.inbox.add(heads);
    }

    fn delivered(&self, events: Vec<(Uuid, PlatformNum)>) {
        self.inbox.hint(events.into_iter().map(|(event, platform)| Hint::Delivered { event, platform }));
    }

    fn inbox_depth(&self) -> u64 {
        self.inbox.depth()
    }
}

impl Engine {
    /// Loads everything and puts the registry in force; starts nothing yet.
    pub(crate) async fn load(
        config: Config,
        store: Arc<dyn Store>,
        registry: Registry,
        transport: Arc<dyn Transport>,
    ) -> Result<Arc<Engine>> {
        let config = Arc::new(config);
        let rows = store.load()?;
        let heads = store.inbox_heads(0)?;
        let last_id = rows.last_id;
        let mut directory = Directory::default();
        directory.apply(rows);
        let directory = Arc::new(RwLock::new(directory));
        let inbox = Arc::new(Inbox::new(store.clone(), config.max_handler_attempts, config.handler_timeout));
        inbox.add(&heads);
        let outbox = Arc::new(Outbox::default());
        let counters = Counters::default();
        let writer = Writer::start(Desk {
            store: store.clone(),
            directory: directory.clone(),
            config: config.clone(),
            effects: Arc::new(Told { inbox: inbox.clone(), outbox: outbox.clone() }),
            last_id,
            commits: counters.commits.clone(),
            inbox: heads.last().map_or(0, |head| head.seq),
        })?;
        let engine = Arc::new(Engine {
            config,
            store,
            directory,
            writer,
            transport,
            presence: Presence::default(),
            inbox,
            outbox,
            counters,
            registry_generation: watch::channel(0).0,
            stop: watch::channel(false).0,
            tasks: Mutex::default(),
            lanes: Mutex::default(),
            pinging: Mutex::default(),
            synced: Mutex::default(),
        });
        engine.install(Arc::new(registry)).await?;
        Ok(engine)
    }

    /// Puts a registry in force.
    pub(crate) async fn install(&self, registry: Arc<Registry>) -> Result<()> {
        if self.config.role == Role::Admin {
            return self.look_on(&registry);
        }
        let (name, standalone) = (self.config.node_name().to_owned(), self.config.is_standalone());
        self.writer.run(move |job| platform::install(job, &registry, &name, standalone)).await?;
        self.registry_generation.send_modify(|n| *n += 1);
        Ok(())
    }

    /// For an administrator: who this is stands in the store, and the node that uses it has put its registry in force there.
    fn look_on(&self, registry: &Arc<Registry>) -> Result<()> {
        let owner = self.store.owner()?.ok_or_else(|| Error::store("no node has used this store yet"))?;
        let mut directory = self.directory.write();
        directory.belongs_to(owner);
        directory.install(registry);
        Ok(())
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.hold();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    // ---- closing

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

    // ---- what is learned on the way

    pub(crate) fn registry_changes(&self) -> watch::Receiver<u64> {
        self.registry_generation.subscribe()
    }

    pub(crate) fn holds_lane(&self, dest: PlatformNum, holds: bool) {
        self.lanes.hold().insert(dest, holds);
    }

    /// A random number from 0 to 1, to spread tries.
    pub(crate) fn chance(&self) -> f64 {
        let mut bytes = [0; 4];
        let _ = getrandom::fill(&mut bytes);
        f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
    }

    /// It answered. After it was away its users are imported again.
    pub(crate) fn is_up(self: &Engine, num: PlatformNum) {
        self.presence.alarm(num, None);
        if let Some(hint) = self.presence.up(num) {
            tracing::info!(platform = %self.directory.read().name(num), "up");
            self.inbox.hint([hint]);
            self.synced.hold().remove(&num);
            self.presence.wake.notify_one();
            self.outbox.answers(num);
        }
    }

    pub(crate) fn is_down(&self, num: PlatformNum, why: &str) {
        // What is broken off at the end says nothing of the other side.
        if self.stopping() {
            return;
        }
        if let Some(hint) = self.presence.down(num, why) {
            tracing::warn!(platform = %self.directory.read().name(num), "down: {why}");
            self.inbox.hint([hint]);
        }
    }

    /// A peer answered 401 or 403: a wrong token or a wrong registry.
    pub(crate) fn refused(&self, num: PlatformNum, why: &str) {
        if self.presence.alarm(num, Some(why.to_owned())) {
            tracing::error!(platform = %self.directory.read().name(num), "it refuses us: {why}; compare the tokens and the registries of both sides");
            let why = why.to_owned();
            let _ = self.writer.lazily(move |job| platform::change(job, num, PlatformState::Refused, Some(&why)));
        }
    }

    /// Something verified came from this platform.
    pub(crate) fn heard(&self, num: PlatformNum) {
        if self.presence.heard(num) {
            self.presence.ask(num);
        }
        // Also of one that is up: it may have refused what is first in its lane.
        self.outbox.alive(num);
    }

    pub(crate) fn count_sent(&self, fates: &[(Waiting, Fate)]) {
        let died = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Dead(_))).count() as u64;
        let skipped = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Skipped)).count() as u64;
        self.counters.died.fetch_add(died, Ordering::Relaxed);
        self.counters.sent.fetch_add(fates.len() as u64 - died - skipped, Ordering::Relaxed);
    }

    /// Notes that a ping begins. False while one is under way; then another follows it, since whoever asked may want to know
    /// what has changed since.
    pub(crate) fn begins_ping(&self, num: PlatformNum) -> bool {
        let mut pinging = self.pinging.hold();
        let free = !pinging.contains_key(&num);
        pinging.insert(num, !free);
        free
    }

    /// Notes that a ping ended. True if another was asked for meanwhile.
    pub(crate) fn ends_ping(&self, num: PlatformNum) -> bool {
        self.pinging.hold().remove(&num).unwrap_or(false)
    }

    /// Whether it is time to import this platform's users, and for this process to do it. Notes that it is done.
    pub(crate) fn imports(&self, num: PlatformNum) -> bool {
        if self.presence.contact(num).up != Some(true) || self.lanes.hold().get(&num) != Some(&true) {
            return false;
        }
        let every = self.config.sync_interval;
        let mut synced = self.synced.hold();
        let due = synced.get(&num).is_none_or(|at| !every.is_zero() && at.elapsed() >= every);
        if due {
            synced.insert(num, Instant::now());
        }
        due
    }
}
