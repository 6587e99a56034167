//! What reaches the app.

use serde::Serialize;
use uuid::Uuid;

use crate::{Error, Result};

use super::{DeliveryChange, Message, PlatformChange, RoomChange, User};

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

/// The kinds of events that travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum EventKind {
    User = 1,
    Room = 2,
    Message = 3,
    Platform = 4,
    Receipt = 5,
    /// For the app only: what became of a publication.
    Delivery = 6,
}

impl EventKind {
    pub(crate) const ALL: [EventKind; 6] = [
        EventKind::User,
        EventKind::Room,
        EventKind::Message,
        EventKind::Platform,
        EventKind::Receipt,
        EventKind::Delivery,
    ];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            EventKind::User => "user",
            EventKind::Room => "room",
            EventKind::Message => "message",
            EventKind::Platform => "platform",
            EventKind::Receipt => "receipt",
            EventKind::Delivery => "delivery",
        }
    }

    pub(crate) fn from_number(n: i64) -> Result<Self> {
        Self::ALL.into_iter().find(|k| *k as i64 == n).ok_or_else(|| Error::store(format!("unknown kind of event {n}")))
    }
}
