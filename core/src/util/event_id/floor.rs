//! What a room's next id must exceed: the greatest id that was seen there, as far as it is in reach.

use uuid::Uuid;

use super::bounds::out_of_reach;

/// What a new id must exceed: the greatest that was seen in its room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Floor {
    pub id: Uuid,
    /// This node made it, in that room, since it was opened.
    pub ours: bool,
}

/// The greatest ids that were seen in one room.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Greatest {
    latest: Option<Floor>,
    /// Those that were out of reach when they were seen, in order: each is a floor as soon as it is in reach. Kept apart, so
    /// that an id that lies far ahead does not hide the order of the others.
    ahead: Vec<Uuid>,
}

/// More ids that lie far ahead are not kept for one room: somebody plays with them.
const MOST_AHEAD: usize = 32;

impl Greatest {
    /// Notes an id that was seen in the room; `ours`: this node made it just now.
    pub(crate) fn note(&mut self, id: Uuid, ours: bool, now_ms: i64) {
        // This node's own clock may have been put right since.
        if let Some(latest) = self.latest.take_if(|latest| out_of_reach(latest.id, now_ms)) {
            self.note_ahead(latest.id);
        }
        if out_of_reach(id, now_ms) {
            self.note_ahead(id);
        } else if self.latest.is_none_or(|latest| latest.id < id) {
            self.latest = Some(Floor { id, ours });
        }
    }

    fn note_ahead(&mut self, id: Uuid) {
        if let Err(place) = self.ahead.binary_search(&id) {
            self.ahead.insert(place, id);
        }
        if self.ahead.len() > MOST_AHEAD {
            self.ahead.remove(MOST_AHEAD / 2);
        }
    }

    /// What has to be remembered beside this id, which is one of the room's: the greatest in reach, where this one is not.
    pub(crate) fn below(&self, id: Uuid, now_ms: i64) -> Option<Uuid> {
        self.latest.map(|latest| latest.id).filter(|latest| out_of_reach(id, now_ms) && *latest < id)
    }

    /// What the room's next id must exceed.
    pub(crate) fn floor(&self, now_ms: i64) -> Option<Floor> {
        let in_reach = self.ahead.iter().rev().find(|id| !out_of_reach(**id, now_ms));
        let ahead = in_reach.map(|id| Floor { id: *id, ours: false });
        match (self.latest, ahead) {
            (Some(latest), Some(ahead)) if ahead.id > latest.id => Some(ahead),
            (latest, ahead) => latest.or(ahead),
        }
    }
}
