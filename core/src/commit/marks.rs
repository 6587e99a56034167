//! The latest event of each platform in each room that was handed to the app: what comes with a smaller id is late. The store
//! has them all; here are those that were needed lately. It begins anew whenever another process has written or a
//! transaction failed, so following others costs nothing, however many there are.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::Result;
use crate::store::{MarkRow, PlatformNum, RoomNum, Tx};
use crate::util::hash::HashMap;

/// More than this are not kept from one transaction to the next.
const MOST: usize = 100_000;

#[derive(Debug, Default)]
pub(super) struct Marks {
    latest: HashMap<(RoomNum, PlatformNum), Uuid>,
    /// Those that the present transaction has moved.
    moved: BTreeSet<(RoomNum, PlatformNum)>,
}

impl Marks {
    pub(super) fn clear(&mut self) {
        *self = Marks::default();
    }

    /// Notes an event that is handed to the app; whether it is late.
    pub(super) fn note(&mut self, tx: &mut dyn Tx, room: RoomNum, platform: PlatformNum, event: Uuid) -> Result<bool> {
        let key = (room, platform);
        let before = match self.latest.get(&key) {
            Some(latest) => Some(*latest),
            None => tx.mark(room, platform)?,
        };
        if before.is_some_and(|latest| event <= latest) {
            return Ok(before != Some(event));
        }
        self.latest.insert(key, event);
        self.moved.insert(key);
        Ok(false)
    }

    /// Writes what the transaction has moved.
    pub(super) fn write(&mut self, tx: &mut dyn Tx) -> Result<()> {
        for (room, platform) in std::mem::take(&mut self.moved) {
            if let Some(event) = self.latest.get(&(room, platform)) {
                tx.put_mark(MarkRow { room, platform, event: *event })?;
            }
        }
        if self.latest.len() > MOST {
            self.latest.clear();
        }
        Ok(())
    }
}
