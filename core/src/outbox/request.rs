//! In what request events are sent.

use bytes::Bytes;

use super::Outbox;
use super::form::{Form, depends_on_the_ping, for_node, for_plain, form};
use crate::directory::target::Target;
use crate::model::EventKind;
use crate::store::{EventRow, PlatformKind, Waiting};
use crate::transport::{Answer, NoAnswer, Request};
use crate::util::event_id::unique;
use crate::wire::traceparent::TRACEPARENT;
use crate::wire::{self, read, write};

const MAX_BYTES: usize = 1 << 20;
/// The longest answer that is read: a line for each event of a batch.
const MAX_LINES: usize = 4 << 20;
/// And of any other.
const MAX_ANSWER: usize = 64 << 10;

/// Whether a token is in it.
pub(super) fn is_confidential(event: &EventRow) -> bool {
    event.kind == EventKind::Platform && memchr::memmem::find(&event.body, b"\"token\":").is_some()
}

/// The first events as one batch of at most `most`: how many went in. None where the first alone is too long.
pub(super) fn batch_body(outbox: &Outbox, target: &Target, waiting: &[Waiting], most: usize) -> (usize, Bytes) {
    let goes = |event: &EventRow| !matches!(form(target, event), Form::Not(_)) && !depends_on_the_ping(target, event);
    let first = waiting.iter().take(most.min(read::MOST_EVENTS)).take_while(|w| goes(&w.event));
    let length: usize = first.clone().map(|w| write::batch_line_length(w.event.body.len())).sum();
    let mut body = Vec::with_capacity(length.min(MAX_BYTES));
    let mut count = 0;
    let directory = outbox.shared.directory.read();
    for Waiting { event, .. } in first {
        let Some((kind, said)) = for_node(&directory, target, event) else { break };
        if body.len() + write::batch_line_length(said.len()) > MAX_BYTES {
            break;
        }
        write::batch_line(&mut body, event.id, kind, &said);
        count += 1;
    }
    (count, body.into())
}

/// `confidential`: a token is in it.
pub(super) async fn post_batch(
    outbox: &Outbox,
    target: &Target,
    body: Bytes,
    confidential: bool,
) -> Result<Answer, NoAnswer> {
    let head = Head {
        path: "batch",
        content_type: "application/x-ndjson",
        id: unique().to_string(),
        traceparent: None,
        max_answer: MAX_LINES,
        confidential,
    };
    post(outbox, target, head, body).await
}

/// Posts one event by itself. None: the platform has no word for it.
pub(super) async fn post_one(outbox: &Outbox, target: &Target, event: &EventRow) -> Option<Result<Answer, NoAnswer>> {
    let (kind, body) = {
        let directory = outbox.shared.directory.read();
        match target.kind {
            PlatformKind::Node if form(target, event) == Form::AsItIs => (event.kind, event.body.clone()),
            PlatformKind::Node => {
                for_node(&directory, target, event).map(|(kind, body)| (kind, body.into_owned().into()))?
            }
            _ => for_plain(&directory, target, event)?,
        }
    };
    let head = Head {
        path: kind.as_str(),
        content_type: "application/json",
        id: event.id.to_string(),
        traceparent: trace_of(event),
        max_answer: MAX_ANSWER,
        confidential: false,
    };
    Some(post(outbox, target, head, body).await)
}

/// The trace that a message belongs to; few say so.
fn trace_of(event: &EventRow) -> Option<String> {
    let says_so = || memchr::memmem::find(&event.body, TRACEPARENT.as_bytes()).is_some();
    if event.kind != EventKind::Message || !says_so() {
        return None;
    }
    let value = wire::json::parse(&event.body).ok()?;
    read::message(&value, read::Measure::Stored).ok()?.traceparent
}

/// What a request says beside its body.
struct Head {
    path: &'static str,
    content_type: &'static str,
    id: String,
    traceparent: Option<String>,
    max_answer: usize,
    /// A token is in it.
    confidential: bool,
}

async fn post(outbox: &Outbox, target: &Target, head: Head, body: Bytes) -> Result<Answer, NoAnswer> {
    let Head { path, content_type, id, traceparent, max_answer, confidential } = head;
    let request = Request {
        endpoint: target.endpoint.clone(),
        path,
        query: None,
        body: Some(body),
        content_type,
        id,
        token: Some(target.token.clone()),
        beside: target.beside.clone(),
        told: target.told,
        confidential,
        traceparent,
        timeout: outbox.shared.config.request_timeout,
        max_answer,
    };
    outbox.peers.transport.send(request).await
}
