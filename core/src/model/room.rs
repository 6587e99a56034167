//! A room of any platform, and a change of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::words::words;
use super::{ExternalId, Id};

/// Whether a room is open to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Only its members read and write.
    Private,
    /// Everybody on every platform may read and write.
    Public,
}

words!(RoomKind { Private: "private", Public: "public" });

/// A room of any platform, with its members as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Room {
    /// The external id.
    pub id: ExternalId,
    /// The name to show; may be empty.
    pub name: String,
    /// Private or public.
    #[serde(rename = "type")]
    pub kind: RoomKind,
    /// The members, by platform in the order in which they were announced.
    pub members: Vec<(Arc<str>, Vec<Id>)>,
}

impl Room {
    /// The external ids of all members.
    pub fn member_ids(&self) -> impl Iterator<Item = ExternalId> + '_ {
        self.members.iter().flat_map(|(p, ids)| ids.iter().map(move |id| ExternalId::new(p.clone(), id)))
    }
}

/// A room as it is now, and which platform changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RoomChange {
    /// The whole room.
    pub room: Room,
    /// The platform whose announcement changed it.
    pub changed_by: Arc<str>,
}
