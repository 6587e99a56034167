//! A message: from a user of the platform that speaks, to a room that is known here.
//!
//! What becomes of it is looked up first, as a [`Plan`], which does not depend on what it says. So it is looked up once for
//! all that somebody writes in a room, until the directory changes.

use bytes::Bytes;

use crate::commit::job::Job;
use crate::commit::plans::{Plan, Way};
use crate::directory::Directory;
use crate::model::{EventKind, Id};
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time_of_message};
use crate::rules::outgoing::{Outgoing, hand_in, send_to};
use crate::rules::parked::park;
use crate::rules::receipt::End;
use crate::rules::routing::{Source, audience, route};
use crate::rules::{limits, receipt, user};
use crate::store::{EventRow, PlatformNum};
use crate::wire::read::Written;
use crate::wire::{MessageBody, write};
use crate::{Error, ErrorKind, Result};

/// Why there is no plan.
pub(super) enum NoPlan {
    /// The room is not known here, which it may be later.
    NoRoom(Error),
    Refused(Error),
}

impl From<NoPlan> for Error {
    fn from(no: NoPlan) -> Error {
        match no {
            NoPlan::NoRoom(error) | NoPlan::Refused(error) => error,
        }
    }
}

/// Takes a message in.
pub(crate) fn message(job: &mut Job<'_>, arrival: Arrival, body: MessageBody) -> Result<Taken> {
    let (room, sender) = ((&*body.room_platform, &body.room_id), &body.sender);
    let plan = match plan(job.directory(), arrival.source, arrival.speaker, room, sender) {
        Ok(plan) => plan,
        Err(no) => {
            return match (no, arrival.source) {
                (NoPlan::NoRoom(_), Source::Peer(peer)) if !arrival.parked => {
                    let json = Bytes::from(write::message(&job.directory().name(arrival.speaker), &body));
                    park(job, arrival, peer, (&body.room_platform, body.room_id), EventKind::Message, json)
                }
                (no, _) => Err(no.into()),
            };
        }
    };
    let json = write::message_after(&plan.head, &plan.platform, &(&body).into());
    let taken = say(job, arrival, &plan, json.into())?;
    keep(job, arrival, plan, &taken);
    Ok(taken)
}

/// Takes a message of a peer in that stands in the very form in which nodes write it, if it is known already what becomes of it.
/// None: it has to be read.
pub(crate) fn written(
    job: &mut Job<'_>,
    peer: PlatformNum,
    id: uuid::Uuid,
    message: &Written<Bytes>,
) -> Result<Option<Taken>> {
    let Some(plan) = job.plan_of_peer(peer, message.head(), message.platform()) else { return Ok(None) };
    if plan.way.route.own && job.inbox_full() {
        return Err(super::accept::busy());
    }
    #[cfg(debug_assertions)]
    still_holds(job, peer, message, &plan)?;
    // What waits in memory for others must not keep the whole request there.
    let body =
        if plan.way.route.lanes.is_empty() { message.body.clone() } else { Bytes::copy_from_slice(&message.body) };
    let arrival = Arrival { source: Source::Peer(peer), speaker: plan.speaker, id: Some(id), parked: false };
    let taken = say(job, arrival, &plan, body)?;
    super::accept::catch_up(job, arrival, &taken)?;
    Ok(Some(taken))
}

/// Looks up what becomes of a message of this user in this room.
pub(super) fn plan(
    directory: &Directory,
    source: Source,
    speaker: PlatformNum,
    (room_platform, room_id): (&str, &Id),
    sender: &Id,
) -> Result<Plan, NoPlan> {
    let Some(origin) = directory.known(room_platform) else {
        return Err(NoPlan::NoRoom(directory.unknown_platform("roomOriginalPlatform", room_platform)));
    };
    let Some(room) = directory.find_room(origin, room_id) else {
        let to_do = match origin == speaker {
            _ if room_id.reads_external() => "here an id stands without its platform: that is `roomOriginalPlatform`",
            true => "announce it first",
            false => "its announcement is on its way, or its platform has not made it: try again later",
        };
        let why = format!("no room {room_id} of {room_platform} was announced here; {to_do}");
        return Err(NoPlan::NoRoom(Error::new(ErrorKind::UnknownRoom, why).within("roomId")));
    };
    let platform = directory.name(speaker);
    if room.bars(speaker, sender.as_str()) {
        let why = format!("the room's platform has barred {sender} of {platform} from it");
        return Err(NoPlan::Refused(Error::new(ErrorKind::Forbidden, why).within("senderId")));
    }
    if !room.row.public && !room.has(speaker, sender.as_str()) {
        let hint = if sender.reads_external() { ": an id stands here without its platform" } else { "" };
        let why = format!("{sender} of {platform} is not a member of this private room{hint}");
        return Err(NoPlan::Refused(Error::new(ErrorKind::NotAMember, why).within("senderId")));
    }
    let stranger = directory.user(speaker, sender.as_str()).is_none();
    let sender = directory.canonical(speaker, sender, Some(room));
    let route = route(directory, source, speaker, audience(directory, room));
    Ok(Plan {
        room: room.num(),
        speaker,
        way: Way::new(route),
        head: write::message_head(directory.spelled(room.row.origin), &room.row.id, &sender).into(),
        stranger: stranger.then_some(sender),
        platform,
    })
}

