//! What `conform` and `peer` ask others with: HTTP as a node speaks it, without redirects and without a proxy.

use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Client, Url};

use crate::output::Failure;

/// A client that gives up after `limit`.
pub(crate) fn client(limit: Duration) -> Result<Client, Failure> {
    // reqwest wants one to be chosen; if one was already, that one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .timeout(limit)
        .build()
        .map_err(|e| Failure(format!("HTTP can't be spoken here: {e}")))
}

/// The URL under which paths are, with its final `/`.
pub(crate) fn endpoint(text: &str) -> Result<Url, Failure> {
    let wrong = |why: &str| Failure(format!("expected a URL such as http://localhost:8080/api/, but {why}"));
    let mut url = Url::parse(text.trim()).map_err(|e| wrong(&e.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("it begins neither with http:// nor with https://"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("it holds a user or a password: the token is what identifies"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("it holds a query or a fragment"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    Ok(url)
}

/// Why no answer came, in one line and without the address.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    if error.is_timeout() && !error.is_connect() {
        return "no answer in time".into();
    }
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let what = if error.is_connect() { "can't connect: " } else { "" };
    format!("{what}{cause}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_ends_with_a_slash_and_holds_no_secret() {
        assert_eq!(endpoint("http://localhost:8080/api").unwrap().as_str(), "http://localhost:8080/api/");
        for text in ["localhost:8080", "ftp://x/", "http://ana:s3cret@x/", "http://x/?token=s3cret", "http://"] {
            let error = endpoint(text).unwrap_err().to_string();
            assert!(!error.contains("s3cret"), "{error}");
        }
    }
}
