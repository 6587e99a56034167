//! The directory in memory: platforms, users, rooms with their members, bindings. No I/O.
//!
//! It is what decisions are taken from, so it must be complete: it is loaded whole at open, changed together with the
//! store inside the writer's transaction, and follows what other processes wrote before anything is decided
//! ([`crate::commit::writer`]). The registry file's entries are part of it, by the number of their platform.

mod people;
pub(crate) mod room;
pub(crate) mod target;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::directory::people::People;
use crate::directory::room::{Room, held};
use crate::model::name::{fold, skeletons};
use crate::model::{BindKind, ExternalId, Id};
use crate::registry::{Entry, Registry};
use crate::store::{
    self, AnnouncementRow, AskedRow, BindingRow, Ids, OwnerRow, PlatformKind, PlatformNum, PlatformRow, RoomNum,
    RoomRow, TellingRow, TokenDigest, UserRow,
};
use crate::util::hash::HashMap;
use crate::{Error, ErrorKind};

/// How an event gets to a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// It is the app itself.
    Own,
    /// Through the lane of this platform: itself, or the node that hosts it.
    Lane(PlatformNum),
    /// Not at all: unknown, disabled, vanished, or a standalone node (which is no platform).
    None,
}

#[derive(Debug, Default)]
pub(crate) struct Directory {
    /// The version up to which it is complete.
    pub version: u64,
    /// Which state of platforms and users this is, among all that there were in this process.
    revision: u64,
    /// The node itself: its platform, or its own name if it is standalone.
    pub node: PlatformNum,
    /// The app's own platform; None for a standalone node.
    pub own: Option<PlatformNum>,
    pub platforms: BTreeMap<PlatformNum, PlatformRow>,
    registry: Arc<Registry>,
    entries: BTreeMap<PlatformNum, Arc<Entry>>,
    /// Exact names, then folded names and aliases.
    names: HashMap<Arc<str>, PlatformNum>,
    folded: HashMap<String, PlatformNum>,
    /// The folded spellings of the registry's entries: they win over a platform of that name that was only mentioned before.
    spellings: HashMap<String, PlatformNum>,
    users: People,
    rooms: BTreeMap<RoomNum, Room>,
    room_nums: HashMap<(PlatformNum, Id), RoomNum>,
    held: BTreeMap<PlatformNum, Held>,
    /// The platforms of which an id came as a text that reads like an integer, which may be a user known by the integer.
    two_forms: HashSet<PlatformNum>,
    local: HashMap<(BindKind, PlatformNum, Id), Id>,
    external: HashMap<(BindKind, Id), (PlatformNum, Id)>,
    /// How many events wait for each destination.
    waiting: BTreeMap<PlatformNum, u64>,
    /// What lanes are telling, by the lane and who is new there.
    tellings: BTreeMap<(PlatformNum, PlatformNum), TellingRow>,
    /// Platforms that turned out to be others.
    merged: BTreeMap<PlatformNum, PlatformNum>,
}

/// What a platform makes this node hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Rooms of its own.
    pub rooms: usize,
    /// Members that it announced, over all rooms.
    pub memberships: usize,
}

impl Directory {
    /// Takes rows in: all of them at open, what changed later on.
    pub(crate) fn apply(&mut self, rows: store::Directory) {
        self.version = self.version.max(rows.version);
        let platforms = !rows.platforms.is_empty();
        for row in rows.platforms {
            self.put_platform(row);
        }
        for row in rows.users {
            self.put_user(row);
        }
        for row in rows.rooms {
            self.put_room(row);
        }
        for row in rows.asked {
            self.put_asked(row);
        }
        for row in rows.announcements {
            self.announce(row);
        }
        for row in rows.bindings {
            self.put_binding(&row);
        }
        self.waiting = rows.lanes.iter().map(|l| (l.dest, l.waiting)).collect();
        self.tellings = rows.tellings.into_iter().map(|row| ((row.lane, row.platform), row)).collect();
        self.merged.extend(rows.merged);
        if platforms {
            self.install(&self.registry.clone());
        }
    }

