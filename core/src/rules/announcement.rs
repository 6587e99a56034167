//! What is written of a room: an announcement as nodes get it, and the whole room as plain platforms get it.

use crate::directory::Directory;
use crate::directory::room::Room;
use crate::model::{Id, RoomKind};
use crate::store::{Members, PlatformNum, RoomRow};
use crate::wire::{Listed, RoomOf, write};

/// What an announcement says of a room beside its members.
pub(super) struct Described<'a> {
    pub origin: PlatformNum,
    pub id: &'a Id,
    pub name: &'a str,
    pub kind: RoomKind,
}

/// The announcement in force by one platform, as nodes get it.
pub(super) fn announcement_of(directory: &Directory, room: &Room, by: PlatformNum) -> Vec<u8> {
    let RoomRow { id, name, origin, .. } = &room.row;
    let described = Described { origin: *origin, id, name, kind: room.kind() };
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
    let Described { origin, id, name, kind } = *room;
    let origin = (by != origin).then(|| directory.spelled(origin));
    write::room_of(directory.spelled(by), &RoomOf { id, name, kind, members, origin, again })
}

fn listed<'a>(directory: &'a Directory, members: &'a Members) -> Listed<'a> {
    members.iter().map(|(p, ids)| (directory.spelled(*p), ids.iter().collect())).collect()
}

/// The whole room as it is, as plain platforms get it.
pub(crate) fn whole(directory: &Directory, room: &Room) -> Vec<u8> {
    let members = room.platforms().map(|p| (directory.spelled(p), room.members(p).collect())).collect();
    let RoomRow { id, name, origin, .. } = &room.row;
    let whole = RoomOf { id, name, kind: room.kind(), members, origin: None, again: Listed::new() };
    write::plain_room(directory.spelled(*origin), &whole)
}
