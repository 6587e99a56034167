//! Everything that a node is made of, shared by its tasks: store, directory, writer, queues, and what goes on in the
//! background (following the registry file and other processes, pings, imports, what is past its time).

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::watch;
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::accept::platform;
use crate::config::{Config, Role};
use crate::cx::Effects;
use crate::directory::Directory;
use crate::inbox::{Hint, Inbox};
use crate::lock::{MutexExt, RwLockExt};
use crate::model::PlatformState;
use crate::outbox::{self, Fate, Outbox};
use crate::presence::Presence;
use crate::registry::Registry;
use crate::store::{InboxHead, PlatformNum, Store, Waiting};
use crate::transport::Transport;
use crate::writer::{Desk, Writer};
use crate::{Error, Result, contacts, probe, sync};

/// How often other processes' writing is looked for.
const FOLLOW: Duration = Duration::from_millis(15);
/// How often the registry file is looked at.
const WATCH: Duration = Duration::from_millis(500);
/// How often what is past its time is looked for.
const SWEEP: Duration = Duration::from_secs(60);

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
    pub registry: Arc<RwLock<Arc<Registry>>>,
    pub writer: Writer,
    pub transport: Arc<dyn Transport>,
    pub presence: Presence,
    pub inbox: Arc<Inbox>,
    pub outbox: Arc<Outbox>,
    pub counters: Counters,
    /// Tokens of entries that vanished from the file while this process ran: they are told so.
    pub vanished: Mutex<HashMap<PlatformNum, Arc<crate::registry::Entry>>>,
    registry_generation: watch::Sender<u64>,
    stop: watch::Sender<bool>,
    pub tasks: Mutex<JoinSet<()>>,
    lanes: Mutex<HashMap<PlatformNum, bool>>,
    /// Pings under way, and whether another is asked for.
    pinging: Mutex<HashMap<PlatformNum, bool>>,
    synced: Mutex<HashMap<PlatformNum, Instant>>,
    closed: AtomicBool,
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
        let registry = Arc::new(RwLock::new(Arc::new(registry)));
        let inbox = Arc::new(Inbox::new(store.clone(), config.max_handler_attempts, config.handler_timeout));
        inbox.add(&heads);
        let outbox = Arc::new(Outbox::default());
        let counters = Counters::default();
        let writer = Writer::start(Desk {
            store: store.clone(),
            directory: directory.clone(),
            registry: registry.clone(),
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
            registry,
            writer,
            transport,
            presence: Presence::default(),
            inbox,
            outbox,
            counters,
            vanished: Mutex::default(),
            registry_generation: watch::channel(0).0,
            stop: watch::channel(false).0,
            tasks: Mutex::default(),
            lanes: Mutex::default(),
            pinging: Mutex::default(),
            synced: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        engine.install().await?;
        Ok(engine)
    }

    /// Puts the registry in force that stands in `registry`.
    async fn install(&self) -> Result<()> {
        let registry = self.registry.reading().clone();
        if self.config.role == Role::Admin {
            return self.look_on(&registry);
        }
        let (name, standalone) = (self.config.node_name().to_owned(), self.config.is_standalone());
        let before: Vec<_> = self.directory.reading().entries().map(|(num, entry)| (num, entry.clone())).collect();
        self.writer.run(move |cx| platform::install(cx, &registry, &name, standalone)).await?;
        {
            let directory = self.directory.reading();
            let mut vanished = self.vanished.hold();
            vanished.extend(before);
            vanished.retain(|num, _| directory.entry(*num).is_none());
        }
        self.registry_generation.send_modify(|n| *n += 1);
        Ok(())
    }

    /// For an administrator: who this is stands in the store, and the node that uses it has put its registry in force there.
    fn look_on(&self, registry: &Registry) -> Result<()> {
        let owner = self.store.owner()?.ok_or_else(|| Error::store("no node has used this store yet"))?;
        let mut directory = self.directory.writing();
        directory.node = owner.node;
        directory.own = (!owner.standalone).then_some(owner.node);
        directory.install(registry);
        Ok(())
    }

    /// Starts the tasks of a node that takes part.
    pub(crate) fn start(self: &Arc<Self>) {
        self.spawn(follow(self.clone()));
        self.spawn(watch_registry(self.clone()));
        if self.config.role == Role::App {
            self.spawn(keep_contact(self.clone()));
            self.spawn(sweep(self.clone()));
            self.spawn(contacts::keep(self.clone()));
        }
    }

    pub(crate) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        let mut tasks = self.tasks.hold();
        while tasks.try_join_next().is_some() {}
        tasks.spawn(task);
    }

    // ---- closing

    pub(crate) fn stopping(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Has all tasks end. True the first time.
    pub(crate) fn stop(&self) -> bool {
        let first = !self.closed.swap(true, Ordering::AcqRel);
        self.stop.send_replace(true);
        first
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
            tracing::info!(platform = %self.directory.reading().name(num), "up");
            self.inbox.hint([hint]);
            self.synced.hold().remove(&num);
            self.presence.wake.notify_one();
            self.outbox.alive(num);
        }
    }

    pub(crate) fn is_down(&self, num: PlatformNum, why: &str) {
        if let Some(hint) = self.presence.down(num, why) {
            tracing::warn!(platform = %self.directory.reading().name(num), "down: {why}");
            self.inbox.hint([hint]);
        }
    }

    /// A peer answered 401 or 403: a wrong token or a wrong registry.
    pub(crate) fn refused(&self, num: PlatformNum, why: &str) {
        if self.presence.alarm(num, Some(why.to_owned())) {
            tracing::error!(platform = %self.directory.reading().name(num), "it refuses us: {why}; compare the tokens and the registries of both sides");
            let why = why.to_owned();
            let _ = self.writer.lazily(move |cx| platform::change(cx, num, PlatformState::Refused, Some(&why)));
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
}

/// Takes in what other processes write, soon.
async fn follow(engine: Arc<Engine>) {
    let mut seen = engine.store.others().unwrap_or_default();
    while !engine.stopping() {
        tokio::time::sleep(FOLLOW).await;
        match engine.store.others() {
            Ok(now) if now != seen => {
                seen = now;
                // The writer follows at the beginning of every transaction, also of an empty one.
                let _ = engine.writer.run(|_| Ok(())).await;
            }
            Ok(_) => {}
            Err(e) => tracing::error!("other processes can't be followed: {e}"),
        }
    }
}

/// Reads the registry file again whenever it changes.
async fn watch_registry(engine: Arc<Engine>) {
    let Some(path) = engine.config.platforms.clone() else { return };
    let own = engine.config.node_name().to_owned();
    let mut seen = stamp(&path);
    let mut reported = String::new();
    loop {
        tokio::select! {
            () = tokio::time::sleep(WATCH) => {}
            () = engine.stopped() => return,
        }
        let now = stamp(&path);
        if now == seen {
            continue;
        }
        seen = now;
        let read = {
            let (path, own) = (path.clone(), own.clone());
            tokio::task::spawn_blocking(move || Registry::read(&path, &own)).await
        };
        match read {
            Ok(Ok(registry)) => {
                reported.clear();
                *engine.registry.writing() = Arc::new(registry);
                match engine.install().await {
                    Ok(()) => tracing::info!("{} was read again", path.display()),
                    Err(e) => {
                        tracing::error!("{} could not be put in force: {e}", path.display());
                        seen = None;
                    }
                }
                engine.presence.wake.notify_one();
            }
            Ok(Err(e)) if e.to_string() != reported => {
                tracing::error!("{e}; what was valid stays in force");
                reported = e.to_string();
            }
            _ => {}
        }
    }
}

/// What tells that a file is another than before.
fn stamp(path: &std::path::Path) -> Option<(SystemTime, u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len(), meta.ino()))
}