    /// Forgets everything but the registry, and takes all rows in again.
    pub(crate) fn replace(&mut self, rows: store::Directory) {
        let registry = std::mem::take(&mut self.registry);
        *self = Directory { registry, own: self.own, node: self.node, ..Directory::default() };
        self.revise();
        self.apply(rows);
    }

    /// Whether these rows say of platforms that they turned out to be others: then all that is known must be read again.
    pub(crate) fn is_overturned_by(&self, rows: &store::Directory) -> bool {
        rows.merged.iter().any(|(num, _)| self.platforms.contains_key(num))
    }

    /// Whose it is.
    pub(crate) fn belongs_to(&mut self, owner: OwnerRow) {
        self.node = owner.node;
        self.own = (!owner.standalone).then_some(owner.node);
        self.revise();
    }

    /// Changes whenever a platform or a user does.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    fn revise(&mut self) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.revision = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    }

    // ---- platforms

    pub(crate) fn put_platform(&mut self, row: PlatformRow) {
        self.put_name(&row.name, row.num);
        self.platforms.insert(row.num, row);
        self.revise();
    }

    fn put_name(&mut self, name: &Arc<str>, num: PlatformNum) {
        let folded = fold(name);
        let num = self.spellings.get(&folded).copied().unwrap_or(num);
        self.names.insert(name.clone(), num);
        self.folded.insert(folded, num);
    }

    /// Puts the registry's entries in force; each has a platform row already.
    pub(crate) fn install(&mut self, registry: &Arc<Registry>) {
        self.registry = registry.clone();
        self.revise();
        self.rename([]);
        let entries = registry.entries().iter().filter_map(|entry| Some((self.num_of(entry)?, entry)));
        let entries: BTreeMap<PlatformNum, Arc<Entry>> = entries.map(|(num, e)| (num, Arc::new(e.clone()))).collect();
        let spellings = entries.iter().flat_map(|(num, entry)| entry.spellings().map(|name| (fold(name), *num)));
        self.rename(spellings);
        self.entries = entries;
    }

    /// The registry that is in force.
    pub(crate) fn registry(&self) -> &Registry {
        &self.registry
    }

    /// The platform of this entry: it may have been known by one of its aliases before.
    pub(crate) fn num_of(&self, entry: &Entry) -> Option<PlatformNum> {
        entry.spellings().find_map(|name| self.resolve(name))
    }

    /// Puts these spellings in force in place of those of before.
    pub(crate) fn rename(&mut self, spellings: impl IntoIterator<Item = (String, PlatformNum)>) {
        self.spellings = spellings.into_iter().collect();
        self.folded = self.spellings.clone();
        self.names.clear();
        let names: Vec<_> = self.platforms.values().map(|row| (row.name.clone(), row.num)).collect();
        for (name, num) in names {
            self.put_name(&name, num);
        }
    }

    pub(crate) fn resolve(&self, name: &str) -> Option<PlatformNum> {
        self.names.get(name).or_else(|| self.folded.get(&fold(name))).copied()
    }

    /// The platform that this name is not but can be taken for: one of the registry file, even if it has vanished from there,
    /// or the node itself.
    pub(crate) fn looks_like(&self, name: &str) -> Option<Arc<str>> {
        let is_filed = |num| num == self.node || self.belongs_to_the_file(num);
        if self.resolve(name).is_some_and(is_filed) {
            return None;
        }
        if let Some(entry) = self.registry.looks_like(name) {
            return Some(entry.name.clone());
        }
        let looks = skeletons(name);
        let mut without_entry =
            self.platforms.values().filter(|row| is_filed(row.num) && self.entry(row.num).is_none());
        let alike = |row: &&PlatformRow| skeletons(&row.name).iter().any(|look| looks.contains(look));
        without_entry.find(alike).map(|row| row.name.clone())
    }

    /// The platform of this name, unless it was only mentioned by somebody.
    pub(crate) fn known(&self, name: &str) -> Option<PlatformNum> {
        self.resolve(name).filter(|num| self.is_known(*num))
    }

