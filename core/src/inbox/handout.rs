//! The app's side of the inbox: events as it gets them, what it acknowledges, what it could not handle.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{Hint, Holder, Inbox, Nacked, Taken};
use crate::commit::job::Job;
use crate::commit::note::{self, DeathNote, PlatformNote};
use crate::directory::room;
use crate::model::{
    Attachment, Delete, DeliveryChange, DeliveryState, Edit, Event, EventBody, EventKind, ExternalId, Id, Message,
    PlatformChange, PlatformState, Reaction, Room, RoomChange, User,
};
use crate::rules;
use crate::shared::Shared;
use crate::store::{Dead, EventRow, InboxEvent, InboxRow, Past, PlatformNum, RoomRow, Seq};
use crate::util::ages::Ages;
use crate::util::apart::apart;
use crate::util::held;
use crate::util::rfc3339;
use crate::util::shown::Shown;
use crate::wire::{Change, ChangeBody, json, read, write};
use crate::{Error, ErrorKind, Result, directory};

/// How long a key is remembered.
const KEYS: Duration = Duration::from_secs(7 * 86_400);
/// How long a change waits for the message that it names.
const PATIENCE: Duration = Duration::from_secs(600);

/// Where the app's events are handed out.
pub(crate) struct Handout {
    pub shared: Arc<Shared>,
    pub inbox: Arc<Inbox>,
}

/// The next events for the app, for this holder.
pub(crate) async fn next_events(
    desk: &Arc<Handout>,
    max: usize,
    timeout: Duration,
    holder: Holder,
) -> Result<Vec<Event>> {
    desk.shared.open_or_closed()?;
    #[cfg(feature = "testing")]
    let _taking = desk.inbox.taking.begin();
    let deadline = Instant::now() + timeout.min(Duration::from_secs(86_400 * 365));
    loop {
        let taken = tokio::select! {
            taken = desk.inbox.take(max.max(1), holder, deadline) => taken?,
            () = desk.shared.stopped() => return Err(Error::closed()),
            // Who waits for what does not come waits for real where time stands.
            () = held::for_real(timeout), if desk.shared.ages.is_held() && !timeout.is_zero() => return Ok(Vec::new()),
        };
        let nothing_came = taken.is_empty();
        let (mut events, mut dead) = (Vec::with_capacity(taken.len()), Vec::new());
        for taken in taken {
            match taken {
                Taken::Hint(id, hint) => events.push(hinted(desk, id, hint)),
                Taken::Stored(row) => match event(desk, &row) {
                    Ok(event) => events.push(event),
                    Err(why) => dead.push((row, why)),
                },
            }
        }
        bury_all(desk, holder, &events, dead).await;
        if nothing_came || !events.is_empty() {
            return Ok(events);
        }
    }
}

/// Makes dead letters of what can't be handed over. If nobody waits for that any more, all that was taken is given back.
async fn bury_all(desk: &Arc<Handout>, holder: Holder, events: &[Event], dead: Vec<(InboxRow, String)>) {
    if dead.is_empty() {
        return;
    }
    let ids = events.iter().map(|event| event.id).chain(dead.iter().map(|(row, _)| row.event.id));
    let mut taken = OnItsWay { desk, holder, ids: ids.collect() };
    for (row, why) in dead {
        let id = row.event.id;
        match die(desk, row, why).await {
            Ok(()) => desk.inbox.end_ack(&[id], true),
            Err(_) => desk.inbox.not_buried(id),
        }
    }
    taken.ids.clear();
}

/// What was taken, and is given back if it does not get to the app.
struct OnItsWay<'a> {
    desk: &'a Handout,
    holder: Holder,
    ids: Vec<Uuid>,
}

impl Drop for OnItsWay<'_> {
    fn drop(&mut self) {
        if !self.ids.is_empty() {
            self.desk.inbox.give_back(&self.ids, self.holder);
        }
    }
}

