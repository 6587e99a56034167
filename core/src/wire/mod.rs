//! The JSON shapes of the protocol (docs/protocol.md), and their leniency. Pure: bytes in, values out, and back.
//!
//! Reading is strict about JSON (no duplicate fields, no lone surrogates) and lenient about what the protocol is lenient
//! about; an error names the field and what was expected. Writing is exact: what a receiver may compare, it gets.

pub(crate) mod invite;
pub(crate) mod json;
pub(crate) mod read;
pub(crate) mod signature;
pub(crate) mod traceparent;
pub(crate) mod write;

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::Arc;

use url::Url;
use uuid::Uuid;

use crate::model::{Attachment, Barred, DeliveryState, EventKind, Ext, Extras, Id, RoomKind};
use crate::util::hash::IndexSet;
use crate::util::secret::Secret;

/// The longest body of an event that every node takes from a peer, bytes.
pub(crate) const MAX_BODY: usize = 2 << 20;

/// Members by platform, in the order given; names as they stood in the body.
pub(crate) type Members = Vec<(String, IndexSet<Id>)>;

/// `POST user`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct UserBody {
    pub id: Id,
    pub name: String,
    /// False: gone. Only between nodes.
    pub active: bool,
    pub extras: Extras,
}

/// `POST room`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RoomBody {
    pub id: Id,
    pub name: String,
    pub kind: RoomKind,
    pub members: Members,
    /// The room's origin when it is announced by another platform.
    pub origin: Option<String>,
    /// Whom the origin adds anew though their own platform took them out. Only between nodes.
    pub again: Members,
    /// Whom the origin bars, by platform. Not for plain platforms.
    pub banned: Vec<(String, Barred)>,
    pub extras: Extras,
}

/// A room to be written, of parts that are held elsewhere.
#[derive(Debug)]
pub(crate) struct RoomOf<'a> {
    pub id: &'a Id,
    pub name: &'a str,
    pub kind: RoomKind,
    pub members: Listed<'a>,
    pub origin: Option<&'a str>,
    pub again: Listed<'a>,
    pub banned: Vec<(&'a str, &'a Barred)>,
    pub extras: Option<&'a Extras>,
}

/// Members by the names of their platforms.
pub(crate) type Listed<'a> = Vec<(&'a str, Vec<&'a Id>)>;

impl<'a> From<&'a RoomBody> for RoomOf<'a> {
    fn from(body: &'a RoomBody) -> Self {
        let listed = |members: &'a Members| members.iter().map(|(p, ids)| (p.as_str(), ids.iter().collect())).collect();
        RoomOf {
            id: &body.id,
            name: &body.name,
            kind: body.kind,
            members: listed(&body.members),
            origin: body.origin.as_deref(),
            again: listed(&body.again),
            banned: body.banned.iter().map(|(p, barred)| (p.as_str(), barred)).collect(),
            extras: Some(&body.extras),
        }
    }
}

/// `POST message`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct MessageBody {
    /// `roomOriginalPlatform`
    pub room_platform: Arc<str>,
    pub room_id: Id,
    pub sender: Id,
    pub text: String,
    pub sent_at: Option<String>,
    pub reply_to: Option<Uuid>,
    /// W3C Trace Context, version 00.
    pub traceparent: Option<String>,
    pub attachments: Vec<Attachment>,
    pub ext: Option<Ext>,
}

/// `POST edit`, `delete`, `reaction`: what changes a message that is there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChangeBody {
    /// `roomOriginalPlatform`
    pub room_platform: Arc<str>,
    pub room_id: Id,
    pub sender: Id,
    /// The event id of the message.
    pub of: Uuid,
    /// Whose user wrote the message; None: the sender's platform's.
    pub of_platform: Option<String>,
    pub what: Change,
}

/// How a message changes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Change {
    Edit {
        text: String,
        /// None: those that it has.
        attachments: Option<Vec<Attachment>>,
        /// None: what it carries.
        ext: Option<Ext>,
    },
    Delete,
    Reaction {
        emoji: String,
        remove: bool,
    },
}

impl Change {
    pub(crate) fn kind(&self) -> EventKind {
        match self {
            Change::Edit { .. } => EventKind::Edit,
            Change::Delete => EventKind::Delete,
            Change::Reaction { .. } => EventKind::Reaction,
        }
    }
}

/// A `platform` event: a platform that the sender hosts (`via`), that is introduced or changes its token (`token`), or that is
/// removed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PlatformBody {
    pub name: String,
    pub support_audio: bool,
    pub support_image: bool,
    pub via: Option<String>,
    /// Where it is reached, as the sender says.
    pub endpoint: Option<Url>,
    pub token: Option<Secret>,
    pub removed: bool,
}

impl PlatformBody {
    /// A platform, of which nothing is said yet.
    pub(crate) fn of(name: impl Into<String>, support_audio: bool, support_image: bool) -> Self {
        let (name, via, endpoint, token) = (name.into(), None, None, None);
        PlatformBody { name, support_audio, support_image, via, endpoint, token, removed: false }
    }

