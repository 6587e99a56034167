//! One destination's lane: sends what is first, settles what came to an end, rests when that fails.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Outbox;
use super::attempt;
use super::fate::{Fate, Memory, Progress, Rest};
use super::flight;
use super::queue::Queue;
use super::settle;
use super::telling;
use crate::directory::target::Target;
use crate::outbox::policy;
use crate::peers::ping;
use crate::store::{Lease, PlatformKind, PlatformNum, Waiting};
use crate::util::event_id::now_ms;
use crate::util::lock::MutexExt;
use crate::util::shown::without_words;

/// How soon a lane that another process holds is asked for again.
const LEASE_RETRY: Duration = Duration::from_millis(500);
/// How long a node's answer is waited for when this one closes.
const LAST_ANSWER: Duration = Duration::from_millis(500);
/// A `Retry-After` of less is none.
const LEAST_ASKED: Duration = Duration::from_secs(1);
/// How often a lane that rests looks for what has waited too long.
const LOOK_FOR_OLD: Duration = Duration::from_secs(60);
/// A sign of life ends a rest at most this often, so that a platform that lives but refuses is not flooded.
const LEAST_REST: Duration = Duration::from_millis(300);

/// Runs the lane until the node closes.
pub(crate) async fn run(outbox: Arc<Outbox>, dest: PlatformNum) {
    let queue = outbox.queue(dest);
    let Some(lease) = lease(&outbox, dest).await else { return };
    outbox.peers.holds_lane(dest, true);
    queue.reset();
    let mut memory = Memory { batch: attempt::MAX_EVENTS, window: 1, ..Memory::default() };
    while !outbox.shared.stopping() {
        step(&outbox, &queue, &mut memory).await;
    }
    outbox.peers.holds_lane(dest, false);
    drop(lease);
}

async fn lease(outbox: &Outbox, dest: PlatformNum) -> Option<Box<dyn Lease>> {
    while !outbox.shared.stopping() {
        match outbox.shared.store.lease(&format!("lane-{dest}")) {
            Ok(Some(lease)) => return Some(lease),
            Ok(None) => {}
            Err(e) => tracing::error!("the lease of a lane can't be taken: {e}"),
        }
        tokio::select! {
            () = tokio::time::sleep(LEASE_RETRY) => {}
            () = outbox.shared.stopped() => {}
        }
    }
    None
}

async fn step(outbox: &Arc<Outbox>, queue: &Arc<Queue>, memory: &mut Memory) {
    let mut registry = outbox.shared.registry_changes();
    let Some(target) = Target::of(&outbox.shared.directory.read(), queue.dest) else {
        // Disabled, or gone from the registry: what waits stays, unless it is to go elsewhere.
        tokio::select! {
            _ = registry.changed() => {}
            () = outbox.shared.stopped() => {}
        }
        queue.reset();
        return;
    };
    let waiting = match queue.first(&outbox.shared.store, memory.batch.max(1)).await {
        Ok(waiting) => waiting,
        Err(e) => {
            tracing::error!(platform = %target.name, "what waits can't be read: {e}");
            pause(outbox, Duration::from_secs(1)).await;
            return;
        }
    };
    if waiting.is_empty() && !memory.telling.is_due(outbox, queue.dest) {
        tokio::select! {
            () = queue.work.notified() => {}
            _ = registry.changed() => {}
            () = outbox.shared.stopped() => {}
        }
        return;
    }
    if let Some(expired) = expired(outbox, &waiting) {
        settle::settle(outbox, &target, expired).await;
        return;
    }
    outbox.peers.signs(queue.dest).forget().await;
    if target.kind == PlatformKind::Unknown {
        if let Err(why) = ping::ping(&outbox.peers, queue.dest).await {
            rest(outbox, queue, memory, &mut registry, &target, Rest::down(why)).await;
        }
        return;
    }
    if target.kind == PlatformKind::Plain && !memory.telling.is_due(outbox, queue.dest) {
        if let Some(next) = flight::fly(outbox, queue, memory).await {
            rest(outbox, queue, memory, &mut registry, &target, next).await;
        }
        return;
    }
    // What it has missed comes before all else.
    let said = memory.telling.next(outbox, &target, memory.batch.max(1));
    let waiting = if said.is_empty() { waiting } else { telling::waiting(&said) };
    if waiting.is_empty() {
        return;
    }
    // A new endpoint or token takes effect at once, also for what is being sent.
    let sending = async {
        tokio::join!(attempt::send(outbox, &target, &waiting, memory), queue.read_ahead(&outbox.shared.store)).0
    };
    // A plain platform could not tell a repetition, so what it is being sent is finished.
    let progress = if target.kind == PlatformKind::Node {
        tokio::select! {
            progress = sending => progress,
            () = changed(outbox, &mut registry, &target) => return,
            () = abandoned(outbox) => return,
        }
    } else {
        let _flying = outbox.shared.flies();
        sending.await
    };
    let Progress { fates, rest: next } = progress;
    let settled = fates.len();
    memory.singly = memory.singly.saturating_sub(settled);
    if settled > 0 {
        fates.iter().for_each(|(waiting, _)| memory.poison.hold().clear(waiting.event.id));
        memory.failures = 0;
        if said.is_empty() {
            settle::settle(outbox, &target, fates).await;
        } else {
            settle::count_sent(&outbox.shared.counters, &fates);
            memory.telling.settle(outbox, &target, &said, fates).await;
        }
    }
    if let Some(next) = next {
        rest(outbox, queue, memory, &mut registry, &target, next).await;
    }
}

