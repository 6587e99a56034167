//! Where requests to a platform go.

use std::sync::Arc;

use url::Url;

use super::state::Directory;
use crate::model::Kinds;
use crate::store::{PlatformKind, PlatformNum};
use crate::util::secret::Secret;

/// Where a lane sends.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub num: PlatformNum,
    pub name: Arc<str>,
    pub kind: PlatformKind,
    pub batch: bool,
    pub endpoint: Url,
    pub token: Secret,
    /// Another that is good beside it.
    pub beside: Option<Secret>,
    /// The endpoint was told by somebody else.
    pub told: bool,
    pub recipients: bool,
    pub audio: bool,
    pub image: bool,
    /// What it takes; None: a node that has not been asked yet.
    pub kinds: Option<Kinds>,
}

impl Target {
    /// None for one that has no endpoint in the registry that is in force.
    pub(crate) fn of(directory: &Directory, num: PlatformNum) -> Option<Target> {
        let entry = directory.entry(num).filter(|_| directory.is_lane(num))?;
        let row = directory.platform(num)?;
        Some(Target {
            num,
            name: row.name.clone(),
            kind: row.kind,
            batch: row.batch,
            endpoint: entry.endpoint.clone()?,
            token: entry.token.clone()?,
            beside: entry.beside.clone(),
            told: entry.told,
            recipients: entry.recipients,
            audio: entry.support_audio,
            image: entry.support_image,
            kinds: match row.kind {
                PlatformKind::Node => row.kinds,
                _ => Some(Kinds::OF_EVERY_PLATFORM.and(entry.supports)),
            },
        })
    }
}
