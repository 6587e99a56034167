//! One try: builds the request for what is first in a lane, and judges the answer, event by event.

use std::time::Instant;

use bytes::Bytes;
use url::Url;

use super::lane::Memory;
use crate::engine::Engine;
use crate::outbox::policy::{PeerKind, Verdict, verdict};
use crate::peers::ping;
use crate::registry::Secret;
use crate::store::{EventKind, PlatformKind, PlatformNum, Waiting};
use crate::transport::{Answer, Request};
use crate::util::event_id::unique;
use crate::util::lock::RwLockExt;
use crate::wire::{self, read, write};

/// The limits of a batch.
pub(crate) const MAX_EVENTS: usize = 1_000;
const MAX_BYTES: usize = 1 << 20;
/// The longest answer that is read: a line for each event of a batch.
const MAX_ANSWER: usize = 4 << 20;
/// So much of an answer goes into a dead letter, characters.
const MAX_WHY: usize = 1_000;

/// How an event came to an end.
#[derive(Debug, Clone)]
pub(crate) enum Fate {
    Delivered,
    /// The other node has it, and waits for its room.
    Parked,
    Dead(String),
    /// It was nothing for this platform.
    Skipped,
}

/// Why a lane rests.
#[derive(Debug)]
pub(crate) struct Rest {
    pub why: String,
    pub retry_after: Option<String>,
    /// A sign of life does not end it: the platform asked for less.
    pub patient: bool,
}

impl Rest {
    pub(crate) fn down(why: String) -> Self {
        Rest { why, retry_after: None, patient: false }
    }
}

/// What a try achieved: the events from the head that came to an end, and why it does not go on at once.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    pub fates: Vec<(Waiting, Fate)>,
    pub rest: Option<Rest>,
}

/// Where a lane sends.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    pub num: PlatformNum,
    pub name: std::sync::Arc<str>,
    pub kind: PlatformKind,
    pub batch: bool,
    pub endpoint: Url,
    pub token: Secret,
    recipients: bool,
    audio: bool,
    image: bool,
}

impl Target {
    pub(crate) fn of(engine: &Engine, num: PlatformNum) -> Option<Target> {
        let directory = engine.directory.reading();
        let entry = directory.entry(num).filter(|_| directory.is_lane(num))?;
        let row = directory.platform(num)?;
        Some(Target {
            num,
            name: row.name.clone(),
            kind: row.kind,
            batch: row.batch,
            endpoint: entry.endpoint.clone()?,
            token: entry.token.clone()?,
            recipients: entry.recipients,
            audio: entry.support_audio,
            image: entry.support_image,
        })
    }

    fn peer_kind(&self) -> PeerKind {
        if self.kind == PlatformKind::Node { PeerKind::Node } else { PeerKind::Plain }
    }

    /// Whether this event is nothing for this platform, though it waits for it.
    fn skips(&self, waiting: &Waiting) -> bool {
        let event = &waiting.event;
        match self.kind {
            // What came from a peer goes on to nobody but the platforms hosted here.
            PlatformKind::Node => {
                event.source.is_some()
                    || (!self.batch && matches!(event.kind, EventKind::Platform | EventKind::Receipt))
            }
            _ => event.plain.as_ref().is_some_and(Bytes::is_empty),
        }
    }
}

/// Sends what is first.
pub(crate) async fn send(engine: &Engine, target: &Target, waiting: &[Waiting], memory: &mut Memory) -> Progress {
    let skipped: Vec<_> = waiting.iter().take_while(|w| target.skips(w)).collect();
    if !skipped.is_empty() {
        let fates = skipped.into_iter().map(|w| (w.clone(), Fate::Skipped)).collect();
        return Progress { fates, rest: None };
    }
    if target.kind == PlatformKind::Node && target.batch && memory.singly == 0 {
        let length: usize = waiting.iter().map(|w| write::batch_line_length(w.event.body.len())).sum();
        let mut body = Vec::with_capacity(length.min(MAX_BYTES));
        let mut count = 0;
        for next in waiting.iter().take_while(|w| !target.skips(w)) {
            let length = body.len() + write::batch_line_length(next.event.body.len());
            if count >= memory.batch || length > MAX_BYTES {
                break;
            }
            write::batch_line(&mut body, next.event.id, next.event.kind, &next.event.body);
            count += 1;
        }
        if count > 0 {
            return batch(engine, target, &waiting[..count], body.into(), memory).await;
        }
    }
    single(engine, target, &waiting[0], memory).await
}

async fn post(
    engine: &Engine,
    target: &Target,
    path: &'static str,
    id: String,
    body: Bytes,
) -> Result<Answer, crate::transport::NoAnswer> {
    let content_type = if path == "batch" { "application/x-ndjson" } else { "application/json" };
    let request = Request {
        endpoint: target.endpoint.clone(),
        path,
        query: None,
        body: Some(body),
        content_type,
        id,
        token: Some(target.token.clone()),
        timeout: engine.config.request_timeout,
        max_answer: if path == "batch" { MAX_ANSWER } else { 64 << 10 },
    };
    engine.transport.send(request).await
}

