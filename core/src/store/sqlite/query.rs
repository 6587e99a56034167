//! Small parts of queries that reading, writing and looking after the tables have in common.

use rusqlite::{Connection, Result, Row};
use uuid::Uuid;

use super::rows;
use crate::store::Seq;
use crate::util::ages::AgeMark;

/// All rows of a query.
pub(super) fn all<T>(
    conn: &Connection,
    sql: &str,
    params: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    conn.prepare_cached(sql)?.query_map(params, read)?.collect()
}

/// A limit in SQL, where a negative number is none.
pub(super) fn limit(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(-1)
}

/// How many ids `id` is after `first`; None if it is before it or too far away for any run.
pub(super) fn offset(first: Uuid, id: Uuid) -> Option<i64> {
    id.as_u128().checked_sub(first.as_u128())?.try_into().ok()
}

/// What the one row of `counter` holds: what was given out last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    pub event: Seq,
    pub inbox: Seq,
    pub dead: i64,
    pub parked: i64,
    pub receipt: i64,
    /// The same of platforms that are hosted here.
    pub hosted_receipt: i64,
    pub version: u64,
    /// How many events wait for the app.
    pub waiting: u64,
    pub last_id: Option<Uuid>,
    pub age: Option<AgeMark>,
}

pub(super) fn counters(conn: &Connection) -> Result<Counters> {
    let sql = "SELECT event, inbox, dead, parked, receipt, version, last_id, waiting, age, wall,
               hosted_receipt FROM counter";
    conn.prepare_cached(sql)?.query_row([], |row| {
        Ok(Counters {
            event: row.get(0)?,
            inbox: row.get(1)?,
            dead: row.get(2)?,
            parked: row.get(3)?,
            receipt: row.get(4)?,
            version: row.get::<_, i64>(5)?.cast_unsigned(),
            last_id: Some(rows::uuid(row, 6)?).filter(|id| !id.is_nil()),
            waiting: row.get::<_, i64>(7)?.cast_unsigned(),
            age: row.get::<_, Option<i64>>(8)?.zip(row.get(9)?).map(|(age, wall)| AgeMark { age, wall }),
            hosted_receipt: row.get(10)?,
        })
    })
}
