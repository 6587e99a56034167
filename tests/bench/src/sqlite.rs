//! What SQLite alone commits: rows as long as a message's body, into one table, in a WAL that is synced at every commit.
//! The measure of all that a node does.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::Failed;
use crate::node::BODY;

pub(crate) struct Rates {
    /// Rows a second, one row a transaction.
    pub rows_1: f64,
    /// Rows a second, 1,000 rows a transaction.
    pub rows_1000: f64,
    /// What one transaction of one row takes, microseconds, sorted.
    pub commit_us: Vec<f64>,
}

pub(crate) fn measure(folder: &Path, span: Duration) -> Result<Rates, Failed> {
    let mut conn = Connection::open(folder.join("sqlite.db"))?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(
        "PRAGMA synchronous = FULL; CREATE TABLE row (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
    )?;
    insert(&mut conn, 1, span / 4)?;
    let mut commit_us = insert(&mut conn, 1, span)?;
    let rows_1 = commit_us.len() as f64 / (commit_us.iter().sum::<f64>() / 1e6);
    let many = insert(&mut conn, 1_000, span)?;
    let rows_1000 = many.len() as f64 * 1_000.0 / (many.iter().sum::<f64>() / 1e6);
    commit_us.sort_by(f64::total_cmp);
    Ok(Rates { rows_1, rows_1000, commit_us })
}

/// What each transaction of so many rows took, microseconds.
fn insert(conn: &mut Connection, rows: usize, span: Duration) -> rusqlite::Result<Vec<f64>> {
    let body = [b'x'; BODY];
    let (begin, mut took) = (Instant::now(), Vec::new());
    while begin.elapsed() < span {
        let start = Instant::now();
        let tx = conn.transaction()?;
        {
            let mut insert = tx.prepare_cached("INSERT INTO row (body) VALUES (?1)")?;
            for _ in 0..rows {
                insert.execute([&body[..]])?;
            }
        }
        tx.commit()?;
        took.push(start.elapsed().as_secs_f64() * 1e6);
    }
    Ok(took)
}
