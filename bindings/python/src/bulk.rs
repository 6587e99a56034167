//! Many messages, and what became of them, in portions: an event loop reads and shows some of them in each of its rounds.

use std::collections::HashMap;
use std::iter::Enumerate;
use std::sync::Mutex;
use std::vec::IntoIter;

use integrador::{Error, NewMessage, Receipt};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::call::Call;
use crate::errors::raised;
use crate::lock::hold;
use crate::node::Node;
use crate::{given, shown};

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Messages(Mutex<Given>);

#[derive(Default)]
struct Given {
    messages: Vec<Result<NewMessage, Error>>,
    /// Of those that could not be read: the exceptions, by place.
    unreadable: HashMap<usize, PyErr>,
}

#[pymethods]
impl Messages {
    #[new]
    fn new() -> Messages {
        Messages(Mutex::default())
    }

    fn add(&self, messages: &Bound<'_, PyList>) -> PyResult<()> {
        let first = hold(&self.0).messages.len();
        let more = given::messages("messages", first, messages)?;
        let mut given = hold(&self.0);
        for one in more {
            let place = given.messages.len();
            let one = one.map_err(|unreadable| {
                given.unreadable.insert(place, unreadable);
                Error::invalid("message", "it can't be read")
            });
            given.messages.push(one);
        }
        Ok(())
    }
}

impl Messages {
    /// The call that publishes them.
    pub(crate) fn publish(&self, node: &Node) -> Call {
        let Given { messages, unreadable } = std::mem::take(&mut *hold(&self.0));
        let work = move |node: integrador::Node| async move { node.publish_readable_messages(messages).await };
        Call::new(node.open(), work, move |py, all| {
            let left = Left { receipts: all.into_iter().enumerate(), unreadable };
            Ok(Bound::new(py, Receipts(Mutex::new(left)))?.into_any())
        })
    }
}

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Receipts(Mutex<Left>);

struct Left {
    receipts: Enumerate<IntoIter<Result<Receipt, Error>>>,
    unreadable: HashMap<usize, PyErr>,
}

#[pymethods]
impl Receipts {
    fn take<'py>(&self, py: Python<'py>, max: usize) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let mut left = hold(&self.0);
        let next: Vec<_> = left.receipts.by_ref().take(max).collect();
        let unreadable: Vec<_> = next.iter().map(|(place, _)| left.unreadable.remove(place)).collect();
        drop(left);
        let shown = next.into_iter().zip(unreadable).map(|((_, receipt), unreadable)| match (receipt, unreadable) {
            (_, Some(unreadable)) => Ok(unreadable.into_value(py).into_bound(py).into_any()),
            (Ok(receipt), None) => shown::receipt(py, &receipt),
            (Err(error), None) => Ok(raised(py, &error).into_value(py).into_bound(py).into_any()),
        });
        shown.collect()
    }
}
