//! What changes a message that is there: an edit, a delete, a reaction; to publish, and as they arrive.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

use super::{Attachment, Ext, ExternalId, Ref};

/// Another text for a message of the app's own, to publish.
///
/// ```
/// use integrador::EditMessage;
/// # let event = uuid::Uuid::now_v7();
/// let edit = EditMessage::new(event, 1, "¿Qué tal?").attachments(vec![]);
/// ```
#[derive(Debug, Clone)]
pub struct EditMessage {
    pub(crate) of: Uuid,
    pub(crate) sender: Ref,
    pub(crate) text: String,
    pub(crate) attachments: Option<Vec<Attachment>>,
    pub(crate) ext: Option<Ext>,
}

impl EditMessage {
    /// `event`: the event id of the message, which is one of the app's own users'; `sender`: who edits it, one of them too.
    pub fn new(event: Uuid, sender: impl Into<Ref>, text: impl Into<String>) -> Self {
        EditMessage { of: event, sender: sender.into(), text: text.into(), attachments: None, ext: None }
    }

    /// In place of the attachments that the message had: an empty list takes them away. Unless this is called they stay.
    pub fn attachments(mut self, attachments: Vec<Attachment>) -> Self {
        self.attachments = Some(attachments);
        self
    }

    /// What the app carries beyond that, in place of what the message carried. Unless this is called that stays.
    pub fn ext(mut self, ext: Ext) -> Self {
        self.ext = Some(ext);
        self
    }
}

/// A message is to be deleted everywhere, for good; to publish.
///
/// ```
/// use integrador::DeleteMessage;
/// # let event = uuid::Uuid::now_v7();
/// let own = DeleteMessage::new(event, 1);
/// let moderated = DeleteMessage::new(event, 1).of_platform("GWT_CHAT");
/// ```
#[derive(Debug, Clone)]
pub struct DeleteMessage {
    pub(crate) of: Uuid,
    pub(crate) sender: Ref,
    pub(crate) of_platform: Option<String>,
}

impl DeleteMessage {
    /// `event`: the event id of the message; `sender`: who deletes it, one of the app's own users.
    pub fn new(event: Uuid, sender: impl Into<Ref>) -> Self {
        DeleteMessage { of: event, sender: sender.into(), of_platform: None }
    }

    /// The platform whose user wrote the message, where that is another: in a room of its own the app may delete anybody's.
    pub fn of_platform(mut self, platform: impl Into<String>) -> Self {
        self.of_platform = Some(platform.into());
        self
    }
}

/// A reaction of one of the app's own users to a message, to publish.
///
/// ```
/// use integrador::NewReaction;
/// # let event = uuid::Uuid::now_v7();
/// let on = NewReaction::new(event, "GWT_CHAT", 1, "👍");
/// let off = on.clone().remove();
/// ```
#[derive(Debug, Clone)]
pub struct NewReaction {
    pub(crate) of: Uuid,
    pub(crate) of_platform: String,
    pub(crate) sender: Ref,
    pub(crate) emoji: String,
    pub(crate) on: bool,
}

impl NewReaction {
    /// `event`: the event id of the message; `platform`: whose user wrote it; `sender`: who reacts, one of the app's own users;
    /// `emoji`: 1 to 32 bytes of UTF-8.
    pub fn new(event: Uuid, platform: impl Into<String>, sender: impl Into<Ref>, emoji: impl Into<String>) -> Self {
        NewReaction { of: event, of_platform: platform.into(), sender: sender.into(), emoji: emoji.into(), on: true }
    }

    /// It is taken back.
    pub fn remove(mut self) -> Self {
        self.on = false;
        self
    }
}

/// A message of another platform has another text.
///
/// That `sender` may edit the message is vouched for by their platform alone, which is that of the message: an app in which one
/// user must not edit another's compares it with the row that it stored. Of several edits the one with the greatest event id
/// counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Edit {
    /// The room, by its external id. For a room of the app's own the id is the app's id.
    pub room: ExternalId,
    /// Who edited it: a user of the platform on which the message was written.
    pub sender: ExternalId,
    /// The sender's name; its external id as long as nobody announced it.
    pub sender_name: String,
    /// The event id of the message.
    pub of: Uuid,
    /// The text that it has from now on.
    pub text: String,
    /// The attachments that it has from now on; None: those that it had.
    pub attachments: Option<Vec<Attachment>>,
    /// What the sender's application carries with it from now on; None: what it carried.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Ext>,
}

/// A message was deleted, for good: no edit brings it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delete {
    /// The room, by its external id. For a room of the app's own the id is the app's id.
    pub room: ExternalId,
    /// Who deleted it: a user of the platform on which the message was written, or of the room's.
    pub sender: ExternalId,
    /// The sender's name; its external id as long as nobody announced it.
    pub sender_name: String,
    /// The event id of the message.
    pub of: Uuid,
    /// The platform whose user wrote the message; the app's own where a room's origin moderates.
    pub of_platform: Arc<str>,
}

/// Somebody reacted to a message, or took a reaction back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Reaction {
    /// The room, by its external id. For a room of the app's own the id is the app's id.
    pub room: ExternalId,
    /// Who reacted.
    pub sender: ExternalId,
    /// The sender's name; its external id as long as nobody announced it.
    pub sender_name: String,
    /// The event id of the message.
    pub of: Uuid,
    /// The platform whose user wrote the message.
    pub of_platform: Arc<str>,
    /// With what.
    pub emoji: String,
    /// False: it was taken back.
    pub on: bool,
}
