//! A room of any platform, one to publish, and a change of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize, Serializer};

use super::words::words;
use super::{Ext, ExternalId, Extras, Id};
use crate::util::hash::IndexSet;

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
    /// Whom its origin bars from it, by platform.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub banned: Vec<(Arc<str>, Banned)>,
    /// The URL of a picture to show (http or https).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// What its application carries beyond that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Ext>,
}

impl Room {
    /// The external ids of all members.
    pub fn member_ids(&self) -> impl Iterator<Item = ExternalId> + '_ {
        self.members.iter().flat_map(|(p, ids)| ids.iter().map(move |id| ExternalId::new(p.clone(), id)))
    }
}

/// Whom of one platform a room's origin bars from it: they can't be members, and what they write there is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Banned {
    /// All users of the platform.
    Platform,
    /// These.
    Users(Vec<Id>),
}

impl Serialize for Banned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Banned::Platform => serializer.serialize_str("*"),
            Banned::Users(ids) => ids.serialize(serializer),
        }
    }
}

/// The same, as it is looked up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Barred {
    Platform,
    Users(IndexSet<Id>),
}

impl Barred {
    pub(crate) fn has(&self, user: &str) -> bool {
        match self {
            Barred::Platform => true,
            Barred::Users(ids) => ids.contains(user),
        }
    }

    /// How many it names.
    pub(crate) fn len(&self) -> usize {
        match self {
            Barred::Platform => 1,
            Barred::Users(ids) => ids.len(),
        }
    }

    /// Bars whom this bars, too.
    pub(crate) fn add(&mut self, other: Barred) {
        match (self, other) {
            (Barred::Users(ids), Barred::Users(others)) => ids.extend(others),
            (barred, Barred::Platform) => *barred = Barred::Platform,
            (Barred::Platform, _) => {}
        }
    }
}

impl From<Banned> for Barred {
    fn from(banned: Banned) -> Self {
        match banned {
            Banned::Platform => Barred::Platform,
            Banned::Users(ids) => Barred::Users(ids.into_iter().collect()),
        }
    }
}

impl From<&Barred> for Banned {
    fn from(barred: &Barred) -> Self {
        match barred {
            Barred::Platform => Banned::Platform,
            Barred::Users(ids) => Banned::Users(ids.iter().cloned().collect()),
        }
    }
}

/// A room of the app's own, to publish.
///
/// ```
/// use integrador::{NewRoom, RoomKind};
/// let room = NewRoom::new(7, "Plaza", RoomKind::Public)
///     .members("GWT_CHAT", [1, 2])
///     .ban("GWT_CHAT", [3])
///     .ban_platform("Malo")
///     .avatar("https://example.org/plaza.png");
/// ```
#[derive(Debug, Clone)]
pub struct NewRoom {
    pub(crate) id: Id,
    pub(crate) name: String,
    pub(crate) kind: RoomKind,
    pub(crate) members: Vec<(String, Vec<Id>)>,
    pub(crate) banned: Vec<(String, Banned)>,
    pub(crate) avatar: Option<String>,
    pub(crate) ext: Option<Ext>,
}

impl NewRoom {
    /// A room without members.
    pub fn new(id: impl Into<Id>, name: impl Into<String>, kind: RoomKind) -> Self {
        let (members, banned) = (Vec::new(), Vec::new());
        NewRoom { id: id.into(), name: name.into(), kind, members, banned, avatar: None, ext: None }
    }

    /// These users of this platform are members.
    pub fn members<I: Into<Id>>(mut self, platform: impl Into<String>, users: impl IntoIterator<Item = I>) -> Self {
        self.members.push((platform.into(), users.into_iter().map(Into::into).collect()));
        self
    }

    /// Bars these users of this platform: what they write in the room is refused everywhere, and whoever of them is among the
    /// members is left out. Who is not barred in the next announcement is barred no more.
    pub fn ban<I: Into<Id>>(mut self, platform: impl Into<String>, users: impl IntoIterator<Item = I>) -> Self {
        self.banned.push((platform.into(), Banned::Users(users.into_iter().map(Into::into).collect())));
        self
    }

    /// Bars all users of this platform.
    pub fn ban_platform(mut self, platform: impl Into<String>) -> Self {
        self.banned.push((platform.into(), Banned::Platform));
        self
    }

    /// The URL of a picture to show: http or https, at most 2,048 characters.
    pub fn avatar(mut self, url: impl Into<String>) -> Self {
        self.avatar = Some(url.into());
        self
    }

    /// What the app carries beyond that.
    pub fn ext(mut self, ext: Ext) -> Self {
        self.ext = Some(ext);
        self
    }

    pub(crate) fn extras(&self) -> Extras {
        Extras::new(self.avatar.as_deref(), self.ext.clone())
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
