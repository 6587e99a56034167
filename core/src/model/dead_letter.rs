//! What will not arrive unless somebody retries it.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use uuid::Uuid;

use super::EventKind;
use crate::util::time::rfc3339;

/// Which dead letters are listed, tried again or dropped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLetterFilter {
    /// All of them.
    All,
    /// Those for one platform.
    Platform(String),
    /// One, by its number.
    Number(i64),
    /// Those of one event.
    Event(Uuid),
}

/// An event that will not arrive unless somebody retries it.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Its number, by which it is retried or dropped.
    pub number: i64,
    /// The event's id.
    pub event: Uuid,
    /// What it is about.
    pub kind: EventKind,
    /// The platform that it was for.
    pub platform: Arc<str>,
    /// The platform that it came from.
    pub from: Arc<str>,
    /// It died on its way in: the app's handler failed, or its room never came.
    pub inbound: bool,
    /// Why.
    pub why: String,
    /// When.
    #[serde(serialize_with = "rfc3339")]
    pub at: SystemTime,
    /// The event's body, JSON.
    pub body: String,
}
