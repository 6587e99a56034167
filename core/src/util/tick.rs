//! What is looked at now and then is looked at once a second, all of it at the same instant, so that an idle process wakes
//! once for everything.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::time::Instant;

use super::fork;

/// Until the clock of this process ticks: once a second, for all who wait.
pub(crate) async fn tick() {
    ticks(1).await;
}

/// Until it has ticked this often, at least once.
pub(crate) async fn ticks(count: u64) {
    static FIRST: OnceLock<Instant> = OnceLock::new();
    let first = FIRST.get().copied().unwrap_or_else(|| {
        // Not half done in a child that is forked.
        let _pass = fork::pass();
        *FIRST.get_or_init(Instant::now)
    });
    let now = Instant::now();
    let seconds = now.saturating_duration_since(first).as_secs() + count.max(1);
    tokio::time::sleep_until(first + Duration::from_secs(seconds)).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_who_wait_for_a_tick_have_it_at_the_same_instant_once_a_second() {
        tick().await;
        let first = Instant::now();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let other = tokio::spawn(async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            tick().await;
            Instant::now()
        });
        tick().await;
        assert_eq!(Instant::now() - first, Duration::from_secs(1));
        assert_eq!(other.await.unwrap(), Instant::now());
        ticks(3).await;
        assert_eq!(Instant::now() - first, Duration::from_secs(4));
    }
}