/// A stored event as the app gets it; else why it can't be handed over any more.
fn event(desk: &Handout, row: &InboxRow) -> Result<Event, String> {
    let (id, attempts) = (row.event.id, row.event.attempts);
    if row.event.suspect && attempts >= desk.shared.config.max_handler_attempts {
        return Err(format!(
            "its process died while the app handled it, and handling it failed {attempts} times in all"
        ));
    }
    match body(desk, &row.event) {
        Ok(body) => Ok(Event { id, attempt: attempts + 1, body }),
        // What can't be read now never will be.
        Err(e) => Err(format!("the stored event can't be read: {e}")),
    }
}

fn hinted(desk: &Handout, id: Uuid, hint: Hint) -> Event {
    let directory = desk.shared.directory.read();
    let change = |num, change, why| EventBody::Platform(PlatformChange { platform: directory.name(num), change, why });
    let body = match hint {
        Hint::Ended { event, platform, state } => EventBody::Delivery(DeliveryChange {
            event,
            platform: directory.name(platform),
            state,
            why: None,
            count: 1,
        }),
        Hint::Up(num) => change(num, PlatformState::Up, None),
        Hint::Down(num, why) => change(num, PlatformState::Down, Some(why)),
    };
    Event { id, attempt: 1, body }
}

/// An event as the app gets it. Names and rooms are looked up now, so they are as they are now.
fn body(desk: &Handout, row: &InboxEvent) -> Result<EventBody> {
    let directory = desk.shared.directory.read();
    let speaker = directory.name(row.platform);
    // Of a kind that refers to a room.
    let room = || {
        let room = row.room.and_then(|num| directory.room(num));
        room.ok_or_else(|| Error::new(ErrorKind::Internal, "its room is gone"))
    };
    Ok(match row.kind {
        EventKind::Message => {
            let message = read::message(&json::parse(&row.body)?, read::Measure::Stored)?;
            let (room, sender, sender_name) = said(&directory, row.platform, &room()?.row, message.sender);
            let (text, attachments) = for_own(&directory, message.text, message.attachments);
            EventBody::Message(Message {
                room,
                sender,
                sender_name,
                text,
                attachments,
                sent_at: message.sent_at.as_deref().and_then(rfc3339::parse),
                reply_to: message.reply_to,
                traceparent: message.traceparent,
                ext: message.ext,
                late: row.late,
            })
        }
        kind @ (EventKind::Edit | EventKind::Delete | EventKind::Reaction) => {
            let change = read::change(kind, &json::parse(&row.body)?, read::Measure::Stored)?;
            changed(&directory, row.platform, &room()?.row, change)
        }
        EventKind::User => {
            let user = read::user(&json::parse(&row.body)?, read::Measure::Stored)?;
            let (avatar, ext) = (user.extras.avatar().map(str::to_owned), user.extras.ext().cloned());
            let id = ExternalId::new(speaker, user.id);
            EventBody::User(User { id, name: user.name, active: user.active, avatar, ext })
        }
        EventKind::Room => EventBody::Room(RoomChange { room: shown(&directory, room()?), changed_by: speaker }),
        EventKind::Platform => {
            let PlatformNote { change, why } = note::read(&row.body)?;
            EventBody::Platform(PlatformChange { platform: speaker, change, why })
        }
        EventKind::Delivery => {
            let DeathNote { event, platform, why, count } = note::read(&row.body)?;
            EventBody::Delivery(DeliveryChange {
                event,
                platform: directory.name(platform),
                state: DeliveryState::Dead,
                why: Some(why.to_string()),
                count,
            })
        }
        EventKind::Receipt => return Err(Error::new(ErrorKind::Internal, "a receipt is not for the app")),
    })
}

