//! [`Mesh`]: the nodes, the network between them, and their time.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::hold::{MeshClock, Time};
use super::opened::Opened;
use crate::config::Role;
use crate::inbox::takers::{AppState, Who};
use crate::registry::Registry;
use crate::store::memory::Disk;
use crate::transport::memory::Network;
use crate::util::apart::apart;
use crate::util::lock::MutexExt;
use crate::{Config, Error, ErrorKind, Node, Result};

/// Handlers are looked after at least this often while time moves.
const STEP: Duration = Duration::from_secs(1);
/// The least that time moves while it is looked whether all has been delivered.
const LEAST: Duration = Duration::from_millis(1);
/// How far time moves at most until what can be delivered is.
const LONGEST: Duration = Duration::from_secs(600);
/// How long a handler may take, of the machine's time.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long, of the machine's time, an app may be away that has asked for events before.
const AWAY: Duration = Duration::from_secs(1);
/// How long, of the machine's time, a mesh may take to come to rest.
const ENDLESS: Duration = Duration::from_secs(60);
const LOOK: Duration = Duration::from_micros(200);

/// Platforms that know each other, each with a node in memory. See the [module](super).
pub struct Mesh {
    places: BTreeMap<String, Place>,
    network: Arc<Network>,
    clock: Arc<MeshClock>,
    time: Time,
}

struct Place {
    config: Config,
    registry: Registry,
    disk: Disk,
    open: Mutex<Option<Opened>>,
}

impl std::fmt::Debug for Mesh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mesh").field("platforms", &self.places.keys()).finish_non_exhaustive()
    }
}

impl Mesh {
    /// Platforms of these names, open, each of which knows that the others are up. From now on the time of the runtime stands.
    ///
    /// # Errors
    /// `config`: a name can't be one, or the runtime has several threads.
    pub async fn open<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Mesh> {
        Mesh::open_with(names, |_| {}).await
    }

