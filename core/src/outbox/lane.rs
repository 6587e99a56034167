//! One destination's lane: sends what is first, settles what came to an end, rests when that fails.

use std::sync::Arc;
use std::time::Duration;

use super::Outbox;
use super::attempt;
use super::fate::{Progress, Rest};
use super::flight;
use super::memory::Memory;
use super::queue::Queue;
use super::rest;
use super::settle;
use super::telling;
use crate::directory::target::Target;
use crate::leases::give_back;
use crate::peers::ping;
use crate::shared::Generation;
use crate::store::{PlatformKind, PlatformNum};
use crate::util::lock::MutexExt;

/// How long a node's answer is waited for when this one closes.
const LAST_ANSWER: Duration = Duration::from_millis(500);

/// Runs the lane until the node closes.
pub(crate) async fn run(outbox: Arc<Outbox>, dest: PlatformNum) {
    let queue = outbox.queue(dest);
    let Some(lease) = outbox.shared.leases.take(format!("lane-{dest}")).await else { return };
    outbox.peers.holds_lane(dest, true);
    queue.reset();
    let mut memory = Memory::new();
    while !outbox.shared.stopping() {
        step(&outbox, &queue, &mut memory).await;
    }
    outbox.peers.holds_lane(dest, false);
    give_back(lease).await;
}

async fn step(outbox: &Arc<Outbox>, queue: &Arc<Queue>, memory: &mut Memory) {
    let (mut registry, mut file) = (outbox.shared.registry_changes(), outbox.shared.file_changes());
    let Some(target) = Target::of(&outbox.shared.directory.read(), queue.dest) else {
        // Disabled, or gone from the registry: what waits stays, unless it is to go elsewhere.
        tokio::select! {
            _ = registry.changed() => {}
            () = outbox.shared.stopped() => {}
        }
        queue.reset();
        return;
    };
    // No more than go into the next request: what flies to a plain platform is looked up where it is sent.
    let batches = target.kind == PlatformKind::Node && target.batch && memory.singly == 0;
    let most = if batches { memory.batch.max(1) } else { 1 };
    let waiting = match queue.first(&outbox.shared.store, most).await {
        Ok(waiting) => waiting,
        Err(e) => {
            tracing::error!(platform = %target.name, "what waits can't be read: {e}");
            pause(outbox, Duration::from_secs(1)).await;
            return;
        }
    };
    if waiting.is_empty() && !memory.telling.is_due(outbox, queue.dest) {
        // Whoever joins, or takes another token, does not wake the lanes of all others.
        tokio::select! {
            () = queue.work.notified() => {}
            _ = file.changed() => {}
            () = outbox.shared.stopped() => {}
        }
        return;
    }
    if rest::expired(outbox, &waiting).is_some() {
        rest::bury_old(outbox, queue, memory, &target).await;
        return;
    }
    outbox.peers.signs(queue.dest).forget().await;
    if target.kind == PlatformKind::Unknown {
        if let Err(why) = ping::ping(&outbox.peers, queue.dest).await {
            rest::rest(outbox, queue, memory, &mut registry, &target, Rest::down(why)).await;
        }
        return;
    }
    if target.kind == PlatformKind::Plain && !memory.telling.is_due(outbox, queue.dest) {
        if let Some(next) = flight::fly(outbox, queue, memory).await {
            rest::rest(outbox, queue, memory, &mut registry, &target, next).await;
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
        sending.await
    };
    let Progress { fates, rest: next } = progress;
    let settled = fates.len();
    memory.singly = memory.singly.saturating_sub(settled);
    if settled > 0 {
        fates.iter().for_each(|(waiting, _)| memory.poison.hold().clear(waiting.event.id));
        memory.failures = 0;
        outbox.peers.presence.goes_on(queue.dest);
        if said.is_empty() {
            settle::settle(outbox, &target, fates).await;
        } else {
            settle::count_sent(&outbox.shared.counters, &fates);
            memory.telling.settle(outbox, &target, &said, fates).await;
        }
    }
    if let Some(next) = next {
        rest::rest(outbox, queue, memory, &mut registry, &target, next).await;
    }
}

/// Ends when the node closes and what is sent to another node is not worth waiting for: it takes a repetition for what it is.
async fn abandoned(outbox: &Outbox) {
    outbox.shared.stopped().await;
    tokio::time::sleep(LAST_ANSWER).await;
}

/// Ends when the registry says something else of this target.
async fn changed(outbox: &Outbox, registry: &mut tokio::sync::watch::Receiver<Generation>, target: &Target) {
    loop {
        if registry.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
        let now = Target::of(&outbox.shared.directory.read(), target.num);
        let same = |now: &Target| {
            (&now.endpoint, &now.token, &now.beside) == (&target.endpoint, &target.token, &target.beside)
        };
        if !now.as_ref().is_some_and(same) {
            return;
        }
    }
}

async fn pause(outbox: &Outbox, span: Duration) {
    tokio::select! {
        () = tokio::time::sleep(span) => {}
        () = outbox.shared.stopped() => {}
    }
}
