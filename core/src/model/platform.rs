//! A platform as the directory knows it, and what happens to one.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::words::words;

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

/// What a platform turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlatformKind {
    /// Not known yet: it has not answered.
    Unknown = 0,
    /// Without this library: it speaks plain HTTP to its gateway.
    Plain = 1,
    /// A node.
    Node = 2,
}

words!(PlatformKind { Unknown: "unknown", Plain: "plain", Node: "node" });

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

words!(PlatformState { Up: "up", Down: "down", Joined: "joined", Removed: "removed", Refused: "refused" });
