//! A request's time limit: it counts from the last byte that moved, in either direction, so that a slow link is not taken for
//! a dead one.
//!
//! What the system has taken into its buffers is on its way unseen. It is given the time that a very slow link needs for it.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::util::lock::MutexExt;

/// A link is taken to move at least this much each second, bytes.
const SLOWEST: usize = 32 << 10;
/// A request's body is handed over in pieces of this size.
const PIECE: usize = 16 << 10;
/// What comes in moves the limit only in steps of this size: an answer of a byte now and then is none.
const STEP: usize = 1 << 10;

struct State {
    deadline: Instant,
    sent: usize,
    /// What has come in since it moved the limit last.
    came: usize,
}

/// How one request gets on.
pub(super) struct Progress {
    patience: Duration,
    state: Mutex<State>,
}

impl Progress {
    /// It is given up when nothing has moved for this long.
    pub(super) fn new(patience: Duration) -> Arc<Self> {
        let state = State { deadline: Instant::now() + patience, sent: 0, came: 0 };
        Arc::new(Progress { patience, state: Mutex::new(state) })
    }

    fn sent(&self, bytes: usize) {
        let mut state = self.state.hold();
        state.sent += bytes;
        let unseen = Duration::from_secs_f64(state.sent as f64 / SLOWEST as f64);
        state.deadline = Instant::now() + self.patience + unseen;
    }

    /// The head of the answer is there.
    pub(super) fn answers(&self) {
        self.state.hold().deadline = Instant::now() + self.patience;
    }

    /// So much of the answer's body has come.
    pub(super) fn came(&self, bytes: usize) {
        let mut state = self.state.hold();
        state.came += bytes;
        if state.came >= STEP {
            state.came = 0;
            state.deadline = Instant::now() + self.patience;
        }
    }

    /// Ends when nothing has moved for too long.
    pub(super) async fn stalled(&self) {
        loop {
            let deadline = self.state.hold().deadline;
            if deadline <= Instant::now() {
                return;
            }
            tokio::time::sleep_until(deadline).await;
        }
    }
}

/// A request's body, which notes how it leaves.
pub(super) struct Moving {
    left: Bytes,
    progress: Arc<Progress>,
}

impl Moving {
    pub(super) fn new(body: Bytes, progress: Arc<Progress>) -> Self {
        Moving { left: body, progress }
    }
}

impl Body for Moving {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.left.len().min(PIECE);
        let piece = self.left.split_to(length);
        self.progress.sent(length);
        Poll::Ready(Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(15);

    /// How long it is until this is given up.
    async fn given_up(progress: &Progress) -> f64 {
        let begin = Instant::now();
        progress.stalled().await;
        begin.elapsed().as_secs_f64()
    }

    #[tokio::test(start_paused = true)]
    async fn what_moves_is_waited_for_and_what_does_not_is_given_up() {
        assert_eq!(given_up(&Progress::new(PATIENCE)).await, 15.0);
        let progress = Progress::new(PATIENCE);
        for _ in 0..100 {
            tokio::time::advance(Duration::from_secs(14)).await;
            progress.came(STEP);
        }
        assert_eq!(given_up(&progress).await, 15.0);
    }

    #[tokio::test(start_paused = true)]
    async fn what_the_system_holds_is_given_the_time_of_a_slow_link() {
        let progress = Progress::new(PATIENCE);
        progress.sent(SLOWEST * 30);
        assert_eq!(given_up(&progress).await.round(), 45.0);
        let progress = Progress::new(PATIENCE);
        progress.sent(SLOWEST * 30);
        progress.answers();
        assert_eq!(given_up(&progress).await, 15.0, "what is answered has arrived");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_trickles_is_given_up() {
        let progress = Progress::new(PATIENCE);
        for _ in 0..14 {
            tokio::time::advance(Duration::from_secs(1)).await;
            progress.came(1);
        }
        assert_eq!(given_up(&progress).await, 1.0);
    }
}