async fn batch(engine: &Engine, target: &Target, events: &[Waiting], body: Bytes, memory: &mut Memory) -> Progress {
    let answer = match post(engine, target, "batch", unique().to_string(), body).await {
        Ok(answer) => answer,
        Err(e) => return down(engine, target, e.to_string()),
    };
    if (200..300).contains(&answer.status) {
        memory.broken_batches = 0;
        return match read::batch_answer(&answer.body) {
            Ok(lines) if answers(&lines, events) => {
                engine.is_up(target.num);
                memory.batch = (memory.batch * 2).min(MAX_EVENTS);
                judge(engine, target, events, &lines, memory)
            }
            _ => resting(answer, "the answer to a batch has not one line for each event".into()),
        };
    }
    let why = said(&answer);
    match verdict(answer.status, PeerKind::Node) {
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
        Verdict::CheckThenDead => match ping::ping(engine, target.num).await {
            Ok(()) => {
                memory.singly = events.len();
                Progress::default()
            }
            Err(e) => down(engine, target, format!("{why}, and {e}")),
        },
        Verdict::RetryAlarm => {
            engine.refused(target.num, &why);
            resting(answer, why)
        }
        Verdict::Down => down(engine, target, why),
        Verdict::Retry | Verdict::Delivered | Verdict::Parked => {
            if answer.status >= 500 {
                memory.broken_batches += 1;
                if answer.status == 500 && memory.broken_batches >= 3 {
                    // Which of them breaks it? The first tries alone.
                    memory.singly = 1;
                }
                unwell(engine, target, answer.status, &why);
            }
            resting(answer, why)
        }
    }
}

/// Whether there is a line for each event, in the same order.
fn answers(lines: &[wire::BatchResult<'_>], events: &[Waiting]) -> bool {
    lines.len() == events.len()
        && lines.iter().zip(events).all(|(line, w)| line.id.parse().is_ok_and(|id: uuid::Uuid| id == w.event.id))
}

fn judge(
    engine: &Engine,
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
                engine.refused(target.num, &why());
                Fate::Dead(why())
            }
            // It has just answered the batch, so it is there.
            Verdict::CheckThenDead | Verdict::Split | Verdict::Dead | Verdict::Down => Fate::Dead(why()),
            Verdict::Retry if line.status == 500 && memory.poison.answered_500(waiting.event.id, Instant::now()) => {
                Fate::Dead(why())
            }
            verdict @ (Verdict::Retry | Verdict::RetryAlarm) => {
                if verdict == Verdict::RetryAlarm {
                    engine.refused(target.num, &why());
                }
                progress.rest = Some(Rest::down(why()));
                break;
            }
        };
        progress.fates.push((waiting.clone(), fate));
    }
    progress
}

async fn single(engine: &Engine, target: &Target, waiting: &Waiting, memory: &mut Memory) -> Progress {
    let event = &waiting.event;
    let path = event.kind.as_str();
    let end = |fate| Progress { fates: vec![(waiting.clone(), fate)], rest: None };
    if matches!(event.kind, EventKind::Platform | EventKind::Receipt) {
        // These travel in batches only.
        return end(Fate::Skipped);
    }
    let body = match target.kind {
        PlatformKind::Node => event.body.clone(),
        _ => plain_body(engine, target, waiting),
    };
    let answer = match post(engine, target, path, event.id.to_string(), body).await {
        Ok(answer) => answer,
        Err(e) => return down(engine, target, e.to_string()),
    };
    let why = said(&answer);
    match verdict(answer.status, target.peer_kind()) {
        Verdict::Delivered => {
            engine.is_up(target.num);
            end(Fate::Delivered)
        }
        Verdict::Parked => {
            engine.is_up(target.num);
            end(Fate::Parked)
        }
        Verdict::DeadAlarm => {
            engine.refused(target.num, &why);
            end(Fate::Dead(why))
        }
        Verdict::Dead | Verdict::Split => end(Fate::Dead(why)),
        Verdict::CheckThenDead => match ping::is_there(engine, target.num).await {
            Ok(()) => end(Fate::Dead(why)),
            Err(e) => down(engine, target, format!("{why}, and {e}")),
        },
        Verdict::RetryAlarm => {
            engine.refused(target.num, &why);
            resting(answer, why)
        }
        Verdict::Down => down(engine, target, why),
        Verdict::Retry => {
            let poison = answer.status == 500 && memory.poison.answered_500(event.id, Instant::now());
            if poison && ping::is_there(engine, target.num).await.is_ok() {
                return end(Fate::Dead(why));
            }
            unwell(engine, target, answer.status, &why);
            resting(answer, why)
        }
    }
}

/// The body as plain platforms get it: attachments that it can't show as text, the recipients as they are now.
fn plain_body(engine: &Engine, target: &Target, waiting: &Waiting) -> Bytes {
    let event = &waiting.event;
    if let Some(plain) = &event.plain {
        return plain.clone();
    }
    let limits = &engine.config.limits;
    let message = (event.kind == EventKind::Message)
        .then(|| wire::json::parse(&event.body).and_then(|value| read::message(&value, limits)).ok())
        .flatten();
    let Some(message) = message else { return event.body.clone() };
    if message.attachments.is_empty() && !target.recipients {
        return event.body.clone();
    }
    let directory = engine.directory.reading();
    let recipients = target
        .recipients
        .then(|| directory.room(event.room).map(|room| directory.own_members(room, target.num)).unwrap_or_default());
    let speaker = directory.name(event.platform);
    write::plain_message(&speaker, &message, target.audio, target.image, recipients.as_deref()).into()
}

/// No answer, or one that is not this platform's: it is down.
fn down(engine: &Engine, target: &Target, why: String) -> Progress {
    engine.is_down(target.num, &why);
    Progress { fates: Vec::new(), rest: Some(Rest::down(why)) }
}

/// A gateway in front of it says that it is not there.
fn unwell(engine: &Engine, target: &Target, status: u16, why: &str) {
    if matches!(status, 502..=504) {
        engine.is_down(target.num, why);
    }
}

fn resting(answer: Answer, why: String) -> Progress {
    let patient = answer.status == 429;
    Progress { fates: Vec::new(), rest: Some(Rest { why, retry_after: answer.retry_after, patient }) }
}

/// The status and what the answer says.
fn said(answer: &Answer) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    format!("{} {}", answer.status, shortened(text.trim()))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_WHY).collect()
}
