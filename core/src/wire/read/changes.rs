//! What changes a message: an edit, a delete, a reaction.

use super::super::json::Value;
use super::attachments::attachments;
use super::extras::ext;
use super::fields::{id, optional_flag, require_object, text, uuid};
use super::{Measure, message_text};
use crate::model::EventKind;
use crate::wire::{Change, ChangeBody};
use crate::{Error, Result};

/// The longest emoji, bytes of UTF-8.
pub(crate) const MOST_EMOJI: usize = 32;

/// A change of this kind, which is one of the three.
pub(crate) fn change<'l>(kind: EventKind, body: &Value<'_>, measure: impl Into<Measure<'l>>) -> Result<ChangeBody> {
    require_object(body)?;
    let measure = measure.into();
    let limits = measure.limits();
    let named = |field| measure.platform_name(body, field).map(Some);
    Ok(ChangeBody {
        room_platform: measure.platform_name(body, "roomOriginalPlatform")?.into(),
        room_id: id(body, "roomId", limits.name)?,
        sender: id(body, "senderId", limits.name)?,
        of: uuid(body, "of")?,
        of_platform: match kind {
            EventKind::Reaction => named("ofPlatform")?,
            EventKind::Delete if body.get("ofPlatform").is_some() => named("ofPlatform")?,
            _ => None,
        },
        what: match kind {
            EventKind::Edit => Change::Edit {
                text: message_text(body, &limits)?,
                attachments: if body.get("attachments").is_some() { Some(attachments(body, measure)?) } else { None },
                ext: ext(body, measure)?,
            },
            EventKind::Reaction => {
                let emoji = text(body, "emoji")?;
                if let Measure::Incoming(_) = measure {
                    check_emoji(emoji)?;
                }
                Change::Reaction { emoji: emoji.to_owned(), remove: optional_flag(body, "remove", false)? }
            }
            _ => Change::Delete,
        },
    })
}

/// Whether this can be reacted with.
pub(crate) fn check_emoji(emoji: &str) -> Result<()> {
    match emoji.len() {
        1..=MOST_EMOJI => Ok(()),
        got => Err(Error::invalid("emoji", format!("expected 1 to {MOST_EMOJI} bytes of UTF-8, got {got}"))),
    }
}