    /// The same, with other options: `configure` is called with the configuration of each.
    ///
    /// # Errors
    /// As [`open`](Mesh::open); and `config` for options that have no meaning here: `listen`, `platforms`, `role`.
    pub async fn open_with<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        configure: impl Fn(&mut Config),
    ) -> Result<Mesh> {
        let mesh = Mesh::unsettled(names, configure).await?;
        mesh.settle().await?;
        Ok(mesh)
    }

    /// The same, before the platforms have heard of each other.
    pub(super) async fn unsettled<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        configure: impl Fn(&mut Config),
    ) -> Result<Mesh> {
        Mesh::with_strangers(names, &[], configure).await
    }

    /// The same; these of the platforms are on the network and know nobody.
    pub(crate) async fn with_strangers<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        strangers: &[&str],
        configure: impl Fn(&mut Config),
    ) -> Result<Mesh> {
        let time = Time::stop()?;
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut places = BTreeMap::new();
        for name in &names {
            let mut config = Config::new(name, format!("{name}.db"));
            configure(&mut config);
            config.validate()?;
            if config.listen.is_some() || config.platforms.is_some() || config.role != Role::App {
                return Err(Error::config("a mesh has neither ports nor files: no `listen`, `platforms` or `role`"));
            }
            places.insert(name.clone(), Place::new(config, &names, strangers)?);
        }
        let mesh = Mesh { places, network: Arc::default(), clock: Arc::new(MeshClock::new()), time };
        names.iter().enumerate().for_each(|(index, name)| mesh.network.host(host(index), name.clone()));
        for name in &names {
            mesh.start(name).await?;
        }
        Ok(mesh)
    }

    /// The node of a platform, as it is now: after [`reopen`](Mesh::reopen) it is another one.
    ///
    /// # Errors
    /// `unknown_platform`; `closed` between [`crash`](Mesh::crash) and [`reopen`](Mesh::reopen).
    pub fn node(&self, name: &str) -> Result<Node> {
        self.place(name)?.open.hold().as_ref().map(|opened| opened.node.clone()).ok_or_else(Error::closed)
    }

    /// Cuts a platform off: nobody reaches it, and it reaches nobody. The others see it when they try.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub fn down(&self, name: &str) -> Result<()> {
        self.place(name)?;
        self.network.cut_off(name, true);
        Ok(())
    }

    /// Lets a platform be reached again. What waits for it goes out when the others notice, which
    /// [`settle`](Mesh::settle) waits for.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub fn up(&self, name: &str) -> Result<()> {
        self.place(name)?;
        self.network.cut_off(name, false);
        Ok(())
    }

    /// Has the process of a platform die: what its node had not committed is lost, and its handles answer `closed`. Its store
    /// is there for [`reopen`](Mesh::reopen).
    ///
    /// # Errors
    /// `unknown_platform`.
    pub async fn crash(&self, name: &str) -> Result<()> {
        let opened = self.place(name)?.open.hold().take();
        if let Some(opened) = opened {
            opened.crash().await;
        }
        Ok(())
    }

    /// Opens the node of a platform again on its store; one that is open is closed before, as an application does that ends
    /// cleanly.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub async fn reopen(&self, name: &str) -> Result<Node> {
        let opened = self.place(name)?.open.hold().take();
        if let Some(opened) = opened {
            opened.node.close().await?;
        }
        self.start(name).await
    }

    /// Moves time on; what falls due meanwhile happens, and handlers that are called have ended when this returns.
    ///
    /// # Errors
    /// `internal`: a handler takes longer than 10 s of the machine's time.
    pub async fn advance(&self, span: Duration) -> Result<()> {
        self.advance_for(Who::now(), span).await
    }

    pub(super) async fn advance_for(&self, asks: Who, span: Duration) -> Result<()> {
        let _moving = self.time.let_go().await;
        self.apps_rest(asks).await?;
        let end = Instant::now() + span;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                self.commits().await?;
                return Ok(());
            }
            sleep(left.min(STEP)).await;
            self.apps_rest(asks).await?;
        }
    }

    /// Returns when all that can be delivered has been: platforms that can be reached see each other, nothing waits for them, and
    /// the handlers have ended. Time moves on as far as that takes, usually a few milliseconds: after a platform was down, until
    /// the others try it again.
    ///
    /// What a handler failed at comes later: [`advance`](Mesh::advance). Whoever takes events by hand, in the thread and task
    /// that calls this, is not waited for; a handler that has not asked for events yet isn't either.
    ///
    /// # Errors
    /// `internal`: a handler takes longer than 10 s of the machine's time, or handlers answer each other for ever. `transport`:
    /// something does not arrive within ten minutes although its platform can be reached; its inbox may be full.
    pub async fn settle(&self) -> Result<()> {
        self.settle_for(Who::now()).await
    }

    pub(super) async fn settle_for(&self, asks: Who) -> Result<()> {
        let _moving = self.time.let_go().await;
        let (mut passed, mut step, began) = (Duration::ZERO, LEAST, std::time::Instant::now());
        loop {
            let before = self.commits().await?;
            sleep(step).await;
            self.apps_rest(asks).await?;
            let under_way = self.under_way().await?;
            // Whatever happened meanwhile was committed, and what is looked at here is not looked at all at once.
            let (commits, nodes) = (self.commits().await?, self.nodes().count() as u64);
            match under_way {
                None if commits == before + nodes => return Ok(()),
                None if began.elapsed() > ENDLESS => {
                    let why = "the mesh does not come to rest: there is always something new, as when handlers answer each other";
                    return Err(Error::new(ErrorKind::Internal, why));
                }
                None => step = LEAST,
                Some(what) if passed >= LONGEST => return Err(Error::new(ErrorKind::Transport, what)),
                Some(_) => step = (step * 2).min(STEP),
            }
            passed += step;
        }
    }

    fn place(&self, name: &str) -> Result<&Place> {
        let known = || format!("the mesh has no platform called {name}; it has {:?}", self.places.keys());
        self.places.get(name).ok_or_else(|| Error::new(ErrorKind::UnknownPlatform, known()))
    }

    async fn start(&self, name: &str) -> Result<Node> {
        let place = self.place(name)?;
        let (config, registry) = (place.config.clone(), place.registry.clone());
        let opened = Opened::open(config, registry, &place.disk, &self.network, &self.clock).await?;
        let node = opened.node.clone();
        *place.open.hold() = Some(opened);
        Ok(node)
    }

    /// Those that are open.
    fn nodes(&self) -> impl Iterator<Item = Node> {
        let open = |place: &Place| place.open.hold().as_ref().map(|opened| opened.node.clone());
        self.places.values().filter_map(open).filter(|node| !node.shared().stopping())
    }

    /// Has every node write what waits to be written; returns how many commits there were.
    async fn commits(&self) -> Result<u64> {
        let mut commits = 0;
        for node in self.nodes() {
            node.shared().writer.run(|_| Ok(())).await?;
            commits += node.shared().counters.commits.load(std::sync::atomic::Ordering::Relaxed);
        }
        Ok(commits)
    }

    /// Something that is still on its way between platforms that can be reached, in words.
    async fn under_way(&self) -> Result<Option<String>> {
        let reachable = |name: &str| self.network.reachable(name).is_some();
        for node in self.nodes().filter(|node| reachable(node.name())) {
            let status = node.status().await?;
            let mut others = status.platforms.iter().filter(|other| reachable(&other.name));
            if let Some(other) = others.find(|other| other.up != Some(true) || other.waiting > 0) {
                return Ok(Some(match other.waiting {
                    0 => format!("{} does not see that {} is up", node.name(), other.name),
                    waiting => format!("of what {} sends, {waiting} events do not reach {}", node.name(), other.name),
                }));
            }
        }
        Ok(None)
    }

    /// Waits, in the machine's time, until no handler works.
    async fn apps_rest(&self, asks: Who) -> Result<()> {
        let began = std::time::Instant::now();
        let mut away: Option<std::time::Instant> = None;
        loop {
            let states: Vec<(Node, AppState)> =
                self.nodes().map(|node| (node.clone(), node.inbox().app(asks))).collect();
            let in_state = |state| states.iter().find(|(_, of)| *of == state).map(|(node, _)| node);
            match (in_state(AppState::Busy), in_state(AppState::Away)) {
                (Some(node), _) if began.elapsed() > PATIENCE => {
                    let why = "holds an event, or has not taken it, for longer than 10 s: it is neither acknowledged nor \
                               given back";
                    return Err(Error::new(ErrorKind::Internal, format!("the handler of {} {why}", node.name())));
                }
                (Some(_), _) => away = None,
                (None, Some(_)) if away.is_some_and(|since| since.elapsed() > AWAY) => return Ok(()),
                (None, Some(_)) => away = away.or_else(|| Some(std::time::Instant::now())),
                (None, None) => return Ok(()),
            }
            // What blocks keeps time from leaping.
            apart(|| {
                std::thread::sleep(LOOK);
                Ok(())
            })
            .await?;
        }
    }

    /// Whether somebody has asked for events of this platform.
    pub(super) fn has_taker(&self, name: &str) -> Result<bool> {
        Ok(self.node(name)?.inbox().has_taker())
    }
}

