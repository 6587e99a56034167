//! What travels between the two languages. Event ids are their text; a span that is absent has no end.

use std::time::SystemTime;

use crate::error::Failure;

/// Enums whose variants are those of the core. What a newer core has beyond them is the last.
macro_rules! words {
    ($($name:ident: $($variant:ident),+;)*) => {
        $(
            #[derive(Debug, Clone, Copy, uniffi::Enum)]
            pub enum $name { $($variant),+ }

            impl From<integrador::$name> for $name {
                #[allow(unreachable_patterns, reason = "some are open to variants to come")]
                fn from(value: integrador::$name) -> $name {
                    $(if value == integrador::$name::$variant { return $name::$variant; })+
                    words!(@last $($variant),+ => $name)
                }
            }

            impl From<$name> for integrador::$name {
                fn from(value: $name) -> integrador::$name {
                    match value { $($name::$variant => integrador::$name::$variant),+ }
                }
            }
        )*
    };
    (@last $only:ident => $name:ident) => { $name::$only };
    (@last $first:ident, $($rest:ident),+ => $name:ident) => { words!(@last $($rest),+ => $name) };
}

words! {
    AttachmentKind: Image, Audio, File;
    BindKind: User, Room;
    DeliveryState: Waiting, Accepted, Parked, Delivered, Dead, Unsupported;
    EventKind: User, Room, Message, Platform, Receipt, Delivery, Edit, Delete, Reaction;
    FindingKind: Registry, Unreachable, Refused, Odd, Itself, OtherName, NotKnownHere, NotKnownThere, HostedTwice, Members;
    MetricKind: Counter, Gauge;
    PlatformKind: Unknown, Plain, Node;
    PlatformState: Up, Down, Joined, Removed, Refused;
    RoomKind: Private, Public;
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct ExternalId {
    pub platform: String,
    pub id: String,
}

/// `platform` is absent: an id of the application's own.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Reference {
    pub platform: Option<String>,
    pub id: String,
}

/// A user of the application's own. `ext`, here and elsewhere: a JSON object.
#[derive(Debug, Clone, uniffi::Record)]
pub struct NewUser {
    pub id: String,
    pub name: String,
    pub avatar: Option<String>,
    pub ext: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct NewRoom {
    pub id: String,
    pub name: String,
    pub kind: RoomKind,
    pub members: Vec<Members>,
    pub banned: Vec<Banned>,
    pub avatar: Option<String>,
    pub ext: Option<String>,
}

/// The members of a room on one platform.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Members {
    pub platform: String,
    pub ids: Vec<String>,
}

