//! How a request gets to another platform and its answer back. No SQL, no decisions: bytes out, bytes in.

pub(crate) mod http;
#[cfg(feature = "testing")]
pub(crate) mod memory;

#[cfg(test)]
mod contract;
#[cfg(test)]
pub(crate) mod scripted;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use url::Url;

use crate::util::secret::Secret;
use crate::wire::signature;

/// A request to one of a platform's paths.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The platform's endpoint, with its final `/`.
    pub endpoint: Url,
    /// Below the endpoint: `message`, `users`.
    pub path: &'static str,
    /// After the `?`, if anything.
    pub query: Option<&'static str>,
    /// None: a GET.
    pub body: Option<Bytes>,
    /// `application/json` or `application/x-ndjson`.
    pub content_type: &'static str,
    /// The `webhook-id`.
    pub id: String,
    /// What the request is signed with; none: not signed.
    pub token: Option<Secret>,
    /// A second one to sign it with, while one is being replaced.
    pub beside: Option<Secret>,
    /// The endpoint was told by somebody else: it is not called where only this machine's own network is.
    pub told: bool,
    /// A token is in it, or in its answer: over plain http it goes to loopback and private addresses only.
    pub confidential: bool,
    /// The trace that the one event in it belongs to, for the header of that name.
    pub traceparent: Option<String>,
    pub timeout: Duration,
    /// The longest body of an answer that is taken in, bytes.
    pub max_answer: usize,
}

impl Request {
    /// What it is signed with.
    fn keys(&self) -> Vec<&Secret> {
        self.token.iter().chain(&self.beside).collect()
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// At most `max_answer` bytes.
    pub body: Bytes,
}

/// Why no answer came. Shown without the address's secrets (there are none in it) and without the token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// It did not come in time. What was sent may have been taken.
    TimedOut,
    /// In words.
    Failed(String),
    /// It was not sent, and never will be as things are: why.
    Forbidden(String),
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::TimedOut => f.write_str("no answer in time"),
            NoAnswer::Failed(why) | NoAnswer::Forbidden(why) => f.write_str(why),
        }
    }
}

pub(crate) type Sending = Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send>>;

/// Sends requests, by the rules that the tests in `contract` check of every implementation.
pub(crate) trait Transport: Send + Sync + 'static {
    fn send(&self, request: Request) -> Sending;
}

/// The headers by which the node of this name signs a request now.
fn signed(node: &str, keys: &[&Secret], id: &str, body: &[u8]) -> [(&'static str, String); 4] {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let now = i64::try_from(now).unwrap_or(i64::MAX);
    [
        (signature::ID_HEADER, id.to_owned()),
        (signature::TIMESTAMP_HEADER, now.to_string()),
        (signature::SIGNATURE_HEADER, signature::sign(keys, id, now, body)),
        (signature::NODE_HEADER, node.to_owned()),
    ]
}

/// A list that is cut is no list.
fn too_long(max: usize) -> NoAnswer {
    NoAnswer::Failed(format!("the answer is longer than {max} bytes"))
}
