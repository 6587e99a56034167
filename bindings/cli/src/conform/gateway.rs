//! The gateway that `conform` plays: signed requests, as a node makes them to a platform that it hosts, and what comes back.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Client, Response, Url};

use crate::client::{client, reason};
use crate::output::Failure;
use crate::signing::{Key, now};

/// What is read of an answer: as much as a node reads of a list of users, and one byte more.
const MOST: usize = (32 << 20) + 1;
/// A timestamp so old is refused by whoever checks it: twice the tolerance.
const LONG_AGO: i64 = 600;

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signed {
    /// As it ought to be.
    Well,
    /// With a second signature before it, as while a token changes.
    Twice,
    /// Not at all.
    Not,
    /// With another token.
    Wrong,
    /// With the right token, ten minutes ago.
    LongAgo,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub status: u16,
    /// In seconds.
    pub retry_after: Option<u64>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(super) fn is_good(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the same request may be taken later.
    pub(super) fn is_not_now(&self) -> bool {
        matches!(self.status, 408 | 425 | 429 | 500..=599)
    }

    /// The status, and what was said with it.
    pub(super) fn told(&self) -> String {
        let words = String::from_utf8_lossy(&self.body);
        let words: String = words.trim().chars().take(200).collect();
        let redirect = if (300..400).contains(&self.status) { " (redirects are not followed)" } else { "" };
        if words.is_empty() {
            format!("answered {}{redirect}", self.status)
        } else {
            format!("answered {}{redirect}: {words}", self.status)
        }
    }
}

/// Why there is none.
#[derive(Debug, Clone)]
pub(super) struct NoAnswer {
    /// In words.
    pub why: String,
    /// Nobody listens there.
    pub nobody: bool,
}

pub(super) struct Gateway {
    client: Client,
    pub url: Url,
    key: Key,
    wrong: Key,
    /// The name of the node that signs, as a header.
    node: String,
}

impl Gateway {
    pub(super) fn new(url: Url, token: &str, node: &str, limit: Duration) -> Result<Self, Failure> {
        let (key, wrong) = (Key::new(token)?, Key::new("conform-with-another-token")?);
        Ok(Gateway { client: client(limit)?, url, key, wrong, node: node.to_owned() })
    }

    /// A GET (`body` is none) or a POST, tried once; and how long it took.
    pub(super) async fn ask(
        &self,
        path: &str,
        id: &str,
        body: Option<&[u8]>,
        signed: Signed,
    ) -> (Result<Answer, NoAnswer>, Duration) {
        let mut url = self.url.clone();
        url.set_path(&format!("{}{path}", url.path()));
        let mut request = match body {
            None => self.client.get(url),
            Some(body) => {
                self.client.post(url).header(CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_vec())
            }
        };
        for (name, value) in self.headers(id, body.unwrap_or_default(), signed) {
            request = request.header(name, value);
        }
        let begin = Instant::now();
        let answer = match request.send().await {
            Ok(response) => read(response, body.is_none()).await,
            Err(e) => Err(NoAnswer { why: reason(&e), nobody: e.is_connect() }),
        };
        (answer, begin.elapsed())
    }

    fn headers(&self, id: &str, body: &[u8], signed: Signed) -> Vec<(&'static str, String)> {
        let at = if signed == Signed::LongAgo { now() - LONG_AGO } else { now() };
        let signature = match signed {
            Signed::Not => return Vec::new(),
            Signed::Well | Signed::LongAgo => self.key.sign(id, at, body),
            Signed::Wrong => self.wrong.sign(id, at, body),
            Signed::Twice => format!("{} {}", self.wrong.sign(id, at, body), self.key.sign(id, at, body)),
        };
        vec![
            ("webhook-id", id.to_owned()),
            ("webhook-timestamp", at.to_string()),
            ("webhook-signature", signature),
            ("integrador-node", self.node.clone()),
        ]
    }
}

/// The whole answer. That of a post counts by its status, whatever becomes of its words.
async fn read(mut response: Response, whole: bool) -> Result<Answer, NoAnswer> {
    let status = response.status().as_u16();
    let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()?.parse().ok());
    let mut body = Vec::new();
    while body.len() < MOST {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(e) if whole => return Err(NoAnswer { why: reason(&e), nobody: false }),
            Err(_) => break,
        }
    }
    Ok(Answer { status, retry_after, body })
}
