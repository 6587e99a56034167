//! One try: builds the request for what is first in a lane, and judges the answer, event by event.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use bytes::Bytes;

use super::Outbox;
use super::fate::{Fate, Memory, Progress, Rest};
use crate::directory::target::Target;
use crate::model::EventKind;
use crate::outbox::policy::{PeerKind, Poison, Verdict, alarms, verdict};
use crate::peers::ping;
use crate::rules;
use crate::rules::ways::NOT_HOSTED;
use crate::store::{EventRow, PlatformKind, Waiting};
use crate::transport::{Answer, NoAnswer, Request};
use crate::util::event_id::unique;
use crate::util::lock::MutexExt;
use crate::wire::{self, read, write};

/// The limits of a batch.
pub(crate) const MAX_EVENTS: usize = 1_000;
const MAX_BYTES: usize = 1 << 20;
/// The longest answer that is read: a line for each event of a batch.
const MAX_ANSWER: usize = 4 << 20;
/// So much of an answer goes into a dead letter, characters.
const MAX_WHY: usize = 1_000;

fn peer_kind(target: &Target) -> PeerKind {
    if target.kind == PlatformKind::Node { PeerKind::Node } else { PeerKind::Plain }
}

/// Whether this event is nothing for this platform, though it waits for it.
fn skips(target: &Target, waiting: &Waiting) -> bool {
    let event = &waiting.event;
    match target.kind {
        // What came from a peer goes on to nobody but the platforms hosted here.
        PlatformKind::Node => {
            event.source.is_some() || (!target.batch && matches!(event.kind, EventKind::Platform | EventKind::Receipt))
        }
        // Plain platforms have no word for what only nodes tell each other.
        _ => matches!(event.kind, EventKind::Platform | EventKind::Receipt),
    }
}

/// Whether it has no path of its own: it goes in a batch, be it of one.
fn only_in_batches(event: &EventRow) -> bool {
    matches!(event.kind, EventKind::Platform | EventKind::Receipt)
}

/// Sends what is first.
pub(crate) async fn send(outbox: &Outbox, target: &Target, waiting: &[Waiting], memory: &mut Memory) -> Progress {
    let skipped: Vec<_> = waiting.iter().take_while(|w| skips(target, w)).collect();
    if !skipped.is_empty() {
        let fate = |w: &Waiting| match (w.event.kind, w.event.source) {
            // It was taken for a platform hosted here, which turned out to be a node: whoever said it must hear of it.
            (EventKind::Message, Some(_)) => Fate::Dead(NOT_HOSTED.into()),
            _ => Fate::Skipped,
        };
        let fates = skipped.into_iter().map(|w| (w.clone(), fate(w))).collect();
        return Progress { fates, rest: None };
    }
    let alone = memory.singly > 0;
    if target.kind == PlatformKind::Node && target.batch && (!alone || only_in_batches(&waiting[0].event)) {
        let most = if alone { 1 } else { memory.batch };
        let length: usize = waiting.iter().map(|w| write::batch_line_length(w.event.body.len())).sum();
        let mut body = Vec::with_capacity(length.min(MAX_BYTES));
        let mut count = 0;
        for next in waiting.iter().take_while(|w| !skips(target, w)) {
            let length = body.len() + write::batch_line_length(next.event.body.len());
            if count >= most || length > MAX_BYTES {
                break;
            }
            write::batch_line(&mut body, next.event.id, next.event.kind, &next.event.body);
            count += 1;
        }
        if count > 0 {
            return batch(outbox, target, &waiting[..count], body.into(), memory).await;
        }
    }
    single(outbox, target, &waiting[0], memory).await
}

async fn post(
    outbox: &Outbox,
    target: &Target,
    path: &'static str,
    id: String,
    body: Bytes,
) -> Result<Answer, NoAnswer> {
    let content_type = if path == "batch" { "application/x-ndjson" } else { "application/json" };
    let request = Request {
        endpoint: target.endpoint.clone(),
        path,
        query: None,
        body: Some(body),
        content_type,
        id,
        token: Some(target.token.clone()),
        timeout: outbox.shared.config.request_timeout,
        max_answer: if path == "batch" { MAX_ANSWER } else { 64 << 10 },
    };
    outbox.peers.transport.send(request).await
}

