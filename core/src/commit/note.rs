//! What the app is told beyond what travels: how a platform changed, what died. Kept in the inbox as JSON.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::PlatformState;
use crate::store::PlatformNum;
use crate::{Error, ErrorKind, Result};

/// A platform joined, was removed, or refuses us. Which one is the event's platform.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct PlatformNote {
    pub change: PlatformState,
    pub why: Option<String>,
}

/// Publications of the app died for one cause: the first of them, and how many.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct DeathNote {
    pub event: Uuid,
    pub platform: PlatformNum,
    pub why: Arc<str>,
    pub count: u64,
}

/// The note as an event's body.
pub(crate) fn body(note: &impl Serialize) -> bytes::Bytes {
    // Into memory, this fails for neither of them.
    serde_json::to_vec(note).unwrap_or_default().into()
}

/// The note in an event's body.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|e| Error::new(ErrorKind::Internal, format!("a note for the app: {e}")).caused_by(e))
}
