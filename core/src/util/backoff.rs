//! How long to wait before the next try of what has failed.

use std::time::Duration;

/// No wait between two tries is longer, but for one that the receiver asks for.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait after the `attempt`th failure in a row (from 1): 1, 2, 4 … 60 s, ± 20 % by `random` (0 to 1).
pub(crate) fn delay(attempt: u32, random: f64) -> Duration {
    let doubled = Duration::from_secs(1 << attempt.saturating_sub(1).min(6));
    doubled.min(LONGEST).mul_f64(0.8 + 0.4 * random.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shows promise 2.
    #[test]
    fn waits_double_up_to_a_minute_and_differ_by_a_fifth() {
        for (attempt, seconds) in
            [(0, 1.0), (1, 1.0), (2, 2.0), (3, 4.0), (6, 32.0), (7, 60.0), (8, 60.0), (u32::MAX, 60.0)]
        {
            assert_eq!(delay(attempt, 0.0).as_secs_f64(), seconds * 0.8, "{attempt}");
            assert_eq!(delay(attempt, 0.5).as_secs_f64(), seconds, "{attempt}");
            assert_eq!(delay(attempt, 1.0).as_secs_f64(), seconds * 1.2, "{attempt}");
        }
        assert_eq!(delay(1, f64::MAX), Duration::from_millis(1200));
    }
}
