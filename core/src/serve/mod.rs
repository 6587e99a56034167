//! A request from outside and its answer, free of any web framework: the one entry for everything that comes in.
//!
//! Judged in this order: path, method, size, media type, is it JSON, who is it, how often, is each field right, is it
//! allowed; and an answer of 2xx is given after the commit.

mod answer;
mod auth;
#[cfg(feature = "axum")]
pub(crate) mod axum;
mod batch;
mod inbound;
#[cfg(feature = "axum")]
pub(crate) mod listener;
mod listing;
mod rate_limit;
#[cfg(feature = "axum")]
mod seats;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};

use crate::config::Config;
use crate::model::EventKind;
use crate::peers::Peers;
use crate::shared::Shared;
use crate::util::lock::MutexExt;

use answer::Answer;
use inbound::Inbound;
use rate_limit::Limiter;

/// What answers requests from outside.
pub(crate) struct Server {
    shared: Arc<Shared>,
    peers: Arc<Peers>,
    limiter: Limiter,
    /// Where the node's own listener listens.
    address: Mutex<Option<SocketAddr>>,
    #[cfg(feature = "axum")]
    bodies: tokio::sync::Semaphore,
}

impl Server {
    pub(crate) fn new(shared: Arc<Shared>, peers: Arc<Peers>) -> Self {
        Server {
            limiter: Limiter::new(shared.config.rate_limit),
            shared,
            peers,
            address: Mutex::default(),
            #[cfg(feature = "axum")]
            bodies: axum::room_for_bodies(),
        }
    }

    /// The address of the node's own listener, while this process has it.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        *self.address.hold()
    }
}

/// The longest body that any request may have.
pub(crate) fn longest_body(config: &Config) -> usize {
    config.limits.body * 2
}

/// Answers a request. Its path is relative to where the node is mounted.
pub(crate) async fn handle(server: &Server, request: Request<Bytes>) -> Response<Bytes> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_matches('/');
    let (allow, post): (&'static str, Option<Option<EventKind>>) = match path {
        "platforms" | "users" => ("GET", None),
        "ping" => ("GET, POST", None),
        "user" => ("POST", Some(Some(EventKind::User))),
        "room" => ("POST", Some(Some(EventKind::Room))),
        "message" => ("POST", Some(Some(EventKind::Message))),
        "batch" | "join" => ("POST", Some(None)),
        _ => {
            let known = "platforms, users, user, room, message, ping, batch, join";
            return Answer::new(StatusCode::NOT_FOUND, format!("no such path; known: {known}")).into();
        }
    };
    let method = &parts.method;
    if !allow.split(", ").any(|allowed| allowed == method.as_str()) {
        let mut answer = Answer::new(StatusCode::METHOD_NOT_ALLOWED, format!("{path} takes {allow}"));
        answer.allow = Some(allow);
        return answer.into();
    }
    let inbound = Inbound { server, headers: &parts.headers, query: parts.uri.query(), body: &body };
    if method == Method::GET {
        return if path == "ping" { inbound.pong(None) } else { inbound.listing(path == "platforms") };
    }
    let answer = match (path, post) {
        ("ping", _) => return inbound.ping(),
        ("batch", _) => return inbound.batch().await,
        ("join", _) => inbound.join(),
        (_, Some(Some(kind))) => inbound.event(kind).await,
        _ => Err(Answer::new(StatusCode::NOT_FOUND, "no such path")),
    };
    let counters = &server.shared.counters;
    let counter = if answer.is_ok() { &counters.received } else { &counters.refused };
    counter.fetch_add(1, Ordering::Relaxed);
    match answer {
        Ok(answer) | Err(answer) => answer.into(),
    }
}
