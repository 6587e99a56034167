//! Errors of the core as exceptions of the package; panics too.

use integrador::{Error, guarded};
use pyo3::prelude::*;
use pyo3::types::PyAny;

use crate::classes::classes;
use crate::place::Place;

/// The exception for an error of the core.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    let parts = (error.kind().as_str(), error.to_string(), error.field(), error.is_retryable());
    let made = classes(py).and_then(|classes| classes.error.bind(py).call1(parts));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// An exception of kind `invalid` about this argument.
pub(crate) fn invalid<'a>(py: Python<'_>, place: impl Into<Place<'a>>, expected: &str) -> PyErr {
    raised(py, &Error::invalid(place.into().to_string(), expected))
}

/// An exception of kind `invalid` about this argument, which is of another type.
pub(crate) fn wrong_type(place: Place<'_>, expected: &str, got: &Bound<'_, PyAny>) -> PyErr {
    let made = classes(got.py())
        .and_then(|classes| classes.wrong_type.bind(got.py()).call_method1("of", (place.to_string(), expected, got)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// Runs what needs no waiting, and must not panic into Python.
pub(crate) fn now<T>(py: Python<'_>, work: impl FnOnce() -> Result<T, Error>) -> PyResult<T> {
    guarded(work).map_err(|error| raised(py, &error))
}
