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
    /// The kinds of events that it takes; None: it doesn't say, so those that every node takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// The plain platforms that it hosts.
    pub hosts: Vec<String>,
    /// The id of its store.
    pub store: Option<Uuid>,
    /// It has no users of its own.
    pub standalone: bool,
    /// The nodes that it has entries for, by its own names for them; entries of which it doesn't know yet whether they are
    /// nodes are among them, as among `hosts`. Only whom it recognises is told; an earlier version tells nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub knows: Option<Vec<String>>,
}
