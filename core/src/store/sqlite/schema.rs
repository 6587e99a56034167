//! The tables, the steps that lead to them, and how a connection is set up.
//!
//! A file is opened only if it is empty or ours; everything else is refused before anything is written to it.
//!
//! Rows that are put once per event go to tables whose key grows, so that they are appended; secondary indexes are only
//! where rows are few.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use uuid::{Builder, Uuid};

use super::error::{Sql, failed, named, refused};
use super::{migrate2, migrate5};
use crate::util::fork;
use crate::{Error, Result};

/// Marks the file as a store of this library ("Intg").
const APPLICATION_ID: i32 = 0x496e_7467;

/// How large a page is, bytes. Larger ones cost a single commit more, and hundreds of events less.
const PAGE: i32 = 8_192;

/// How many pages of log make the writer copy them into the file. Larger is faster for big transactions, and a longer
/// pause and a larger file beside the store.
const CHECKPOINT_PAGES: i32 = 1_000;

/// What is longer of the log is cut off when it begins anew.
pub(super) const LOG_BYTES: u64 = 64 << 20;

/// The steps from an empty file to the present tables; a file's version is how many of them it has seen.
const MIGRATIONS: &[Step] = &[
    Step { tables: include_str!("schema1.sql"), rows: None },
    Step { tables: include_str!("schema2.sql"), rows: Some(migrate2::run) },
    Step { tables: include_str!("schema3.sql"), rows: None },
    Step { tables: include_str!("schema4.sql"), rows: None },
    Step { tables: include_str!("schema5.sql"), rows: Some(migrate5::run) },
    Step { tables: include_str!("schema6.sql"), rows: None },
    Step { tables: include_str!("schema7.sql"), rows: None },
    Step { tables: include_str!("schema8.sql"), rows: None },
    Step { tables: include_str!("schema9.sql"), rows: None },
    Step { tables: include_str!("schema10.sql"), rows: None },
];

/// One step: SQL, and then what SQL can't do.
struct Step {
    tables: &'static str,
    rows: Option<fn(&Connection) -> rusqlite::Result<()>>,
}

/// A file that was opened.
pub(super) struct Opened {
    pub conn: Connection,
    /// An earlier version of this library had it last.
    pub was_older: bool,
}

/// The connection that writes, on a file that is empty or a store, which it brings up to date. With `doubtful` the log beside
/// it may be that of another file: then all of it is looked at first, and nothing is written if they don't fit.
pub(super) fn writer(path: &Path, max_pages: Option<u32>, doubtful: bool) -> Result<Opened> {
    let conn = connect(path).map_err(|e| unreadable(path, e))?;
    let keep_log = |keep| conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, keep).sql();
    keep_log(doubtful)?;
    if doubtful && is_torn(&conn) {
        return Err(torn(path));
    }
    let version = inspect(&conn, path)?;
    keep_log(false)?;
    set_up(&conn, version, max_pages).sql().map_err(named(path))?;
    Ok(Opened { conn, was_older: version < MIGRATIONS.len() })
}

/// A connection that reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    let conn = connect(path)?;
    conn.execute_batch("PRAGMA cache_size = -2048; PRAGMA query_only = ON")?;
    Ok(conn)
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // Or each new value of a parameter has its statement planned anew, which costs more than running it.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    conn.busy_timeout(Duration::from_secs(10))?;
    conn.set_prepared_statement_cache_capacity(100);
    Ok(conn)
}

/// Whether this file may be used at all; returns its version. Writes nothing.
fn inspect(conn: &Connection, path: &Path) -> Result<usize> {
    let number = |sql: &str| conn.query_row(sql, [], |r| r.get::<_, i64>(0)).map_err(|e| unreadable(path, e));
    let application = number("PRAGMA application_id")?;
    let version = number("PRAGMA user_version")?;
    let tables = number("SELECT count(*) FROM sqlite_schema")?;
    if application != i64::from(APPLICATION_ID) {
        if application != 0 || version != 0 || tables != 0 {
            return Err(refused(path, "belongs to another program: give the path of a file of the node's own"));
        }
        return Ok(0);
    }
    match usize::try_from(version) {
        Ok(version) if version <= MIGRATIONS.len() => Ok(version),
        _ => Err(refused(
            path,
            format_args!(
                "was written by a newer version of this library (format {version}, this one knows {}): update this one",
                MIGRATIONS.len()
            ),
        )),
    }
}

