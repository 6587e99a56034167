//! One request while it is judged: its form, who sends it, what it asks for.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};

use super::answer::{Answer, json_response};
use super::auth::{self, Caller, Denied};
use super::{Server, longest_body};
use crate::model::EventKind;
use crate::peers::ping;
use crate::rules::routing::Source;
use crate::rules::{Arrival, Outcome, accept, accept_keyed};
use crate::store::PlatformNum;
use crate::util::event_id;
use crate::wire::json::{self, Value};
use crate::wire::{Body, read, write};

/// The longest `Idempotency-Key`, characters.
const MAX_KEY: usize = 255;

/// An event whose form is right.
struct Judged {
    num: PlatformNum,
    /// For whom a peer speaks; None: a plain platform, which speaks for itself.
    claimed: Option<String>,
    body: Body,
}

/// One request being judged.
pub(super) struct Inbound<'a> {
    pub server: &'a Server,
    pub headers: &'a HeaderMap,
    pub query: Option<&'a str>,
    pub body: &'a Bytes,
}

impl Inbound<'_> {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    pub(super) fn is_signed(&self) -> bool {
        self.headers.contains_key(crate::wire::signature::SIGNATURE_HEADER)
    }

    /// What is forwarded may be longer than what was posted.
    fn longest(&self) -> usize {
        if self.is_signed() { longest_body(&self.server.shared.config) } else { self.server.shared.config.limits.body }
    }

    /// Size and media type.
    pub(super) fn check_form(&self, types: &[&str], limit: usize) -> Result<(), Answer> {
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
    pub(super) async fn event(&self, kind: EventKind) -> Result<Answer, Answer> {
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

    pub(super) fn ping(&self) -> Response<Bytes> {
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
    pub(super) fn pong(&self, value: Option<&Value<'_>>) -> Response<Bytes> {
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
    pub(super) fn join(&self) -> Result<Answer, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        let value = self.object()?;
        if !matches!(value.get("invite"), Some(Value::Text(_))) {
            return Err(Answer::new(StatusCode::BAD_REQUEST, "`invite`: expected the id of an invite, a string"));
        }
        Err(Answer::new(StatusCode::UNAUTHORIZED, "`invite`: it is used, expired or unknown; ask for another one"))
    }

    pub(super) fn caller(&self, value: Option<&Value<'_>>) -> Result<Caller, Answer> {
        let caller = self.identify(value).map_err(|denied| self.denied(denied))?;
        self.server.shared.open_or_closed().map_err(|e| Answer::from(&e))?;
        self.server.peers.heard(caller.num);
        Ok(caller)
    }

    pub(super) fn denied(&self, denied: Denied) -> Answer {
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

    pub(super) fn limit(&self, num: u32) -> Result<(), Answer> {
        self.server.limiter.check(num).map_err(|seconds| {
            Answer::new(StatusCode::TOO_MANY_REQUESTS, "too many requests of this platform; see Retry-After")
                .retry_after(seconds)
        })
    }
}

/// The status and the words for an outcome.
pub(super) fn told(outcome: Outcome) -> (StatusCode, &'static str) {
    match outcome {
        Outcome::Taken => (StatusCode::OK, "ok"),
        Outcome::Duplicate => (StatusCode::OK, "duplicate"),
        Outcome::Parked => (StatusCode::ACCEPTED, "stored; it waits for its room to be announced"),
    }
}
