//! How an event came, under which id, and what became of it.

use std::sync::Arc;

use uuid::Uuid;

use crate::commit::job::Job;
use crate::rules::routing::Source;
use crate::store::{PlatformNum, RoomNum};
use crate::util::event_id;
use crate::util::time::instant;
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
    /// It was here before.
    Duplicate,
    /// It waits for its room.
    Parked,
    /// It waits for the message that it changes.
    Awaiting,
    /// Stored and over: it concerns no platform reached through this node, and its sender is told.
    ForNobody,
}

/// An event that was taken.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub outcome: Outcome,
    /// None when nothing had changed and so nothing was sent.
    pub event: Option<Uuid>,
    /// The platforms that it goes to.
    pub to: Arc<[PlatformNum]>,
    /// The room, if this is its first announcement here.
    pub new_room: Option<RoomNum>,
}

impl Taken {
    pub(super) fn new(outcome: Outcome, event: Option<Uuid>) -> Self {
        Taken { outcome, event, to: Arc::default(), new_room: None }
    }

    pub(super) fn duplicate(event: Option<Uuid>) -> Self {
        Taken::new(Outcome::Duplicate, event)
    }

    pub(super) fn unchanged() -> Self {
        Taken::new(Outcome::Taken, None)
    }
}

/// Refuses to announce what could not have its effect: the announcement in force (whose, and under which id) lies so far
/// ahead of this node's clock that a new id would be less.
pub(super) fn must_exceed(job: &Job<'_>, what: &str, in_force: Option<(PlatformNum, Uuid)>) -> Result<()> {
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

/// Notes a message of this room that came with an id. False if it was here before.
pub(super) fn first_time_of_message(job: &mut Job<'_>, arrival: Arrival, room: RoomNum) -> Result<bool> {
    match arrival.id {
        Some(id) if !arrival.parked => job.tx.see_message(arrival.speaker, id, room, job.age),
        Some(id) => job.tx.put_message(arrival.speaker, id, room, job.age).map(|()| true),
        None => Ok(true),
    }
}

/// Notes an event that came with an id. False if it was here before.
pub(super) fn first_time(job: &mut Job<'_>, arrival: Arrival) -> Result<bool> {
    match arrival.id {
        Some(id) if !arrival.parked => job.tx.see(arrival.speaker, id, job.age),
        _ => Ok(true),
    }
}
