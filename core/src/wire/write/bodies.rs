//! Writing: from bodies to the exact bytes that travel. Fields in a fixed order, ids in the JSON type in which they came,
//! no space and no line break between them, so that a body is one line of a batch as it stands.

use std::borrow::{Borrow, Cow};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use serde::ser::{SerializeMap, SerializeSeq, Serializer};
use uuid::Uuid;

use super::*;
use crate::model::{AttachmentKind, EventKind};

/// Integers up to this one, either way, are the same in every language that reads JSON: JavaScript rounds those beyond.
const MOST_EXACT: u64 = (1 << 53) - 1;

/// Whether every reader reads this id as what it is, so that it is written alike for all.
pub(crate) fn is_exact(id: &Id) -> bool {
    id.as_i64().is_none_or(|n| n.unsigned_abs() <= MOST_EXACT)
}

/// For whom ids are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reader {
    /// Reads an integer as what it is.
    Node,
    /// May round integers beyond 2^53, and gets them as strings: they are the same ids.
    Any,
}

/// An id as this reader gets it.
#[derive(Clone, Copy)]
struct IdFor<'a>(Reader, &'a Id);

impl Serialize for IdFor<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        match self.0 {
            Reader::Any if !is_exact(self.1) => serializer.serialize_str(self.1.as_str()),
            _ => self.1.serialize(serializer),
        }
    }
}

#[derive(Serialize)]
struct UserOut<'a> {
    id: IdFor<'a>,
    name: &'a str,
    platform: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    active: Option<bool>,
}

/// A user, for nodes.
pub(crate) fn user(platform: &str, body: &UserBody) -> Vec<u8> {
    let active = if body.active { None } else { Some(false) };
    bytes(&UserOut { id: IdFor(Reader::Node, &body.id), name: &body.name, platform, active })
}

/// A user who is there, for plain platforms.
pub(crate) fn plain_user(platform: &str, body: &UserBody) -> Vec<u8> {
    bytes(&UserOut { id: IdFor(Reader::Any, &body.id), name: &body.name, platform, active: None })
}

/// An announcement for nodes: as `announcer` made it, with the origin where that is another.
pub(crate) fn room(announcer: &str, body: &RoomBody) -> Vec<u8> {
    room_of(announcer, &body.into())
}

/// The same from parts that are held elsewhere.
pub(crate) fn room_of(announcer: &str, room: &RoomOf<'_>) -> Vec<u8> {
    bytes(&RoomOut {
        id: IdFor(Reader::Node, room.id),
        name: room.name,
        platform: announcer,
        kind: room.kind,
        users: MemberList(Reader::Node, &room.members),
        origin: room.origin,
        again: (!room.again.is_empty()).then_some(MemberList(Reader::Node, &room.again)),
    })
}

/// A room for plain platforms: whole, as it is now, `origin` being its platform.
pub(crate) fn plain_room(origin: &str, room: &RoomOf<'_>) -> Vec<u8> {
    bytes(&RoomOut {
        id: IdFor(Reader::Any, room.id),
        name: room.name,
        platform: origin,
        kind: room.kind,
        users: MemberList(Reader::Any, &room.members),
        origin: None,
        again: None,
    })
}

#[derive(Serialize)]
struct RoomOut<'a> {
    id: IdFor<'a>,
    name: &'a str,
    platform: &'a str,
    #[serde(rename = "type")]
    kind: RoomKind,
    users: MemberList<'a>,
    #[serde(rename = "roomOriginalPlatform", skip_serializing_if = "Option::is_none")]
    origin: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    again: Option<MemberList<'a>>,
}

/// Members as the list of one-key objects that the original has.
struct MemberList<'a>(Reader, &'a [(&'a str, Vec<&'a Id>)]);

impl Serialize for MemberList<'_> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        struct One<'a>(&'a str, IdList<'a, &'a Id>);
        impl Serialize for One<'_> {
            fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                let mut map = serializer.serialize_map(Some(1))?;
                map.serialize_entry(self.0, &self.1)?;
                map.end()
            }
        }
        let mut list = serializer.serialize_seq(Some(self.1.len()))?;
        for (platform, ids) in self.1 {
            list.serialize_element(&One(platform, IdList(self.0, ids)))?;
        }
        list.end()
    }
}

struct IdList<'a, I>(Reader, &'a [I]);

