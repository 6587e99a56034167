//! From SQLite's columns to the rows of [`crate::store`], and back where a column holds more than one value.

use bytes::Bytes;
use rusqlite::types::{FromSqlError, Type, ValueRef};
use rusqlite::{Result, Row};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use crate::model::{Banned, Barred, BindKind, DeliveryState, EventKind, Ext, Extras, Id, Kinds};
use crate::store::{
    AnnouncementRow, AskedRow, Bars, BindingRow, Dead, DeadRow, EventRow, FateRow, Ids, InboxEvent, InboxHead,
    InboxRow, KeyRow, MarkRow, Members, ParkedRow, PlatformKind, PlatformNum, PlatformRow, Position, RoomRow,
    TellingRow, Told, UserRow,
};
use crate::util::secret::TokenDigest;

/// The columns of an event, wherever one is kept, as [`event`] reads them.
macro_rules! event_columns {
    () => {
        "id, kind, platform, source, room, at, again, body"
    };
}
pub(super) use event_columns;

/// Parameters, and after them the values of these columns of an event.
macro_rules! event_params {
    ($($before:expr),+; $event:expr) => {
        rusqlite::params![
            $($before,)+
            $event.id.as_bytes(),
            $event.kind as u8,
            $event.platform,
            $event.source,
            $event.room,
            $event.at,
            $event.again,
            &$event.body[..]
        ]
    };
}
pub(super) use event_params;

pub(super) fn uuid(row: &Row<'_>, i: usize) -> Result<Uuid> {
    row.get(i).map(Uuid::from_bytes)
}

fn optional_uuid(row: &Row<'_>, i: usize) -> Result<Option<Uuid>> {
    Ok(row.get::<_, Option<[u8; 16]>>(i)?.map(Uuid::from_bytes))
}

/// An id from its text and, in the next column, whether it is a number.
fn id(row: &Row<'_>, i: usize) -> Result<Id> {
    Ok(Id::from_parts(row.get_ref(i)?.as_str()?, row.get(i + 1)?))
}

fn bytes(row: &Row<'_>, i: usize) -> Result<Bytes> {
    Ok(Bytes::copy_from_slice(row.get_ref(i)?.as_blob()?))
}

fn kind(row: &Row<'_>, i: usize) -> Result<EventKind> {
    EventKind::from_number(row.get(i)?).map_err(|e| strange(i, Type::Integer, e))
}

/// A value that this version of the library does not write.
fn strange(i: usize, of: Type, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(i, of, why.into())
}

pub(super) fn event(row: &Row<'_>, i: usize) -> Result<EventRow> {
    Ok(EventRow {
        id: uuid(row, i)?,
        kind: kind(row, i + 1)?,
        platform: row.get(i + 2)?,
        source: row.get(i + 3)?,
        room: row.get(i + 4)?,
        at: row.get(i + 5)?,
        again: row.get(i + 6)?,
        body: bytes(row, i + 7)?,
    })
}

/// `num, dest, inbound, why, died`, then an event.
pub(super) fn dead(row: &Row<'_>) -> Result<DeadRow> {
    let dead =
        Dead { dest: row.get(1)?, inbound: row.get(2)?, why: row.get(3)?, died: row.get(4)?, event: event(row, 5)? };
    Ok(DeadRow { num: row.get(0)?, dead })
}

/// `num, origin, room_id, room_number, peer, judge, of_platform, of_event`, then an event. Returns the number too.
pub(super) fn parked(row: &Row<'_>) -> Result<(i64, ParkedRow)> {
    let parked = ParkedRow {
        origin: row.get(1)?,
        room_id: id(row, 2)?,
        peer: row.get(4)?,
        to_be_judged: row.get(5)?,
        of: row.get::<_, Option<PlatformNum>>(6)?.zip(optional_uuid(row, 7)?),
        event: event(row, 8)?,
    };
    Ok((row.get(0)?, parked))
}