/// A change of a message as the app gets it.
fn changed(directory: &directory::Directory, by: PlatformNum, room: &RoomRow, change: ChangeBody) -> EventBody {
    let ChangeBody { sender, of, of_platform, what, .. } = change;
    let (room, sender, sender_name) = said(directory, by, room, sender);
    let of_platform = match of_platform {
        Some(name) => directory.resolve(&name).map_or_else(|| name.into(), |num| directory.name(num)),
        None => directory.name(by),
    };
    match what {
        Change::Edit { text, attachments, ext } => {
            let replaces = attachments.is_some();
            let (text, attachments) = for_own(directory, text, attachments.unwrap_or_default());
            let attachments = replaces.then_some(attachments);
            EventBody::Edit(Edit { room, sender, sender_name, of, text, attachments, ext })
        }
        Change::Delete => EventBody::Delete(Delete { room, sender, sender_name, of, of_platform }),
        Change::Reaction { emoji, remove } => {
            EventBody::Reaction(Reaction { room, sender, sender_name, of, of_platform, emoji, on: !remove })
        }
    }
}

/// Where something was said, by whom, and the name of that one.
fn said(
    directory: &directory::Directory,
    by: PlatformNum,
    room: &RoomRow,
    sender: Id,
) -> (ExternalId, ExternalId, String) {
    let sender = ExternalId::new(directory.name(by), sender);
    let name = directory.user(by, sender.id.as_str()).map(|user| user.name.to_string());
    let name = name.unwrap_or_else(|| sender.to_string());
    (directory.external(room.origin, &room.id), sender, name)
}

/// A text and its attachments as the app can show them: its own entry says what it can; without one it shows everything.
fn for_own(directory: &directory::Directory, text: String, attachments: Vec<Attachment>) -> (String, Vec<Attachment>) {
    let own = directory.own.and_then(|own| directory.entry(own));
    let (audio, image) = own.map_or((true, true), |entry| (entry.support_audio, entry.support_image));
    if audio && image {
        return (text, attachments);
    }
    let (text, shown) = write::shown(&text, &attachments, audio, image);
    (text.into_owned(), shown.into_iter().cloned().collect())
}

/// A room as the app sees it.
pub(crate) fn shown(directory: &directory::Directory, room: &room::Room) -> Room {
    let members = room.platforms().map(|p| (directory.name(p), room.members(p).cloned().collect()));
    let banned = room.by_origin().into_iter().flat_map(|row| &row.banned);
    Room {
        id: directory.external(room.row.origin, &room.row.id),
        name: room.row.name.to_string(),
        kind: room.kind(),
        members: members.collect(),
        banned: banned.map(|(p, barred)| (directory.name(*p), barred.into())).collect(),
        avatar: room.row.extras.avatar().map(str::to_owned),
        ext: room.row.extras.ext().cloned(),
    }
}

/// Writes down what is out, after something was given back: if this process dies now, it is not that which killed it.
pub(crate) async fn note_out(desk: &Handout) {
    let inbox = desk.inbox.clone();
    if let Err(e) = apart(move || inbox.note_out()).await {
        tracing::error!("what is out at the app can't be noted: {e}");
    }
}

/// Acknowledges: on disk when it returns, so these events never come again. For each, whether it was out.
pub(crate) async fn ack(desk: &Arc<Handout>, ids: &[Uuid]) -> Result<Vec<bool>> {
    desk.shared.open_or_closed()?;
    let (desk, ids) = (desk.clone(), ids.to_vec());
    to_the_end(async move { acknowledge(&desk, &ids, Holder::App).await }).await
}

/// Ends what was begun, also when the caller gives up waiting for it: half of it would hold up a room.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(|_| Error::closed())?
}

/// What [`ack`] does, for what this holder has. To be awaited to its end.
pub(super) async fn acknowledge(desk: &Handout, ids: &[Uuid], holder: Holder) -> Result<Vec<bool>> {
    let found = desk.inbox.begin_ack(ids, holder);
    let seqs: Vec<i64> = found.iter().flatten().copied().collect();
    let out: Vec<Uuid> = ids.iter().zip(&found).filter_map(|(id, seq)| seq.map(|_| *id)).collect();
    if !seqs.is_empty() {
        let written = desk.shared.writer.run(move |job| job.tx.delete_inbox(&seqs)).await;
        desk.inbox.end_ack(&out, written.is_ok());
        written?;
    }
    Ok(ids.iter().zip(found).map(|(id, seq)| seq.is_some() || desk.inbox.ack_hint(*id)).collect())
}

