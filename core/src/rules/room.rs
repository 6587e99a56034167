//! A room is announced: created or changed by its origin, or joined and left by another platform with members of its own.

use bytes::Bytes;
use indexmap::IndexSet;
use uuid::Uuid;

use super::{Arrival, Outcome, Outgoing, Taken, event_id, first_time, hand_in, lose, park, receipt, send};
use crate::commit::job::{Job, MOST_MENTIONED};
use crate::commit::share::Subject;
use crate::directory::room::{Members, Room, members as members_of, stored};
use crate::model::{EventKind, Id, RoomKind};
use crate::rules::routing::{Source, announced_to, route};
use crate::store::{ParkedRow, PlatformNum, RoomRow};
use crate::wire::{self, Body, RoomBody, write};
use crate::{Error, ErrorKind, Result};

/// Takes an announcement in.
pub(crate) fn room(job: &mut Job<'_>, arrival: Arrival, body: RoomBody) -> Result<Taken> {
    let local = arrival.source.peer().is_none();
    let origin = {
        let directory = job.directory();
        if local && let Some((name, _)) = body.members.iter().find(|(name, _)| directory.known(name).is_none()) {
            return Err(directory.unknown_platform("users", name));
        }
        match &body.origin {
            None => Some(arrival.speaker),
            Some(name) => match directory.known(name) {
                None if local => return Err(directory.unknown_platform("roomOriginalPlatform", name)),
                found => found,
            },
        }
    };
    let before = origin.and_then(|origin| job.directory().find_room(origin, &body.id).cloned());
    match (origin, before) {
        (Some(origin), before) if origin == arrival.speaker => by_origin(job, arrival, body, before),
        (Some(_), Some(before)) => by_another(job, arrival, body, before),
        (origin, _) => unknown(job, arrival, body, origin),
    }
}

fn unknown(job: &mut Job<'_>, arrival: Arrival, body: RoomBody, origin: Option<PlatformNum>) -> Result<Taken> {
    let name = body.origin.clone().unwrap_or_default();
    match arrival.source {
        Source::Peer(peer) if !arrival.parked => {
            let json = write::room(&job.directory().name(arrival.speaker), &body);
            park(job, arrival, peer, (&name, body.id), EventKind::Room, json.into())
        }
        _ if origin.is_none() => Err(job.directory().unknown_platform("roomOriginalPlatform", &name)),
        _ => {
            let message = format!("no room {} of {name} was announced here", body.id);
            Err(Error::new(ErrorKind::UnknownRoom, message).within("id"))
        }
    }
}

/// By its origin: name, type and members are replaced.
fn by_origin(job: &mut Job<'_>, arrival: Arrival, body: RoomBody, before: Option<Room>) -> Result<Taken> {
    // Before the event is noted as seen: names beyond all bounds are refused.
    let members = numbered(job, arrival.source.peer(), &body.members, before.as_ref())?;
    let id = event_id(job, arrival, before.as_ref().map(|r| r.row.event));
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(Some(id)));
    }
    if before.as_ref().and_then(|r| r.announced_by(arrival.speaker)).is_some_and(|event| event >= id) {
        return Ok(Taken::unchanged());
    }
    let mut now = before.clone().unwrap_or_else(|| {
        let num = job.directory().next_room_num();
        let row = RoomRow {
            num,
            origin: arrival.speaker,
            id: body.id.clone(),
            name: "".into(),
            public: false,
            event: id,
            asked: None,
            version: 0,
        };
        Room::new(row)
    });
    now.row.name = body.name.as_str().into();
    now.row.public = body.kind == RoomKind::Public;
    now.announce(arrival.speaker, id, members);
    announce(job, arrival, id, before, now)
}

/// By another platform: members of its own come or go, nothing else changes.
fn by_another(job: &mut Job<'_>, arrival: Arrival, body: RoomBody, before: Room) -> Result<Taken> {
    let by = arrival.speaker;
    // Overtaken by a later one, it changes nothing; and what it says need not fit the room as it is by now.
    let later = before.announced_by(by).max(before.announced_by(before.row.origin));
    if let Some(id) = arrival.id.filter(|id| later >= Some(*id)) {
        return Ok(if first_time(job, arrival)? { Taken::unchanged() } else { Taken::duplicate(Some(id)) });
    }
    let (own, foreign) = {
        let directory = job.directory();
        let (own, others): (Vec<_>, Vec<_>) =
            body.members.iter().partition(|(name, _)| directory.resolve(name) == Some(by));
        let own: IndexSet<Id> =
            own.into_iter().flat_map(|(_, ids)| ids).map(|id| directory.canonical(by, id, Some(&before))).collect();
        let listed = |name: &str, id: &Id| directory.resolve(name).is_some_and(|p| before.has(p, id.as_str()));
        let foreign = others.iter().any(|(name, ids)| ids.iter().any(|id| !listed(name, id)));
        (own, foreign || (!before.row.public && !others.is_empty()))
    };
    if foreign {
        let message = "a platform brings members of its own into a room of another, no others";
        return Err(Error::new(ErrorKind::Forbidden, message).within("users"));
    }
    if !before.row.public {
        let had = before.members.get(&by);
        let fewer = had.is_some_and(|had| own.len() < had.len() && own.iter().all(|id| had.contains(id)));
        if !fewer {
            let message =
                "this private room belongs to another platform; you may only take members of your own out of it";
            return Err(Error::new(ErrorKind::Forbidden, message).within("roomOriginalPlatform"));
        }
    }
    let id = event_id(job, arrival, Some(before.row.event));
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(Some(id)));
    }
    let mut now = before.clone();
    now.announce(by, id, Members::from([(by, own)]));
    announce(job, arrival, id, Some(before), now)
}

