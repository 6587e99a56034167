//! Answers to requests: a status, and words that say what to do.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use uuid::Uuid;

use super::tries::Wait;
use crate::rules::Outcome;
use crate::wire::write;
use crate::{Error, ErrorKind};

/// Why a request was refused, for the log. Among the answer's extensions.
#[derive(Clone)]
pub(super) struct Refusal(pub String);

/// An answer with the status in its body, as every answer to a POST is.
pub(super) struct Answer {
    pub status: StatusCode,
    pub message: String,
    /// Of the event that was taken.
    event: Option<Uuid>,
    retry_after: Option<u64>,
    pub allow: Option<&'static str>,
    wait: Option<Wait>,
}

impl Answer {
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Answer { status, message: message.into(), event: None, retry_after: None, allow: None, wait: None }
    }

    pub(super) fn event(mut self, id: Option<Uuid>) -> Self {
        self.event = id;
        self
    }

    pub(super) fn held_back(mut self, wait: Option<Wait>) -> Self {
        self.wait = wait;
        self
    }

    pub(super) fn retry_after(mut self, seconds: u64) -> Self {
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
        let body = write::status(answer.status.as_u16(), &answer.message, answer.event);
        let mut response = json_response(answer.status, body.into());
        if let Some(seconds) = answer.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(wait) = answer.wait {
            response.extensions_mut().insert(wait);
        }
        if answer.status.is_client_error() {
            response.extensions_mut().insert(Refusal(answer.message));
        }
        if let Some(allow) = answer.allow {
            response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static(allow));
        }
        response
    }
}

pub(super) fn json_response(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}

/// The status that tells an error.
pub(super) fn status_of(e: &Error) -> StatusCode {
    match e.kind() {
        ErrorKind::Invalid | ErrorKind::Config => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthorized => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden | ErrorKind::NotAMember => StatusCode::FORBIDDEN,
        ErrorKind::UnknownPlatform | ErrorKind::UnknownRoom | ErrorKind::UnknownMessage => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Busy | ErrorKind::Closed | ErrorKind::Store | ErrorKind::Transport => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The status and the words for an outcome.
pub(super) fn told(outcome: Outcome) -> (StatusCode, &'static str) {
    match outcome {
        Outcome::Taken | Outcome::ForNobody => (StatusCode::OK, "ok"),
        Outcome::Duplicate => (StatusCode::OK, "duplicate"),
        Outcome::Parked => (StatusCode::ACCEPTED, "stored; it waits for its room to be announced"),
        Outcome::Awaiting => (StatusCode::ACCEPTED, "stored; it waits for the message that it changes"),
    }
}

/// The answer to a body that is over the limit.
#[cfg(feature = "axum")]
pub(super) fn too_large(limit: usize) -> Response<Bytes> {
    Answer::new(StatusCode::PAYLOAD_TOO_LARGE, format!("the body is longer than {limit} bytes")).into()
}

/// The answer when too many bodies are in memory.
#[cfg(feature = "axum")]
pub(super) fn too_busy() -> Response<Bytes> {
    Answer::new(StatusCode::SERVICE_UNAVAILABLE, "too many requests at once; try again").retry_after(1).into()
}

/// The answer to a body that is not as the request's head says.
#[cfg(feature = "axum")]
pub(super) fn broken(why: &str) -> Response<Bytes> {
    let message =
        format!("the body: it is not as `Transfer-Encoding` or `Content-Length` says, so its end was not found: {why}");
    Answer::new(StatusCode::BAD_REQUEST, message).into()
}

/// The answer to a body that took too long.
#[cfg(feature = "axum")]
pub(super) fn too_slow() -> Response<Bytes> {
    Answer::new(StatusCode::REQUEST_TIMEOUT, "the body did not come in time").into()
}
