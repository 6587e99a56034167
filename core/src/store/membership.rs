//! The rows of membership: platforms that joined at run time, invites, and what command lines ask of the node that runs.

use std::sync::Arc;

use url::Url;

use super::PlatformNum;
use crate::util::pair::Pair;
use crate::util::secret::Secret;

/// A platform that joined at run time, or asks to. A row of the directory.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinedRow {
    pub platform: PlatformNum,
    pub standing: Standing,
    /// The peer that introduced it; None: it came by an invite, or was added by hand.
    pub by: Option<PlatformNum>,
    /// Since when it stands so, epoch milliseconds; only shown.
    pub at: i64,
}

/// How a platform that is not named by the registry file stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Standing {
    /// It was introduced, and waits until an operator accepts that.
    Asks(Way),
    /// It takes part.
    Joined(Way),
    /// It was removed: nothing of it is accepted.
    Removed,
}

/// How a platform that joined is reached.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Way {
    /// Its path ends with `/`.
    pub endpoint: Url,
    /// Somebody else told where it is, so it is looked at before it is called.
    pub told: bool,
    pub pair: Pair,
}

impl JoinedRow {
    /// How it is reached, if it takes part.
    pub(crate) fn way(&self) -> Option<&Way> {
        match &self.standing {
            Standing::Joined(way) => Some(way),
            Standing::Asks(_) | Standing::Removed => None,
        }
    }
}

/// An invite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InviteRow {
    pub id: Arc<str>,
    pub secret: Secret,
    /// Epoch milliseconds, by the wall clock: the invite says so itself.
    pub made: i64,
    pub expires: i64,
    pub used: Option<UsedRow>,
}

/// By whom an invite was used.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UsedRow {
    pub by: PlatformNum,
    /// What it was answered, to be given again; None once it was seen to have arrived. It holds tokens.
    pub answer: Option<Answered>,
}

/// The body of an answer, with what it answered.
#[derive(Clone, PartialEq)]
pub(crate) struct Answered {
    /// The newcomer's endpoint.
    pub endpoint: Url,
    pub body: String,
}

impl std::fmt::Debug for Answered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answered").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

/// What a command line asks of the node that runs on this store. Its text may hold a secret.
#[derive(Clone, PartialEq)]
pub(crate) struct ErrandRow {
    pub num: i64,
    pub order: String,
}

impl std::fmt::Debug for ErrandRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErrandRow").field("num", &self.num).finish_non_exhaustive()
    }
}
