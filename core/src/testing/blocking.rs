//! The same for threads, as [`crate::blocking`] has it; what the language bindings call.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use crate::blocking::Node;
use crate::inbox::takers::Who;
use crate::util::lock::MutexExt;
use crate::util::threads;
use crate::{Config, Error, ErrorKind, Result};

/// How long a handler that was started may take until it asks for events, and a call that is under way until it has ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// The mesh and its thread have the runtime.
const OURS: usize = 2;

/// A [`Mesh`](super::Mesh) for threads, with a runtime of its own.
///
/// ```
/// use integrador::testing::blocking::Mesh;
/// use integrador::{NewMessage, RoomKind};
///
/// let net = Mesh::open(["BuasApp", "RustChat"])?;
/// net.node("BuasApp")?.publish_room(7, "Plaza", RoomKind::Public, vec![])?;
/// net.settle()?;
/// assert_eq!(net.node("RustChat")?.rooms()?[0].name, "Plaza");
/// # Ok::<(), integrador::Error>(())
/// ```
pub struct Mesh {
    mesh: Option<Arc<super::Mesh>>,
    nodes: Mutex<BTreeMap<String, Node>>,
    runtime: Option<Arc<Runtime>>,
    /// The thread in which the nodes work, and what ends it.
    driver: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
    process: u32,
}

impl std::fmt::Debug for Mesh {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mesh").field("mesh", &self.mesh).finish_non_exhaustive()
    }
}

impl Mesh {
    /// See [`super::Mesh::open`].
    ///
    /// # Errors
    /// As there.
    pub fn open<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Result<Mesh> {
        Mesh::open_with(names, |_| {})
    }

    /// See [`super::Mesh::open_with`].
    ///
    /// # Errors
    /// As there.
    pub fn open_with<N: Into<String>>(
        names: impl IntoIterator<Item = N>,
        configure: impl Fn(&mut Config),
    ) -> Result<Mesh> {
        let no_thread = |e: std::io::Error| Error::new(ErrorKind::Internal, format!("no thread: {e}")).caused_by(e);
        let runtime = Arc::new(threads::runtime(Builder::new_current_thread().enable_all()).map_err(no_thread)?);
        let (stop, stopped) = oneshot::channel::<()>();
        let drives = runtime.clone();
        let drive = move || drives.block_on(async { drop(stopped.await) });
        let driver = threads::spawn("integrador-mesh", drive).map_err(no_thread)?;
        let mut made = Mesh {
            mesh: None,
            nodes: Mutex::default(),
            runtime: Some(runtime.clone()),
            driver: Some((stop, driver)),
            process: std::process::id(),
        };
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mesh = runtime.block_on(super::Mesh::unsettled(names.clone(), configure))?;
        let mesh = made.mesh.insert(Arc::new(mesh));
        for name in names {
            let node = Node::within(mesh.node(&name)?, runtime.clone());
            made.nodes.hold().insert(name, node);
        }
        drop(runtime);
        made.settle()?;
        Ok(made)
    }

    /// The same with this configuration for each node, but for what a mesh sees to: the platform and the store.
    ///
    /// # Errors
    /// As there.
    pub fn open_as<N: Into<String>>(names: impl IntoIterator<Item = N>, options: &Config) -> Result<Mesh> {
        Mesh::open_with(names, |config| {
            let own = std::mem::replace(config, options.clone());
            (config.platform, config.store) = (own.platform, own.store);
        })
    }

    /// See [`super::Mesh::node`].
    ///
    /// # Errors
    /// As there.
    pub fn node(&self, name: &str) -> Result<Node> {
        let (mesh, _) = self.parts()?;
        mesh.node(name)?;
        self.nodes.hold().get(name).cloned().ok_or_else(Error::closed)
    }

    /// See [`super::Mesh::down`].
    ///
    /// # Errors
    /// As there.
    pub fn down(&self, name: &str) -> Result<()> {
        self.parts()?.0.down(name)
    }

