//! What the app says of rooms: its own, which are compared with its last call, and that users of its own join and leave.

use std::collections::BTreeSet;

use crate::commit::job::Job;
use crate::directory::room::Room;
use crate::model::{BindKind, Ref};
use crate::rules::accept::unpark;
use crate::rules::arrival::{Arrival, Taken};
use crate::rules::room::{Head, by_another, by_origin, known, numbered};
use crate::rules::user::{check_new_id, own_user, reads_external};
use crate::store::{AskedRow, Ids, Members, PlatformNum};
use crate::wire::RoomBody;
use crate::{Error, ErrorKind, Result};

/// A room of the app's own. It is compared with the app's last call, and only the difference is applied to the room as it
/// is: who joined from elsewhere stays.
pub(crate) fn publish(job: &mut Job<'_>, own: PlatformNum, body: RoomBody) -> Result<Taken> {
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
    let before = job.directory().find_room(own, &body.id).map(Room::num);
    if before.is_none() && body.id.reads_external() {
        return Err(reads_external("id", &body.id));
    }
    let own_members = body.members.iter().filter(|(name, _)| job.directory().resolve(name) == Some(own));
    for id in own_members.flat_map(|(_, ids)| ids) {
        check_new_id(job, own, "members", id)?;
    }
    let asked = numbered(job, None, body.members, before)?;
    let members = match before.map(|num| known(job, num)).transpose()? {
        Some(room) => {
            if room.asked.as_ref() == Some(&asked) && *room.row.name == *body.name && room.kind() == body.kind {
                return Ok(Taken::unchanged());
            }
            changed(room, &asked)
        }
        None => asked.clone(),
    };
    let id = body.id.clone();
    let head = Head { id: body.id, name: body.name, kind: body.kind };
    let taken = by_origin(job, Arrival::app(own), before, head, members, Members::default())?;
    if let Some(num) = job.directory().find_room(own, &id).map(Room::num) {
        job.put_asked(AskedRow { room: num, members: asked })?;
    }
    unpark(job, &taken)?;
    Ok(taken)
}

/// The members of a room as they are.
fn effective(room: &Room) -> Members {
    room.platforms().map(|p| (p, room.members(p).cloned().collect())).collect()
}

/// The members now, with the difference between the app's last call and this one applied.
fn changed(room: &Room, asked: &Members) -> Members {
    let none = (Ids::default(), Members::default());
    let before = room.asked.as_ref().unwrap_or(&none.1);
    let mut members = effective(room);
    // In the order of the call, so that the same call makes the same announcement.
    let platforms: BTreeSet<PlatformNum> = before.keys().copied().filter(|p| !asked.contains_key(p)).collect();
    for platform in asked.keys().copied().chain(platforms) {
        let last = before.get(&platform).unwrap_or(&none.0);
        let asked = asked.get(&platform).unwrap_or(&none.0);
        let ids = members.entry(platform).or_default();
        ids.retain(|id| asked.contains(id) || !last.contains(id));
        ids.extend(asked.iter().filter(|id| !last.contains(*id)).cloned());
    }
    members.retain(|_, ids| !ids.is_empty());
    members
}

/// The error for an argument that names a room of which nothing is known here.
pub(super) fn unknown(room: &Ref) -> Error {
    let message = match room {
        Ref::Own(id) if id.reads_external() => format!(
            "no room of the app's own is called {id:?}; if it is meant as an external id, give it as one, which ExternalId's parser makes of a text"
        ),
        room => format!("no room {room} was announced here"),
    };
    Error::new(ErrorKind::UnknownRoom, message).within("room")
}

/// One of the app's own users joins (a public room of any platform, or a room of its own) or leaves any room.
pub(crate) fn membership(job: &mut Job<'_>, own: PlatformNum, room: &Ref, user: &Ref, joins: bool) -> Result<Taken> {
    let user = own_user(job, own, "user", user)?;
    let directory = job.directory();
    let found = directory.meaning(BindKind::Room, "room", room)?;
    let found = found.and_then(|(origin, id)| directory.find_room(origin, &id));
    let Some(room) = found else { return Err(unknown(room)) };
    let user = directory.canonical(own, &user, Some(room));
    if room.has(own, user.as_str()) == joins {
        return Ok(Taken::unchanged());
    }
    let with = |ids: &mut Ids| if joins { ids.insert(user) } else { ids.shift_remove(&user) };
    let (num, arrival) = (room.num(), Arrival::app(own));
    if room.row.origin == own {
        let mut members = effective(room);
        with(members.entry(own).or_default());
        members.retain(|_, ids| !ids.is_empty());
        let head = Head { id: room.row.id.clone(), name: room.row.name.to_string(), kind: room.kind() };
        by_origin(job, arrival, Some(num), head, members, Members::default())
    } else {
        let mut ids: Ids = room.members(own).cloned().collect();
        with(&mut ids);
        by_another(job, arrival, num, ids, &[])
    }
}
