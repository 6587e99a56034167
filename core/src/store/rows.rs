//! The rows that cross a store's border.

use std::sync::Arc;

use uuid::Uuid;

use super::JoinedRow;
pub(crate) use crate::model::PlatformKind;
use crate::model::{Barred, BindKind, EventKind, Extras, Id, Kinds};
use crate::util::ages::AgeMark;
use crate::util::hash::{IndexMap, IndexSet};
use crate::util::secret::TokenDigest;

/// The number of a platform in this store; its name may change its spelling, the number stays.
pub(crate) type PlatformNum = u32;
/// The number of a room in this store.
pub(crate) type RoomNum = u32;
/// The position of an event; greater is later. One sequence for the outbox, one for the inbox.
pub(crate) type Seq = i64;

/// From the first to the last position of a run.
pub(crate) type Run = (Seq, Seq);

/// What is remembered of a platform beyond its registry entry.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlatformRow {
    pub num: PlatformNum,
    pub name: Arc<str>,
    pub kind: PlatformKind,
    /// A node without users of its own.
    pub standalone: bool,
    /// The node takes batches.
    pub batch: bool,
    /// The node wants receipts.
    pub receipts: bool,
    /// What the node takes, by its last ping; None: it has not been asked since this version of the library is in use.
    pub kinds: Option<Kinds>,
    /// The id of the node's store when it was last pinged.
    pub store: Option<Uuid>,
    /// The peer that hosts it, as learned from that peer.
    pub via: Option<PlatformNum>,
    pub support_audio: bool,
    pub support_image: bool,
    /// It stood in the registry file, or was learned from a peer; otherwise it was only mentioned as a member's platform.
    pub known: bool,
    /// It stands in the registry file, or once stood there: then only the file says how it is reached.
    pub filed: bool,
    /// The peer that named it first; None for what entered here.
    pub named_by: Option<PlatformNum>,
    /// Its `GET users` has answered 2xx before.
    pub lists_users: bool,
    /// By which way it was told what it missed; None while it was told nothing.
    pub told: Option<Told>,
    /// Of the token that the registry file had for it last: a plain platform that has vanished from the file is known by it.
    pub token: Option<TokenDigest>,
}

/// The way by which a platform hears of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Told {
    /// The lane that carries them: its own, or that of the node that hosts it.
    pub lane: PlatformNum,
    /// The version of the directory up to which it heard; None while it still does.
    pub until: Option<u64>,
}

/// A lane tells what was missed there: a position in the directory, not a row for each thing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TellingRow {
    pub lane: PlatformNum,
    /// Who is new behind the lane: then it is told of the rooms that concern this one. The lane's own platform: then everything.
    pub platform: PlatformNum,
    /// Only what changed after this version of the directory.
    pub since: u64,
    /// The version in which this run began, to tell it from an earlier one.
    pub run: u64,
    /// What was told last; None at the beginning.
    pub upto: Option<Position>,
}

/// How far a telling is: platforms come first, then users, then rooms, each in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Position {
    Platform(PlatformNum),
    User(PlatformNum, Id),
    /// A room's announcement by this platform.
    Room(RoomNum, PlatformNum),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserRow {
    pub platform: PlatformNum,
    pub id: Id,
    pub name: Arc<str>,
    pub active: bool,
    /// Made on the spot for a sender that nobody announced.
    pub placeholder: bool,
    /// What it has beside its name.
    pub extras: Extras,
    /// The id of the announcement in force; None while it was only imported or is a placeholder.
    pub event: Option<Uuid>,
    /// The version of the transaction that last changed it. Written by the store.
    pub version: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoomRow {
    pub num: RoomNum,
    pub origin: PlatformNum,
    pub id: Id,
    pub name: Arc<str>,
    pub public: bool,
    /// What it has beside its name.
    pub extras: Extras,
    /// The greatest announcement id seen for this room, whoever made it.
    pub event: Uuid,
    /// The version of the transaction that last changed it or one of its announcements. Written by the store.
    pub version: u64,
}

/// Users of one platform, in the order in which they were announced.
pub(crate) type Ids = IndexSet<Id>;
/// Members by the numbers of their platforms, in the order in which they were announced.
pub(crate) type Members = IndexMap<PlatformNum, Ids>;

/// Whom the origin of a room bars, by the numbers of their platforms.
pub(crate) type Bars = IndexMap<PlatformNum, Barred>;

/// Bars these users of a platform, or all, beside whom `bars` has already.
pub(crate) fn add_barred(bars: &mut Bars, platform: PlatformNum, barred: Barred) {
    match bars.get_mut(&platform) {
        Some(known) => known.add(barred),
        None => drop(bars.insert(platform, barred)),
    }
}

/// For a room of this app: the members of its own last call.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AskedRow {
    pub room: RoomNum,
    pub members: Members,
}

