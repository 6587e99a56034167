//! Events for the app, and hints to it.

use uuid::Uuid;

use super::Job;
use crate::Result;
use crate::model::DeliveryState;
use crate::store::{EventRow, InboxEvent, PlatformNum};

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

    /// Hints to the app, after the commit, how an event of this platform ended, if that is the app.
    pub(crate) fn hint_end(&mut self, of: PlatformNum, event: Uuid, platform: PlatformNum, state: DeliveryState) {
        if self.directory().own == Some(of) {
            self.batch.ended.push((event, platform, state));
        }
    }

    /// Whether this node keeps what becomes of an event: of what the app and the platforms hosted here publish.
    pub(crate) fn follows(&self, event: &EventRow) -> bool {
        event.source.is_none() && self.directory().is_local(event.platform)
    }
}
