//! The bodies of edits, deletes and reactions: for nodes, for plain platforms that take them, and an edit in words for others.

use std::borrow::Cow;

use super::ids::{IdFor, Reader};
use super::json::{append, append_field, append_json, append_text};
use super::message::shown;
use crate::model::Attachment;
use crate::wire::{Change, ChangeBody, MessageBody};

/// What stands before the text of an edit that goes as a message.
const PENCIL: &str = "✎ ";

/// A change for nodes; `platform` is the sender's.
pub(crate) fn change(platform: &str, body: &ChangeBody) -> Vec<u8> {
    let (text, attachments) = match &body.what {
        Change::Edit { text, attachments, .. } => (text.as_str(), attachments.as_ref().map(|all| all.iter().collect())),
        Change::Delete | Change::Reaction { .. } => ("", None),
    };
    written(Reader::Node, platform, body, text, attachments)
}

/// A change for a plain platform that takes its kind: of an edit, what it can't show goes as lines of text.
pub(crate) fn plain_change(platform: &str, body: &ChangeBody, audio: bool, image: bool) -> Vec<u8> {
    let (text, attachments) = match &body.what {
        Change::Edit { text, attachments: Some(all), .. } => {
            let (text, left) = shown(text, all, audio, image);
            (text, Some(left))
        }
        Change::Edit { text, attachments: None, .. } => (Cow::Borrowed(text.as_str()), None),
        Change::Delete | Change::Reaction { .. } => (Cow::Borrowed(""), None),
    };
    written(Reader::Any, platform, body, &text, attachments)
}

/// What says the same to whoever has no word for it: a message that answers the edited one. None: it can't be said so.
pub(crate) fn in_words(body: &ChangeBody) -> Option<MessageBody> {
    let Change::Edit { text, attachments, ext } = &body.what else { return None };
    Some(MessageBody {
        room_platform: body.room_platform.clone(),
        room_id: body.room_id.clone(),
        sender: body.sender.clone(),
        text: format!("{PENCIL}{text}"),
        sent_at: None,
        reply_to: Some(body.of),
        traceparent: None,
        attachments: attachments.clone().unwrap_or_default(),
        ext: ext.clone(),
    })
}

fn written(
    reader: Reader,
    platform: &str,
    body: &ChangeBody,
    text: &str,
    attachments: Option<Vec<&Attachment>>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + text.len());
    out.extend_from_slice(b"{\"roomOriginalPlatform\":");
    append_text(&mut out, &body.room_platform);
    append_field(&mut out, "roomId", &IdFor(reader, &body.room_id));
    append_field(&mut out, "senderId", &IdFor(reader, &body.sender));
    append_field(&mut out, "of", &body.of);
    if let Some(of_platform) = &body.of_platform {
        append_field(&mut out, "ofPlatform", of_platform);
    }
    match &body.what {
        Change::Edit { .. } => {
            out.extend_from_slice(b",\"text\":");
            append_text(&mut out, text);
        }
        Change::Reaction { emoji, remove } => {
            append_field(&mut out, "emoji", emoji);
            append_field(&mut out, "remove", remove);
        }
        Change::Delete => {}
    }
    append_field(&mut out, "platform", platform);
    if let Some(attachments) = attachments {
        out.extend_from_slice(b",\"attachments\":");
        append(&mut out, &attachments);
    }
    if let Change::Edit { ext: Some(ext), .. } = &body.what {
        append_json(&mut out, "ext", ext.as_json());
    }
    out.push(b'}');
    out
}
