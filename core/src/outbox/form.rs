//! The form in which an event goes to a platform: as it is, in other words where that has none for its kind, or not at all.

use std::borrow::Cow;

use bytes::Bytes;

use super::fate::Fate;
use crate::directory::Directory;
use crate::directory::target::Target;
use crate::model::{EventKind, Kinds};
use crate::rules;
use crate::rules::reroute::NOT_HOSTED;
use crate::store::{EventRow, PlatformKind};
use crate::wire::{self, ChangeBody, read, write};

/// How an event goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    AsItIs,
    /// As a message that says the same.
    InWords,
    /// It does not go, and came to this end.
    Not(NotSent),
}

/// Why an event that waits for a platform does not go there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotSent {
    /// It is nothing for this platform.
    Nothing,
    /// It was taken for a platform hosted here, which turned out to be a node: whoever said it must hear of it.
    NotHosted,
    /// The platform has no word for it.
    Unsupported,
}

impl NotSent {
    pub(super) fn fate(self) -> Fate {
        match self {
            NotSent::Nothing => Fate::Skipped,
            NotSent::NotHosted => Fate::Dead(NOT_HOSTED.into()),
            NotSent::Unsupported => Fate::Unsupported,
        }
    }
}

/// How this event goes to this platform.
pub(super) fn form(target: &Target, event: &EventRow) -> Form {
    let is_node = target.kind == PlatformKind::Node;
    // What came from a peer goes on to nobody but the platforms hosted here.
    if is_node && event.source.is_some() {
        return Form::Not(if event.kind.is_reported() { NotSent::NotHosted } else { NotSent::Nothing });
    }
    if only_in_batches(event) {
        // Plain platforms have no word for what only nodes tell each other.
        return if is_node && target.batch { Form::AsItIs } else { Form::Not(NotSent::Nothing) };
    }
    match event.kind {
        kind if target.kinds.unwrap_or(Kinds::OF_EVERY_NODE).contains(kind) => Form::AsItIs,
        EventKind::Edit => Form::InWords,
        EventKind::Delete | EventKind::Reaction => Form::Not(NotSent::Unsupported),
        _ => Form::AsItIs,
    }
}

/// Whether it has to be known first what the platform takes: a node that has not said so since this version is in use.
pub(super) fn depends_on_the_ping(target: &Target, event: &EventRow) -> bool {
    target.kinds.is_none() && Kinds::OPTIONAL.contains(&event.kind)
}

/// Whether it has no path of its own: it goes in a batch, be it of one.
pub(super) fn only_in_batches(event: &EventRow) -> bool {
    matches!(event.kind, EventKind::Platform | EventKind::Receipt)
}

/// The kind and the body as a node gets them.
pub(super) fn for_node<'e>(
    directory: &Directory,
    target: &Target,
    event: &'e EventRow,
) -> Option<(EventKind, Cow<'e, [u8]>)> {
    match form(target, event) {
        Form::AsItIs => Some((event.kind, Cow::Borrowed(&event.body[..]))),
        Form::InWords => {
            let words = write::in_words(&change(event)?)?;
            Some((EventKind::Message, Cow::Owned(write::message(&directory.name(event.platform), &words))))
        }
        Form::Not(_) => None,
    }
}

/// The kind and the body as a plain platform gets them: a room whole, as it is now; what it can't show as text; and the recipients
/// of a message as they are now. None where it has no word for the event.
pub(super) fn for_plain(directory: &Directory, target: &Target, event: &EventRow) -> Option<(EventKind, Bytes)> {
    let form = form(target, event);
    if matches!(form, Form::Not(_)) {
        return None;
    }
    let speaker = || directory.name(event.platform);
    let recipients = || {
        let room = event.room.and_then(|num| directory.room(num));
        let members = || room.map(|room| directory.own_members(room, target.num)).unwrap_or_default();
        target.recipients.then(members)
    };
    let body = match event.kind {
        EventKind::Platform | EventKind::Receipt | EventKind::Delivery => return None,
        EventKind::User => {
            let user = wire::json::parse(&event.body).and_then(|value| read::user(&value, read::Measure::Stored));
            let user = user.ok().filter(|user| user.active)?;
            write::plain_user(&speaker(), &user).into()
        }
        EventKind::Room => rules::whole(directory, event.room.and_then(|num| directory.room(num))?).into(),
        EventKind::Message => {
            let message = wire::json::parse(&event.body).and_then(|value| read::message(&value, read::Measure::Stored));
            let Ok(message) = message else { return Some((event.kind, event.body.clone())) };
            let exact = write::is_exact(&message.room_id) && write::is_exact(&message.sender);
            if message.attachments.is_empty() && !target.recipients && exact {
                return Some((event.kind, event.body.clone()));
            }
            write::plain_message(&speaker(), &message, target.audio, target.image, recipients().as_deref()).into()
        }
        EventKind::Edit | EventKind::Delete | EventKind::Reaction => {
            let change = change(event)?;
            if form == Form::InWords {
                let words = write::in_words(&change)?;
                let body =
                    write::plain_message(&speaker(), &words, target.audio, target.image, recipients().as_deref());
                return Some((EventKind::Message, body.into()));
            }
            write::plain_change(&speaker(), &change, target.audio, target.image).into()
        }
    };
    Some((event.kind, body))
}

/// A change as it is stored.
fn change(event: &EventRow) -> Option<ChangeBody> {
    read::change(event.kind, &wire::json::parse(&event.body).ok()?, read::Measure::Stored).ok()
}
