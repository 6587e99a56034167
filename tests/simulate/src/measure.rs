//! What something costs: requests and bytes by the network, time by the machine's clock, memory by the system.

use std::collections::BTreeMap;
use std::fs;
use std::ops::AddAssign;
use std::rc::Rc;
use std::time::Instant;

use integrador::testing::{Crowd, Traffic};

use crate::Failed;

/// What so many of one kind have cost.
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
    before: BTreeMap<&'static str, Traffic>,
    began: Instant,
}

impl Since {
    pub(crate) fn now(crowd: &Rc<Crowd>) -> Self {
        Since { crowd: crowd.clone(), before: crowd.traffic(), began: Instant::now() }
    }

    /// What it has cost to do so many.
    pub(crate) fn cost(&self, count: usize) -> Cost {
        let mut cost = Cost { count, seconds: self.began.elapsed().as_secs_f64(), ..Cost::default() };
        for (path, now) in self.crowd.traffic() {
            let before = self.before.get(path).copied().unwrap_or_default();
            cost.requests += now.requests - before.requests;
            cost.bytes += now.bytes - before.bytes;
        }
        cost
    }
}

/// Resident memory of this process, bytes.
pub(crate) fn resident() -> Result<u64, Failed> {
    let status = fs::read_to_string("/proc/self/status")?;
    let kib = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
    Ok(kib.ok_or("VmRSS is missing in /proc/self/status")?.parse::<u64>()? * 1024)
}
