//! What is hardly meant so of a room's members: that nobody knows them, or that there are none.

use super::room::Room;
use super::state::Directory;
use crate::model::RoomKind;
use crate::store::{PlatformKind, PlatformNum};

/// Of so many members it is looked whether they are known.
const LOOKED_AT: usize = 1_000;
/// This many are named.
const NAMED: usize = 5;

impl Directory {
    /// What is hardly meant so of a room's members, as a sentence without its subject.
    pub(crate) fn oddity_of(&self, room: &Room) -> Option<String> {
        if room.kind() == RoomKind::Private && room.platforms().next().is_none() {
            return Some("is private and has no members, so nobody can write in it or read it".into());
        }
        let strangers = self.strangers(room);
        let more = strangers.len().saturating_sub(NAMED);
        let named = strangers.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        match (strangers.len(), more) {
            (0, _) => None,
            (_, 0) => Some(format!("has members whom nobody has announced: {named}")),
            (_, more) => Some(format!("has members whom nobody has announced: {named} and {more} more")),
        }
    }

    /// The members that are no user of their platform, where its users are known here.
    fn strangers(&self, room: &Room) -> Vec<String> {
        let platforms = room.platforms().filter(|platform| self.knows_users_of(*platform));
        let members = platforms.flat_map(|platform| room.members(platform).map(move |id| (platform, id)));
        let strangers = members.take(LOOKED_AT).filter(|(platform, id)| self.user(*platform, id.as_str()).is_none());
        strangers.map(|(platform, id)| format!("{}:{id}", self.name(platform))).collect()
    }

    /// Whether who is not among the users known of this platform is no user of it, as far as can be told.
    fn knows_users_of(&self, platform: PlatformNum) -> bool {
        let lists = self.platform(platform).is_some_and(|row| row.lists_users);
        let speaks =
            Some(platform) == self.own || self.kind(platform) == PlatformKind::Node || self.via(platform).is_some();
        lists || (speaks && self.users(platform).next().is_some())
    }
}
