//! What a platform has missed: told once, before anything else, when it is new here or is reached in another way.
//!
//! It is not stored: a telling is a position in the directory, and what comes next is made of the directory as it is when it
//! is sent. A node is told what comes from here or from platforms hosted here: its other peers tell it their own. A plain
//! platform is told all that its gateway knows. Everything goes under the event id in force, so a receiver that has it
//! already takes it as a duplicate.

use uuid::Uuid;

use crate::directory::room::Room;
use crate::directory::{Directory, Reach};
use crate::model::EventKind;
use crate::rules::announcement::{announcement_of, whole};
use crate::store::{EventRow, PlatformKind, PlatformNum, PlatformRow, Position, TellingRow, UserRow};
use crate::util::event_id::derived;
use crate::wire::{PlatformBody, UserBody, write};

/// One thing that is told, and how far the telling is with it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Said {
    pub event: EventRow,
    pub upto: Position,
}

/// What a telling says next, at most `most`; nothing when it is at its end. `store` is the id of this node's store.
pub(crate) fn next(directory: &Directory, row: &TellingRow, store: Uuid, now: i64, most: usize) -> Vec<Said> {
    let behind = directory.behind(row.lane);
    if behind.is_empty() {
        return Vec::new();
    }
    let node = directory.kind(row.lane) == PlatformKind::Node;
    let telling = Telling { directory, row, store, now, behind, node };
    telling.platforms().chain(telling.users()).chain(telling.rooms()).take(most).collect()
}

struct Telling<'a> {
    directory: &'a Directory,
    row: &'a TellingRow,
    store: Uuid,
    now: i64,
    behind: Vec<PlatformNum>,
    /// Whether the newcomer is a node.
    node: bool,
}

