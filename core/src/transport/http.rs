//! HTTP by reqwest: kept-alive connections, rustls, no redirects, answers bounded in size and time.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::{Bytes, BytesMut};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;

use super::{Answer, NoAnswer, Request, Sending, Transport, too_long};
use crate::wire::signature;
use crate::{Error, Result};

/// So much is read of an answer that says no, bytes.
const MAX_REFUSAL: usize = 64 << 10;

pub(crate) struct Http {
    client: Client,
    /// The name of this node, which every request bears.
    node: String,
}

impl Http {
    pub(crate) fn new(node: &str) -> Result<Self> {
        // Another part of the program may have chosen a provider already; then that one serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .connect_timeout(Duration::from_secs(5))
            // Shorter than servers keep an idle connection (a node 10 s, many others 5), so that none is reused while it is
            // being closed.
            .pool_idle_timeout(Duration::from_secs(4))
            .pool_max_idle_per_host(4)
            .tcp_nodelay(true)
            .no_proxy()
            .user_agent(concat!("integrador/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::config(format!("the HTTP client can't be made: {}", reason(&e))))?;
        Ok(Http { client, node: signature::name_header(node) })
    }
}

impl Transport for Http {
    fn send(&self, request: Request) -> Sending {
        let mut url = request.endpoint.clone();
        url.set_path(&format!("{}{}", request.endpoint.path(), request.path));
        url.set_query(request.query);
        let body = request.body.clone().unwrap_or_default();
        let mut builder = match &request.body {
            Some(body) => self.client.post(url).header(CONTENT_TYPE, request.content_type).body(body.clone()),
            None => self.client.get(url),
        };
        if let Some(token) = &request.token {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
            let now = i64::try_from(now).unwrap_or(i64::MAX);
            builder = builder
                .header(signature::ID_HEADER, &request.id)
                .header(signature::TIMESTAMP_HEADER, now)
                .header(signature::SIGNATURE_HEADER, signature::sign(&[token], &request.id, now, &body))
                .header(signature::NODE_HEADER, &self.node);
        }
        let builder = builder.timeout(request.timeout);
        Box::pin(async move {
            let mut response = builder.send().await.map_err(|e| no_answer(&e))?;
            let status = response.status().as_u16();
            let header = response.headers().get(reqwest::header::RETRY_AFTER);
            let retry_after = header.and_then(|v| v.to_str().ok()).map(str::to_owned);
            let ok = (200..300).contains(&status);
            let (asks, max) =
                (request.body.is_none(), request.max_answer.min(if ok { usize::MAX } else { MAX_REFUSAL }));
            let mut body = BytesMut::new();
            loop {
                let chunk = match response.chunk().await {
                    Ok(Some(chunk)) => chunk,
                    Ok(None) => break,
                    Err(e) if ok && asks => return Err(no_answer(&e)),
                    // The status is the answer, whatever becomes of its words.
                    Err(_) => break,
                };
                if body.len() + chunk.len() > max {
                    if ok && asks {
                        return Err(too_long(max));
                    }
                    let room = max - body.len();
                    body.extend_from_slice(&chunk[..room]);
                    break;
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Answer { status, retry_after, body: Bytes::from(body) })
        })
    }
}

fn no_answer(e: &reqwest::Error) -> NoAnswer {
    if e.is_timeout() { NoAnswer::TimedOut } else { NoAnswer::Failed(reason(e)) }
}

/// The cause in one line, without the address (the platform is named beside it).
fn reason(e: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = e;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let what = if e.is_connect() { "can't connect: " } else { "" };
    format!("{what}{cause}")
}
