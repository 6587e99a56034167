//! Which positions wait in a lane: runs without a gap, from the table `outbox`.

use rusqlite::{Connection, OptionalExtension, Result, params};

use super::query;
use crate::store::{PlatformNum, Run, Seq};

pub(super) fn put(conn: &Connection, lane: PlatformNum, (first, last): Run) -> Result<()> {
    let sql = "INSERT INTO outbox (dest, first, last) VALUES (?1, ?2, ?3)";
    conn.prepare_cached(sql)?.execute(params![lane, first, last]).map(drop)
}

/// The runs of a lane in which something from `from` up to `upto` waits, whole, in order; at most `limit`.
pub(super) fn runs(conn: &Connection, lane: PlatformNum, from: Seq, upto: Seq, limit: usize) -> Result<Vec<Run>> {
    // The first one may begin before `from`.
    let sql = "SELECT first, last FROM outbox WHERE dest = ?1
               AND first >= ifnull((SELECT max(first) FROM outbox WHERE dest = ?1 AND first <= ?2), ?2)
               AND first <= ?3 AND last >= ?2 ORDER BY first LIMIT ?4";
    query::all(conn, sql, params![lane, from, upto, query::limit(limit)], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Whether something from `from` up to `upto` waits in a lane.
pub(super) fn waits(conn: &Connection, lane: PlatformNum, from: Seq, upto: Seq) -> Result<bool> {
    Ok(!runs(conn, lane, from, upto, 1)?.is_empty())
}

/// The first that waits in a lane.
pub(super) fn first(conn: &Connection, lane: PlatformNum) -> Result<Option<Seq>> {
    let sql = "SELECT first FROM outbox WHERE dest = ?1 ORDER BY first LIMIT 1";
    conn.prepare_cached(sql)?.query_row([lane], |row| row.get(0)).optional()
}

/// The lanes in which something up to `upto` waits. One step in the key per lane, however much waits there.
pub(super) fn waiting(conn: &Connection, upto: Seq) -> Result<Vec<PlatformNum>> {
    let sql = "SELECT dest, first FROM outbox WHERE dest > ?1 ORDER BY dest, first LIMIT 1";
    let mut next = conn.prepare_cached(sql)?;
    let (mut lanes, mut after) = (Vec::new(), -1_i64);
    while let Some((lane, first)) =
        next.query_row([after], |row| Ok((row.get::<_, PlatformNum>(0)?, row.get::<_, Seq>(1)?))).optional()?
    {
        if first <= upto {
            lanes.push(lane);
        }
        after = i64::from(lane);
    }
    Ok(lanes)
}

/// What is in `runs` and not in `others`; both are in order and without overlaps.
pub(super) fn without(runs: &[Run], others: &[Run]) -> Vec<Run> {
    let mut left = Vec::with_capacity(runs.len());
    let mut others = others.iter().peekable();
    for &(mut first, last) in runs {
        while let Some(&&(from, upto)) = others.peek() {
            if from > last {
                break;
            }
            if first < from {
                left.push((first, from - 1));
            }
            first = first.max(upto + 1);
            if first > last {
                break;
            }
            others.next();
        }
        if first <= last {
            left.push((first, last));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Runs in order and without overlaps, from which positions are in.
    fn runs_of(positions: &[bool]) -> Vec<Run> {
        let mut runs: Vec<Run> = Vec::new();
        for seq in (0..).zip(positions).filter(|(_, is_in)| **is_in).map(|(seq, _)| seq) {
            match runs.last_mut() {
                Some((_, last)) if *last + 1 == seq => *last = seq,
                _ => runs.push((seq, seq)),
            }
        }
        runs
    }

    proptest! {
        #[test]
        fn what_is_left_of_runs_is_what_was_in_no_other(
            positions in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..60)
        ) {
            let (a, b): (Vec<bool>, Vec<bool>) = positions.iter().copied().unzip();
            let only: Vec<bool> = positions.iter().map(|(a, b)| *a && !*b).collect();
            prop_assert_eq!(without(&runs_of(&a), &runs_of(&b)), runs_of(&only));
        }
    }
}
