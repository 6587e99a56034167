//! What the writing side keeps in memory from one transaction to the next.

use rusqlite::{Connection, Result};
use uuid::Uuid;

use super::query::{self, Counters};
use super::seen::Senders;

/// What one transaction leaves to the next, if it is committed.
pub(super) struct Kept {
    pub counters: Counters,
    pub senders: Senders,
    /// Where pruning stopped.
    pub walk: Uuid,
}

impl Kept {
    /// As a file says it that was just opened.
    pub(super) fn read(conn: &Connection) -> Result<Self> {
        Ok(Kept { counters: query::counters(conn)?, senders: Senders::default(), walk: Uuid::nil() })
    }
}
