//! An event is taken in: by the rule of its kind, whatever that is. So is what waited here for a room or a message, once it is
//! known.

use crate::commit::job::Job;
use crate::directory::Directory;
use crate::directory::room::Room;
use crate::model::{Id, RoomKind};
use crate::rules::arrival::{Arrival, Outcome, Taken};
use crate::rules::change::Missing;
use crate::rules::parked::{in_room_of, lose};
use crate::rules::receipt::End;
use crate::rules::routing::Source;
use crate::rules::{change, message, platform, receipt, room, user};
use crate::store::{ParkedRow, PlatformNum};
use crate::wire::{self, Body};
use crate::{Error, ErrorKind, Result};

/// Takes an event in.
pub(crate) fn accept(job: &mut Job<'_>, arrival: Arrival, body: Body) -> Result<Taken> {
    // What waited here already has its room; and what is not for the app needs none.
    let comes_in = arrival.source != Source::App && !arrival.parked;
    if comes_in && job.inbox_full() && is_for_the_app(job.directory(), arrival, &body) {
        return Err(busy());
    }
    let taken = match body {
        Body::User(body) => user::user(job, arrival, body),
        Body::Room(body) => room::room(job, arrival, body),
        Body::Message(body) => message::message(job, arrival, body).and_then(|taken| {
            catch_up(job, arrival, &taken)?;
            Ok(taken)
        }),
        Body::Change(body) => change::change(job, arrival, body, Missing::Awaited),
        Body::Platform(body) => platform::announced(job, arrival, body),
        Body::Receipt(body) => receipt::receipt(job, arrival, body),
    };
    match (taken, arrival.id) {
        // What was taken once is answered so for ever, even if it would be refused by now.
        (Err(e), Some(id)) if e.is_refusal() && !arrival.parked && job.tx.seen(arrival.speaker, id)? => {
            Ok(Taken::duplicate(Some(id)))
        }
        (Err(e), _) => Err(e),
        (Ok(taken), _) => {
            unpark(job, &taken)?;
            Ok(taken)
        }
    }
}

/// The refusal of an event for which the app's inbox has no room.
pub(super) fn busy() -> Error {
    Error::new(ErrorKind::Busy, "the app does not take its events in; try again later")
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
            now || origin == Some(own) || known(origin, &body.id).is_some_and(concerns)
        }
        Body::Message(body) => known(directory.resolve(&body.room_platform), &body.room_id).is_some_and(concerns),
        Body::Change(body) => known(directory.resolve(&body.room_platform), &body.room_id).is_some_and(concerns),
        Body::Receipt(body) => directory.resolve(&body.of) == Some(own),
    }
}

/// Takes in what waited for the room that this event made known, if it did, in the order in which it came.
pub(super) fn unpark(job: &mut Job<'_>, taken: &Taken) -> Result<()> {
    let Some(room) = taken.new_room.and_then(|num| job.directory().room(num)) else { return Ok(()) };
    let (origin, id) = (room.row.origin, room.row.id.clone());
    job.tx.take_parked(origin, &id)?.into_iter().try_for_each(|row| judge_parked(job, row))
}

/// Takes in what waited here for this message, in the order in which it came.
pub(super) fn catch_up(job: &mut Job<'_>, arrival: Arrival, message: &Taken) -> Result<()> {
    let Some(event) = message.event.filter(|_| matches!(message.outcome, Outcome::Taken | Outcome::ForNobody)) else {
        return Ok(());
    };
    job.take_awaiting(arrival.speaker, event)?.into_iter().try_for_each(|row| judge_parked(job, row))
}

/// Takes in an event that has waited long enough for the message that it changes.
pub(crate) fn give_up_awaiting(job: &mut Job<'_>, row: ParkedRow) -> Result<()> {
    judge(job, row, Missing::GivenUp)
}

/// Judges an event that has waited for its room, or for a message, as if it came now.
pub(crate) fn judge_parked(job: &mut Job<'_>, row: ParkedRow) -> Result<()> {
    judge(job, row, Missing::Awaited)
}

fn judge(job: &mut Job<'_>, row: ParkedRow, missing: Missing) -> Result<()> {
    let arrival =
        Arrival { source: Source::Peer(row.peer), speaker: row.event.platform, id: Some(row.event.id), parked: true };
    let result = wire::json::parse(&row.event.body)
        .and_then(|value| wire::read::body(row.event.kind, &value, wire::read::Measure::Stored))
        .map(|body| in_room_of(job, row.origin, body))
        .and_then(|body| match body {
            Body::Change(body) if missing == Missing::GivenUp => change::change(job, arrival, body, missing),
            body => accept(job, arrival, body),
        });
    match result {
        Ok(taken) if !matches!(taken.outcome, Outcome::Parked | Outcome::Awaiting | Outcome::ForNobody) => {
            let node = job.directory().node;
            receipt::report(job, row.peer, &row.event, node, End::Delivered)
        }
        Ok(_) => Ok(()),
        // No verdict on the event: it goes on waiting.
        Err(e) if e.kind() == ErrorKind::Busy => job.await_message(&row),
        Err(e) if e.is_refusal() => lose(job, row.peer, row.event, e.to_string().into()),
        Err(e) => Err(e),
    }
}
