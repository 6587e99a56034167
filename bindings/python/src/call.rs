//! One operation with its arguments, ready to be done: waited for, or handed in to be completed later. What the package offers
//! to threads and to asyncio is the same operation either way.

use std::pin::Pin;
use std::sync::{Arc, Mutex};

use integrador::blocking::{self, Ticket};
use integrador::{Error, ErrorKind};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;

use crate::errors::raised;
use crate::lock::hold;
use crate::node::Open;
use crate::wait::{Inside, wait};

type Shown<'py> = PyResult<Bound<'py, PyAny>>;
/// What an operation returned, to be made an object of Python where the GIL is held. It may be dropped anywhere.
pub(crate) type Made = Box<dyn for<'py> FnOnce(Python<'py>) -> Shown<'py> + Send>;
type Doing = Pin<Box<dyn Future<Output = Result<Made, Error>> + Send>>;
type Work = Box<dyn FnOnce(integrador::Node) -> Doing + Send>;

/// See `_native.pyi`.
#[pyclass(frozen, generic, module = "integrador._native")]
pub(crate) struct Call {
    node: Arc<Open>,
    /// None once it was made.
    work: Mutex<Option<Work>>,
    /// It computes for long, so it is not done where the others are.
    long: bool,
}

impl Call {
    /// `show` makes an object of Python of what `work` returned.
    pub(crate) fn new<T, F>(
        node: &Arc<Open>,
        work: impl FnOnce(integrador::Node) -> F + Send + 'static,
        show: impl for<'py> FnOnce(Python<'py>, T) -> Shown<'py> + Send + 'static,
    ) -> Call
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let work = |node| -> Doing {
            let doing = work(node);
            Box::pin(async move {
                let value = doing.await?;
                let made: Made = Box::new(move |py| show(py, value));
                Ok(made)
            })
        };
        Call { node: node.clone(), work: Mutex::new(Some(Box::new(work))), long: false }
    }

    pub(crate) fn long(self) -> Call {
        Call { long: true, ..self }
    }

    /// Hands it in, and returns at once.
    pub(crate) fn submit(&self, tickets: &blocking::Tickets<Made>) -> Result<Ticket, Error> {
        let work = self.take()?;
        if self.long { tickets.submit_apart(work) } else { tickets.submit(work) }
    }

    fn take(&self) -> Result<Work, Error> {
        let work = hold(&self.work).take();
        work.ok_or_else(|| Error::new(ErrorKind::Internal, "this call was made already"))
    }
}

#[pymethods]
impl Call {
    fn wait<'py>(&self, py: Python<'py>) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let work = self.take().map_err(|error| raised(py, &error))?;
        wait(py, &self.node, work)?(py)
    }
}

/// A number, a text, a bool, or a list of such.
pub(crate) fn plain<T: for<'py> IntoPyObject<'py>>(py: Python<'_>, value: T) -> Shown<'_> {
    value.into_bound_py_any(py)
}

/// `None`.
pub(crate) fn nothing(py: Python<'_>, (): ()) -> Shown<'_> {
    Ok(py.None().into_bound(py))
}

/// What is shown by reference.
pub(crate) fn by_ref<T>(
    show: impl for<'py> FnOnce(Python<'py>, &T) -> Shown<'py> + Send + 'static,
) -> impl for<'py> FnOnce(Python<'py>, T) -> Shown<'py> + Send + 'static {
    move |py: Python<'_>, value: T| show(py, &value)
}
