//! What the chat is made of, in the shapes in which the page gets it.
//!
//! A person is named by the external id everywhere, `Norte:4`, those of this app included: so one column and one
//! comparison serve both, and no table of foreign users has to be kept in step with the node's directory.

use integrador::Attachment;
use serde::{Deserialize, Serialize};

/// A user of this app: somebody who can log in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OwnUser {
    pub(crate) id: i64,
    pub(crate) name: String,
}

/// Anybody, of whichever platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Person {
    /// The external id.
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) platform: String,
    /// False: its platform no longer lists it; shown where it wrote, offered nowhere.
    pub(crate) active: bool,
    /// The address of their picture.
    pub(crate) avatar: Option<String>,
}

/// A platform, this one included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlatformInfo {
    pub(crate) name: String,
    pub(crate) own: bool,
    pub(crate) support_image: bool,
    pub(crate) support_audio: bool,
    /// None: not known yet.
    pub(crate) up: Option<bool>,
}

/// A private chat, a group or a public room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Conversation {
    pub(crate) id: i64,
    pub(crate) external: String,
    /// The platform that has it.
    pub(crate) home: String,
    pub(crate) name: String,
    pub(crate) public: bool,
    /// A private chat of two, and begun as one: a group that has shrunk to two is none.
    pub(crate) direct: bool,
    /// External ids.
    pub(crate) members: Vec<String>,
    /// Whom its platform bars from it: external ids, and `Malo:*` for all of a platform.
    pub(crate) banned: Vec<String>,
    /// The address of its picture.
    pub(crate) avatar: Option<String>,
    /// In the order in which it is read.
    pub(crate) last: Option<Message>,
    /// The id of the message that was the latest to arrive.
    pub(crate) newest: Option<i64>,
    pub(crate) unread: i64,
    /// Why the others will never hear of it.
    pub(crate) failed: Option<String>,
}

impl Conversation {
    /// Whether this person may read and write in it.
    pub(crate) fn admits(&self, person: &str) -> bool {
        self.public || self.members.iter().any(|m| m == person)
    }
}

/// A room as the node knows it, to store.
#[derive(Debug, Default)]
pub(crate) struct Room {
    pub(crate) external: String,
    pub(crate) name: String,
    pub(crate) public: bool,
    /// External ids.
    pub(crate) members: Vec<String>,
    pub(crate) banned: Vec<String>,
    pub(crate) avatar: Option<String>,
}

/// What somebody at a page changes of a room. People are external ids.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RoomUpdate {
    pub(crate) name: Option<String>,
    pub(crate) add: Vec<String>,
    pub(crate) remove: Vec<String>,
    pub(crate) ban: Vec<String>,
    pub(crate) unban: Vec<String>,
}

/// A message, with where it stands at each platform if it is one of ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    pub(crate) id: i64,
    pub(crate) conversation: i64,
    pub(crate) sender: String,
    pub(crate) sender_name: String,
    /// What happened to the sender, or to the conversation: then it is no message of theirs. See [`crate::db`].
    pub(crate) notice: Option<String>,
    pub(crate) text: String,
    pub(crate) attachments: Vec<AttachmentLink>,
    /// RFC 3339.
    pub(crate) at: String,
    /// The page's own key for it, by which a repeated post is recognised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// What it is sorted by, its event id as a rule. None: it is on its way to the node.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<String>,
    pub(crate) deliveries: Vec<Tick>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) failed: Option<String>,
    /// How many times it was changed.
    pub(crate) revision: i64,
    pub(crate) edited: bool,
    /// Then without a text and attachments.
    pub(crate) deleted: bool,
    /// What it answers.
    pub(crate) reply: Option<Reply>,
    pub(crate) reactions: Vec<Reaction>,
    /// What users of this app have said of it and is in force: the latest edit or delete, and each reaction.
    pub(crate) changes: Vec<OwnChange>,
}

/// A message that another answers, as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reply {
    /// None: it is not here, and nothing is known of it.
    pub(crate) message: Option<i64>,
    pub(crate) sender: String,
    pub(crate) sender_name: String,
    /// Its beginning.
    pub(crate) text: String,
    /// What is attached to it.
    pub(crate) what: Option<integrador::AttachmentKind>,
    pub(crate) deleted: bool,
}

/// Who reacted with this.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Reaction {
    pub(crate) emoji: String,
    /// External ids.
    pub(crate) people: Vec<String>,
}

/// What is said of a message that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Said {
    /// It has another text; and other attachments, if there are some.
    Edit { text: String, attachments: Option<Vec<Attachment>> },
    /// It is gone, for good.
    Delete,
    /// A reaction, or (not `on`) one that is taken back.
    Reaction { emoji: String, on: bool },
}

/// What a user of this app has said of a message, with where that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct OwnChange {
    /// `edit`, `delete`, `reaction`.
    pub(crate) kind: String,
    pub(crate) sender: String,
    pub(crate) emoji: Option<String>,
    /// Whether the node has it.
    pub(crate) sent: bool,
    pub(crate) deliveries: Vec<Tick>,
    pub(crate) failed: Option<String>,
}

/// The same, on its way to the node.
pub(crate) struct OutgoingChange {
    pub(crate) id: i64,
    pub(crate) message: i64,
    pub(crate) sender: String,
    pub(crate) said: Said,
    /// The event id of the message.
    pub(crate) event: String,
    /// Who wrote the message.
    pub(crate) author: String,
}

/// What somebody elsewhere has said of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ForeignChange {
    pub(crate) event: String,
    /// The event id of the message.
    pub(crate) of: String,
    /// External id.
    pub(crate) sender: String,
    pub(crate) said: Said,
}

/// An attachment as the page sees it: always an address, its bytes stay in the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AttachmentLink {
    pub(crate) kind: integrador::AttachmentKind,
    pub(crate) url: String,
    pub(crate) name: Option<String>,
}

/// Where a message, or a change of one, stands at one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Tick {
    pub(crate) platform: String,
    /// `waiting`, `accepted`, `parked`, `delivered`, `dead`; of a change `unsupported`.
    pub(crate) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) why: Option<String>,
}

/// A message to store.
pub(crate) struct Draft {
    pub(crate) conversation: i64,
    pub(crate) sender: String,
    pub(crate) sender_name: String,
    pub(crate) text: String,
    pub(crate) attachments: Vec<Attachment>,
    /// For own ones: the same key again is the same message.
    pub(crate) key: Option<String>,
    /// What it answers: for own ones that message, for those of others its event.
    pub(crate) reply: Option<i64>,
    pub(crate) reply_event: Option<String>,
}
