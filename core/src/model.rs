//! The nouns: ids, users, rooms, messages, the events that reach the app, and receipts.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The id of a user or a room on its own platform: an integer (±2⁶³) or a string (1–255 characters).
///
/// `4` and `"4"` are the same id, so equality and hashing look at the text alone; which of the two it was is kept, since
/// an id is written everywhere as it first came.
#[derive(Clone)]
pub struct Id {
    text: Arc<str>,
    number: bool,
}

impl Id {
    /// The id as text, whichever form it came in.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The integer, if it came as one.
    pub fn as_i64(&self) -> Option<i64> {
        if self.number { self.text.parse().ok() } else { None }
    }

    pub(crate) fn is_number(&self) -> bool {
        self.number
    }

    /// From the store: a text and whether it came as an integer.
    pub(crate) fn from_parts(text: &str, number: bool) -> Self {
        Id { text: text.into(), number }
    }
}

impl From<i64> for Id {
    fn from(n: i64) -> Self {
        Id { text: n.to_string().into(), number: true }
    }
}

impl From<i32> for Id {
    fn from(n: i32) -> Self {
        i64::from(n).into()
    }
}

impl From<&str> for Id {
    fn from(s: &str) -> Self {
        Id { text: s.into(), number: false }
    }
}

impl From<String> for Id {
    fn from(s: String) -> Self {
        Id { text: s.into(), number: false }
    }
}

impl From<&Id> for Id {
    fn from(id: &Id) -> Self {
        id.clone()
    }
}

impl From<ExternalId> for Id {
    fn from(id: ExternalId) -> Self {
        id.to_string().into()
    }
}

impl From<&ExternalId> for Id {
    fn from(id: &ExternalId) -> Self {
        id.to_string().into()
    }
}

impl PartialEq for Id {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Id {}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl std::borrow::Borrow<str> for Id {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.number { f.write_str(&self.text) } else { write!(f, "{:?}", self.text) }
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_i64() {
            Some(n) => serializer.serialize_i64(n),
            None => serializer.serialize_str(&self.text),
        }
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl serde::de::Visitor<'_> for IdVisitor {
            type Value = Id;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an integer or a string")
            }
            fn visit_i64<E: serde::de::Error>(self, n: i64) -> Result<Id, E> {
                Ok(n.into())
            }
            fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<Id, E> {
                i64::try_from(n).map(Id::from).map_err(|_| E::custom("an integer beyond 2^63"))
            }
            fn visit_str<E: serde::de::Error>(self, s: &str) -> Result<Id, E> {
                Ok(s.into())
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

/// A user or a room as every platform can name it: `BuasApp:4`.
///
/// A platform's name holds no `:`, so the first one splits it, whatever the id holds.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExternalId {
    /// The platform on which it was created, spelled as the registry does.
    pub platform: Arc<str>,
    /// Its id there.
    pub id: Id,
}

impl ExternalId {
    /// From its two parts.
    pub fn new(platform: impl Into<Arc<str>>, id: impl Into<Id>) -> Self {
        ExternalId { platform: platform.into(), id: id.into() }
    }
}

impl fmt::Display for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.platform, self.id)
    }
}

impl fmt::Debug for ExternalId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ExternalId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Whether a room is open to all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RoomKind {
    /// Only its members read and write.
    Private,
    /// Everybody on every platform may read and write.
    Public,
}

/// What a local id is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BindKind {
    /// A user.
    User,
    /// A room.
    Room,
}

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

/// A room of any platform, with its members as they are now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Room {
    /// The external id.
    pub id: ExternalId,
    /// The name to show; may be empty.
    pub name: String,
    /// Private or public.
    #[serde(rename = "type")]
    pub kind: RoomKind,
    /// The members, by platform in the order in which they were announced.
    pub members: Vec<(Arc<str>, Vec<Id>)>,
}

impl Room {
    /// The external ids of all members.
    pub fn member_ids(&self) -> impl Iterator<Item = ExternalId> + '_ {
        self.members.iter().flat_map(|(p, ids)| ids.iter().map(move |id| ExternalId::new(p.clone(), id)))
    }
}

/// A platform as the directory knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Platform {
    /// The name, spelled as the registry does.
    pub name: Arc<str>,
    /// Whether it can show images.
    pub support_image: bool,
    /// Whether it can play audio.
    pub support_audio: bool,
    /// The node through which it is reached, if it is hosted by another.
    pub via: Option<Arc<str>>,
    /// Whether it is this app itself.
    pub own: bool,
}

/// The kind of an attachment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttachmentKind {
    /// An image.
    Image,
    /// A sound.
    Audio,
    /// Any other file.
    File,
}

/// Something that goes with a message: by `url`, or inline as base64 `data`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Image, audio or file.
    pub kind: AttachmentKind,
    /// Where it can be fetched (http or https).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The bytes, base64 (RFC 4648 §4).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
    /// The media type (RFC 6838).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mime: Option<String>,
    /// The file's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The size in bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<u64>,
}

