//! What something costs: requests and bytes by the network, time by the machine's clock, memory by the system.

use std::fs;
use std::ops::AddAssign;
use std::rc::Rc;
use std::time::Instant;

use integrador::testing::{Crowd, Traffic};

use crate::Failed;

/// What a number of operations of one kind have cost together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub count: usize,
    pub requests: u64,
    pub bytes: u64,
    pub seconds: f64,
}

impl AddAssign for Cost {
    fn add_assign(&mut self, more: Cost) {
        self.count += more.count;
        self.requests += more.requests;
        self.bytes += more.bytes;
        self.seconds += more.seconds;
    }
}

/// A moment since which something is done.
pub(crate) struct Since {
    crowd: Rc<Crowd>,
    before: Traffic,
    began: Instant,
}

impl Since {
    pub(crate) fn now(crowd: &Rc<Crowd>) -> Self {
        Since { crowd: crowd.clone(), before: total(crowd), began: Instant::now() }
    }

    /// What `count` operations have cost since then.
    pub(crate) fn cost(&self, count: usize) -> Cost {
        let (now, seconds) = (total(&self.crowd), self.began.elapsed().as_secs_f64());
        Cost { count, requests: now.requests - self.before.requests, bytes: now.bytes - self.before.bytes, seconds }
    }
}

/// All that has gone over the network.
pub(crate) fn total(crowd: &Crowd) -> Traffic {
    crowd.traffic().into_values().fold(Traffic::default(), |sum, of| Traffic {
        requests: sum.requests + of.requests,
        bytes: sum.bytes + of.bytes,
    })
}

/// Resident memory of this process, bytes.
pub(crate) fn resident() -> Result<u64, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("VmRSS is missing in /proc/self/status")?.parse::<u64>()? * 1024)
}
