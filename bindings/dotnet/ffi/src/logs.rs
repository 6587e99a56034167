//! What the core logs: a background thread of the package takes it from here.

use std::time::Duration;

use integrador::logs;
use tracing::Level;

use crate::given;
use crate::types::{LogField, LogLevel, LogRecord, LogRecords};

const LEVELS: [(Level, LogLevel); 5] = [
    (Level::ERROR, LogLevel::Error),
    (Level::WARN, LogLevel::Warn),
    (Level::INFO, LogLevel::Info),
    (Level::DEBUG, LogLevel::Debug),
    (Level::TRACE, LogLevel::Trace),
];

/// From now on what is at least as grave as this is kept; absent: nothing.
#[uniffi::export]
pub fn keep_logs(least: Option<LogLevel>) {
    logs::keep(LEVELS.iter().find(|(_, known)| Some(*known) == least).map(|(level, _)| *level));
}

/// Waits until there is something, or they are ended, and takes it.
#[uniffi::export]
pub fn take_logs(timeout: Option<Duration>) -> LogRecords {
    logs::wait(given::patience(timeout));
    let (lines, lost) = logs::take();
    let record = |line: logs::Line| LogRecord {
        level: LEVELS.iter().find(|(level, _)| *level == line.level).map_or(LogLevel::Trace, |(_, level)| *level),
        target: line.target.to_owned(),
        message: line.message,
        fields: line.fields.into_iter().map(|(name, value)| LogField { name: name.to_owned(), value }).collect(),
        at: line.at,
    };
    LogRecords { records: lines.into_iter().map(record).collect(), lost }
}

/// Somebody waits for them again.
#[uniffi::export]
pub fn begin_logs() {
    logs::begin();
}

/// Nobody waits for them any more.
#[uniffi::export]
pub fn end_logs() {
    logs::end();
}
