//! New event ids, and what is noted so that later ones exceed them.

use uuid::Uuid;

use super::Job;
use crate::Result;
use crate::store::{PlatformNum, RoomNum};
use crate::util::event_id::Floor;

impl Job<'_> {
    /// A new event id, of an event that is in no room.
    pub(crate) fn new_id(&mut self) -> Uuid {
        self.new_id_after(None)
    }

    /// A new event id, greater than `floor` if that is in reach.
    pub(crate) fn new_id_after(&mut self, floor: Option<Uuid>) -> Uuid {
        self.batch.made_ids = true;
        self.kept.ids.next_after(self.now, floor.map(|id| Floor { id, ours: false }))
    }

    /// A new event id for what this platform says in this room, greater than every id in reach that was seen there, and than
    /// the announcement in force that it is to follow.
    pub(crate) fn new_id_in(&mut self, room: RoomNum, platform: PlatformNum, in_force: Option<Uuid>) -> Result<Uuid> {
        self.batch.made_ids = true;
        let now = self.now;
        let seen = self.kept.marks.seen(self.tx, &self.directory, room, now)?.floor(now);
        let in_force = in_force.filter(|id| seen.is_none_or(|seen| seen.id < *id));
        let floor = in_force.map(|id| Floor { id, ours: false }).or(seen);
        let id = self.kept.ids.next_after(now, floor);
        // One that was made in order is less than any that follows anyway; one that was lifted has to be remembered.
        if id > self.kept.ids.last() {
            self.kept.marks.seen(self.tx, &self.directory, room, now)?.note(id, true, now);
            self.mark(room, platform, id)?;
        }
        Ok(id)
    }

    /// Whether a new id that has this one for its floor will be greater.
    pub(crate) fn can_exceed(&self, id: Uuid) -> bool {
        self.kept.ids.will_exceed(id, self.now)
    }

    /// Notes an event of a room that must be exceeded. Returns whether it comes late.
    pub(crate) fn mark(&mut self, room: RoomNum, platform: PlatformNum, event: Uuid) -> Result<bool> {
        self.kept.marks.note(self.tx, &self.directory, (room, platform), event, self.now)
    }
}
