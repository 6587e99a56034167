//! `conform`: each fault that is planted in a platform is named, and nothing else; what conforms is said to.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../common/mod.rs"]
mod common;

mod broken;
mod faults;
mod platforms;
mod posting;

use common::Ended;
use serde_json::Value;

/// Judges a platform.
fn conform(url: &str, more: &[&str]) -> Ended {
    let folder = tempfile::tempdir().unwrap();
    let usual = ["conform", url, "--token", broken::TOKEN, "--json"];
    common::run_in(folder.path(), &[&usual, more].concat())
}

/// The names of what was found.
fn found(report: &Value) -> Vec<String> {
    report["faults"].as_array().unwrap().iter().map(|f| f["check"].as_str().unwrap().to_owned()).collect()
}
