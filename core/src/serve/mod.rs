//! A request from outside and its answer, free of any web framework: the one entry for everything that comes in.
//!
//! Judged in this order: path, method, size, media type, is it JSON, who is it, is each field right, how often, is it
//! allowed; and an answer of 2xx is given after the commit. Of a batch each line is JSON, or all are refused; its fields are
//! judged line by line.

mod answer;
mod auth;
mod batch;
#[cfg(feature = "axum")]
mod bodies;
mod delivery;
mod event;
mod inbound;
#[cfg(feature = "axum")]
pub(crate) mod intake;
mod join;
#[cfg(feature = "axum")]
pub(crate) mod listener;
mod listing;
mod paths;
mod ping;
mod rate_limit;
pub(crate) mod request;
#[cfg(feature = "axum")]
mod seats;
mod sender;
mod tries;
mod turns;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Request, Response};
use tokio::sync::Semaphore;

use crate::config::Config;
use crate::peers::Peers;
use crate::shared::Shared;
use crate::util::lock::MutexExt;

use inbound::Inbound;
use listing::Lists;
use rate_limit::Limiter;
use sender::Sender;
use tries::Tries;
use turns::Turns;

/// What answers requests from outside.
pub(crate) struct Server {
    shared: Arc<Shared>,
    peers: Arc<Peers>,
    limiter: Limiter,
    tries: Tries,
    turns: Turns,
    lists: Lists,
    /// Long bodies are judged one after the other, apart from the threads that take requests in.
    long: Semaphore,
    /// Where the node's own listener listens.
    addresses: Mutex<Vec<SocketAddr>>,
    #[cfg(feature = "axum")]
    bodies: Arc<bodies::Bodies>,
}

impl Server {
    pub(crate) fn new(shared: Arc<Shared>, peers: Arc<Peers>) -> Self {
        Server {
            limiter: Limiter::new(shared.config.rate_limit),
            tries: Tries::default(),
            turns: Turns::default(),
            lists: Lists::default(),
            long: Semaphore::new(1),
            shared,
            peers,
            addresses: Mutex::default(),
            #[cfg(feature = "axum")]
            bodies: bodies::Bodies::new(),
        }
    }

    /// Counts what is refused, for [`crate::Node::metrics`].
    fn count(&self, answer: &Response<Bytes>) {
        let status = answer.status();
        if status.is_client_error() || status.is_server_error() {
            self.shared.counters.refused.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The addresses of the node's own listener, while this process has it.
    pub(crate) fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.hold().clone()
    }
}

/// The longest body that any request may have.
pub(crate) fn longest_body(config: &Config) -> usize {
    config.limits.body * 2
}

/// The most that is judged on the thread that takes requests in, bytes: what is longer would keep it from the others.
const SHORT: usize = 64 << 10;

/// Answers a request. Its path is relative to where the node is mounted.
pub(crate) async fn handle(server: &Arc<Server>, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let inbound = Arc::new(Inbound::new(server.clone(), parts, body));
    let response = inbound.clone().answer().await;
    if response.status().is_client_error() {
        inbound.log_refusal(&response);
    }
    server.count(&response);
    response
}

#[cfg(test)]
mod batch_tests;
#[cfg(test)]
mod delivery_tests;
#[cfg(test)]
mod listing_tests;
#[cfg(test)]
mod paths_tests;
#[cfg(test)]
mod tests;
