//! A lane that rests: how long, what ends it sooner, and what gets too old meanwhile.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::Outbox;
use super::fate::{Fate, Rest};
use super::memory::Memory;
use super::policy;
use super::queue::Queue;
use super::settle;
use crate::directory::target::Target;
use crate::shared::Generation;
use crate::store::Waiting;
use crate::util::alone;
use crate::util::backoff;
use crate::util::shown::{in_words, without_words};

/// A `Retry-After` of less is none.
const LEAST_ASKED: Duration = Duration::from_secs(1);
/// How often a lane that rests looks for what has waited too long.
const LOOK_FOR_OLD: Duration = Duration::from_secs(60);
/// A sign of life ends a rest at most this often, so that a platform that lives but refuses is not flooded.
const LEAST_REST: Duration = Duration::from_millis(300);

/// The events at the head that have waited longer than `retention`.
pub(super) fn expired(outbox: &Outbox, waiting: &[Waiting]) -> Option<Vec<(Waiting, Fate)>> {
    let retention = i64::try_from(outbox.shared.config.retention.as_millis()).unwrap_or(i64::MAX);
    let oldest = outbox.shared.ages.now().saturating_sub(retention);
    let old: Vec<_> = waiting.iter().take_while(|w| w.event.at < oldest).collect();
    let fate = || Fate::Dead("not delivered within the retention".into());
    (!old.is_empty()).then(|| old.into_iter().map(|w| (w.clone(), fate())).collect())
}

/// Waits before the next try: for the backoff or what `Retry-After` asks, or for a sign of life. What gets too old meanwhile
/// becomes a dead letter in time.
pub(super) async fn rest(
    outbox: &Outbox,
    queue: &Arc<Queue>,
    memory: &mut Memory,
    registry: &mut tokio::sync::watch::Receiver<Generation>,
    target: &Target,
    rest: Rest,
) {
    memory.failures = memory.failures.saturating_add(1);
    memory.window = 1;
    let retention = outbox.shared.config.retention;
    let asked = rest.retry_after.as_deref().and_then(|text| policy::retry_after(text, SystemTime::now(), retention));
    // "At once", from one that does not take it at once, would be a loop without a pause.
    let asked = asked.filter(|span| *span >= LEAST_ASKED);
    let span = asked.unwrap_or_else(|| backoff::delay(memory.failures, chance()));
    tracing::debug!(platform = queue.dest, ?span, "resting: {}", without_words(&rest.why));
    let until = SystemTime::now().checked_add(span).unwrap_or_else(SystemTime::now);
    outbox.peers.presence.rests(queue.dest, &in_words(&rest.why), until);
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
pub(super) async fn bury_old(outbox: &Outbox, queue: &Arc<Queue>, memory: &Memory, target: &Target) {
    while !outbox.shared.stopping()
        && let Ok(waiting) = queue.first(&outbox.shared.store, memory.batch.max(1)).await
        && let Some(expired) = expired(outbox, &waiting)
    {
        settle::settle(outbox, target, expired).await;
    }
}

/// A random number from 0 to 1, to spread tries.
fn chance() -> f64 {
    let mut bytes = [0; 4];
    let _ = alone::fill(&mut bytes);
    f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX)
}