    /// One that was removed.
    pub(crate) fn removed(name: impl Into<String>) -> Self {
        PlatformBody { removed: true, ..PlatformBody::of(name, true, true) }
    }
}

/// `POST join`: who wants to join by an invite.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinBody {
    pub name: String,
    pub endpoint: Url,
    pub support_audio: bool,
    pub support_image: bool,
}

/// The answer to a `join` that was taken.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinAnswer {
    /// Who made the invite.
    pub platform: String,
    pub token: Secret,
    pub platforms: Vec<Member>,
}

/// Somebody whom a newcomer is told of.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Member {
    pub name: String,
    pub support_audio: bool,
    pub support_image: bool,
    pub reach: MemberReach,
}

/// How a newcomer gets there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum MemberReach {
    /// A node, with the token that the two begin with.
    Node { endpoint: Url, token: Secret },
    /// Through this node.
    Via(String),
}

/// A `receipt` event: the fate of a message, an edit or a delete at a platform that the sender hosts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ReceiptBody {
    /// Its event id.
    pub event: Uuid,
    /// The platform in its body.
    pub of: String,
    /// The platform that it was for.
    pub to: String,
    /// Delivered, dead or unsupported.
    pub state: DeliveryState,
    pub why: Option<String>,
}

/// Any body that carries an event.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Body {
    User(UserBody),
    Room(RoomBody),
    Message(MessageBody),
    Change(ChangeBody),
    Platform(PlatformBody),
    Receipt(ReceiptBody),
}

/// One line of a batch, before its body is judged.
pub(crate) enum BatchLine<'a> {
    /// A message in the very form in which nodes write it, and its event id.
    Written(Uuid, read::Written<&'a str>),
    Read(ReadLine<'a>),
}

#[cfg(test)]
impl<'a> BatchLine<'a> {
    /// As the parser reads it.
    pub(crate) fn read(self) -> ReadLine<'a> {
        match self {
            BatchLine::Read(line) => line,
            BatchLine::Written(id, message) => {
                let body = json::parse(message.body.as_bytes()).unwrap();
                ReadLine { id: id.to_string().into(), kind: Ok("message".into()), body }
            }
        }
    }
}

/// One line of a batch as the parser reads it.
pub(crate) struct ReadLine<'a> {
    /// The id as it stood there.
    pub id: Cow<'a, str>,
    /// Error: there is none.
    pub kind: crate::Result<Cow<'a, str>>,
    pub body: json::Value<'a>,
}

/// One event's line in the answer to a batch.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct BatchResult<'a> {
    pub id: Cow<'a, str>,
    pub status: u16,
    pub message: Cow<'a, str>,
}

/// One user of a `GET users`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ListedUser {
    pub id: Id,
    /// None: what stands there is no name. The user is there all the same.
    pub name: Option<String>,
    pub platform: Option<Arc<str>>,
    /// None: the list does not tell.
    pub avatar: Option<String>,
}

/// A list of another platform's, read as far as it could be.
#[derive(Debug)]
pub(crate) struct Listing<T> {
    pub items: Vec<T>,
    pub odd: Odd,
}

/// The entries of a list that were left out, wholly or in part.
#[derive(Debug)]
pub(crate) struct Odd {
    /// The list's name, as `users`.
    what: &'static str,
    /// How many entries there were up to now.
    entries: usize,
    pub count: usize,
    /// What was wrong with the first few.
    pub why: Vec<crate::Error>,
    /// Some entry does not even say whose it is: who is missing in the list may stand there.
    pub hides: bool,
}

impl Odd {
    /// Of this many it is said what was wrong.
    const SHOWN: usize = 3;
    /// After this many nothing more of the list is read: to say what is wrong costs more than to read what is right.
    const MOST: usize = 10_000;

    fn new(what: &'static str) -> Self {
        Odd { what, entries: 0, count: 0, why: Vec::new(), hides: false }
    }

    fn next_entry(&mut self) {
        self.entries += 1;
    }

    fn is_full(&self) -> bool {
        self.count >= Self::MOST
    }

    /// The entry that is being read is odd.
    fn add(&mut self, why: crate::Error) {
        self.count += 1;
        if self.why.len() < Self::SHOWN {
            self.why.push(why.within(format_args!("{}[{}]", self.what, self.entries - 1)));
        }
    }

    /// For people; None if nothing was odd.
    pub(crate) fn told(&self) -> Option<String> {
        let entries = match self.count {
            0 => return None,
            1 => "1 entry is".to_owned(),
            n if self.is_full() => format!("{n} entries or more are"),
            n => format!("{n} entries are"),
        };
        let shown: Vec<String> = self.why.iter().map(ToString::to_string).collect();
        let more = if self.count > shown.len() { "; …" } else { "" };
        Some(format!("{entries} odd: {}{more}", shown.join("; ")))
    }
}
