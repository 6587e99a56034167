//! The body of a message: whole for nodes, and for a plain platform with what it can't show in words.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use uuid::Uuid;

use super::ids::{IdFor, IdList, Reader};
use super::json::{append_field, append_json, append_text};
use crate::model::{Attachment, AttachmentKind, Ext, Id};
use crate::wire::MessageBody;
use crate::wire::traceparent::TRACEPARENT;

/// What a message says, apart from who writes it where.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Said<'a> {
    pub text: &'a str,
    pub sent_at: Option<&'a str>,
    pub reply_to: Option<Uuid>,
    pub traceparent: Option<&'a str>,
    pub attachments: &'a [Attachment],
    pub ext: Option<&'a Ext>,
}

impl<'a> From<&'a MessageBody> for Said<'a> {
    fn from(body: &'a MessageBody) -> Self {
        let MessageBody { text, sent_at, reply_to, traceparent, attachments, ext, .. } = body;
        let (sent_at, traceparent) = (sent_at.as_deref(), traceparent.as_deref());
        Said { text, sent_at, reply_to: *reply_to, traceparent, attachments, ext: ext.as_ref() }
    }
}

/// A message for nodes; `platform` is the sender's.
pub(crate) fn message(platform: &str, body: &MessageBody) -> Vec<u8> {
    let head = message_head(&body.room_platform, &body.room_id, &body.sender);
    message_after(&head, platform, &body.into())
}

/// How a message for nodes begins, up to its text: who writes where.
pub(crate) fn message_head(room_platform: &str, room: &Id, sender: &Id) -> Vec<u8> {
    let mut head = Vec::with_capacity(128);
    append_head(&mut head, Reader::Node, room_platform, room, sender);
    head
}

/// A message for nodes that begins so; `platform` is the sender's.
pub(crate) fn message_after(head: &[u8], platform: &str, said: &Said<'_>) -> Vec<u8> {
    // As long as most are, to the byte: two pairs of quotes and a brace are around the parts.
    let length = head.len() + said.text.len() + PLATFORM.len() + platform.len() + 5;
    let mut out = Vec::with_capacity(length);
    out.extend_from_slice(head);
    append_rest(&mut out, platform, said, said.attachments);
    out.push(b'}');
    out
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
    let mut out = Vec::with_capacity(text.len() + 256);
    append_head(&mut out, Reader::Any, &body.room_platform, &body.room_id, &body.sender);
    append_rest(&mut out, platform, &Said { text: &text, ..body.into() }, &shown);
    if let Some(ids) = recipients {
        append_field(&mut out, "recipients", &IdList(Reader::Any, ids));
    }
    out.push(b'}');
    out
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

// The hottest of all bodies is written field by field, so that a long text is copied and not looked at letter by letter.

const PLATFORM: &[u8] = b",\"platform\":";

fn append_head(out: &mut Vec<u8>, reader: Reader, room_platform: &str, room: &Id, sender: &Id) {
    out.extend_from_slice(b"{\"roomOriginalPlatform\":");
    append_text(out, room_platform);
    append_field(out, "roomId", &IdFor(reader, room));
    append_field(out, "senderId", &IdFor(reader, sender));
    out.extend_from_slice(b",\"text\":");
}

/// What follows, with these attachments in place of its own.
fn append_rest<A: Serialize>(out: &mut Vec<u8>, platform: &str, said: &Said<'_>, attachments: &[A]) {
    append_text(out, said.text);
    out.extend_from_slice(PLATFORM);
    append_text(out, platform);
    if let Some(at) = said.sent_at {
        append_field(out, "sentAt", at);
    }
    if let Some(event) = said.reply_to {
        append_field(out, "replyTo", &event);
    }
    if let Some(traceparent) = said.traceparent {
        append_field(out, TRACEPARENT, traceparent);
    }
    if !attachments.is_empty() {
        append_field(out, "attachments", attachments);
    }
    if let Some(ext) = said.ext {
        append_json(out, "ext", ext.as_json());
    }
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