async fn batch(outbox: &Outbox, target: &Target, events: &[Waiting], body: Bytes, memory: &mut Memory) -> Progress {
    let answer = match post(outbox, target, "batch", unique().to_string(), body).await {
        Ok(answer) => answer,
        Err(e) => {
            if e == NoAnswer::TimedOut {
                memory.batch = (events.len() / 2).max(1);
                memory.timed_out = true;
            }
            is_broken(memory);
            let why = e.to_string();
            if let [only] = events
                && only_in_batches(&only.event)
                && is_poison(outbox, target, only, memory).await
            {
                return dead(only, why);
            }
            return down(outbox, target, why);
        }
    };
    if (200..300).contains(&answer.status) {
        memory.broken_batches = 0;
        return match read::batch_answer(&answer.body) {
            Ok(lines) if answers(&lines, events) => {
                outbox.peers.is_up(target.num);
                grow(memory);
                judge(outbox, target, events, &lines, memory)
            }
            _ => resting(answer, "the answer to a batch has not one line for each event".into()),
        };
    }
    let why = said(&answer);
    let judged = verdict(answer.status, PeerKind::Node);
    if let [only] = events
        && only_in_batches(&only.event)
        && let Some(progress) = last(outbox, target, only, &answer, judged, memory).await
    {
        return progress;
    }
    match judged {
        // One line of it may be at fault: each event finds its own end.
        Verdict::Dead | Verdict::DeadAlarm if events.len() > 1 => {
            memory.singly = events.len();
            Progress::default()
        }
        Verdict::Split if events.len() > 1 => {
            memory.batch = events.len() / 2;
            Progress::default()
        }
        Verdict::Split | Verdict::Dead | Verdict::DeadAlarm => {
            memory.singly = 1;
            Progress::default()
        }
        Verdict::CheckThenDead => match ping::ping(&outbox.peers, target.num).await {
            Ok(()) => {
                memory.singly = events.len();
                Progress::default()
            }
            Err(e) => down(outbox, target, format!("{why}, and {e}")),
        },
        Verdict::RetryAlarm => {
            outbox.peers.refused(target.num, &why);
            resting(answer, why)
        }
        Verdict::Down => down(outbox, target, why),
        Verdict::Retry | Verdict::Delivered | Verdict::Parked => {
            if answer.status >= 500 {
                is_broken(memory);
                unwell(outbox, target, answer.status, &why);
            }
            resting(answer, why)
        }
    }
}

/// A batch of one was refused as a whole, and its event has no other way: what that means for the event, if it means its end.
async fn last(
    outbox: &Outbox,
    target: &Target,
    only: &Waiting,
    answer: &Answer,
    judged: Verdict,
    memory: &mut Memory,
) -> Option<Progress> {
    let over = match judged {
        Verdict::Dead | Verdict::Split => true,
        Verdict::DeadAlarm => {
            outbox.peers.refused(target.num, &said(answer));
            true
        }
        Verdict::CheckThenDead => ping::ping(&outbox.peers, target.num).await.is_ok(),
        Verdict::Retry => is_poison(outbox, target, only, memory).await,
        Verdict::Delivered | Verdict::Parked | Verdict::RetryAlarm | Verdict::Down => false,
    };
    over.then(|| dead(only, said(answer)))
}

/// A batch failed as a whole. After the third in a row the first of its events tries alone: which of them breaks it?
fn is_broken(memory: &mut Memory) {
    memory.broken_batches += 1;
    if memory.broken_batches >= 3 {
        memory.singly = memory.singly.max(1);
    }
}

fn dead(waiting: &Waiting, why: String) -> Progress {
    Progress { fates: vec![(waiting.clone(), Fate::Dead(why))], rest: None }
}

/// After a time-out in steps, so that one that a slow link just carries is not doubled beyond it each time.
fn grow(memory: &mut Memory) {
    memory.batch = match memory.timed_out {
        true => memory.batch + memory.batch.div_ceil(8),
        false => memory.batch * 2,
    };
    if memory.batch >= MAX_EVENTS {
        (memory.batch, memory.timed_out) = (MAX_EVENTS, false);
    }
}

