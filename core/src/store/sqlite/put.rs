//! What is put of the directory, each row with the version of its transaction.

use rusqlite::{Connection, Result, params};
use uuid::Uuid;

use super::rows::{self, platform_columns};
use crate::model::{Ext, Id, Kinds};
use crate::store::{AnnouncementRow, AskedRow, BindingRow, PlatformRow, Position, RoomRow, TellingRow, UserRow};

pub(super) fn platform(conn: &Connection, row: &PlatformRow, version: i64) -> Result<()> {
    let sql = concat!(
        "INSERT OR REPLACE INTO platform (",
        platform_columns!(),
        ", version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)"
    );
    let params = params![
        row.num,
        row.name,
        row.kind as u8,
        row.standalone,
        row.batch,
        row.receipts,
        row.store.map(Uuid::into_bytes),
        row.via,
        row.support_audio,
        row.support_image,
        row.known,
        row.lists_users,
        row.token.map(|token| token.0),
        row.filed,
        row.named_by,
        row.told.map(|told| told.lane),
        row.told.and_then(|told| told.until).map(u64::cast_signed),
        row.kinds.map(Kinds::bits),
        version
    ];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn user(conn: &Connection, row: &UserRow, version: i64) -> Result<()> {
    let sql =
        "INSERT OR REPLACE INTO user (platform, id, number, name, active, placeholder, event, avatar, ext, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (id, event) = (&row.id, row.event.map(Uuid::into_bytes));
    let (avatar, ext) = (row.extras.avatar(), row.extras.ext().map(Ext::as_json));
    let (number, active, placeholder) = (id.is_number(), row.active, row.placeholder);
    let params = params![row.platform, id.as_str(), number, row.name, active, placeholder, event, avatar, ext, version];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn room(conn: &Connection, row: &RoomRow, version: i64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO room (num, origin, id, number, name, public, event, avatar, ext, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    let (id, number, event) = (row.id.as_str(), row.id.is_number(), row.event.as_bytes());
    let (avatar, ext) = (row.extras.avatar(), row.extras.ext().map(Ext::as_json));
    let params = params![row.num, row.origin, id, number, row.name, row.public, event, avatar, ext, version];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn announcement(conn: &Connection, row: &AnnouncementRow, version: i64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO announcement (room, platform, event, members, again, former, banned, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let members = rows::members_text(&row.members);
    let again = (!row.again.is_empty()).then(|| rows::members_text(&row.again));
    let former = row.former.as_ref().map(rows::members_text);
    let banned = (!row.banned.is_empty()).then(|| rows::bars_text(&row.banned));
    let params = params![row.room, row.by, row.event.as_bytes(), members, again, former, banned, version];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn asked(conn: &Connection, row: &AskedRow, version: i64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO asked (room, members, version) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![row.room, rows::members_text(&row.members), version]).map(drop)
}

pub(super) fn binding(conn: &Connection, row: &BindingRow, version: i64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO binding (kind, platform, id, number, local, local_number, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let (kind, id, local) = (rows::bind_kind(row.kind), &row.id, &row.local);
    let params = params![kind, row.platform, id.as_str(), id.is_number(), local.as_str(), local.is_number(), version];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn telling(conn: &Connection, row: &TellingRow) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO telling (lane, platform, since, run, upto_platform, upto_user, upto_number,
               upto_room) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (platform, user, room) = match &row.upto {
        None => (None, None, None),
        Some(Position::Platform(platform)) => (Some(platform), None, None),
        Some(Position::User(platform, id)) => (Some(platform), Some(id), None),
        Some(Position::Room(room, by)) => (Some(by), None, Some(room)),
    };
    let (since, run) = (row.since.cast_signed(), row.run.cast_signed());
    let (text, number) = (user.map(Id::as_str), user.map(Id::is_number));
    conn.prepare_cached(sql)?
        .execute(params![row.lane, row.platform, since, run, platform, text, number, room])
        .map(drop)
}
