//! What the core logs, kept until Python takes it: the core's threads never call Python.
//!
//! Records wait in a bounded queue, which a small daemon thread of the package empties into `logging`. Beyond the bound
//! the newest are counted instead. The level is the one that `logging` had when the queue was last looked at; what is below
//! it costs one comparison.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::atomic::{AtomicI32, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, Once, OnceLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::lock::hold;
use crate::wait::Inside;

/// At most so many records wait.
const MAX: usize = 10_000;

struct Line {
    level: i32,
    target: &'static str,
    message: String,
    /// Unix seconds.
    at: f64,
}

struct Lines {
    lines: VecDeque<Line>,
    lost: u64,
    ended: bool,
}

impl Lines {
    const fn new() -> Self {
        Lines { lines: VecDeque::new(), lost: 0, ended: false }
    }
}

struct Queue {
    lines: Mutex<Lines>,
    ready: Condvar,
    /// Takes its place in a child that was forked. A fork doesn't wait for this lock, since whoever wants to have it may hold
    /// the GIL; so in the child it may be locked for ever, and what it guards half written.
    next: OnceLock<Box<Queue>>,
}

impl Queue {
    const fn new() -> Self {
        Queue { lines: Mutex::new(Lines::new()), ready: Condvar::new(), next: OnceLock::new() }
    }

    fn hold(&self) -> MutexGuard<'_, Lines> {
        hold(&self.lines)
    }
}

static FIRST: Queue = Queue::new();
/// The least level of `logging` that is wanted; none until Python asks.
static LEVEL: AtomicI32 = AtomicI32::new(i32::MAX);
static SPANS: AtomicU64 = AtomicU64::new(1);

/// The one that is used in this process.
fn queue() -> &'static Queue {
    let mut queue = &FIRST;
    while let Some(next) = queue.next.get() {
        queue = next;
    }
    queue
}

/// The levels of `logging`; it has no name for the least one.
fn level(level: Level) -> i32 {
    match level {
        Level::ERROR => 40,
        Level::WARN => 30,
        Level::INFO => 20,
        Level::DEBUG => 10,
        Level::TRACE => 5,
    }
}

struct ToPython;

impl Subscriber for ToPython {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let ours = metadata.is_event() && metadata.target().starts_with("integrador");
        if ours { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        level(*metadata.level()) >= LEVEL.load(Ordering::Relaxed)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(SPANS.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64());
        let metadata = event.metadata();
        let line = Line { level: level(*metadata.level()), target: metadata.target(), message: text.whole(), at };
        let queue = queue();
        let mut held = queue.hold();
        if held.lines.len() < MAX {
            held.lines.push_back(line);
        } else {
            held.lost += 1;
        }
        drop(held);
        queue.ready.notify_one();
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// `it is down: connection refused (platform=GWT_CHAT)`
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn whole(self) -> String {
        if self.fields.is_empty() { self.message } else { format!("{} ({})", self.message, self.fields) }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        // Writing into a String does not fail.
        let _ = if field.name() == "message" {
            write!(self.message, "{value:?}")
        } else {
            let comma = if self.fields.is_empty() { "" } else { ", " };
            write!(self.fields, "{comma}{}={value:?}", field.name())
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

/// From now on what is at least of this level of `logging` is kept.
#[pyfunction]
pub(crate) fn keep_logs(level: i32) {
    static INSTALLED: Once = Once::new();
    LEVEL.store(level, Ordering::Relaxed);
    INSTALLED.call_once(|| {
        // Of two that want to be the one for the process, the first wins.
        let _ = tracing::subscriber::set_global_default(ToPython);
    });
}

/// Waits until there are records, at most `timeout` seconds.
#[pyfunction]
pub(crate) fn wait_for_logs(py: Python<'_>, timeout: f64) {
    let _inside = Inside::enter(py);
    let timeout = Duration::try_from_secs_f64(timeout).unwrap_or(Duration::MAX);
    py.detach(|| {
        let wait = |lines: &mut Lines| lines.lines.is_empty() && !lines.ended;
        let queue = queue();
        drop(queue.ready.wait_timeout_while(queue.hold(), timeout, wait));
    });
}

/// Takes what waits: level, target, message and time of each; and how many were lost.
#[pyfunction]
pub(crate) fn take_logs(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    let _inside = Inside::enter(py);
    let (lines, lost) = {
        let mut held = queue().hold();
        (std::mem::take(&mut held.lines), std::mem::take(&mut held.lost))
    };
    let lines: Vec<_> = lines.into_iter().map(|line| (line.level, line.target, line.message, line.at)).collect();
    (lines, lost).into_bound_py_any(py)
}

/// Nobody waits for records any more.
#[pyfunction]
pub(crate) fn end_logs() {
    let queue = queue();
    queue.hold().ended = true;
    queue.ready.notify_all();
}

/// In a child that was forked: what its parent logged is its parent's, and is left alone. Another thread may have been writing
/// it while the memory was copied, page by page: then not even a lock that is free here says that it is whole.
pub(crate) fn forked() {
    let _ = queue().next.set(Box::new(Queue::new()));
}
