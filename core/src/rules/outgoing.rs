//! What a rule sets down once it has decided: the event for its destinations, and what the app is told.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::Result;
use crate::commit::job::Job;
use crate::commit::note::{self, PlatformNote};
use crate::commit::share::Subject;
use crate::directory::Route;
use crate::model::{EventKind, PlatformState};
use crate::rules::arrival::{Arrival, Outcome, Taken};
use crate::rules::routing::Source;
use crate::store::{EventRow, InboxEvent, PlatformNum, ReceiptRow, RoomNum, Seq};

/// What is sent.
pub(super) struct Outgoing {
    pub id: Uuid,
    pub kind: EventKind,
    pub room: Option<RoomNum>,
    pub body: Bytes,
    /// What it announces: a later announcement takes its place while it waits.
    pub subject: Option<Subject>,
}

/// Stores an event for its destinations, and where it went if it is the app's own.
pub(super) fn send(job: &mut Job<'_>, arrival: Arrival, route: &Route, out: Outgoing) -> Result<Taken> {
    send_to(job, arrival, route, route.platforms().collect(), out)
}

/// The same, with the platforms of the route at hand.
pub(super) fn send_to(
    job: &mut Job<'_>,
    arrival: Arrival,
    route: &Route,
    to: Arc<[PlatformNum]>,
    out: Outgoing,
) -> Result<Taken> {
    let id = out.id;
    let mut seq = None;
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
        seq = Some(match &out.subject {
            Some(subject) => job.enqueue_latest(event, subject, &route.lanes)?,
            None => job.enqueue(event, &route.lanes)?,
        });
    }
    keep_receipt(job, arrival, route, id, seq)?;
    Ok(Taken { outcome: Outcome::Taken, event: Some(id), to, new_room: None })
}

/// Keeps where a publication from here went. `seq`: its position, where it entered a lane.
fn keep_receipt(job: &mut Job<'_>, arrival: Arrival, route: &Route, event: Uuid, seq: Option<Seq>) -> Result<()> {
    let (hosted, app) = match arrival.source {
        Source::App => (None, None),
        // To the app it goes by no lane.
        Source::Plain(_) => (Some(arrival.speaker), job.directory().own.filter(|_| route.own)),
        _ => return Ok(()),
    };
    if seq.is_none() && app.is_none() {
        return Ok(());
    }
    let to = route.to.iter().copied().chain(app.map(|app| (app, app))).collect();
    job.tx.put_receipt(&ReceiptRow { event, hosted, seq: seq.unwrap_or_default(), to })
}

/// Hands an event to the app.
pub(super) fn hand_in(
    job: &mut Job<'_>,
    id: Uuid,
    kind: EventKind,
    speaker: PlatformNum,
    room: Option<RoomNum>,
    body: Bytes,
) -> Result<()> {
    job.hand_in(InboxEvent { id, kind, platform: speaker, room, late: false, attempts: 0, suspect: false, body })
}

/// Tells the app what happened to a platform.
pub(crate) fn tell_change(job: &mut Job<'_>, num: PlatformNum, change: PlatformState, why: Option<&str>) -> Result<()> {
    if job.directory().own.is_none() {
        return Ok(());
    }
    let id = job.new_id();
    let body = note::body(&PlatformNote { change, why: why.map(str::to_owned) });
    hand_in(job, id, EventKind::Platform, num, None, body)
}
