//! A room as its announcements make it.
//!
//! Announcements of one room may take different ways and arrive in any order, so a room is not changed step by step: it
//! keeps the last announcement of its origin and of each platform that announced members of its own, and who is a member
//! follows from these at each look-up. So every list is held once, however many announcements come.
//!
//! Who the members of a platform P are:
//!
//! * in a public room, those of the announcement, by the origin or by P, with the greater event id;
//! * in a private room, which P may only take members out of, those that both the origin and P list, in whatever order the
//!   two announcements arrived; and those that the origin, knowing that P had taken them out, has added again;
//! * never whom the origin bars.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::model::{Barred, Id, RoomKind};
use crate::store::{AnnouncementRow, Bars, Ids, Members, PlatformNum, RoomNum, RoomRow};

#[derive(Debug)]
pub(crate) struct Room {
    pub row: RoomRow,
    /// The members of the app's own last call, for a room of its own.
    pub asked: Option<Members>,
    /// The origin's last announcement; there is one but for the moment in which the room is made.
    origin: Option<AnnouncementRow>,
    /// The last announcement of each other platform: its own members.
    others: BTreeMap<PlatformNum, Own>,
    /// How many members each platform has; none that has none.
    count: BTreeMap<PlatformNum, usize>,
}

/// What a platform that isn't the origin announced last.
#[derive(Debug)]
struct Own {
    event: Uuid,
    members: Ids,
}

impl Room {
    pub(crate) fn new(row: RoomRow) -> Self {
        Room { row, asked: None, origin: None, others: BTreeMap::new(), count: BTreeMap::new() }
    }

    pub(crate) fn num(&self) -> RoomNum {
        self.row.num
    }

    pub(crate) fn kind(&self) -> RoomKind {
        if self.row.public { RoomKind::Public } else { RoomKind::Private }
    }

    /// Takes the row of an announcement's room in; what it says of members is taken by [`announce`](Room::announce).
    pub(crate) fn put_row(&mut self, row: RoomRow) {
        let opened = row.public != self.row.public;
        self.row = row;
        if opened {
            self.count_all();
        }
    }

    /// Takes an announcement in, in place of the one before by the same platform.
    pub(crate) fn announce(&mut self, mut row: AnnouncementRow) {
        self.row.event = self.row.event.max(row.event);
        let by = row.by;
        if by == self.row.origin {
            self.origin = Some(row);
            self.count_all();
        } else {
            let members = row.members.swap_remove(&by).unwrap_or_default();
            self.others.insert(by, Own { event: row.event, members });
            self.count_anew(by);
        }
    }

    /// The origin's announcement in force.
    pub(crate) fn by_origin(&self) -> Option<&AnnouncementRow> {
        self.origin.as_ref()
    }

    /// The members of its own that a platform, not the origin, announced last.
    pub(crate) fn by_itself(&self, platform: PlatformNum) -> Option<&Ids> {
        self.others.get(&platform).map(|own| &own.members)
    }

    /// The id of the last announcement by this platform.
    pub(crate) fn announced_by(&self, by: PlatformNum) -> Option<Uuid> {
        if by == self.row.origin {
            self.origin.as_ref().map(|row| row.event)
        } else {
            self.others.get(&by).map(|own| own.event)
        }
    }

    /// Each platform but the origin that announced members of its own, with the id.
    pub(crate) fn announcers(&self) -> impl Iterator<Item = (PlatformNum, Uuid)> {
        self.others.iter().map(|(by, own)| (*by, own.event))
    }

    /// The last announcement of all, and whose it is.
    pub(crate) fn last_announcement(&self) -> Option<(PlatformNum, Uuid)> {
        let origin = self.origin.as_ref().map(|row| (row.by, row.event));
        self.announcers().chain(origin).max_by_key(|(_, event)| *event)
    }

    /// Whether the origin bars this user.
    pub(crate) fn bars(&self, platform: PlatformNum, user: &str) -> bool {
        self.barred(platform).is_some_and(|barred| barred.has(user))
    }

    /// Whom of this platform the origin bars.
    fn barred(&self, platform: PlatformNum) -> Option<&Barred> {
        self.origin.as_ref().and_then(|row| row.banned.get(&platform))
    }

