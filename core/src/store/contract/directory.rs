//! The directory, transactions, leases.

use std::panic::{AssertUnwindSafe, catch_unwind};

use uuid::Uuid;

use super::{NOW, id, message, put, transact, waiting};
use crate::model::{Barred, BindKind, Ext, Extras, Id, Kinds};
use crate::store::{
    AnnouncementRow, AskedRow, Bars, BindingRow, ContactRow, Directory, LaneRow, Members, OwnerRow, PlatformKind,
    PlatformRow, Position, RoomRow, Store, TellingRow, Told, UserRow,
};
use crate::util::ages::AgeMark;
use crate::util::secret::TokenDigest;
use crate::{Error, ErrorKind};

pub(super) fn platform(num: u32, name: &str) -> PlatformRow {
    PlatformRow {
        num,
        name: name.into(),
        kind: PlatformKind::Node,
        standalone: true,
        batch: false,
        receipts: true,
        kinds: Some(Kinds::OF_EVERY_NODE),
        store: Some(id(1, num)),
        via: Some(7),
        support_audio: true,
        support_image: false,
        known: true,
        lists_users: false,
        filed: true,
        named_by: Some(3),
        told: Some(Told { lane: 2, until: Some(9) }),
        token: Some(TokenDigest([7; 32])),
    }
}

pub(super) fn user(platform: u32, id: impl Into<Id>, name: &str, version: u64) -> UserRow {
    UserRow {
        platform,
        id: id.into(),
        name: name.into(),
        active: true,
        placeholder: false,
        extras: Extras::default(),
        event: None,
        version,
    }
}

/// What a user or a room has beside its name.
fn extras() -> Extras {
    let ext = Ext::from_json("{\"n\":12345678901234567890}").unwrap();
    Extras::new(Some("https://example.org/ana.png"), Some(ext))
}

pub(super) fn room(num: u32) -> RoomRow {
    RoomRow {
        num,
        origin: 1,
        id: "sala: ñ".into(),
        name: "Los mundialistas".into(),
        public: true,
        extras: extras(),
        event: id(5, num),
        version: 1,
    }
}

fn members(platform: u32, ids: impl IntoIterator<Item = Id>) -> Members {
    [(platform, ids.into_iter().collect())].into_iter().collect()
}

fn telling(lane: u32, platform: u32, upto: Option<Position>) -> TellingRow {
    TellingRow { lane, platform, since: 5, run: 9, upto }
}

fn directory() -> Directory {
    let mut renamed = user(2, i64::MIN, "Juan", 1);
    (renamed.active, renamed.placeholder, renamed.event) = (false, true, Some(id(9, 9)));
    renamed.extras = extras();
    let mut plain = platform(2, "net core");
    (plain.kind, plain.store, plain.via, plain.token) = (PlatformKind::Plain, None, None, None);
    (plain.named_by, plain.told) = (None, Some(Told { lane: 2, until: None }));
    Directory {
        version: 1,
        platforms: vec![platform(1, "BuasApp"), plain],
        users: vec![user(1, "x", "", 1), renamed],
        rooms: vec![room(4)],
        asked: vec![AskedRow { room: 4, members: members(1, [4.into(), "x".into()]) }],
        announcements: vec![
            AnnouncementRow {
                room: 4,
                by: 1,
                event: id(6, 2),
                members: members(2, ["ñ".into(), 7.into()]),
                again: members(2, [7.into()]),
                former: Some(Members::default()),
                banned: [(1, Barred::Platform), (2, Barred::Users([3.into(), "*".into()].into_iter().collect()))]
                    .into_iter()
                    .collect(),
            },
            AnnouncementRow {
                room: 4,
                by: 2,
                event: id(6, 1),
                members: members(2, [1.into()]),
                again: Members::default(),
                former: None,
                banned: Bars::default(),
            },
        ],
        joined: vec![super::membership::joined(2, Some(1))],
        bindings: vec![
            BindingRow { kind: BindKind::User, platform: 1, id: "x".into(), local: 12.into() },
            BindingRow { kind: BindKind::Room, platform: 1, id: 4.into(), local: "r4".into() },
        ],
        lanes: vec![LaneRow { dest: 1, waiting: 3 }, LaneRow { dest: 2, waiting: 0 }],
        tellings: vec![
            telling(1, 1, None),
            telling(1, 2, Some(Position::Platform(7))),
            telling(2, 2, Some(Position::User(1, "ñ".into()))),
            telling(3, 3, Some(Position::Room(4, 2))),
        ],
        merged: Vec::new(),
        last_id: Some(id(9, 9)),
        age: Some(AgeMark { age: 5, wall: 6 }),
    }
}

