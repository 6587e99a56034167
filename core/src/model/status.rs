//! How a node and the platforms around it stand, for an operator.

use std::sync::Arc;
use std::time::SystemTime;

use serde::Serialize;
use uuid::Uuid;

use super::{Finding, Introduction, PlatformKind};
use crate::util::time::rfc3339_or_null;

/// How a node stands.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Status {
    /// The node's name.
    pub name: String,
    /// Whether it is a node without users of its own.
    pub standalone: bool,
    /// The version of this library.
    pub version: &'static str,
    /// The id of the store.
    pub store: Uuid,
    /// How many events wait for the app.
    pub inbox: u64,
    /// Every platform that takes part, or for which something waits.
    pub platforms: Vec<PlatformStatus>,
    /// Who was introduced and waits until that is accepted: with `introductions = "ask"`.
    pub introductions: Vec<Introduction>,
}

/// How another platform stands.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct PlatformStatus {
    /// Its name.
    pub name: Arc<str>,
    /// What it turned out to be.
    pub kind: PlatformKind,
    /// The node that hosts it.
    pub via: Option<Arc<str>>,
    /// Whether it answers; None: not tried yet, or (seen by an administrator) no node is running. Of one that another node
    /// hosts, this one knows only that it can't be reached while that node is down: else None.
    pub up: Option<bool>,
    /// Since when.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub since: Option<SystemTime>,
    /// When something was last heard of it.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub last_contact: Option<SystemTime>,
    /// How many events wait for it.
    pub waiting: u64,
    /// When the oldest of them entered.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub oldest: Option<SystemTime>,
    /// How many dead letters there are for it.
    pub dead: u64,
    /// What it refused (401, 403): a wrong token or a wrong registry.
    pub alarm: Option<String>,
    /// What was wrong when its users were imported last: the list as a whole, or how many of its entries, and why.
    pub import_error: Option<String>,
    /// Why it is down, or why what waits for it is not sent now; None while all is well.
    pub last_error: Option<String>,
    /// When it is tried again, unless it gives a sign of life sooner.
    #[serde(serialize_with = "rfc3339_or_null")]
    pub next_try: Option<SystemTime>,
    /// What its last ping showed to be wrong between the registries of both sides, at most 20: who is not known to whom.
    pub findings: Vec<Finding>,
}