/// Stores a message, of which it is known what becomes of it.
pub(super) fn say(job: &mut Job<'_>, arrival: Arrival, plan: &Plan, json: Bytes) -> Result<Taken> {
    let Plan { room, speaker, stranger, way, .. } = plan;
    let (room, speaker, route) = (*room, *speaker, &way.route);
    if stranger.is_some() {
        limits::user(job, speaker)?;
    }
    if !first_time_of_message(job, arrival, room)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let id = match arrival.id {
        Some(id) => id,
        None => {
            let id = job.new_id_in(room, speaker, None)?;
            job.tx.put_message(speaker, id, room, job.age)?;
            id
        }
    };
    if let Source::Peer(peer) = arrival.source
        && !route.own
        && route.lanes.is_empty()
    {
        return concerns_nobody(job, arrival, peer, plan, EventKind::Message, json);
    }
    if let Some(stranger) = stranger {
        user::placeholder(job, speaker, stranger, route.own)?;
    }
    if route.own {
        hand_in(job, id, EventKind::Message, speaker, Some(room), json.clone())?;
    } else if arrival.id.is_some() {
        job.mark(room, speaker, id)?;
    }
    let out = Outgoing { id, kind: EventKind::Message, room: Some(room), body: json, subject: None };
    send_to(job, arrival, route, way.to.clone(), out)
}

/// What a peer sent concerns nobody who is reached through this node: it is over, and the peer is told.
pub(super) fn concerns_nobody(
    job: &mut Job<'_>,
    arrival: Arrival,
    peer: PlatformNum,
    plan: &Plan,
    kind: EventKind,
    body: Bytes,
) -> Result<Taken> {
    let Some(id) = arrival.id else {
        return Err(Error::new(ErrorKind::Internal, "what a peer sends has an id"));
    };
    let (room, platform) = (plan.room, plan.speaker);
    job.mark(room, platform, id)?;
    let at = job.age;
    let event = EventRow { id, kind, platform, source: Some(peer), room: Some(room), at, again: false, body };
    let node = job.directory().node;
    let end = End::Dead("it concerns nobody who is reached through this node");
    receipt::report(job, peer, &event, node, end)?;
    Ok(Taken::new(Outcome::ForNobody, Some(id)))
}

/// Where assertions are on, every plan by which a message of a peer is taken in is looked up anew.
#[cfg(debug_assertions)]
fn still_holds(job: &Job<'_>, peer: PlatformNum, message: &Written<Bytes>, held: &Plan) -> Result<()> {
    use crate::wire::{json, read};
    let value = json::parse(&message.body)?;
    let (body, platform) = (read::message(&value, &job.config.limits)?, read::platform_field(&value)?);
    let directory = job.directory();
    let speaker = directory.resolve(&platform);
    assert!(speaker.is_some_and(|speaker| speaker == peer || directory.via(speaker) == Some(peer)), "{platform}");
    let room = (&*body.room_platform, &body.room_id);
    let now = plan(directory, Source::Peer(peer), held.speaker, room, &body.sender)?;
    assert_eq!((speaker, &now), (Some(held.speaker), held));
    assert_eq!(write::message(&now.platform, &body), message.body, "the body is what would be written");
    Ok(())
}

/// Keeps the plan for what else this peer sends of that user in that room, if it may be known by how the message begins.
fn keep(job: &mut Job<'_>, arrival: Arrival, plan: Plan, taken: &Taken) {
    let Source::Peer(peer) = arrival.source else { return };
    let directory = job.directory();
    let speaks = plan.speaker == peer || directory.via(plan.speaker) == Some(peer);
    // A platform that was only mentioned may have a name that means another one by now.
    let reads_alike = directory.resolve(&plan.platform) == Some(plan.speaker)
        && directory
            .room(plan.room)
            .is_some_and(|room| directory.known(directory.spelled(room.row.origin)) == Some(room.row.origin));
    let holds = plan.stranger.is_none() && !arrival.parked && taken.outcome == Outcome::Taken;
    if speaks && reads_alike && holds {
        job.keep_plan_of_peer(peer, plan);
    }
}