/// A message to publish.
///
/// ```
/// use integrador::NewMessage;
/// let m = NewMessage::new("GWT_CHAT:7", 3, "¿qué tal?").key("mensaje-81");
/// ```
#[derive(Debug, Clone)]
pub struct NewMessage {
    pub(crate) room: Id,
    pub(crate) sender: Id,
    pub(crate) text: String,
    pub(crate) key: Option<String>,
    pub(crate) sent_at: Option<String>,
    pub(crate) reply_to: Option<Uuid>,
    pub(crate) attachments: Vec<Attachment>,
}

impl NewMessage {
    /// `room` is an external id, a bound local id or an id of the app's own; `sender` one of the app's own users.
    pub fn new(room: impl Into<Id>, sender: impl Into<Id>, text: impl Into<String>) -> Self {
        NewMessage {
            room: room.into(),
            sender: sender.into(),
            text: text.into(),
            key: None,
            sent_at: None,
            reply_to: None,
            attachments: Vec::new(),
        }
    }

    /// A key of the app's own, such as the id of its row, remembered for 7 days: published again under the same key, it
    /// is the same message and the first receipt comes back.
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// When it was written (RFC 3339); none unless given.
    pub fn sent_at(mut self, at: impl Into<String>) -> Self {
        self.sent_at = Some(at.into());
        self
    }

    /// The event id of the message that this one answers.
    pub fn reply_to(mut self, event: Uuid) -> Self {
        self.reply_to = Some(event);
        self
    }

    /// Adds an attachment.
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }
}

/// What a publication returns: it is on disk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Receipt {
    /// The event's id, for [`crate::Node::delivery`]. Absent when nothing had changed and so nothing was sent.
    pub event: Option<Uuid>,
    /// The platforms that it goes to.
    pub destinations: Vec<Arc<str>>,
    /// Whether this is the receipt of an earlier call with the same key.
    pub duplicate: bool,
}

/// Something that happened elsewhere, for the app to handle and then [`ack`](crate::Node::ack).
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// The event's id, for `ack` and `nack`.
    pub id: Uuid,
    /// 1 the first time that it is handed over, more when an earlier handling failed or was cut short.
    pub attempt: u32,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// What happened.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[non_exhaustive]
pub enum EventBody {
    /// Somebody on another platform wrote.
    Message(Message),
    /// A user of another platform is new, renamed or gone.
    User(User),
    /// A room was created or changed by another platform: always the whole room as it is now.
    Room(RoomChange),
    /// A platform is up, down, joined, removed, or refused us.
    Platform(PlatformChange),
    /// What became of something that this app published.
    Delivery(DeliveryChange),
}

/// A message of another platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// The room, by its external id. For a room of the app's own the id is the app's id.
    pub room: ExternalId,
    /// Who wrote it.
    pub sender: ExternalId,
    /// The sender's name; its external id as long as nobody announced it.
    pub sender_name: String,
    /// The text.
    pub text: String,
    /// When it was written (RFC 3339), if the sender said so.
    pub sent_at: Option<String>,
    /// The event id of the message that it answers.
    pub reply_to: Option<Uuid>,
    /// What goes with it.
    pub attachments: Vec<Attachment>,
    /// It comes after messages that were sent later: somebody retried a dead letter.
    pub late: bool,
}

/// A room as it is now, and which platform changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct RoomChange {
    /// The whole room.
    pub room: Room,
    /// The platform whose announcement changed it.
    pub changed_by: Arc<str>,
}

/// What happened to a platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlatformChange {
    /// Its name.
    pub platform: Arc<str>,
    /// What happened.
    pub change: PlatformState,
    /// Why, in words, where there is a reason.
    pub why: Option<String>,
}

/// The changes of a platform that are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PlatformState {
    /// It answers (a hint).
    Up,
    /// It does not answer (a hint).
    Down,
    /// It is new here.
    Joined,
    /// It is gone from the registry.
    Removed,
    /// It answers 401 or 403: a wrong token or a wrong registry.
    Refused,
}

/// What became of a publication at one platform.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct DeliveryChange {
    /// The id of the event that was published.
    pub event: Uuid,
    /// The platform that it was meant for.
    pub platform: Arc<str>,
    /// What became of it.
    pub state: DeliveryState,
    /// Why, when it is dead.
    pub why: Option<String>,
    /// How many in a row this stands for: dead letters of one cause are told together. At least 1.
    pub count: u64,
}

/// Where a publication stands at one platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum DeliveryState {
    /// Here on disk, not yet sent or not yet acknowledged.
    Waiting,
    /// The gateway of that platform has it.
    Accepted,
    /// The other node has it, and waits for the room's announcement.
    Parked,
    /// There.
    Delivered,
    /// It will not arrive unless somebody retries it.
    Dead,
}

/// Where a publication stands, for [`crate::Node::delivery`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Delivery {
    /// The platform.
    pub platform: Arc<str>,
    /// Where it stands there.
    pub state: DeliveryState,
    /// When it got into that state, if known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<SystemTime>,
    /// Why, when it is dead.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}
