//! What is known, changed: each row goes to the store and to memory together, here and nowhere else.

use std::sync::Arc;

use super::Job;
use crate::Result;
use crate::directory::Directory;
use crate::registry::Registry;
use crate::store::{
    AnnouncementRow, AskedRow, BindingRow, JoinedRow, OwnerRow, PlatformNum, PlatformRow, RoomRow, TellingRow, UserRow,
};

impl Job<'_> {
    pub(crate) fn put_platform(&mut self, row: PlatformRow) -> Result<()> {
        self.tx.put_platform(&row)?;
        self.change_rows(|directory| directory.put_platform(row));
        Ok(())
    }

    pub(crate) fn put_user(&mut self, mut row: UserRow) -> Result<()> {
        row.version = self.tx.version();
        self.tx.put_user(&row)?;
        self.change_rows(|directory| directory.put_user(row));
        Ok(())
    }

    /// Puts an announcement in force, with the room's row as it makes it.
    pub(crate) fn announce(&mut self, mut room: RoomRow, announcement: AnnouncementRow) -> Result<()> {
        room.version = self.tx.version();
        self.tx.put_room(&room)?;
        self.tx.put_announcement(&announcement)?;
        self.kept.marks.announced(&announcement, self.now);
        self.change_rows(|directory| {
            directory.put_room(room);
            directory.announce(announcement);
        });
        Ok(())
    }

    /// Notes whom the app asked for in a room of its own.
    pub(crate) fn put_asked(&mut self, row: AskedRow) -> Result<()> {
        self.tx.put_asked(&row)?;
        self.change_rows(|directory| directory.put_asked(row));
        Ok(())
    }

    pub(crate) fn put_binding(&mut self, row: &BindingRow) -> Result<()> {
        self.tx.put_binding(row)?;
        self.change_rows(|directory| directory.put_binding(row));
        Ok(())
    }

    /// Puts in force how a platform stands that joined, or no longer takes part.
    pub(crate) fn put_joined(&mut self, row: JoinedRow) -> Result<()> {
        self.tx.put_joined(&row)?;
        self.change_rows(|directory| directory.put_joined(row));
        Ok(())
    }

    /// Notes whose store this is; `before`: what the store says. Nothing is written where it says so already, so that a node
    /// opens on a full disk too.
    pub(crate) fn put_owner(&mut self, row: OwnerRow, before: Option<OwnerRow>) -> Result<()> {
        if before != Some(row) {
            self.tx.put_owner(row)?;
        }
        self.change(|directory| directory.belongs_to(row));
        Ok(())
    }

    /// Puts the registry's entries in force; each has a platform row.
    pub(crate) fn install(&mut self, registry: &Arc<Registry>) {
        self.change(|directory| directory.install(registry));
    }

    /// Puts no spelling of the registry in force any more: what was an alias may be a platform of its own by now.
    pub(crate) fn forget_spellings(&mut self) {
        self.change(|directory| directory.rename([]));
    }

    /// `from` turned out to be `into`. Nothing may wait in the lane of `from`.
    pub(crate) fn merge_platforms(&mut self, from: PlatformNum, into: PlatformNum) -> Result<()> {
        self.put_lanes_and_marks()?;
        self.tx.merge_platforms(from, into)?;
        let rows = self.tx.changes(0)?;
        self.change_rows(|directory| directory.replace(rows));
        self.batch.queued.remove(&from);
        self.kept.marks.clear();
        self.kept.awaited.clear();
        Ok(())
    }

    /// Notes how far a lane is with what it tells: the store keeps a position for it, no rows.
    pub(crate) fn put_telling(&mut self, row: TellingRow) -> Result<()> {
        self.tx.put_telling(&row)?;
        self.batch.queued.entry(row.lane).or_default();
        self.change(|directory| directory.put_telling(row));
        Ok(())
    }

    pub(crate) fn delete_telling(&mut self, lane: PlatformNum, platform: PlatformNum) -> Result<()> {
        self.tx.delete_telling(lane, platform)?;
        // Perhaps there is more to tell.
        self.batch.queued.entry(lane).or_default();
        self.change(|directory| directory.delete_telling(lane, platform));
        Ok(())
    }

    pub(super) fn change<T>(&mut self, change: impl FnOnce(&mut Directory) -> T) -> T {
        self.directory.with_upgraded(|directory| {
            let result = change(directory);
            directory.begin_state();
            result
        })
    }

    /// Changes what the transaction gives its version to.
    pub(super) fn change_rows(&mut self, change: impl FnOnce(&mut Directory)) {
        let version = self.tx.version();
        self.change(|directory| {
            directory.version = directory.version.max(version);
            change(directory);
        });
    }
}
