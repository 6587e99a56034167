//! Platforms that joined, invites, and what command lines ask of the node that runs.

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OptionalExtension, Result, Row, params};
use url::Url;
use uuid::Uuid;

use super::query;
use crate::store::{Answered, ErrandRow, InviteRow, JoinedRow, Standing, UsedRow, Way};
use crate::util::pair::{Former, Pair};
use crate::util::secret::Secret;

const JOINED: &str =
    "SELECT platform, standing, endpoint, told, token, event, pending, borrowed, former, former_event, former_until,
     introducer, at FROM joined WHERE version > ?1";
const INVITE: &str = "SELECT id, secret, made, expires, used_by, endpoint, answer FROM invite";

fn strange(i: usize, why: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::FromSqlConversionFailure(i, Type::Text, why.into())
}

fn url(row: &Row<'_>, i: usize) -> Result<Url> {
    row.get_ref(i)?.as_str()?.parse().map_err(|e: url::ParseError| strange(i, e))
}

fn secret(row: &Row<'_>, i: usize) -> Result<Secret> {
    Secret::new(row.get_ref(i)?.as_str()?).ok_or_else(|| strange(i, "an empty token"))
}

fn event(row: &Row<'_>, i: usize) -> Result<Option<Uuid>> {
    Ok(row.get::<_, Option<[u8; 16]>>(i)?.map(Uuid::from_bytes))
}

fn joined_row(row: &Row<'_>) -> Result<JoinedRow> {
    let way = |row: &Row<'_>| -> Result<Way> {
        let former = match row.get::<_, Option<String>>(8)? {
            Some(_) => Some(Former { token: secret(row, 8)?, event: event(row, 9)?, until: row.get(10)? }),
            None => None,
        };
        let (token, event) = (secret(row, 4)?, event(row, 5)?);
        let pair = Pair { token, event, pending: row.get(6)?, former, borrowed: row.get(7)? };
        Ok(Way { endpoint: url(row, 2)?, told: row.get(3)?, pair })
    };
    let standing = match row.get::<_, i64>(1)? {
        0 => Standing::Asks(way(row)?),
        1 => Standing::Joined(way(row)?),
        2 => Standing::Removed,
        n => return Err(strange(1, format!("unknown standing {n}"))),
    };
    Ok(JoinedRow { platform: row.get(0)?, standing, by: row.get(11)?, at: row.get(12)? })
}

/// The rows after a version.
pub(super) fn joined(conn: &Connection, after: i64) -> Result<Vec<JoinedRow>> {
    query::all(conn, JOINED, [after], joined_row)
}

pub(super) fn put_joined(conn: &Connection, row: &JoinedRow, version: i64) -> Result<()> {
    let sql =
        "INSERT OR REPLACE INTO joined (platform, standing, endpoint, told, token, event, pending, borrowed, former,
               former_event, former_until, introducer, at, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)";
    let (standing, way) = match &row.standing {
        Standing::Asks(way) => (0, Some(way)),
        Standing::Joined(way) => (1, Some(way)),
        Standing::Removed => (2, None),
    };
    let pair = way.map(|way| &way.pair);
    let former = pair.and_then(|pair| pair.former.as_ref());
    let params = params![
        row.platform,
        standing,
        way.map(|way| way.endpoint.as_str()),
        way.is_some_and(|way| way.told),
        pair.map(|pair| pair.token.as_str()),
        pair.and_then(|pair| pair.event).map(Uuid::into_bytes),
        pair.is_some_and(|pair| pair.pending),
        pair.is_some_and(|pair| pair.borrowed),
        former.map(|former| former.token.as_str()),
        former.and_then(|former| former.event).map(Uuid::into_bytes),
        former.and_then(|former| former.until),
        row.by,
        row.at,
        version
    ];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

fn invite_row(row: &Row<'_>) -> Result<InviteRow> {
    let used = match row.get::<_, Option<u32>>(4)? {
        Some(by) => {
            let answer = match row.get::<_, Option<String>>(6)? {
                Some(body) => Some(Answered { endpoint: url(row, 5)?, body }),
                None => None,
            };
            Some(UsedRow { by, answer })
        }
        None => None,
    };
    Ok(InviteRow {
        id: row.get::<_, String>(0)?.into(),
        secret: secret(row, 1)?,
        made: row.get(2)?,
        expires: row.get(3)?,
        used,
    })
}

pub(super) fn invites(conn: &Connection) -> Result<Vec<InviteRow>> {
    query::all(conn, &format!("{INVITE} ORDER BY num"), [], invite_row)
}

pub(super) fn invite(conn: &Connection, id: &str) -> Result<Option<InviteRow>> {
    conn.prepare_cached(&format!("{INVITE} WHERE id = ?1"))?.query_row([id], invite_row).optional()
}

pub(super) fn put_invite(conn: &Connection, row: &InviteRow) -> Result<()> {
    let sql =
        "INSERT INTO invite (id, secret, made, expires, used_by, endpoint, answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
               ON CONFLICT (id) DO UPDATE SET used_by = excluded.used_by, endpoint = excluded.endpoint,
               answer = excluded.answer";
    let answer = row.used.as_ref().and_then(|used| used.answer.as_ref());
    let params = params![
        row.id,
        row.secret.as_str(),
        row.made,
        row.expires,
        row.used.as_ref().map(|used| used.by),
        answer.map(|answer| answer.endpoint.as_str()),
        answer.map(|answer| &answer.body)
    ];
    conn.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn put_errand(conn: &Connection, order: &str, at: i64) -> Result<i64> {
    conn.prepare_cached("INSERT INTO errand (body, at) VALUES (?1, ?2)")?.execute(params![order, at])?;
    Ok(conn.last_insert_rowid())
}

pub(super) fn take_errand(conn: &Connection) -> Result<Option<ErrandRow>> {
    let sql = "SELECT num, body FROM errand WHERE body IS NOT NULL ORDER BY num LIMIT 1";
    let row = |row: &Row<'_>| Ok(ErrandRow { num: row.get(0)?, order: row.get(1)? });
    let found = conn.prepare_cached(sql)?.query_row([], row).optional()?;
    if let Some(errand) = &found {
        conn.prepare_cached("UPDATE errand SET body = NULL WHERE num = ?1")?.execute([errand.num])?;
    }
    Ok(found)
}

pub(super) fn answer_errand(conn: &Connection, num: i64, answer: &str, at: i64) -> Result<()> {
    let sql = "INSERT OR REPLACE INTO errand (num, body, answer, at) VALUES (?1, NULL, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![num, answer, at]).map(drop)
}

pub(super) fn take_errand_answer(conn: &Connection, num: i64) -> Result<Option<String>> {
    let sql = "DELETE FROM errand WHERE num = ?1 AND answer IS NOT NULL RETURNING answer";
    conn.prepare_cached(sql)?.query_row([num], |row| row.get(0)).optional()
}
