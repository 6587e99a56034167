//! What the directory answers, from rows and a registry file alone.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::room::Held;
use super::{Directory, Reach};
use crate::ErrorKind;
use crate::model::{BindKind, ExternalId, Extras, Id, Ref};
use crate::registry::Registry;
use crate::store::{
    self, AnnouncementRow, Bars, BindingRow, JoinedRow, LaneRow, Members, OwnerRow, PlatformKind, PlatformNum,
    PlatformRow, RoomNum, RoomRow, Standing, UserRow, Way,
};
use crate::util::hash::HashMap;
use crate::util::pair::Pair;
use crate::util::secret::Secret;

const OWN: PlatformNum = 1;
const B: PlatformNum = 2;
const C: PlatformNum = 3;

impl Directory {
    /// All that is known, in one order: two that know the same show the same.
    pub(crate) fn shown(&self) -> String {
        let bindings: BTreeMap<String, _> = self.local.iter().map(|(key, id)| (format!("{key:?}"), id)).collect();
        let users: Vec<&UserRow> = self.platforms.keys().flat_map(|num| self.users(*num)).collect();
        let room = |room: &super::room::Room| {
            let members: Vec<_> = room.platforms().map(|p| (p, room.members(p).cloned().collect::<Vec<_>>())).collect();
            format!("{:?} {:?} {members:?} {:?}", room.row, room.asked, room.by_origin())
        };
        let rooms: Vec<String> = self.rooms().map(room).collect();
        let waiting: BTreeMap<_, _> = self.waiting.iter().filter(|(_, waiting)| **waiting > 0).collect();
        let held: Vec<_> = self.held.iter().filter(|(_, held)| **held != Held::default()).collect();
        format!(
            "{} {} {:?}\n{:#?}\n{users:#?}\n{rooms:#?}\n{held:?}\n{bindings:?}\n{waiting:?}\n{:?}",
            self.version, self.node, self.own, self.platforms, self.tellings
        )
    }
}

fn platform(num: PlatformNum, name: &str, kind: PlatformKind) -> PlatformRow {
    PlatformRow {
        num,
        name: name.into(),
        kind,
        standalone: false,
        batch: kind == PlatformKind::Node,
        receipts: false,
        kinds: None,
        store: None,
        via: None,
        support_audio: true,
        support_image: true,
        known: kind != PlatformKind::Unknown,
        filed: false,
        named_by: None,
        lists_users: false,
        told: None,
        token: None,
    }
}

fn user(platform: PlatformNum, id: impl Into<Id>) -> UserRow {
    UserRow {
        platform,
        id: id.into(),
        name: "Ana".into(),
        active: true,
        placeholder: false,
        extras: Extras::default(),
        event: None,
        version: 1,
    }
}

fn room(num: RoomNum, origin: PlatformNum, id: i64) -> RoomRow {
    RoomRow {
        num,
        origin,
        id: id.into(),
        name: "Sala".into(),
        public: true,
        extras: Extras::default(),
        event: Uuid::from_u128(1),
        version: 1,
    }
}

fn members(of: &[(PlatformNum, &[i64])]) -> Members {
    of.iter().map(|(platform, ids)| (*platform, ids.iter().map(|id| Id::from(*id)).collect())).collect()
}

fn announcement(room: RoomNum, by: PlatformNum, event: u128, of: &[(PlatformNum, &[i64])]) -> AnnouncementRow {
    AnnouncementRow {
        room,
        by,
        event: Uuid::from_u128(event),
        members: members(of),
        again: Members::default(),
        former: None,
        banned: Bars::default(),
    }
}

fn registry(entries: &str) -> Arc<Registry> {
    Arc::new(Registry::parse(entries.as_bytes(), "Own", Path::new("platforms.json")).unwrap())
}

