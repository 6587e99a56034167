//! Ids as Python has them: integers and strings as they are written, external ids in their two parts, event ids as text.

use integrador::{ExternalId, Id};
use pyo3::prelude::*;
use pyo3::types::PyString;
use uuid::Uuid;

use crate::classes::classes;
use crate::errors::invalid;
use crate::given;

/// The parts of an external id.
#[pyfunction]
pub(crate) fn external_id(py: Python<'_>, text: &Bound<'_, PyAny>) -> PyResult<(String, String)> {
    let text = given::text("text", text)?;
    let parsed: Result<ExternalId, integrador::Error> = text.parse();
    let id = parsed.map_err(|error| invalid(py, "text", &error.to_string()))?;
    Ok((id.platform.to_string(), id.id.to_string()))
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