    /// Whom of this platform the origin lists.
    fn listed(&self, platform: PlatformNum) -> Option<&Ids> {
        self.origin.as_ref().and_then(|row| row.members.get(&platform))
    }

    /// Where the members of a platform are, before who it took out itself is left out.
    fn base(&self, platform: PlatformNum) -> Option<&Ids> {
        match (self.others.get(&platform), &self.origin) {
            (Some(own), Some(origin)) if self.row.public && own.event > origin.event => Some(&own.members),
            (Some(own), None) => Some(&own.members),
            _ => self.listed(platform),
        }
    }

    /// Whether one of the base is neither barred nor taken out by its own platform.
    fn is_in(&self, platform: PlatformNum, id: &Id) -> bool {
        let out = |own: &Own| !own.members.contains(id) && !self.is_again(platform, own, id);
        !self.bars(platform, id.as_str()) && (self.row.public || !self.others.get(&platform).is_some_and(out))
    }

    fn is_again(&self, platform: PlatformNum, own: &Own, id: &Id) -> bool {
        let again = self.origin.as_ref().filter(|row| row.event > own.event).and_then(|row| row.again.get(&platform));
        again.is_some_and(|ids| ids.contains(id))
    }

    /// The members of one platform.
    pub(crate) fn members(&self, platform: PlatformNum) -> impl Iterator<Item = &Id> {
        self.base(platform).into_iter().flatten().filter(move |id| self.is_in(platform, id))
    }

    /// The platforms with a member, in the order in which they were announced.
    pub(crate) fn platforms(&self) -> impl Iterator<Item = PlatformNum> {
        let listed = self.origin.as_ref().map(|row| &row.members);
        let joined = self.others.keys().filter(move |by| listed.is_none_or(|listed| !listed.contains_key(*by)));
        listed.into_iter().flat_map(|listed| listed.keys()).chain(joined).copied().filter(|p| self.has_any(*p))
    }

    /// Whether a platform has a member.
    pub(crate) fn has_any(&self, platform: PlatformNum) -> bool {
        self.count.contains_key(&platform)
    }

    /// How many members a platform has.
    pub(crate) fn count(&self, platform: PlatformNum) -> usize {
        self.count.get(&platform).copied().unwrap_or(0)
    }

    pub(crate) fn has(&self, platform: PlatformNum, user: &str) -> bool {
        self.canonical(platform, user).is_some()
    }

    /// The id of this member as it first came.
    pub(crate) fn canonical(&self, platform: PlatformNum, user: &str) -> Option<&Id> {
        self.base(platform).and_then(|ids| ids.get(user)).filter(|id| self.is_in(platform, id))
    }

    /// How many memberships the last announcement by this platform holds here.
    pub(crate) fn held_by(&self, by: PlatformNum) -> usize {
        if by == self.row.origin {
            self.origin.as_ref().map_or(0, held)
        } else {
            self.others.get(&by).map_or(0, |own| own.members.len())
        }
    }

    fn count_all(&mut self) {
        self.count.clear();
        let listed = self.origin.iter().flat_map(|row| row.members.keys());
        let all: Vec<PlatformNum> = listed.chain(self.others.keys()).copied().collect();
        all.into_iter().for_each(|platform| self.count_anew(platform));
    }

    fn count_anew(&mut self, platform: PlatformNum) {
        let members = match (self.others.get(&platform), self.listed(platform)) {
            // The shorter of the two is looked through: an announcement of a few members in a large room is a small thing.
            (Some(own), Some(listed)) if !self.row.public && own.members.len() < listed.len() => {
                let again = self.origin.as_ref().and_then(|row| row.again.get(&platform));
                let again = again.into_iter().flatten().filter(|id| !own.members.contains(*id));
                let again = again.filter(|id| self.is_again(platform, own, id));
                let both = own.members.iter().chain(again).filter(|id| listed.contains(*id));
                both.filter(|id| !self.bars(platform, id.as_str())).count()
            }
            _ if self.row.public && self.barred(platform).is_none() => self.base(platform).map_or(0, Ids::len),
            _ => self.members(platform).count(),
        };
        match members {
            0 => self.count.remove(&platform),
            n => self.count.insert(platform, n),
        };
    }
}

