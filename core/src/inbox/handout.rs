//! The app's side of the inbox: events as it gets them, what it acknowledges, what it could not handle.

use std::sync::Arc;
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::commit::job::Cx;
use crate::directory::room;
use crate::engine::Engine;
use crate::inbox::{Hint, Nacked, Taken};
use crate::model::{
    DeliveryChange, DeliveryState, Event, EventBody, ExternalId, Message, PlatformChange, PlatformState, Room,
    RoomChange, User,
};
use crate::rules;
use crate::store::{DeadRow, EventKind, EventRow, InboxRow, ParkedRow};
use crate::util::lock::RwLockExt;
use crate::wire::{json, read, write};
use crate::{Error, ErrorKind, Result, directory};

/// How long a key is remembered.
const KEYS: Duration = Duration::from_secs(7 * 86_400);

/// The next events for the app.
pub(crate) async fn next_events(engine: &Arc<Engine>, max: usize, timeout: Duration) -> Result<Vec<Event>> {
    engine.open_or_closed()?;
    let deadline = Instant::now() + timeout.min(Duration::from_secs(86_400 * 365));
    let taken = tokio::select! {
        taken = engine.inbox.take(max.max(1), deadline) => taken?,
        () = engine.stopped() => return Err(Error::closed()),
    };
    let mut events = Vec::with_capacity(taken.len());
    for taken in taken {
        match taken {
            Taken::Hint(id, hint) => events.push(hinted(engine, id, hint)),
            Taken::Stored(row) => {
                let (id, attempt) = (row.id, row.attempts + 1);
                match body(engine, &row) {
                    Ok(body) => events.push(Event { id, attempt, body }),
                    // What can't be read now never will be.
                    Err(e) => drop(die(engine, row, format!("the stored event can't be read: {e}")).await),
                }
            }
        }
    }
    Ok(events)
}

fn hinted(engine: &Engine, id: Uuid, hint: Hint) -> Event {
    let directory = engine.directory.reading();
    let change = |num, change, why| EventBody::Platform(PlatformChange { platform: directory.name(num), change, why });
    let body = match hint {
        Hint::Delivered { event, platform } => EventBody::Delivery(DeliveryChange {
            event,
            platform: directory.name(platform),
            state: DeliveryState::Delivered,
            why: None,
            count: 1,
        }),
        Hint::Up(num) => change(num, PlatformState::Up, None),
        Hint::Down(num, why) => change(num, PlatformState::Down, Some(why)),
    };
    Event { id, attempt: 1, body }
}

/// An event as the app gets it. Names and rooms are looked up now, so they are as they are now.
fn body(engine: &Engine, row: &InboxRow) -> Result<EventBody> {
    let directory = engine.directory.reading();
    let value = json::parse(&row.body)?;
    let speaker = directory.name(row.platform);
    let text = |field: &str| value.get(field).and_then(json::Value::as_str).map(str::to_owned);
    let platform = || -> Arc<str> { text("platform").unwrap_or_default().into() };
    Ok(match row.kind {
        EventKind::Message => {
            let message = read::message(&value, &engine.config.limits)?;
            let origin = directory.resolve(&message.room_platform);
            let room_platform = origin.map_or_else(|| message.room_platform.clone(), |num| directory.name(num));
            let sender = ExternalId::new(speaker, message.sender);
            let name = directory.user(row.platform, sender.id.as_str()).map(|user| user.name.to_string());
            // The app's own entry says what it can show; without one it shows everything.
            let own = directory.own.and_then(|own| directory.entry(own));
            let (audio, image) = own.map_or((true, true), |entry| (entry.support_audio, entry.support_image));
            let (text, attachments) = if audio && image {
                (message.text, message.attachments)
            } else {
                let (text, shown) = write::shown(&message.text, &message.attachments, audio, image);
                (text.into_owned(), shown.into_iter().cloned().collect())
            };
            EventBody::Message(Message {
                room: ExternalId::new(room_platform, message.room_id),
                sender_name: name.unwrap_or_else(|| sender.to_string()),
                sender,
                text,
                attachments,
                sent_at: message.sent_at,
                reply_to: message.reply_to,
                late: row.late,
            })
        }
        EventKind::User => {
            let user = read::user(&value, &engine.config.limits)?;
            EventBody::User(User { id: ExternalId::new(speaker, user.id), name: user.name, active: user.active })
        }
        EventKind::Room => {
            let room = directory.room(row.room).ok_or_else(|| Error::new(ErrorKind::Internal, "its room is gone"))?;
            EventBody::Room(RoomChange {
                room: shown(&directory, room),
                changed_by: text("by").map_or(speaker, Into::into),
            })
        }
        EventKind::Platform => EventBody::Platform(PlatformChange {
            platform: platform(),
            change: word(value.get("change"))?,
            why: text("why"),
        }),
        EventKind::Delivery => EventBody::Delivery(DeliveryChange {
            event: text("event").and_then(|id| id.parse().ok()).unwrap_or_default(),
            platform: platform(),
            state: DeliveryState::Dead,
            why: text("why"),
            count: match value.get("count") {
                Some(json::Value::Int(n)) => u64::try_from(*n).unwrap_or(1),
                _ => 1,
            },
        }),
        EventKind::Receipt => return Err(Error::new(ErrorKind::Internal, "a receipt is not for the app")),
    })
}

