//! A request as a web framework gives it, for `Node.handle`. Python's servers write bytes that are no UTF-8 as surrogates: what
//! can't be text is replaced, and raises nothing.

use bytes::Bytes;
use pyo3::prelude::*;

use crate::errors::raised;
use crate::given;

/// The request that was made.
pub(crate) fn request(
    method: &Bound<'_, PyAny>,
    path: &Bound<'_, PyAny>,
    query: &Bound<'_, PyAny>,
    headers: &[(Bound<'_, PyAny>, Bound<'_, PyAny>)],
    body: &Bound<'_, PyAny>,
) -> PyResult<http::Request<Bytes>> {
    let py = body.py();
    let body = Bytes::from(given::bytes("body", body)?);
    let (method, path, query) =
        (given::text("method", method)?, given::lossy("path", path)?, given::lossy("query", query)?);
    let header = |(name, value)| Ok((given::lossy("headers", name)?, given::lossy("headers", value)?));
    let headers = headers.iter().map(|(name, value)| header((name, value))).collect::<PyResult<Vec<_>>>()?;
    let headers = headers.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    integrador::request(&method, &path, &query, headers, body).map_err(|error| raised(py, &error))
}