/// The last announcement of a room by one platform.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AnnouncementRow {
    pub room: RoomNum,
    pub by: PlatformNum,
    pub event: Uuid,
    /// All members if `by` is the origin, else its own.
    pub members: Members,
    /// By the origin: whom it adds anew though their own platform has taken them out.
    pub again: Members,
    /// By an origin that is this platform or one hosted here, while the room has always been private: whom earlier announcements listed and this one
    /// does not. None: not known.
    pub former: Option<Members>,
    /// By the origin: whom it bars.
    pub banned: Bars,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BindingRow {
    pub kind: BindKind,
    pub platform: PlatformNum,
    pub id: Id,
    pub local: Id,
}

/// Directory rows: all of them, or those that changed after a version.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    /// The version up to which these rows are complete.
    pub version: u64,
    pub platforms: Vec<PlatformRow>,
    pub users: Vec<UserRow>,
    pub rooms: Vec<RoomRow>,
    pub asked: Vec<AskedRow>,
    pub announcements: Vec<AnnouncementRow>,
    pub bindings: Vec<BindingRow>,
    pub joined: Vec<JoinedRow>,
    /// Always all of them: there are few.
    pub lanes: Vec<LaneRow>,
    /// Always all of them: what lanes are telling.
    pub tellings: Vec<TellingRow>,
    /// Platforms that turned out to be another one, with that one: everything that names them has changed.
    pub merged: Vec<(PlatformNum, PlatformNum)>,
    /// The greatest event id that was made here.
    pub last_id: Option<Uuid>,
    /// How far the clock of ages was when it was last written; None before the first time.
    pub age: Option<AgeMark>,
}

/// What may be forgotten, milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Past {
    /// Receipts, with their fates, and passing marks that are older than this age.
    pub receipts: i64,
    /// Receipts of which nothing says when they ended, if their ids have times before this.
    pub made: i64,
    /// Keys that are older than this age.
    pub keys: i64,
}

/// What waits for one destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct LaneRow {
    pub dest: PlatformNum,
    pub waiting: u64,
}

/// Whose store it is, for command lines, which are not told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OwnerRow {
    /// The node's own platform, or its own name's if it is standalone.
    pub node: PlatformNum,
    pub standalone: bool,
}

/// How a platform stood when the node last looked, for command lines beside it. Times are epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContactRow {
    pub platform: PlatformNum,
    /// None: not tried, or no node is running.
    pub up: Option<bool>,
    pub since: Option<i64>,
    pub last: Option<i64>,
    /// What it refused.
    pub alarm: Option<Arc<str>>,
    /// What was wrong when its users were imported last.
    pub import_error: Option<Arc<str>>,
    /// Why it counts as down, or why the lane to it rests.
    pub error: Option<Arc<str>>,
    /// When it is tried again.
    pub next_try: Option<i64>,
    /// What its last ping showed to be wrong, as JSON.
    pub findings: Option<Arc<str>>,
    /// The registry in force at the node reaches it by a lane of its own.
    pub is_lane: bool,
}

/// The greatest event id of one platform in one room: to know what comes late, and what later ids must exceed. Without those
/// that this node made in order, which are less than any that it will make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MarkRow {
    pub room: RoomNum,
    pub platform: PlatformNum,
    pub event: Uuid,
    /// The greatest of the room that was in reach, where `event` was not: what later ids must exceed meanwhile.
    pub floor: Option<Uuid>,
}

/// An event on its way out, stored once however many destinations wait for it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EventRow {
    pub id: Uuid,
    pub kind: EventKind,
    /// The body's `platform`: who speaks.
    pub platform: PlatformNum,
    /// The peer that sent it to us; None when it entered here.
    pub source: Option<PlatformNum>,
    /// The room that it belongs to; none for what is about users and platforms.
    pub room: Option<RoomNum>,
    /// At which age it entered, milliseconds.
    pub at: i64,
    /// It was a dead letter that somebody retried, or followed a platform into another lane.
    pub again: bool,
    /// The body as nodes get it. What a plain platform gets is made of it when it is sent.
    pub body: bytes::Bytes,
}

/// An event that waits in a lane.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Waiting {
    pub seq: Seq,
    pub event: Arc<EventRow>,
}

/// A dead letter under the number that the store gave it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeadRow {
    pub num: i64,
    pub dead: Dead,
}

