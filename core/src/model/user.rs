//! A user of any platform.

use serde::Serialize;

use super::ExternalId;

/// A user of any platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct User {
    /// The external id.
    pub id: ExternalId,
    /// The name to show.
    pub name: String,
    /// False when its platform no longer lists it; kept for what it wrote.
    pub active: bool,
}
