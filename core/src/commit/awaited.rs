//! The messages for which something waits, in memory, since each message that comes is looked up: mostly there is none. It is
//! read anew after another process has written or a transaction failed.

use uuid::Uuid;

use crate::Result;
use crate::store::{PlatformNum, Tx};
use crate::util::hash::HashSet;

#[derive(Debug, Default)]
pub(super) struct Awaited(Option<HashSet<(PlatformNum, Uuid)>>);

impl Awaited {
    pub(super) fn clear(&mut self) {
        self.0 = None;
    }

    fn read(&mut self, tx: &mut dyn Tx) -> Result<&mut HashSet<(PlatformNum, Uuid)>> {
        Ok(match &mut self.0 {
            Some(awaited) => awaited,
            none => none.insert(tx.awaited()?.into_iter().collect()),
        })
    }

    pub(super) fn add(&mut self, tx: &mut dyn Tx, message: (PlatformNum, Uuid)) -> Result<()> {
        self.read(tx)?.insert(message);
        Ok(())
    }

    /// Whether something waits for this message; from here on nothing does.
    pub(super) fn take(&mut self, tx: &mut dyn Tx, message: (PlatformNum, Uuid)) -> Result<bool> {
        let awaited = self.read(tx)?;
        Ok(!awaited.is_empty() && awaited.remove(&message))
    }
}
