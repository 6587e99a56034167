//! One request while it is judged: its form, who sends it, what it asks for.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode, header};

use super::answer::{Answer, Refusal, json_response};
use super::auth::{self, Caller, Denied};
#[cfg(feature = "axum")]
use super::bodies::Place;
use super::sender::{Address, Sender};
use super::turns::Turn;
use super::{SHORT, Server, longest_body};
use crate::Error;
use crate::commit::share;
use crate::model::EventKind;
use crate::peers::ping;
use crate::rules::routing::Source;
use crate::rules::{Arrival, Outcome, accept, accept_keyed};
use crate::store::PlatformNum;
use crate::util::event_id;
use crate::util::seldom::seldom;
use crate::util::shown::Shown;
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

/// One request being judged. It owns what it needs, so that it can be judged on another thread.
pub(super) struct Inbound {
    pub server: Arc<Server>,
    pub method: Method,
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Who sends it, until it is known.
    pub stranger: Sender,
    /// Who sends it, once it has shown that.
    pub known: OnceLock<PlatformNum>,
    /// What its body takes in memory; kept until it is answered.
    #[cfg(feature = "axum")]
    place: Option<Arc<Place>>,
}

impl Inbound {
    pub(super) fn new(server: Arc<Server>, parts: Parts, body: Bytes) -> Self {
        let address = parts.extensions.get::<Address>().map(|address| address.0);
        Inbound {
            server,
            method: parts.method,
            path: parts.uri.path().trim_matches('/').to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            body,
            stranger: Sender::at(address),
            known: OnceLock::new(),
            #[cfg(feature = "axum")]
            place: parts.extensions.get().cloned(),
        }
    }

    /// The answer, whatever is asked.
    pub(super) async fn answer(self: Arc<Self>) -> Response<Bytes> {
        let (allow, kind): (&'static str, Option<EventKind>) = match &*self.path {
            "platforms" | "users" => ("GET", None),
            "ping" => ("GET, POST", None),
            "user" => ("POST", Some(EventKind::User)),
            "room" => ("POST", Some(EventKind::Room)),
            "message" => ("POST", Some(EventKind::Message)),
            "batch" | "join" => ("POST", None),
            _ => {
                let known = "platforms, users, user, room, message, ping, batch, join";
                return Answer::new(StatusCode::NOT_FOUND, format!("no such path; known: {known}")).into();
            }
        };
        if !allow.split(", ").any(|allowed| allowed == self.method.as_str()) {
            let mut answer = Answer::new(StatusCode::METHOD_NOT_ALLOWED, format!("{} takes {allow}", self.path));
            answer.allow = Some(allow);
            return answer.into();
        }
        let asks = self.method == Method::GET;
        if !asks && let Err(answer) = self.check_arrived() {
            return answer.into();
        }
        let answer = match (&*self.path, kind) {
            ("ping", _) if asks => return self.pong(None).unwrap_or_else(Into::into),
            ("ping", _) => return self.ping().unwrap_or_else(Into::into),
            ("platforms" | "users", _) => return self.listing().await.unwrap_or_else(Into::into),
            ("batch", _) => return self.batch().await,
            (_, Some(kind)) => self.clone().event(kind).await,
            _ => self.join(),
        };
        let counters = &self.server.shared.counters;
        let counter = if answer.is_ok() { &counters.received } else { &counters.refused };
        counter.fetch_add(1, Ordering::Relaxed);
        match answer {
            Ok(answer) | Err(answer) => answer.into(),
        }
    }

    /// What is refused leaves a trace, without what was posted.
    pub(super) fn log_refusal(&self, response: &Response<Bytes>) {
        let status = response.status().as_u16();
        let name = self.known.get().map(|num| self.server.shared.directory.read().name(*num));
        let from = name.map_or_else(|| self.stranger.to_string(), |name| name.to_string());
        let cause = match status {
            400 => "refused 400",
            401 => "refused 401",
            403 => "refused 403",
            404 => "refused 404",
            429 => "refused 429",
            _ => "refused",
        };
        if let Some(times) = seldom(cause, &from) {
            let why: Option<String> = response.extensions().get::<Refusal>().map(|refusal| refusal.0.clone());
            tracing::warn!(from = %Shown(from), status, "{} {} is refused: {}{times}",
                self.method.as_str(), Shown(&self.path), Shown(why.unwrap_or_default()));
        }
    }

