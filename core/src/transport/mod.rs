//! How a request gets to another platform and its answer back. No SQL, no decisions: bytes out, bytes in.

pub(crate) mod http;

#[cfg(test)]
mod contract;
#[cfg(test)]
pub(crate) mod scripted;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use url::Url;

use crate::util::secret::Secret;

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
    /// The trace that the one event in it belongs to, for the header of that name.
    pub traceparent: Option<String>,
    pub timeout: Duration,
    /// The longest body of an answer that is taken in, bytes.
    pub max_answer: usize,
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
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoAnswer::TimedOut => f.write_str("no answer in time"),
            NoAnswer::Failed(why) => f.write_str(why),
        }
    }
}

pub(crate) type Sending = Pin<Box<dyn Future<Output = Result<Answer, NoAnswer>> + Send>>;

/// Sends requests, by the rules that the tests in `contract` check of every implementation.
pub(crate) trait Transport: Send + Sync + 'static {
    fn send(&self, request: Request) -> Sending;
}

/// A list that is cut is no list.
fn too_long(max: usize) -> NoAnswer {
    NoAnswer::Failed(format!("the answer is longer than {max} bytes"))
}
