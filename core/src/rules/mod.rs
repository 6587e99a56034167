//! What one event does, whoever brought it: the app, a plain platform hosted here, or a peer.
//!
//! Everything here runs inside the writer's transaction. Each function looks first and refuses before it writes anything;
//! then it changes the directory, stores the event for the destinations that [`crate::rules::routing`] names, and hands it to the
//! app's inbox. So an answer of 2xx means that all of this is on disk, and a refusal that none of it is.

pub(crate) mod binding;
mod limits;
pub(crate) mod message;
pub(crate) mod newcomer;
pub(crate) mod own_room;
pub(crate) mod platform;
pub(crate) mod receipt;
pub(crate) mod room;
pub(crate) mod routing;
pub(crate) mod user;
pub(crate) mod ways;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::commit::job::{Job, MOST_MENTIONED};
use crate::commit::share::Subject;
use crate::directory::Directory;
use crate::directory::room::Room;
use crate::model::{BindKind, EventKind, Id, RoomKind};
use crate::rules::routing::{Route, Source};
use crate::store::{Dead, EventRow, InboxEvent, KeyRow, ParkedRow, PlatformNum, ReceiptRow, RoomNum};
use crate::util::event_id;
use crate::util::time::instant;
use crate::wire::Body;
use crate::{Error, ErrorKind, Result};

/// How an event came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub source: Source,
    /// The body's `platform`: who speaks.
    pub speaker: PlatformNum,
    /// The id that it came with; None where it enters here and gets one.
    pub id: Option<Uuid>,
    /// It waited here for its room, and is noted as seen already.
    pub parked: bool,
}

impl Arrival {
    /// The app's own.
    pub(crate) fn app(own: PlatformNum) -> Self {
        Arrival { source: Source::App, speaker: own, id: None, parked: false }
    }
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Stored for good.
    Taken,
    /// It had been before.
    Duplicate,
    /// It waits for its room.
    Parked,
    /// Stored and over: it is for nobody here, and its sender is told.
    ForNobody,
}

/// An event that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub outcome: Outcome,
    /// None when nothing had changed and so nothing was sent.
    pub event: Option<Uuid>,
    /// The platforms that it goes to.
    pub to: Vec<PlatformNum>,
}

impl Taken {
    fn new(outcome: Outcome, event: Option<Uuid>) -> Self {
        Taken { outcome, event, to: Vec::new() }
    }

    fn duplicate(event: Option<Uuid>) -> Self {
        Taken::new(Outcome::Duplicate, event)
    }

    fn unchanged() -> Self {
        Taken::new(Outcome::Taken, None)
    }
}

/// Takes an event in.
pub(crate) fn accept(job: &mut Job<'_>, arrival: Arrival, body: Body) -> Result<Taken> {
    // What waited here already has its room; and what is not for the app needs none.
    let comes_in = arrival.source != Source::App && !arrival.parked;
    if comes_in && job.inbox_full() && is_for_the_app(job.directory(), arrival, &body) {
        return Err(Error::new(ErrorKind::Busy, "the app does not take its events in; try again later"));
    }
    let taken = match body {
        Body::User(body) => user::user(job, arrival, body),
        Body::Room(body) => room::room(job, arrival, body),
        Body::Message(body) => message::message(job, arrival, body),
        Body::Platform(body) => platform::announced(job, arrival, body),
        Body::Receipt(body) => receipt::receipt(job, arrival, body),
    };
    match (taken, arrival.id) {
        // What was taken once is answered so for ever, even if it would be refused by now.
        (Err(e), Some(id)) if e.is_refusal() && !arrival.parked && job.tx.seen(arrival.speaker, id)? => {
            Ok(Taken::duplicate(Some(id)))
        }
        (taken, _) => taken,
    }
}

/// Whether an event, or what follows from it, is handed to the app.
fn is_for_the_app(directory: &Directory, arrival: Arrival, body: &Body) -> bool {
    let Some(own) = directory.own else { return false };
    let concerns = |room: &Room| room.row.public || room.has_any(own);
    let known = |platform: Option<PlatformNum>, id: &Id| platform.and_then(|origin| directory.find_room(origin, id));
    match body {
        Body::User(_) | Body::Platform(_) => true,
        Body::Room(body) => {
            let origin = body.origin.as_deref().map_or(Some(arrival.speaker), |name| directory.resolve(name));
            let now = body.kind == RoomKind::Public
                || body.members.iter().any(|(name, _)| directory.resolve(name) == Some(own));
            now || known(origin, &body.id).is_some_and(concerns)
        }
        Body::Message(body) => known(directory.resolve(&body.room_platform), &body.room_id).is_some_and(concerns),
        Body::Receipt(body) => directory.resolve(&body.of) == Some(own),
    }
}

/// What tells one content from another under the same key.
pub(crate) struct Content {
    /// Of what is meant, however it is spelled.
    digest: [u8; 32],
    /// Of the body as it is written: what 0.1 kept, whose keys are still remembered when a node is upgraded.
    of_0_1: [u8; 32],
}

impl Content {
    fn has(&self, digest: Option<[u8; 32]>) -> bool {
        [Some(self.digest), Some(self.of_0_1)].contains(&digest)
    }
}