/// Ends when the node closes and what is sent to another node is not worth waiting for: it takes a repetition for what it is.
async fn abandoned(outbox: &Outbox) {
    outbox.shared.stopped().await;
    tokio::time::sleep(LAST_ANSWER).await;
}

/// Ends when the registry says something else of this target.
async fn changed(outbox: &Outbox, registry: &mut tokio::sync::watch::Receiver<u64>, target: &Target) {
    loop {
        if registry.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let now = Target::of(&outbox.shared.directory.read(), target.num);
        if now.is_none_or(|now| now.endpoint != target.endpoint || now.token != target.token) {
            return;
        }
    }
}

/// The events at the head that have waited longer than `retention`.
pub(super) fn expired(outbox: &Outbox, waiting: &[Waiting]) -> Option<Vec<(Waiting, Fate)>> {
    let oldest = now_ms() - i64::try_from(outbox.shared.config.retention.as_millis()).unwrap_or(i64::MAX);
    let old: Vec<_> = waiting.iter().take_while(|w| w.event.at < oldest).collect();
    let fate = || Fate::Dead("not delivered within the retention".into());
    (!old.is_empty()).then(|| old.into_iter().map(|w| (w.clone(), fate())).collect())
}

/// Waits before the next try: for the backoff or what `Retry-After` asks, or for a sign of life. What gets too old meanwhile
/// becomes a dead letter in time.
async fn rest(
    outbox: &Outbox,
    queue: &Arc<Queue>,
    memory: &mut Memory,
    registry: &mut tokio::sync::watch::Receiver<u64>,
    target: &Target,
    rest: Rest,
) {
    memory.failures = memory.failures.saturating_add(1);
    memory.window = 1;
    let retention = outbox.shared.config.retention;
    let asked = rest.retry_after.as_deref().and_then(|text| policy::retry_after(text, SystemTime::now(), retention));
    // "At once", from one that does not take it at once, would be a loop without a pause.
    let asked = asked.filter(|span| *span >= LEAST_ASKED);
    let span = asked.unwrap_or_else(|| policy::delay(memory.failures, chance()));
    tracing::debug!(platform = queue.dest, ?span, "resting: {}", without_words(&rest.why));
    let least = if asked.is_some() { LEAST_ASKED.min(span) } else { LEAST_REST.min(span) };
    let signs = outbox.peers.signs(queue.dest);
    let rested = async {
        tokio::time::sleep(least).await;
        tokio::select! {
            () = tokio::time::sleep(span - least) => {}
            () = signs.alive.notified(), if !rest.patient => {}
            // That it answers our pings is no reason to come sooner than it has asked for.
            () = signs.answers.notified(), if !rest.patient && asked.is_none() => {}
        }
    };
    tokio::pin!(rested);
    let look = LOOK_FOR_OLD.min(retention / 4).max(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = rested.as_mut() => return,
            _ = registry.changed() => return,
            () = outbox.shared.stopped() => return,
            () = tokio::time::sleep(look) => bury_old(outbox, queue, memory, target).await,
        }
    }
}

/// Makes dead letters of what has waited too long.
async fn bury_old(outbox: &Outbox, queue: &Arc<Queue>, memory: &Memory, target: &Target) {
    while !outbox.shared.stopping()
        && let Ok(waiting) = queue.first(&outbox.shared.store, memory.batch.max(1)).await
        && let Some(expired) = expired(outbox, &waiting)
    {
        settle::settle(outbox, target, expired).await;
    }
}

async fn pause(outbox: &Outbox, span: Duration) {
    tokio::select! {
        () = tokio::time::sleep(span) => {}
        () = outbox.shared.stopped() => {}
    }
}

/// A random number from 0 to 1, to spread tries.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    let _ = getrandom::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
