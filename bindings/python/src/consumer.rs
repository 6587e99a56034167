//! The events of one node, one by one: `integrador::blocking::Consumer`.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use integrador::{Error, ErrorKind, blocking, guarded};
use pyo3::prelude::*;

use crate::errors::raised;
use crate::lock::hold;
use crate::node::Node;
use crate::wait::{Flag, Inside, asking};
use crate::{events, given};

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Consumer {
    /// Whose events they are, and whom they ask for local ids and recipients.
    node: Py<Node>,
    /// Waited for without the GIL, since whoever holds it may wait. None once it is dropped.
    inner: Mutex<Option<blocking::Consumer>>,
}

impl Consumer {
    fn with<T>(&self, work: impl FnOnce(&mut blocking::Consumer) -> Result<T, Error>) -> Result<T, Error> {
        work(hold(&self.inner).as_mut().ok_or_else(gone)?)
    }
}

fn gone() -> Error {
    Error::new(ErrorKind::Closed, "the consumer is closed")
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // Not by the lock: in a child that was forked, a thread that did not come along may have it.
        let inner = self.inner.get_mut().unwrap_or_else(PoisonError::into_inner).take();
        // Dropping it may wait for a fork to be over.
        Python::try_attach(|py| py.detach(|| drop(inner)));
    }
}

#[pymethods]
impl Consumer {
    #[new]
    fn new(node: &Bound<'_, Node>) -> PyResult<Consumer> {
        let py = node.py();
        let _inside = Inside::enter(py);
        let node_itself = node.get();
        let inner = py.detach(|| guarded(|| node_itself.consumer())).map_err(|error| raised(py, &error))?;
        Ok(Consumer { node: node.clone().unbind(), inner: Mutex::new(Some(inner)) })
    }

    fn next<'py>(
        &self,
        py: Python<'py>,
        timeout: Option<&Bound<'py, PyAny>>,
        stop: Option<&Bound<'py, Flag>>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let timeout = timeout.map(|timeout| given::seconds("timeout", timeout)).transpose()?.unwrap_or(Duration::MAX);
        let next = |go_on: &mut (dyn FnMut() -> bool + Send)| self.with(|inner| inner.next_while(timeout, go_on));
        let event = asking(py, stop.map(Bound::get), next)?;
        event.map(|event| events::event(py, &event, self.node.bind(py))).transpose()
    }

    fn at_hand<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        // With the GIL: to let it go may cost more than all the rest, where other threads want it.
        let event = match self.inner.try_lock() {
            Ok(mut inner) => inner.as_mut().and_then(blocking::Consumer::at_hand),
            Err(_) => None,
        };
        event.map(|event| events::event(py, &event, self.node.bind(py))).transpose()
    }

    fn advance<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let next = match self.inner.try_lock() {
            Ok(mut inner) => match inner.as_mut() {
                Some(inner) => inner.done().map(|()| inner.at_hand()),
                None => Err(gone()),
            },
            Err(_) => py.detach(|| guarded(|| self.with(|inner| inner.done().map(|()| inner.at_hand())))),
        };
        let event = next.map_err(|error| raised(py, &error))?;
        event.map(|event| events::event(py, &event, self.node.bind(py))).transpose()
    }

    fn done(&self, py: Python<'_>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        let done = match self.inner.try_lock() {
            Ok(mut inner) => inner.as_mut().map_or_else(|| Err(gone()), blocking::Consumer::done),
            Err(_) => py.detach(|| guarded(|| self.with(blocking::Consumer::done))),
        };
        done.map_err(|error| raised(py, &error))
    }

    fn failed<'py>(&self, py: Python<'py>, why: &Bound<'py, PyAny>, stop: Option<&Bound<'py, Flag>>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        let why = given::text("why", why)?;
        let failed = |go_on: &mut (dyn FnMut() -> bool + Send)| {
            self.with(|inner| Ok(inner.failed_while(&why, go_on)?.then_some(())))
        };
        asking(py, stop.map(Bound::get), failed).map(drop)
    }

    fn flush(&self, py: Python<'_>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        let flush =
            |go_on: &mut (dyn FnMut() -> bool + Send)| self.with(|inner| Ok(inner.flush_while(go_on)?.then_some(())));
        asking(py, None, flush).map(drop)
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        let close =
            |go_on: &mut (dyn FnMut() -> bool + Send)| self.with(|inner| Ok(inner.close_while(go_on)?.then_some(())));
        asking(py, None, close).map(drop)
    }
}