/// What is left open dies: an app that still asks hears that its node is closed.
impl Drop for Mesh {
    fn drop(&mut self) {
        for opened in self.places.values().filter_map(|place| place.open.hold().take()) {
            opened.kill();
        }
        self.network.end();
    }
}

/// The host under which the platform of this number is reached.
fn host(index: usize) -> String {
    format!("platform-{index}")
}

impl Place {
    fn new(config: Config, names: &[String], strangers: &[&str]) -> Result<Place> {
        let own = config.node_name().to_owned();
        let others = || names.iter().enumerate().filter(|(_, name)| **name != own);
        let entry = |(index, name): (usize, &String)| {
            let token = format!("token-of-{}-and-{}", (&own).min(name), (&own).max(name));
            json!({"id": index + 1, "name": name, "endpoint": format!("http://{}/", host(index)), "token": token})
        };
        let is_strange = |name: &String| strangers.contains(&&**name);
        let known = others().filter(|(_, name)| !is_strange(name) && !is_strange(&own));
        let entries: Vec<_> = known.map(entry).collect();
        let text = serde_json::Value::from(entries).to_string();
        let registry = Registry::parse(text.as_bytes(), &own, Path::new("platforms.json"))?;
        Ok(Place { config, registry, disk: Disk::default(), open: Mutex::default() })
    }
}