/// An event that will not arrive unless somebody retries it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Dead {
    /// The destination; the node's own platform for an event that the app's handler refused, or that never found its room.
    pub dest: PlatformNum,
    pub event: EventRow,
    /// True when it died on its way in (the app's handler, an unknown room), false when on its way out.
    pub inbound: bool,
    pub why: Arc<str>,
    /// When it died, epoch milliseconds; only shown.
    pub died: i64,
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum DeadFilter {
    All,
    Dest(PlatformNum),
    Num(i64),
    Event(Uuid),
}

/// What is known of a publication's way to one platform, where it differs from what the lane's progress tells.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct FateRow {
    pub event: Uuid,
    pub platform: PlatformNum,
    pub state: crate::model::DeliveryState,
    pub why: Option<Arc<str>>,
    /// At which age, milliseconds.
    pub at: i64,
}

/// Where a publication of the app, or of a platform that it hosts, went: per platform, the lane that carries it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReceiptRow {
    pub event: Uuid,
    /// The platform hosted here whose it is; the app's own if none is named.
    pub hosted: Option<PlatformNum>,
    pub seq: Seq,
    /// (platform, destination of the lane)
    pub to: Vec<(PlatformNum, PlatformNum)>,
}

/// All that the store knows of one publication.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct DeliveryRows {
    pub receipt: ReceiptRow,
    /// The destinations in whose lanes it still waits.
    pub waiting: Vec<PlatformNum>,
    pub fates: Vec<FateRow>,
    /// The lanes that passed this event, each with at which age (milliseconds), unless that is longer ago than is remembered.
    pub passed: Vec<(PlatformNum, Option<i64>)>,
}

/// An event for the app, at its position.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InboxRow {
    pub seq: Seq,
    pub event: InboxEvent,
}

/// An event for the app.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InboxEvent {
    pub id: Uuid,
    pub kind: EventKind,
    /// Who speaks.
    pub platform: PlatformNum,
    /// The room that it belongs to, if any: events of one room are handed over in order.
    pub room: Option<RoomNum>,
    pub late: bool,
    /// How often it was handed over without success.
    pub attempts: u32,
    /// A process died while it was out.
    pub suspect: bool,
    /// The body, JSON.
    pub body: bytes::Bytes,
}

/// What the node needs to know of every waiting inbox event without reading its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct InboxHead {
    pub seq: Seq,
    pub room: Option<RoomNum>,
    pub kind: EventKind,
    pub platform: PlatformNum,
    pub suspect: bool,
}

impl InboxEvent {
    pub(crate) fn head(&self, seq: Seq) -> InboxHead {
        InboxHead { seq, room: self.room, kind: self.kind, platform: self.platform, suspect: self.suspect }
    }
}

/// An event of a peer that waits for a room, or for a message.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ParkedRow {
    /// The platform on which the room was created.
    pub origin: PlatformNum,
    pub room_id: Id,
    pub peer: PlatformNum,
    /// A command line, which doesn't know the registry, leaves it to the node to judge this one anew.
    pub to_be_judged: bool,
    /// It waits for this message (whose user wrote it, its event id); None: for the room.
    pub of: Option<(PlatformNum, Uuid)>,
    pub event: EventRow,
}

/// What is remembered of an id that a change names as its message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Remembered {
    /// A message of this room.
    Message(RoomNum),
    /// It was taken and is no message that is remembered, or lies before what is remembered.
    No,
    /// It was not taken here, or not yet.
    NotYet,
}

/// What of a message changes by itself, with an order of its own.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Facet {
    /// Its text, and whether it is there.
    Text,
    /// One reaction of a user.
    Reaction { by: PlatformNum, sender: Id, emoji: String },
}

/// What counts of the changes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counting {
    /// The change that counts.
    pub latest: Uuid,
    /// Whether the text, or the reaction, is there.
    pub held: bool,
}

/// Which message changed, and in what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ChangedKey {
    /// Whose user wrote the message.
    pub platform: PlatformNum,
    pub event: Uuid,
    pub facet: Facet,
}

/// A key under which something was published or posted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct KeyRow {
    pub platform: PlatformNum,
    pub key: String,
    /// None where nothing had changed and so nothing was sent.
    pub event: Option<Uuid>,
    /// SHA-256 of the content, to tell another content under the same key; None where any content counts as the same.
    pub digest: Option<[u8; 32]>,
    /// At which age, milliseconds.
    pub at: i64,
    /// The platforms that it went to.
    pub to: Vec<PlatformNum>,
}
