//! What one transaction puts without a gap is one row: a lane's waiting positions, and the receipts of publications.
//!
//! Under load a commit carries hundreds of events for the same destinations, whose positions and ids (given by the same
//! transaction) follow one another. As runs they cost one row of each kind for all of them instead of one for each.
//! Events that go different ways break the runs, down to one row for each at worst.

use std::collections::BTreeMap;

use rusqlite::{Connection, Result, params};
use uuid::Uuid;

use super::lanes;
use super::{query, rows};
use crate::store::Run;
use crate::store::{PlatformNum, ReceiptRow, Seq};

/// The runs that are not written yet. Whoever reads these tables in the same transaction writes them first.
#[derive(Debug, Default)]
pub(super) struct Runs {
    waiting: BTreeMap<PlatformNum, Run>,
    receipts: Option<Receipts>,
}

/// Publications whose ids and positions count up together, and that went to the same platforms.
#[derive(Debug)]
struct Receipts {
    first: ReceiptRow,
    last: Uuid,
    /// The number of the first.
    num: i64,
}

impl Receipts {
    fn continues_with(&self, row: &ReceiptRow) -> bool {
        let next = query::offset(self.first.event, self.last).map(|more| more + 1);
        next == query::offset(self.first.event, row.event)
            && next == row.seq.checked_sub(self.first.seq)
            && row.hosted == self.first.hosted
            && row.to == self.first.to
    }
}

impl Runs {
    /// An event waits for `dest`.
    pub(super) fn wait(&mut self, conn: &Connection, dest: PlatformNum, seq: Seq) -> Result<()> {
        match self.waiting.get_mut(&dest) {
            Some((_, last)) if *last + 1 == seq => *last = seq,
            Some(run) => lanes::put(conn, dest, std::mem::replace(run, (seq, seq)))?,
            None => drop(self.waiting.insert(dest, (seq, seq))),
        }
        Ok(())
    }

    /// The receipt of a publication, the `num`th of all.
    pub(super) fn receipt(&mut self, conn: &Connection, row: &ReceiptRow, num: i64) -> Result<()> {
        match &mut self.receipts {
            Some(run) if run.continues_with(row) => {
                run.last = row.event;
                Ok(())
            }
            run => match run.replace(Receipts { first: row.clone(), last: row.event, num }) {
                Some(done) => put_receipts(conn, &done),
                None => Ok(()),
            },
        }
    }

    /// Writes what was gathered.
    pub(super) fn write(&mut self, conn: &Connection) -> Result<()> {
        while let Some((dest, run)) = self.waiting.pop_first() {
            lanes::put(conn, dest, run)?;
        }
        self.receipts.take().map_or(Ok(()), |run| put_receipts(conn, &run))
    }
}

fn put_receipts(conn: &Connection, run: &Receipts) -> Result<()> {
    let Receipts { first, last, num } = run;
    let to = rows::pack(first.to.iter().flat_map(|(platform, lane)| [*platform, *lane]));
    let sql = "INSERT OR REPLACE INTO receipt (first, last, num, seq, dests, hosted) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    let row = params![first.event.as_bytes(), last.as_bytes(), num, first.seq, to, first.hosted];
    conn.prepare_cached(sql)?.execute(row).map(drop)
}
