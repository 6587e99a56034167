//! What is written of a room: an announcement as nodes get it, and the whole room as plain platforms get it.

use crate::directory::Directory;
use crate::directory::room::Room;
use crate::model::{Extras, Id, RoomKind};
use crate::store::{Bars, Members, PlatformNum, RoomRow};
use crate::wire::{Listed, RoomOf, write};

/// What an announcement says of a room beside its members.
pub(super) struct Described<'a> {
    pub origin: PlatformNum,
    pub id: &'a Id,
    pub name: &'a str,
    pub kind: RoomKind,
    /// The origin's, and of no effect in the announcement of another.
    pub extras: &'a Extras,
    pub banned: Option<&'a Bars>,
}

/// The announcement in force by one platform, as nodes get it.
pub(super) fn announcement_of(directory: &Directory, room: &Room, by: PlatformNum) -> Vec<u8> {
    let RoomRow { id, name, origin, extras, .. } = &room.row;
    let banned = room.by_origin().map(|row| &row.banned);
    let described = Described { origin: *origin, id, name, kind: room.kind(), extras, banned };
    match (room.by_itself(by), room.by_origin()) {
        (Some(own), _) if by != *origin => {
            let own = vec![(directory.spelled(by), own.iter().collect())];
            written_of(directory, &described, by, own, Listed::new())
        }
        (_, Some(row)) => written(directory, &described, by, &row.members, &row.again),
        (_, None) => written_of(directory, &described, by, Listed::new(), Listed::new()),
    }
}

/// An announcement as nodes get it.
pub(super) fn written(
    directory: &Directory,
    room: &Described<'_>,
    by: PlatformNum,
    members: &Members,
    again: &Members,
) -> Vec<u8> {
    written_of(directory, room, by, listed(directory, members), listed(directory, again))
}

fn written_of(
    directory: &Directory,
    room: &Described<'_>,
    by: PlatformNum,
    members: Listed<'_>,
    again: Listed<'_>,
) -> Vec<u8> {
    let Described { origin, id, name, kind, extras, banned } = *room;
    let by_origin = by == origin;
    let origin = (!by_origin).then(|| directory.spelled(origin));
    let bars = banned.filter(|_| by_origin).into_iter().flatten();
    let banned = bars.map(|(platform, barred)| (directory.spelled(*platform), barred)).collect();
    let extras = Some(extras).filter(|_| by_origin);
    write::room_of(directory.spelled(by), &RoomOf { id, name, kind, members, origin, again, banned, extras })
}

fn listed<'a>(directory: &'a Directory, members: &'a Members) -> Listed<'a> {
    members.iter().map(|(p, ids)| (directory.spelled(*p), ids.iter().collect())).collect()
}

/// The whole room as it is, as plain platforms get it.
pub(crate) fn whole(directory: &Directory, room: &Room) -> Vec<u8> {
    let members = room.platforms().map(|p| (directory.spelled(p), room.members(p).collect())).collect();
    let RoomRow { id, name, origin, extras, .. } = &room.row;
    let (kind, again, extras) = (room.kind(), Listed::new(), Some(extras));
    let whole = RoomOf { id, name, kind, members, origin: None, again, banned: Vec::new(), extras };
    write::plain_room(directory.spelled(*origin), &whole)
}
