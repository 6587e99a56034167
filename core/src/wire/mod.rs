//! The JSON shapes of the protocol (docs/protocol.md), and their leniency. Pure: bytes in, values out, and back.
//!
//! Reading is strict about JSON (no duplicate fields, no lone surrogates) and lenient about what the protocol is lenient
//! about; an error names the field and what was expected. Writing is exact: what a receiver may compare, it gets.

pub(crate) mod json;
pub(crate) mod read;
pub(crate) mod signature;
pub(crate) mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::model::{Attachment, Id, RoomKind};

/// The longest body of an event that every node takes from a peer, bytes.
pub(crate) const MAX_BODY: usize = 2 << 20;

/// Members by platform, in the order given; names as they stood in the body.
pub(crate) type Members = Vec<(String, Vec<Id>)>;

/// `POST user`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserBody {
    pub id: Id,
    pub name: String,
    /// False: gone. Only between nodes.
    pub active: bool,
}

/// `POST room`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoomBody {
    pub id: Id,
    pub name: String,
    pub kind: RoomKind,
    pub members: Members,
    /// The room's origin when it is announced by another platform.
    pub origin: Option<String>,
}

/// `POST message`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MessageBody {
    /// `roomOriginalPlatform`
    pub room_platform: Arc<str>,
    pub room_id: Id,
    pub sender: Id,
    pub text: String,
    pub sent_at: Option<String>,
    pub reply_to: Option<Uuid>,
    pub attachments: Vec<Attachment>,
}

/// A `platform` event: a platform that the sender hosts (`via`), or that is removed. What belongs to joining is ignored.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlatformBody {
    pub name: String,
    pub support_audio: bool,
    pub support_image: bool,
    pub via: Option<String>,
    pub removed: bool,
}

/// A `receipt` event: the fate of a message at a platform that the sender hosts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReceiptBody {
    /// The message's event id.
    pub event: Uuid,
    /// The platform in the message's body.
    pub of: String,
    /// The platform that it was for.
    pub to: String,
    /// Delivered, or else dead.
    pub delivered: bool,
    pub why: Option<String>,
}

/// Any body that carries an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    User(UserBody),
    Room(RoomBody),
    Message(MessageBody),
    Platform(PlatformBody),
    Receipt(ReceiptBody),
}

/// One line of a batch, before its body is judged.
pub(crate) struct BatchLine<'a> {
    /// The id as it stood there.
    pub id: Cow<'a, str>,
    /// Error: there is none.
    pub kind: crate::Result<Cow<'a, str>>,
    pub body: json::Value<'a>,
}

/// One event's line in the answer to a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchResult<'a> {
    pub id: Cow<'a, str>,
    pub status: u16,
    pub message: Cow<'a, str>,
}

/// One user of a `GET users`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListedUser {
    pub id: Id,
    pub name: String,
    pub platform: Option<String>,
}

/// What tells one content from another: its SHA-256.
pub(crate) fn digest(content: &[u8]) -> [u8; 32] {
    Sha256::digest(content).into()
}
