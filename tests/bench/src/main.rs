//! How fast two nodes are, as ratios to what SQLite itself does on the same machine in the same run.
//!
//! Each node runs in a process of its own, this same program with `--node` ([`node`]), with its default configuration on a
//! store that is a real file. The process that was started drives them ([`pair`]), measures SQLite beside them ([`sqlite`]),
//! does it all several times ([`runs`]), and prints the medians ([`report`]). README.md says how to read them.
//!
//! `python/` compares an application in Python that embeds a node with the hub that came before, by the help of
//! [`plain`].
//!
//! The nodes are judged from outside: by the library's public API, `/proc`, and the clock.

#![allow(clippy::print_stdout)] // printing is what this program is for

mod node;
mod pair;
mod plain;
#[path = "../../src/ports.rs"]
#[allow(unreachable_pub, reason = "it belongs to a library")]
mod ports;
mod proc;
mod report;
mod runs;
mod sqlite;

use std::process::ExitCode;

/// What stops a benchmark, in words.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let done = match arguments.first().map(String::as_str) {
        Some("--node") => node::main(&arguments[1..]),
        Some("--receiver") => plain::receiver(&arguments[1..]),
        Some("--callers") => plain::callers(&arguments[1..]),
        None => runs::main(),
        Some(_) => Err("it takes no arguments; BENCH_RUNS and BENCH_QUICK say how often and how long".into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("integrador-bench: {e}");
            ExitCode::FAILURE
        }
    }
}
