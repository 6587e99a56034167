//! A room as its announcements make it.
//!
//! Announcements of one room may take different ways and arrive in any order, so a room is not changed step by step: it
//! keeps the last announcement of its origin and of each platform that announced members of its own, and its members follow
//! from these. The members of a platform P are those of the announcement, by the origin or by P, with the greater event id.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::{IndexMap, IndexSet};
use uuid::Uuid;

use crate::model::{Id, RoomKind};
use crate::store::{MembersRow, PlatformNum, RoomNum, RoomRow};

/// Members by platform, in the order in which they were announced.
pub(crate) type Members = IndexMap<PlatformNum, IndexSet<Id>>;

#[derive(Debug, Clone)]
pub(crate) struct Room {
    pub row: RoomRow,
    /// The origin's last announcement; there is one but for the moment in which the room is made.
    pub origin: Option<(Uuid, Members)>,
    /// The last announcement of each other platform: its own members.
    pub others: BTreeMap<PlatformNum, (Uuid, IndexSet<Id>)>,
    /// What follows from them.
    pub members: Members,
}

impl Room {
    pub(crate) fn new(row: RoomRow) -> Self {
        Room { row, origin: None, others: BTreeMap::new(), members: Members::new() }
    }

    pub(crate) fn num(&self) -> RoomNum {
        self.row.num
    }

    pub(crate) fn kind(&self) -> RoomKind {
        if self.row.public { RoomKind::Public } else { RoomKind::Private }
    }

    /// Takes an announcement in, and works out the members anew.
    pub(crate) fn announce(&mut self, by: PlatformNum, event: Uuid, mut members: Members) {
        if by == self.row.origin {
            self.origin = Some((event, members));
        } else {
            self.others.insert(by, (event, members.swap_remove(&by).unwrap_or_default()));
        }
        self.row.event = self.row.event.max(event);
        self.members = self.effective();
    }

    /// The id of the last announcement by this platform.
    pub(crate) fn announced_by(&self, by: PlatformNum) -> Option<Uuid> {
        if by == self.row.origin {
            self.origin.as_ref().map(|(event, _)| *event)
        } else {
            self.others.get(&by).map(|(event, _)| *event)
        }
    }

    fn effective(&self) -> Members {
        let mut members = self.origin.as_ref().map(|(_, members)| members.clone()).unwrap_or_default();
        let origin = self.announced_by(self.row.origin);
        for (platform, (event, own)) in &self.others {
            if Some(*event) > origin {
                members.insert(*platform, own.clone());
            }
        }
        members.retain(|_, ids| !ids.is_empty());
        members
    }

    pub(crate) fn has(&self, platform: PlatformNum, user: &str) -> bool {
        self.members.get(&platform).is_some_and(|ids| ids.contains(user))
    }

    /// The id of this member as it first came.
    pub(crate) fn canonical(&self, platform: PlatformNum, user: &str) -> Option<&Id> {
        self.members.get(&platform).and_then(|ids| ids.get(user))
    }

    /// The last announcement by this platform, as the store keeps it: all members by the origin, else its own.
    pub(crate) fn announcement(&self, by: PlatformNum) -> Option<(Uuid, MembersRow)> {
        if by == self.row.origin {
            return self.origin.as_ref().map(|(event, members)| (*event, stored(members)));
        }
        self.others.get(&by).map(|(event, own)| (*event, vec![(by, own.iter().cloned().collect())]))
    }

    /// Members as announcements have them on the wire: platform names as given by `name`.
    pub(crate) fn named(members: &Members, name: impl Fn(PlatformNum) -> Arc<str>) -> Vec<(String, Vec<Id>)> {
        members.iter().map(|(p, ids)| (name(*p).to_string(), ids.iter().cloned().collect())).collect()
    }
}

/// Members from the store.
pub(crate) fn members(rows: MembersRow) -> Members {
    rows.into_iter().map(|(platform, ids)| (platform, ids.into_iter().collect())).collect()
}

/// Members as the store keeps them.
pub(crate) fn stored(members: &Members) -> MembersRow {
    members.iter().map(|(platform, ids)| (*platform, ids.iter().cloned().collect())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(list: &[i64]) -> IndexSet<Id> {
        list.iter().map(|n| Id::from(*n)).collect()
    }

    fn room() -> Room {
        Room::new(RoomRow {
            num: 1,
            origin: 1,
            id: 4.into(),
            name: "Sala".into(),
            public: true,
            event: Uuid::nil(),
            asked: None,
            version: 0,
        })
    }

    fn event(n: u128) -> Uuid {
        Uuid::from_u128(n)
    }

    #[test]
    fn the_members_are_the_same_in_whatever_order_the_announcements_arrive() {
        let origin_first = Members::from([(1, ids(&[6])), (2, ids(&[1, 2]))]);
        let own = Members::from([(2, ids(&[2, 3]))]);
        let origin_later = Members::from([(1, ids(&[6, 7])), (2, ids(&[9]))]);
        let all = [(1, event(10), origin_first), (2, event(20), own), (1, event(30), origin_later)];
        let mut forward = room();
        for (by, id, members) in all.clone() {
            forward.announce(by, id, members);
        }
        let mut other = room();
        // The later announcement of the origin comes first; the earlier one is stale and not announced at all.
        for n in [2, 1] {
            let (by, id, members) = all[n].clone();
            other.announce(by, id, members);
        }
        assert_eq!(forward.members, other.members);
        assert_eq!(forward.members[&2], ids(&[9]));
    }

    #[test]
    fn a_platform_that_announced_later_than_the_origin_keeps_its_members() {
        let mut r = room();
        r.announce(1, event(10), Members::from([(1, ids(&[6]))]));
        r.announce(2, event(20), Members::from([(2, ids(&[3]))]));
        assert!(r.has(2, "3") && r.has(1, "6"));
        r.announce(2, event(30), Members::new());
        assert!(!r.members.contains_key(&2), "a platform without members is not in the room");
    }
}