fn set_up(conn: &Connection, version: usize, max_pages: Option<u32>) -> rusqlite::Result<()> {
    conn.execute_batch(&format!("PRAGMA page_size = {PAGE}"))?;
    conn.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    conn.execute_batch(&format!(
        "PRAGMA synchronous = FULL; PRAGMA cache_size = -12288; PRAGMA temp_store = MEMORY;
         PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}; PRAGMA journal_size_limit = {LOG_BYTES}"
    ))?;
    if let Some(pages) = max_pages {
        conn.execute_batch(&format!("PRAGMA max_page_count = {pages}"))?;
    }
    if version < MIGRATIONS.len() { migrate(conn, version) } else { Ok(()) }
}

fn migrate(conn: &Connection, version: usize) -> rusqlite::Result<()> {
    let tx = Transaction::new_unchecked(conn, TransactionBehavior::Immediate)?;
    for step in &MIGRATIONS[version..] {
        tx.execute_batch(step.tables)?;
        if let Some(rows) = step.rows {
            rows(&tx)?;
        }
    }
    tx.execute_batch(&format!("PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = {}", MIGRATIONS.len()))?;
    if version == 0 {
        tx.execute(
            "INSERT INTO counter (only, store, last_id) VALUES (1, ?1, ?2)",
            (new_id()?, Uuid::nil().as_bytes()),
        )?;
    }
    tx.commit()
}

/// A random id.
fn new_id() -> rusqlite::Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.to_string().into()))?;
    Ok(Builder::from_random_bytes(bytes).into_uuid().into_bytes())
}

/// Whether parts of the file don't fit each other. What else is wrong with it shows when it is inspected.
fn is_torn(conn: &Connection) -> bool {
    match conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(found) => found != "ok",
        Err(e) => e.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt),
    }
}

fn torn(path: &Path) -> Error {
    let (name, file) = (path.display(), path.file_name().unwrap_or_default().display());
    Error::store(format_args!(
        "{name} and its log {file}-wal don't fit together, and were left as they are. If the file is a backup that was put \
         here, the log is that of the one before: move {file}-wal and {file}-shm away. Else it is damaged: put a backup in its \
         place"
    ))
    .lasting()
}

/// Makes a store of the copy of a backup: looks at all of it, gives it another id, and leaves no log. Its version stays.
pub(super) fn renew(copy: &Path, backup: &Path) -> Result<()> {
    let _pass = fork::pass();
    let conn = connect(copy).map_err(|e| unreadable(backup, e))?;
    if inspect(&conn, backup)? == 0 {
        return Err(refused(backup, "is empty, and no backup of a store"));
    }
    let found: String =
        conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(|e| unreadable(backup, e))?;
    if found != "ok" {
        let why = format_args!("{} is damaged, so the store was left as it is: take another backup", backup.display());
        return Err(Error::store(why).lasting());
    }
    rename(&conn).sql().map_err(named(copy))?;
    conn.close().map_err(|(_, e)| named(copy)(failed(e)))
}

/// Gives the store another id.
pub(super) fn rename(conn: &Connection) -> rusqlite::Result<Uuid> {
    let id = new_id()?;
    conn.execute("UPDATE counter SET store = ?1", [id])?;
    Ok(Uuid::from_bytes(id))
}

/// A file that can't be opened: the message says whether it is another kind of file or a damaged one.
fn unreadable(path: &Path, e: rusqlite::Error) -> Error {
    match e.sqlite_error_code() {
        Some(ErrorCode::NotADatabase) => {
            refused(path, "is no store: give the path of a store, or of a file that isn't there yet")
        }
        _ => named(path)(failed(e)),
    }
}
/// Closes a connection that will be needed again: without copying the log, as the last one would do.
pub(super) fn close(conn: Connection) {
    let _ = conn.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
    drop(conn);
}