/// `seq, id, kind, platform, room, late, attempts, suspect, body`
pub(super) fn inbox(row: &Row<'_>) -> Result<InboxRow> {
    let event = InboxEvent {
        id: uuid(row, 1)?,
        kind: kind(row, 2)?,
        platform: row.get(3)?,
        room: row.get(4)?,
        late: row.get(5)?,
        attempts: row.get(6)?,
        suspect: row.get(7)?,
        body: bytes(row, 8)?,
    };
    Ok(InboxRow { seq: row.get(0)?, event })
}

/// `seq, room, kind, platform, suspect`
pub(super) fn inbox_head(row: &Row<'_>) -> Result<InboxHead> {
    Ok(InboxHead {
        seq: row.get(0)?,
        room: row.get(1)?,
        kind: kind(row, 2)?,
        platform: row.get(3)?,
        suspect: row.get(4)?,
    })
}

/// `platform, key, event, digest, at, dests`
pub(super) fn key(row: &Row<'_>) -> Result<KeyRow> {
    Ok(KeyRow {
        platform: row.get(0)?,
        key: row.get(1)?,
        event: optional_uuid(row, 2)?,
        digest: row.get(3)?,
        at: row.get(4)?,
        to: numbers(row, 5)?,
    })
}

/// `event, platform, state, why, at`
pub(super) fn fate(row: &Row<'_>) -> Result<FateRow> {
    Ok(FateRow {
        event: uuid(row, 0)?,
        platform: row.get(1)?,
        state: state_from(row.get(2)?).ok_or_else(|| strange(2, Type::Integer, "an unknown state of a delivery"))?,
        why: row.get(3)?,
        at: row.get(4)?,
    })
}

/// The columns of a platform, as [`platform`] reads them.
macro_rules! platform_columns {
    () => {
        "num, name, kind, standalone, batch, receipts, store, via, support_audio, support_image, known, lists_users, token, \
         filed, named_by, told_lane, told_until, kinds"
    };
}
pub(super) use platform_columns;

/// The columns that [`platform_columns`] names.
pub(super) fn platform(row: &Row<'_>) -> Result<PlatformRow> {
    Ok(PlatformRow {
        num: row.get(0)?,
        name: row.get(1)?,
        kind: match row.get(2)? {
            0 => PlatformKind::Unknown,
            1 => PlatformKind::Plain,
            2 => PlatformKind::Node,
            n => return Err(strange(2, Type::Integer, format!("unknown kind of platform {n}"))),
        },
        standalone: row.get(3)?,
        batch: row.get(4)?,
        receipts: row.get(5)?,
        store: optional_uuid(row, 6)?,
        via: row.get(7)?,
        support_audio: row.get(8)?,
        support_image: row.get(9)?,
        known: row.get(10)?,
        lists_users: row.get(11)?,
        token: row.get::<_, Option<[u8; 32]>>(12)?.map(TokenDigest),
        filed: row.get(13)?,
        named_by: row.get(14)?,
        told: match row.get(15)? {
            Some(lane) => Some(Told { lane, until: row.get::<_, Option<i64>>(16)?.map(i64::cast_unsigned) }),
            None => None,
        },
        kinds: row.get::<_, Option<u32>>(17)?.map(Kinds::from_bits),
    })
}

/// `platform, id, number, name, active, placeholder, event, avatar, ext, version`
pub(super) fn user(row: &Row<'_>) -> Result<UserRow> {
    Ok(UserRow {
        platform: row.get(0)?,
        id: id(row, 1)?,
        name: row.get(3)?,
        active: row.get(4)?,
        placeholder: row.get(5)?,
        event: optional_uuid(row, 6)?,
        extras: extras(row, 7)?,
        version: row.get::<_, i64>(9)?.cast_unsigned(),
    })
}

