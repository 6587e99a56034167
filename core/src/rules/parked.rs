//! Events of peers that wait: for a room that nobody has announced here yet, or for the message that they change.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::commit::job::Job;
use crate::commit::job::naming::MOST_MENTIONED;
use crate::model::{EventKind, Id};
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time};
use crate::rules::receipt::{self, End};
use crate::store::{Dead, EventRow, ParkedRow, PlatformNum, RoomNum};
use crate::wire::Body;
use crate::{Error, ErrorKind, Result};

/// How many events of one peer may wait for rooms.
const MAX_PARKED: u64 = 10_000;

/// Lets an event of a peer wait for a room that is not known yet.
pub(super) fn park(
    job: &mut Job<'_>,
    arrival: Arrival,
    peer: PlatformNum,
    room: (&str, Id),
    kind: EventKind,
    body: Bytes,
) -> Result<Taken> {
    let Some(id) = arrival.id else {
        return Err(Error::new(ErrorKind::Internal, "only what a peer sends can wait for its room"));
    };
    // Before the event is noted as seen: names beyond all bounds are refused.
    job.may_name(peer, MOST_MENTIONED, [room.0])?;
    let origin = job.platform_num_by(Some(peer), room.0)?;
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let event = event(job, arrival, peer, (id, kind), body);
    if job.tx.parked_count(peer)? >= MAX_PARKED {
        let why = format!("more than {MAX_PARKED} events of this peer wait for rooms that nobody announced");
        lose(job, peer, event, why.into())?;
    } else {
        job.tx.put_parked(&ParkedRow { origin, room_id: room.1, peer, to_be_judged: false, of: None, event })?;
    }
    Ok(Taken::new(Outcome::Parked, arrival.id))
}

/// Lets a change of a peer wait for its message, which comes by another way. `room`: where it is, and whose message of which id.
pub(super) fn wait_for(
    job: &mut Job<'_>,
    arrival: Arrival,
    peer: PlatformNum,
    (room, of): (RoomNum, (PlatformNum, Uuid)),
    kind: EventKind,
    body: Bytes,
) -> Result<Taken> {
    let (Some(id), Some(row)) = (arrival.id, job.directory().room(room).map(|room| &room.row)) else {
        return Err(Error::new(
            ErrorKind::Internal,
            "only what a peer sends in a room that is known can wait for a message",
        ));
    };
    let (origin, room_id) = (row.origin, row.id.clone());
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let event = event(job, arrival, peer, (id, kind), body);
    if job.tx.parked_count(peer)? >= MAX_PARKED {
        let why = format!("more than {MAX_PARKED} events of this peer wait for what has not come");
        lose(job, peer, event, why.into())?;
    } else {
        job.await_message(&ParkedRow { origin, room_id, peer, to_be_judged: false, of: Some(of), event })?;
    }
    Ok(Taken::new(Outcome::Awaiting, arrival.id))
}

/// An event as it waits.
fn event(job: &Job<'_>, arrival: Arrival, peer: PlatformNum, (id, kind): (Uuid, EventKind), body: Bytes) -> EventRow {
    let (platform, source) = (arrival.speaker, Some(peer));
    EventRow { id, kind, platform, source, room: None, at: job.age, again: false, body }
}

/// An event that waited for its room is lost: a dead letter here, and a receipt to the peer that sent it.
pub(crate) fn lose(job: &mut Job<'_>, peer: PlatformNum, event: EventRow, why: Arc<str>) -> Result<()> {
    let node = job.directory().node;
    receipt::report(job, peer, &event, node, End::Dead(&why))?;
    job.bury(Dead { dest: node, event, inbound: true, why, died: job.now })
}

/// With the origin of its room spelled as it is now: it may have been renamed while this waited.
pub(super) fn in_room_of(job: &Job<'_>, origin: PlatformNum, mut body: Body) -> Body {
    let name = job.directory().name(origin);
    match &mut body {
        Body::Message(message) => message.room_platform = name,
        Body::Change(change) => change.room_platform = name,
        Body::Room(room) => room.origin = room.origin.is_some().then(|| name.to_string()),
        Body::User(_) | Body::Platform(_) | Body::Receipt(_) => {}
    }
    body
}