/// Keeps in contact: starts a lane for each destination, pings who is silent, imports users when it is time.
async fn keep_contact(engine: Arc<Engine>) {
    let mut started: HashSet<PlatformNum> = HashSet::new();
    let mut pinged: HashMap<PlatformNum, (Instant, u64)> = HashMap::new();
    while !engine.stopping() {
        let generation = *engine.registry_generation.borrow();
        let urgent = engine.presence.take_urgent();
        let lanes: Vec<PlatformNum> = {
            let directory = engine.directory.reading();
            directory.entries().map(|(num, _)| num).filter(|num| directory.is_lane(*num)).collect()
        };
        for num in lanes {
            if started.insert(num) {
                engine.spawn(outbox::run(engine.clone(), num));
            }
            let due = match pinged.get(&num) {
                None => true,
                Some((_, seen)) if *seen != generation => true,
                Some((at, _)) => {
                    let every = engine.config.ping_interval;
                    urgent.contains(&num)
                        || (at.elapsed() >= every && is_pinged(&engine, num) && engine.presence.silent(num, every))
                }
            };
            if due && engine.begins_ping(num) {
                pinged.insert(num, (Instant::now(), generation));
                let engine = engine.clone();
                engine.clone().spawn(async move {
                    let _ = probe::ping(&engine, num).await;
                    if engine.ends_ping(num) {
                        engine.presence.ask(num);
                    }
                });
            }
            if engine.imports(num) {
                engine.clone().spawn(import(engine.clone(), num));
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = engine.presence.wake.notified() => {}
            () = engine.stopped() => {}
        }
    }
}

/// Nodes are pinged all the time, plain platforms only until it is known what they are, and while they are down.
fn is_pinged(engine: &Engine, num: PlatformNum) -> bool {
    let plain = engine.directory.reading().kind(num) == crate::store::PlatformKind::Plain;
    !plain || engine.presence.contact(num).up == Some(false)
}

impl Engine {
    /// Notes that a ping begins. False while one is under way; then another follows it, since whoever asked may want to know
    /// what has changed since.
    fn begins_ping(&self, num: PlatformNum) -> bool {
        let mut pinging = self.pinging.hold();
        let free = !pinging.contains_key(&num);
        pinging.insert(num, !free);
        free
    }

    /// Notes that a ping ended. True if another was asked for meanwhile.
    fn ends_ping(&self, num: PlatformNum) -> bool {
        self.pinging.hold().remove(&num).unwrap_or(false)
    }

    /// Whether it is time to import this platform's users, and for this process to do it. Notes that it is done.
    fn imports(&self, num: PlatformNum) -> bool {
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

async fn import(engine: Arc<Engine>, num: PlatformNum) {
    if let Err(e) = sync::import(&engine, num).await {
        tracing::warn!(platform = %engine.directory.reading().name(num), "its users were not imported: {e}");
    }
}

/// Looks after what is past its time: handlers that never acknowledge, what waited too long for its room, old receipts.
async fn sweep(engine: Arc<Engine>) {
    let mut swept: Option<Instant> = None;
    while !engine.stopping() {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = engine.stopped() => return,
        }
        for id in engine.inbox.expired(Instant::now()) {
            let _ = crate::consume::nack(&engine, id, "not acknowledged within the handler timeout").await;
        }
        let every = SWEEP.min(engine.config.retention / 4).max(Duration::from_secs(1));
        if swept.is_none_or(|at| at.elapsed() >= every) {
            swept = Some(Instant::now());
            loop {
                match engine.writer.run(crate::consume::forget).await {
                    Ok(true) if !engine.stopping() => {}
                    Ok(_) => break,
                    Err(e) => {
                        tracing::error!("what is past its time could not be cleared: {e}");
                        break;
                    }
                }
            }
        }
    }
}
