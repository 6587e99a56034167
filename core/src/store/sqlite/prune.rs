//! Forgetting what is past its time: receipts with their fates, the marks of what lanes passed, keys. A bounded number of
//! rows per call.
//!
//! Receipts are walked in the order of their ids, which is nearly that of their ends, and the walk stops at the first that
//! has ended too recently. Those that still wait are stepped over; the walk remembers where it was, so that a million
//! that wait for a platform that is down don't hide what comes after them.

use rusqlite::{Connection, OptionalExtension, Result, Row, params};
use uuid::Uuid;

use super::{lanes, query, read, rows};
use crate::store::{Past, PlatformNum, Seq};

/// Receipts before the last so many go however lately they ended: the app's own, and those of all platforms hosted here.
const RECEIPTS_KEPT: i64 = 1_000_000;
/// How many rows of a kind one call looks at.
const ROWS: usize = 2_000;

/// One call's bounds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub past: Past,
    /// How many receipts of the app's own were ever put.
    pub put: i64,
    /// How many of platforms hosted here.
    pub put_hosted: i64,
}

/// Forgets some; `walk` is where the last call stopped. Returns whether there is more to forget now.
pub(super) fn prune(conn: &Connection, bounds: Bounds, walk: &mut Uuid) -> Result<bool> {
    let marks = forget_marks(conn, bounds.past.receipts)?;
    let receipts = forget_receipts(conn, bounds, walk)?;
    let keys = forget_keys(conn, bounds.past.keys)?;
    Ok(marks || receipts || keys)
}

/// What a receipt's age says.
enum Verdict {
    Waits,
    /// Ended too recently; so have those after it.
    Fresh,
    /// Nothing says when it ended, and it began too recently.
    Young,
    Past,
}

/// A run of receipts: it is forgotten as a whole, when the last of it may be.
struct Run {
    first: Uuid,
    last: Uuid,
    /// The number of the last; below 0 they count the other way, for platforms hosted here.
    num: i64,
    seqs: (Seq, Seq),
    to: Vec<(PlatformNum, PlatformNum)>,
}

fn run(row: &Row<'_>) -> Result<Run> {
    let (first, last) = (rows::uuid(row, 0)?, rows::uuid(row, 1)?);
    let (num, seq, more) = (row.get::<_, i64>(2)?, row.get::<_, Seq>(3)?, query::offset(first, last).unwrap_or(0));
    Ok(Run {
        first,
        last,
        num: if num < 0 { num - more } else { num + more },
        seqs: (seq, seq + more),
        to: rows::pairs(row, 4)?,
    })
}

fn forget_receipts(conn: &Connection, bounds: Bounds, walk: &mut Uuid) -> Result<bool> {
    let sql = "SELECT first, last, num, seq, dests FROM receipt WHERE first > ?1 ORDER BY first LIMIT ?2";
    let receipts = query::all(conn, sql, params![walk.as_bytes(), query::limit(ROWS)], run)?;
    let (mut from, mut upto) = (*walk, *walk);
    let mut lanes = Lanes { conn, first: Vec::new() };
    let (mut forgotten, mut stopped) = (0, false);
    let whole = receipts.len() < ROWS;
    for run in receipts {
        match lanes.verdict(bounds, &run)? {
            Verdict::Past => upto = run.last,
            verdict => {
                forgotten += forget_range(conn, from, upto)?;
                (from, upto) = (run.last, run.last);
                if matches!(verdict, Verdict::Fresh) {
                    stopped = true;
                    break;
                }
            }
        }
    }
    forgotten += forget_range(conn, from, upto)?;
    let sql = "DELETE FROM fate WHERE event > ?1 AND event <= ?2 AND at < ?3 AND NOT EXISTS
               (SELECT 1 FROM (SELECT last FROM receipt WHERE first <= fate.event ORDER BY first DESC LIMIT 1)
                WHERE last >= fate.event)";
    let end = if whole && !stopped { Uuid::max() } else { upto };
    conn.prepare_cached(sql)?.execute(params![walk.as_bytes(), end.as_bytes(), bounds.past.receipts])?;
    *walk = if whole || stopped { Uuid::nil() } else { upto };
    Ok(forgotten > 0 && !whole && !stopped)
}

/// Deletes the receipts after `from` up to `upto`, and what is known of their events.
fn forget_range(conn: &Connection, from: Uuid, upto: Uuid) -> Result<usize> {
    if from == upto {
        return Ok(0);
    }
    let range = params![from.as_bytes(), upto.as_bytes()];
    conn.prepare_cached("DELETE FROM fate WHERE event > ?1 AND event <= ?2")?.execute(range)?;
    conn.prepare_cached("DELETE FROM receipt WHERE first > ?1 AND first <= ?2")?.execute(range)
}

/// The lanes, with the first event that waits in each that was asked for.
struct Lanes<'a> {
    conn: &'a Connection,
    first: Vec<(PlatformNum, Option<Seq>)>,
}

