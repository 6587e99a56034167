//! A lane moves on: what it passed leaves its queue, and events that wait in no other lane are deleted.
//!
//! Lanes settle in order, so what waits in a lane lies at or after the lane's first waiting event. Below the first waiting
//! events of all other lanes an event waited for this lane alone, and a range is deleted without looking; only where
//! another lane lags is each event looked up there.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::read;
use crate::store::{PlatformNum, Seq};

/// Settles everything up to `upto`; returns how many waited.
pub(super) fn settle(conn: &Connection, dest: PlatformNum, upto: Seq, at: i64) -> Result<u64> {
    let Some(first) = first_waiting(conn, dest)?.filter(|first| *first <= upto) else { return Ok(0) };
    let lagging = lagging(conn, dest, upto)?;
    let shared = lagging.iter().map(|(_, first)| *first).min();

    let alone = shared.map_or(upto, |first| first - 1);
    conn.prepare_cached("DELETE FROM event WHERE seq >= ?1 AND seq <= ?2")?.execute([first, alone])?;
    if let Some(shared) = shared {
        let sql = "SELECT seq FROM outbox WHERE dest = ?1 AND seq >= ?2 AND seq <= ?3";
        let ours: Vec<Seq> = read::all(conn, sql, params![dest, shared, upto], |row| row.get(0))?;
        let mut delete = conn.prepare_cached("DELETE FROM event WHERE seq = ?1")?;
        for seq in ours {
            if !waits_in_any(conn, &lagging, seq)? {
                delete.execute([seq])?;
            }
        }
    }

    let waited =
        conn.prepare_cached("DELETE FROM outbox WHERE dest = ?1 AND seq <= ?2")?.execute(params![dest, upto])?;
    conn.prepare_cached("INSERT OR REPLACE INTO passed (dest, upto, at) VALUES (?1, ?2, ?3)")?
        .execute(params![dest, upto, at])?;
    Ok(waited as u64)
}

/// The first event that waits in a lane.
pub(super) fn first_waiting(conn: &Connection, dest: PlatformNum) -> Result<Option<Seq>> {
    let sql = "SELECT seq FROM outbox WHERE dest = ?1 ORDER BY seq LIMIT 1";
    conn.prepare_cached(sql)?.query_row([dest], |row| row.get(0)).optional()
}

/// The other lanes in which something up to `upto` waits, each with the first that does.
///
/// One step in the key per lane that waits, however much waits there.
fn lagging(conn: &Connection, dest: PlatformNum, upto: Seq) -> Result<Vec<(PlatformNum, Seq)>> {
    let sql = "SELECT dest, seq FROM outbox WHERE dest > ?1 ORDER BY dest, seq LIMIT 1";
    let mut next = conn.prepare_cached(sql)?;
    let (mut lagging, mut after) = (Vec::new(), -1_i64);
    while let Some((lane, first)) =
        next.query_row([after], |row| Ok((row.get::<_, PlatformNum>(0)?, row.get::<_, Seq>(1)?))).optional()?
    {
        if lane != dest && first <= upto {
            lagging.push((lane, first));
        }
        after = i64::from(lane);
    }
    Ok(lagging)
}

fn waits_in_any(conn: &Connection, lanes: &[(PlatformNum, Seq)], seq: Seq) -> Result<bool> {
    for (lane, first) in lanes {
        if *first <= seq && read::waits(conn, *lane, seq)? {
            return Ok(true);
        }
    }
    Ok(false)
}
