//! A message: from a user of the platform that speaks, to a room that is known here.

use bytes::Bytes;

use super::{
    Arrival, Content, Outcome, Outgoing, Taken, accept, accept_keyed, first_time, hand_in, own_user, park, receipt,
    send,
};
use crate::commit::job::Job;
use crate::model::{BindKind, EventKind, NewMessage};
use crate::rules::routing::{Source, audience, route};
use crate::store::{EventRow, PlatformNum};
use crate::wire::{Body, MAX_BODY, MessageBody, digest, write};
use crate::{Error, ErrorKind, Result};

/// Takes a message in.
pub(crate) fn message(job: &mut Job<'_>, arrival: Arrival, mut body: MessageBody) -> Result<Taken> {
    let directory = job.directory();
    let origin = directory.known(&body.room_platform);
    let room = origin.and_then(|origin| directory.find_room(origin, &body.room_id));
    let Some(room) = room else {
        let error = match origin {
            None => directory.unknown_platform("roomOriginalPlatform", &body.room_platform),
            Some(_) => Error::new(
                ErrorKind::UnknownRoom,
                format!("no room {} of {} was announced here; announce it first", body.room_id, body.room_platform),
            )
            .within("roomId"),
        };
        let json = Bytes::from(write::message(&directory.name(arrival.speaker), &body));
        return match arrival.source {
            Source::Peer(peer) if !arrival.parked => {
                park(job, arrival, peer, (&body.room_platform, body.room_id), EventKind::Message, json)
            }
            _ => Err(error),
        };
    };
    if !room.row.public && !room.has(arrival.speaker, body.sender.as_str()) {
        let speaker = directory.name(arrival.speaker);
        let message = format!("{} of {speaker} is not a member of this private room", body.sender);
        return Err(Error::new(ErrorKind::NotAMember, message).within("senderId"));
    }
    let num = room.num();
    let stranger = directory.user(arrival.speaker, body.sender.as_str()).is_none();
    body.sender = directory.canonical(arrival.speaker, &body.sender, Some(room));
    body.room_id = room.row.id.clone();
    body.room_platform = directory.name(room.row.origin);
    let route = route(directory, arrival.source, arrival.speaker, audience(directory, room));
    let json = Bytes::from(write::message(&directory.name(arrival.speaker), &body));
    if arrival.source == Source::App && json.len() > MAX_BODY {
        let field = if body.attachments.is_empty() { "text" } else { "attachments" };
        let got = json.len();
        let why = format!(
            "the message would be {got} bytes on its way, and a node takes at most {MAX_BODY}: give a large attachment as `url`"
        );
        return Err(Error::invalid(field, why));
    }

    if stranger {
        super::limits::user(job, arrival.speaker)?;
    }
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let id = match arrival.id {
        Some(id) => id,
        None => job.new_id_in(num, arrival.speaker, None)?,
    };
    if let Source::Peer(peer) = arrival.source
        && !route.own
        && route.lanes.is_empty()
    {
        job.mark(num, arrival.speaker, id)?;
        let (kind, platform, at) = (EventKind::Message, arrival.speaker, job.age);
        let event = EventRow { id, kind, platform, source: Some(peer), room: Some(num), at, again: false, body: json };
        let node = job.directory().node;
        receipt::report(job, peer, &event, node, Some("it concerns nobody who is reached through this node"))?;
        return Ok(Taken::new(Outcome::ForNobody, Some(id)));
    }
    if stranger {
        super::user::placeholder(job, arrival.speaker, &body.sender, route.own)?;
    }
    if route.own {
        hand_in(job, id, EventKind::Message, arrival.speaker, Some(num), json.clone())?;
    } else if arrival.id.is_some() {
        job.mark(num, arrival.speaker, id)?;
    }
    send(job, arrival, route, Outgoing { id, kind: EventKind::Message, room: Some(num), body: json, subject: None })
}

/// A message of one of the app's own users.
pub(crate) fn publish(job: &mut Job<'_>, own: PlatformNum, message: NewMessage) -> Result<Taken> {
    let meaning = job.directory().meaning(BindKind::Room, &message.room);
    let (origin, room_id) = meaning.ok_or_else(|| Error::new(ErrorKind::UnknownRoom, "no such room").within("room"))?;
    let sender = own_user(job, own, &message.sender)?;
    let body = MessageBody {
        room_platform: job.directory().name(origin),
        room_id,
        sender,
        text: message.text,
        sent_at: message.sent_at,
        reply_to: message.reply_to,
        attachments: message.attachments,
    };
    let arrival = Arrival::app(own);
    match message.key {
        None => accept(job, arrival, Body::Message(body)),
        Some(key) => {
            let of_0_1 = digest(&write::message(&job.directory().name(own), &body));
            let content = Content { digest: meant(origin, &body)?, of_0_1 };
            accept_keyed(job, arrival, key, Some(content), Body::Message(body))
        }
    }
}

/// Tells one message of the app's from another: by what is meant and not by how it is spelled. An id is its text, whether it
/// came as a number or not, and a platform its number, whatever it is called by now.
fn meant(origin: PlatformNum, body: &MessageBody) -> Result<[u8; 32]> {
    let MessageBody { room_platform: _, room_id, sender, text, sent_at, reply_to, attachments } = body;
    let meant = (origin, room_id.as_str(), sender.as_str(), text, sent_at, reply_to, attachments);
    let bytes = serde_json::to_vec(&meant);
    bytes.map(|bytes| digest(&bytes)).map_err(|e| Error::new(ErrorKind::Internal, format!("a message: {e}")))
}

#[cfg(test)]
mod tests;
