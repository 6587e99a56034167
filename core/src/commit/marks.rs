//! The greatest ids that were seen in each room: what comes with a smaller one of its platform is late, and what is made in the
//! room must exceed them. The store has them all; here are those of rooms that were needed lately. It begins anew whenever
//! another process has written or a transaction failed, so following others costs nothing, however many rooms there are.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use crate::Result;
use crate::directory::Directory;
use crate::store::{AnnouncementRow, MarkRow, PlatformNum, RoomNum, Tx};
use crate::util::event_id::Greatest;
use crate::util::hash::HashMap;

/// More rooms than this are not kept from one transaction to the next.
const MOST: usize = 50_000;

#[derive(Debug, Default)]
pub(super) struct Marks {
    rooms: HashMap<RoomNum, Seen>,
    /// Those that the present transaction has moved.
    moved: BTreeSet<(RoomNum, PlatformNum)>,
}

/// What was seen in one room.
#[derive(Debug, Default)]
struct Seen {
    /// Of each platform, as [`MarkRow`] has it.
    by: BTreeMap<PlatformNum, Uuid>,
    /// Of all, announcements included.
    ids: Greatest,
}

impl Marks {
    pub(super) fn clear(&mut self) {
        *self = Marks::default();
    }

    /// The greatest ids that were seen in a room, of messages and announcements.
    pub(super) fn seen(
        &mut self,
        tx: &mut dyn Tx,
        directory: &Directory,
        room: RoomNum,
        now: i64,
    ) -> Result<&mut Greatest> {
        self.room(tx, directory, room, now).map(|seen| &mut seen.ids)
    }

    fn room(&mut self, tx: &mut dyn Tx, directory: &Directory, room: RoomNum, now: i64) -> Result<&mut Seen> {
        match self.rooms.entry(room) {
            Entry::Occupied(seen) => Ok(seen.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Seen::read(tx, directory, room, now)?)),
        }
    }

    /// Notes an event of a platform in a room. Returns whether it comes late: a later one of its platform came before it.
    pub(super) fn note(
        &mut self,
        tx: &mut dyn Tx,
        directory: &Directory,
        (room, platform): (RoomNum, PlatformNum),
        event: Uuid,
        now: i64,
    ) -> Result<bool> {
        // Even if it is late: it may be the one that has to be remembered beside one that lies far ahead.
        self.moved.insert((room, platform));
        let seen = self.room(tx, directory, room, now)?;
        seen.ids.note(event, false, now);
        let latest = seen.by.entry(platform).or_insert(event);
        let late = event < *latest;
        *latest = event.max(*latest);
        Ok(late)
    }

    /// Notes an announcement, which the directory keeps.
    pub(super) fn announced(&mut self, announcement: &AnnouncementRow, now: i64) {
        if let Some(seen) = self.rooms.get_mut(&announcement.room) {
            seen.ids.note(announcement.event, false, now);
        }
    }

    /// Writes what the transaction has moved.
    pub(super) fn write(&mut self, tx: &mut dyn Tx, now: i64) -> Result<()> {
        for (room, platform) in std::mem::take(&mut self.moved) {
            let Some(seen) = self.rooms.get(&room) else { continue };
            if let Some(event) = seen.by.get(&platform).copied() {
                tx.put_mark(MarkRow { room, platform, event, floor: seen.ids.below(event, now) })?;
            }
        }
        if self.rooms.len() > MOST {
            self.rooms.clear();
        }
        Ok(())
    }
}

impl Seen {
    fn read(tx: &mut dyn Tx, directory: &Directory, room: RoomNum, now: i64) -> Result<Self> {
        let mut seen = Seen::default();
        if let Some(room) = directory.room(room) {
            let by_origin = room.by_origin().map(|row| row.event);
            let all = room.announcers().map(|(_, event)| event).chain(by_origin);
            all.for_each(|event| seen.ids.note(event, false, now));
        }
        for mark in tx.marks(room)? {
            [Some(mark.event), mark.floor].into_iter().flatten().for_each(|id| seen.ids.note(id, false, now));
            seen.by.insert(mark.platform, mark.event);
        }
        Ok(seen)
    }
}