/// `num, origin, id, number, name, public, event, avatar, ext, version`
pub(super) fn room(row: &Row<'_>) -> Result<RoomRow> {
    Ok(RoomRow {
        num: row.get(0)?,
        origin: row.get(1)?,
        id: id(row, 2)?,
        name: row.get(4)?,
        public: row.get(5)?,
        event: uuid(row, 6)?,
        extras: extras(row, 7)?,
        version: row.get::<_, i64>(9)?.cast_unsigned(),
    })
}

/// `avatar, ext` from this column on.
fn extras(row: &Row<'_>, i: usize) -> Result<Extras> {
    let (avatar, ext) = (row.get_ref(i)?.as_str_or_null()?, row.get_ref(i + 1)?.as_str_or_null()?);
    Ok(Extras::new(avatar, ext.map(Ext::from_store)))
}

/// `lane, platform, since, run, upto_platform, upto_user, upto_number, upto_room`
pub(super) fn telling(row: &Row<'_>) -> Result<TellingRow> {
    let upto = match (row.get::<_, Option<PlatformNum>>(4)?, row.get_ref(5)?, row.get::<_, Option<u32>>(7)?) {
        (Some(by), _, Some(room)) => Some(Position::Room(room, by)),
        (Some(platform), ValueRef::Null, None) => Some(Position::Platform(platform)),
        (Some(platform), _, None) => Some(Position::User(platform, id(row, 5)?)),
        (None, ..) => None,
    };
    Ok(TellingRow {
        lane: row.get(0)?,
        platform: row.get(1)?,
        since: row.get::<_, i64>(2)?.cast_unsigned(),
        run: row.get::<_, i64>(3)?.cast_unsigned(),
        upto,
    })
}

/// `room, members`
pub(super) fn asked(row: &Row<'_>) -> Result<AskedRow> {
    Ok(AskedRow { room: row.get(0)?, members: members(row, 1)? })
}

/// `room, platform, event, members, again, former, banned`
pub(super) fn announcement(row: &Row<'_>) -> Result<AnnouncementRow> {
    Ok(AnnouncementRow {
        room: row.get(0)?,
        by: row.get(1)?,
        event: uuid(row, 2)?,
        members: members(row, 3)?,
        again: optional_members(row, 4)?.unwrap_or_default(),
        former: optional_members(row, 5)?,
        banned: match row.get_ref(6)?.as_str_or_null()? {
            Some(text) => bars_of(text).map_err(|e| strange(6, Type::Text, e))?,
            None => Bars::default(),
        },
    })
}

/// `room, platform, event, floor`
pub(super) fn mark(row: &Row<'_>) -> Result<MarkRow> {
    Ok(MarkRow { room: row.get(0)?, platform: row.get(1)?, event: uuid(row, 2)?, floor: optional_uuid(row, 3)? })
}

fn optional_members(row: &Row<'_>, i: usize) -> Result<Option<Members>> {
    Ok(if row.get_ref(i)? == ValueRef::Null { None } else { Some(members(row, i)?) })
}

fn members(row: &Row<'_>, i: usize) -> Result<Members> {
    members_of(row.get_ref(i)?.as_str()?).map_err(|e| strange(i, Type::Text, e))
}

/// Members as [`members_text`] writes them.
pub(super) fn members_of(text: &str) -> serde_json::Result<Members> {
    let lists: Vec<(PlatformNum, Vec<Id>)> = serde_json::from_str(text)?;
    Ok(lists.into_iter().map(|(platform, ids)| (platform, ids.into_iter().collect())).collect())
}

/// Members as a column holds them: `[[2,[1,2]],[3,["a"]]]`.
pub(super) fn members_text(members: &Members) -> String {
    struct Lists<'a>(&'a Members);
    impl Serialize for Lists<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0.iter().map(|(platform, ids)| (platform, List(ids))))
        }
    }
    struct List<'a>(&'a Ids);
    impl Serialize for List<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
            serializer.collect_seq(self.0)
        }
    }
    // Into memory, this fails for no list of ids.
    serde_json::to_string(&Lists(members)).unwrap_or_default()
}

