//! The connection that writes: its transactions, and what it remembers from one to the next.

use std::fmt::Display;
use std::mem;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use uuid::Uuid;

use super::error::{Sql, refused};
use super::kept::Kept;
use super::tx::SqliteTx;
use super::witness::Witness;
use super::{beside, query, read, schema};
use crate::store::Tx;
use crate::util::seldom::seldom;
use crate::{ErrorKind, Result};

/// A log of more bytes has not been begun anew for long: it is kept at half of that.
const LONG_LOG: u64 = 2 * schema::LOG_BYTES;
/// How often the log is looked at. Not at each commit: Linux keeps the times of a file that is looked at more exactly from then
/// on, and the next sync has those to write too, which makes it a third slower.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// The one connection of this process that writes.
pub(super) struct Writer {
    path: PathBuf,
    max_pages: Option<u32>,
    /// The id of the store.
    id: Uuid,
    /// None from a fork to the next transaction.
    open: Option<Open>,
    remembered: Kept,
    witness: Witness,
    /// When the log was last looked at.
    looked: Instant,
}

struct Open {
    conn: Connection,
    /// What `PRAGMA data_version` said in the last transaction: it moves when another connection commits, and in this
    /// process no other does. None before the first one of a connection that was opened again: nothing says what others
    /// have committed meanwhile.
    seen: Option<u64>,
}

impl Writer {
    pub(super) fn open(path: &Path, max_pages: Option<u32>, mut witness: Witness) -> Result<Self> {
        let schema::Opened { conn, was_older } = schema::writer(path, max_pages, witness.doubts_the_log())?;
        // In this order: what is committed between the two is read again in the first transaction.
        let seen = Some(data_version(&conn).sql()?);
        let remembered = Kept::read(&conn).sql()?;
        let mut id = read::store_id(&conn).sql()?;
        if witness.is_overtaken_by(id, &remembered.counters, was_older) {
            id = schema::rename(&conn).sql()?;
            tracing::warn!(
                "store {} is not as it was left here: it was restored, copied or moved. It has a new \
                 id, so that others tell it again what it may have missed",
                path.display()
            );
        }
        if let Err(e) = witness.note_for_good(id, &remembered.counters) {
            tracing::warn!("how far store {} has come can't be noted: {e}", path.display());
        }
        Ok(Writer {
            path: path.to_owned(),
            max_pages,
            id,
            open: Some(Open { conn, seen }),
            remembered,
            witness,
            looked: Instant::now(),
        })
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// Closes the connection until the next transaction.
    pub(super) fn close(&mut self) {
        if let Some(Open { conn, .. }) = self.open.take() {
            schema::close(conn);
        }
    }

    /// Whether another process has committed since the last transaction, or may have.
    pub(super) fn others_wrote(&mut self) -> Result<bool> {
        let Some(open) = &self.open else { return Ok(true) };
        Ok(open.seen != Some(data_version(&open.conn).sql()?))
    }

    /// Runs a transaction; returns whether it has changed anything.
    pub(super) fn transact(&mut self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<bool> {
        let open = match self.open.take() {
            Some(open) => open,
            None => self.open_again()?,
        };
        let open = self.open.insert(open);
        let done = open.transact(&mut self.remembered, work);
        if done.as_ref().is_err_and(|e| e.kind() == ErrorKind::Store) {
            // On a full disk it is the log that fills it, and only a copied log is written from its beginning again.
            let _ = open.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        if let Ok(true) = done {
            noted(self.witness.follow(self.id, &self.remembered.counters));
            if self.looked.elapsed() >= LOOK {
                self.look_at_the_log();
                self.looked = Instant::now();
            }
        }
        done
    }

    /// Whether something waits for [`Writer::rest`].
    pub(super) fn has_put_off(&self) -> bool {
        self.witness.is_behind()
    }

    /// Does what can wait until nothing is written for a moment, when it is this process's turn.
    pub(super) fn rest(&mut self) -> Result<()> {
        // Who has written since sees to it themselves: this process does not know how far they came.
        if self.has_put_off() && !self.others_wrote()? {
            noted(self.witness.note(self.id, &self.remembered.counters));
        }
        Ok(())
    }

    /// The log begins anew only when nobody reads what it was before. This library reads in moments.
    fn look_at_the_log(&self) {
        let bytes = std::fs::metadata(beside(&self.path, "-wal")).map_or(0, |log| log.len());
        if bytes > LONG_LOG
            && let Some(times) = seldom("long log", &self.path.to_string_lossy())
        {
            tracing::warn!(
                "the log of store {} has {} MiB{times}: another program has been reading the store for long, and keeps it from \
                 beginning anew; end it (a backup that hangs, an open sqlite3)",
                self.path.display(),
                bytes >> 20
            );
        }
    }

    fn open_again(&self) -> Result<Open> {
        let conn = schema::writer(&self.path, self.max_pages, false)?.conn;
        if read::store_id(&conn).sql()? != self.id {
            return Err(refused(&self.path, "is another store than the one that was opened: somebody has replaced it"));
        }
        Ok(Open { conn, seen: None })
    }
}

/// Logs that noting how far the store has come failed: whoever wrote has what it asked for all the same.
pub(super) fn noted(result: std::result::Result<(), impl Display>) {
    if let Err(e) = result {
        tracing::debug!("how far the store has come can't be noted: {e}");
    }
}

impl Open {
    fn transact(&mut self, remembered: &mut Kept, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<bool> {
        // Whatever ends this early, a panic included, rolls back as `transaction` is dropped, and leaves `senders` empty.
        let transaction = Transaction::begin(&self.conn).sql()?;
        let seen = Some(data_version(&self.conn).sql()?);
        let others_wrote = seen != self.seen;
        let mut senders = mem::take(&mut remembered.senders);
        let mut counters = remembered.counters;
        if others_wrote {
            counters = query::counters(&self.conn).sql()?;
            senders.clear();
        }
        let changes = self.conn.total_changes();
        let mut tx =
            SqliteTx::new(&self.conn, others_wrote, Kept { counters, senders, walk: remembered.walk }).sql()?;
        work(&mut tx)?;
        let now = tx.finish().sql()?;
        transaction.commit().sql()?;
        (self.seen, *remembered) = (seen, now);
        Ok(self.conn.total_changes() != changes)
    }
}

/// A transaction, which is rolled back if it is dropped before it is committed. rusqlite's parses its statements each time,
/// which a commit of one message feels.
struct Transaction<'a>(&'a Connection);

impl<'a> Transaction<'a> {
    fn begin(conn: &'a Connection) -> rusqlite::Result<Self> {
        conn.prepare_cached("BEGIN IMMEDIATE")?.execute(())?;
        Ok(Transaction(conn))
    }

    fn commit(self) -> rusqlite::Result<()> {
        self.0.prepare_cached("COMMIT")?.execute(()).map(drop)
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

fn data_version(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get::<_, u32>(0)).map(u64::from)
}