    fn is_known(&self, num: PlatformNum) -> bool {
        Some(num) == self.own
            || self.entries.contains_key(&num)
            || self.platforms.get(&num).is_some_and(|row| row.known)
    }

    pub(crate) fn platform(&self, num: PlatformNum) -> Option<&PlatformRow> {
        self.platforms.get(&num)
    }

    pub(crate) fn name(&self, num: PlatformNum) -> Arc<str> {
        self.platforms.get(&num).map_or_else(|| "?".into(), |row| row.name.clone())
    }

    /// The same where it is only looked at.
    pub(crate) fn spelled(&self, num: PlatformNum) -> &str {
        self.platforms.get(&num).map_or("?", |row| &row.name)
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

    /// An entry with an endpoint that is in force: a lane of its own.
    pub(crate) fn is_lane(&self, num: PlatformNum) -> bool {
        num != self.node && self.entries.get(&num).is_some_and(|e| e.enabled && e.via.is_none())
    }

    /// The platforms with a lane of their own.
    pub(crate) fn lanes(&self) -> impl Iterator<Item = PlatformNum> {
        self.entries.keys().copied().filter(|num| self.is_lane(*num))
    }

    /// A node that this one knew as a peer until the registry file named it no longer.
    pub(crate) fn was_peer(&self, num: PlatformNum) -> bool {
        self.entry(num).is_none() && self.kind(num) == PlatformKind::Node
    }

    /// The platform that had this token when the registry file named it last.
    pub(crate) fn vanished(&self, token: TokenDigest) -> Option<PlatformNum> {
        let had_it = |row: &&PlatformRow| row.token == Some(token) && self.entry(row.num).is_none();
        self.platforms.values().find(had_it).map(|row| row.num)
    }

    /// Stands, or once stood, in the registry file: no peer's word counts for it.
    pub(crate) fn belongs_to_the_file(&self, num: PlatformNum) -> bool {
        self.entries.contains_key(&num) || self.platforms.get(&num).is_some_and(|row| row.filed)
    }

    /// How many platforms were first named by this peer, and never by the registry file.
    pub(crate) fn named_by(&self, peer: PlatformNum) -> usize {
        self.platforms.values().filter(|row| row.named_by == Some(peer) && !row.filed).count()
    }

    /// A platform whose gateway this node is (or may be: it has not answered yet).
    pub(crate) fn is_hosted(&self, num: PlatformNum) -> bool {
        self.is_lane(num) && self.kind(num) != PlatformKind::Node
    }

    /// Whether what this platform says enters here.
    pub(crate) fn is_local(&self, num: PlatformNum) -> bool {
        Some(num) == self.own || self.is_hosted(num)
    }

    /// A node that this one knows as a peer.
    pub(crate) fn is_peer(&self, num: PlatformNum) -> bool {
        self.is_lane(num) && self.kind(num) == PlatformKind::Node
    }

    /// The node that hosts this platform, by the registry or by that node's own word.
    pub(crate) fn via(&self, num: PlatformNum) -> Option<PlatformNum> {
        match self.entries.get(&num) {
            Some(entry) if entry.enabled => entry.via.as_deref().and_then(|name| self.resolve(name)),
            Some(_) => None,
            None => self.platforms.get(&num).filter(|row| !row.filed).and_then(|row| row.via),
        }
    }

    pub(crate) fn reach(&self, num: PlatformNum) -> Reach {
        if Some(num) == self.own {
            return Reach::Own;
        }
        if self.is_lane(num) {
            let standalone = self.platforms.get(&num).is_some_and(|row| row.standalone);
            return if standalone { Reach::None } else { Reach::Lane(num) };
        }
        match self.via(num) {
            // Only a node hosts others; one that has not answered yet may be one.
            Some(host) if self.is_lane(host) && self.kind(host) != PlatformKind::Plain => Reach::Lane(host),
            _ => Reach::None,
        }
    }

    /// The platforms that this lane carries to.
    pub(crate) fn behind(&self, lane: PlatformNum) -> Vec<PlatformNum> {
        self.platforms.keys().copied().filter(|num| self.reach(*num) == Reach::Lane(lane)).collect()
    }

    // ---- what lanes are telling

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

    /// Every platform that takes part, this app's own included.
    pub(crate) fn active(&self) -> impl Iterator<Item = &PlatformRow> {
        self.platforms.values().filter(|row| self.reach(row.num) != Reach::None)
    }

    /// The error for a name that nobody knows, with the names that are known.
    pub(crate) fn unknown_platform(&self, field: &str, name: &str) -> Error {
        let known: Vec<&str> = self.active().map(|row| &*row.name).collect();
        let shown: String = name.chars().take(64).collect();
        let message = format!("no platform {shown:?} is known here; known: {}", known.join(", "));
        Error::new(ErrorKind::UnknownPlatform, message).within(field)
    }

    // ---- users

    pub(crate) fn put_user(&mut self, row: UserRow) {
        self.note_forms(row.platform, [&row.id]);
        self.users.put(row);
        self.revise();
    }

    pub(crate) fn user(&self, platform: PlatformNum, id: &str) -> Option<&UserRow> {
        self.users.get(platform, id)
    }

    pub(crate) fn users(&self, platform: PlatformNum) -> impl Iterator<Item = &UserRow> {
        self.users.of(platform)
    }

    /// How many users of a platform are known, those who are gone included.
    pub(crate) fn user_count(&self, platform: PlatformNum) -> usize {
        self.users.count(platform)
    }

    fn note_forms<'a>(&mut self, platform: PlatformNum, ids: impl IntoIterator<Item = &'a Id>) {
        if ids.into_iter().any(|id| !id.is_number() && id.has_two_forms()) {
            self.two_forms.insert(platform);
        }
    }

