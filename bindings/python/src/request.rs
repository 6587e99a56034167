//! A request as a web framework gives it, for `Node.handle`.
//!
//! Its texts were made by whoever sent it, and Python's servers write bytes that are no UTF-8 as surrogates: so what can't
//! be text is answered like anything else that is unknown here, and raises nothing.

use bytes::Bytes;
use pyo3::prelude::*;

use crate::errors::invalid;
use crate::given;

/// Addresses that are longer, in bytes, mean nothing here.
const LONGEST: usize = 16 << 10;
/// What stands for them: nothing answers here.
const NOWHERE: &str = "/-";

/// The request that was made.
pub(crate) fn request(
    method: &Bound<'_, PyAny>,
    path: &Bound<'_, PyAny>,
    query: &Bound<'_, PyAny>,
    headers: &[(Bound<'_, PyAny>, Bound<'_, PyAny>)],
    body: &Bound<'_, PyAny>,
) -> PyResult<http::Request<Bytes>> {
    let py = method.py();
    let mut request = http::Request::new(Bytes::from(given::bytes("body", body)?));
    let (method, path, query) =
        (given::text("method", method)?, given::lossy("path", path)?, given::lossy("query", query)?);
    *request.method_mut() = method.parse().map_err(|_| invalid(py, "method", "expected a method of HTTP"))?;
    *request.uri_mut() = address(&path, &query).map_err(|error| invalid(py, "path", &error.to_string()))?;
    for (name, value) in headers {
        let (name, value) = (given::lossy("headers", name)?, given::lossy("headers", value)?);
        // One that no client could have sent says nothing.
        if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), http::HeaderValue::from_str(&value)) {
            request.headers_mut().append(name, value);
        }
    }
    Ok(request)
}

/// Web frameworks give the path decoded, so it may hold what an address can't; the query they leave as it is.
fn address(path: &str, query: &str) -> Result<http::Uri, http::uri::InvalidUri> {
    let mut address = String::with_capacity(path.len() + query.len() + 2);
    if !path.starts_with('/') {
        address.push('/');
    }
    append(&mut address, path, |byte| byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte));
    if !query.is_empty() {
        address.push('?');
        append(&mut address, query, |byte| byte.is_ascii_graphic() && !b"\"#<>".contains(&byte));
    }
    if address.len() > LONGEST { Ok(http::Uri::from_static(NOWHERE)) } else { address.parse() }
}

/// What may not stand in an address is written as its number.
fn append(address: &mut String, text: &str, plain: impl Fn(u8) -> bool) {
    for byte in text.bytes() {
        if plain(byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
}
