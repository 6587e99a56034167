//! What the core logs, kept until the application's language takes it: the core's threads never call foreign code.
//!
//! For bindings to other languages. Records wait in a bounded queue, which a small thread of that language empties into what it
//! logs with. Beyond the bound the newest are counted instead. What is below the level that was asked for costs one comparison.

use std::collections::VecDeque;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, Once, OnceLock};
use std::time::{Duration, SystemTime};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};

use crate::util::lock::MutexExt;

/// At most so many records wait.
const MAX: usize = 10_000;

/// One record.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Line {
    /// How grave it is.
    pub level: Level,
    /// Where it comes from: `integrador::outbox`.
    pub target: &'static str,
    /// What it says: `it is down: connection refused (platform=GWT_CHAT)`.
    pub message: String,
    /// What stands in parentheses there, by its names: for languages that keep the fields of a record apart.
    pub fields: Vec<(&'static str, String)>,
    /// When.
    pub at: SystemTime,
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
    /// Takes its place in a child that was forked. A fork doesn't wait for this lock; so in the child it may be locked for
    /// ever, and what it guards half written.
    next: OnceLock<Box<Queue>>,
}

impl Queue {
    const fn new() -> Self {
        Queue { lines: Mutex::new(Lines::new()), ready: Condvar::new(), next: OnceLock::new() }
    }

    fn hold(&self) -> MutexGuard<'_, Lines> {
        self.lines.hold()
    }
}

static FIRST: Queue = Queue::new();
/// The least grave level that is wanted, as a number that grows with what is told: 0 is none, 1 errors alone.
static WANTED: AtomicUsize = AtomicUsize::new(0);
static SPANS: AtomicU64 = AtomicU64::new(1);

/// The one that is used in this process.
fn queue() -> &'static Queue {
    let mut queue = &FIRST;
    while let Some(next) = queue.next.get() {
        queue = next;
    }
    queue
}

fn number(level: Level) -> usize {
    match level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

struct Keeper;

impl Subscriber for Keeper {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        let ours = metadata.is_event() && metadata.target().starts_with("integrador");
        if ours { Interest::sometimes() } else { Interest::never() }
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        number(*metadata.level()) <= WANTED.load(Ordering::Relaxed)
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(SPANS.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let metadata = event.metadata();
        let (level, target) = (*metadata.level(), metadata.target());
        let line = Line { level, target, message: text.whole(), fields: text.fields, at: SystemTime::now() };
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
    fields: Vec<(&'static str, String)>,
}

impl Text {
    fn whole(&self) -> String {
        let fields: Vec<String> = self.fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if fields.is_empty() { self.message.clone() } else { format!("{} ({})", self.message, fields.join(", ")) }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if field.name() == "message" {
            // Writing into a String does not fail.
            let _ = write!(self.message, "{value:?}");
        } else {
            self.fields.push((field.name(), format!("{value:?}")));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }
}

/// From now on what is at least as grave as this is kept; with None nothing. Where the process has a subscriber of `tracing`
/// already, that one gets the records, and none is kept here.
pub fn keep(least: Option<Level>) {
    static INSTALLED: Once = Once::new();
    WANTED.store(least.map_or(0, number), Ordering::Relaxed);
    INSTALLED.call_once(|| {
        // Of two that want to be the one for the process, the first wins.
        let _ = tracing::subscriber::set_global_default(Keeper);
    });
}

/// Waits until there are records, at most `timeout`, or until they have [ended](end).
pub fn wait(timeout: Duration) {
    let wait = |lines: &mut Lines| lines.lines.is_empty() && !lines.ended;
    let queue = queue();
    drop(queue.ready.wait_timeout_while(queue.hold(), timeout, wait));
}

/// Takes what waits, and how many were lost since the last time.
pub fn take() -> (VecDeque<Line>, u64) {
    let mut held = queue().hold();
    (std::mem::take(&mut held.lines), std::mem::take(&mut held.lost))
}

/// Ends every [`wait`], now and until they [begin].
pub fn end() {
    let queue = queue();
    queue.hold().ended = true;
    queue.ready.notify_all();
}

/// Somebody waits for records again.
pub fn begin() {
    queue().hold().ended = false;
}

/// To be called in a child that was forked: what its parent logged is its parent's, and is left alone. Another thread may have
/// been writing it while the memory was copied, page by page: then not even a lock that is free here says that it is whole.
pub fn forked() {
    let _ = queue().next.set(Box::new(Queue::new()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_its_fields_in_what_it_says_and_by_their_names() {
        tracing::subscriber::with_default(Keeper, || {
            WANTED.store(number(Level::INFO), Ordering::Relaxed);
            tracing::info!(target: "integrador::tried", platform = %"GWT_CHAT", waiting = 3, "it is down");
            tracing::debug!(target: "integrador::tried", "nobody wants this");
            WANTED.store(0, Ordering::Relaxed);
        });
        let (lines, _) = take();
        let told: Vec<_> = lines.iter().filter(|line| line.target == "integrador::tried").collect();
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].message, "it is down (platform=GWT_CHAT, waiting=3)");
        assert_eq!(told[0].fields, [("platform", "GWT_CHAT".to_owned()), ("waiting", "3".to_owned())]);
    }
}
