//! Through what requests leave, where a network lets nothing out directly.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::Error;

/// The HTTP proxy through which other platforms are reached.
///
/// Written as text: `system`, or the proxy's URL, such as `http://proxy.example:3128`. A URL may hold a user and a password;
/// they are sent to the proxy and shown nowhere.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Proxy {
    /// What the environment says when the node is opened: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    System,
    /// This one.
    Url(Url),
}

impl FromStr for Proxy {
    type Err = Error;

    /// # Errors
    /// `config`: neither `system` nor the URL of an HTTP proxy.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case("system") {
            return Ok(Proxy::System);
        }
        // The text is not repeated: it may hold a password.
        let expected = "expected `system` or the URL of a proxy, such as http://proxy.example:3128";
        let wrong = || Error::config(expected).within("proxy");
        let url: Url = text.parse().map_err(|_| wrong())?;
        let fits = matches!(url.scheme(), "http" | "https") && url.has_host();
        if fits { Ok(Proxy::Url(url)) } else { Err(wrong()) }
    }
}

impl TryFrom<String> for Proxy {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Proxy> for String {
    fn from(proxy: Proxy) -> String {
        match proxy {
            Proxy::System => "system".into(),
            Proxy::Url(url) => url.into(),
        }
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Proxy::System => f.write_str("System"),
            Proxy::Url(url) => write!(f, "Url({}://{}…)", url.scheme(), url.host_str().unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_written_as_text_and_its_password_is_shown_nowhere() {
        assert_eq!("System".parse::<Proxy>().unwrap(), Proxy::System);
        let proxy: Proxy = "http://ana:s3cret@proxy.example:3128".parse().unwrap();
        assert!(!format!("{proxy:?}").contains("s3cret"), "{proxy:?}");
        let json = serde_json::to_string(&proxy).unwrap();
        assert_eq!(serde_json::from_str::<Proxy>(&json).unwrap(), proxy);
        for wrong in ["", "proxy.example:3128", "socks5://ana:s3cret@proxy.example", "http://ana:s3cret@:x"] {
            let e = wrong.parse::<Proxy>().unwrap_err().to_string();
            assert!(e.contains("URL of a proxy") && !e.contains("s3cret"), "{e}");
        }
    }
}
