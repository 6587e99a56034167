//! What reaches the app.

use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Result};

use super::words::words;
use super::{Delete, DeliveryChange, Edit, Message, PlatformChange, Reaction, RoomChange, User};

/// Something that happened elsewhere, for the app to handle and then [`ack`](crate::Node::ack).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The event's id, for `ack` and `nack`.
    pub id: Uuid,
    /// 1 the first time, more when an earlier handling failed, took longer than `handler_timeout`, or was under way when its
    /// process died.
    pub attempt: u32,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

impl Event {
    /// What it is about.
    pub fn kind(&self) -> EventKind {
        match self.body {
            EventBody::Message(_) => EventKind::Message,
            EventBody::Edit(_) => EventKind::Edit,
            EventBody::Delete(_) => EventKind::Delete,
            EventBody::Reaction(_) => EventKind::Reaction,
            EventBody::User(_) => EventKind::User,
            EventBody::Room(_) => EventKind::Room,
            EventBody::Platform(_) => EventKind::Platform,
            EventBody::Delivery(_) => EventKind::Delivery,
        }
    }
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventBody {
    /// Somebody on another platform wrote.
    Message(Message),
    /// A message has another text.
    Edit(Edit),
    /// A message was deleted.
    Delete(Delete),
    /// Somebody reacted to a message, or took a reaction back.
    Reaction(Reaction),
    /// A user of another platform is new, renamed or gone.
    User(User),
    /// A room was created or changed by another platform: always the whole room as it is now.
    Room(RoomChange),
    /// A platform is up, down, joined, removed, or refused us.
    Platform(PlatformChange),
    /// What became of something that this app published.
    Delivery(DeliveryChange),
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventKind {
    /// A user was announced.
    User = 1,
    /// A room was announced.
    Room = 2,
    /// Somebody wrote.
    Message = 3,
    /// A platform changed; between nodes: what a gateway tells of those behind it.
    Platform = 4,
    /// Between nodes only: a gateway tells what became of a message.
    Receipt = 5,
    /// For the app only: what became of a publication.
    Delivery = 6,
    /// A message has another text.
    Edit = 7,
    /// A message was deleted.
    Delete = 8,
    /// Somebody reacted to a message, or took a reaction back.
    Reaction = 9,
}

words!(EventKind {
    User: "user",
    Room: "room",
    Message: "message",
    Platform: "platform",
    Receipt: "receipt",
    Delivery: "delivery",
    Edit: "edit",
    Delete: "delete",
    Reaction: "reaction",
});

impl EventKind {
    pub(crate) const ALL: [EventKind; 9] = [
        EventKind::User,
        EventKind::Room,
        EventKind::Message,
        EventKind::Platform,
        EventKind::Receipt,
        EventKind::Delivery,
        EventKind::Edit,
        EventKind::Delete,
        EventKind::Reaction,
    ];

    /// The kinds that travel between nodes.
    pub(crate) const TRAVELLING: [EventKind; 8] = [
        EventKind::User,
        EventKind::Room,
        EventKind::Message,
        EventKind::Platform,
        EventKind::Receipt,
        EventKind::Edit,
        EventKind::Delete,
        EventKind::Reaction,
    ];

    /// Whether a user says it in a room: a message, and what refers to one.
    pub(crate) fn is_said(self) -> bool {
        matches!(self, EventKind::Message | EventKind::Edit | EventKind::Delete | EventKind::Reaction)
    }

    /// Whether a gateway reports what became of it. That a reaction arrived nobody waits for.
    pub(crate) fn is_reported(self) -> bool {
        matches!(self, EventKind::Message | EventKind::Edit | EventKind::Delete)
    }

    pub(crate) fn from_number(n: i64) -> Result<Self> {
        Self::ALL.into_iter().find(|k| *k as i64 == n).ok_or_else(|| Error::store(format!("unknown kind of event {n}")))
    }
}
