//! How platforms come to take part at run time: invites, introductions, tokens.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::util::time::rfc3339;

/// An invite: one line of text by which one platform joins, once. Whoever has the line can join, so it is shown by
/// [`text`](Invite::text) alone, and not by `Debug`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invite {
    /// By what it is listed and revoked.
    pub id: String,
    /// Where the newcomer will ask: this node, as others reach it.
    pub url: String,
    /// Until when it is good.
    pub expires: SystemTime,
    pub(crate) text: String,
}

impl Invite {
    /// The line, for the other side's [`join`](crate::Node::join). Send it privately.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Invite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Invite { id, url, expires, .. } = self;
        f.debug_struct("Invite").field("id", id).field("url", url).field("expires", expires).finish_non_exhaustive()
    }
}

/// An invite as it is listed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct InviteInfo {
    /// By what it is revoked.
    pub id: String,
    /// When it was made.
    #[serde(serialize_with = "rfc3339")]
    pub made: SystemTime,
    /// Until when it is good.
    #[serde(serialize_with = "rfc3339")]
    pub expires: SystemTime,
    /// Who joined by it; None: nobody yet.
    pub used_by: Option<Arc<str>>,
}

/// What [`join`](crate::Node::join) brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Joined {
    /// The node that made the invite.
    pub inviter: String,
    /// The other platforms that this one knows by it.
    pub platforms: Vec<String>,
}

/// A token that a plain platform is to be told, so that it can post to this node. Its `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(pub(crate) String);

impl Token {
    /// The token. Send it privately.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A platform that a peer introduced and that waits until [`accept_introduction`](crate::Node::accept_introduction) is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Introduction {
    /// Its name.
    pub name: Arc<str>,
    /// Where it is reached, as the peer says.
    pub endpoint: String,
    /// The peer.
    pub by: Arc<str>,
    /// Since when it waits.
    #[serde(serialize_with = "rfc3339")]
    pub since: SystemTime,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lets_somebody_in_is_shown_only_where_it_is_asked_for() {
        let invite = Invite {
            id: "i1".into(),
            url: "http://a/".into(),
            expires: SystemTime::UNIX_EPOCH,
            text: "integrador:hunter2".into(),
        };
        let shown = format!("{invite:?} {:?}", Token("hunter2".into()));
        assert!(shown.contains("i1") && !shown.contains("hunter2"), "{shown}");
        assert_eq!((invite.text(), Token("t".into()).reveal()), ("integrador:hunter2", "t"));
    }
}
