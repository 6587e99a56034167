//! Dead letters, and how the app hears of those of its own events.

use std::sync::Arc;

use uuid::Uuid;

use super::Job;
use crate::Result;
use crate::commit::note::DeathNote;
use crate::directory::Reach;
use crate::model::{DeliveryState, EventKind};
use crate::store::{Dead, FateRow, PlatformNum};
use crate::util::seldom::seldom;
use crate::util::shown::without_words;

impl Job<'_> {
    /// Makes a dead letter, and tells the app if the event was its own.
    pub(crate) fn bury(&mut self, dead: Dead) -> Result<()> {
        let name = self.directory().name(dead.dest);
        if let Some(times) = seldom("dead letter", &name) {
            tracing::warn!(platform = %name, event = %dead.event.id, kind = dead.event.kind.as_str(),
                why = %without_words(&dead.why), "dead letter{times}");
        }
        let published = !matches!(dead.event.kind, EventKind::Receipt | EventKind::Platform);
        if !dead.inbound && published && self.follows(&dead.event) {
            self.tell_death(dead.event.platform, dead.dest, dead.why.clone(), dead.event.id);
            self.tx.put_fate(&FateRow {
                event: dead.event.id,
                platform: dead.dest,
                state: DeliveryState::Dead,
                why: Some(dead.why.clone()),
                at: self.age,
            })?;
            if dead.event.again {
                self.end_elsewhere(dead.event.id, dead.dest, DeliveryState::Dead, Some(&dead.why))?;
            }
        }
        self.tx.put_dead(&dead)
    }

    /// A publication that followed platforms into the lane of the node that hosts them now came to an end in that lane.
    pub(crate) fn end_elsewhere(
        &mut self,
        event: Uuid,
        lane: PlatformNum,
        state: DeliveryState,
        why: Option<&Arc<str>>,
    ) -> Result<()> {
        for fate in self.tx.delivery(event)?.map(|rows| rows.fates).unwrap_or_default() {
            let waits = fate.state == DeliveryState::Waiting && fate.platform != lane;
            if waits && self.directory().reach(fate.platform) == Reach::Lane(lane) {
                self.tx.put_fate(&FateRow { state, why: why.cloned(), at: self.age, ..fate })?;
            }
        }
        Ok(())
    }

    /// Tells the app that an event of this platform died, if that is the app. Those of one cause in a row are told as one, with
    /// a count.
    pub(crate) fn tell_death(&mut self, of: PlatformNum, platform: PlatformNum, why: Arc<str>, event: Uuid) {
        if self.directory().own != Some(of) {
            return;
        }
        match self.batch.died.last_mut() {
            Some(note) if note.platform == platform && note.why == why => note.count += 1,
            _ => self.batch.died.push(DeathNote { event, platform, why, count: 1 }),
        }
    }
}
