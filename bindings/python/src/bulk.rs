//! Many messages, and what became of them, in portions: an event loop reads and shows some of them in each of its rounds.

use std::sync::{Mutex, PoisonError};
use std::vec::IntoIter;

use integrador::{Error, NewMessage, Receipt};
use pyo3::prelude::*;
use pyo3::types::PyList;

use crate::errors::raised;
use crate::{given, shown};

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Messages(Mutex<Vec<NewMessage>>);

#[pymethods]
impl Messages {
    #[new]
    fn new() -> Messages {
        Messages(Mutex::default())
    }

    fn add(&self, messages: &Bound<'_, PyList>) -> PyResult<()> {
        let first = self.0.lock().unwrap_or_else(PoisonError::into_inner).len();
        let more = given::messages("messages", first, messages)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(more);
        Ok(())
    }
}

impl Messages {
    pub(crate) fn take(&self) -> Vec<NewMessage> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Receipts(Mutex<IntoIter<Result<Receipt, Error>>>);

#[pymethods]
impl Receipts {
    fn take<'py>(&self, py: Python<'py>, max: usize) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let next: Vec<_> = self.0.lock().unwrap_or_else(PoisonError::into_inner).by_ref().take(max).collect();
        shown::list(py, &next, |py, receipt| match receipt {
            Ok(receipt) => shown::receipt(py, receipt),
            Err(error) => Ok(raised(py, error).into_value(py).into_bound(py).into_any()),
        })
    }
}

/// To be taken in portions.
pub(crate) fn receipts(py: Python<'_>, all: Vec<Result<Receipt, Error>>) -> PyResult<Bound<'_, PyAny>> {
    Ok(Bound::new(py, Receipts(Mutex::new(all.into_iter())))?.into_any())
}