    /// Whether an id of this platform may be known in another form than this one.
    fn may_differ(&self, platform: PlatformNum, id: &Id) -> bool {
        if id.is_number() { self.two_forms.contains(&platform) } else { id.has_two_forms() }
    }

    /// Whether none of these ids may be known in another form.
    pub(crate) fn written_alike(&self, platform: PlatformNum, ids: &Ids) -> bool {
        let two_forms = self.two_forms.contains(&platform);
        !ids.iter().any(|id| if id.is_number() { two_forms } else { id.has_two_forms() })
    }

    /// The users of a platform behind this one.
    pub(crate) fn users_after(&self, platform: PlatformNum, id: &Id) -> impl Iterator<Item = &UserRow> {
        self.users.after(platform, id)
    }

    /// The id as it first came: among the users, then among the room's members, then as it is.
    pub(crate) fn canonical(&self, platform: PlatformNum, id: &Id, room: Option<&Room>) -> Id {
        if !self.may_differ(platform, id) {
            return id.clone();
        }
        let known = self.user(platform, id.as_str()).map(|user| &user.id);
        known.or_else(|| room.and_then(|r| r.canonical(platform, id.as_str()))).unwrap_or(id).clone()
    }

    // ---- rooms

    /// Takes the row in; the announcements follow.
    pub(crate) fn put_room(&mut self, row: RoomRow) {
        self.room_nums.insert((row.origin, row.id.clone()), row.num);
        match self.rooms.get_mut(&row.num) {
            Some(room) => room.put_row(row),
            None => {
                self.held.entry(row.origin).or_default().rooms += 1;
                self.rooms.insert(row.num, Room::new(row));
            }
        }
    }

    pub(crate) fn put_asked(&mut self, row: AskedRow) {
        if let Some(room) = self.rooms.get_mut(&row.room) {
            room.asked = Some(row.members);
        }
    }

    /// Takes an announcement of a room in that is there.
    pub(crate) fn announce(&mut self, row: AnnouncementRow) {
        for (platform, ids) in &row.members {
            self.note_forms(*platform, ids);
        }
        let Some(room) = self.rooms.get_mut(&row.room) else { return };
        let held_by = self.held.entry(row.by).or_default();
        held_by.memberships = (held_by.memberships + held(&row)).saturating_sub(room.held_by(row.by));
        room.announce(row);
    }

