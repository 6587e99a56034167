//! HTTP by reqwest: kept-alive connections ([`clients`]), rustls, no redirects, answers bounded in size, and in time by how
//! they get on ([`progress`]).

mod clients;
mod guard;
mod progress;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Body, Response};

use super::{Answer, NoAnswer, Request, Sending, Transport, signed, too_long};
use crate::Config;
use crate::util::secret::Secret;
use crate::wire::signature;
use crate::wire::traceparent::TRACEPARENT;
use clients::{Clients, Manner};
pub(crate) use guard::Guard;
use guard::Refused;
use progress::{Moving, Progress};

/// So much is read of an answer that says no, bytes.
const MAX_REFUSAL: usize = 64 << 10;

pub(crate) struct Http {
    clients: Arc<Clients>,
    /// The name of this node, which every request bears.
    node: String,
    /// A token may be sent in plain text.
    insecure: bool,
}

impl Http {
    pub(crate) fn new(config: &Config) -> Self {
        let http = Http::with(
            config.node_name(),
            Manner {
                proxy: config.proxy.clone(),
                proxy_local: config.proxy_local,
                greatest_age: clients::GREATEST_AGE,
                #[cfg(test)]
                resolver: None,
            },
        );
        Http { insecure: config.insecure, ..http }
    }

    fn with(node: &str, manner: Manner) -> Self {
        // reqwest asks for a provider even where it is given the whole configuration. Another part of the program may have
        // chosen one already; then that one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Http { clients: Arc::new(Clients::new(manner)), node: signature::name_header(node), insecure: false }
    }
}

impl Transport for Http {
    fn send(&self, request: Request) -> Sending {
        let (clients, node) = (self.clients.clone(), self.node.clone());
        let plain = request.endpoint.scheme() == "http";
        let guard = Guard { told: request.told, private: request.confidential && plain && !self.insecure };
        Box::pin(async move {
            let progress = Progress::new(request.timeout);
            let exchange = exchange(&clients, &node, request, guard, &progress);
            tokio::select! {
                // First, since what stalls behind its head has been answered all the same.
                biased;
                answer = exchange => answer,
                () = progress.stalled() => Err(NoAnswer::TimedOut),
            }
        })
    }
}

async fn exchange(
    clients: &Clients,
    node: &str,
    request: Request,
    guard: Guard,
    progress: &Arc<Progress>,
) -> Result<Answer, NoAnswer> {
    let keys: Vec<Secret> = request.keys().into_iter().cloned().collect();
    let mut url = request.endpoint;
    url.set_path(&format!("{}{}", url.path(), request.path));
    url.set_query(request.query);
    let client = clients.for_url(&url, guard).await?;
    let asks = request.body.is_none();
    let body = request.body.unwrap_or_default();
    let mut builder = match asks {
        true => client.get(url),
        false => {
            let moving = Moving::new(body.clone(), progress.clone());
            client.post(url).header(CONTENT_TYPE, request.content_type).body(Body::wrap(moving))
        }
    };
    if !keys.is_empty() {
        let keys: Vec<&Secret> = keys.iter().collect();
        builder =
            signed(node, &keys, &request.id, &body).into_iter().fold(builder, |b, (name, value)| b.header(name, value));
    }
    if let Some(traceparent) = &request.traceparent {
        builder = builder.header(TRACEPARENT, traceparent);
    }
    let response = builder.send().await.map_err(|e| no_answer(&e))?;
    progress.answers();
    let status = response.status().as_u16();
    let header = response.headers().get(reqwest::header::RETRY_AFTER);
    let retry_after = header.and_then(|v| v.to_str().ok()).map(str::to_owned);
    let ok = (200..300).contains(&status);
    let max = request.max_answer.min(if ok { usize::MAX } else { MAX_REFUSAL });
    let body = read(response, max, ok && asks, progress).await?;
    Ok(Answer { status, retry_after, body })
}

/// The answer's body, cut at `max` bytes unless it is wanted whole.
async fn read(mut response: Response, max: usize, whole: bool, progress: &Progress) -> Result<Bytes, NoAnswer> {
    let mut body = BytesMut::new();
    loop {
        let chunk = tokio::select! {
            chunk = response.chunk() => match chunk {
                Ok(Some(chunk)) => chunk,
                Ok(None) => break,
                Err(e) if whole => return Err(no_answer(&e)),
                // The status is the answer, whatever becomes of its words.
                Err(_) => break,
            },
            () = progress.stalled(), if !whole => break,
        };
        progress.came(chunk.len());
        if body.len() + chunk.len() > max {
            if whole {
                return Err(too_long(max));
            }
            let room = max - body.len();
            body.extend_from_slice(&chunk[..room]);
            break;
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}

fn no_answer(e: &reqwest::Error) -> NoAnswer {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(e);
    while let Some(this) = cause {
        if let Some(Refused(why)) = this.downcast_ref::<Refused>() {
            return NoAnswer::Forbidden((*why).into());
        }
        cause = this.source();
    }
    if e.is_timeout() && !e.is_connect() { NoAnswer::TimedOut } else { NoAnswer::Failed(reason(e)) }
}

/// The cause in one line, without the address (the platform is named beside it).
fn reason(e: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = e;
    while let Some(source) = cause.source() {
        cause = source;
    }
    let cause = cause.to_string();
    // What rustls says of an answer in plain HTTP.
    if cause.contains("InvalidContentType") {
        return "can't connect: what answers there does not speak https; is its endpoint http://?".into();
    }
    let what = if e.is_connect() { "can't connect: " } else { "" };
    format!("{what}{cause}")
}
