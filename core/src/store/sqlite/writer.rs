//! The connection that writes: its transactions, and what it remembers from one to the next.

use std::mem;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::error::{Sql, refused};
use super::remembered::Remembered;
use super::tx::SqliteTx;
use super::{connections, query, read, schema};
use crate::store::Tx;
use crate::{ErrorKind, Result};

/// The one connection of this process that writes.
pub(super) struct Writer {
    path: PathBuf,
    max_pages: Option<u32>,
    /// The id of the store.
    id: Uuid,
    /// None from a fork to the next transaction.
    open: Option<Open>,
    remembered: Remembered,
}

struct Open {
    conn: Connection,
    /// What `PRAGMA data_version` said in the last transaction: it moves when another connection commits, and in this
    /// process no other does. None before the first one of a connection that was opened again: nothing says what others
    /// have committed meanwhile.
    seen: Option<u64>,
}

impl Writer {
    pub(super) fn open(path: &Path, max_pages: Option<u32>) -> Result<Self> {
        let conn = schema::writer(path, max_pages)?;
        // In this order: what is committed between the two is read again in the first transaction.
        let seen = Some(data_version(&conn).sql()?);
        let remembered = Remembered::read(&conn).sql()?;
        let id = read::store_id(&conn).sql()?;
        Ok(Writer { path: path.to_owned(), max_pages, id, open: Some(Open { conn, seen }), remembered })
    }

    pub(super) fn id(&self) -> Uuid {
        self.id
    }

    /// Closes the connection until the next transaction.
    pub(super) fn close(&mut self) {
        if let Some(Open { conn, .. }) = self.open.take() {
            connections::close(conn);
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
        done
    }

    fn open_again(&self) -> Result<Open> {
        let conn = schema::writer(&self.path, self.max_pages)?;
        if read::store_id(&conn).sql()? != self.id {
            return Err(refused(&self.path, "is another store than the one that was opened: somebody has replaced it"));
        }
        Ok(Open { conn, seen: None })
    }
}

impl Open {
    fn transact(
        &mut self,
        remembered: &mut Remembered,
        work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>,
    ) -> Result<bool> {
        // Whatever ends this early, a panic included, rolls back as `transaction` is dropped, and leaves `senders` empty.
        let transaction = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate).sql()?;
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
            SqliteTx::new(&self.conn, others_wrote, Remembered { counters, senders, walk: remembered.walk }).sql()?;
        work(&mut tx)?;
        let now = tx.finish().sql()?;
        transaction.commit().sql()?;
        (self.seen, *remembered) = (seen, now);
        Ok(self.conn.total_changes() != changes)
    }
}

fn data_version(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get::<_, u32>(0)).map(u64::from)
}
