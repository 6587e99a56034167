//! One try: sends what is first in a lane, and judges the answer, event by event. What an answer means is in [`super::policy`];
//! here it takes effect.

use std::sync::Mutex;

use tokio::time::Instant;

use super::Outbox;
use super::fate::{Fate, Progress, Rest};
use super::form::{Form, depends_on_the_ping, form, only_in_batches};
use super::memory::Memory;
use super::poison::Poison;
use super::policy::{self, Next, PeerKind, Whole, blames_the_event, verdict};
use super::request::{batch_body, is_confidential, post_batch, post_one};
use crate::directory::target::Target;
use crate::peers::ping;
use crate::store::{PlatformKind, Waiting};
use crate::transport::{Answer, NoAnswer};
use crate::util::lock::MutexExt;
use crate::wire::{self, read};

/// This much of an answer goes into a dead letter, characters.
const MAX_WHY: usize = 1_000;

/// Sends what is first.
pub(super) async fn send(outbox: &Outbox, target: &Target, waiting: &[Waiting], memory: &mut Memory) -> Progress {
    let Some(first) = waiting.first() else { return Progress::default() };
    if depends_on_the_ping(target, &first.event) {
        // What it says is in the next target.
        let asked = ping::ping(&outbox.peers, target.num).await;
        return asked.map_or_else(|why| Progress::none(Rest::down(why)), |()| Progress::default());
    }
    let not_sent = waiting.iter().map_while(|waiting| match form(target, &waiting.event) {
        Form::Not(_) if depends_on_the_ping(target, &waiting.event) => None,
        Form::Not(why) => Some((waiting.clone(), why.fate())),
        _ => None,
    });
    let fates: Vec<_> = not_sent.collect();
    if !fates.is_empty() {
        return Progress { fates, rest: None };
    }
    let alone = memory.singly > 0;
    if target.kind == PlatformKind::Node && target.batch && (!alone || only_in_batches(&first.event)) {
        let (count, body) = batch_body(outbox, target, waiting, if alone { 1 } else { memory.batch });
        if count > 0 {
            let confidential = waiting[..count].iter().any(|w| is_confidential(&w.event));
            let answer = post_batch(outbox, target, body, confidential).await;
            return batch(outbox, target, &waiting[..count], answer, memory).await;
        }
    }
    Progress::of(first, single(outbox, target, first, &memory.poison).await)
}

/// Sends one event by itself: how it came to its end, or why the lane rests before it is tried again.
pub(super) async fn single(
    outbox: &Outbox,
    target: &Target,
    waiting: &Waiting,
    poison: &Mutex<Poison>,
) -> Result<Fate, Rest> {
    if let Form::Not(why) = form(target, &waiting.event) {
        return Ok(why.fate());
    }
    match post_one(outbox, target, &waiting.event).await {
        None => Ok(Fate::Skipped),
        Some(Ok(answer)) => alone(outbox, target, waiting, answer, poison).await,
        Some(Err(e)) => unanswered(outbox, target, waiting, &e, poison).await,
    }
}

/// What becomes of an event that was alone in its request and got this answer.
async fn alone(
    outbox: &Outbox,
    target: &Target,
    waiting: &Waiting,
    answer: Answer,
    poison: &Mutex<Poison>,
) -> Result<Fate, Rest> {
    let (status, why) = (answer.status, said(&answer));
    let verdict = verdict(status, peer_kind(target));
    let alarm = || {
        if verdict.alarm {
            outbox.peers.refused(target.num, &why);
        }
    };
    match policy::alone(verdict.meaning) {
        Next::Delivered => {
            outbox.peers.is_up(target.num);
            Ok(Fate::Delivered)
        }
        Next::Parked => {
            outbox.peers.is_up(target.num);
            Ok(Fate::Parked)
        }
        Next::Dead => {
            alarm();
            Ok(Fate::Dead(why))
        }
        Next::CheckThenDead => match ping::is_there(&outbox.peers, target.num).await {
            Ok(()) => Ok(Fate::Dead(why)),
            Err(e) => {
                alarm();
                Err(down(outbox, target, format!("{why}, and {e}")))
            }
        },
        Next::Down => {
            alarm();
            Err(down(outbox, target, why))
        }
        Next::Retry => {
            alarm();
            let blamed = blames_the_event(status, answer.retry_after.as_deref());
            if blamed && failed(outbox, waiting, poison) && answers_otherwise(outbox, target).await {
                return Ok(Fate::Dead(why));
            }
            unwell(outbox, target, status, &why).await;
            Err(Rest::asked(answer, why))
        }
    }
}

/// What becomes of an event that was alone in its request and got no answer.
async fn unanswered(
    outbox: &Outbox,
    target: &Target,
    waiting: &Waiting,
    e: &NoAnswer,
    poison: &Mutex<Poison>,
) -> Result<Fate, Rest> {
    let why = e.to_string();
    if failed(outbox, waiting, poison) && answers_otherwise(outbox, target).await {
        return Ok(Fate::Dead(why));
    }
    Err(down(outbox, target, why))
}

