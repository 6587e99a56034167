//! The body of a message: whole for nodes, and for a plain platform with what it can't show in words.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::ids::{IdFor, IdList, Reader};
use super::json::{append_field, append_text};
use crate::model::{Attachment, AttachmentKind, Id};
use crate::wire::MessageBody;
use crate::wire::traceparent::TRACEPARENT;

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
    if let Some(traceparent) = &body.traceparent {
        append_field(&mut out, TRACEPARENT, traceparent);
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