    /// See [`super::Mesh::up`].
    ///
    /// # Errors
    /// As there.
    pub fn up(&self, name: &str) -> Result<()> {
        self.parts()?.0.up(name)
    }

    /// See [`super::Mesh::crash`].
    ///
    /// # Errors
    /// As there.
    pub fn crash(&self, name: &str) -> Result<()> {
        let (mesh, runtime) = self.parts()?;
        runtime.block_on(mesh.crash(name))?;
        if let Some(node) = self.nodes.hold().remove(name) {
            node.abandon();
        }
        Ok(())
    }

    /// See [`super::Mesh::reopen`].
    ///
    /// # Errors
    /// As there.
    pub fn reopen(&self, name: &str) -> Result<Node> {
        let (mesh, runtime) = self.parts()?;
        let node = Node::within(runtime.block_on(mesh.reopen(name))?, runtime.clone());
        if let Some(before) = self.nodes.hold().insert(name.to_owned(), node.clone()) {
            before.abandon();
        }
        Ok(node)
    }

    /// See [`super::Mesh::advance`].
    ///
    /// # Errors
    /// As there.
    pub fn advance(&self, span: Duration) -> Result<()> {
        self.while_time_moves(move |mesh, asks| async move { mesh.advance_for(asks, span).await })
    }

    /// See [`super::Mesh::settle`].
    ///
    /// # Errors
    /// As there.
    pub fn settle(&self) -> Result<()> {
        self.while_time_moves(move |mesh, asks| async move { mesh.settle_for(asks).await })
    }

    /// Waits until the handler of a platform, which runs in another thread, has asked for events for the first time: from then
    /// on [`settle`](Mesh::settle) waits for it.
    ///
    /// # Errors
    /// `unknown_platform`, `closed`; `internal` if it does not within 10 s.
    pub fn wait_for_handler(&self, name: &str) -> Result<()> {
        let (mesh, _) = self.parts()?;
        let began = Instant::now();
        while !mesh.has_taker(name)? {
            if began.elapsed() > PATIENCE {
                return Err(Error::new(ErrorKind::Internal, format!("no handler of {name} asks for events")));
            }
            thread::sleep(Duration::from_micros(200));
        }
        Ok(())
    }

    /// In the thread in which the nodes work: time leaps whenever that one has nothing to do.
    fn while_time_moves<F>(&self, work: impl FnOnce(Arc<super::Mesh>, Who) -> F) -> Result<()>
    where
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let (mesh, runtime) = self.parts()?;
        let done = runtime.block_on(runtime.spawn(work(mesh.clone(), Who::now())));
        done.map_err(|e| Error::new(ErrorKind::Internal, format!("the mesh failed: {e}")))?
    }

    fn parts(&self) -> Result<(&Arc<super::Mesh>, &Arc<Runtime>)> {
        if self.process != std::process::id() {
            return Err(Error::new(ErrorKind::Closed, "this mesh was opened before a fork: open one in this process"));
        }
        self.mesh.as_ref().zip(self.runtime.as_ref()).ok_or_else(Error::closed)
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        let (mesh, runtime, driver) = (self.mesh.take(), self.runtime.take(), self.driver.take());
        let was_open = mesh.is_some();
        if self.process != std::process::id() {
            // In a forked child its threads do not exist, and what they had locked stays locked: all of it is left alone.
            std::mem::forget((mesh, runtime, driver));
            return;
        }
        drop(mesh);
        std::mem::take(&mut *self.nodes.hold()).into_values().for_each(|node| node.abandon());
        // Who waits in another thread keeps the runtime, and hears from its tasks that the node is closed: until then they go on.
        let began = Instant::now();
        while was_open
            && runtime.as_ref().is_some_and(|kept| Arc::strong_count(kept) > OURS)
            && began.elapsed() < PATIENCE
        {
            thread::sleep(Duration::from_micros(200));
        }
        if let Some((stop, driver)) = driver {
            let _ = stop.send(());
            let _ = driver.join();
        }
        if let Some(runtime) = runtime.and_then(Arc::into_inner) {
            runtime.shutdown_background();
        }
    }
}