/// What a platform makes this node hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Rooms of its own.
    pub rooms: usize,
    /// Members that it announced, and whom it bars, over all rooms.
    pub memberships: usize,
    /// Bytes of avatars, and of what its application carries, of its users and rooms.
    pub extras: usize,
}

/// How many memberships an announcement makes others hold.
pub(crate) fn held(row: &AnnouncementRow) -> usize {
    held_in([&row.members, &row.again].into_iter().chain(&row.former)) + held_by(&row.banned)
}

/// How many users, or whole platforms, these bars name.
pub(crate) fn held_by(bars: &Bars) -> usize {
    bars.values().map(Barred::len).sum()
}

/// How many memberships an announcement of these lists makes others hold.
pub(crate) fn held_in<'a>(lists: impl IntoIterator<Item = &'a Members>) -> usize {
    lists.into_iter().flat_map(Members::values).map(Ids::len).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Extras;

    const ORIGIN: PlatformNum = 1;
    const P: PlatformNum = 2;

    fn ids(list: &[i64]) -> Ids {
        list.iter().map(|n| Id::from(*n)).collect()
    }

    fn room(public: bool) -> Room {
        Room::new(RoomRow {
            num: 1,
            origin: ORIGIN,
            id: 4.into(),
            name: "Sala".into(),
            public,
            extras: Extras::default(),
            event: Uuid::nil(),
            version: 0,
        })
    }

    fn by(by: PlatformNum, event: u128, members: &[(PlatformNum, &[i64])]) -> AnnouncementRow {
        AnnouncementRow {
            room: 1,
            by,
            event: Uuid::from_u128(event),
            members: members.iter().map(|(p, list)| (*p, ids(list))).collect(),
            again: Members::default(),
            former: None,
            banned: Bars::default(),
        }
    }

    fn barring(mut row: AnnouncementRow, list: &[i64]) -> AnnouncementRow {
        row.banned.insert(P, Barred::Users(ids(list)));
        row
    }

    fn again(mut row: AnnouncementRow, list: &[i64]) -> AnnouncementRow {
        row.again.insert(P, ids(list));
        row
    }

    fn members(room: &Room) -> Vec<(PlatformNum, Vec<i64>)> {
        let of = |p| (p, room.members(p).filter_map(Id::as_i64).collect::<Vec<_>>());
        let members: Vec<_> = room.platforms().map(of).collect();
        assert!(members.iter().all(|(p, list)| list.len() == room.count(*p)), "{members:?}");
        members
    }

    #[test]
    fn in_a_public_room_the_later_announcement_of_origin_and_platform_counts() {
        let mut r = room(true);
        r.announce(by(ORIGIN, 10, &[(1, &[6]), (P, &[1, 2])]));
        r.announce(by(P, 20, &[(P, &[2, 3])]));
        assert_eq!(members(&r), [(1, vec![6]), (P, vec![2, 3])]);
        r.announce(by(ORIGIN, 30, &[(1, &[6, 7]), (P, &[9])]));
        assert_eq!(members(&r), [(1, vec![6, 7]), (P, vec![9])]);
        r.announce(by(P, 40, &[]));
        assert_eq!(members(&r), [(1, vec![6, 7])], "a platform without members is not in the room");
    }

    #[test]
    fn in_a_private_room_whom_either_side_took_out_is_out_and_nobody_else_comes_in() {
        let mut r = room(false);
        r.announce(by(ORIGIN, 10, &[(1, &[6]), (P, &[1, 2, 3])]));
        r.announce(by(P, 20, &[(P, &[2, 3, 8])]));
        assert_eq!(members(&r), [(1, vec![6]), (P, vec![2, 3])]);
        // The origin drops 3 without knowing of it; its id may be greater or less.
        for event in [15, 30] {
            r.announce(by(ORIGIN, event, &[(1, &[6]), (P, &[1, 2])]));
            assert_eq!(members(&r), [(1, vec![6]), (P, vec![2])]);
            assert!(r.has(P, "2") && !r.has(P, "1") && !r.has(P, "3") && !r.has(P, "8"));
        }
    }

    #[test]
    fn whom_the_origin_adds_again_is_in_until_the_platform_says_otherwise() {
        let mut r = room(false);
        r.announce(by(ORIGIN, 10, &[(P, &[1, 2])]));
        r.announce(by(P, 20, &[(P, &[2])]));
        r.announce(again(by(ORIGIN, 30, &[(P, &[1, 2, 5])]), &[1]));
        assert_eq!(members(&r), [(P, vec![1, 2])], "5 is neither listed by its platform nor added again");
        r.announce(by(P, 40, &[(P, &[2])]));
        assert_eq!(members(&r), [(P, vec![2])]);
    }

    #[test]
    fn whom_the_origin_bars_is_no_member_whatever_their_platform_announces_until_it_bars_them_no_more() {
        for public in [true, false] {
            let mut r = room(public);
            r.announce(barring(by(ORIGIN, 10, &[(1, &[6]), (P, &[1, 2, 3])]), &[3, 9]));
            assert_eq!(members(&r), [(1, vec![6]), (P, vec![1, 2])]);
            r.announce(by(P, 20, &[(P, &[2, 3])]));
            assert_eq!((members(&r), r.bars(P, "3"), r.bars(1, "3")), (vec![(1, vec![6]), (P, vec![2])], true, false));
            r.announce(by(ORIGIN, 15, &[(1, &[6]), (P, &[1, 2, 3])]));
            assert_eq!(members(&r), [(1, vec![6]), (P, vec![2, 3])]);
            let mut row = by(ORIGIN, 30, &[(1, &[6]), (P, &[1, 2, 3])]);
            row.banned.insert(P, Barred::Platform);
            r.announce(row);
            assert_eq!((members(&r), r.has_any(P)), (vec![(1, vec![6])], false));
        }
    }

    #[test]
    fn a_room_that_is_opened_or_closed_counts_its_members_by_the_other_rule() {
        let mut r = room(true);
        r.announce(by(ORIGIN, 10, &[(P, &[1, 2])]));
        r.announce(by(P, 20, &[(P, &[2, 3])]));
        r.put_row(RoomRow { public: false, ..r.row.clone() });
        assert_eq!(members(&r), [(P, vec![2])]);
        r.put_row(RoomRow { public: true, ..r.row.clone() });
        assert_eq!(members(&r), [(P, vec![2, 3])]);
    }

    /// Of each platform the last announcement counts, as the rules see to: so the order between platforms is what may differ.
    #[derive(Debug, Clone)]
    struct Announced {
        by: PlatformNum,
        event: u128,
        list: Vec<i64>,
        again: Vec<i64>,
        barred: Vec<i64>,
    }

    fn announced() -> impl Strategy<Value = Vec<Announced>> {
        let list = || proptest::collection::vec(0..6_i64, 0..6);
        proptest::collection::vec((ORIGIN..=3_u32, list(), list(), list()), 1..8).prop_map(|all| {
            let numbered = all.into_iter().enumerate();
            let said = |(n, (by, list, again, barred))| Announced { by, event: n as u128 + 1, list, again, barred };
            numbered.map(said).collect()
        })
    }

    proptest! {
        /// Shows promises 4 and 9.
        #[test]
        fn the_members_are_the_same_in_whatever_order_the_announcements_arrive(
            public in any::<bool>(), all in announced(), order in proptest::collection::vec(any::<u16>(), 8)
        ) {
            let play = |order: &[usize]| {
                let mut r = room(public);
                for n in order {
                    let Announced { by: who, event, list, again: add, barred } = &all[*n];
                    let own = (*who, list.as_slice());
                    let row = if *who == ORIGIN { by(ORIGIN, *event, &[(P, list), (3, list)]) } else { by(*who, *event, &[own]) };
                    if r.announced_by(*who) < Some(row.event) {
                        r.announce(if *who == ORIGIN { barring(again(row, add), barred) } else { row });
                    }
                }
                let of = |p| {
                    let mut list: Vec<_> = r.members(p).filter_map(Id::as_i64).collect();
                    list.sort_unstable();
                    assert_eq!((list.len(), list.is_empty()), (r.count(p), !r.has_any(p)));
                    list
                };
                [ORIGIN, P, 3].map(of)
            };
            let mut mixed: Vec<usize> = (0..all.len()).collect();
            mixed.sort_by_key(|n| order[*n]);
            prop_assert_eq!(play(&mixed), play(&(0..all.len()).collect::<Vec<_>>()));
        }
    }
}
