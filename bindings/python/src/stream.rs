//! The events of one node, one by one, by calls that hold no thread: `integrador::Consumer`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use integrador::{Consumer, Error, ErrorKind};
use pyo3::prelude::*;
use tokio::sync::Mutex;

use crate::call::{Call, nothing, plain};
use crate::node::Node;
use crate::wait::{Flag, Inside};
use crate::{events, given};

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Stream {
    /// Whose events they are, and whom they ask for local ids and recipients.
    node: Py<Node>,
    inner: Arc<Inner>,
    process: u32,
}

struct Inner {
    place: Mutex<Place>,
    /// The event that was handed out was handled: whoever has the consumer next says so.
    done: AtomicBool,
}

/// Where its consumer is.
enum Place {
    /// It is made in the runtime of the node.
    New,
    Open(Consumer),
    Closed,
}

impl Inner {
    fn new(place: Place) -> Arc<Inner> {
        Arc::new(Inner { place: Mutex::new(place), done: AtomicBool::new(false) })
    }

    /// The consumer, if it is open; it knows then what is done.
    fn open<'p>(&self, place: &'p mut Place) -> Option<&'p mut Consumer> {
        let Place::Open(consumer) = place else { return None };
        if self.done.swap(false, Ordering::SeqCst) {
            consumer.done();
        }
        Some(consumer)
    }

    /// The same, made now if it was not.
    fn made<'p>(&self, place: &'p mut Place, node: &integrador::Node) -> Result<&'p mut Consumer, Error> {
        if matches!(place, Place::New) {
            *place = Place::Open(node.consumer());
        }
        self.open(place).ok_or_else(|| Error::new(ErrorKind::Closed, "these events are closed"))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        let inner = std::mem::replace(&mut self.inner, Inner::new(Place::Closed));
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
        let inner = Inner::new(Place::New);
        Stream { node: node.clone().unbind(), inner, process: std::process::id() }
    }

    fn done(&self) {
        self.inner.done.store(true, Ordering::SeqCst);
    }

    fn at_hand<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let event = match self.inner.place.try_lock() {
            Ok(mut place) => self.inner.open(&mut place).and_then(Consumer::at_hand),
            Err(_) => None,
        };
        event.map(|event| events::event(py, &event, self.node.bind(py))).transpose()
    }

    fn ready(&self, py: Python<'_>, stop: &Flag) -> Call {
        let _inside = Inside::enter(py);
        let (inner, stop) = (self.inner.clone(), stop.clone());
        let work = move |node: integrador::Node| async move {
            let mut place = inner.place.lock().await;
            let consumer = inner.made(&mut place, &node)?;
            tokio::select! {
                biased;
                () = stop.wait() => Ok(false),
                ready = consumer.ready(Duration::MAX) => ready,
            }
        };
        Call::new(self.node.get().open(), work, plain)
    }

    fn failed(&self, py: Python<'_>, why: &Bound<'_, PyAny>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (inner, why) = (self.inner.clone(), given::text("why", why)?);
        let work = move |node| async move {
            let mut place = inner.place.lock().await;
            inner.made(&mut place, &node)?.failed(&why).await
        };
        Ok(Call::new(self.node.get().open(), work, nothing))
    }

    fn close(&self, py: Python<'_>) -> Call {
        let _inside = Inside::enter(py);
        let inner = self.inner.clone();
        let work = move |_| async move {
            let mut place = inner.place.lock().await;
            inner.open(&mut place);
            match std::mem::replace(&mut *place, Place::Closed) {
                Place::Open(consumer) => consumer.close().await,
                Place::New | Place::Closed => Ok(()),
            }
        };
        Call::new(self.node.get().open(), work, nothing)
    }
}
