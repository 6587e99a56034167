//! The end of a transaction: what its jobs made together is written once.

use super::Job;
use crate::Result;
use crate::commit::note;
use crate::model::EventKind;
use crate::store::{InboxEvent, LaneRow};

impl Job<'_> {
    /// What stands in per-transaction rows is written once, at the end.
    pub(crate) fn finish(&mut self) -> Result<()> {
        for note in std::mem::take(&mut self.batch.died) {
            let Some(own) = self.directory().own else { continue };
            let event = InboxEvent {
                id: self.new_id(),
                kind: EventKind::Delivery,
                platform: own,
                room: None,
                late: false,
                attempts: 0,
                suspect: false,
                body: note::body(&note),
            };
            self.hand_in(event)?;
        }
        self.put_lanes_and_marks()?;
        if self.batch.made_ids {
            self.tx.put_last_id(self.kept.ids.last())?;
        }
        Ok(())
    }

    pub(super) fn put_lanes_and_marks(&mut self) -> Result<()> {
        let lanes = std::mem::take(&mut self.batch.lanes);
        for (dest, waiting) in &lanes {
            self.tx.put_lane(LaneRow { dest: *dest, waiting: *waiting })?;
        }
        self.directory.with_upgraded(|directory| directory.wait(lanes));
        self.kept.marks.write(self.tx, self.now)?;
        self.batch.inbox = self.tx.inbox_depth();
        Ok(())
    }
}
