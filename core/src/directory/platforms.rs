//! What is known of each platform: its row, its entry of the registry file, and what follows from both.

use std::sync::Arc;

use super::state::Directory;
use crate::registry::Entry;
use crate::store::{PlatformKind, PlatformNum, PlatformRow};
use crate::util::secret::TokenDigest;

impl Directory {
    pub(crate) fn put_platform(&mut self, row: PlatformRow) {
        self.put_name(&row.name, row.num);
        self.revise();
        let (num, via) = (row.num, row.via);
        let before = self.platforms.insert(num, row);
        if before.and_then(|row| row.via) != via {
            self.rehosted.insert(num, self.revision);
        }
    }

    /// Whether this platform was claimed or released after the directory had this revision.
    pub(crate) fn rehosted_since(&self, num: PlatformNum, revision: u64) -> bool {
        self.rehosted.get(&num).is_some_and(|at| *at > revision)
    }

    pub(crate) fn next_platform_num(&self) -> PlatformNum {
        let merged = self.merged.last_key_value().map_or(0, |(num, _)| *num);
        self.platforms.last_key_value().map_or(0, |(num, _)| *num).max(merged) + 1
    }

    pub(crate) fn platform(&self, num: PlatformNum) -> Option<&PlatformRow> {
        self.platforms.get(&num)
    }

    pub(crate) fn entry(&self, num: PlatformNum) -> Option<&Arc<Entry>> {
        self.entries.get(&num)
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = (PlatformNum, &Arc<Entry>)> {
        self.entries.iter().map(|(num, entry)| (*num, entry))
    }

    pub(crate) fn kind(&self, num: PlatformNum) -> PlatformKind {
        self.platforms.get(&num).map_or(PlatformKind::Unknown, |row| row.kind)
    }

    pub(super) fn is_known(&self, num: PlatformNum) -> bool {
        Some(num) == self.own
            || self.entries.contains_key(&num)
            || self.platforms.get(&num).is_some_and(|row| row.known)
    }

    /// Stands, or once stood, in the registry file, or joined: no peer's word counts for it.
    pub(crate) fn belongs_to_the_file(&self, num: PlatformNum) -> bool {
        self.entries.contains_key(&num) || self.platforms.get(&num).is_some_and(|row| row.filed)
    }

    /// The platform that had this token when the registry file named it last.
    pub(crate) fn vanished(&self, token: TokenDigest) -> Option<PlatformNum> {
        let had_it = |row: &&PlatformRow| row.token == Some(token) && self.entry(row.num).is_none();
        self.platforms.values().find(had_it).map(|row| row.num)
    }

    /// A node that this one knew as a peer until the registry file named it no longer.
    pub(crate) fn was_peer(&self, num: PlatformNum) -> bool {
        // One that joined and was removed is nobody any more.
        let filed = self.platforms.get(&num).is_some_and(|row| row.filed);
        self.entry(num).is_none() && filed && self.kind(num) == PlatformKind::Node
    }

    /// How many platforms were first named by this peer, and never by the registry file.
    pub(crate) fn named_by(&self, peer: PlatformNum) -> usize {
        self.platforms.values().filter(|row| row.named_by == Some(peer) && !row.filed).count()
    }
}
