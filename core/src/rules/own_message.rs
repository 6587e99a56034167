//! What the app says in a room, perhaps under a key.

use crate::commit::job::Job;
use crate::model::{BindKind, NewMessage};
use crate::rules::accept::accept;
use crate::rules::arrival::{Arrival, Taken};
use crate::rules::keyed::{Content, accept_keyed};
use crate::rules::own_room::unknown;
use crate::rules::user::own_user;
use crate::store::PlatformNum;
use crate::util::digest::digest;
use crate::util::rfc3339;
use crate::wire::{Body, MessageBody, traceparent, write};
use crate::{Error, ErrorKind, Result};

/// A message of one of the app's own users.
pub(crate) fn publish(job: &mut Job<'_>, own: PlatformNum, message: NewMessage) -> Result<Taken> {
    let meaning = job.directory().meaning(BindKind::Room, "room", &message.room)?;
    let (origin, room_id) = meaning.ok_or_else(|| unknown(&message.room))?;
    let sender = own_user(job, own, "sender", &message.sender)?;
    let mut body = MessageBody {
        room_platform: job.directory().name(origin),
        room_id,
        sender,
        text: message.text,
        sent_at: message.sent_at.map(rfc3339::format),
        reply_to: message.reply_to,
        // Which trace it belongs to says nothing of what it says: under one key it is the same message.
        traceparent: None,
        attachments: message.attachments,
    };
    let traceparent = message.traceparent.as_deref().and_then(traceparent::parse);
    let arrival = Arrival::app(own);
    let taken = match message.key {
        None => {
            body.traceparent = traceparent;
            accept(job, arrival, Body::Message(body))
        }
        Some(key) => {
            let of_0_1 = digest(&write::message(&job.directory().name(own), &body));
            let content = Content { digest: meant(origin, &body)?, of_0_1 };
            body.traceparent = traceparent;
            accept_keyed(job, arrival, key, Some(content), Body::Message(body))
        }
    };
    taken.map_err(|e| if e.kind() == ErrorKind::UnknownRoom { unknown(&message.room) } else { e })
}

/// Many messages of the app's own users, each for itself: a refused one, or one that is none, keeps the others out of nothing.
pub(crate) fn publish_all(
    job: &mut Job<'_>,
    own: PlatformNum,
    messages: Vec<Result<NewMessage>>,
) -> Result<Vec<Result<Taken>>> {
    let judged = |message: Result<NewMessage>| match message.and_then(|message| publish(job, own, message)) {
        Err(e) if !e.is_refusal() => Err(e),
        result => Ok(result),
    };
    messages.into_iter().map(judged).collect()
}

/// Distinguishes one message of the app's from another, by what is meant and not by how it is spelled. An id is its text, whether it
/// came as a number or not, and a platform its number, whatever it is called by now.
fn meant(origin: PlatformNum, body: &MessageBody) -> Result<[u8; 32]> {
    let MessageBody { room_platform: _, room_id, sender, text, sent_at, reply_to, traceparent: _, attachments } = body;
    let meant = (origin, room_id.as_str(), sender.as_str(), text, sent_at, reply_to, attachments);
    let bytes = serde_json::to_vec(&meant);
    bytes.map(|bytes| digest(&bytes)).map_err(|e| Error::new(ErrorKind::Internal, format!("a message: {e}")))
}

#[cfg(test)]
mod tests;