/// Takes an event in under a key: the same key is the same event. The content is compared, if given.
pub(crate) fn accept_keyed(
    job: &mut Job<'_>,
    arrival: Arrival,
    key: String,
    content: Option<Content>,
    body: Body,
) -> Result<Taken> {
    if let Some(row) = job.tx.key(arrival.speaker, &key)? {
        if content.as_ref().is_some_and(|content| !content.has(row.digest)) {
            let message =
                format!("{key:?} was used for a message with another content; a key names one message for 7 days");
            return Err(Error::new(ErrorKind::Conflict, message).within("key"));
        }
        return Ok(Taken { outcome: Outcome::Duplicate, event: row.event, to: row.to });
    }
    let taken = accept(job, arrival, body)?;
    let digest = content.map(|content| content.digest);
    let row = KeyRow { platform: arrival.speaker, key, event: taken.event, digest, at: job.age, to: taken.to.clone() };
    job.tx.put_key(&row)?;
    Ok(taken)
}

/// Refuses to announce what could not have its effect: the announcement in force (whose, and under which id) lies so far
/// ahead of this node's clock that a new id would be less.
fn must_exceed(job: &Job<'_>, what: &str, in_force: Option<(PlatformNum, Uuid)>) -> Result<()> {
    let Some((by, id)) = in_force.filter(|(_, id)| !job.can_exceed(*id)) else { return Ok(()) };
    let until = humantime::format_rfc3339_seconds(instant(event_id::in_reach_at(id)));
    Err(Error::new(
        ErrorKind::Conflict,
        format!(
            "what {} announced of {what} holds until {until}, since its event id lies ahead of this node's clock; \
             announce it again after that",
            job.directory().name(by)
        ),
    ))
}

/// Notes an event that came with an id. False if it was here before.
fn first_time(job: &mut Job<'_>, arrival: Arrival) -> Result<bool> {
    match arrival.id {
        Some(id) if !arrival.parked => job.tx.see(arrival.speaker, id, job.age),
        _ => Ok(true),
    }
}

/// What is sent.
struct Outgoing {
    id: Uuid,
    kind: EventKind,
    room: Option<RoomNum>,
    body: Bytes,
    /// What it announces: a later announcement takes its place while it waits.
    subject: Option<Subject>,
}

/// Stores an event for its destinations, and where it went if it is the app's own.
fn send(job: &mut Job<'_>, arrival: Arrival, route: Route, out: Outgoing) -> Result<Taken> {
    let id = out.id;
    let to = route.to.iter().map(|(platform, _)| *platform).collect();
    if !route.lanes.is_empty() {
        let event = EventRow {
            id,
            kind: out.kind,
            platform: arrival.speaker,
            source: arrival.source.peer(),
            room: out.room,
            at: job.age,
            again: false,
            body: out.body,
        };
        let seq = match &out.subject {
            Some(subject) => job.enqueue_latest(event, subject, &route.lanes)?,
            None => job.enqueue(event, &route.lanes)?,
        };
        if arrival.source == Source::App {
            job.tx.put_receipt(&ReceiptRow { event: id, seq, to: route.to })?;
        }
    }
    Ok(Taken { outcome: Outcome::Taken, event: Some(id), to })
}

/// Hands an event to the app.
fn hand_in(
    job: &mut Job<'_>,
    id: Uuid,
    kind: EventKind,
    speaker: PlatformNum,
    room: Option<RoomNum>,
    body: Bytes,
) -> Result<()> {
    job.hand_in(InboxEvent { id, kind, platform: speaker, room, late: false, attempts: 0, suspect: false, body })
}

/// How many events of one peer may wait for rooms.
const MAX_PARKED: u64 = 10_000;

/// Lets an event of a peer wait for a room that is not known yet.
fn park(
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
    let event = EventRow {
        id,
        kind,
        platform: arrival.speaker,
        source: Some(peer),
        room: None,
        at: job.age,
        again: false,
        body,
    };
    if job.tx.parked_count(peer)? >= MAX_PARKED {
        let why = format!("more than {MAX_PARKED} events of this peer wait for rooms that nobody announced");
        lose(job, peer, event, why.into())?;
    } else {
        job.tx.put_parked(&ParkedRow { origin, room_id: room.1, peer, to_be_judged: false, event })?;
    }
    Ok(Taken::new(Outcome::Parked, arrival.id))
}

/// An event that waited for its room is lost: a dead letter here, and a receipt to the peer that sent it.
pub(crate) fn lose(job: &mut Job<'_>, peer: PlatformNum, event: EventRow, why: Arc<str>) -> Result<()> {
    let node = job.directory().node;
    if event.kind == EventKind::Message {
        receipt::report(job, peer, &event, node, Some(&why))?;
    }
    job.bury(Dead { dest: node, event, inbound: true, why, died: job.now })
}

/// An id that must be one of the app's own users.
pub(crate) fn own_user(job: &Job<'_>, own: PlatformNum, user: &Id) -> Result<Id> {
    match job.directory().meaning(BindKind::User, user) {
        Some((platform, id)) if platform == own => Ok(id),
        _ => Err(Error::new(
            ErrorKind::Forbidden,
            format!("{user} is a user of another platform: only own users act here"),
        )),
    }
}
