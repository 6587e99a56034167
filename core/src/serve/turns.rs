//! Turns at the writer: of one platform only so much is in the writer's queue at once, and the rest waits here, so that others
//! wait for little of it, however much one platform sends.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::store::PlatformNum;
use crate::util::lock::MutexExt;

/// What one platform may have in the writer's queue at once: this many small requests, or one large one.
pub(super) const AT_ONCE: u32 = 64;
/// Each piece of a body of this length counts as a small request.
const PIECE: usize = 4 << 10;

/// Who is at the writer.
#[derive(Default)]
pub(super) struct Turns(Mutex<HashMap<PlatformNum, Arc<Semaphore>>>);

/// A request's turn; it ends when this is dropped.
pub(super) type Turn = OwnedSemaphorePermit;

impl Turns {
    fn of(&self, num: PlatformNum) -> Arc<Semaphore> {
        let new = || Arc::new(Semaphore::new(AT_ONCE as usize));
        self.0.hold().entry(num).or_insert_with(new).clone()
    }

    /// How much of its share this platform has taken.
    #[cfg(test)]
    pub(super) fn taken(&self, num: PlatformNum) -> usize {
        AT_ONCE as usize - self.of(num).available_permits()
    }

    /// A turn for a body of this length, if it need not be waited for.
    pub(super) fn free(&self, num: PlatformNum, length: usize) -> Option<Turn> {
        self.of(num).try_acquire_many_owned(weight(length)).ok()
    }

    /// A turn for a body of this length; in the order in which they are asked for. None: never, since it is closed.
    pub(super) async fn take(&self, num: PlatformNum, length: usize) -> Option<Turn> {
        self.of(num).acquire_many_owned(weight(length)).await.ok()
    }
}

fn weight(length: usize) -> u32 {
    u32::try_from(1 + length / PIECE).unwrap_or(AT_ONCE).min(AT_ONCE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_platform_has_many_small_requests_or_one_large_one_at_the_writer() {
        let turns = Turns::default();
        let small: Vec<Turn> = std::iter::from_fn(|| turns.free(1, 300)).collect();
        assert_eq!(small.len(), AT_ONCE as usize);
        assert!(turns.free(2, 300).is_some(), "another has turns of its own");
        drop(small);
        let large = turns.free(1, 10 << 20);
        assert!(large.is_some() && turns.free(1, 1).is_none());
        drop(large);
        assert!(turns.take(1, 1).await.is_some());
    }
}
