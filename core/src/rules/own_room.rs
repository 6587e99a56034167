//! What the app says of rooms: its own, which are compared with its last call, and that users of its own join and leave.

use std::collections::BTreeSet;

use crate::commit::job::Job;
use crate::directory::room::Room;
use crate::model::{BindKind, Id, Ref};
use crate::rules::accept::unpark;
use crate::rules::arrival::{Arrival, Taken};
use crate::rules::numbered::{numbered, numbered_bars};
use crate::rules::room::{Head, by_another, by_origin, head_of, known};
use crate::rules::user::{check_new_id, own_user, reads_external};
use crate::store::{AskedRow, Bars, Ids, Members, PlatformNum};
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
    let banned = numbered_bars(job, None, body.banned, before)?;
    let members = match before.map(|num| known(job, num)).transpose()? {
        Some(room) => {
            let same = *room.row.name == *body.name && room.kind() == body.kind && room.row.extras == body.extras;
            let bars_same = room.by_origin().is_some_and(|row| row.banned == banned);
            if room.asked.as_ref() == Some(&asked) && same && bars_same {
                return Ok(Taken::unchanged());
            }
            changed(room, &asked, &banned)
        }
        None => asked.clone(),
    };
    let id = body.id.clone();
    let head = Head { id: body.id, name: body.name, kind: body.kind, extras: body.extras, banned };
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

/// The members now, with the difference between the app's last call and this one applied. Whom the app lists is in again once
/// they are barred no more.
fn changed(room: &Room, asked: &Members, banned: &Bars) -> Members {
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
        let unbarred = |id: &Id| {
            let barred = banned.get(&platform).is_some_and(|barred| barred.has(id.as_str()));
            room.bars(platform, id.as_str()) && !barred
        };
        ids.extend(asked.iter().filter(|id| !last.contains(*id) || unbarred(id)).cloned());
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
    if joins && room.bars(own, user.as_str()) {
        let why = format!("the room's platform, {}, has barred {user} from it", directory.name(room.row.origin));
        return Err(Error::new(ErrorKind::Forbidden, why).within("user"));
    }
    let with = |ids: &mut Ids| if joins { ids.insert(user) } else { ids.shift_remove(&user) };
    let (num, arrival) = (room.num(), Arrival::app(own));
    if room.row.origin == own {
        let mut members = effective(room);
        with(members.entry(own).or_default());
        members.retain(|_, ids| !ids.is_empty());
        let head = head_of(room);
        by_origin(job, arrival, Some(num), head, members, Members::default())
    } else {
        let mut ids: Ids = room.members(own).cloned().collect();
        with(&mut ids);
        by_another(job, arrival, num, ids, &[])
    }
}