    /// A signed body, or one that is announced, is never empty. Where it is, a server in between has not passed it on.
    fn check_arrived(&self) -> Result<(), Answer> {
        let announced = match (self.headers.get(header::CONTENT_LENGTH), self.headers.get(header::TRANSFER_ENCODING)) {
            (Some(length), _) => length.as_bytes() != b"0",
            (None, chunked) => chunked.is_some() || (self.is_signed() && self.path != "ping"),
        };
        if !self.body.is_empty() || !announced {
            return Ok(());
        }
        let message = "the body arrived empty though it was announced: the web server in front of this node does not pass \
                       it on; if it came in pieces (`Transfer-Encoding: chunked`), have that server read such bodies";
        Err(Answer::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(60))
    }

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
        let most = read::most_values(&self.server.shared.config.limits);
        let value = json::parse_within(most, &self.body).map_err(|e| Answer::from(&e))?;
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
        let limits = &self.server.shared.config.limits;
        let body = match kind {
            EventKind::User if !signed => read::plain_user(&value, limits).map(Body::User),
            EventKind::Room if !signed => read::plain_room(&value, limits).map(Body::Room),
            _ => read::body(kind, &value, limits),
        };
        let body = body.map_err(|e| Answer::from(&e))?;
        let claimed = signed.then(|| read::platform_field(&value)).transpose().map_err(|e| Answer::from(&e))?;
        Ok(Judged { num, claimed, body })
    }

    /// Judges on this thread what is short, and apart what is long: one at a time, so that the others are still answered.
    pub(super) async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        judge: impl Fn(&Inbound) -> Result<T, Answer> + Send + 'static,
    ) -> Result<T, Answer> {
        if self.body.len() <= SHORT {
            return judge(self);
        }
        let closing = || Answer::from(&Error::closed());
        let _one = self.server.long.acquire().await.map_err(|_| closing())?;
        let inbound = self.clone();
        tokio::task::spawn_blocking(move || judge(&inbound)).await.map_err(|_| closing())?
    }

    /// What was judged, and its sender's turn at the writer. Who has to wait for it does so with nothing but the body.
    pub(super) async fn in_turn<T: Send + 'static>(
        self: &Arc<Self>,
        num: impl Fn(&T) -> PlatformNum,
        judge: impl Fn(&Inbound) -> Result<T, Answer> + Clone + Send + 'static,
    ) -> Result<(T, Turn), Answer> {
        let judged = self.apart(judge.clone()).await?;
        let sender = num(&judged);
        self.limit(sender)?;
        #[cfg(feature = "axum")]
        if let Some(place) = &self.place {
            place.belongs_to(Sender::Platform(sender)).map_err(|_| {
                let message = "this platform has too many large requests under way at once; try again";
                Answer::new(StatusCode::SERVICE_UNAVAILABLE, message).retry_after(1)
            })?;
        }
        if let Some(turn) = self.server.turns.free(sender, self.body.len()) {
            return Ok((judged, turn));
        }
        drop(judged);
        let turn = self.server.turns.take(sender, self.body.len()).await;
        let turn = turn.ok_or_else(|| Answer::from(&Error::closed()))?;
        Ok((self.apart(judge).await?, turn))
    }

    /// `POST user`, `room`, `message`.
    async fn event(self: Arc<Self>, kind: EventKind) -> Result<Answer, Answer> {
        let ids = |inbound: &Inbound, judged: &Judged| match judged.claimed {
            Some(_) => inbound.event_id().map(|id| (Some(id), None)),
            None => inbound.idempotency_key().map(|key| (None, key)),
        };
        let (judged, turn) = self.in_turn(|judged: &Judged| judged.num, move |inbound| inbound.judge(kind)).await?;
        let (id, key) = ids(&self, &judged)?;
        let Judged { num, claimed, mut body } = judged;
        let peers = self.server.peers.clone();
        let job = self.server.shared.writer.run_for(share::Sender::Other(num), self.body.len(), move |job| {
            let taken = match claimed {
                Some(claimed) => {
                    let speaker = auth::speaker(job, &peers.presence, num, &claimed, &mut body)?;
                    accept(job, Arrival { source: Source::Peer(num), speaker, id, parked: false }, body)
                }
                None => {
                    let arrival = Arrival { source: Source::Plain(num), speaker: num, id: None, parked: false };
                    match key {
                        Some(key) => accept_keyed(job, arrival, key, None, body),
                        None => accept(job, arrival, body),
                    }
                }
            };
            drop(turn);
            taken
        });
        let taken = job.await.map_err(|e| Answer::from(&e))?;
        let (status, message) = told(taken.outcome);
        // A peer's announcement that changed nothing made no event here, and yet was taken under its id.
        Ok(Answer::new(status, message).event(taken.event.or(id)))
    }

    /// The `webhook-id` of a request that carries one event.
    fn event_id(&self) -> Result<uuid::Uuid, Answer> {
        let text = self.header(crate::wire::signature::ID_HEADER).unwrap_or_default();
        event_id::parse(text)
            .ok_or_else(|| Answer::new(StatusCode::UNAUTHORIZED, "`webhook-id`: expected a UUID of version 7"))
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

    fn ping(&self) -> Result<Response<Bytes>, Answer> {
        self.check_form(&["application/json"], self.longest())?;
        if self.body.is_empty() {
            return self.pong(None);
        }
        self.pong(Some(&self.object()?))
    }

    /// Anyone is answered who does not claim to be somebody; who is recognised has shown a sign of life.
    fn pong(&self, value: Option<&Value<'_>>) -> Result<Response<Bytes>, Answer> {
        match self.identify(value) {
            Ok(caller) => {
                self.server.peers.heard(caller.num);
                // Two nodes that asked each other back would never end.
                if caller.signed && self.query.as_deref() != Some(ping::BACK) {
                    self.server.peers.presence.ask_back(caller.num);
                }
            }
            // It says nothing, or who it is plays no part here.
            Err(Denied::Unclear(_)) if !self.is_signed() => {}
            Err(Denied::Disabled { .. } | Denied::MustSign) => {}
            Err(denied) => return Err(self.denied(denied)),
        }
        let directory = self.server.shared.directory.read();
        let mut hosts: Vec<Arc<str>> =
            directory.active().filter(|row| directory.is_hosted(row.num)).map(|row| row.name.clone()).collect();
        hosts.sort();
        let config = &self.server.shared.config;
        let body = write::pong(config.node_name(), &hosts, self.server.shared.store.id(), config.is_standalone());
        Ok(json_response(StatusCode::OK, body.into()))
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

    pub(super) fn caller(&self, value: Option<&Value<'_>>) -> Result<Caller, Answer> {
        let caller = self.identify(value).map_err(|denied| self.denied(denied))?;
        let _ = self.known.set(caller.num);
        self.server.shared.open_or_closed().map_err(|e| Answer::from(&e))?;
        self.server.peers.heard(caller.num);
        Ok(caller)
    }

    pub(super) fn denied(&self, denied: Denied) -> Answer {
        match denied {
            Denied::Invalid(e) => Answer::from(&e),
            Denied::Unclear(why) => Answer::new(StatusCode::UNAUTHORIZED, why),
            Denied::Wrong(why) => {
                Answer::new(StatusCode::UNAUTHORIZED, why).held_back(self.server.tries.wrong(self.stranger))
            }
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
pub(super) fn told(outcome: Outcome) -> (StatusCode, &'static str) {
    match outcome {
        Outcome::Taken | Outcome::ForNobody => (StatusCode::OK, "ok"),
        Outcome::Duplicate => (StatusCode::OK, "duplicate"),
        Outcome::Parked => (StatusCode::ACCEPTED, "stored; it waits for its room to be announced"),
    }
}
