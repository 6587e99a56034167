//! Sending to a plain platform: up to [`crate::Config::in_flight`] requests at once, each of another room.
//!
//! The messages of a room go one after the other, in the order in which they entered; a room is free again only when the end of
//! its message is on disk. All else (a user, a room) waits until nothing is under way, and goes alone: so nothing overtakes
//! what it builds on. After a crash the platform may get again what was under way at that instant, at most one message of each
//! room, and never more.
//!
//! The window begins at one after each rest and grows by one with each full round of answers, so that a small server is not
//! overrun.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::fate::{Fate, Rest};
use super::memory::Memory;
use super::queue::Queue;
use super::{Outbox, attempt, rest, settle};
use crate::directory::target::Target;
use crate::store::{PlatformKind, RoomNum, Seq, Waiting};
use crate::util::lock::MutexExt;

/// This far behind the head a lane looks for what may go: one room that is stuck does not let all others run away from it.
const LOOK: usize = 256;

/// What is under way.
#[derive(Default)]
struct Flight {
    seqs: HashSet<Seq>,
    rooms: HashSet<RoomNum>,
    /// What goes alone is under way.
    alone: bool,
    requests: JoinSet<(Waiting, Result<Fate, Rest>)>,
}

impl Flight {
    /// The room of a message, or of what changes one: in it only one is under way.
    fn room(waiting: &Waiting) -> Option<RoomNum> {
        waiting.event.room.filter(|_| waiting.event.kind.is_said())
    }

    /// Chooses what may depart, of what waits.
    fn choose(&self, waiting: &[Waiting], window: usize) -> Vec<Waiting> {
        let (mut chosen, mut rooms): (Vec<Waiting>, _) = (Vec::new(), self.rooms.clone());
        if self.alone {
            return chosen;
        }
        for next in waiting.iter().filter(|next| !self.seqs.contains(&next.seq)) {
            if self.seqs.len() + chosen.len() >= window {
                break;
            }
            match Self::room(next) {
                Some(room) if rooms.insert(room) => chosen.push(next.clone()),
                Some(_) => {}
                None if self.seqs.is_empty() && chosen.is_empty() => return vec![next.clone()],
                None => break,
            }
        }
        chosen
    }

    fn depart(&mut self, outbox: &Arc<Outbox>, target: &Arc<Target>, memory: &Memory, waiting: Waiting) {
        self.seqs.insert(waiting.seq);
        match Self::room(&waiting) {
            Some(room) => drop(self.rooms.insert(room)),
            None => self.alone = true,
        }
        let (outbox, target, poison) = (outbox.clone(), target.clone(), memory.poison.clone());
        self.requests.spawn(async move {
            let end = attempt::single(&outbox, &target, &waiting, &poison).await;
            (waiting, end)
        });
    }

    fn land(&mut self, waiting: &Waiting) {
        self.seqs.remove(&waiting.seq);
        match Self::room(waiting) {
            Some(room) => drop(self.rooms.remove(&room)),
            None => self.alone = false,
        }
    }
}

/// Sends until nothing waits, the platform has to be told something first, or it says that it takes no more for now. Nothing
/// is under way when this returns.
pub(super) async fn fly(outbox: &Arc<Outbox>, queue: &Arc<Queue>, memory: &mut Memory) -> Option<Rest> {
    let mut flight = Flight::default();
    let mut why: Option<Rest> = None;
    let mut round = 0;
    loop {
        if why.is_none() && !outbox.shared.stopping() {
            depart(outbox, queue, memory, &mut flight).await;
        }
        let Some(first) = flight.requests.join_next().await else { return why };
        let mut fates = Vec::new();
        let mut landed = vec![first];
        landed.extend(std::iter::from_fn(|| flight.requests.try_join_next()));
        let mut back = Vec::new();
        for (waiting, end) in landed.into_iter().flatten() {
            match end {
                Ok(fate) => fates.push((waiting, fate)),
                Err(rest) => {
                    back.push(waiting);
                    why.get_or_insert(rest);
                }
            }
        }
        round += fates.len();
        if round >= memory.window {
            (memory.window, round) = ((memory.window + 1).min(outbox.shared.config.in_flight), 0);
        }
        let ended: Vec<Waiting> = fates.iter().map(|(waiting, _)| waiting.clone()).collect();
        if !fates.is_empty() {
            memory.failures = 0;
            outbox.peers.presence.goes_on(queue.dest);
            fates.iter().for_each(|(waiting, _)| memory.poison.hold().clear(waiting.event.id));
            settle::settle_some(outbox, queue.dest, fates).await;
        }
        // Only now: what is not on disk yet could be sent once more after a crash, and its room's next one before it.
        ended.iter().chain(&back).for_each(|waiting| flight.land(waiting));
    }
}

/// Lets depart what may.
async fn depart(outbox: &Arc<Outbox>, queue: &Arc<Queue>, memory: &mut Memory, flight: &mut Flight) {
    // A new endpoint or token takes effect with the next request.
    let target = Target::of(&outbox.shared.directory.read(), queue.dest);
    let Some(target) = target.filter(|target| target.kind == PlatformKind::Plain) else { return };
    if memory.telling.is_due(outbox, queue.dest) {
        return;
    }
    let waiting = match queue.first(&outbox.shared.store, LOOK).await {
        Ok(waiting) => waiting,
        Err(e) => return tracing::error!(platform = %target.name, "what waits can't be read: {e}"),
    };
    let not_under_way = waiting.iter().all(|next| !flight.seqs.contains(&next.seq));
    if not_under_way && rest::expired(outbox, &waiting).is_some() {
        // The lane buries what is too old, when nothing is under way.
        return;
    }
    let target = Arc::new(target);
    for next in flight.choose(&waiting, memory.window.max(1)) {
        flight.depart(outbox, &target, memory, next);
    }
    queue.read_ahead(&outbox.shared.store).await;
}
