//! What a lane has before it: the events that were just committed, kept in memory while the lane keeps up, and read from
//! the store when it does not. Memory stays bounded however much waits.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::sync::Notify;

use crate::Result;
use crate::store::{PlatformNum, Seq, Store, Waiting};
use crate::util::apart::apart;
use crate::util::lock::MutexExt;

/// A lane that is further behind reads from the store.
const MAX_EVENTS: usize = 8_000;
const MAX_BYTES: usize = 4 << 20;
/// How much is read at a time.
const READ_EVENTS: usize = 2_000;
const READ_BYTES: usize = 2 << 20;

#[derive(Default)]
struct State {
    events: VecDeque<Waiting>,
    bytes: usize,
    /// The last position that was put into `events`, or is settled.
    tail: Seq,
    /// The last position that is known to wait.
    last: Seq,
    /// `events` holds everything after the last settled position.
    complete: bool,
    /// How often another process may have added something.
    generation: u64,
}

/// One destination's queue.
pub(crate) struct Queue {
    pub dest: PlatformNum,
    state: Mutex<State>,
    /// Something waits, or the store must be looked at.
    pub work: Notify,
}

impl Queue {
    pub(crate) fn new(dest: PlatformNum) -> Self {
        Queue { dest, state: Mutex::default(), work: Notify::new() }
    }

    /// Adds what was just committed.
    pub(crate) fn push(&self, events: Vec<Waiting>) {
        let mut state = self.state.hold();
        for event in events {
            state.last = state.last.max(event.seq);
            if event.seq <= state.tail {
                continue;
            }
            if state.complete && state.events.len() < MAX_EVENTS && state.bytes < MAX_BYTES {
                state.tail = event.seq;
                state.bytes += event.event.body.len();
                state.events.push_back(event);
            } else {
                state.complete = false;
            }
        }
        drop(state);
        self.work.notify_one();
    }

    /// Another process may have added something.
    pub(crate) fn look_again(&self) {
        let mut state = self.state.hold();
        state.complete = false;
        state.generation += 1;
        drop(state);
        self.work.notify_one();
    }

    /// Begins anew from the store.
    pub(crate) fn reset(&self) {
        *self.state.hold() = State::default();
        self.work.notify_one();
    }

    /// The first events that wait, at most `max`.
    pub(crate) async fn first(&self, store: &Arc<dyn Store>, max: usize) -> Result<Vec<Waiting>> {
        let nothing = {
            let state = self.state.hold();
            state.events.is_empty() && !state.complete
        };
        if nothing {
            self.read(store).await?;
        }
        Ok(self.state.hold().events.iter().take(max).cloned().collect())
    }

    /// Reads on while what comes before it is being sent, if there is less left than is read at a time.
    pub(crate) async fn read_ahead(&self, store: &Arc<dyn Store>) {
        let short = {
            let state = self.state.hold();
            !state.complete && state.events.len() < READ_EVENTS && state.bytes < READ_BYTES
        };
        if short && let Err(e) = self.read(store).await {
            // It is read again when it is needed, and the error reported then.
            tracing::debug!(platform = self.dest, "what waits can't be read ahead: {e}");
        }
    }

    /// Reads what waits after what is here.
    async fn read(&self, store: &Arc<dyn Store>) -> Result<()> {
        let (after, generation) = {
            let state = self.state.hold();
            (state.tail, state.generation)
        };
        let (store, dest) = (store.clone(), self.dest);
        let rows = apart(move || store.waiting(dest, after, READ_EVENTS, READ_BYTES)).await?;
        let bytes: usize = rows.iter().map(|row| row.event.body.len()).sum();
        let all = rows.len() < READ_EVENTS && bytes < READ_BYTES;
        let mut state = self.state.hold();
        for row in rows {
            if row.seq <= state.tail {
                continue;
            }
            state.tail = row.seq;
            state.bytes += row.event.body.len();
            state.events.push_back(row);
        }
        // Whatever was pushed while we read is among what we read, or lies behind it: then it is read next time.
        state.complete = all && state.tail >= state.last && generation == state.generation;
        Ok(())
    }

    /// These positions are settled.
    pub(crate) fn finish(&self, seqs: &[Seq]) {
        let mut state = self.state.hold();
        for seq in seqs {
            if let Ok(at) = state.events.binary_search_by_key(seq, |waiting| waiting.seq)
                && let Some(done) = state.events.remove(at)
            {
                state.bytes -= done.event.body.len();
            }
        }
    }

    /// Everything up to this position is settled.
    pub(crate) fn advance(&self, upto: Seq) {
        let mut state = self.state.hold();
        while let Some(first) = state.events.front()
            && first.seq <= upto
        {
            state.bytes -= first.event.body.len();
            state.events.pop_front();
        }
        state.tail = state.tail.max(upto);
    }
}
