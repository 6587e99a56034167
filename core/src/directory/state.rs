//! All that the directory holds. What can be asked of it, and how it changes, has a file for each matter beside this one.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::people::People;
use super::room::{Held, Room};
use crate::model::{BindKind, Id};
use crate::registry::{Entry, Registry};
use crate::store::{JoinedRow, OwnerRow, PlatformNum, PlatformRow, RoomNum, TellingRow};
use crate::util::hash::HashMap;

#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// The version up to which it is complete.
    pub version: u64,
    /// Which state this is of all but what waits in the lanes, among all that there were in this process.
    pub(super) state: u64,
    /// Which state of platforms and users this is, among all that there were in this process.
    pub(super) revision: u64,
    /// In which revision a platform was last claimed or released by a peer.
    pub(super) rehosted: HashMap<PlatformNum, u64>,
    /// The node itself: its platform, or its own name if it is standalone.
    pub node: PlatformNum,
    /// The app's own platform; None for a standalone node.
    pub own: Option<PlatformNum>,
    pub platforms: BTreeMap<PlatformNum, PlatformRow>,
    pub(super) registry: Arc<Registry>,
    /// Who joined at run time, asks to, or was removed.
    pub(super) joined: BTreeMap<PlatformNum, JoinedRow>,
    /// The entries in force: those of the registry, and those who joined.
    pub(super) entries: BTreeMap<PlatformNum, Arc<Entry>>,
    /// Which state of those who joined this is, among all that there were in this process.
    pub(super) membership: u64,
    /// Exact names, then folded names and aliases.
    pub(super) names: HashMap<Arc<str>, PlatformNum>,
    pub(super) folded: HashMap<String, PlatformNum>,
    /// What the names of those who joined look like.
    pub(super) looks: HashMap<String, PlatformNum>,
    /// The folded spellings of the registry's entries: they win over a platform of that name that was only mentioned before.
    pub(super) spellings: HashMap<String, PlatformNum>,
    pub(super) users: People,
    pub(super) rooms: BTreeMap<RoomNum, Room>,
    pub(super) room_nums: HashMap<(PlatformNum, Id), RoomNum>,
    pub(super) held: BTreeMap<PlatformNum, Held>,
    /// The platforms of which an id came as a text that reads like an integer, which may be a user known by the integer.
    pub(super) two_forms: HashSet<PlatformNum>,
    pub(super) local: HashMap<(BindKind, PlatformNum, Id), Id>,
    pub(super) external: HashMap<(BindKind, Id), (PlatformNum, Id)>,
    /// How many events wait for each destination.
    pub(super) waiting: BTreeMap<PlatformNum, u64>,
    /// What lanes are telling, by the lane and who is new there.
    pub(super) tellings: BTreeMap<(PlatformNum, PlatformNum), TellingRow>,
    /// Platforms that turned out to be others.
    pub(super) merged: BTreeMap<PlatformNum, PlatformNum>,
}

impl Directory {
    /// Whose it is.
    pub(crate) fn belongs_to(&mut self, owner: OwnerRow) {
        self.node = owner.node;
        self.own = (!owner.standalone).then_some(owner.node);
        self.revise();
    }

    /// Changes whenever anything does but what waits in the lanes.
    pub(crate) fn state(&self) -> u64 {
        self.state
    }

    /// Something has changed.
    pub(crate) fn begin_state(&mut self) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.state = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// Changes whenever a platform or a user does.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn revise(&mut self) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.revision = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    }
}