    /// What a platform makes this node hold.
    pub(crate) fn held(&self, by: PlatformNum) -> Held {
        self.held.get(&by).copied().unwrap_or_default()
    }

    pub(crate) fn find_room(&self, origin: PlatformNum, id: &Id) -> Option<&Room> {
        self.room_nums.get(&(origin, id.clone())).and_then(|num| self.rooms.get(num))
    }

    pub(crate) fn room(&self, num: RoomNum) -> Option<&Room> {
        self.rooms.get(&num)
    }

    pub(crate) fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.rooms.values()
    }

    /// The rooms from this number on.
    pub(crate) fn rooms_from(&self, num: RoomNum) -> impl Iterator<Item = &Room> {
        self.rooms.range(num..).map(|(_, room)| room)
    }

    pub(crate) fn next_room_num(&self) -> RoomNum {
        self.rooms.last_key_value().map_or(1, |(num, _)| num + 1)
    }

    pub(crate) fn next_platform_num(&self) -> PlatformNum {
        let merged = self.merged.last_key_value().map_or(0, |(num, _)| *num);
        self.platforms.last_key_value().map_or(0, |(num, _)| *num).max(merged) + 1
    }

    // ---- what waits

    /// How many events wait for this destination.
    pub(crate) fn waiting(&self, dest: PlatformNum) -> u64 {
        self.waiting.get(&dest).copied().unwrap_or(0)
    }

    /// One more event waits.
    pub(crate) fn waits(&mut self, dest: PlatformNum) {
        *self.waiting.entry(dest).or_default() += 1;
    }

    /// This many events wait no more.
    pub(crate) fn waits_no_more(&mut self, dest: PlatformNum, events: u64) {
        let waiting = self.waiting.entry(dest).or_default();
        *waiting = waiting.saturating_sub(events);
    }

    // ---- ids

    pub(crate) fn external(&self, platform: PlatformNum, id: &Id) -> ExternalId {
        ExternalId::new(self.name(platform), id.clone())
    }

    pub(crate) fn put_binding(&mut self, row: &BindingRow) {
        self.local.insert((row.kind, row.platform, row.id.clone()), row.local.clone());
        self.external.insert((row.kind, row.local.clone()), (row.platform, row.id.clone()));
    }

    pub(crate) fn local(&self, kind: BindKind, platform: PlatformNum, id: &Id) -> Option<&Id> {
        self.local.get(&(kind, platform, id.clone()))
    }

    pub(crate) fn bound(&self, kind: BindKind, local: &Id) -> Option<&(PlatformNum, Id)> {
        self.external.get(&(kind, local.clone()))
    }

    /// What an id of the app's means: an external id if what stands before its first `:` is a known platform, else a local
    /// id that is bound, else an id of the app's own.
    pub(crate) fn meaning(&self, kind: BindKind, id: &Id) -> Option<(PlatformNum, Id)> {
        if !id.is_number()
            && let Some((name, rest)) = id.as_str().split_once(':')
            && let Some(platform) = self.known(name)
        {
            return Some((platform, self.written_id(kind, platform, &rest.into())));
        }
        if let Some(bound) = self.bound(kind, id) {
            return Some(bound.clone());
        }
        self.own.map(|own| (own, id.clone()))
    }

    /// An id that came as part of an external id, in the form in which it first came.
    pub(crate) fn written_id(&self, kind: BindKind, platform: PlatformNum, id: &Id) -> Id {
        match kind {
            BindKind::User => self.user(platform, id.as_str()).map(|user| user.id.clone()),
            BindKind::Room => self.find_room(platform, id).map(|room| room.row.id.clone()),
        }
        .unwrap_or_else(|| id.clone())
    }

    /// The app's own members of a room.
    pub(crate) fn own_members(&self, room: &Room, platform: PlatformNum) -> Vec<Id> {
        room.members(platform).cloned().collect()
    }
}
