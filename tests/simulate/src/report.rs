//! What a run writes down: what is counted, which is the same each time, and what is measured.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::measure::Cost;
use crate::{Failed, Shape};

#[derive(Serialize, Deserialize)]
pub(crate) struct Report {
    pub shape: Shape,
    pub counted: Counted,
    pub measured: Measured,
}

/// The same for the same shape and seed.
#[derive(Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Counted {
    /// The cost of one joining, by the number of platforms that are there.
    pub join: Vec<Each>,
    /// The cost of announcing one user.
    pub user: Option<Each>,
    /// The cost of one message, by the number of platforms that its room spans.
    pub talk: Vec<Each>,
    /// The cost of one platform during one ping interval in which nobody says anything.
    pub idle: Option<Each>,
    pub churn: Vec<Change>,
    /// How many messages were said, and how often one arrived.
    pub said: u64,
    pub arrived: u64,
}

/// What one of several costs on the average.
#[derive(PartialEq, Serialize, Deserialize)]
pub(crate) struct Each {
    pub platforms: u64,
    pub requests: f64,
    pub bytes: f64,
}

impl Each {
    pub(crate) fn of(platforms: usize, cost: &Cost) -> Each {
        let each = |sum: u64| (sum as f64 / cost.count.max(1) as f64 * 100.0).round() / 100.0;
        Each { platforms: platforms as u64, requests: each(cost.requests), bytes: each(cost.bytes) }
    }
}

/// What one arrival or departure costs, on the average of `count`.
#[derive(PartialEq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub what: String,
    pub count: usize,
    pub requests: f64,
    pub bytes: f64,
}

impl Change {
    pub(crate) fn of(what: &str, cost: &Cost) -> Change {
        let Each { requests, bytes, .. } = Each::of(0, cost);
        Change { what: what.into(), count: cost.count, requests, bytes }
    }
}

#[derive(Default, Serialize, Deserialize)]
pub(crate) struct Measured {
    pub join: Vec<Time>,
    pub talk: Vec<Time>,
    pub memory: Vec<Memory>,
    /// The whole run.
    pub seconds: f64,
}

/// How long one of several takes on the average, on all platforms together.
#[derive(Serialize, Deserialize)]
pub(crate) struct Time {
    pub platforms: u64,
    pub ms: f64,
}

impl Time {
    pub(crate) fn of(platforms: usize, cost: &Cost) -> Time {
        let ms = cost.seconds * 1_000.0 / cost.count.max(1) as f64;
        Time { platforms: platforms as u64, ms: (ms * 1_000.0).round() / 1_000.0 }
    }
}

/// Resident memory of the whole process, by the number of platforms.
#[derive(Serialize, Deserialize)]
pub(crate) struct Memory {
    pub platforms: u64,
    pub bytes: u64,
}

impl Report {
    pub(crate) fn new(shape: Shape) -> Report {
        Report { shape, counted: Counted::default(), measured: Measured::default() }
    }

    pub(crate) fn read(path: &Path) -> Result<Report, Failed> {
        let text = fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()).into())
    }

    pub(crate) fn write(&self, path: Option<&Path>) -> Result<(), Failed> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        match path {
            None => print!("{text}"),
            Some(path) => {
                path.parent().map_or(Ok(()), fs::create_dir_all)?;
                fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Fails unless the same was counted in an earlier run.
    pub(crate) fn must_count_as(&self, earlier: &Report) -> Result<(), Failed> {
        if self.shape != earlier.shape {
            return Err("the earlier run had another shape or seed: they can't be compared".into());
        }
        if self.counted != earlier.counted {
            let (now, before) = (serde_json::to_string(&self.counted)?, serde_json::to_string(&earlier.counted)?);
            return Err(format!("it is not repeatable: counted was\n{before}\nand now\n{now}").into());
        }
        println!("the same was counted as in the earlier run");
        Ok(())
    }
}