impl Telling<'_> {
    /// Everything, not only what concerns one platform that is new behind a node.
    fn everything(&self) -> bool {
        self.row.platform == self.row.lane
    }

    fn is_behind(&self, platform: PlatformNum) -> bool {
        self.directory.reach(platform) == Reach::Lane(self.row.lane)
    }

    /// The peer through which what this platform says comes here; None if it enters here.
    fn source(&self, platform: PlatformNum) -> Option<PlatformNum> {
        (!self.directory.is_local(platform)).then(|| self.directory.via(platform).unwrap_or(platform))
    }

    fn event(&self, id: Uuid, kind: EventKind, platform: PlatformNum, body: Vec<u8>) -> EventRow {
        let source = self.source(platform);
        EventRow { id, kind, platform, source, room: None, at: self.now, again: false, body: body.into() }
    }

    /// Whom this node hosts.
    fn platforms(&self) -> impl Iterator<Item = Said> {
        let from = match self.row.upto {
            None => Some(0),
            Some(Position::Platform(last)) => Some(last + 1),
            Some(_) => None,
        };
        let from = from.filter(|_| self.node && self.everything());
        let directory = self.directory;
        let plain = |num: PlatformNum| directory.is_hosted(num) && directory.kind(num) == PlatformKind::Plain;
        let hosted = from.into_iter().flat_map(|from| directory.platforms.range(from..)).map(|(_, row)| row);
        hosted.filter(move |row| plain(row.num)).map(|row| {
            let run = self.row.run.to_le_bytes();
            let id = derived(&[self.store.as_bytes(), b"platform", &run, row.name.as_bytes()]);
            let node = directory.name(directory.node);
            let event =
                self.event(id, EventKind::Platform, directory.node, write::platform(&node, &hosted_body(&node, row)));
            Said { event: EventRow { source: None, ..event }, upto: Position::Platform(row.num) }
        })
    }

    fn users(&self) -> impl Iterator<Item = Said> {
        let after = match &self.row.upto {
            None | Some(Position::Platform(_)) => Some((0, None)),
            Some(Position::User(platform, id)) => Some((*platform, Some(id))),
            Some(Position::Room(..)) => None,
        };
        let after = after.filter(|_| self.everything());
        let platforms = after.into_iter().flat_map(|(platform, id)| {
            let rows = self.directory.platforms.range(platform..).map(|(_, row)| row);
            rows.map(move |row| (row, id.filter(|_| row.num == platform)))
        });
        let concerned = platforms.filter(|(row, _)| {
            let active = self.directory.reach(row.num) != Reach::None && !self.is_behind(row.num);
            active && (!self.node || self.directory.is_local(row.num))
        });
        concerned.flat_map(|(row, after)| {
            let users: Box<dyn Iterator<Item = &UserRow>> = match after {
                Some(id) => Box::new(self.directory.users_after(row.num, id)),
                None => Box::new(self.directory.users(row.num)),
            };
            let missed = users.filter(|user| {
                // What came later waits in the lane already.
                user.active && !user.placeholder && user.version > self.row.since && user.version <= self.row.run
            });
            missed.map(|user| self.user(row, user))
        })
    }

    fn user(&self, platform: &PlatformRow, user: &UserRow) -> Said {
        let (name, id) = (&*platform.name, user.id.as_str());
        let never_announced = || {
            let own = [self.store.as_bytes(), b"user".as_slice(), name.as_bytes(), id.as_bytes(), user.name.as_bytes()];
            let avatar = user.extras.avatar().map(str::as_bytes);
            derived(&own.into_iter().chain(avatar).collect::<Vec<_>>())
        };
        let extras = user.extras.clone();
        let body = UserBody { id: user.id.clone(), name: user.name.to_string(), active: true, extras };
        let event = user.event.unwrap_or_else(never_announced);
        let event = self.event(event, EventKind::User, platform.num, write::user(name, &body));
        Said { event, upto: Position::User(platform.num, user.id.clone()) }
    }

    fn rooms(&self) -> impl Iterator<Item = Said> {
        let (from, after) = match self.row.upto {
            Some(Position::Room(room, by)) => (room, Some((room, by))),
            _ => (0, None),
        };
        let concerned = move |room: &&Room| {
            let concerns = |platform: &PlatformNum| room.has_any(*platform);
            let it = if self.everything() {
                room.row.public || self.behind.iter().any(concerns)
            } else {
                // Public ones were for the others behind this node too.
                !room.row.public && concerns(&self.row.platform)
            };
            // What changed later waits in the lane already: to a plain platform as the whole room, to a node by whom it was.
            it && room.row.version > self.row.since && (self.node || room.row.version <= self.row.run)
        };
        self.directory.rooms_from(from).filter(concerned).flat_map(move |room| {
            let said = self.room(room);
            let told = after
                .filter(|(num, _)| *num == room.num())
                .and_then(|(_, by)| said.iter().position(|said| said.upto == Position::Room(room.num(), by)));
            said.into_iter().skip(told.map_or(0, |n| n + 1))
        })
    }

    /// A plain platform gets a room whole. A node gets each announcement that entered here.
    fn room(&self, room: &Room) -> Vec<Said> {
        let origin = room.row.origin;
        let said = |id, by, source, body: Vec<u8>| Said {
            event: EventRow { source, room: Some(room.num()), ..self.event(id, EventKind::Room, by, body) },
            upto: Position::Room(room.num(), by),
        };
        if !self.node {
            let its_own = origin == self.row.lane;
            if its_own && room.announcers().next().is_none() {
                return Vec::new();
            }
            let source = if its_own { Some(origin) } else { self.source(origin) };
            return vec![said(room.row.event, origin, source, whole(self.directory, room))];
        }
        let announced = room.announced_by(origin);
        // In a private room an earlier one counts as well: whom it took out is out.
        let others = room.announcers().filter(|(_, event)| !room.row.public || Some(*event) > announced);
        let all = announced.map(|id| (origin, id)).into_iter().chain(others);
        let from_here = all.filter(|(by, _)| self.directory.is_local(*by) && !self.is_behind(*by));
        from_here.map(|(by, id)| said(id, by, None, announcement_of(self.directory, room, by))).collect()
    }
}

/// What peers are told of a platform that `node` hosts.
pub(super) fn hosted_body(node: &str, row: &PlatformRow) -> PlatformBody {
    let body = PlatformBody::of(&*row.name, row.support_audio, row.support_image);
    PlatformBody { via: Some(node.to_owned()), ..body }
}
