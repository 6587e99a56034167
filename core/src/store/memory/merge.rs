//! Two platforms turned out to be one. Of what both have under one key, the row with the greater event id stays.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use uuid::Uuid;

use super::tables::{Tables, Taken};
use crate::model::EventKind;
use crate::store::{Bars, EventRow, Facet, MarkRow, Members, PlatformNum, RoomNum, UserRow, add_barred};

/// `from` turned out to be `into`; `version` is what changed rows of the directory get.
pub(super) fn platforms(tables: &mut Tables, from: PlatformNum, into: PlatformNum, version: u64) {
    let mut merge = Merge { tables, from, into, version, rooms: BTreeMap::new() };
    merge.find_rooms();
    merge.announcements();
    merge.room_rows();
    merge.users_and_bindings();
    merge.marks();
    merge.platform_rows();
    merge.outbox();
    merge.inbox();
    merge.taken();
    merge.messages();
}

struct Merge<'a> {
    tables: &'a mut Tables,
    from: PlatformNum,
    into: PlatformNum,
    version: u64,
    /// Rooms that both have, each with that which it becomes.
    rooms: BTreeMap<RoomNum, RoomNum>,
}

impl Merge<'_> {
    fn num(&self, platform: PlatformNum) -> PlatformNum {
        if platform == self.from { self.into } else { platform }
    }

    fn room(&self, room: RoomNum) -> RoomNum {
        self.rooms.get(&room).copied().unwrap_or(room)
    }

    fn find_rooms(&mut self) {
        let of = |origin| self.tables.rooms.values().filter(move |room| room.origin == origin);
        let both =
            of(self.from).flat_map(|gone| of(self.into).filter(|kept| kept.id == gone.id).map(|k| (gone.num, k.num)));
        self.rooms = both.collect();
    }

    fn members(&self, members: &Members) -> Members {
        let mut renamed = Members::default();
        for (platform, ids) in members {
            renamed.entry(self.num(*platform)).or_default().extend(ids.iter().cloned());
        }
        renamed
    }

    /// In a room of one of the two, what the other announced was about members of its own only.
    fn announcements(&mut self) {
        let mut all: BTreeMap<_, (crate::store::AnnouncementRow, u64)> = BTreeMap::new();
        for ((room, by), (row, stamp)) in self.tables.announcements.iter() {
            let origin = self.tables.rooms.get(room).map(|room| room.origin);
            let other = |one, other| origin == Some(one) && *by == other;
            if other(self.from, self.into) || other(self.into, self.from) {
                continue;
            }
            let mut new = row.clone();
            (new.room, new.by) = (self.room(*room), self.num(*by));
            (new.members, new.again) = (self.members(&row.members), self.members(&row.again));
            new.former = row.former.as_ref().map(|former| self.members(former));
            new.banned = Bars::default();
            row.banned.iter().for_each(|(of, barred)| add_barred(&mut new.banned, self.num(*of), barred.clone()));
            let stamp = if new == *row { *stamp } else { self.version };
            let known = all.get(&(new.room, new.by));
            if known.is_none_or(|(known, _)| known.event < new.event) {
                all.insert((new.room, new.by), (new, stamp));
            }
        }
        for (row, stamp) in all.values() {
            if *stamp == self.version
                && let Some(room) = self.tables.rooms.edit().get_mut(&row.room)
            {
                room.version = self.version;
            }
        }
        *self.tables.announcements.edit() = all;
    }

    fn room_rows(&mut self) {
        for (gone, kept) in self.rooms.clone() {
            let rooms = self.tables.rooms.edit();
            let Some(gone) = rooms.remove(&gone) else { continue };
            let Some(kept) = rooms.get_mut(&kept) else { continue };
            kept.version = self.version;
            if kept.event < gone.event {
                (kept.name, kept.public, kept.event) = (gone.name, gone.public, gone.event);
                kept.extras = gone.extras;
            }
        }
        for room in self.tables.rooms.edit().values_mut().filter(|room| room.origin == self.from) {
            (room.origin, room.version) = (self.into, self.version);
        }
        let mut asked = std::mem::take(&mut self.tables.asked);
        asked.rewrite(|(room, (mut row, stamp))| {
            let members = self.members(&row.members);
            let stamp = if members == row.members { stamp } else { self.version };
            (row.room, row.members) = (self.room(room), members);
            Some((row.room, (row, stamp)))
        });
        self.tables.asked = asked;
    }

    fn users_and_bindings(&mut self) {
        let (from, into, version) = (self.from, self.into, self.version);
        let gone: Vec<UserRow> = self.tables.users.values().filter(|user| user.platform == from).cloned().collect();
        let users = self.tables.users.edit();
        for user in gone {
            users.remove(&(from, user.id.clone()));
            let key = (into, user.id.clone());
            let better = |known: &UserRow| !user.placeholder && (known.placeholder || user.event > known.event);
            if users.get(&key).is_none_or(better) {
                users.insert(key, UserRow { platform: into, version, ..user });
            }
        }
        let known = self.tables.bindings.clone();
        self.tables.bindings.rewrite(|((room, platform, id), (mut row, stamp))| {
            if platform != from {
                return Some(((room, platform, id), (row, stamp)));
            }
            row.platform = into;
            let key = (room, into, id);
            (!known.contains_key(&key)).then_some((key, (row, version)))
        });
    }

    fn marks(&mut self) {
        let mut all: BTreeMap<(RoomNum, PlatformNum), MarkRow> = BTreeMap::new();
        for mark in self.tables.marks.values() {
            let new = MarkRow { room: self.room(mark.room), platform: self.num(mark.platform), ..*mark };
            let known = all.entry((new.room, new.platform)).or_insert(new);
            if known.event < new.event {
                *known = new;
            }
        }
        *self.tables.marks.edit() = all;
    }

    fn platform_rows(&mut self) {
        let (from, into, version) = (self.from, self.into, self.version);
        let tables = &mut *self.tables;
        let num = |platform| if platform == from { into } else { platform };
        tables.platforms.edit().remove(&from);
        for (row, stamp) in tables.platforms.edit().values_mut() {
            let before = row.clone();
            (row.via, row.named_by) = (row.via.map(num), row.named_by.map(num));
            row.told.iter_mut().for_each(|told| told.lane = num(told.lane));
            if *row != before {
                *stamp = version;
            }
        }
        tables.merged.edit().values_mut().for_each(|(known, _)| *known = num(*known));
        tables.merged.edit().insert(from, (into, version));
        tables.tellings.edit().retain(|(lane, platform), _| *lane != from && *platform != from);
        tables.lanes.edit().remove(&from);
        tables.contacts.edit().remove(&from);
        // An entry of the file made the two one, and says how it is reached.
        tables.joined.edit().remove(&from);
        for (row, stamp) in tables.joined.edit().values_mut().filter(|(row, _)| row.by == Some(from)) {
            (row.by, *stamp) = (Some(into), version);
        }
        let used = tables.invites.edit().values_mut().filter_map(|row| row.used.as_mut());
        used.for_each(|used| used.by = num(used.by));
        tables.owner.iter_mut().for_each(|owner| owner.node = num(owner.node));
    }

    fn event(&self, event: &mut EventRow) {
        event.platform = self.num(event.platform);
        event.source = event.source.map(|source| self.num(source));
        event.room = event.room.map(|room| self.room(room));
    }

    fn outbox(&mut self) {
        let from = self.from;
        let mut tables = std::mem::take(self.tables);
        for (event, _) in tables.events.edit().values_mut() {
            self.event(Arc::make_mut(event));
        }
        tables.outbox.edit().retain(|(dest, _), ()| *dest != from);
        tables.passed.rewrite(|((lane, upto), at)| Some(((self.num(lane), upto), at)));
        for receipt in tables.receipts.edit().values_mut() {
            let mut to: Vec<(PlatformNum, PlatformNum)> = Vec::new();
            for (platform, lane) in receipt.to.iter().map(|(platform, lane)| (self.num(*platform), self.num(*lane))) {
                if !to.iter().any(|(known, _)| *known == platform) {
                    to.push((platform, lane));
                }
            }
            receipt.to = to;
            receipt.hosted = receipt.hosted.map(|num| self.num(num));
        }
        tables.fates.rewrite(|((event, platform), mut fate)| {
            fate.platform = self.num(platform);
            Some(((event, fate.platform), fate))
        });
        for dead in tables.dead.edit().values_mut() {
            dead.dest = self.num(dead.dest);
            self.event(&mut dead.event);
            self.note(dead.event.kind, &mut dead.event.body);
        }
        tables.keys.rewrite(|((platform, key), mut row)| {
            row.platform = self.num(platform);
            let mut to: Vec<PlatformNum> = Vec::new();
            for platform in row.to.iter().map(|platform| self.num(*platform)) {
                if !to.contains(&platform) {
                    to.push(platform);
                }
            }
            row.to = to;
            Some(((row.platform, key), row))
        });
        *self.tables = tables;
    }

    /// What the app is told of deliveries.
    fn note(&self, kind: EventKind, body: &mut bytes::Bytes) {
        if kind == EventKind::Delivery
            && let Ok(mut told) = serde_json::from_slice::<Value>(body)
            && told.get("platform") == Some(&json!(self.from))
        {
            told["platform"] = json!(self.into);
            *body = told.to_string().into();
        }
    }

    fn inbox(&mut self) {
        let mut tables = std::mem::take(self.tables);
        for event in tables.inbox.edit().values_mut() {
            event.platform = self.num(event.platform);
            event.room = event.room.map(|room| self.room(room));
            self.note(event.kind, &mut event.body);
        }
        for row in tables.parked.edit().values_mut() {
            (row.origin, row.peer) = (self.num(row.origin), self.num(row.peer));
            row.of = row.of.map(|(platform, event)| (self.num(platform), event));
            self.event(&mut row.event);
        }
        *self.tables = tables;
    }

    /// What was taken from both is taken from one.
    fn taken(&mut self) {
        let Some(gone) = self.tables.taken.edit().remove(&self.from) else { return };
        let kept: &mut Taken = Arc::make_mut(self.tables.taken.edit().entry(self.into).or_default());
        let new: Vec<(Uuid, i64)> = gone.order.iter().filter(|(id, _)| !kept.ids.contains_key(id)).copied().collect();
        kept.ids.extend(new.iter().map(|(id, _)| (*id, gone.ids.get(id).copied().flatten())));
        kept.order.extend(new);
        kept.order.sort_by_key(|(_, at)| *at);
        kept.forgotten = kept.forgotten.max(gone.forgotten);
    }

    /// What is remembered of messages, by platform and room.
    fn messages(&mut self) {
        let mut tables = std::mem::take(self.tables);
        for taken in tables.taken.edit().values_mut() {
            let rooms = Arc::make_mut(taken).ids.values_mut().filter_map(Option::as_mut);
            rooms.for_each(|room| *room = self.room(*room));
        }
        tables.changed.rewrite(|(mut key, (counting, holder))| {
            key.platform = self.num(key.platform);
            if let Facet::Reaction { by, .. } = &mut key.facet {
                *by = self.num(*by);
            }
            Some((key, (counting, self.num(holder))))
        });
        *self.tables = tables;
    }
}
