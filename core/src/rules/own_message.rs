//! What the app says in a room, perhaps under a key.

use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::commit::job::Job;
use crate::commit::plans::{Addressed, OwnPlan};
use crate::model::{Attachment, BindKind, Ext, NewMessage, Ref};
use crate::rules::arrival::{Arrival, Taken};
use crate::rules::keyed::{Content, keyed_content};
use crate::rules::message::{NoPlan, plan, say};
use crate::rules::own_room::unknown;
use crate::rules::routing::Source;
use crate::rules::user::own_user;
use crate::store::PlatformNum;
use crate::util::digest::digest;
use crate::util::rfc3339;
use crate::wire::write::{self, Said};
use crate::wire::{MAX_BODY, traceparent};
use crate::{Error, ErrorKind, Result};

/// A message as the app gave it, without its key, and with everything in it as it is written.
struct OwnMessage {
    room: Ref,
    sender: Ref,
    text: String,
    sent_at: Option<String>,
    reply_to: Option<Uuid>,
    traceparent: Option<String>,
    attachments: Vec<Attachment>,
    ext: Option<Ext>,
}

impl OwnMessage {
    fn said(&self) -> Said<'_> {
        let OwnMessage { room: _, sender: _, text, sent_at, reply_to, traceparent, attachments, ext } = self;
        let (sent_at, traceparent) = (sent_at.as_deref(), traceparent.as_deref());
        Said { text, sent_at, reply_to: *reply_to, traceparent, attachments, ext: ext.as_ref() }
    }
}

/// A message of one of the app's own users.
pub(crate) fn publish(job: &mut Job<'_>, own: PlatformNum, message: NewMessage) -> Result<Taken> {
    let NewMessage { room, sender, text, key, sent_at, reply_to, traceparent, attachments, ext } = message;
    let (sent_at, traceparent) = (sent_at.map(rfc3339::format), traceparent.as_deref().and_then(traceparent::parse));
    let message = OwnMessage { room, sender, text, sent_at, reply_to, traceparent, attachments, ext };
    let known = job.own_plan(&message.room, &message.sender);
    #[cfg(debug_assertions)]
    if let Some(known) = &known {
        still_holds(job, own, &message, known)?;
    }
    let Some(key) = key else {
        let known = match known {
            Some(known) => known,
            None => {
                let addressed = addressed(job, own, &message)?;
                planned(job, own, &message, addressed)?
            }
        };
        return publish_as(job, own, &known, &message);
    };
    // Whatever was published under the key is known by it, even if it would be refused by now.
    let addressed = match &known {
        Some(known) => known.addressed.clone(),
        None => addressed(job, own, &message)?,
    };
    let digest = meant(&addressed, &message)?;
    let of_0_1 = |job: &Job<'_>| as_0_1_wrote_it(job, own, &addressed, &message);
    keyed_content(job, own, key, Content { digest, of_0_1 }, |job| {
        let known = match known {
            Some(known) => known,
            None => planned(job, own, &message, addressed.clone())?,
        };
        publish_as(job, own, &known, &message)
    })
}

/// Many messages of the app's own users, each for itself: a refused one, or one that is none, keeps the others out of nothing.
pub(crate) fn publish_all(
    job: &mut Job<'_>,
    own: PlatformNum,
    messages: Vec<Result<NewMessage>>,
) -> Result<Vec<Result<Taken>>> {
    let judged = |message: Result<NewMessage>| match message.and_then(|message| publish(job, own, message)) {
        Err(e) if !e.is_refusal() => Err(e),
        result => Ok(result),
    };
    messages.into_iter().map(judged).collect()
}

/// The room and the sender that the app names.
fn addressed(job: &Job<'_>, own: PlatformNum, message: &OwnMessage) -> Result<Addressed> {
    let meaning = job.directory().meaning(BindKind::Room, "room", &message.room)?;
    let (origin, room) = meaning.ok_or_else(|| unknown(&message.room))?;
    Ok(Addressed { origin, room, sender: own_user(job, own, "sender", &message.sender)? })
}

/// Looks up what becomes of the message, and keeps it for what else is said so.
fn planned(job: &mut Job<'_>, own: PlatformNum, message: &OwnMessage, addressed: Addressed) -> Result<Arc<OwnPlan>> {
    let directory = job.directory();
    let room = (directory.spelled(addressed.origin), &addressed.room);
    let plan = plan(directory, Source::App, own, room, &addressed.sender).map_err(|no| match no {
        NoPlan::NoRoom(e) if e.kind() == ErrorKind::UnknownRoom => unknown(&message.room),
        no => no.into(),
    })?;
    // Who is announced by what they say is not one to be announced any more.
    let stranger = plan.stranger.is_some();
    let known = OwnPlan { addressed, plan };
    Ok(if stranger { Arc::new(known) } else { job.keep_own_plan(&message.room, &message.sender, known) })
}

/// Where assertions are on, every plan by which a message is published is looked up anew.
#[cfg(debug_assertions)]
fn still_holds(job: &Job<'_>, own: PlatformNum, message: &OwnMessage, held: &OwnPlan) -> Result<()> {
    let now = addressed(job, own, message)?;
    assert_eq!(now, held.addressed);
    let directory = job.directory();
    let plan = plan(directory, Source::App, own, (directory.spelled(now.origin), &now.room), &now.sender)?;
    assert_eq!(plan, held.plan);
    Ok(())
}

fn publish_as(job: &mut Job<'_>, own: PlatformNum, known: &OwnPlan, message: &OwnMessage) -> Result<Taken> {
    let plan = &known.plan;
    let json = Bytes::from(write::message_after(&plan.head, &plan.platform, &message.said()));
    if json.len() > MAX_BODY {
        let field = if message.attachments.is_empty() { "text" } else { "attachments" };
        let got = json.len();
        let why = format!(
            "the message would be {got} bytes on its way, and a node takes at most {MAX_BODY}: give a large attachment as `url`"
        );
        return Err(Error::invalid(field, why));
    }
    say(job, Arrival::app(own), plan, json)
}

/// Distinguishes one message of the app's from another, by what is meant and not by how it is spelled. An id is its text, whether it
/// came as a number or not, and a platform its number, whatever it is called by now.
fn meant(addressed: &Addressed, message: &OwnMessage) -> Result<[u8; 32]> {
    let Addressed { origin, room, sender } = addressed;
    // Which trace it belongs to says nothing of what it says: under one key it is the same message.
    let OwnMessage { room: _, sender: _, text, sent_at, reply_to, traceparent: _, attachments, ext } = message;
    let meant = (origin, room.as_str(), sender.as_str(), text, sent_at, reply_to, attachments);
    // What carries nothing is told apart as before there was such a thing.
    let bytes = match ext {
        None => serde_json::to_vec(&meant),
        Some(ext) => serde_json::to_vec(&(meant, ext)),
    };
    bytes.map(|bytes| digest(&bytes)).map_err(|e| Error::new(ErrorKind::Internal, format!("a message: {e}")))
}

fn as_0_1_wrote_it(job: &Job<'_>, own: PlatformNum, addressed: &Addressed, message: &OwnMessage) -> [u8; 32] {
    let directory = job.directory();
    let head = write::message_head(directory.spelled(addressed.origin), &addressed.room, &addressed.sender);
    // It knew of no traces.
    let said = Said { traceparent: None, ..message.said() };
    digest(&write::message_after(&head, directory.spelled(own), &said))
}

#[cfg(test)]
mod tests;
