//! Waiting for real where the time of the runtime stands: there who waits for what does not come would wait for ever.

use std::sync::mpsc::channel;
use std::time::Duration;

use tokio::sync::oneshot;

use super::threads;

/// Longer than anything is waited for; nobody counts it.
const FOR_EVER: Duration = Duration::from_secs(86_400 * 365);

/// Ends after this time of the machine's. By a thread of its own: tokio's time does not stand still, or leap, for it.
pub(crate) async fn for_real(span: Duration) {
    let (over, is_over) = oneshot::channel();
    // Dropped when nobody waits any more, which ends the thread.
    let (_waits, gone) = channel::<()>();
    let wait = move || {
        let _ = gone.recv_timeout(span);
        let _ = over.send(());
    };
    if span >= FOR_EVER || threads::spawn("integrador-waits", wait).is_err() {
        std::future::pending::<()>().await;
    }
    let _ = is_over.await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_wait_for_real_ends_although_time_stands() {
        // A task that only blocks keeps time from leaping.
        let (stand, stands) = channel::<()>();
        let held = tokio::task::spawn_blocking(move || stands.recv());
        let began = tokio::time::Instant::now();
        tokio::select! {
            () = for_real(Duration::from_millis(20)) => {}
            () = for_real(Duration::MAX) => panic!("for ever"),
        }
        assert_eq!(tokio::time::Instant::now(), began);
        drop(stand);
        held.await.unwrap().unwrap_err();
    }
}