/// The app `Own`, and these platforms.
fn directory(platforms: Vec<PlatformRow>) -> Directory {
    let mut directory = Directory::default();
    directory.belongs_to(OwnerRow { node: OWN, standalone: false });
    let own = platform(OWN, "Own", PlatformKind::Node);
    let platforms = std::iter::once(own).chain(platforms).collect();
    directory.apply(store::Directory { version: 1, platforms, ..store::Directory::default() });
    directory
}

#[test]
fn a_name_is_found_however_its_letters_are_written() {
    let directory =
        directory(vec![platform(B, "BuasApp", PlatformKind::Node), platform(C, "Ñandú", PlatformKind::Plain)]);
    for (name, num) in [("BuasApp", Some(B)), ("buasAPP", Some(B)), (" buasapp ", Some(B)), ("ñANDÚ", Some(C))] {
        assert_eq!(directory.resolve(name), num, "{name}");
    }
    for name in ["", "Buas App", "BuasApp2", "Nandu"] {
        assert_eq!(directory.resolve(name), None, "{name}");
    }
    assert_eq!((&*directory.name(C), directory.spelled(B)), ("Ñandú", "BuasApp"), "each keeps its own spelling");
}

#[test]
fn a_former_name_in_the_file_wins_over_who_was_only_mentioned_by_it_until_the_file_drops_it() {
    let mut directory =
        directory(vec![platform(B, "New", PlatformKind::Node), platform(C, "Old", PlatformKind::Unknown)]);
    assert_eq!(directory.resolve("OLD"), Some(C));
    directory.install(&registry(
        r#"[{"id": 2, "name": "New", "aliases": ["old"], "endpoint": "http://new/", "token": "t"}]"#,
    ));
    assert_eq!((directory.resolve("Old"), directory.resolve("new")), (Some(B), Some(B)));
    directory.put_platform(platform(C, "Old", PlatformKind::Unknown));
    assert_eq!(directory.resolve("Old"), Some(B), "a row that comes again takes no name away");
    directory.install(&registry(r#"[{"id": 2, "name": "New", "endpoint": "http://new/", "token": "t"}]"#));
    assert_eq!((directory.resolve("Old"), directory.resolve("New")), (Some(C), Some(B)));
}

#[test]
fn who_was_only_mentioned_has_a_number_and_is_not_known() {
    let mut directory = directory(vec![platform(B, "B", PlatformKind::Plain), platform(C, "C", PlatformKind::Unknown)]);
    assert_eq!(["Own", "b", "c", "d"].map(|name| directory.known(name)), [Some(OWN), Some(B), None, None]);
    assert_eq!(directory.resolve("c"), Some(C));
    directory.install(&registry(r#"[{"id": 3, "name": "C", "endpoint": "http://c/", "token": "t"}]"#));
    assert_eq!(directory.known("c"), Some(C), "the file names it");
}

#[test]
fn a_number_is_given_to_one_platform_only_even_after_it_became_another_one() {
    let mut directory = directory(vec![platform(B, "B", PlatformKind::Node), platform(C, "C", PlatformKind::Node)]);
    assert_eq!(directory.next_platform_num(), 4);
    let rows = store::Directory { merged: vec![(9, B)], ..store::Directory::default() };
    assert!(!directory.is_overturned_by(&rows), "9 was never known here");
    directory.apply(rows);
    assert_eq!(directory.next_platform_num(), 10);
    assert!(directory.is_overturned_by(&store::Directory { merged: vec![(C, B)], ..store::Directory::default() }));
}

/// One who joined, or is only named.
fn joined(num: PlatformNum, token: Option<&str>) -> JoinedRow {
    let way = |token| Way {
        endpoint: format!("http://host-{num}/").parse().unwrap(),
        told: true,
        pair: Pair::begin(Secret::new(token).unwrap(), true),
    };
    let standing = token.map_or(Standing::Removed, |token| Standing::Joined(way(token)));
    JoinedRow { platform: num, standing, by: None, at: 0 }
}

#[test]
fn who_joins_one_by_one_is_known_as_if_all_had_been_loaded_at_once() {
    let names = ["Norte", "sur", "ESTE", "Öst", "p0001"];
    let rows = || (2..).zip(names).map(|(num, name)| platform(num, name, PlatformKind::Node)).collect::<Vec<_>>();
    let file = r#"[{"id": 1, "name": "sur", "endpoint": "http://b/", "token": "of the file"}]"#;
    let mut one_by_one = directory(rows());
    one_by_one.install(&registry(file));
    // Joins, takes another token, is removed, comes back; one stands in the file.
    for (num, token) in [(2, Some("a")), (3, Some("b")), (4, Some("c")), (2, Some("d")), (5, Some("e")), (4, None)] {
        one_by_one.put_joined(joined(num, token));
    }
    one_by_one.put_joined(joined(4, Some("f")));
    let mut at_once = directory(rows());
    at_once.joined = one_by_one.joined.clone();
    at_once.install(&registry(file));

    let entries = |of: &Directory| format!("{:?}", of.entries);
    assert_eq!(entries(&one_by_one), entries(&at_once));
    let sorted = |of: &HashMap<String, PlatformNum>| of.clone().into_iter().collect::<BTreeMap<_, _>>();
    assert_eq!(sorted(&one_by_one.spellings), sorted(&at_once.spellings));
    assert_eq!(sorted(&one_by_one.folded), sorted(&at_once.folded));
    assert_eq!(sorted(&one_by_one.looks), sorted(&at_once.looks));
    let secret = |token| Secret::new(token).unwrap();
    assert_eq!(one_by_one.by_token(&secret("d")), Some(2));
    assert_eq!(one_by_one.by_token(&secret("a")), None);
    assert_eq!(one_by_one.looks_like("Nοrte").as_deref(), Some("Norte"), "with a Greek omicron");
    assert_eq!(one_by_one.looks_like("p0OO1").as_deref(), None, "of one that has not joined");
}

#[test]
fn an_event_goes_by_a_lane_of_its_own_or_through_a_node_that_hosts_or_not_at_all() {
    let hosted = |num, name, via| PlatformRow { via: Some(via), ..platform(num, name, PlatformKind::Plain) };
    let mut directory = directory(vec![
        platform(B, "B", PlatformKind::Node),
        platform(C, "C", PlatformKind::Plain),
        hosted(4, "BehindB", B),
        hosted(5, "BehindC", C),
        PlatformRow { standalone: true, ..platform(6, "Hub", PlatformKind::Node) },
        hosted(7, "BehindHub", 6),
        platform(8, "Off", PlatformKind::Node),
        hosted(9, "BehindOff", 8),
        PlatformRow { filed: true, ..platform(10, "Vanished", PlatformKind::Node) },
        platform(11, "Removed", PlatformKind::Node),
    ]);
    let entry = |id: u32, name: &str, more: &str| {
        format!(r#"{{"id": {id}, "name": "{name}", "endpoint": "http://{name}/", "token": "t{id}"{more}}}"#)
    };
    let entries = [entry(2, "B", ""), entry(3, "C", ""), entry(6, "Hub", ""), entry(8, "Off", r#", "enabled": false"#)];
    directory.install(&registry(&format!("[{}]", entries.join(","))));
    let reach: Vec<Reach> = (1..=11).map(|num| directory.reach(num)).collect();
    let (by, none) = (Reach::Lane, Reach::None);
    assert_eq!(reach, [Reach::Own, by(B), by(C), by(B), none, none, by(6), none, none, none, none]);
    assert_eq!(directory.behind(B), [B, 4]);
    assert_eq!(directory.lanes().collect::<Vec<_>>(), [B, C, 6]);
    assert!(directory.is_hosted(C) && !directory.is_hosted(B) && directory.is_local(OWN) && directory.is_peer(B));
    assert!(directory.was_peer(10) && !directory.was_peer(11) && !directory.was_peer(B));
    let error = directory.unknown_platform("room", "Nobody").to_string();
    assert!(error.contains("Nobody") && error.contains("BehindB") && !error.contains("Vanished"), "{error}");
}

#[test]
fn an_id_is_written_as_it_first_came_among_the_users_then_in_the_room() {
    let text = || Id::from("7");
    let mut directory = directory(vec![platform(B, "B", PlatformKind::Node), platform(C, "C", PlatformKind::Node)]);
    directory.put_user(user(B, "7"));
    directory.put_user(user(C, 7));
    assert!(!directory.canonical(B, &7.into(), None).is_number());
    assert!(directory.canonical(C, &text(), None).is_number());
    assert!(directory.canonical(B, &8.into(), None).is_number(), "one that is not known stays as it is");
    directory.put_room(room(1, B, 4));
    directory.announce(announcement(1, B, 2, &[(C, &[8])]));
    let room = directory.room(1);
    assert!(directory.canonical(C, &"8".into(), room).is_number(), "by the room's members");
    assert!(!directory.canonical(C, &"8".into(), None).is_number());
    let alike = |list: [Id; 2]| directory.written_alike(B, &list.into_iter().collect());
    assert!(!alike([7.into(), "x".into()]), "7 is known as a text there");
    assert!(alike(["x".into(), "07".into()]) && !alike(["x".into(), text()]));
}

#[test]
fn what_an_app_writes_is_an_external_id_or_a_bound_one_or_its_own() {
    let mut directory = directory(vec![platform(B, "B", PlatformKind::Node)]);
    directory.put_user(user(B, 4));
    let row = BindingRow { kind: BindKind::User, platform: B, id: 5.into(), local: "guest-5".into() };
    directory.put_binding(&row);
    let meaning = |id: &str| directory.meaning(BindKind::User, "user", &Ref::from(id)).unwrap();
    let external = |id: &str| directory.meaning(BindKind::User, "user", &id.parse::<ExternalId>().unwrap().into());
    let found = external("b:4").unwrap().unwrap();
    assert_eq!(found, (B, 4.into()));
    assert!(found.1.is_number(), "in the form in which it is known");
    assert_eq!(external("Nobody:4").unwrap_err().kind(), ErrorKind::UnknownPlatform);
    assert_eq!(meaning("guest-5"), Some((B, 5.into())));
    assert_eq!(
        directory.meaning(BindKind::Room, "room", &Ref::from("guest-5")).unwrap(),
        Some((OWN, "guest-5".into())),
        "a user is no room"
    );
    for text in ["b:4", "Nobody:4"] {
        assert_eq!(meaning(text), Some((OWN, text.into())), "a text is the app's own id, whatever it looks like");
    }
    assert_eq!(directory.local(BindKind::User, B, &5.into()), Some(&"guest-5".into()));
    assert_eq!(directory.local(BindKind::User, OWN, &5.into()), None);
    directory.belongs_to(OwnerRow { node: OWN, standalone: true });
    let own = directory.meaning(BindKind::User, "user", &Ref::from("4")).unwrap();
    assert_eq!(own, None, "a standalone node has no ids of its own");
}

#[test]
fn a_room_is_found_by_its_origin_and_id_and_by_its_number() {
    let mut directory = directory(vec![platform(B, "B", PlatformKind::Node), platform(C, "C", PlatformKind::Node)]);
    assert_eq!(directory.next_room_num(), 1);
    for (num, origin, id) in [(1, B, 4), (2, C, 4), (5, B, 5)] {
        directory.put_room(room(num, origin, id));
    }
    let found = |origin, id: &str| directory.find_room(origin, &id.into()).map(|room| room.num());
    assert_eq!([found(B, "4"), found(C, "4"), found(B, "5"), found(C, "5")], [Some(1), Some(2), Some(5), None]);
    assert_eq!(directory.rooms_from(2).map(|room| room.num()).collect::<Vec<_>>(), [2, 5]);
    assert_eq!(directory.next_room_num(), 6);
}

#[test]
fn what_a_platform_makes_others_hold_is_counted_by_its_last_announcements() {
    let mut directory = directory(vec![platform(B, "B", PlatformKind::Node), platform(C, "C", PlatformKind::Node)]);
    let held = |directory: &Directory, by| (directory.held(by).rooms, directory.held(by).memberships);
    directory.put_room(room(1, B, 4));
    directory.put_room(room(2, B, 5));
    directory.announce(announcement(1, B, 2, &[(B, &[1, 2]), (C, &[1])]));
    directory.announce(announcement(2, B, 3, &[(B, &[1])]));
    directory.announce(announcement(1, C, 4, &[(C, &[1, 2, 3])]));
    assert_eq!((held(&directory, B), held(&directory, C)), ((2, 4), (0, 3)));
    directory.announce(announcement(1, B, 5, &[(B, &[1])]));
    directory.put_room(room(1, B, 4));
    assert_eq!(
        (held(&directory, B), held(&directory, C)),
        ((2, 2), (0, 3)),
        "a row that comes again is no second room"
    );
    directory.announce(announcement(1, C, 6, &[]));
    assert_eq!(held(&directory, C), (0, 0));
    directory.announce(announcement(9, C, 7, &[(C, &[1])]));
    assert_eq!(held(&directory, C), (0, 0), "a room that is not there holds nothing");
}

#[test]
fn what_is_read_anew_takes_the_place_of_all_that_was_known_but_the_registry() {
    let rows = || store::Directory {
        version: 3,
        platforms: vec![platform(OWN, "Own", PlatformKind::Node), platform(B, "B", PlatformKind::Node)],
        users: vec![user(B, 1)],
        rooms: vec![room(1, B, 4)],
        announcements: vec![announcement(1, B, 2, &[(B, &[1]), (OWN, &[6])])],
        bindings: vec![BindingRow { kind: BindKind::User, platform: B, id: 1.into(), local: "ana".into() }],
        lanes: vec![LaneRow { dest: B, waiting: 2 }],
        ..store::Directory::default()
    };
    let mut directory = directory(vec![]);
    directory.install(&registry(r#"[{"id": 2, "name": "B", "endpoint": "http://b/", "token": "t"}]"#));
    directory.replace(rows());
    let (before, revision) = (directory.shown(), directory.revision());
    directory.version = 8;
    directory.put_platform(platform(C, "C", PlatformKind::Node));
    directory.put_user(user(B, 2));
    directory.put_room(room(2, C, 1));
    directory.announce(announcement(1, B, 5, &[(B, &[3])]));
    directory.put_binding(&BindingRow { kind: BindKind::User, platform: B, id: 2.into(), local: "eva".into() });
    directory.wait([(B, 1), (C, 1)]);
    assert_ne!(directory.shown(), before);
    directory.replace(rows());
    assert_eq!(directory.shown(), before);
    assert_eq!((directory.resolve("C"), directory.bound(BindKind::User, &"eva".into())), (None, None));
    assert_eq!(directory.reach(B), Reach::Lane(B), "the registry is in force");
    assert!(directory.revision() > revision, "who made a list of it makes it anew");
}

#[test]
fn what_waits_and_what_is_told_changes_nothing_that_is_known() {
    let nothing = store::Directory { version: 9, ..store::Directory::default() };
    assert!(!Directory::is_changed_by(&nothing));
    let lanes = vec![LaneRow { dest: B, waiting: 7 }];
    assert!(!Directory::is_changed_by(&store::Directory { lanes, ..store::Directory::default() }));
    for rows in [
        store::Directory { users: vec![user(B, 2)], ..store::Directory::default() },
        store::Directory { rooms: vec![room(2, B, 1)], ..store::Directory::default() },
        store::Directory { platforms: vec![platform(B, "B", PlatformKind::Node)], ..store::Directory::default() },
        store::Directory { announcements: vec![announcement(1, B, 5, &[])], ..store::Directory::default() },
    ] {
        assert!(Directory::is_changed_by(&rows));
    }
}
