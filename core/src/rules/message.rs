//! A message: from a user of the platform that speaks, to a room that is known here.

use bytes::Bytes;

use crate::commit::job::Job;
use crate::model::EventKind;
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time};
use crate::rules::outgoing::{Outgoing, hand_in, send};
use crate::rules::parked::park;
use crate::rules::routing::{Source, audience, route};
use crate::rules::{limits, receipt, user};
use crate::store::EventRow;
use crate::wire::{MAX_BODY, MessageBody, write};
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
        limits::user(job, arrival.speaker)?;
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
        user::placeholder(job, arrival.speaker, &body.sender, route.own)?;
    }
    if route.own {
        hand_in(job, id, EventKind::Message, arrival.speaker, Some(num), json.clone())?;
    } else if arrival.id.is_some() {
        job.mark(num, arrival.speaker, id)?;
    }
    send(job, arrival, route, Outgoing { id, kind: EventKind::Message, room: Some(num), body: json, subject: None })
}
