//! What SQLite alone commits: rows as long as a message's body, into one table, in a WAL that is synced at every commit.
//! The measure of all that a node does.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::Failed;
use crate::node::BODY;

/// A database of its own, which goes with this.
pub(crate) struct Alone {
    conn: Connection,
    path: PathBuf,
}

impl Alone {
    pub(crate) fn open(folder: &Path) -> Result<Alone, Failed> {
        let path = folder.join("sqlite.db");
        remove(&path);
        let conn = Connection::open(&path)?;
        conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        conn.execute_batch(
            "PRAGMA synchronous = FULL; CREATE TABLE row (seq INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT",
        )?;
        Ok(Alone { conn, path })
    }

    /// What one transaction of this many rows takes, microseconds.
    pub(crate) fn commit(&mut self, rows: usize) -> Result<f64, Failed> {
        let start = Instant::now();
        let tx = self.conn.transaction()?;
        {
            let mut insert = tx.prepare_cached("INSERT INTO row (body) VALUES (?1)")?;
            for _ in 0..rows {
                insert.execute([&[b'x'; BODY][..]])?;
            }
        }
        tx.commit()?;
        Ok(start.elapsed().as_secs_f64() * 1e6)
    }

    /// Rows a second, with this many rows a transaction.
    pub(crate) fn rows_per_second(&mut self, rows: usize, span: Duration) -> Result<f64, Failed> {
        let (begin, mut committed) = (Instant::now(), 0);
        while begin.elapsed() < span {
            self.commit(rows)?;
            committed += rows;
        }
        Ok(committed as f64 / begin.elapsed().as_secs_f64())
    }
}

impl Drop for Alone {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove(path: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        let _ = fs::remove_file(file);
    }
}