impl<I: Borrow<Id>> Serialize for IdList<'_, I> {
    fn serialize<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
        serializer.collect_seq(self.1.iter().map(|id| IdFor(self.0, id.borrow())))
    }
}

/// A message for nodes; `platform` is the sender's.
pub(crate) fn message(platform: &str, body: &MessageBody) -> Vec<u8> {
    let attachments: Vec<_> = body.attachments.iter().collect();
    message_of(Reader::Node, platform, body, &body.text, &attachments, None)
}

/// A message for a plain platform: what it can't show goes as lines of text; `recipients` if it asked for them.
pub(crate) fn plain_message(
    platform: &str,
    body: &MessageBody,
    audio: bool,
    image: bool,
    recipients: Option<&[Id]>,
) -> Vec<u8> {
    let (text, shown) = shown(&body.text, &body.attachments, audio, image);
    message_of(Reader::Any, platform, body, &text, &shown, recipients)
}

/// The text and the attachments as a platform with these abilities gets them: what it can't show is in words.
pub(crate) fn shown<'a>(
    text: &'a str,
    attachments: &'a [Attachment],
    audio: bool,
    image: bool,
) -> (Cow<'a, str>, Vec<&'a Attachment>) {
    let (shown, told): (Vec<_>, Vec<_>) = attachments.iter().partition(|a| match a.kind {
        AttachmentKind::Image => image,
        AttachmentKind::Audio => audio,
        AttachmentKind::File => true,
    });
    let mut text = Cow::Borrowed(text);
    for attachment in told {
        let text = text.to_mut();
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&in_words(attachment));
    }
    (text, shown)
}

/// The hottest of all bodies, written field by field so that a long text is copied and not looked at letter by letter.
fn message_of(
    reader: Reader,
    platform: &str,
    body: &MessageBody,
    text: &str,
    attachments: &[&Attachment],
    recipients: Option<&[Id]>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 256);
    out.extend_from_slice(b"{\"roomOriginalPlatform\":");
    append_text(&mut out, &body.room_platform);
    append_field(&mut out, "roomId", &IdFor(reader, &body.room_id));
    append_field(&mut out, "senderId", &IdFor(reader, &body.sender));
    out.extend_from_slice(b",\"text\":");
    append_text(&mut out, text);
    out.extend_from_slice(b",\"platform\":");
    append_text(&mut out, platform);
    if let Some(at) = &body.sent_at {
        append_field(&mut out, "sentAt", at);
    }
    if let Some(event) = &body.reply_to {
        append_field(&mut out, "replyTo", event);
    }
    if !attachments.is_empty() {
        append_field(&mut out, "attachments", attachments);
    }
    if let Some(ids) = recipients {
        append_field(&mut out, "recipients", &IdList(reader, ids));
    }
    out.push(b'}');
    out
}

fn append_field<T: Serialize + ?Sized>(out: &mut Vec<u8>, name: &str, value: &T) {
    out.extend_from_slice(b",\"");
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
    append(out, value);
}

/// A string; one in which nothing is escaped, as most are, goes as it is.
fn append_text(out: &mut Vec<u8>, text: &str) {
    // No early end, so that many bytes are looked at at once.
    let escaped = text.bytes().fold(false, |found, b| found | (b < 0x20) | (b == b'"') | (b == b'\\'));
    if escaped {
        append(out, text);
        return;
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
}

/// One line that stands for an attachment: `gato.png: http://…`, or `gato.png: image, 2048 bytes` where only the bytes came.
fn in_words(attachment: &Attachment) -> String {
    let kind = match attachment.kind {
        AttachmentKind::Image => "image",
        AttachmentKind::Audio => "audio",
        AttachmentKind::File => "file",
    };
    // A name with a line break would be more than one line.
    let name: String =
        attachment.name.iter().flat_map(|n| n.trim().chars()).map(|c| if c.is_control() { ' ' } else { c }).collect();
    match &attachment.url {
        Some(url) => format!("{}: {url}", if name.is_empty() { kind } else { &name }),
        None => {
            let data = attachment.data.as_deref().unwrap_or_default();
            let size = STANDARD.decode(data).map_or(0, |bytes| bytes.len());
            let size = format!("{kind}, {size} bytes");
            if name.is_empty() { size } else { format!("{name}: {size}") }
        }
    }
}

/// A platform that `platform`, a gateway, hosts or hosts no more.
pub(crate) fn platform(platform: &str, body: &PlatformBody) -> Vec<u8> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Out<'a> {
        platform: &'a str,
        name: &'a str,
        support_audio: bool,
        support_image: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        via: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        removed: Option<bool>,
    }
    bytes(&Out {
        platform,
        name: &body.name,
        support_audio: body.support_audio,
        support_image: body.support_image,
        via: body.via.as_deref(),
        removed: if body.removed { Some(true) } else { None },
    })
}

