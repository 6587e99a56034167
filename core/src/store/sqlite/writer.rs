//! The connection that writes: its transactions, and what it remembers from one to the next.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::Sql;
use super::query;
use super::remembered::Remembered;
use super::tx::SqliteTx;
use crate::store::Tx;
use crate::{ErrorKind, Result};

/// The one connection of this process that writes.
pub(super) struct Writer {
    conn: Connection,
    /// What `PRAGMA data_version` said in the last transaction: it moves when another connection commits, and in this
    /// process no other does.
    data_version: u64,
    remembered: Remembered,
}

impl Writer {
    pub(super) fn new(conn: Connection) -> Result<Self> {
        // In this order: what is committed between the two is read again in the first transaction.
        let data_version = data_version(&conn).sql()?;
        let remembered = Remembered::read(&conn).sql()?;
        Ok(Writer { conn, data_version, remembered })
    }

    /// A number that moves when another process commits.
    pub(super) fn data_version(&self) -> Result<u64> {
        data_version(&self.conn).sql()
    }

    pub(super) fn transact(
        &mut self,
        others: &AtomicU64,
        work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>,
    ) -> Result<()> {
        let done = self.try_transact(others, work);
        if done.as_ref().is_err_and(|e| e.kind() == ErrorKind::Store) {
            // On a full disk it is the log that fills it, and only a copied log is written from its beginning again.
            let _ = self.conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
        }
        done
    }

    fn try_transact(&mut self, others: &AtomicU64, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<()> {
        // Whatever ends this early, a panic included, rolls back as `transaction` is dropped, and leaves `senders` empty.
        let transaction = Transaction::new_unchecked(&self.conn, TransactionBehavior::Immediate).sql()?;
        let data_version = data_version(&self.conn).sql()?;
        others.store(data_version, Ordering::Relaxed);
        let others_wrote = data_version != self.data_version;
        let mut senders = mem::take(&mut self.remembered.senders);
        let mut counters = self.remembered.counters;
        if others_wrote {
            counters = query::counters(&self.conn).sql()?;
            senders.clear();
        }
        let remembered = Remembered { counters, senders, walk: self.remembered.walk };
        let mut tx = SqliteTx::new(&self.conn, others_wrote, remembered).sql()?;
        work(&mut tx)?;
        let remembered = tx.finish().sql()?;
        transaction.commit().sql()?;
        (self.data_version, self.remembered) = (data_version, remembered);
        Ok(())
    }
}

fn data_version(conn: &Connection) -> rusqlite::Result<u64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get::<_, u32>(0)).map(u64::from)
}
