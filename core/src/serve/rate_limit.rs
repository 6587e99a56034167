//! How often a platform may ask: one bucket for each, filled by the second.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::Mutex;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::store::PlatformNum;
use crate::util::lock::MutexExt;

/// How many requests a second one platform may make.
pub(crate) struct Limiter {
    quota: Option<Quota>,
    limiters: Mutex<HashMap<PlatformNum, DefaultDirectRateLimiter>>,
}

impl Limiter {
    pub(crate) fn new(per_second: Option<u32>) -> Self {
        Limiter { quota: per_second.and_then(NonZeroU32::new).map(Quota::per_second), limiters: Mutex::default() }
    }

    /// Counts a request; an error says after how many seconds the next one is free.
    pub(super) fn check(&self, num: PlatformNum) -> Result<(), u64> {
        let Some(quota) = self.quota else { return Ok(()) };
        let mut limiters = self.limiters.hold();
        let limiter = limiters.entry(num).or_insert_with(|| RateLimiter::direct(quota));
        limiter.check().map_err(|not_until| not_until.wait_time_from(DefaultClock::default().now()).as_secs() + 1)
    }
}