/// Whom a room's origin bars, as [`bars_text`] writes it.
pub(super) fn bars_of(text: &str) -> serde_json::Result<Bars> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum List {
        Users(Vec<Id>),
        Platform(Star),
    }
    #[derive(Deserialize)]
    enum Star {
        #[serde(rename = "*")]
        All,
    }
    let barred = |list| match list {
        List::Users(ids) => Barred::Users(ids.into_iter().collect()),
        List::Platform(Star::All) => Barred::Platform,
    };
    let lists: Vec<(PlatformNum, List)> = serde_json::from_str(text)?;
    Ok(lists.into_iter().map(|(platform, list)| (platform, barred(list))).collect())
}

/// Whom a room's origin bars, as a column holds it: `[[2,[1,2]],[3,"*"]]`.
pub(super) fn bars_text(bars: &Bars) -> String {
    let lists: Vec<_> = bars.iter().map(|(platform, barred)| (platform, Banned::from(barred))).collect();
    serde_json::to_string(&lists).unwrap_or_default()
}

/// `kind, platform, id, number, local, local_number`
pub(super) fn binding(row: &Row<'_>) -> Result<BindingRow> {
    Ok(BindingRow {
        kind: match row.get(0)? {
            0 => BindKind::User,
            1 => BindKind::Room,
            n => return Err(strange(0, Type::Integer, format!("unknown kind of binding {n}"))),
        },
        platform: row.get(1)?,
        id: id(row, 2)?,
        local: id(row, 4)?,
    })
}

pub(super) fn bind_kind(kind: BindKind) -> u8 {
    match kind {
        BindKind::User => 0,
        BindKind::Room => 1,
    }
}

pub(super) fn state_number(state: DeliveryState) -> u8 {
    match state {
        DeliveryState::Waiting => 0,
        DeliveryState::Accepted => 1,
        DeliveryState::Parked => 2,
        DeliveryState::Delivered => 3,
        DeliveryState::Dead => 4,
        DeliveryState::Unsupported => 5,
    }
}

fn state_from(n: u8) -> Option<DeliveryState> {
    use DeliveryState::{Accepted, Dead, Delivered, Parked, Unsupported, Waiting};
    [Waiting, Accepted, Parked, Delivered, Dead, Unsupported].into_iter().find(|state| state_number(*state) == n)
}

/// Platforms as varints: seven bits a byte, the lowest first, the high bit on all but the last.
pub(super) fn pack(numbers: impl IntoIterator<Item = PlatformNum>) -> Vec<u8> {
    let mut packed = Vec::with_capacity(8);
    for mut n in numbers {
        while n > 0x7f {
            packed.push(n.to_le_bytes()[0] | 0x80);
            n >>= 7;
        }
        packed.push(n.to_le_bytes()[0]);
    }
    packed
}

/// The platforms in a column that [`pack`] made.
pub(super) fn numbers(row: &Row<'_>, i: usize) -> Result<Vec<PlatformNum>> {
    unpack(row.get_ref(i)?.as_blob()?)
}

/// The platforms that [`pack`] made this of.
pub(super) fn unpack(packed: &[u8]) -> Result<Vec<PlatformNum>> {
    let mut numbers = Vec::new();
    let (mut n, mut shift) = (0_u32, 0);
    for byte in packed {
        n |= u32::from(byte & 0x7f).checked_shl(shift).ok_or(FromSqlError::InvalidType)?;
        if byte & 0x80 == 0 {
            numbers.push(n);
            (n, shift) = (0, 0);
        } else {
            shift += 7;
        }
    }
    Ok(numbers)
}

/// Platforms, each with its lane, in a column that [`pack`] made.
pub(super) fn pairs(row: &Row<'_>, i: usize) -> Result<Vec<(PlatformNum, PlatformNum)>> {
    Ok(numbers(row, i)?.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}
