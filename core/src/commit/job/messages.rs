//! What is remembered of messages for those who change them later, and what waits for a message that is not here yet.

use uuid::Uuid;

use super::Job;
use crate::Result;
use crate::store::{ParkedRow, PlatformNum};

impl Job<'_> {
    /// Lets a change wait for the message that it names.
    pub(crate) fn await_message(&mut self, row: &ParkedRow) -> Result<()> {
        if let Some(message) = row.of {
            self.kept.awaited.add(self.tx, message)?;
        }
        self.tx.put_parked(row)
    }

    /// Takes out what waits for this message, in the order in which it came.
    pub(crate) fn take_awaiting(&mut self, platform: PlatformNum, event: Uuid) -> Result<Vec<ParkedRow>> {
        match self.kept.awaited.take(self.tx, (platform, event))? {
            true => self.tx.take_awaiting(platform, event),
            false => Ok(Vec::new()),
        }
    }
}
