//! What is sent of an event, and in what request.

use bytes::Bytes;

use super::Outbox;
use crate::directory::target::Target;
use crate::model::EventKind;
use crate::rules;
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

/// Whether this event is nothing for this platform, though it waits for it.
pub(super) fn skips(target: &Target, event: &EventRow) -> bool {
    match target.kind {
        // What came from a peer goes on to nobody but the platforms hosted here.
        PlatformKind::Node => event.source.is_some() || (!target.batch && only_in_batches(event)),
        // Plain platforms have no word for what only nodes tell each other.
        _ => only_in_batches(event),
    }
}

/// Whether it has no path of its own: it goes in a batch, be it of one.
pub(super) fn only_in_batches(event: &EventRow) -> bool {
    matches!(event.kind, EventKind::Platform | EventKind::Receipt)
}

/// Whether a token is in it.
pub(super) fn is_confidential(event: &EventRow) -> bool {
    event.kind == EventKind::Platform && memchr::memmem::find(&event.body, b"\"token\":").is_some()
}

/// The first events as one batch of at most `most`: how many went in. None where the first alone is too long.
pub(super) fn batch_body(target: &Target, waiting: &[Waiting], most: usize) -> (usize, Bytes) {
    let first = waiting.iter().take(most.min(read::MOST_EVENTS)).take_while(|w| !skips(target, &w.event));
    let length: usize = first.clone().map(|w| write::batch_line_length(w.event.body.len())).sum();
    let mut body = Vec::with_capacity(length.min(MAX_BYTES));
    let mut count = 0;
    for Waiting { event, .. } in first {
        if body.len() + write::batch_line_length(event.body.len()) > MAX_BYTES {
            break;
        }
        write::batch_line(&mut body, event.id, event.kind, &event.body);
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
    let body = match target.kind {
        PlatformKind::Node => event.body.clone(),
        _ => plain_body(outbox, target, event)?,
    };
    let head = Head {
        path: event.kind.as_str(),
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

/// The body as a plain platform gets it: a room whole, as it is now; a message with attachments that it can't show as text,
/// and the recipients as they are now. None where it has no word for the event.
fn plain_body(outbox: &Outbox, target: &Target, event: &EventRow) -> Option<Bytes> {
    let directory = outbox.shared.directory.read();
    match event.kind {
        EventKind::Platform | EventKind::Receipt | EventKind::Delivery => None,
        EventKind::User => {
            let user = wire::json::parse(&event.body).and_then(|value| read::user(&value, read::Measure::Stored));
            let user = user.ok().filter(|user| user.active)?;
            Some(write::plain_user(&directory.name(event.platform), &user).into())
        }
        EventKind::Room => {
            let room = event.room.and_then(|num| directory.room(num))?;
            Some(rules::whole(&directory, room).into())
        }
        EventKind::Message => {
            let message = wire::json::parse(&event.body).and_then(|value| read::message(&value, read::Measure::Stored));
            let Ok(message) = message else { return Some(event.body.clone()) };
            let exact = write::is_exact(&message.room_id) && write::is_exact(&message.sender);
            if message.attachments.is_empty() && !target.recipients && exact {
                return Some(event.body.clone());
            }
            let room = event.room.and_then(|num| directory.room(num));
            let recipients =
                target.recipients.then(|| room.map(|room| directory.own_members(room, target.num)).unwrap_or_default());
            let speaker = directory.name(event.platform);
            Some(write::plain_message(&speaker, &message, target.audio, target.image, recipients.as_deref()).into())
        }
    }
}