/// Stores the room as it is now, and sends and hands over the announcement.
fn announce(job: &mut Job<'_>, arrival: Arrival, id: Uuid, before: Option<Room>, now: Room) -> Result<Taken> {
    let by = arrival.speaker;
    let new = before.is_none();
    let num = now.num();
    let (route, body) = {
        let directory = job.directory();
        let route = route(directory, arrival.source, by, announced_to(directory, before.as_ref(), &now));
        let body = Bytes::from(announcement(directory, &now, by));
        (route, body)
    };
    if arrival.source == Source::App && body.len() > wire::MAX_BODY {
        let (got, most) = (body.len(), wire::MAX_BODY);
        let why =
            format!("the room would be {got} bytes on its way, and a node takes at most {most}: name fewer members");
        return Err(Error::invalid("members", why));
    }
    let key = (now.row.origin, now.row.id.clone());
    job.put_room(now, by)?;
    if route.own && arrival.source != Source::App {
        // The app gets the whole room as it is when it takes the event.
        hand_in(job, id, EventKind::Room, by, Some(num), Bytes::new())?;
    }
    let taken = send(
        job,
        arrival,
        route,
        Outgoing { id, kind: EventKind::Room, room: Some(num), body, subject: Some(Subject::Room(num, by)) },
    )?;
    if new {
        unpark(job, key.0, &key.1)?;
    }
    Ok(taken)
}

/// Takes in what waited for a room, in the order in which it came.
fn unpark(job: &mut Job<'_>, origin: PlatformNum, id: &Id) -> Result<()> {
    job.tx.take_parked(origin, id)?.into_iter().try_for_each(|row| judge_parked(job, row))
}

/// Judges an event that has waited for its room as if it came now.
pub(crate) fn judge_parked(job: &mut Job<'_>, row: ParkedRow) -> Result<()> {
    let arrival =
        Arrival { source: Source::Peer(row.peer), speaker: row.event.platform, id: Some(row.event.id), parked: true };
    let result = wire::json::parse(&row.event.body)
        .and_then(|value| wire::read::body(row.event.kind, &value, wire::read::Measure::Stored))
        .map(|body| in_room_of(job, row.origin, body))
        .and_then(|body| super::accept(job, arrival, body));
    match result {
        Ok(taken)
            if row.event.kind == EventKind::Message
                && !matches!(taken.outcome, Outcome::Parked | Outcome::ForNobody) =>
        {
            let node = job.directory().node;
            receipt::report(job, row.peer, &row.event, node, None)
        }
        Ok(_) => Ok(()),
        // No verdict on the event: it goes on waiting.
        Err(e) if e.kind() == ErrorKind::Busy => job.tx.put_parked(&row),
        Err(e) if e.is_refusal() => lose(job, row.peer, row.event, e.to_string().into()),
        Err(e) => Err(e),
    }
}

/// With the origin of its room spelled as it is now: it may have been renamed while this waited.
fn in_room_of(job: &Job<'_>, origin: PlatformNum, mut body: Body) -> Body {
    let name = job.directory().name(origin);
    match &mut body {
        Body::Message(message) => message.room_platform = name,
        Body::Room(room) => room.origin = room.origin.is_some().then(|| name.to_string()),
        Body::User(_) | Body::Platform(_) | Body::Receipt(_) => {}
    }
    body
}

/// Members by the numbers of their platforms; every id in the form in which it first came.
fn numbered(
    job: &mut Job<'_>,
    peer: Option<PlatformNum>,
    members: &wire::Members,
    room: Option<&Room>,
) -> Result<Members> {
    if let Some(peer) = peer {
        job.may_name(peer, MOST_MENTIONED, members.iter().map(|(name, _)| name.as_str()))?;
    }
    let mut numbered = Members::new();
    for (name, ids) in members {
        let platform = job.platform_num_by(peer, name)?;
        let directory = job.directory();
        let ids = ids.iter().map(|id| directory.canonical(platform, id, room));
        numbered.entry(platform).or_default().extend(ids);
    }
    numbered.retain(|_, ids| !ids.is_empty());
    Ok(numbered)
}

