//! The rooms of all platforms: found by their origin and id or by their number, and how much of them each platform makes
//! this node hold. Who is a member is in [`super::room`].

use super::room::{Held, Room, held};
use super::state::Directory;
use crate::model::Id;
use crate::store::{AnnouncementRow, AskedRow, PlatformNum, RoomNum, RoomRow};

impl Directory {
    /// Takes the row in; the announcements follow.
    pub(crate) fn put_room(&mut self, row: RoomRow) {
        self.room_nums.insert((row.origin, row.id.clone()), row.num);
        let before = self.rooms.get(&row.num).map_or(0, |room| room.row.extras.held());
        self.hold_extras(row.origin, before, row.extras.held());
        match self.rooms.get_mut(&row.num) {
            Some(room) => room.put_row(row),
            None => {
                self.held.entry(row.origin).or_default().rooms += 1;
                self.rooms.insert(row.num, Room::new(row));
            }
        }
    }

    pub(crate) fn put_asked(&mut self, row: AskedRow) {
        if let Some(room) = self.rooms.get_mut(&row.room) {
            room.asked = Some(row.members);
        }
    }

    /// Takes an announcement of a room in that is there.
    pub(crate) fn announce(&mut self, row: AnnouncementRow) {
        for (platform, ids) in &row.members {
            self.note_forms(*platform, ids);
        }
        let Some(room) = self.rooms.get_mut(&row.room) else { return };
        let held_by = self.held.entry(row.by).or_default();
        held_by.memberships = (held_by.memberships + held(&row)).saturating_sub(room.held_by(row.by));
        room.announce(row);
    }

    /// What a user or a room of this platform has beside its name is so long now, and was so long before.
    pub(super) fn hold_extras(&mut self, platform: PlatformNum, before: usize, now: usize) {
        if before != now {
            let held = self.held.entry(platform).or_default();
            held.extras = (held.extras + now).saturating_sub(before);
        }
    }

    /// What a platform makes this node hold.
    pub(crate) fn held(&self, by: PlatformNum) -> Held {
        self.held.get(&by).copied().unwrap_or_default()
    }

    pub(crate) fn find_room(&self, origin: PlatformNum, id: &Id) -> Option<&Room> {
        self.room_nums.get(&(origin, id.clone())).and_then(|num| self.rooms.get(num))
    }

    pub(crate) fn room(&self, num: RoomNum) -> Option<&Room> {
        self.rooms.get(&num)
    }

    pub(crate) fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
    }

    /// The rooms from this number on.
    pub(crate) fn rooms_from(&self, num: RoomNum) -> impl Iterator<Item = &Room> {
        self.rooms.range(num..).map(|(_, room)| room)
    }

    pub(crate) fn next_room_num(&self) -> RoomNum {
        self.rooms.last_key_value().map_or(1, |(num, _)| num + 1)
    }

    /// The app's own members of a room.
    pub(crate) fn own_members(&self, room: &Room, platform: PlatformNum) -> Vec<Id> {
        room.members(platform).cloned().collect()
    }
}
