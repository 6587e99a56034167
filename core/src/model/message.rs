//! A message: to publish, as it arrives, and what goes with it.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::words;
use super::{Ext, ExternalId, Ref};
use crate::util::rfc3339;

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

words!(AttachmentKind { Image: "image", Audio: "audio", File: "file" });

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
/// use integrador::{ExternalId, NewMessage};
/// let m = NewMessage::new(ExternalId::new("GWT_CHAT", 7), 3, "¿qué tal?").key("mensaje-81");
/// ```
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) room: Ref,
    pub(crate) sender: Ref,
    pub(crate) text: String,
    pub(crate) key: Option<String>,
    pub(crate) sent_at: Option<SystemTime>,
    pub(crate) reply_to: Option<Uuid>,
    pub(crate) traceparent: Option<String>,
    pub(crate) attachments: Vec<Attachment>,
    pub(crate) ext: Option<Ext>,
}

impl NewMessage {
    /// `room` is an external id, a bound local id or an id of the app's own; `sender` one of the app's own users.
    pub fn new(room: impl Into<Ref>, sender: impl Into<Ref>, text: impl Into<String>) -> Self {
        NewMessage {
            room: room.into(),
            sender: sender.into(),
            text: text.into(),
            key: None,
            sent_at: None,
            reply_to: None,
            traceparent: None,
            attachments: Vec::new(),
            ext: None,
        }
    }

    /// A key of the app's own, such as the id of its row, remembered for 7 days: published again under the same key, it
    /// is the same message and the first receipt comes back.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// When it was written; none unless given.
    pub fn sent_at(mut self, at: SystemTime) -> Self {
        self.sent_at = Some(at);
        self
    }

    /// The event id of the message that this one answers.
    pub fn reply_to(mut self, event: Uuid) -> Self {
        self.reply_to = Some(event);
        self
    }

    /// Where it stands in a distributed trace, as [W3C Trace Context](https://www.w3.org/TR/trace-context/) writes it: it
    /// travels along, and the handler elsewhere finds it in [`Message::traceparent`]. One that is not as it should be is
    /// left out: a trace never stops a message.
    pub fn traceparent(mut self, traceparent: impl Into<String>) -> Self {
        self.traceparent = Some(traceparent.into());
        self
    }

    /// Adds an attachment.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// What the app carries beyond that: the handler elsewhere finds it in [`Message::ext`].
    pub fn ext(mut self, ext: Ext) -> Self {
        self.ext = Some(ext);
        self
    }
}

/// A message of another platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// The room, by its external id. For a room of the app's own the id is the app's id.
    pub room: ExternalId,
    /// Who wrote it.
    pub sender: ExternalId,
    /// The sender's name; its external id as long as nobody announced it.
    pub sender_name: String,
    /// The text.
    pub text: String,
    /// When it was written, if the sender said so.
    #[serde(serialize_with = "rfc3339::or_null")]
    pub sent_at: Option<SystemTime>,
    /// The event id of the message that it answers.
    pub reply_to: Option<Uuid>,
    /// Where it stands in a distributed trace (W3C Trace Context, version 00), if the sender said so.
    pub traceparent: Option<String>,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
    /// What the sender's application carries beyond that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ext: Option<Ext>,
    /// It comes after messages that were sent later: somebody retried a dead letter.
    pub late: bool,
}