/// Whom of one platform a room bars. No ids: all of its users.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Banned {
    pub platform: String,
    pub ids: Option<Vec<String>>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Attachment {
    pub kind: AttachmentKind,
    pub url: Option<String>,
    pub data: Option<Vec<u8>>,
    pub mime: Option<String>,
    pub name: Option<String>,
    pub size: Option<u64>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct NewMessage {
    pub room: Reference,
    pub sender: Reference,
    pub text: String,
    pub key: Option<String>,
    pub sent_at: Option<SystemTime>,
    pub reply_to: Option<String>,
    pub attachments: Vec<Attachment>,
    pub traceparent: Option<String>,
    pub ext: Option<String>,
}

/// No attachments, no `ext`: the message keeps what it has.
#[derive(Debug, Clone, uniffi::Record)]
pub struct EditMessage {
    pub of: String,
    pub sender: Reference,
    pub text: String,
    pub attachments: Option<Vec<Attachment>>,
    pub ext: Option<String>,
}

/// No platform: a message of the application's own.
#[derive(Debug, Clone, uniffi::Record)]
pub struct DeleteMessage {
    pub of: String,
    pub sender: Reference,
    pub of_platform: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct NewReaction {
    pub of: String,
    pub of_platform: String,
    pub sender: Reference,
    pub emoji: String,
    pub on: bool,
}

/// An option of the configuration, by its name in JSON.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Setting {
    pub name: String,
    pub value: SettingValue,
}

#[derive(Debug, Clone, uniffi::Enum)]
pub enum SettingValue {
    Text { value: String },
    Flag { value: bool },
    Whole { value: i64 },
    Fraction { value: f64 },
}

/// None of the three: all.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Which {
    pub platform: Option<String>,
    pub number: Option<i64>,
    pub event_id: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Header {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Request {
    pub method: String,
    pub path: String,
    pub query: String,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<Header>,
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Receipt {
    pub event_id: Option<String>,
    pub destinations: Vec<String>,
    pub duplicate: bool,
}

/// One of the two is there.
#[derive(Debug, Clone, uniffi::Record)]
pub struct Published {
    pub receipt: Option<Receipt>,
    pub refusal: Option<Failure>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Delivery {
    pub platform: String,
    pub state: DeliveryState,
    pub at: Option<SystemTime>,
    pub why: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct PlatformStatus {
    pub name: String,
    pub kind: PlatformKind,
    pub via: Option<String>,
    pub up: Option<bool>,
    pub since: Option<SystemTime>,
    pub last_contact: Option<SystemTime>,
    pub waiting: u64,
    pub oldest: Option<SystemTime>,
    pub dead: u64,
    pub alarm: Option<String>,
    pub import_error: Option<String>,
    pub last_error: Option<String>,
    pub next_try: Option<SystemTime>,
    pub findings: Vec<Finding>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Status {
    pub name: String,
    pub standalone: bool,
    pub version: String,
    pub store: String,
    pub inbox: u64,
    pub platforms: Vec<PlatformStatus>,
    pub introductions: Vec<Introduction>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Introduction {
    pub name: String,
    pub endpoint: String,
    pub by: String,
    pub since: SystemTime,
}

/// Without `Debug`, since whoever has the text can join.
#[derive(Clone, uniffi::Record)]
pub struct Invite {
    pub id: String,
    pub url: String,
    pub expires: SystemTime,
    pub text: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct InviteInfo {
    pub id: String,
    pub made: SystemTime,
    pub expires: SystemTime,
    pub used_by: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Joined {
    pub inviter: String,
    pub platforms: Vec<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Finding {
    pub platform: Option<String>,
    pub kind: FindingKind,
    pub other: Option<String>,
    pub what: String,
    pub to_do: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct DeadLetter {
    pub number: i64,
    pub event_id: String,
    pub kind: EventKind,
    pub platform: String,
    pub from: String,
    pub inbound: bool,
    pub why: String,
    pub at: SystemTime,
    pub body: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Label {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Metric {
    pub name: String,
    pub labels: Vec<Label>,
    pub value: f64,
    pub kind: MetricKind,
    pub help: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Platform {
    pub name: String,
    pub support_image: bool,
    pub support_audio: bool,
    pub via: Option<String>,
    pub own: bool,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct User {
    pub id: ExternalId,
    pub name: String,
    pub active: bool,
    pub avatar: Option<String>,
    pub ext: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Room {
    pub id: ExternalId,
    pub name: String,
    pub kind: RoomKind,
    pub members: Vec<Members>,
    pub banned: Vec<Banned>,
    pub avatar: Option<String>,
    pub ext: Option<String>,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Address {
    pub host: String,
    pub port: u16,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct Event {
    pub id: String,
    pub attempt: u32,
    pub body: EventBody,
}

/// Who changed which message, where.
#[derive(Debug, Clone, uniffi::Record)]
pub struct MessageChange {
    pub room: ExternalId,
    pub sender: ExternalId,
    pub sender_name: String,
    pub of: String,
}

#[derive(Debug, Clone, uniffi::Enum)]
pub enum EventBody {
    MessageCame {
        room: ExternalId,
        sender: ExternalId,
        sender_name: String,
        text: String,
        sent_at: Option<SystemTime>,
        reply_to: Option<String>,
        attachments: Vec<Attachment>,
        late: bool,
        traceparent: Option<String>,
        ext: Option<String>,
    },
    MessageEdited {
        change: MessageChange,
        text: String,
        attachments: Option<Vec<Attachment>>,
        ext: Option<String>,
    },
    MessageDeleted {
        change: MessageChange,
        of_platform: String,
    },
    ReactionChanged {
        change: MessageChange,
        of_platform: String,
        emoji: String,
        on: bool,
    },
    UserChanged {
        user: User,
    },
    RoomChanged {
        room: Room,
        by: String,
    },
    PlatformChanged {
        name: String,
        change: PlatformState,
        why: Option<String>,
    },
    DeliveryChanged {
        publication: String,
        destination: String,
        state: DeliveryState,
        why: Option<String>,
        count: u64,
    },
}

/// The gravest first.
#[derive(Debug, Clone, Copy, PartialEq, uniffi::Enum)]
pub enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct LogRecord {
    pub level: LogLevel,
    pub target: String,
    pub message: String,
    pub fields: Vec<LogField>,
    pub at: SystemTime,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct LogField {
    pub name: String,
    pub value: String,
}

#[derive(Debug, Clone, uniffi::Record)]
pub struct LogRecords {
    pub records: Vec<LogRecord>,
    pub lost: u64,
}
