//! The nouns: ids, users, rooms, messages, the events that reach the app, and receipts.

mod event;
mod id;
pub(crate) mod name;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use event::*;
pub use id::{ExternalId, Id};

/// Whether a room is open to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Only its members read and write.
    Private,
    /// Everybody on every platform may read and write.
    Public,
}

/// What a local id is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindKind {
    /// A user.
    User,
    /// A room.
    Room,
}

/// A user of any platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct User {
    /// The external id.
    pub id: ExternalId,
    /// The name to show.
    pub name: String,
    /// False when its platform no longer lists it; kept for what it wrote.
    pub active: bool,
}

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

/// A platform as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Platform {
    /// The name, spelled as the registry does.
    pub name: Arc<str>,
    /// Whether it can show images.
    pub support_image: bool,
    /// Whether it can play audio.
    pub support_audio: bool,
    /// The node through which it is reached, if it is hosted by another.
    pub via: Option<Arc<str>>,
    /// Whether it is this app itself.
    pub own: bool,
}

/// The kind of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttachmentKind {
    /// An image.
    Image,
    /// A sound.
    Audio,
    /// Any other file.
    File,
}

/// Something that goes with a message: by `url`, or inline as base64 `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Image, audio or file.
    pub kind: AttachmentKind,
    /// Where it can be fetched (http or https).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The bytes, base64 (RFC 4648 §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The media type (RFC 6838).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// The file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A message to publish.
///
/// ```
/// use integrador::NewMessage;
/// let m = NewMessage::new("GWT_CHAT:7", 3, "¿qué tal?").key("mensaje-81");
/// ```
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) room: Id,
    pub(crate) sender: Id,
    pub(crate) text: String,
    pub(crate) key: Option<String>,
    pub(crate) sent_at: Option<String>,
    pub(crate) reply_to: Option<Uuid>,
    pub(crate) attachments: Vec<Attachment>,
}

impl NewMessage {
    /// `room` is an external id, a bound local id or an id of the app's own; `sender` one of the app's own users.
    pub fn new(room: impl Into<Id>, sender: impl Into<Id>, text: impl Into<String>) -> Self {
        NewMessage {
            room: room.into(),
            sender: sender.into(),
            text: text.into(),
            key: None,
            sent_at: None,
            reply_to: None,
            attachments: Vec::new(),
        }
    }

    /// A key of the app's own, such as the id of its row, remembered for 7 days: published again under the same key, it
    /// is the same message and the first receipt comes back.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// When it was written (RFC 3339); none unless given.
    pub fn sent_at(mut self, at: impl Into<String>) -> Self {
        self.sent_at = Some(at.into());
        self
    }

    /// The event id of the message that this one answers.
    pub fn reply_to(mut self, event: Uuid) -> Self {
        self.reply_to = Some(event);
        self
    }

    /// Adds an attachment.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }
}

/// What a publication returns: it is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The event's id, for [`crate::Node::delivery`]. Absent when nothing had changed and so nothing was sent.
    pub event: Option<Uuid>,
    /// The platforms that it goes to.
    pub destinations: Vec<Arc<str>>,
    /// Whether this is the receipt of an earlier call with the same key.
    pub duplicate: bool,
}
