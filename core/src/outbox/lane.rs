//! One destination's lane: sends what is first, settles what came to an end, rests when that fails.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::attempt::{self, Progress, Rest, Target};
use super::queue::Queue;
use super::settle;
use crate::engine::Engine;
use crate::outbox::policy::{self, Poison};
use crate::peers::ping;
use crate::store::{Lease, PlatformKind, PlatformNum, Waiting};
use crate::util::event_id::now_ms;

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

/// What a lane remembers between tries. In memory: a new process begins anew.
#[derive(Default)]
pub(crate) struct Memory {
    /// Failures in a row.
    pub failures: u32,
    pub poison: Poison,
    /// Whole batches answered 5xx in a row.
    pub broken_batches: u32,
    /// So many events at the head go one by one: as a batch they were refused.
    pub singly: usize,
    /// The greatest batch that the receiver's limits allow.
    pub batch: usize,
}

/// Runs the lane until the node closes.
pub(crate) async fn run(engine: Arc<Engine>, dest: PlatformNum) {
    let queue = engine.outbox.queue(dest);
    let Some(lease) = lease(&engine, dest).await else { return };
    engine.holds_lane(dest, true);
    queue.reset();
    let mut memory = Memory { batch: attempt::MAX_EVENTS, ..Memory::default() };
    while !engine.stopping() {
        step(&engine, &queue, &mut memory).await;
    }
    engine.holds_lane(dest, false);
    drop(lease);
}

async fn lease(engine: &Engine, dest: PlatformNum) -> Option<Box<dyn Lease>> {
    while !engine.stopping() {
        match engine.store.lease(&format!("lane-{dest}")) {
            Ok(Some(lease)) => return Some(lease),
            Ok(None) => {}
            Err(e) => tracing::error!("the lease of a lane can't be taken: {e}"),
        }
        tokio::select! {
            () = tokio::time::sleep(LEASE_RETRY) => {}
            () = engine.stopped() => {}
        }
    }
    None
}

async fn step(engine: &Arc<Engine>, queue: &Arc<Queue>, memory: &mut Memory) {
    let mut registry = engine.registry_changes();
    let Some(target) = Target::of(engine, queue.dest) else {
        // Disabled, or gone from the registry: what waits stays.
        tokio::select! {
            _ = registry.changed() => {}
            () = engine.stopped() => {}
        }
        return;
    };
    let waiting = match queue.first(&engine.store, memory.batch.max(1)).await {
        Ok(waiting) => waiting,
        Err(e) => {
            tracing::error!(platform = %target.name, "what waits can't be read: {e}");
            pause(engine, Duration::from_secs(1)).await;
            return;
        }
    };
    if waiting.is_empty() {
        tokio::select! {
            () = queue.work.notified() => {}
            _ = registry.changed() => {}
            () = engine.stopped() => {}
        }
        return;
    }
    if let Some(expired) = expired(engine, &waiting) {
        settle::settle(engine, &target, expired).await;
        return;
    }
    queue.forget_signs().await;
    if target.kind == PlatformKind::Unknown {
        if let Err(why) = ping::ping(engine, queue.dest).await {
            rest(engine, queue, memory, &mut registry, &target, Rest::down(why)).await;
        }
        return;
    }
    // A new endpoint or token takes effect at once, also for what is being sent.
    let sending =
        async { tokio::join!(attempt::send(engine, &target, &waiting, memory), queue.read_ahead(&engine.store)).0 };
    let progress = tokio::select! {
        progress = sending => progress,
        () = changed(engine, &mut registry, &target) => return,
        () = abandoned(engine, &target) => return,
    };
    let Progress { fates, rest: next } = progress;
    let settled = fates.len();
    memory.singly = memory.singly.saturating_sub(settled);
    if settled > 0 {
        memory.poison.clear();
        memory.failures = 0;
        settle::settle(engine, &target, fates).await;
    }
    if let Some(next) = next {
        rest(engine, queue, memory, &mut registry, &target, next).await;
    }
}

/// Ends when the node closes and this target is not worth waiting for: a node that is sent the same again takes it for what
/// it is. A plain platform can't tell, so what it is being sent is finished.
async fn abandoned(engine: &Engine, target: &Target) {
    if target.kind != PlatformKind::Node {
        std::future::pending::<()>().await;
    }
    engine.stopped().await;
    tokio::time::sleep(LAST_ANSWER).await;
}

/// Ends when the registry says something else of this target.
async fn changed(engine: &Engine, registry: &mut tokio::sync::watch::Receiver<u64>, target: &Target) {
    loop {
        if registry.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let now = Target::of(engine, target.num);
        if now.is_none_or(|now| now.endpoint != target.endpoint || now.token != target.token) {
            return;
        }
    }
}

/// The events at the head that have waited longer than `retention`.
fn expired(engine: &Engine, waiting: &[Waiting]) -> Option<Vec<(Waiting, attempt::Fate)>> {
    let oldest = now_ms() - i64::try_from(engine.config.retention.as_millis()).unwrap_or(i64::MAX);
    let old: Vec<_> = waiting.iter().take_while(|w| w.event.at < oldest).collect();
    let fate = || attempt::Fate::Dead("not delivered within the retention".into());
    (!old.is_empty()).then(|| old.into_iter().map(|w| (w.clone(), fate())).collect())
}

/// Waits before the next try: for the backoff or what `Retry-After` asks, or for a sign of life. What gets too old meanwhile
/// becomes a dead letter in time.
async fn rest(
    engine: &Engine,
    queue: &Arc<Queue>,
    memory: &mut Memory,
    registry: &mut tokio::sync::watch::Receiver<u64>,
    target: &Target,
    rest: Rest,
) {
    memory.failures = memory.failures.saturating_add(1);
    let retention = engine.config.retention;
    let asked = rest.retry_after.as_deref().and_then(|text| policy::retry_after(text, SystemTime::now(), retention));
    // "At once", from one that does not take it at once, would be a loop without a pause.
    let asked = asked.filter(|span| *span >= LEAST_ASKED);
    let span = asked.unwrap_or_else(|| policy::delay(memory.failures, engine.chance()));
    tracing::debug!(platform = queue.dest, ?span, "resting: {}", rest.why);
    let least = if asked.is_some() { LEAST_ASKED.min(span) } else { LEAST_REST.min(span) };
    let rested = async {
        tokio::time::sleep(least).await;
        tokio::select! {
            () = tokio::time::sleep(span - least) => {}
            () = queue.alive.notified(), if !rest.patient => {}
            // That it answers our pings is no reason to come sooner than it has asked for.
            () = queue.answers.notified(), if !rest.patient && asked.is_none() => {}
        }
    };
    tokio::pin!(rested);
    let look = LOOK_FOR_OLD.min(retention / 4).max(Duration::from_secs(1));
    loop {
        tokio::select! {
            () = rested.as_mut() => return,
            _ = registry.changed() => return,
            () = engine.stopped() => return,
            () = tokio::time::sleep(look) => bury_old(engine, queue, memory, target).await,
        }
    }
}

/// Makes dead letters of what has waited too long.
async fn bury_old(engine: &Engine, queue: &Arc<Queue>, memory: &Memory, target: &Target) {
    while !engine.stopping()
        && let Ok(waiting) = queue.first(&engine.store, memory.batch.max(1)).await
        && let Some(expired) = expired(engine, &waiting)
    {
        settle::settle(engine, target, expired).await;
    }
}

async fn pause(engine: &Engine, span: Duration) {
    tokio::select! {
        () = tokio::time::sleep(span) => {}
        () = engine.stopped() => {}
    }
}