/// What becomes of a batch.
async fn batch(
    outbox: &Outbox,
    target: &Target,
    events: &[Waiting],
    answer: Result<Answer, NoAnswer>,
    memory: &mut Memory,
) -> Progress {
    let only = match events {
        [only] if only_in_batches(&only.event) => Some(only),
        _ => None,
    };
    let answer = match (answer, only) {
        (Ok(answer), _) => answer,
        // What must not go there so is given up by itself; the others go all the same.
        (Err(NoAnswer::Forbidden(why)), Some(only)) => return Progress::of(only, Ok(Fate::Dead(why))),
        (Err(NoAnswer::Forbidden(_)), None) if events.iter().any(|waiting| is_confidential(&waiting.event)) => {
            memory.singly = events.len();
            return Progress::default();
        }
        (Err(e), only) => {
            if e == NoAnswer::TimedOut {
                memory.batch_timed_out(events.len());
            }
            memory.batch_broke();
            if let Some(only) = only {
                return Progress::of(only, unanswered(outbox, target, only, &e, &memory.poison).await);
            }
            return Progress::none(down(outbox, target, e.to_string()));
        }
    };
    let (why, verdict) = (said(&answer), verdict(answer.status, PeerKind::Node));
    let whole = policy::whole(verdict.meaning, events.len());
    if let Some(only) = only.filter(|_| whole != Whole::Lines) {
        return Progress::of(only, alone(outbox, target, only, answer, &memory.poison).await);
    }
    match whole {
        Whole::Lines => match read::batch_answer(&answer.body) {
            Ok(lines) if answers(&lines, events) => {
                outbox.peers.is_up(target.num);
                memory.batch_got_through();
                judge(outbox, target, events, &lines, answer.retry_after.as_deref(), memory)
            }
            _ => {
                memory.batch_broke();
                Progress::none(Rest::asked(answer, "the answer to a batch has not one line for each event".into()))
            }
        },
        Whole::Halve => {
            memory.batch = events.len() / 2;
            Progress::default()
        }
        Whole::Singly => {
            memory.singly = events.len();
            Progress::default()
        }
        Whole::CheckThenSingly => match ping::ping(&outbox.peers, target.num).await {
            Ok(()) => {
                memory.singly = events.len();
                Progress::default()
            }
            Err(e) => Progress::none(down(outbox, target, format!("{why}, and {e}"))),
        },
        Whole::Down => Progress::none(down(outbox, target, why)),
        Whole::Retry => {
            if verdict.alarm {
                outbox.peers.refused(target.num, &why);
            }
            if blames_the_event(answer.status, answer.retry_after.as_deref()) {
                memory.batch_broke();
            }
            unwell(outbox, target, answer.status, &why).await;
            Progress::none(Rest::asked(answer, why))
        }
    }
}

/// Whether there is a line for each event, in the same order.
fn answers(lines: &[wire::BatchResult<'_>], events: &[Waiting]) -> bool {
    lines.len() == events.len()
        && lines.iter().zip(events).all(|(line, w)| line.id.parse().is_ok_and(|id: uuid::Uuid| id == w.event.id))
}

/// What becomes of the events of a batch that was answered line by line. `patience`: the answer's `Retry-After`.
fn judge(
    outbox: &Outbox,
    target: &Target,
    events: &[Waiting],
    lines: &[wire::BatchResult<'_>],
    patience: Option<&str>,
    memory: &Memory,
) -> Progress {
    let mut progress = Progress::default();
    for (line, waiting) in lines.iter().zip(events) {
        let verdict = verdict(line.status, PeerKind::Node);
        let why = || format!("{} {}", line.status, shortened(&line.message));
        if verdict.alarm {
            outbox.peers.refused(target.num, &why());
        }
        let fate = match policy::in_batch(verdict.meaning) {
            Next::Delivered => Fate::Delivered,
            Next::Parked => Fate::Parked,
            Next::Dead | Next::CheckThenDead | Next::Down => Fate::Dead(why()),
            // It has just answered the batch, so it answers otherwise.
            Next::Retry if blames_the_event(line.status, patience) && failed(outbox, waiting, &memory.poison) => {
                Fate::Dead(why())
            }
            Next::Retry => {
                progress.rest = Some(Rest::down(why()));
                break;
            }
        };
        progress.fates.push((waiting.clone(), fate));
    }
    progress
}

fn peer_kind(target: &Target) -> PeerKind {
    if target.kind == PlatformKind::Node { PeerKind::Node } else { PeerKind::Plain }
}

/// Notes that an event failed: whether it has done so often enough to be given up if its receiver answers otherwise.
fn failed(outbox: &Outbox, waiting: &Waiting, poison: &Mutex<Poison>) -> bool {
    poison.hold().failed(waiting.event.id, Instant::now(), outbox.shared.config.poison_after)
}

/// Whether it answers what else is asked of it, so that it is the event that is at fault.
async fn answers_otherwise(outbox: &Outbox, target: &Target) -> bool {
    match target.kind {
        PlatformKind::Node => ping::ping(&outbox.peers, target.num).await.is_ok(),
        _ => ping::users(&outbox.peers, target).await.is_ok(),
    }
}

/// It is down: why its lane rests.
fn down(outbox: &Outbox, target: &Target, why: String) -> Rest {
    outbox.peers.is_down(target.num, &why);
    Rest::down(why)
}

/// It says that something is wrong with itself. It counts as down if that is a gateway in front of it, which says that it is
/// not there, or if it answers nothing else either.
async fn unwell(outbox: &Outbox, target: &Target, status: u16, why: &str) {
    let down = match status {
        502..=504 => true,
        500..=599 if outbox.peers.presence.contact(target.num).up == Some(false) => false,
        500..=599 => !answers_otherwise(outbox, target).await,
        _ => false,
    };
    if down {
        outbox.peers.is_down(target.num, why);
    }
}

/// The status and what the answer says.
fn said(answer: &Answer) -> String {
    // No letter is longer than four bytes; the answer to a batch may be megabytes.
    let start = &answer.body[..answer.body.len().min(4 * MAX_WHY)];
    let text = String::from_utf8_lossy(start);
    format!("{} {}", answer.status, shortened(text.trim()))
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_WHY).collect()
}