/// The announcement by one platform, as nodes get it.
pub(crate) fn announcement(directory: &crate::directory::Directory, room: &Room, by: PlatformNum) -> Vec<u8> {
    let members = match room.others.get(&by) {
        Some((_, own)) if by != room.row.origin => Members::from([(by, own.clone())]),
        _ => room.origin.as_ref().map(|(_, members)| members.clone()).unwrap_or_default(),
    };
    let origin = (by != room.row.origin).then(|| directory.name(room.row.origin).to_string());
    write::room(&directory.name(by), &body(directory, room, &members, origin))
}

/// The whole room as it is, as plain platforms get it.
pub(crate) fn whole(directory: &crate::directory::Directory, room: &Room) -> Vec<u8> {
    let members = Room::named(&room.members, |p| directory.name(p));
    write::plain_room(&directory.name(room.row.origin), &room.row.id, &room.row.name, room.kind(), &members)
}

fn body(directory: &crate::directory::Directory, room: &Room, members: &Members, origin: Option<String>) -> RoomBody {
    RoomBody {
        id: room.row.id.clone(),
        name: room.row.name.to_string(),
        kind: room.kind(),
        members: Room::named(members, |p| directory.name(p)),
        origin,
    }
}

/// A room of the app's own. It is compared with the app's last call, and only the difference is applied to the room as it
/// is: who joined from elsewhere stays.
pub(crate) fn publish(job: &mut Job<'_>, own: PlatformNum, mut body: RoomBody) -> Result<Taken> {
    let unknown = {
        let directory = job.directory();
        body.members
            .iter()
            .find(|(name, _)| directory.known(name).is_none())
            .map(|(name, _)| directory.unknown_platform("members", name))
    };
    if let Some(e) = unknown {
        return Err(e);
    }
    let before = job.directory().find_room(own, &body.id).cloned();
    let asked = numbered(job, None, &body.members, before.as_ref())?;
    let asked_row = stored(&asked);
    if let Some(room) = &before {
        let last = room.row.asked.as_ref();
        if last == Some(&asked_row) && *room.row.name == *body.name && room.kind() == body.kind {
            return Ok(Taken::unchanged());
        }
        let last = last.cloned().map(members_of).unwrap_or_default();
        let members = changed(&room.members, &last, &asked);
        body.members = Room::named(&members, |p| job.directory().name(p));
    }
    let id = body.id.clone();
    let taken = room(job, Arrival::app(own), body)?;
    let room = job.directory().find_room(own, &id).cloned();
    if let Some(mut room) = room {
        room.row.asked = Some(asked_row);
        job.put_room_row(room.row)?;
    }
    Ok(taken)
}

/// The members now, with the difference between two calls applied.
fn changed(now: &Members, last: &Members, asked: &Members) -> Members {
    let none = IndexSet::new();
    let mut members = now.clone();
    // In the order of the call, so that the same call makes the same announcement.
    let platforms: IndexSet<PlatformNum> = asked.keys().chain(last.keys()).copied().collect();
    for platform in platforms {
        let (last, asked) = (last.get(&platform).unwrap_or(&none), asked.get(&platform).unwrap_or(&none));
        let ids = members.entry(platform).or_default();
        ids.retain(|id| asked.contains(id) || !last.contains(id));
        ids.extend(asked.iter().filter(|id| !last.contains(*id)).cloned());
    }
    members.retain(|_, ids| !ids.is_empty());
    members
}

/// One of the app's own users joins (a public room of any platform, or a room of its own) or leaves any room.
pub(crate) fn membership(
    job: &mut Job<'_>,
    own: PlatformNum,
    room: (PlatformNum, Id),
    user: Id,
    joins: bool,
) -> Result<Taken> {
    let found = {
        let directory = job.directory();
        directory.find_room(room.0, &room.1).cloned().map(|room| (directory.canonical(own, &user, Some(&room)), room))
    };
    let Some((user, found)) = found else {
        return Err(Error::new(ErrorKind::UnknownRoom, format!("no room {} is known here", room.1)).within("room"));
    };
    if found.has(own, user.as_str()) == joins {
        return Ok(Taken::unchanged());
    }
    let mut members = found.members.clone();
    if joins {
        members.entry(own).or_default().insert(user);
    } else if let Some(ids) = members.get_mut(&own) {
        ids.shift_remove(&user);
    }
    let mine = found.row.origin == own;
    if !mine {
        members.retain(|platform, _| *platform == own);
    }
    let (members, origin) = {
        let directory = job.directory();
        let named = Room::named(&members, |p| directory.name(p));
        (named, (!mine).then(|| directory.name(found.row.origin).to_string()))
    };
    let body =
        RoomBody { id: found.row.id.clone(), name: found.row.name.to_string(), kind: found.kind(), members, origin };
    self::room(job, Arrival::app(own), body)
}
