//! A request as a web framework gives it, for [`Node::handle`](crate::Node::handle).
//!
//! Its texts were made by whoever sent it, so what can't stand in an address is answered like anything else that is unknown
//! here, and is no error of the application's.

use bytes::Bytes;

use crate::{Error, Result};

/// Addresses that are longer, in bytes, mean nothing here.
const LONGEST: usize = 16 << 10;
/// What stands for them: nothing answers here.
const NOWHERE: &str = "/-";

/// A request, from its parts: for bindings and for frameworks that have no [`http::Request`]. Web frameworks may give the path
/// decoded; the query is as it came. A header that no client could have sent says nothing and is left out.
///
/// # Errors
/// `invalid`: the method is none.
pub fn request<N: AsRef<[u8]>, V: AsRef<[u8]>>(
    method: &str,
    path: &str,
    query: &str,
    headers: impl IntoIterator<Item = (N, V)>,
    body: Bytes,
) -> Result<http::Request<Bytes>> {
    let mut request = http::Request::new(body);
    *request.method_mut() = method.parse().map_err(|_| Error::invalid("method", "expected a method of HTTP"))?;
    *request.uri_mut() = address(path, query).map_err(|error| Error::invalid("path", error.to_string()))?;
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_ref());
        if let (Ok(name), Ok(value)) = (name, http::HeaderValue::from_bytes(value.as_ref())) {
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
