//! Ids in and out: integers and strings as they are written, external ids in their two parts, event ids as text.

use integrador::{BindKind, ExternalId, Id};
use pyo3::exceptions::{PyOverflowError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString};
use uuid::Uuid;

use crate::classes::classes;
use crate::errors::invalid;

/// An id from Python.
pub(crate) struct AnyId(pub(crate) Id);

impl<'py> FromPyObject<'_, 'py> for AnyId {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        if let Ok(text) = object.cast::<PyString>() {
            return Ok(AnyId(text.to_str()?.into()));
        }
        // A bool is an int to Python, and never meant as an id.
        if object.is_instance_of::<PyBool>() {
            return Err(PyTypeError::new_err("an id is an int or a str, not a bool"));
        }
        match object.extract::<i64>() {
            Ok(number) => Ok(AnyId(number.into())),
            Err(error) if error.is_instance_of::<PyOverflowError>(object.py()) => {
                Err(invalid(object.py(), "id", "expected an integer within ±2^63, or a string"))
            }
            Err(_) => Err(PyTypeError::new_err(format!("an id is an int or a str, not {}", object.get_type().name()?))),
        }
    }
}

/// An event id from Python.
pub(crate) fn event_id(py: Python<'_>, text: &str) -> PyResult<Uuid> {
    text.parse().map_err(|_| invalid(py, "event_id", "expected an event id, a UUID as text"))
}

/// An external id from Python.
pub(crate) fn external(py: Python<'_>, text: &str) -> PyResult<ExternalId> {
    let parts = text.split_once(':');
    let (platform, id) = parts.ok_or_else(|| invalid(py, "external", "expected an external id, such as BuasApp:4"))?;
    Ok(ExternalId::new(platform, id))
}

/// `user` or `room`.
pub(crate) fn bind_kind(py: Python<'_>, kind: &str) -> PyResult<BindKind> {
    match kind {
        "user" => Ok(BindKind::User),
        "room" => Ok(BindKind::Room),
        _ => Err(invalid(py, "kind", "expected \"user\" or \"room\"")),
    }
}

/// An id as Python writes it.
pub(crate) fn shown_id<'py>(py: Python<'py>, id: &Id) -> PyResult<Bound<'py, PyAny>> {
    Ok(match id.as_i64() {
        Some(number) => number.into_pyobject(py)?.into_any(),
        None => PyString::new(py, id.as_str()).into_any(),
    })
}

/// An external id as the package's `ExternalId`.
pub(crate) fn shown_external<'py>(py: Python<'py>, id: &ExternalId) -> PyResult<Bound<'py, PyAny>> {
    classes(py)?.external_id.bind(py).call1((&*id.platform, shown_id(py, &id.id)?))
}

/// An event id as text.
pub(crate) fn shown_event(id: Uuid) -> String {
    id.hyphenated().to_string()
}
