//! What the core logs, for `logging`: a small daemon thread of the package empties the core's queue into it. The level is the one
//! that `logging` had when the queue was last looked at.

use std::time::{Duration, UNIX_EPOCH};

use integrador::logs;
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use tracing::Level;

use crate::wait::Inside;

/// The levels of `logging`, the gravest first; it has no name for the least one.
const LEVELS: [(Level, i32); 5] =
    [(Level::ERROR, 40), (Level::WARN, 30), (Level::INFO, 20), (Level::DEBUG, 10), (Level::TRACE, 5)];

fn level(level: Level) -> i32 {
    LEVELS.iter().find(|(known, _)| *known == level).map_or(0, |(_, number)| *number)
}

/// From now on what is at least of this level of `logging` is kept.
#[pyfunction]
pub(crate) fn keep_logs(level: i32) {
    logs::keep(LEVELS.iter().rfind(|(_, number)| *number >= level).map(|(level, _)| *level));
}

/// Waits until there are records, at most `timeout` seconds.
#[pyfunction]
pub(crate) fn wait_for_logs(py: Python<'_>, timeout: f64) {
    let _inside = Inside::enter(py);
    let timeout = Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX);
    py.detach(|| logs::wait(timeout));
}

/// Takes what waits: level, target, message and time of each; and how many were lost.
#[pyfunction]
pub(crate) fn take_logs(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let _inside = Inside::enter(py);
    let (lines, lost) = logs::take();
    let shown = |line: logs::Line| {
        let at = line.at.duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        (level(line.level), line.target, line.message, at)
    };
    (lines.into_iter().map(shown).collect::<Vec<_>>(), lost).into_bound_py_any(py)
}

/// Nobody waits for records any more.
#[pyfunction]
pub(crate) fn end_logs() {
    logs::end();
}
