//! Nodes in memory, for an application's tests: `integrador::testing::blocking::Mesh`.

use std::sync::{Arc, Mutex};

use integrador::testing::blocking;
use integrador::{Config, Error, ErrorKind, Result, guarded};
use pyo3::prelude::*;

use crate::errors::raised;
use crate::given;
use crate::lock::hold;
use crate::node::Node;
use crate::wait::Inside;

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Mesh {
    /// None once it is closed.
    inner: Mutex<Option<Arc<blocking::Mesh>>>,
}

impl Mesh {
    fn take(&self) -> Option<Arc<blocking::Mesh>> {
        hold(&self.inner).take()
    }

    /// Does something with the mesh, without the GIL: handlers need it meanwhile.
    fn with<T: Send>(&self, py: Python<'_>, work: impl FnOnce(&blocking::Mesh) -> Result<T> + Send) -> PyResult<T> {
        let _inside = Inside::enter(py);
        let inner = hold(&self.inner).clone();
        let done = py.detach(|| {
            guarded(|| work(inner.as_ref().ok_or_else(|| Error::new(ErrorKind::Closed, "the mesh is closed"))?))
        });
        done.map_err(|error| raised(py, &error))
    }
}

impl Drop for Mesh {
    fn drop(&mut self) {
        let inner = self.take();
        Python::try_attach(|py| py.detach(|| drop(inner)));
    }
}

#[pymethods]
impl Mesh {
    #[new]
    fn new(py: Python<'_>, names: Vec<String>, options: &str) -> PyResult<Mesh> {
        let _inside = Inside::enter(py);
        let options = Config::from_json(options).map_err(|error| raised(py, &error))?;
        let opened = py.detach(|| guarded(|| blocking::Mesh::open_as(names, &options)));
        let inner = opened.map_err(|error| raised(py, &error))?;
        Ok(Mesh { inner: Mutex::new(Some(Arc::new(inner))) })
    }

    fn node(&self, py: Python<'_>, name: &str) -> PyResult<Node> {
        self.with(py, |mesh| mesh.node(name)).map(Node::around)
    }

    fn down(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |mesh| mesh.down(name))
    }

    fn up(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |mesh| mesh.up(name))
    }

    fn crash(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |mesh| mesh.crash(name))
    }

    fn reopen(&self, py: Python<'_>, name: &str) -> PyResult<Node> {
        self.with(py, |mesh| mesh.reopen(name)).map(Node::around)
    }

    fn advance(&self, py: Python<'_>, span: &Bound<'_, PyAny>) -> PyResult<()> {
        let span = given::seconds("span", span)?;
        self.with(py, |mesh| mesh.advance(span))
    }

    fn settle(&self, py: Python<'_>) -> PyResult<()> {
        self.with(py, blocking::Mesh::settle)
    }

    fn wait_for_handler(&self, py: Python<'_>, name: &str) -> PyResult<()> {
        self.with(py, |mesh| mesh.wait_for_handler(name))
    }

    fn close(&self, py: Python<'_>) {
        let _inside = Inside::enter(py);
        let inner = self.take();
        py.detach(|| drop(inner));
    }
}