fn word<T: serde::de::DeserializeOwned>(value: Option<&json::Value<'_>>) -> Result<T> {
    let word = value.and_then(json::Value::as_str).unwrap_or_default();
    serde_json::from_value(serde_json::Value::from(word)).map_err(|e| Error::new(ErrorKind::Internal, e.to_string()))
}

/// A room as the app sees it.
pub(crate) fn shown(directory: &directory::Directory, room: &room::Room) -> Room {
    let members = room.members.iter().map(|(p, ids)| (directory.name(*p), ids.iter().cloned().collect()));
    Room {
        id: directory.external(room.row.origin, &room.row.id),
        name: room.row.name.to_string(),
        kind: room.kind(),
        members: members.collect(),
    }
}

/// Acknowledges: on disk when it returns, so these events never come again. For each, whether it was out.
pub(crate) async fn ack(engine: &Arc<Engine>, ids: &[Uuid]) -> Result<Vec<bool>> {
    engine.open_or_closed()?;
    let (engine, ids) = (engine.clone(), ids.to_vec());
    to_the_end(async move { acknowledge(&engine, &ids).await }).await
}

/// Ends what was begun, also when the caller gives up waiting for it: half of it would hold up a room.
async fn to_the_end<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await.map_err(|_| Error::closed())?
}

async fn acknowledge(engine: &Engine, ids: &[Uuid]) -> Result<Vec<bool>> {
    let found = engine.inbox.begin_ack(ids);
    let seqs: Vec<i64> = found.iter().flatten().copied().collect();
    let out: Vec<Uuid> = ids.iter().zip(&found).filter_map(|(id, seq)| seq.map(|_| *id)).collect();
    if !seqs.is_empty() {
        let written = engine.writer.run(move |cx| cx.tx.delete_inbox(&seqs)).await;
        engine.inbox.end_ack(&out, written.is_ok());
        written?;
    }
    Ok(ids.iter().zip(found).map(|(id, seq)| seq.is_some() || engine.inbox.ack_hint(*id)).collect())
}

/// The app could not handle it: it comes again after a backoff, or is a dead letter. Whether it was out.
pub(crate) async fn nack(engine: &Arc<Engine>, id: Uuid, why: &str) -> Result<bool> {
    let (engine, why) = (engine.clone(), why.to_owned());
    to_the_end(async move { take_back(&engine, id, &why).await }).await
}

async fn take_back(engine: &Arc<Engine>, id: Uuid, why: &str) -> Result<bool> {
    if engine.inbox.ack_hint(id) {
        return Ok(true);
    }
    match engine.inbox.nack(id) {
        Nacked::Unknown => Ok(false),
        Nacked::Again(seq, attempts) => {
            tracing::warn!(event = %id, attempts, "the app's handler failed: {why}");
            engine.writer.run(move |cx| cx.tx.set_inbox_attempts(seq, attempts)).await?;
            Ok(true)
        }
        Nacked::Dead(seq) => {
            let store = engine.store.clone();
            let rows =
                tokio::task::spawn_blocking(move || store.inbox(&[seq])).await.map_err(|_| Error::closed())??;
            for row in rows {
                die(
                    engine,
                    row,
                    format!("the app's handler failed {} times, at last: {why}", engine.config.max_handler_attempts),
                )
                .await?;
            }
            Ok(true)
        }
    }
}

/// An event for the app becomes a dead letter.
async fn die(engine: &Arc<Engine>, row: InboxRow, why: String) -> Result<()> {
    let job = engine.writer.run(move |cx| {
        let event = EventRow {
            id: row.id,
            kind: row.kind,
            platform: row.platform,
            source: None,
            room: row.room,
            at: cx.now,
            body: row.body,
            plain: None,
        };
        cx.tx.delete_inbox(&[row.seq])?;
        let dest = cx.directory.reading().node;
        cx.bury(DeadRow { num: 0, dest, event, inbound: true, why: why.into(), died: cx.now })
    });
    job.await
}

/// Forgets what is past its time, a little at a time: true if there is more.
pub(crate) fn forget(cx: &mut Cx<'_>) -> Result<bool> {
    let before = |span: Duration| cx.now - i64::try_from(span.as_millis()).unwrap_or(i64::MAX);
    let (parked, receipts, keys) = (before(cx.config.retention), before(cx.config.receipt_retention), before(KEYS));
    for row in cx.tx.take_parked_before(parked, 1_000)? {
        if row.event.at == ParkedRow::TO_BE_JUDGED {
            rules::room::judge_parked(cx, row)?;
        } else {
            rules::lose(cx, row.peer, row.event, "its room was not announced within the retention".into())?;
        }
    }
    cx.tx.prune(receipts, keys)
}
