//! Platforms that somebody names: which number they have or get, and how many one peer may make up.

use std::collections::HashSet;

use super::Job;
use crate::model::name::fold;
use crate::store::{PlatformKind, PlatformNum, PlatformRow};
use crate::{Error, ErrorKind, Result};

/// How many platforms that nobody named before one peer may mention in its rooms: one that makes names up can't grow memory
/// without end, and takes no place from another.
pub(crate) const MOST_MENTIONED: usize = 1_000;
/// How many it may have named when it claims to host one more: those that are made up leave room for those that are there.
pub(crate) const MOST_CLAIMED: usize = 2 * MOST_MENTIONED;

impl Job<'_> {
    /// Whether this peer may name these platforms: those that nobody named before are its own share.
    pub(crate) fn may_name<'n>(
        &self,
        peer: PlatformNum,
        most: usize,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<()> {
        let directory = self.directory();
        let new: HashSet<String> =
            names.into_iter().filter(|name| directory.resolve(name).is_none()).map(fold).collect();
        if !new.is_empty() && directory.named_by(peer) + new.len() > most {
            let why = format!("more than {most} platforms that are unknown here are named by {}", directory.name(peer));
            return Err(Error::new(ErrorKind::Forbidden, why).within("users"));
        }
        Ok(())
    }

    /// The number of the platform of this name; a new one if there is none yet. What the registry names is always let in.
    pub(crate) fn platform_num(&mut self, name: &str) -> Result<PlatformNum> {
        self.named(name, None)
    }

    /// The number of the platform of this name, which a peer gives ([`Job::may_name`] says whether it may).
    pub(crate) fn platform_num_by(&mut self, peer: Option<PlatformNum>, name: &str) -> Result<PlatformNum> {
        self.named(name, peer)
    }

    fn named(&mut self, name: &str, named_by: Option<PlatformNum>) -> Result<PlatformNum> {
        let (found, num) = (self.directory().resolve(name), self.directory().next_platform_num());
        if let Some(num) = found {
            return Ok(num);
        }
        self.put_platform(PlatformRow {
            num,
            name: name.trim().into(),
            kind: PlatformKind::Unknown,
            standalone: false,
            batch: false,
            receipts: false,
            kinds: None,
            store: None,
            via: None,
            support_audio: true,
            support_image: true,
            known: false,
            filed: false,
            named_by,
            lists_users: false,
            told: None,
            token: None,
        })?;
        Ok(num)
    }
}
