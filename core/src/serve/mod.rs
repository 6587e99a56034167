//! A request from outside and its answer, free of any web framework: the one entry for everything that comes in.
//!
//! Judged in this order: path, method, size, media type, is it JSON, who is it, how often, is each field right, is it
//! allowed; and an answer of 2xx is given after the commit.

mod auth;
#[cfg(feature = "axum")]
pub(crate) mod axum;
mod batch;
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
use http::{HeaderMap, Method, Request, Response, StatusCode, header};

use crate::config::Config;
use crate::model::EventKind;
use crate::peers::Peers;
use crate::rules::routing::Source;
use crate::rules::{Arrival, Outcome, accept, accept_keyed};
use crate::shared::Shared;
use crate::store::PlatformNum;
use crate::util::lock::MutexExt;
use crate::wire::json::{self, Value};
use crate::wire::{Body, read, write};
use crate::{Error, ErrorKind};

use crate::peers::ping;
use crate::util::event_id;
use auth::{Caller, Denied};
pub(crate) use rate_limit::Limiter;

/// The longest `Idempotency-Key`, characters.
const MAX_KEY: usize = 255;

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

/// An answer with the status in its body, as every answer to a POST is.
pub(crate) struct Answer {
    status: StatusCode,
    message: String,
    retry_after: Option<u64>,
    allow: Option<&'static str>,
}

impl Answer {
    fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Answer { status, message: message.into(), retry_after: None, allow: None }
    }

    fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }
}

impl From<&Error> for Answer {
    fn from(e: &Error) -> Self {
        let status = status_of(e);
        let answer = Answer::new(status, e.to_string());
        if status == StatusCode::SERVICE_UNAVAILABLE { answer.retry_after(1) } else { answer }
    }
}

impl From<Answer> for Response<Bytes> {
    fn from(answer: Answer) -> Self {
        let mut response = json_response(answer.status, write::status(answer.status.as_u16(), &answer.message).into());
        if let Some(seconds) = answer.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(allow) = answer.allow {
            response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allow));
        }
        response
    }
}

