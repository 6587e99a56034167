//! What a publication returns.

use std::sync::Arc;

use serde::Serialize;
use uuid::Uuid;

/// What a publication returns: it is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The event's id, for [`crate::Node::delivery`]. Absent when nothing had changed and so nothing was sent.
    pub event: Option<Uuid>,
    /// The platforms that it goes to.
    pub destinations: Vec<Arc<str>>,
    /// Whether this is the receipt of an earlier call with the same key.
    pub duplicate: bool,
}
