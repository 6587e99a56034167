//! A lane moves on: what it passed leaves its queue, and events that wait in no other lane are deleted.

use rusqlite::{Connection, Result, params};

use super::lanes::{self, Run};
use crate::store::{PlatformNum, Seq};

/// Settles everything up to `upto`; returns how many waited.
pub(super) fn settle(conn: &Connection, dest: PlatformNum, upto: Seq, at: i64) -> Result<u64> {
    let runs = lanes::runs(conn, dest, 0, upto, usize::MAX)?;
    let Some(&(first, _)) = runs.first() else { return Ok(0) };
    let passed: Vec<Run> = runs.iter().map(|(first, last)| (*first, *last.min(&upto))).collect();

    let mut alone = passed.clone();
    for other in lanes::waiting(conn, upto)?.into_iter().filter(|lane| *lane != dest) {
        alone = lanes::without(&alone, &lanes::runs(conn, other, first, upto, usize::MAX)?);
    }
    let mut delete = conn.prepare_cached("DELETE FROM event WHERE seq >= ?1 AND seq <= ?2")?;
    for (first, last) in alone {
        delete.execute([first, last])?;
    }

    conn.prepare_cached("DELETE FROM outbox WHERE dest = ?1 AND first <= ?2")?.execute(params![dest, upto])?;
    if let Some(&(_, last)) = runs.last()
        && last > upto
    {
        lanes::put(conn, dest, (upto + 1, last))?;
    }
    conn.prepare_cached("INSERT OR REPLACE INTO passed (dest, upto, at) VALUES (?1, ?2, ?3)")?
        .execute(params![dest, upto, at])?;
    Ok(passed.iter().map(|(first, last)| (last - first + 1).cast_unsigned()).sum())
}
