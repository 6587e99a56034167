//! Events for the app, and hints to it.

use uuid::Uuid;

use super::Job;
use crate::Result;
use crate::model::DeliveryState;
use crate::store::{InboxEvent, PlatformNum};

impl Job<'_> {
    /// Whether the app's inbox has no room for another event.
    pub(crate) fn inbox_full(&self) -> bool {
        self.tx.inbox_depth() >= self.config.max_inbox
    }

    /// Stores an event for the app.
    pub(crate) fn hand_in(&mut self, mut event: InboxEvent) -> Result<()> {
        if let Some(room) = event.room
            && event.kind.is_said()
        {
            event.late = self.mark(room, event.platform, event.id)?;
        }
        let seq = self.tx.put_inbox(&event)?;
        self.batch.heads.push(event.head(seq));
        Ok(())
    }

    /// Hints to the app, after the commit, how an event of its own ended.
    pub(crate) fn hint_end(&mut self, event: Uuid, platform: PlatformNum, state: DeliveryState) {
        self.batch.ended.push((event, platform, state));
    }
}
