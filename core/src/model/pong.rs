//! What a node says of itself.

use uuid::Uuid;

/// What a node says of itself when it is pinged.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
#[non_exhaustive]
pub struct Pong {
    /// The node's name.
    pub platform: String,
    /// The version of the protocol.
    pub version: i64,
    /// It takes batches.
    pub batch: bool,
    /// It wants receipts.
    pub receipts: bool,
    /// The plain platforms that it hosts.
    pub hosts: Vec<String>,
    /// The id of its store.
    pub store: Option<Uuid>,
    /// It has no users of its own.
    pub standalone: bool,
}
