//! What one event does, whoever brought it: the app, a plain platform hosted here, or a peer.
//!
//! Everything here runs inside the writer's transaction. Each function looks first and refuses before it writes anything;
//! then it changes the directory, stores the event for the destinations that [`crate::rules::routing`] names, and hands it to the
//! app's inbox. So an answer of 2xx means that all of this is on disk, and a refusal that none of it is.

pub(crate) mod binding;
pub(crate) mod message;
pub(crate) mod newcomer;
pub(crate) mod platform;
pub(crate) mod receipt;
pub(crate) mod room;
pub(crate) mod routing;
pub(crate) mod user;

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::commit::job::Cx;
use crate::model::{BindKind, Id};
use crate::rules::routing::{Route, Source};
use crate::store::{DeadRow, EventKind, EventRow, InboxRow, KeyRow, ParkedRow, PlatformNum, ReceiptRow, RoomNum};
use crate::util::lock::RwLockExt;
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
pub(crate) fn accept(cx: &mut Cx<'_>, arrival: Arrival, body: Body) -> Result<Taken> {
    if arrival.source != Source::App && cx.inbox_full() {
        return Err(Error::new(ErrorKind::Busy, "the app does not take its events in; try again later"));
    }
    let taken = match body {
        Body::User(body) => user::user(cx, arrival, body),
        Body::Room(body) => room::room(cx, arrival, body),
        Body::Message(body) => message::message(cx, arrival, body),
        Body::Platform(body) => platform::announced(cx, arrival, body),
        Body::Receipt(body) => receipt::receipt(cx, arrival, body),
    };
    match (taken, arrival.id) {
        // What was taken once is answered so for ever, even if it would be refused by now.
        (Err(e), Some(id)) if is_refusal(&e) && !arrival.parked && cx.tx.seen(arrival.speaker, id)? => {
            Ok(Taken::duplicate(Some(id)))
        }
        (taken, _) => taken,
    }
}

/// Takes an event in under a key: the same key is the same event. `digest` is of the content, compared if given.
pub(crate) fn accept_keyed(
    cx: &mut Cx<'_>,
    arrival: Arrival,
    key: String,
    digest: Option<[u8; 32]>,
    body: Body,
) -> Result<Taken> {
    if let Some(row) = cx.tx.key(arrival.speaker, &key)? {
        if digest.is_some_and(|d| d != row.digest) {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "`key`: {key:?} was used for a message with another content; a key names one message for 7 days"
                ),
            ));
        }
        return Ok(Taken { outcome: Outcome::Duplicate, event: Some(row.event), to: row.to });
    }
    let taken = accept(cx, arrival, body)?;
    let row = KeyRow {
        platform: arrival.speaker,
        key,
        event: taken.event.unwrap_or_default(),
        digest: digest.unwrap_or_default(),
        at: cx.now,
        to: taken.to.clone(),
    };
    cx.tx.put_key(&row)?;
    Ok(taken)
}

/// A refusal leaves nothing behind; any other error ends the transaction.
fn is_refusal(e: &Error) -> bool {
    !matches!(e.kind(), ErrorKind::Store | ErrorKind::Internal)
}

/// The id of the event: the one that it came with, or a new one that is greater than `floor`.
fn event_id(cx: &mut Cx<'_>, arrival: Arrival, floor: Option<Uuid>) -> Uuid {
    arrival.id.unwrap_or_else(|| cx.new_id(floor))
}

/// Notes an event that came with an id. False if it was here before.
fn first_time(cx: &mut Cx<'_>, arrival: Arrival) -> Result<bool> {
    match arrival.id {
        Some(id) if !arrival.parked => cx.tx.see(arrival.speaker, id),
        _ => Ok(true),
    }
}

/// What is sent.
struct Outgoing {
    id: Uuid,
    kind: EventKind,
    room: RoomNum,
    body: Bytes,
    plain: Option<Bytes>,
}

/// Stores an event for its destinations, and where it went if it is the app's own.
fn send(cx: &mut Cx<'_>, arrival: Arrival, route: Route, out: Outgoing) -> Result<Taken> {
    let id = out.id;
    let mut seq = 0;
    if !route.lanes.is_empty() {
        let event = EventRow {
            id,
            kind: out.kind,
            platform: arrival.speaker,
            source: arrival.source.peer(),
            room: out.room,
            at: cx.now,
            body: out.body,
            plain: out.plain,
        };
        seq = cx.enqueue(event, &route.lanes)?;
    }
    let to = route.to.iter().map(|(platform, _)| *platform).collect();
    if arrival.source == Source::App && !route.to.is_empty() {
        cx.tx.put_receipt(&ReceiptRow { event: id, seq, to: route.to })?;
    }
    Ok(Taken { outcome: Outcome::Taken, event: Some(id), to })
}

/// Hands an event to the app.
fn hand_in(cx: &mut Cx<'_>, id: Uuid, kind: EventKind, speaker: PlatformNum, room: RoomNum, body: Bytes) -> Result<()> {
    cx.hand_in(InboxRow { seq: 0, id, kind, platform: speaker, room, late: false, attempts: 0, body })
}

/// How many events of one peer may wait for rooms.
const MAX_PARKED: u64 = 10_000;

/// Lets an event of a peer wait for a room that is not known yet.
fn park(
    cx: &mut Cx<'_>,
    arrival: Arrival,
    peer: PlatformNum,
    room: (&str, &Id),
    kind: EventKind,
    body: Bytes,
) -> Result<Taken> {
    if !first_time(cx, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let room_platform = {
        let directory = cx.directory.reading();
        directory.resolve(room.0).map_or_else(|| room.0.into(), |num| directory.name(num))
    };
    let event = EventRow {
        id: arrival.id.unwrap_or_default(),
        kind,
        platform: arrival.speaker,
        source: Some(peer),
        room: 0,
        at: cx.now,
        body,
        plain: None,
    };
    if cx.tx.parked_count(peer)? >= MAX_PARKED {
        let why = format!("more than {MAX_PARKED} events of this peer wait for rooms that nobody announced");
        lose(cx, peer, event, why.into())?;
    } else {
        let room_platform = crate::registry::fold(&room_platform).into();
        cx.tx.put_parked(&ParkedRow { num: 0, room_platform, room_id: room.1.clone(), peer, event })?;
    }
    Ok(Taken::new(Outcome::Parked, arrival.id))
}

/// An event that waited for its room is lost: a dead letter here, and a receipt to the peer that sent it.
pub(crate) fn lose(cx: &mut Cx<'_>, peer: PlatformNum, event: EventRow, why: Arc<str>) -> Result<()> {
    let node = cx.directory.reading().node;
    if event.kind == EventKind::Message {
        receipt::report(cx, peer, &event, node, Some(&why))?;
    }
    cx.bury(DeadRow { num: 0, dest: node, event, inbound: true, why, died: cx.now })
}

/// An id that must be one of the app's own users.
pub(crate) fn own_user(cx: &Cx<'_>, own: PlatformNum, user: &Id) -> Result<Id> {
    match cx.directory.reading().meaning(BindKind::User, user) {
        Some((platform, id)) if platform == own => Ok(id),
        _ => Err(Error::new(
            ErrorKind::Forbidden,
            format!("{user} is a user of another platform: only own users act here"),
        )),
    }
}