impl Lanes<'_> {
    fn verdict(&mut self, bounds: Bounds, run: &Run) -> Result<Verdict> {
        for (_, lane) in &run.to {
            if self.waits(*lane, run.seqs)? {
                return Ok(Verdict::Waits);
            }
        }
        let (num, put) = if run.num < 0 { (-run.num, bounds.put_hosted) } else { (run.num, bounds.put) };
        if num <= put - RECEIPTS_KEPT {
            return Ok(Verdict::Past);
        }
        let mut ended = None;
        for (_, lane) in &run.to {
            ended = ended.max(read::passed_at(self.conn, *lane, run.seqs.1)?.flatten());
        }
        let sql = "SELECT max(at) FROM fate WHERE event >= ?1 AND event <= ?2";
        let range = params![run.first.as_bytes(), run.last.as_bytes()];
        let fate: Option<i64> = self.conn.prepare_cached(sql)?.query_row(range, |row| row.get(0))?;
        Ok(match (ended.max(fate), began(run.last)) {
            (Some(ended), _) if ended >= bounds.past.receipts => Verdict::Fresh,
            (None, Some(began)) if began >= bounds.past.made => Verdict::Young,
            _ => Verdict::Past,
        })
    }

    fn waits(&mut self, lane: PlatformNum, (from, upto): (Seq, Seq)) -> Result<bool> {
        let first = match self.first.iter().find(|(known, _)| *known == lane) {
            Some((_, first)) => *first,
            None => {
                let first = lanes::first(self.conn, lane)?;
                self.first.push((lane, first));
                first
            }
        };
        match first {
            Some(first) if first <= upto => lanes::waits(self.conn, lane, from, upto),
            _ => Ok(false),
        }
    }
}

/// When an id was made, epoch milliseconds, if it tells.
fn began(id: Uuid) -> Option<i64> {
    (id.get_version_num() == 7).then(|| (id.as_u128() >> 80).try_into().ok()).flatten()
}

/// Replaces the marks of each lane that are past their time, or older than every receipt, by one that says "long ago".
fn forget_marks(conn: &Connection, before: i64) -> Result<bool> {
    let sql = "SELECT seq FROM receipt ORDER BY first LIMIT 1";
    let needed: Seq = conn.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?.unwrap_or(Seq::MAX);
    let mut next = conn.prepare_cached("SELECT dest FROM passed WHERE dest > ?1 ORDER BY dest LIMIT 1")?;
    let (mut more, mut after) = (false, -1_i64);
    while let Some(lane) = next.query_row([after], |row| row.get::<_, PlatformNum>(0)).optional()? {
        let sql = "SELECT upto, at FROM passed WHERE dest = ?1 ORDER BY upto LIMIT ?2";
        let marks: Vec<(Seq, Option<i64>)> =
            query::all(conn, sql, params![lane, query::limit(ROWS)], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let past = marks.iter().take_while(|(upto, at)| at.is_none_or(|at| at < before) || *upto < needed).count();
        if let Some(&(upto, at)) = marks[..past].last()
            && (past > 1 || at.is_some())
        {
            conn.prepare_cached("DELETE FROM passed WHERE dest = ?1 AND upto < ?2")?.execute(params![lane, upto])?;
            conn.prepare_cached("UPDATE passed SET at = NULL WHERE dest = ?1 AND upto = ?2")?
                .execute(params![lane, upto])?;
        }
        more |= past == ROWS;
        after = i64::from(lane);
    }
    Ok(more)
}

fn forget_keys(conn: &Connection, before: i64) -> Result<bool> {
    let sql = "DELETE FROM publication_key WHERE at < ?1 AND num <=
               (SELECT max(num) FROM (SELECT num FROM publication_key ORDER BY num LIMIT ?2))";
    let forgotten = conn.prepare_cached(sql)?.execute([before, query::limit(ROWS)])?;
    Ok(forgotten == ROWS)
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    #[test]
    fn beyond_the_last_million_receipts_only_what_waits_is_kept() {
        // Those of platforms hosted here are counted apart: however many they are, the app's own stay.
        let own = left_of([1, 2, 3, 4], (RECEIPTS_KEPT + 3, 4 * RECEIPTS_KEPT));
        assert_eq!(own, [1, 4]);
        let hosted = left_of([-1, -2, -3, -4], (4 * RECEIPTS_KEPT, RECEIPTS_KEPT + 3));
        assert_eq!(hosted, [-1, -4]);
    }

    /// Of four receipts of these numbers, of which the first waits, those that are left when so many were put.
    fn left_of(nums: [i64; 4], (put, put_hosted): (i64, i64)) -> Vec<i64> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        std::fs::File::create(&path).unwrap();
        let conn = schema::writer(&path, None, false).unwrap().conn;
        for (n, num) in (1_u8..).zip(nums) {
            let receipt = params![[n; 16], num, n, rows::pack([2, 2])];
            conn.execute("INSERT INTO receipt (first, last, num, seq, dests) VALUES (?1, ?1, ?2, ?3, ?4)", receipt)
                .unwrap();
        }
        conn.execute("INSERT INTO outbox (dest, first, last) VALUES (2, 1, 1)", []).unwrap();
        conn.execute("INSERT INTO passed (dest, upto, at) VALUES (2, 4, 500)", []).unwrap();
        let past = Past { receipts: 500, made: 500, keys: 0 };
        prune(&conn, Bounds { past, put, put_hosted }, &mut Uuid::nil()).unwrap();
        query::all(&conn, "SELECT num FROM receipt ORDER BY first", [], |row| row.get(0)).unwrap()
    }
}
