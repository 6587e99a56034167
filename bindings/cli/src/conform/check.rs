//! What a check is, and what it finds.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::trial::Trial;

/// How grave it is to fail a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Severity {
    /// Something is lost, or wrong for others.
    Must,
    /// The protocol leaves it open, and there is no reason to leave it out.
    Should,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::Must => "must",
            Severity::Should => "should",
        })
    }
}

/// One row of a table: a name, a sentence that ought to be true, and the function that finds where it is not.
pub(super) struct Check {
    /// `endpoint.promise`, for `--only` and for scripts.
    pub name: &'static str,
    /// What ought to be true.
    pub what: &'static str,
    /// The heading of docs/protocol.md under which the rule stands.
    pub rule: &'static str,
    pub severity: Severity,
    /// What to do about it.
    pub fix: &'static str,
    /// The checks without which this one would say nothing of its own.
    pub after: &'static [&'static str],
    pub run: for<'a> fn(&'a Trial) -> Finding<'a>,
}

/// The places where it is not true; none: it is.
pub(super) type Finding<'a> = Pin<Box<dyn Future<Output = Vec<Place>> + Send + 'a>>;

/// Where a check failed.
#[derive(Debug, Clone)]
pub(super) struct Place {
    /// `POST message`.
    pub endpoint: String,
    /// The field that it is about, if it is about one.
    pub field: Option<&'static str>,
    /// What was seen there.
    pub saw: String,
}

impl Place {
    pub(super) fn new(endpoint: impl Into<String>, field: Option<&'static str>, saw: impl Into<String>) -> Self {
        Place { endpoint: endpoint.into(), field, saw: saw.into() }
    }
}
