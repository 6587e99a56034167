//! What became of what the app published.

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::words::words;
use crate::util::time::rfc3339_or_null;

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
    /// That platform has no word for it, so it did not go there, and will not: a delete or a reaction.
    Unsupported,
}

words!(DeliveryState {
    Waiting: "waiting",
    Accepted: "accepted",
    Parked: "parked",
    Delivered: "delivered",
    Dead: "dead",
    Unsupported: "unsupported",
});

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
    /// Why, when it is dead or unsupported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