/// The app could not handle it: it comes again after a backoff, or is a dead letter. Whether it was out.
pub(crate) async fn nack(desk: &Arc<Handout>, id: Uuid, holder: Holder, why: &str) -> Result<bool> {
    let (desk, why) = (desk.clone(), why.to_owned());
    to_the_end(async move { take_back(&desk, id, holder, &why).await }).await
}

/// The same for several of the app's own, one after the other. For each, whether it was out.
pub(crate) async fn nack_each(desk: &Arc<Handout>, ids: &[Uuid], why: &str) -> Result<Vec<bool>> {
    desk.shared.open_or_closed()?;
    let (desk, ids, why) = (desk.clone(), ids.to_vec(), why.to_owned());
    to_the_end(async move {
        let mut out = Vec::with_capacity(ids.len());
        for id in ids {
            out.push(take_back(&desk, id, Holder::App, &why).await?);
        }
        Ok(out)
    })
    .await
}

async fn take_back(desk: &Arc<Handout>, id: Uuid, holder: Holder, why: &str) -> Result<bool> {
    if desk.inbox.ack_hint(id) {
        return Ok(true);
    }
    match desk.inbox.nack(id, holder) {
        Nacked::Unknown => Ok(false),
        Nacked::Again(seq, attempts) => {
            tracing::warn!(event = %id, attempts, "the app's handler failed: {}", Shown(&why));
            desk.shared.writer.run(move |job| job.tx.set_inbox_attempts(seq, attempts)).await?;
            Ok(true)
        }
        Nacked::Dead(seq) => {
            let buried = bury(
                desk,
                seq,
                &format!("the app's handler failed {} times, at last: {why}", desk.shared.config.max_handler_attempts),
            )
            .await;
            match &buried {
                Ok(()) => desk.inbox.end_ack(&[id], true),
                // It must not be lost from memory before its dead letter is on disk.
                Err(_) => desk.inbox.not_buried(id),
            }
            buried.map(|()| true)
        }
    }
}

/// Makes a dead letter of the event at this position.
async fn bury(desk: &Arc<Handout>, seq: Seq, why: &str) -> Result<()> {
    let store = desk.shared.store.clone();
    let rows = apart(move || store.inbox(&[seq])).await?;
    for row in rows {
        die(desk, row, why.to_owned()).await?;
    }
    Ok(())
}

/// An event for the app becomes a dead letter.
async fn die(desk: &Arc<Handout>, row: InboxRow, why: String) -> Result<()> {
    let job = desk.shared.writer.run(move |job| {
        let InboxRow { seq, event } = row;
        let InboxEvent { id, kind, platform, room, body, .. } = event;
        let event = EventRow { id, kind, platform, source: None, room, at: job.age, again: false, body };
        if job.tx.delete_inbox(&[seq])? == 0 {
            // Whoever began this before gave up waiting for it, but it was done.
            return Ok(());
        }
        let dest = job.directory().node;
        job.bury(Dead { dest, event, inbound: true, why: why.into(), died: job.now })
    });
    job.await
}

/// Forgets what is past its time, a little at a time: true if there is more.
pub(crate) fn forget(job: &mut Job<'_>, ages: &Ages) -> Result<bool> {
    let age = job.age;
    let before = |span: Duration| age.saturating_sub(i64::try_from(span.as_millis()).unwrap_or(i64::MAX));
    let (parked, receipts, keys) = (before(job.config.retention), before(job.config.receipt_retention), before(KEYS));
    for row in job.tx.take_parked_before(parked, 1_000)? {
        if row.to_be_judged {
            rules::judge_parked(job, row)?;
        } else {
            rules::parked::lose(job, row.peer, row.event, "its room was not announced within the retention".into())?;
        }
    }
    for row in job.tx.take_awaiting_before(before(PATIENCE), 1_000)? {
        rules::give_up_awaiting(job, row)?;
    }
    job.tx.prune(Past { receipts, made: ages.of_ids(receipts), keys })
}
