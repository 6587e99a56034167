//! Endpoints: URLs that mean what is written. The parser for browsers repairs much, and a host that is guessed is a wrong one.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::{Error, Result};

/// An endpoint, with the final `/`. The error doesn't show it, since a URL can hold a password.
pub(crate) fn parse_endpoint(text: &str) -> Result<Url> {
    let expected = |wrong: &str| {
        Error::invalid("endpoint", format!("expected a URL such as http://localhost:8080/api/, but {wrong}"))
    };
    let text = text.trim();
    let rest = without_scheme(text).ok_or_else(|| expected("it begins neither with http:// nor with https://"))?;
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(expected("it holds a space or a control character"));
    }
    let (authority, path) = rest.split_at(rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()));
    if authority.is_empty() {
        return Err(expected("the host is missing"));
    }
    if authority.contains('@') {
        return Err(expected("it holds a user or a password: the token is what identifies"));
    }
    let mut url = Url::parse(text).map_err(|e| expected(&e.to_string()).caused_by(e))?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(expected("it holds a query or a fragment"));
    }
    if !names_host(authority, &url) {
        return Err(expected("its host or port is not written as it would be read: write it out"));
    }
    // `..`, `\` and their like.
    if !path.is_empty() && percent_decode_str(path).ne(percent_decode_str(url.path())) {
        return Err(expected("its path is not written as it would be read: write it without `.`, `..` and `\\`"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}

fn without_scheme(text: &str) -> Option<&str> {
    let scheme = |scheme: &str| text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme));
    ["http://", "https://"].into_iter().find(|s| scheme(s)).map(|s| &text[s.len()..])
}

/// Whether what stands between `//` and the path is the host and the port that were read there.
fn names_host(authority: &str, url: &Url) -> bool {
    let (host, port) = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => (&authority[..at], Some(&authority[at + 1..])),
        _ => (authority, None),
    };
    let same_host = match url.host() {
        Some(Host::Domain(domain)) => {
            let labels = host.split('.').zip(domain.split('.'));
            host.split('.').count() == domain.split('.').count() && labels.into_iter().all(|(w, r)| is_label(w, r))
        }
        Some(Host::Ipv4(address)) => host == address.to_string(),
        Some(Host::Ipv6(_)) => true,
        None => false,
    };
    same_host && port.is_none_or(|port| port.parse() == Ok(url.port_or_known_default().unwrap_or_default()))
}

/// Whether a part of a host is written as it is read: case makes no difference, and letters beyond ASCII are read as letters.
fn is_label(written: &str, read: &str) -> bool {
    if written.is_ascii() { written.eq_ignore_ascii_case(read) } else { read.starts_with("xn--") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn no_endpoint_makes_parsing_panic_and_what_is_taken_stays_as_it_is(
            text in "(https?://)?[a-z0-9.:@%\\\\/\\[\\]ñ聊-]{0,12}\\PC{0,30}",
        ) {
            if let Ok(url) = parse_endpoint(&text) {
                prop_assert!(url.as_str().ends_with('/'));
                prop_assert_eq!(parse_endpoint(url.as_str()).unwrap(), url);
            }
        }
    }

    #[test]
    fn an_endpoint_that_would_have_to_be_repaired_is_refused() {
        for text in [
            "http:///api",
            "http:////api/",
            "http:/api",
            "http:api",
            "http://\\api/",
            "http:\\\\api\\",
            "http://api\\v1/",
            "http://@api/",
            "http://a%70i/",
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://api:/",
            "http://api:8o/",
            "http://api:99999/",
            "http://api/a/../b/",
            "http://api/./",
            "http://api/%2e%2e/b/",
            "http://a\u{ad}pi/",
            "http://ａｐｉ/",
            "http://api。example/",
            "http:// api/",
            "http://api/\tb",
            "//api/",
            "http://",
            "http://#x",
            "http://?x",
        ] {
            let error = parse_endpoint(text).map(|url| url.to_string()).unwrap_err();
            assert_eq!(error.field(), Some("endpoint"), "{text}");
            assert!(!error.to_string().contains("api/ "), "{error}");
        }
    }

    #[test]
    fn an_endpoint_that_is_written_as_it_is_read_is_taken() {
        for (text, read) in [
            (" http://localhost:8080/api ", "http://localhost:8080/api/"),
            ("HTTP://Example.ORG", "http://example.org/"),
            ("https://example.org:443/api/", "https://example.org/api/"),
            ("http://example.org:80", "http://example.org/"),
            ("http://127.0.0.1:5000/", "http://127.0.0.1:5000/"),
            ("http://[::1]:5000/x", "http://[::1]:5000/x/"),
            ("http://[0:0:0:0:0:0:0:1]/", "http://[::1]/"),
            ("http://host_with_line/", "http://host_with_line/"),
            ("http://ñandú.example/ñ", "http://xn--and-6ma2c.example/%C3%B1/"),
            ("http://example.org/a%20b/", "http://example.org/a%20b/"),
            ("http://example.org//twice//", "http://example.org//twice//"),
        ] {
            assert_eq!(parse_endpoint(text).unwrap().as_str(), read, "{text}");
        }
    }
}