/// Whether there is a line for each event, in the same order.
fn answers(lines: &[wire::BatchResult<'_>], events: &[Waiting]) -> bool {
    lines.len() == events.len()
        && lines.iter().zip(events).all(|(line, w)| line.id.parse().is_ok_and(|id: uuid::Uuid| id == w.event.id))
}

fn judge(
    outbox: &Outbox,
    target: &Target,
    events: &[Waiting],
    lines: &[wire::BatchResult<'_>],
    memory: &mut Memory,
) -> Progress {
    let mut progress = Progress::default();
    for (line, waiting) in lines.iter().zip(events) {
        let why = || format!("{} {}", line.status, shortened(&line.message));
        let fate = match verdict(line.status, PeerKind::Node) {
            Verdict::Delivered => Fate::Delivered,
            Verdict::Parked => Fate::Parked,
            Verdict::DeadAlarm => {
                outbox.peers.refused(target.num, &why());
                Fate::Dead(why())
            }
            // It has just answered the batch, so it is there.
            Verdict::CheckThenDead | Verdict::Split | Verdict::Dead | Verdict::Down => Fate::Dead(why()),
            // Of one event alone, whatever fails: it has just answered the batch.
            Verdict::Retry if poisonous(outbox, waiting, memory) => Fate::Dead(why()),
            verdict @ (Verdict::Retry | Verdict::RetryAlarm) => {
                if verdict == Verdict::RetryAlarm {
                    outbox.peers.refused(target.num, &why());
                }
                progress.rest = Some(Rest::down(why()));
                break;
            }
        };
        progress.fates.push((waiting.clone(), fate));
    }
    progress
}

async fn single(outbox: &Outbox, target: &Target, waiting: &Waiting, memory: &mut Memory) -> Progress {
    match alone(outbox, target, waiting, memory.poison.clone()).await {
        Ok(fate) => Progress { fates: vec![(waiting.clone(), fate)], rest: None },
        Err(rest) => Progress { fates: Vec::new(), rest: Some(rest) },
    }
}

/// Sends one event by itself: how it came to its end, or why the lane rests before it is tried again.
pub(super) async fn alone(
    outbox: &Outbox,
    target: &Target,
    waiting: &Waiting,
    poison: Arc<Mutex<Poison>>,
) -> Result<Fate, Rest> {
    let event = &waiting.event;
    let body = match target.kind {
        PlatformKind::Node => Some(event.body.clone()),
        _ => plain_body(outbox, target, event),
    };
    let Some(body) = body else { return Ok(Fate::Skipped) };
    let answer = match post(outbox, target, event.kind.as_str(), event.id.to_string(), body).await {
        Ok(answer) => answer,
        Err(e) => {
            let why = e.to_string();
            if has_failed_enough(outbox, waiting, &poison) && answers_otherwise(outbox, target).await {
                return Ok(Fate::Dead(why));
            }
            outbox.peers.is_down(target.num, &why);
            return Err(Rest::down(why));
        }
    };
    let why = said(&answer);
    match verdict(answer.status, peer_kind(target)) {
        Verdict::Delivered => {
            outbox.peers.is_up(target.num);
            Ok(Fate::Delivered)
        }
        Verdict::Parked => {
            outbox.peers.is_up(target.num);
            Ok(Fate::Parked)
        }
        Verdict::DeadAlarm => {
            outbox.peers.refused(target.num, &why);
            Ok(Fate::Dead(why))
        }
        Verdict::Dead | Verdict::Split => Ok(Fate::Dead(why)),
        Verdict::CheckThenDead => match ping::is_there(&outbox.peers, target.num).await {
            Ok(()) => Ok(Fate::Dead(why)),
            Err(e) => {
                let why = format!("{why}, and {e}");
                outbox.peers.is_down(target.num, &why);
                if alarms(answer.status) {
                    outbox.peers.refused(target.num, &why);
                }
                Err(Rest::down(why))
            }
        },
        Verdict::RetryAlarm => {
            outbox.peers.refused(target.num, &why);
            Err(rest(answer, why))
        }
        Verdict::Down => {
            outbox.peers.is_down(target.num, &why);
            Err(Rest::down(why))
        }
        Verdict::Retry => {
            if answer.status >= 500
                && has_failed_enough(outbox, waiting, &poison)
                && answers_otherwise(outbox, target).await
            {
                return Ok(Fate::Dead(why));
            }
            unwell(outbox, target, answer.status, &why);
            Err(rest(answer, why))
        }
    }
}

fn poisonous(outbox: &Outbox, waiting: &Waiting, memory: &Memory) -> bool {
    has_failed_enough(outbox, waiting, &memory.poison)
}

fn has_failed_enough(outbox: &Outbox, waiting: &Waiting, poison: &Mutex<Poison>) -> bool {
    poison.hold().failed(waiting.event.id, Instant::now(), outbox.shared.config.poison_after)
}

/// Whether an event failed so often that it is given up, since its receiver answers otherwise.
async fn is_poison(outbox: &Outbox, target: &Target, waiting: &Waiting, memory: &Memory) -> bool {
    poisonous(outbox, waiting, memory) && answers_otherwise(outbox, target).await
}

/// Whether it answers what is asked of it, so that it is the event that is at fault.
async fn answers_otherwise(outbox: &Outbox, target: &Target) -> bool {
    match target.kind {
        PlatformKind::Node => ping::ping(&outbox.peers, target.num).await.is_ok(),
        _ => ping::users(&outbox.peers, target).await.is_ok(),
    }
}

/// The body as a plain platform gets it: a room whole, as it is now; a message with attachments that it can't show as text,
/// and the recipients as they are now. None where it has no word for the event.
fn plain_body(outbox: &Outbox, target: &Target, event: &EventRow) -> Option<Bytes> {
    let directory = outbox.shared.directory.read();
    match event.kind {
        EventKind::Platform | EventKind::Receipt | EventKind::Delivery => None,
        EventKind::User => {
            let user = wire::json::parse(&event.body).and_then(|value| read::user(&value, read::Measure::Stored));
            let user = user.ok().filter(|user| user.active)?;
            Some(write::plain_user(&directory.name(event.platform), &user).into())
        }
        EventKind::Room => {
            let room = event.room.and_then(|num| directory.room(num))?;
            Some(rules::room::whole(&directory, room).into())
        }
        EventKind::Message => {
            let message = wire::json::parse(&event.body).and_then(|value| read::message(&value, read::Measure::Stored));
            let Ok(message) = message else { return Some(event.body.clone()) };
            let exact = write::is_exact(&message.room_id) && write::is_exact(&message.sender);
            if message.attachments.is_empty() && !target.recipients && exact {
                return Some(event.body.clone());
            }
            let room = event.room.and_then(|num| directory.room(num));
            let recipients =
                target.recipients.then(|| room.map(|room| directory.own_members(room, target.num)).unwrap_or_default());
            let speaker = directory.name(event.platform);
            Some(write::plain_message(&speaker, &message, target.audio, target.image, recipients.as_deref()).into())
        }
    }
}

/// No answer, or one that is not this platform's: it is down.
fn down(outbox: &Outbox, target: &Target, why: String) -> Progress {
    outbox.peers.is_down(target.num, &why);
    Progress { fates: Vec::new(), rest: Some(Rest::down(why)) }
}

/// A gateway in front of it says that it is not there.
fn unwell(outbox: &Outbox, target: &Target, status: u16, why: &str) {
    if matches!(status, 502..=504) {
        outbox.peers.is_down(target.num, why);
    }
}

fn resting(answer: Answer, why: String) -> Progress {
    Progress { fates: Vec::new(), rest: Some(rest(answer, why)) }
}

fn rest(answer: Answer, why: String) -> Rest {
    Rest { why, retry_after: answer.retry_after, patient: answer.status == 429 }
}

/// The status and what the answer says.
fn said(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    format!("{} {}", answer.status, shortened(text.trim()))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_WHY).collect()
}