/// The fate of a message, told by `platform`, a gateway.
pub(crate) fn receipt(platform: &str, body: &ReceiptBody) -> Vec<u8> {
    #[derive(Serialize)]
    struct Out<'a> {
        platform: &'a str,
        event: Uuid,
        of: &'a str,
        to: &'a str,
        state: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        why: Option<&'a str>,
    }
    let state = if body.delivered { "delivered" } else { "dead" };
    bytes(&Out { platform, event: body.event, of: &body.of, to: &body.to, state, why: body.why.as_deref() })
}

/// Appends one event's line of a batch. `body` must be one line of JSON, as everything written here is.
pub(crate) fn batch_line(out: &mut Vec<u8>, id: Uuid, kind: EventKind, body: &[u8]) {
    out.extend_from_slice(b"{\"id\":\"");
    out.extend_from_slice(id.hyphenated().encode_lower(&mut Uuid::encode_buffer()).as_bytes());
    out.extend_from_slice(b"\",\"kind\":\"");
    out.extend_from_slice(kind.as_str().as_bytes());
    out.extend_from_slice(b"\",\"body\":");
    out.extend_from_slice(body);
    out.extend_from_slice(b"}\n");
}

/// How many bytes [`batch_line`] adds for a body of this length, at most.
pub(crate) fn batch_line_length(body: usize) -> usize {
    body + 80
}

/// Appends one event's line of the answer to a batch.
pub(crate) fn batch_answer_line(out: &mut Vec<u8>, id: &str, status: u16, message: &str) {
    out.extend_from_slice(b"{\"id\":");
    append_text(out, id);
    append_field(out, "status", &status);
    out.extend_from_slice(b",\"message\":");
    append_text(out, message);
    out.extend_from_slice(b"}\n");
}

/// The answer to a POST; `event` is the id of what was taken.
pub(crate) fn status(status: u16, message: &str, event: Option<Uuid>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Out<'a> {
        status: u16,
        message: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id: Option<Uuid>,
    }
    bytes(&Out { status, message, id: event })
}

/// One user of the directory.
#[derive(Serialize)]
pub(crate) struct UserEntry<'a> {
    id: IdFor<'a>,
    name: &'a str,
    platform: &'a str,
}

impl<'a> UserEntry<'a> {
    pub(crate) fn new(reader: Reader, id: &'a Id, name: &'a str, platform: &'a str) -> Self {
        UserEntry { id: IdFor(reader, id), name, platform }
    }
}

/// One platform of the directory. There is no field for a token or an endpoint.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PlatformEntry<'a> {
    pub name: &'a str,
    pub support_audio: bool,
    pub support_image: bool,
    pub users: Vec<UserEntry<'a>>,
}

/// The answer to `GET users`.
pub(crate) fn users(users: &[UserEntry<'_>]) -> Vec<u8> {
    bytes(users)
}

/// The answer to `GET platforms`.
pub(crate) fn platforms(platforms: &[PlatformEntry<'_>]) -> Vec<u8> {
    bytes(platforms)
}

/// The answer to a ping.
pub(crate) fn pong<S: AsRef<str>>(name: &str, hosts: &[S], store: Uuid, standalone: bool) -> Vec<u8> {
    #[derive(Serialize)]
    struct About<'a> {
        version: i64,
        batch: bool,
        receipts: bool,
        hosts: Vec<&'a str>,
        store: Uuid,
        standalone: bool,
    }
    #[derive(Serialize)]
    struct Out<'a> {
        status: u16,
        message: &'static str,
        platform: &'a str,
        integrador: About<'a>,
    }
    let hosts = hosts.iter().map(AsRef::as_ref).collect();
    let integrador = About { version: 1, batch: true, receipts: true, hosts, store, standalone };
    bytes(&Out { status: 200, message: "pong", platform: name, integrador })
}

fn bytes<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    append(&mut out, value);
    out
}

fn append<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    // Into memory, and with strings for keys, this fails for none of the types above.
    if let Err(error) = serde_json::to_writer(&mut *out, value) {
        debug_assert!(false, "{error}");
    }
}