fn json_response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// The status that tells an error.
pub(crate) fn status_of(e: &Error) -> StatusCode {
    match e.kind() {
        ErrorKind::Invalid | ErrorKind::Config => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden | ErrorKind::NotAMember => StatusCode::FORBIDDEN,
        ErrorKind::UnknownPlatform | ErrorKind::UnknownRoom => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Busy | ErrorKind::Closed | ErrorKind::Store | ErrorKind::Transport => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The longest body that any request may have.
pub(crate) fn longest_body(config: &Config) -> usize {
    config.limits.body * 2
}

/// The answer to a body that is over the limit.
#[cfg(feature = "axum")]
pub(crate) fn too_large(limit: usize) -> Response<Bytes> {
    Answer::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {limit} bytes")).into()
}

/// The answer when too many bodies are in memory.
#[cfg(feature = "axum")]
pub(crate) fn too_busy() -> Response<Bytes> {
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once; try again").retry_after(1).into()
}

/// The answer to a body that is not as the request's head says.
#[cfg(feature = "axum")]
pub(crate) fn broken(why: &str) -> Response<Bytes> {
    let message =
        format!("the body: it is not as `Transfer-Encoding` or `Content-Length` says, so its end was not found: {why}");
    Answer::new(StatusCode::BAD_REQUEST, message).into()
}

/// The answer to a body that took too long.
#[cfg(feature = "axum")]
pub(crate) fn too_slow() -> Response<Bytes> {
    Answer::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time").into()
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

/// An event whose form is right.
struct Judged {
    num: PlatformNum,
    /// For whom a peer speaks; None: a plain platform, which speaks for itself.
    claimed: Option<String>,
    body: Body,
}

/// One request being judged.
struct Inbound<'a> {
    server: &'a Server,
    headers: &'a HeaderMap,
    query: Option<&'a str>,
    body: &'a Bytes,
}

impl Inbound<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn is_signed(&self) -> bool {
        self.headers.contains_key(crate::wire::signature::SIGNATURE_HEADER)
    }

    /// What is forwarded may be longer than what was posted.
    fn longest(&self) -> usize {
        if self.is_signed() { longest_body(&self.server.shared.config) } else { self.server.shared.config.limits.body }
    }

    /// Size and media type.
    fn check_form(&self, types: &[&str], limit: usize) -> Result<(), Answer> {
        if self.body.len() > limit {
            return Err(Answer::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {limit} bytes")));
        }
        let declared = self.headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
        let media = declared.map(|value| value.split(';').next().unwrap_or("").trim().to_ascii_lowercase());
        match media.as_deref() {
            None | Some("") => Ok(()),
            Some(media) if types.contains(&media) => Ok(()),
            Some(_) => {
                Err(Answer::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("`Content-Type`: expected {}", types[0])))
            }
        }
    }

    /// The body, which is JSON, and an object.
    fn object(&self) -> Result<Value<'_>, Answer> {
        let value = json::parse(self.body).map_err(|e| Answer::from(&e))?;
        if value.as_object().is_none() {
            let message = format!("the body: expected a JSON object, got {}", value.describe());
            return Err(Answer::new(StatusCode::BAD_REQUEST, message));
        }
        Ok(value)
    }

    /// All that can be judged without the directory. What was parsed takes many times the memory of the body, so it is gone
    /// before anything is waited for.
    fn judge(&self, kind: EventKind) -> Result<Judged, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        let value = self.object()?;
        let Caller { num, signed } = self.caller(Some(&value))?;
        self.limit(num)?;
        let limits = &self.server.shared.config.limits;
        let body = match kind {
            EventKind::User if !signed => read::plain_user(&value, limits).map(Body::User),
            _ => read::body(kind, &value, limits),
        };
        let body = body.map_err(|e| Answer::from(&e))?;
        let claimed = signed.then(|| read::platform_field(&value)).transpose().map_err(|e| Answer::from(&e))?;
        Ok(Judged { num, claimed, body })
    }

    /// `POST user`, `room`, `message`.
    async fn event(&self, kind: EventKind) -> Result<Answer, Answer> {
        let Judged { num, claimed, body } = self.judge(kind)?;
        let taken = if let Some(claimed) = claimed {
            let id = self.event_id()?;
            let (peer, peers) = (num, self.server.peers.clone());
            let job = self.server.shared.writer.run(move |job| {
                let speaker = auth::speaker(job, &peers.presence, peer, &claimed)?;
                let arrival = Arrival { source: Source::Peer(peer), speaker, id: Some(id), parked: false };
                accept(job, arrival, body)
            });
            job.await
        } else {
            let key = self.idempotency_key()?;
            let job = self.server.shared.writer.run(move |job| {
                let arrival = Arrival { source: Source::Plain(num), speaker: num, id: None, parked: false };
                match key {
                    Some(key) => accept_keyed(job, arrival, key, None, body),
                    None => accept(job, arrival, body),
                }
            });
            job.await
        };
        let taken = taken.map_err(|e| Answer::from(&e))?;
        let (status, message) = told(taken.outcome);
        Ok(Answer::new(status, message))
    }

    /// The `webhook-id` of a request that carries one event.
    fn event_id(&self) -> Result<uuid::Uuid, Answer> {
        let text = self.header(crate::wire::signature::ID_HEADER).unwrap_or_default();
        event_id::parse(text)
            .ok_or_else(|| Answer::new(StatusCode::BAD_REQUEST, "`webhook-id`: expected a UUID (version 7)"))
    }

    fn idempotency_key(&self) -> Result<Option<String>, Answer> {
        let Some(value) = self.headers.get("idempotency-key") else { return Ok(None) };
        let key = String::from_utf8_lossy(value.as_bytes()).trim().to_owned();
        if key.is_empty() || key.chars().count() > MAX_KEY {
            let message = format!("`Idempotency-Key`: expected 1 to {MAX_KEY} characters");
            return Err(Answer::new(StatusCode::BAD_REQUEST, message));
        }
        Ok(Some(key))
    }

    fn ping(&self) -> Response<Bytes> {
        if let Err(answer) = self.check_form(&["application/json"], self.longest()) {
            return answer.into();
        }
        if self.body.is_empty() {
            return self.pong(None);
        }
        match self.object() {
            Ok(value) => self.pong(Some(&value)),
            Err(answer) => answer.into(),
        }
    }

    /// Anyone is answered; who is recognised has shown a sign of life.
    fn pong(&self, value: Option<&Value<'_>>) -> Response<Bytes> {
        if let Ok(caller) = self.identify(value) {
            self.server.peers.heard(caller.num);
            // Two nodes that asked each other back would never end.
            if caller.signed && self.query != Some(ping::BACK) {
                self.server.peers.presence.ask_back(caller.num);
            }
        }
        let directory = self.server.shared.directory.read();
        let mut hosts: Vec<Arc<str>> =
            directory.active().filter(|row| directory.is_hosted(row.num)).map(|row| row.name.clone()).collect();
        hosts.sort();
        let config = &self.server.shared.config;
        let body = write::pong(config.node_name(), &hosts, self.server.shared.store.id(), config.is_standalone());
        json_response(StatusCode::OK, body.into())
    }

    /// Nobody can hold an invite of this version.
    fn join(&self) -> Result<Answer, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        let value = self.object()?;
        if !matches!(value.get("invite"), Some(Value::Text(_))) {
            return Err(Answer::new(StatusCode::BAD_REQUEST, "`invite`: expected the id of an invite, a string"));
        }
        Err(Answer::new(StatusCode::UNAUTHORIZED, "`invite`: it is used, expired or unknown; ask for another one"))
    }

    fn caller(&self, value: Option<&Value<'_>>) -> Result<Caller, Answer> {
        let caller = self.identify(value).map_err(|denied| self.denied(denied))?;
        self.server.shared.open_or_closed().map_err(|e| Answer::from(&e))?;
        self.server.peers.heard(caller.num);
        Ok(caller)
    }

    fn denied(&self, denied: Denied) -> Answer {
        match denied {
            Denied::Invalid(e) => Answer::from(&e),
            Denied::Unknown(why) => Answer::new(StatusCode::UNAUTHORIZED, why),
            Denied::Disabled { node } => {
                let why = "this platform is disabled in the registry here, or no longer named there";
                match node {
                    true => Answer::new(StatusCode::SERVICE_UNAVAILABLE, why).retry_after(60),
                    false => Answer::new(StatusCode::FORBIDDEN, why),
                }
            }
            Denied::MustSign => Answer::new(
                StatusCode::FORBIDDEN,
                "this token is a node's, and a node signs what it sends (webhook-id, webhook-timestamp, webhook-signature) \
                 instead of showing the token, in the body or as Bearer: that is for plain platforms",
            ),
        }
    }

    fn limit(&self, num: u32) -> Result<(), Answer> {
        self.server.limiter.check(num).map_err(|seconds| {
            Answer::new(StatusCode::TOO_MANY_REQUESTS, "too many requests of this platform; see Retry-After")
                .retry_after(seconds)
        })
    }
}

/// The status and the words for an outcome.
fn told(outcome: Outcome) -> (StatusCode, &'static str) {
    match outcome {
        Outcome::Taken => (StatusCode::OK, "ok"),
        Outcome::Duplicate => (StatusCode::OK, "duplicate"),
        Outcome::Parked => (StatusCode::ACCEPTED, "stored; it waits for its room to be announced"),
    }
}
