//! What an operator has to see to: what is wrong with the registry and the platforms in it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::words::words;

/// Something that is wrong with the registry, or with a platform in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The platform that it is about; None: the registry file as a whole.
    pub platform: Option<Arc<str>>,
    /// What is wrong.
    pub kind: FindingKind,
    /// The other name in it: what the platform calls itself, or who is not known.
    pub other: Option<Arc<str>>,
    /// What is wrong, as a sentence.
    pub what: String,
    /// What to do, as a sentence.
    pub to_do: String,
}

/// What is wrong with the registry, or with a platform in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingKind {
    /// The registry file is in error, or says what is hardly meant.
    Registry,
    /// Nobody answers there.
    Unreachable,
    /// It answers 401 or 403: the tokens differ, or it has no entry for this node, or a suspended one.
    Refused,
    /// Somebody answers, but not as a node or a plain platform does.
    Odd,
    /// Under its endpoint this node answers itself.
    Itself,
    /// It calls itself by another name than the registry does.
    OtherName,
    /// It speaks with a node that has no entry here: what that node's users write doesn't arrive here.
    NotKnownHere,
    /// It has no entry for a node that has one here, or none by the name of this one: what one's users write does not reach
    /// the other.
    NotKnownThere,
    /// A plain platform that both this node and that one take for theirs: what it posts to one of them the other refuses.
    HostedTwice,
    /// A room whose origin is here has members whom nobody has announced, or is private and has none.
    Members,
}

words!(FindingKind {
    Registry: "registry",
    Unreachable: "unreachable",
    Refused: "refused",
    Odd: "odd",
    Itself: "itself",
    OtherName: "other_name",
    NotKnownHere: "not_known_here",
    NotKnownThere: "not_known_there",
    HostedTwice: "hosted_twice",
    Members: "members",
});
