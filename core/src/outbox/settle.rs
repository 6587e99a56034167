//! Writes how events came to an end: progress of the lane, dead letters, receipts to the nodes that they came from.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::Outbox;
use super::fate::Fate;
use crate::Result;
use crate::commit::job::Job;
use crate::directory::target::Target;
use crate::model::{DeliveryState, EventKind};
use crate::rules::membership::tokens;
use crate::rules::receipt::{self, End};
use crate::shared::Counters;
use crate::store::{Dead, EventRow, FateRow, PlatformKind, PlatformNum, RoomNum, Run, Seq, Waiting};

/// Settles these events, the first of the lane. Towards a node the progress goes with the next commit: it takes a
/// repetition for what it is. All else is on disk when this returns.
pub(crate) async fn settle(outbox: &Outbox, target: &Target, fates: Vec<(Waiting, Fate)>) {
    let Some(upto) = fates.last().map(|(waiting, _)| waiting.seq) else { return };
    count_sent(&outbox.shared.counters, &fates);
    let dest = target.num;
    let quiet = fates.iter().all(|(_, fate)| matches!(fate, Fate::Delivered | Fate::Skipped));
    if target.kind == PlatformKind::Node && quiet {
        let _ = outbox.shared.writer.lazily(move |job| write(job, dest, &fates, &[(0, upto)]));
    } else {
        settle_now(outbox, dest, fates, vec![(0, upto)]).await;
    }
    outbox.queue(dest).advance(upto);
}

/// Settles these events, wherever in the lane they are. On disk when this returns.
pub(crate) async fn settle_some(outbox: &Outbox, dest: PlatformNum, mut fates: Vec<(Waiting, Fate)>) {
    fates.sort_by_key(|(waiting, _)| waiting.seq);
    count_sent(&outbox.shared.counters, &fates);
    let seqs: Vec<Seq> = fates.iter().map(|(waiting, _)| waiting.seq).collect();
    let done = seqs.iter().map(|seq| (*seq, *seq)).collect();
    settle_now(outbox, dest, fates, done).await;
    outbox.queue(dest).finish(&seqs);
}

async fn settle_now(outbox: &Outbox, dest: PlatformNum, fates: Vec<(Waiting, Fate)>, done: Vec<Run>) {
    let what = Arc::new((fates, done));
    loop {
        let what = what.clone();
        match outbox.shared.writer.run(move |job| write(job, dest, &what.0, &what.1)).await {
            Ok(()) => return,
            // Sending on before this is written could send it twice.
            Err(e) => {
                tracing::error!(platform = %outbox.shared.directory.read().name(dest), "what was delivered can't be written yet: {e}")
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = outbox.shared.stopped() => return,
        }
    }
}

fn write(job: &mut Job<'_>, dest: PlatformNum, fates: &[(Waiting, Fate)], done: &[Run]) -> Result<()> {
    let plain = job.directory().kind(dest) != PlatformKind::Node;
    for (waiting, fate) in fates {
        let event = &*waiting.event;
        let ours = job.follows(event);
        let end = match fate {
            Fate::Skipped => continue,
            Fate::Delivered | Fate::Parked => End::Delivered,
            Fate::Unsupported => End::Unsupported,
            Fate::Dead(why) => End::Dead(why),
        };
        if event.kind == EventKind::Platform {
            tokens::ended(job, dest, event, matches!(end, End::Delivered))?;
        }
        // What a peer sent, for a platform hosted here: that peer is told. One that turned out to be a node is hosted here
        // no longer, so of that it is this node that speaks.
        let of = if plain { dest } else { job.directory().node };
        if let Some(peer) = event.source.filter(|_| plain || matches!(end, End::Dead(_))) {
            receipt::report(job, peer, event, of, end)?;
        }
        match fate {
            Fate::Dead(why) => {
                let dead = Dead { dest, event: event.clone(), inbound: false, why: why.as_str().into(), died: job.now };
                job.bury(dead)?;
            }
            Fate::Unsupported if ours => {
                let (state, why) = (DeliveryState::Unsupported, format!("it takes no `{}`", event.kind));
                let why = Some(why.into());
                job.tx.put_fate(&FateRow { event: event.id, platform: dest, state, why, at: job.age })?;
                job.hint_end(event.platform, event.id, dest, state);
            }
            // Whether a reaction found its message in the end nobody tells.
            Fate::Parked if ours && event.kind != EventKind::Reaction => {
                let state = DeliveryState::Parked;
                job.tx.put_fate(&FateRow { event: event.id, platform: dest, state, why: None, at: job.age })?;
            }
            // A retry, or the way to a platform, made the fate "waiting"; what the lane passed tells nothing of it.
            Fate::Delivered if ours && event.again => {
                job.end_elsewhere(event.id, dest, DeliveryState::Accepted, None)?;
                if is_for(job, event, dest)? {
                    let state = DeliveryState::Delivered;
                    job.tx.put_fate(&FateRow { event: event.id, platform: dest, state, why: None, at: job.age })?;
                    job.hint_end(event.platform, event.id, dest, DeliveryState::Delivered);
                }
            }
            Fate::Delivered if ours && event.kind.is_reported() && concerns(job, event.room, dest) => {
                job.hint_end(event.platform, event.id, dest, DeliveryState::Delivered);
            }
            _ => {}
        }
    }
    job.settle(dest, done, fates.iter().map(|(waiting, _)| &*waiting.event))
}

/// Whether a publication that entered again was for the lane's own platform.
fn is_for(job: &mut Job<'_>, event: &EventRow, dest: PlatformNum) -> Result<bool> {
    let fates = job.tx.delivery(event.id)?.map(|rows| rows.fates);
    Ok(fates.is_none_or(|fates| fates.iter().any(|fate| fate.platform == dest)))
}

/// Whether a room's messages are for this platform itself, not only for others behind it.
fn concerns(job: &Job<'_>, room: Option<RoomNum>, dest: PlatformNum) -> bool {
    let directory = job.directory();
    let standalone = directory.platform(dest).is_none_or(|row| row.standalone);
    !standalone && room.and_then(|num| directory.room(num)).is_some_and(|room| room.row.public || room.has_any(dest))
}

pub(super) fn count_sent(counters: &Counters, fates: &[(Waiting, Fate)]) {
    let died = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Dead(_))).count() as u64;
    let skipped = fates.iter().filter(|(_, fate)| matches!(fate, Fate::Skipped | Fate::Unsupported)).count() as u64;
    counters.died.fetch_add(died, Ordering::Relaxed);
    counters.sent.fetch_add(fates.len() as u64 - died - skipped, Ordering::Relaxed);
}
