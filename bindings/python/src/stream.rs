//! The events of one node, one by one, by calls that hold no thread: `integrador::blocking::Stream`.

use std::sync::Arc;
use std::time::Duration;

use integrador::blocking;
use pyo3::prelude::*;

use crate::call::{Call, nothing, plain};
use crate::node::Node;
use crate::wait::{Flag, Inside};
use crate::{events, given};

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Stream {
    /// Whose events they are, and whom they ask for local ids and recipients.
    node: Py<Node>,
    inner: Arc<blocking::Stream>,
    process: u32,
}

impl Drop for Stream {
    fn drop(&mut self) {
        let inner = std::mem::take(&mut self.inner);
        if self.process != std::process::id() {
            // In a forked child it is the parent's: the threads of its runtime did not come along.
            std::mem::forget(inner);
        } else {
            // Dropping it may wait for a fork to be over.
            Python::try_attach(|py| py.detach(|| drop(inner)));
        }
    }
}

#[pymethods]
impl Stream {
    #[new]
    fn new(node: &Bound<'_, Node>) -> Stream {
        Stream { node: node.clone().unbind(), inner: Arc::default(), process: std::process::id() }
    }

    fn done(&self) {
        self.inner.done();
    }

    fn at_hand<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        self.inner.at_hand().map(|event| events::event(py, &event, self.node.bind(py))).transpose()
    }

    fn ready(&self, py: Python<'_>, stop: &Flag) -> Call {
        let _inside = Inside::enter(py);
        let (inner, stop) = (self.inner.clone(), stop.clone());
        let work = move |node: integrador::Node| async move { inner.ready(&node, Duration::MAX, stop.wait()).await };
        Call::new(self.node.get().open(), work, plain)
    }

    fn failed(&self, py: Python<'_>, why: &Bound<'_, PyAny>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (inner, why) = (self.inner.clone(), given::text("why", why)?);
        let work = move |node: integrador::Node| async move { inner.failed(&node, &why).await };
        Ok(Call::new(self.node.get().open(), work, nothing))
    }

    fn close(&self, py: Python<'_>) -> Call {
        let _inside = Inside::enter(py);
        let inner = self.inner.clone();
        Call::new(self.node.get().open(), move |_| async move { inner.close().await }, nothing)
    }
}