fn put_directory(store: &impl Store, rows: &Directory) {
    transact(store, |tx| {
        rows.platforms.iter().try_for_each(|row| tx.put_platform(row))?;
        rows.users.iter().try_for_each(|row| tx.put_user(row))?;
        rows.rooms.iter().try_for_each(|row| tx.put_room(row))?;
        rows.asked.iter().try_for_each(|row| tx.put_asked(row))?;
        rows.announcements.iter().try_for_each(|row| tx.put_announcement(row))?;
        rows.bindings.iter().try_for_each(|row| tx.put_binding(row))?;
        rows.joined.iter().try_for_each(|row| tx.put_joined(row))?;
        rows.lanes.iter().try_for_each(|row| tx.put_lane(*row))?;
        rows.tellings.iter().try_for_each(|row| tx.put_telling(row))?;
        rows.age.into_iter().for_each(|mark| tx.put_age(mark));
        rows.last_id.map_or(Ok(()), |id| tx.put_last_id(id))
    })
    .unwrap();
}

/// As text, which tells a number from a text that reads alike.
fn shown(directory: &Directory) -> String {
    format!("{directory:#?}")
}

/// Shows promise 1.
pub(crate) fn what_was_put_is_loaded_after_reopening<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let empty = store.load().unwrap();
    assert_eq!((empty.version, empty.last_id), (0, None));
    put_directory(&store, &directory());
    assert_eq!(shown(&store.load().unwrap()), shown(&directory()));
    let made = store.id();
    drop(store);
    let store = open();
    assert_eq!(shown(&store.load().unwrap()), shown(&directory()));
    assert_eq!(store.load().unwrap().platforms, directory().platforms);
    assert_eq!(store.id(), made);
    assert_ne!(made, Uuid::nil());
}

pub(crate) fn a_row_that_is_put_again_replaces_the_one_before<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    put_directory(&store, &directory());
    let mut next = directory();
    next.version = 2;
    next.platforms[0].name = "buasapp".into();
    next.users.iter_mut().for_each(|u| u.version = 2);
    next.users[0].name = "Marcelo".into();
    (next.rooms[0].public, next.rooms[0].version) = (false, 2);
    next.asked[0].members = members(3, []);
    next.tellings[3].upto = Some(Position::User(1, 4.into()));
    next.announcements[0].event = id(7, 7);
    next.announcements[0].former = Some(members(5, [1.into()]));
    next.bindings[1].local = 5.into();
    next.joined[0].at = 9;
    next.lanes[1].waiting = 9;
    put_directory(&store, &next);
    assert_eq!(shown(&store.load().unwrap()), shown(&next));
}

pub(crate) fn a_number_and_a_text_that_read_alike_are_one_id_written_as_it_came_last<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    transact(&store, |tx| tx.put_user(&user(1, 4, "a", 0))).unwrap();
    transact(&store, |tx| tx.put_user(&user(1, "4", "b", 0))).unwrap();
    let users = store.load().unwrap().users;
    assert_eq!(users, [user(1, "4", "b", 2)]);
    assert!(!users[0].id.is_number());
}

pub(crate) fn changes_are_the_rows_of_later_versions<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    put_directory(&store, &directory());
    transact(&store, |tx| {
        assert_eq!(tx.version(), 2);
        tx.put_user(&user(1, "y", "new", 0))?;
        tx.put_room(&room(5))
    })
    .unwrap();
    let (all, later, none) = transact(&store, |tx| Ok((tx.changes(0)?, tx.changes(1)?, tx.changes(2)?))).unwrap();
    assert_eq!(shown(&all), shown(&store.load().unwrap()));
    assert_eq!(later.users, [user(1, "y", "new", 2)]);
    assert_eq!(later.rooms, [RoomRow { version: 2, ..room(5) }]);
    assert!(
        later.platforms.is_empty()
            && later.announcements.is_empty()
            && later.asked.is_empty()
            && later.bindings.is_empty()
            && later.joined.is_empty()
    );
    assert_eq!((later.version, later.lanes.len()), (2, 2));
    assert_eq!(later.last_id, Some(id(9, 9)));
    assert!(none.users.is_empty() && none.rooms.is_empty());
}

pub(crate) fn the_version_moves_only_with_directory_rows<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    put(&store, 1, &[2]);
    transact(&store, |tx| tx.put_lane(LaneRow { dest: 2, waiting: 1 })).unwrap();
    assert_eq!(store.load().unwrap().version, 0);
    transact(&store, |tx| tx.put_user(&user(1, 1, "a", 0))).unwrap();
    transact(&store, |tx| {
        assert_eq!(tx.version(), 2);
        Ok(())
    })
    .unwrap();
    assert_eq!(store.load().unwrap().version, 1);
}

