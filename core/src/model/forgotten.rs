//! What a node has forgotten with a platform.

use serde::Serialize;

/// What a node has forgotten with a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Forgotten {
    /// How many events waited for it.
    pub waiting: u64,
    /// How many dead letters there were for it.
    pub dead: u64,
    /// How many of its users are gone.
    pub users: u64,
}
