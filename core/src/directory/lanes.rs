//! What waits in each lane, as a count, and what it tells first.

use super::state::Directory;
use crate::store::{PlatformNum, TellingRow};

impl Directory {
    /// How many events wait for this destination.
    pub(crate) fn waiting(&self, dest: PlatformNum) -> u64 {
        self.waiting.get(&dest).copied().unwrap_or(0)
    }

    /// This many events wait for these destinations now.
    pub(crate) fn wait(&mut self, counts: impl IntoIterator<Item = (PlatformNum, u64)>) {
        self.waiting.extend(counts);
    }

    /// What this lane tells first.
    pub(crate) fn telling(&self, lane: PlatformNum) -> Option<&TellingRow> {
        self.tellings.range((lane, 0)..=(lane, PlatformNum::MAX)).next().map(|(_, row)| row)
    }

    pub(crate) fn telling_of(&self, lane: PlatformNum, platform: PlatformNum) -> Option<&TellingRow> {
        self.tellings.get(&(lane, platform))
    }

    pub(crate) fn put_telling(&mut self, row: TellingRow) {
        self.tellings.insert((row.lane, row.platform), row);
    }

    pub(crate) fn delete_telling(&mut self, lane: PlatformNum, platform: PlatformNum) {
        self.tellings.remove(&(lane, platform));
    }
}
