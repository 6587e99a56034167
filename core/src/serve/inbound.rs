//! One request while it is judged: what it holds, its form, and its sender's turn at the writer. Who sends it is found out in
//! [`super::auth`], what it asks for in [`super::paths`].

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode, header};

use super::answer::{Answer, Refusal};
#[cfg(feature = "axum")]
use super::bodies::Place;
use super::sender::{Address, Sender};
use super::turns::Turn;
use super::{SHORT, Server, longest_body};
use crate::Error;
use crate::store::PlatformNum;
use crate::util::apart::apart;
use crate::util::seldom::seldom;
use crate::util::shown::Shown;
use crate::wire::json::{self, Value};
use crate::wire::read;

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
    pub(super) fn check_arrived(&self) -> Result<(), Answer> {
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

    /// A field of the query, the first of that name.
    pub(super) fn query_field(&self, name: &str) -> Option<String> {
        let fields = url::form_urlencoded::parse(self.query.as_deref()?.as_bytes());
        fields.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    pub(super) fn is_signed(&self) -> bool {
        self.headers.contains_key(crate::wire::signature::SIGNATURE_HEADER)
    }

    /// What is forwarded may be longer than what was posted.
    pub(super) fn longest(&self) -> usize {
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
    pub(super) fn object(&self) -> Result<Value<'_>, Answer> {
        let most = read::most_values(&self.server.shared.config.limits);
        let value = json::parse_within(most, &self.body).map_err(|e| Answer::from(&e))?;
        if value.as_object().is_none() {
            let message = format!("the body: expected a JSON object, got {}", value.describe());
            return Err(Answer::new(StatusCode::BAD_REQUEST, message));
        }
        Ok(value)
    }

    /// Judges on this thread what is short, and apart what is long: one at a time, so that the others are still answered.
    pub(super) async fn apart<T: Send + 'static>(
        self: &Arc<Self>,
        judge: impl Fn(&Inbound) -> Result<T, Answer> + Send + 'static,
    ) -> Result<T, Answer> {
        if self.body.len() <= SHORT {
            return judge(self);
        }
        let _one = self.server.long.acquire().await.map_err(|_| Answer::from(&Error::closed()))?;
        let inbound = self.clone();
        apart(move || Ok(judge(&inbound))).await.map_err(|e| Answer::from(&e))?
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

    pub(super) fn limit(&self, num: u32) -> Result<(), Answer> {
        self.server.limiter.check(num).map_err(|seconds| {
            Answer::new(StatusCode::TOO_MANY_REQUESTS, "too many requests of this platform; see Retry-After")
                .retry_after(seconds)
        })
    }
}
