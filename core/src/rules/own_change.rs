//! What the app says of messages that are there: an edit, a delete, a reaction of one of its own users.

use uuid::Uuid;

use crate::commit::job::Job;
use crate::model::{DeleteMessage, EditMessage, NewReaction, Ref};
use crate::rules::arrival::{Arrival, Taken};
use crate::rules::change::{Missing, judge, unknown};
use crate::rules::message::plan;
use crate::rules::routing::Source;
use crate::rules::user::own_user;
use crate::store::{PlatformNum, Remembered};
use crate::wire::{Change, ChangeBody};
use crate::{Error, ErrorKind, Result};

/// Another text for one of the app's own messages.
pub(crate) fn edit(job: &mut Job<'_>, own: PlatformNum, edit: EditMessage) -> Result<Taken> {
    let EditMessage { of, sender, text, attachments, ext } = edit;
    publish(job, own, (own, of), &sender, Change::Edit { text, attachments, ext })
}

/// A message is deleted: one of the app's own, or any in a room of its own.
pub(crate) fn delete(job: &mut Job<'_>, own: PlatformNum, delete: DeleteMessage) -> Result<Taken> {
    let DeleteMessage { of, sender, of_platform } = delete;
    let whose = whose(job, own, of_platform.as_deref())?;
    publish(job, own, (whose, of), &sender, Change::Delete)
}

/// A reaction to any message.
pub(crate) fn react(job: &mut Job<'_>, own: PlatformNum, reaction: NewReaction) -> Result<Taken> {
    let NewReaction { of, of_platform, sender, emoji, on } = reaction;
    let whose = whose(job, own, Some(&of_platform))?;
    publish(job, own, (whose, of), &sender, Change::Reaction { emoji, remove: !on })
}

fn whose(job: &Job<'_>, own: PlatformNum, named: Option<&str>) -> Result<PlatformNum> {
    named.map_or(Ok(own), |name| job.directory().named("of_platform", name))
}

/// Says it in the room of the message, which is remembered.
fn publish(
    job: &mut Job<'_>,
    own: PlatformNum,
    (whose, of): (PlatformNum, Uuid),
    sender: &Ref,
    what: Change,
) -> Result<Taken> {
    let sender = own_user(job, own, "sender", sender)?;
    let Remembered::Message(num) = job.tx.message(whose, of)? else { return Err(unknown(job, whose)) };
    let directory = job.directory();
    let Some(room) = directory.room(num) else {
        return Err(Error::new(ErrorKind::Internal, "the room of a message is gone"));
    };
    let (room_platform, room_id) = (directory.name(room.row.origin), room.row.id.clone());
    let plan = plan(directory, Source::App, own, (&*room_platform, &room_id), &sender)?;
    let of_platform = Some(directory.spelled(whose).to_owned());
    let body = ChangeBody { room_platform, room_id, sender, of, of_platform, what };
    judge(job, Arrival::app(own), &plan, body, Missing::Awaited)
}
