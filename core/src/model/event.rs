//! What reaches the app, and what it may ask of its publications.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::util::time::rfc3339_or_null;

use super::{Attachment, ExternalId, Room, User};

/// Something that happened elsewhere, for the app to handle and then [`ack`](crate::Node::ack).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The event's id, for `ack` and `nack`.
    pub id: Uuid,
    /// 1 the first time, more when an earlier handling failed or took longer than `handler_timeout`. A process that died
    /// while it handled the event does not count.
    pub attempt: u32,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventBody {
    /// Somebody on another platform wrote.
    Message(Message),
    /// A user of another platform is new, renamed or gone.
    User(User),
    /// A room was created or changed by another platform: always the whole room as it is now.
    Room(RoomChange),
    /// A platform is up, down, joined, removed, or refused us.
    Platform(PlatformChange),
    /// What became of something that this app published.
    Delivery(DeliveryChange),
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
    /// When it was written (RFC 3339), if the sender said so.
    pub sent_at: Option<String>,
    /// The event id of the message that it answers.
    pub reply_to: Option<Uuid>,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
    /// It comes after messages that were sent later: somebody retried a dead letter.
    pub late: bool,
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

/// What happened to a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlatformChange {
    /// Its name.
    pub platform: Arc<str>,
    /// What happened.
    pub change: PlatformState,
    /// Why, in words, where there is a reason.
    pub why: Option<String>,
}

/// The changes of a platform that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlatformState {
    /// It answers (a hint).
    Up,
    /// It does not answer (a hint).
    Down,
    /// It is new here.
    Joined,
    /// It is gone from the registry.
    Removed,
    /// It answers 401 or 403: a wrong token or a wrong registry.
    Refused,
}

/// What became of a publication at one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveryChange {
    /// The id of the event that was published.
    pub event: Uuid,
    /// The platform that it was meant for.
    pub platform: Arc<str>,
    /// What became of it.
    pub state: DeliveryState,
    /// Why, when it is dead.
    pub why: Option<String>,
    /// How many in a row this stands for: dead letters of one cause are told together. At least 1.
    pub count: u64,
}

/// Where a publication stands at one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeliveryState {
    /// Here on disk, not yet sent or not yet acknowledged.
    Waiting,
    /// The gateway of that platform has it.
    Accepted,
    /// The other node has it, and waits for the room's announcement.
    Parked,
    /// There.
    Delivered,
    /// It will not arrive unless somebody retries it.
    Dead,
}

/// Where a publication stands, for [`crate::Node::delivery`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The platform.
    pub platform: Arc<str>,
    /// Where it stands there.
    pub state: DeliveryState,
    /// When it got into that state, if known.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339_or_null")]
    pub at: Option<SystemTime>,
    /// Why, when it is dead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