/// An idle node writes nothing; whoever writes anyway, or is the first in an hour, writes this along.
pub(crate) fn how_old_the_store_is_is_written_along_with_other_things_or_once_an_hour<S: Store>(open: &dyn Fn() -> S) {
    const MINUTE: i64 = 60_000;
    let mark = |minutes: i64| AgeMark { age: NOW + minutes * MINUTE, wall: minutes };
    let store = open();
    let alone = |minutes| {
        transact(&store, |tx| {
            tx.put_age(mark(minutes));
            Ok(())
        })
        .unwrap();
    };
    let written = || store.load().unwrap().age;
    alone(0);
    assert_eq!(written(), None, "nothing is stored yet that could grow old");
    let lazily = |minutes| {
        transact(&store, |tx| {
            tx.put_age(mark(minutes));
            tx.put_lane(LaneRow { dest: 2, waiting: 1 })
        })
        .unwrap();
    };
    lazily(1);
    assert_eq!(written(), Some(mark(1)));
    alone(60);
    assert_eq!(written(), Some(mark(1)));
    alone(61);
    assert_eq!(written(), Some(mark(61)));
    transact(&store, |tx| {
        tx.put_age(AgeMark { age: mark(62).age - 1, wall: 0 });
        tx.put_lane(LaneRow { dest: 2, waiting: 2 })
    })
    .unwrap();
    assert_eq!(written(), Some(mark(61)), "once a minute is enough");
    lazily(62);
    drop(store);
    assert_eq!(open().load().unwrap().age, Some(mark(62)));
}

/// Shows promise 1.
pub(crate) fn an_error_leaves_nothing_behind<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    put(&store, 1, &[2]);
    let before = shown(&store.load().unwrap());
    let failed = transact(&store, |tx| {
        tx.put_event(&message(id(2, 2), 2, "lost"), &[2])?;
        tx.put_user(&user(1, 1, "a", 0))?;
        tx.put_last_id(id(3, 3))?;
        assert!(tx.see(1, id(2, 2), NOW)?);
        Err::<(), _>(Error::new(ErrorKind::Conflict, "no"))
    });
    let error = failed.unwrap_err();
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Conflict, "no"));
    assert_eq!(shown(&store.load().unwrap()), before);
    assert_eq!(waiting(&store, 2).len(), 1);
    assert!(transact(&store, |tx| tx.see(1, id(2, 2), NOW)).unwrap());
    assert_eq!(put(&store, 2, &[2]), waiting(&store, 2)[1]);
}

/// Shows promise 1.
pub(crate) fn a_panic_leaves_nothing_behind_and_the_store_works_on<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    put(&store, 1, &[2]);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        store.transact(&mut |tx| {
            tx.put_event(&message(id(2, 2), 2, "lost"), &[2])?;
            panic!("in the middle");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(waiting(&store, 2).len(), 1);
    put(&store, 3, &[2]);
    assert_eq!(waiting(&store, 2).len(), 2);
}

pub(crate) fn own_commits_are_not_those_of_others<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    let others = store.others();
    let mut notified = std::pin::pin!(others.notified());
    let body = "b".repeat(20_000);
    // More than the store keeps in its log, so that it is written back meanwhile.
    for n in 1..=50_u32 {
        transact(&store, |tx| {
            assert!(!tx.others_wrote());
            for m in 0..20 {
                tx.put_event(&message(id(n.into(), m), 1, &body), &[2])?;
            }
            Ok(())
        })
        .unwrap();
        assert!(!store.waiting(2, 0, 1, 0).unwrap().is_empty());
        assert!(!notified.as_mut().enable());
    }
}

pub(crate) fn a_lease_has_one_holder_until_it_is_dropped<S: Store>(open: &dyn Fn() -> S) {
    let store = open();
    for name in ["lane-1", "../strange: ñ/name", &"long".repeat(100)] {
        let lease = store.lease(name).unwrap().unwrap();
        assert!(store.lease(name).unwrap().is_none());
        assert!(store.lease(&format!("{name}2")).unwrap().is_some());
        drop(lease);
        assert!(store.lease(name).unwrap().is_some());
    }
}

pub(crate) fn what_command_lines_are_told_is_kept_and_replaced<S: Store>(open: &dyn Fn() -> S) {
    let up = ContactRow {
        platform: 2,
        up: Some(true),
        since: Some(5),
        last: Some(7),
        alarm: None,
        import_error: None,
        error: None,
        next_try: None,
        findings: None,
        is_lane: true,
    };
    let unknown = ContactRow {
        platform: 3,
        up: None,
        since: None,
        last: None,
        alarm: Some("401".into()),
        import_error: Some("1 entry is odd".into()),
        error: Some("no answer in time".into()),
        next_try: Some(11),
        findings: Some("[]".into()),
        is_lane: false,
    };
    let down = ContactRow { up: Some(false), last: Some(9), ..up.clone() };
    let (first, second) = (OwnerRow { node: 1, standalone: true }, OwnerRow { node: 4, standalone: false });
    {
        let store = open();
        assert_eq!((store.owner().unwrap(), store.contacts().unwrap()), (None, vec![]));
        transact(&store, |tx| {
            tx.put_owner(first).and_then(|()| tx.put_contact(&unknown)).and_then(|()| tx.put_contact(&up))
        })
        .unwrap();
        assert_eq!((store.owner().unwrap(), store.contacts().unwrap()), (Some(first), vec![up, unknown.clone()]));
        transact(&store, |tx| tx.put_owner(second).and_then(|()| tx.put_contact(&down))).unwrap();
    }
    let store = open();
    assert_eq!((store.owner().unwrap(), store.contacts().unwrap()), (Some(second), vec![down, unknown]));
}
