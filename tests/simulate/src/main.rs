//! What a network costs as it grows. Real nodes, thousands in one process, over a network, stores and a time that are played
//! ([`integrador::testing::Crowd`]): they join one after another, talk, are left alone, and come and go.
//!
//! What is counted (requests, bytes, messages) is the same for the same arguments each time; time and memory are measured, and
//! differ. Whoever should know somebody must, and every message must arrive once and in order, or the program fails.
//!
//! [`world`] is who takes part and how they are reached; [`join`], [`talk`], [`idle`] and [`churn`] are the phases; [`ledger`] is
//! what must have arrived; [`report`] what is written down, and [`plot`] what is drawn of it. docs/growth.md says how to run it.

#![allow(clippy::print_stdout, clippy::print_stderr)] // printing is what this program is for

mod churn;
mod idle;
mod join;
mod ledger;
mod measure;
mod plot;
mod report;
mod talk;
mod world;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Args, Parser};
use report::Report;
use world::World;

/// What stops a simulation, in words.
pub(crate) type Failed = Box<dyn std::error::Error + Send + Sync>;

/// What a network costs as it grows: thousands of real nodes in one process, in a time of their own.
#[derive(Parser)]
#[command(version)]
enum Command {
    /// Plays a network, and writes what it cost.
    Run(Run),
    /// Draws what several runs have written.
    Plot {
        /// What they have written.
        #[arg(required = true)]
        runs: Vec<PathBuf>,
        /// The folder in which the pictures are put.
        #[arg(long)]
        into: PathBuf,
    },
}

/// How a network is arranged.
#[derive(Args, Clone, Copy, serde::Serialize, serde::Deserialize, PartialEq, Eq)]
pub(crate) struct Shape {
    /// How many platforms take part.
    #[arg(long, value_parser = clap::value_parser!(u32).range(4..=99_999))]
    pub platforms: u32,
    /// Each platform embeds a node; groups of this size know one another, and nobody else. Without it all know one another.
    #[arg(long, conflicts_with = "gateways", value_parser = clap::value_parser!(u32).range(4..))]
    pub group: Option<u32>,
    /// No platform embeds the library: this many nodes, which know one another, are their gateways.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub gateways: Option<u32>,
    /// What is random is drawn from it: the same seed is the same course.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
}

#[derive(Args)]
struct Run {
    #[command(flatten)]
    shape: Shape,
    /// Where what it cost is written, as JSON; without it to standard output.
    #[arg(long)]
    out: Option<PathBuf>,
    /// Fails unless all that is counted is as in this file, which an earlier run has written.
    #[arg(long)]
    same_as: Option<PathBuf>,
}

fn main() -> ExitCode {
    let done = match Command::parse() {
        Command::Run(run) => play(&run),
        Command::Plot { runs, into } => plot::draw(&runs, &into),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("integrador-simulate: {e}");
            ExitCode::FAILURE
        }
    }
}

fn play(run: &Run) -> Result<(), Failed> {
    let earlier = run.same_as.as_deref().map(Report::read).transpose()?;
    // Time stands from the beginning, so that nothing depends on when that was.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    let report = runtime.block_on(simulate(run.shape))?;
    report.write(run.out.as_deref())?;
    earlier.map_or(Ok(()), |earlier| report.must_count_as(&earlier))
}

async fn simulate(shape: Shape) -> Result<Report, Failed> {
    let began = Instant::now();
    let mut world = World::new(shape)?;
    let mut report = Report::new(shape);
    join::all(&mut world, &mut report).await?;
    talk::everywhere(&mut world, &mut report).await?;
    idle::a_while(&mut world, &mut report).await?;
    churn::all(&mut world, &mut report).await?;
    report.measured.seconds = began.elapsed().as_secs_f64();
    Ok(report)
}

/// Says how far it is, now and then.
pub(crate) fn progress(what: &str, now: usize, of: usize) {
    if now == of || now.is_multiple_of(of.div_ceil(20)) {
        eprintln!("{what}: {now} of {of}");
    }
}
