//! Log lines that others can provoke: of one cause and one origin at most five a minute, with a count.
//!
//! The first is written at once, then the tenth, the hundredth and so on; a minute later it begins anew. What is remembered
//! for this is bounded: origins beyond it share one count.

use std::collections::HashMap;
use std::fmt;
use std::sync::{LazyLock, Mutex};
use std::time::{Duration, Instant};

use crate::util::fork;
use crate::util::lock::MutexExt;

const SPAN: Duration = Duration::from_secs(60);
/// The last count within the minute that is written.
const MOST: u64 = 10_000;
/// How many causes and origins are told apart.
const REMEMBERED: usize = 1_000;
/// How much of an origin's name is remembered, characters.
const NAME: usize = 64;

/// How often it happened within the minute. Shows nothing the first time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Times(u64);

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 1 { Ok(()) } else { write!(f, " ({} times within a minute)", self.0) }
    }
}

#[derive(Default)]
struct Seldom(HashMap<(&'static str, String), (Instant, u64)>);

impl Seldom {
    fn count(&mut self, cause: &'static str, origin: &str, now: Instant) -> Option<Times> {
        let over = |since: Instant| now.saturating_duration_since(since) >= SPAN;
        let mut key = (cause, origin.chars().take(NAME).collect());
        if !self.0.contains_key(&key) && self.0.len() >= REMEMBERED {
            self.0.retain(|_, (since, _)| !over(*since));
            if self.0.len() >= REMEMBERED {
                key = (cause, String::new());
            }
        }
        let (since, times) = self.0.entry(key).or_insert((now, 0));
        if over(*since) {
            (*since, *times) = (now, 0);
        }
        *times += 1;
        let worth_a_line = *times <= MOST && 10u64.pow(times.ilog10()) == *times;
        worth_a_line.then_some(Times(*times))
    }
}

static SELDOM: LazyLock<Mutex<Seldom>> = LazyLock::new(Mutex::default);

/// Counts one more of this cause, from this origin (a platform's name, an address). Some: it is worth a line.
pub(crate) fn seldom(cause: &'static str, origin: &str) -> Option<Times> {
    // A child that is forked logs too.
    let _pass = fork::pass();
    SELDOM.hold().count(cause, origin, Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_written_a_few_times_a_minute_with_a_count() {
        let (mut seldom, start) = (Seldom::default(), Instant::now());
        let lines: Vec<String> = (0..100_000)
            .filter_map(|_| seldom.count("refused", "BuasApp", start).map(|times| times.to_string()))
            .collect();
        assert_eq!(lines.len(), 5, "{lines:?}");
        assert_eq!(lines[0], "");
        assert_eq!(lines[3], " (1000 times within a minute)");
        assert_eq!(seldom.count("refused", "GWT", start), Some(Times(1)), "another platform has lines of its own");
        assert_eq!(seldom.count("refused", "BuasApp", start + SPAN), Some(Times(1)), "and so has another minute");
    }

    #[test]
    fn a_million_origins_share_what_is_remembered() {
        let (mut seldom, start) = (Seldom::default(), Instant::now());
        let lines = (0..100_000).filter(|n| seldom.count("refused", &format!("{n}ñ"), start).is_some()).count();
        assert!(lines < REMEMBERED + 10, "{lines}");
        assert!(seldom.0.len() <= REMEMBERED + 1);
        assert_eq!(seldom.count("refused", "new", start + SPAN), Some(Times(1)), "what is over is forgotten");
    }
}
