//! The reading side: what waits, what is for the app, what died, what became of a publication, the directory.
//!
//! Plain functions over a connection, since the writer reads in the same way inside its transaction.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use uuid::Uuid;

use super::lanes;
use super::membership;
use super::query::{self, Counters};
use super::rows::{self, event_columns, platform_columns};
use crate::store::{
    ContactRow, DeadFilter, DeadRow, DeliveryRows, Directory, InboxHead, InboxRow, LaneRow, OwnerRow, PlatformNum,
    ReceiptRow, Seq, Waiting,
};

pub(super) fn store_id(conn: &Connection) -> Result<Uuid> {
    conn.query_row("SELECT store FROM counter", [], |row| rows::uuid(row, 0))
}

/// The directory rows after a version, all of them after 0.
pub(super) fn directory(conn: &Connection, version: u64, counters: &Counters) -> Result<Directory> {
    let after = version.cast_signed();
    let always = Directory {
        version: counters.version,
        lanes: query::all(conn, "SELECT dest, waiting FROM lane", [], |row| {
            Ok(LaneRow { dest: row.get(0)?, waiting: row.get::<_, i64>(1)?.cast_unsigned() })
        })?,
        tellings: query::all(
            conn,
            "SELECT lane, platform, since, run, upto_platform, upto_user, upto_number, upto_room FROM telling",
            [],
            rows::telling,
        )?,
        last_id: counters.last_id,
        age: counters.age,
        ..Directory::default()
    };
    if version > 0 && version == counters.version {
        return Ok(always);
    }
    Ok(Directory {
        platforms: query::all(
            conn,
            concat!("SELECT ", platform_columns!(), " FROM platform WHERE version > ?1 ORDER BY num"),
            [after],
            rows::platform,
        )?,
        users: query::all(
            conn,
            "SELECT platform, id, number, name, active, placeholder, event, avatar, ext, version FROM user WHERE version > ?1",
            [after],
            rows::user,
        )?,
        rooms: query::all(
            conn,
            "SELECT num, origin, id, number, name, public, event, avatar, ext, version FROM room WHERE version > ?1",
            [after],
            rows::room,
        )?,
        asked: query::all(conn, "SELECT room, members FROM asked WHERE version > ?1", [after], rows::asked)?,
        announcements: query::all(
            conn,
            "SELECT room, platform, event, members, again, former, banned FROM announcement WHERE version > ?1",
            [after],
            rows::announcement,
        )?,
        bindings: query::all(
            conn,
            "SELECT kind, platform, id, number, local, local_number FROM binding WHERE version > ?1",
            [after],
            rows::binding,
        )?,
        joined: membership::joined(conn, after)?,
        merged: query::all(conn, "SELECT num, platform FROM merged WHERE version > ?1", [after], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?,
        ..always
    })
}

pub(super) fn waiting(
    conn: &Connection,
    dest: PlatformNum,
    after: Seq,
    events: usize,
    bytes: usize,
) -> Result<Vec<Waiting>> {
    let mut events_of = conn.prepare_cached(concat!(
        "SELECT seq, ",
        event_columns!(),
        " FROM event WHERE seq >= ?1 AND seq <= ?2 ORDER BY seq LIMIT ?3"
    ))?;
    let (mut waiting, mut total) = (Vec::new(), 0_usize);
    for (first, last) in lanes::runs(conn, dest, after + 1, Seq::MAX, events)? {
        let mut rows = events_of.query(params![first.max(after + 1), last, query::limit(events - waiting.len())])?;
        while let Some(row) = rows.next()? {
            total = total.saturating_add(row.get_ref(8)?.as_blob()?.len());
            if total > bytes && !waiting.is_empty() {
                return Ok(waiting);
            }
            waiting.push(Waiting { seq: row.get(0)?, event: Arc::new(rows::event(row, 1)?) });
        }
        if waiting.len() >= events {
            break;
        }
    }
    Ok(waiting)
}

pub(super) fn oldest(conn: &Connection, dest: PlatformNum) -> Result<Option<i64>> {
    let Some(first) = lanes::first(conn, dest)? else { return Ok(None) };
    conn.prepare_cached("SELECT at FROM event WHERE seq = ?1")?.query_row([first], |row| row.get(0)).optional()
}

pub(super) fn inbox_heads(conn: &Connection, after: Seq) -> Result<Vec<InboxHead>> {
    let sql = "SELECT seq, room, kind, platform, suspect FROM inbox WHERE seq > ?1 ORDER BY seq";
    query::all(conn, sql, [after], rows::inbox_head)
}

pub(super) fn inbox(conn: &Connection, seqs: &[Seq]) -> Result<Vec<InboxRow>> {
    let sql = "SELECT seq, id, kind, platform, room, late, attempts, suspect, body FROM inbox WHERE seq = ?1";
    let mut statement = conn.prepare_cached(sql)?;
    let mut found = Vec::with_capacity(seqs.len());
    for seq in seqs {
        found.extend(statement.query_row([seq], rows::inbox).optional()?);
    }
    Ok(found)
}

/// Dead letters, oldest first.
pub(super) fn dead(conn: &Connection, filter: &DeadFilter, limit_to: usize) -> Result<Vec<DeadRow>> {
    macro_rules! select {
        ($condition:literal) => {
            concat!(
                "SELECT num, dest, inbound, why, died, ",
                event_columns!(),
                " FROM dead WHERE ",
                $condition,
                " ORDER BY num LIMIT ?1"
            )
        };
    }
    let limit = query::limit(limit_to);
    match filter {
        DeadFilter::All => query::all(conn, select!("num > 0"), [limit], rows::dead),
        DeadFilter::Dest(dest) => query::all(conn, select!("dest = ?2"), params![limit, dest], rows::dead),
        DeadFilter::Num(num) => query::all(conn, select!("num = ?2"), params![limit, num], rows::dead),
        DeadFilter::Event(id) => query::all(conn, select!("id = ?2"), params![limit, id.as_bytes()], rows::dead),
    }
}

pub(super) fn dead_counts(conn: &Connection) -> Result<Vec<(PlatformNum, u64)>> {
    query::all(conn, "SELECT dest, count(*) FROM dead GROUP BY dest", [], |row| {
        Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
    })
}

pub(super) fn owner(conn: &Connection) -> Result<Option<OwnerRow>> {
    let row = |row: &Row<'_>| Ok(OwnerRow { node: row.get(0)?, standalone: row.get(1)? });
    conn.query_row("SELECT node, standalone FROM owner", [], row).optional()
}

pub(super) fn contacts(conn: &Connection) -> Result<Vec<ContactRow>> {
    query::all(
        conn,
        "SELECT platform, up, since, last, alarm, import_error, error, next_try, findings, is_lane
         FROM contact ORDER BY platform",
        [],
        |row| {
            let text = |at| row.get::<_, Option<String>>(at).map(|text| text.map(Into::into));
            Ok(ContactRow {
                platform: row.get(0)?,
                up: row.get(1)?,
                since: row.get(2)?,
                last: row.get(3)?,
                alarm: text(4)?,
                import_error: text(5)?,
                error: text(6)?,
                next_try: row.get(7)?,
                findings: text(8)?,
                is_lane: row.get(9)?,
            })
        },
    )
}

pub(super) fn delivery(conn: &Connection, event: Uuid) -> Result<Option<DeliveryRows>> {
    let Some(receipt) = receipt(conn, event)? else { return Ok(None) };
    let mut lanes: Vec<PlatformNum> = receipt.to.iter().map(|(_, lane)| *lane).collect();
    lanes.sort_unstable();
    lanes.dedup();
    let (mut waiting, mut passed) = (Vec::new(), Vec::new());
    for lane in lanes {
        if lanes::waits(conn, lane, receipt.seq, receipt.seq)? {
            waiting.push(lane);
        } else if let Some(at) = passed_at(conn, lane, receipt.seq)? {
            passed.push((lane, at));
        }
    }
    let sql = "SELECT event, platform, state, why, at FROM fate WHERE event = ?1";
    let fates = query::all(conn, sql, [event.as_bytes()], rows::fate)?;
    Ok(Some(DeliveryRows { receipt, waiting, fates, passed }))
}

/// The receipt of a publication, out of the run in which it is.
fn receipt(conn: &Connection, event: Uuid) -> Result<Option<ReceiptRow>> {
    let sql = "SELECT first, last, seq, dests, hosted FROM receipt WHERE first <= ?1 ORDER BY first DESC LIMIT 1";
    let run = conn.prepare_cached(sql)?.query_row([event.as_bytes()], |row| {
        Ok((rows::uuid(row, 0)?, rows::uuid(row, 1)?, row.get::<_, Seq>(2)?, rows::pairs(row, 3)?, row.get(4)?))
    });
    Ok(run.optional()?.filter(|(_, last, ..)| event <= *last).map(|(first, _, seq, to, hosted)| {
        let seq = seq + query::offset(first, event).unwrap_or(0);
        ReceiptRow { event, hosted, seq, to }
    }))
}

/// Whether a lane has passed a position, and when, unless that is longer ago than is remembered.
pub(super) fn passed_at(conn: &Connection, lane: PlatformNum, seq: Seq) -> Result<Option<Option<i64>>> {
    let sql = "SELECT at FROM passed WHERE dest = ?1 AND upto >= ?2 ORDER BY upto LIMIT 1";
    conn.prepare_cached(sql)?.query_row(params![lane, seq], |row| row.get(0)).optional()
}
