//! What peers sent and waits here: for its room, or for the message that it changes.

use rusqlite::{Connection, OptionalExtension, Params, Result, params};
use uuid::Uuid;

use super::query;
use super::rows::{self, event_columns, event_params};
use crate::store::{ParkedRow, PlatformNum};

pub(super) fn put(conn: &Connection, num: i64, row: &ParkedRow) -> Result<()> {
    let sql = concat!(
        "INSERT INTO parked (num, origin, room_id, room_number, peer, judge, of_platform, of_event, ",
        event_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)"
    );
    let (room, event) = (&row.room_id, &row.event);
    let (of_platform, of_event) = row.of.map(|(platform, of)| (platform, of.into_bytes())).unzip();
    let params = event_params![
        num, row.origin, room.as_str(), room.is_number(), row.peer, row.to_be_judged, of_platform, of_event; event
    ];
    conn.prepare_cached(sql)?.execute(params)?;
    let sql = "INSERT INTO parked_by (peer, events) VALUES (?1, 1) ON CONFLICT DO UPDATE SET events = events + 1";
    conn.prepare_cached(sql)?.execute([row.peer]).map(drop)
}

/// How many events of this peer wait.
pub(super) fn count(conn: &Connection, peer: PlatformNum) -> Result<u64> {
    let sql = "SELECT events FROM parked_by WHERE peer = ?1";
    let found = conn.prepare_cached(sql)?.query_row([peer], |row| row.get::<_, i64>(0));
    Ok(found.optional()?.unwrap_or(0).cast_unsigned())
}

/// Takes out and returns the rows for which `which`, the end of a query, stands.
pub(super) fn take(conn: &Connection, which: &str, params: impl Params) -> Result<Vec<ParkedRow>> {
    const COLUMNS: &str =
        concat!("num, origin, room_id, room_number, peer, judge, of_platform, of_event, ", event_columns!());
    let rows = query::all(conn, &format!("SELECT {COLUMNS} FROM parked WHERE {which}"), params, rows::parked)?;
    for (num, row) in &rows {
        conn.prepare_cached("DELETE FROM parked WHERE num = ?1")?.execute([num])?;
        conn.prepare_cached("UPDATE parked_by SET events = events - 1 WHERE peer = ?1")?.execute([row.peer])?;
    }
    Ok(rows.into_iter().map(|(_, row)| row).collect())
}

/// The messages for which something waits.
pub(super) fn awaited(conn: &Connection) -> Result<Vec<(PlatformNum, Uuid)>> {
    let sql = "SELECT DISTINCT of_platform, of_event FROM parked WHERE of_event IS NOT NULL";
    query::all(conn, sql, params![], |row| Ok((row.get(0)?, rows::uuid(row, 1)?)))
}
