//! A lane moves on: what came to an end leaves its queue, and events that wait in no other lane are deleted.

use rusqlite::{Connection, Result, params};

use super::lanes;
use crate::store::{PlatformNum, Run};

/// Settles what waits of these runs, which are in order and without overlaps; returns how many waited.
pub(super) fn settle(conn: &Connection, dest: PlatformNum, done: &[Run], at: i64) -> Result<u64> {
    let settled = take_out(conn, dest, done)?;
    if let Some(&(_, upto)) = done.last()
        && settled > 0
    {
        conn.prepare_cached("INSERT OR REPLACE INTO passed (dest, upto, at) VALUES (?1, ?2, ?3)")?
            .execute(params![dest, upto, at])?;
    }
    Ok(settled)
}

/// Takes what waits of these runs out of a lane; returns how many.
pub(super) fn take_out(conn: &Connection, dest: PlatformNum, done: &[Run]) -> Result<u64> {
    let (Some(&(from, _)), Some(&(_, upto))) = (done.first(), done.last()) else { return Ok(0) };
    let runs = lanes::runs(conn, dest, from, upto, usize::MAX)?;
    let left = lanes::without(&runs, done);
    let settled = lanes::without(&runs, &left);
    let (Some(&(first, _)), Some(&(last, _))) = (runs.first(), runs.last()) else { return Ok(0) };

    let mut alone = settled.clone();
    for other in lanes::waiting(conn, upto)?.into_iter().filter(|lane| *lane != dest) {
        alone = lanes::without(&alone, &lanes::runs(conn, other, from, upto, usize::MAX)?);
    }
    let mut delete = conn.prepare_cached("DELETE FROM event WHERE seq >= ?1 AND seq <= ?2")?;
    for (first, last) in alone {
        delete.execute([first, last])?;
    }

    conn.prepare_cached("DELETE FROM outbox WHERE dest = ?1 AND first >= ?2 AND first <= ?3")?
        .execute(params![dest, first, last])?;
    left.into_iter().try_for_each(|run| lanes::put(conn, dest, run))?;
    Ok(settled.iter().map(|(first, last)| (last - first + 1).cast_unsigned()).sum())
}
