//! Nodes in memory, for an application's tests: `integrador::testing::blocking::Mesh`. All of it may wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use integrador::testing::blocking;
use integrador::{Error, ErrorKind, guarded};

use crate::error::Result;
use crate::given;
use crate::node::Node;
use crate::types::Setting;

#[derive(Debug, uniffi::Object)]
pub struct Mesh {
    /// None once it is closed.
    inner: Mutex<Option<Arc<blocking::Mesh>>>,
}

impl Mesh {
    fn with<T>(&self, work: impl FnOnce(&blocking::Mesh) -> integrador::Result<T>) -> Result<T> {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let closed = || Error::new(ErrorKind::Closed, "the mesh is closed: open another");
        Ok(guarded(|| work(&*inner.ok_or_else(closed)?))?)
    }
}

#[uniffi::export]
impl Mesh {
    #[uniffi::constructor]
    pub fn open(platforms: Vec<String>, settings: Vec<Setting>) -> Result<Arc<Mesh>> {
        let mesh = guarded(|| blocking::Mesh::open_as(platforms, &given::config(settings)?))?;
        Ok(Arc::new(Mesh { inner: Mutex::new(Some(Arc::new(mesh))) }))
    }

    pub fn node_of(&self, platform: String) -> Result<Arc<Node>> {
        self.with(|mesh| mesh.node(&platform)).map(Node::around)
    }

    pub fn down(&self, platform: String) -> Result<()> {
        self.with(|mesh| mesh.down(&platform))
    }

    pub fn up(&self, platform: String) -> Result<()> {
        self.with(|mesh| mesh.up(&platform))
    }

    pub fn crash(&self, platform: String) -> Result<()> {
        self.with(|mesh| mesh.crash(&platform))
    }

    pub fn reopen(&self, platform: String) -> Result<Arc<Node>> {
        self.with(|mesh| mesh.reopen(&platform)).map(Node::around)
    }

    pub fn advance(&self, span: Duration) -> Result<()> {
        self.with(|mesh| mesh.advance(span))
    }

    pub fn settle(&self) -> Result<()> {
        self.with(blocking::Mesh::settle)
    }

    pub fn wait_for_handler(&self, platform: String) -> Result<()> {
        self.with(|mesh| mesh.wait_for_handler(&platform))
    }

    pub fn close(&self) {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(inner);
    }
}
