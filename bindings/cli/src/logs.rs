//! Where the library's log lines go: standard error, so that standard output belongs to results.

use std::io::{self, IsTerminal};

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// The form in which log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: one line of text each.
    Human,
    /// For collectors: one JSON object a line.
    Json,
}

/// Begins to log. `RUST_LOG` decides what; without it `default` does.
pub(crate) fn begin(format: Format, default: &str) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(default));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // Where the process logs already, that goes on.
    let _ = match format {
        Format::Human => log.with_ansi(io::stderr().is_terminal()).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
}
