//! What is measured, in which order, how often and how long.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::pair::{Pair, Takes};
use crate::sqlite::Alone;
use crate::{Failed, proc, report};

/// Callers of the runs for throughput.
pub(crate) const CALLERS: [u64; 3] = [512, 16, 1];
/// How often a receiver looks at its inbox, microseconds. When something arrived there is noted to the microsecond all the same.
const LOOK: u64 = 1_000;
/// Rooms, and users who write in them, of the run with many.
const ROOMS: u64 = 64;
/// Messages in one call of the run with many in each.
const BULK: u64 = 10_000;

/// What one run may take; it takes a minute and a half.
const LONGEST: Duration = Duration::from_secs(600);

/// How often and how long.
pub(crate) struct Plan {
    pub runs: usize,
    /// Of one measurement.
    pub span: Duration,
    /// That wait for a platform that is down, for its memory.
    pub waiting: u64,
    /// That are drained after it is back.
    pub drained: u64,
    pub quick: bool,
}

impl Plan {
    fn of_environment() -> Result<Plan, Failed> {
        let quick = std::env::var("BENCH_QUICK").is_ok_and(|value| !matches!(&*value, "" | "0"));
        let mut plan = if quick {
            Plan { runs: 1, span: Duration::from_millis(200), waiting: 5_000, drained: 2_000, quick }
        } else {
            Plan { runs: 5, span: Duration::from_secs(3), waiting: 1_000_000, drained: 100_000, quick }
        };
        if let Ok(runs) = std::env::var("BENCH_RUNS") {
            plan.runs = runs.parse().ok().filter(|n| *n > 0).ok_or("BENCH_RUNS: expected a number of at least 1")?;
        }
        Ok(plan)
    }
}

/// The figures of one run, by name.
pub(crate) type Run = BTreeMap<String, f64>;

pub(crate) fn main() -> Result<(), Failed> {
    let plan = Plan::of_environment()?;
    let folder = Path::new("target/bench-stores");
    fs::create_dir_all(folder)?;
    report::begin(&plan);
    end_in_time(LONGEST * plan.runs as u32);
    let mut runs = Vec::new();
    for number in 1..=plan.runs {
        let begin = Instant::now();
        let run = one(&plan, folder, &|step| {
            println!("run {number}/{} {:>4} s  {step}", plan.runs, begin.elapsed().as_secs());
        })?;
        runs.push(run);
    }
    let _ = fs::remove_dir_all(folder);
    report::end(&plan, &runs)
}

/// Ends this process, and with it the nodes, whose input ends then, if it hangs.
fn end_in_time(limit: Duration) {
    std::thread::spawn(move || {
        sleep(limit);
        eprintln!("integrador-bench: not done after {limit:?}");
        std::process::exit(1);
    });
}

/// Everything once. What is compared is measured close together, since what else goes on at the machine changes with time:
/// SQLite's rate just before and just after the fullest load, its commits between the single messages.
fn one(plan: &Plan, folder: &Path, tell: &dyn Fn(&str)) -> Result<Run, Failed> {
    let mut run = Run::new();
    let mut alone = Alone::open(folder)?;
    tell("SQLite alone");
    run.insert("sqlite_rows_1_per_s".into(), alone.rows_per_second(1, plan.span / 2)?);
    let before = alone.rows_per_second(1_000, plan.span / 2)?;
    let batched = |callers: u64, run: &mut Run| {
        tell(&format!("{callers} callers, batches"));
        throughput(plan, folder, Takes::Batches, 1, Load::Callers(callers), &format!("batched_{callers}"), run)
    };
    batched(512, &mut run)?;
    tell(&format!("{BULK} messages a call, batches"));
    throughput(plan, folder, Takes::Batches, 1, Load::Bulk, "bulk", &mut run)?;
    let rows_1000 = f64::midpoint(before, alone.rows_per_second(1_000, plan.span / 2)?);
    tell(&format!("512 callers, batches, {ROOMS} rooms and as many senders"));
    let name = format!("batched_512_rooms_{ROOMS}");
    throughput(plan, folder, Takes::Batches, ROOMS, Load::Callers(512), &name, &mut run)?;
    batched(16, &mut run)?;
    batched(1, &mut run)?;
    for callers in CALLERS {
        tell(&format!("{callers} callers, one event a request"));
        let load = Load::Callers(callers);
        throughput(plan, folder, Takes::OneARequest, 1, load, &format!("single_{callers}"), &mut run)?;
    }
    run.insert("sqlite_rows_1000_per_s".into(), rows_1000);
    run.insert("batched_512_vs_sqlite_1000".into(), run["batched_512_per_s"] / rows_1000);
    run.insert("bulk_vs_sqlite_1000".into(), run["bulk_per_s"] / rows_1000);
    run.insert("single_512_vs_sqlite_1".into(), run["single_512_per_s"] / run["sqlite_rows_1_per_s"]);
    for figure in ["commits_per_message", "cpu_s_per_100k"] {
        run.insert(figure.into(), run[&format!("batched_512_{figure}")]);
    }
    tell("one message at a time");
    one_at_a_time(plan, folder, &mut alone, &mut run)?;
    tell(&format!("{} waiting, then drained", plan.drained));
    drain(plan, folder, &mut run)?;
    tell(&format!("{} waiting, in memory", plan.waiting));
    memory(plan, folder, &mut run)?;
    Ok(run)
}

/// How messages are published.
#[derive(Clone, Copy)]
enum Load {
    /// By this many callers, each waiting for one to be acknowledged before its next.
    Callers(u64),
    /// By one caller, [`BULK`] in a call.
    Bulk,
}

impl Load {
    fn order(self, count: u64) -> String {
        match self {
            Load::Callers(callers) => format!("publish {callers} {count}"),
            Load::Bulk => format!("bulk {BULK} {count}"),
        }
    }

    /// So that it is a load at all.
    fn least(self) -> u64 {
        match self {
            Load::Callers(callers) => callers * 4,
            Load::Bulk => BULK / 5,
        }
    }
}

/// Publish to durable at the other node, messages a second.
fn throughput(
    plan: &Plan,
    folder: &Path,
    takes: Takes,
    rooms: u64,
    load: Load,
    name: &str,
    run: &mut Run,
) -> Result<(), Failed> {
    let mut pair = Pair::of_rooms(folder, takes, rooms)?;
    let mut inbox = pair.settle()?;
    // The first burst warms up, the second shows how many make a measurement of the wanted length.
    let mut count = load.least();
    for _ in 0..2 {
        let seconds = burst(&mut pair, load, count, &mut inbox)?;
        count = ((count as f64 / seconds * plan.span.as_secs_f64() / 4.0) as u64).clamp(load.least(), 100_000);
    }
    let seconds = burst(&mut pair, load, count, &mut inbox)?;
    count = ((count as f64 / seconds * plan.span.as_secs_f64()) as u64).clamp(load.least(), 500_000);
    pair.settle()?;

    let (commits, cpu) = (commits(&mut pair)?, pair.cpu_seconds()?);
    let seconds = burst(&mut pair, load, count, &mut inbox)?;
    pair.settle()?;
    let cpu = pair.cpu_seconds()? - cpu;
    let after = self::commits(&mut pair)?;
    let messages = count as f64;
    run.insert(format!("{name}_per_s"), messages / seconds);
    run.insert(format!("{name}_cpu_s_per_100k"), cpu / messages * 100_000.0);
    let [alpha, beta] = [0, 1].map(|i| (after[i] - commits[i]) as f64 / messages);
    run.insert(format!("{name}_commits_per_message"), alpha + beta);
    run.insert(format!("{name}_commits_per_message_sender"), alpha);
    run.insert(format!("{name}_commits_per_message_receiver"), beta);
    Ok(())
}

/// Publishes this many, and returns how many seconds it took until the last was durable at Beta.
fn burst(pair: &mut Pair, load: Load, count: u64, inbox: &mut u64) -> Result<f64, Failed> {
    *inbox += count;
    pair.beta()?.order(&format!("until {inbox} {LOOK}"))?;
    let published = pair.alpha.ask(&load.order(count))?;
    let durable = pair.beta()?.answer()?;
    seconds(published[0], durable[0])
}

fn commits(pair: &mut Pair) -> Result<[u64; 2], Failed> {
    Ok([pair.alpha.figures()?.commits, pair.beta()?.figures()?.commits])
}

fn one_at_a_time(plan: &Plan, folder: &Path, alone: &mut Alone, run: &mut Run) -> Result<(), Failed> {
    let mut pair = Pair::open(folder, Takes::Batches)?;
    let mut inbox = pair.settle()?;
    let (mut committed, mut acknowledged, mut arrived) = (Vec::new(), Vec::new(), Vec::new());
    let begin = Instant::now();
    while begin.elapsed() < plan.span * 2 {
        let commit = alone.commit(1)?;
        inbox += 1;
        pair.beta()?.order(&format!("until {inbox} {LOOK}"))?;
        let published = pair.alpha.ask("one")?;
        let durable = pair.beta()?.answer()?;
        // The first ones open connections and fill caches.
        if begin.elapsed() > plan.span / 4 {
            committed.push(commit);
            acknowledged.push(seconds(published[0], published[1])? * 1e6);
            arrived.push(seconds(published[0], durable[0])? * 1e6);
        }
    }
    for (name, mut times) in [("sqlite_commit", committed), ("publish", acknowledged), ("end_to_end", arrived)] {
        times.sort_by(f64::total_cmp);
        for percent in [50, 99] {
            run.insert(format!("{name}_p{percent}_us"), percentile(&times, percent));
        }
    }
    let commit = run["sqlite_commit_p50_us"];
    run.insert("p50_vs_commit".into(), run["end_to_end_p50_us"] / commit);
    run.insert("publish_p50_vs_commit".into(), run["publish_p50_us"] / commit);
    run.insert("p50_vs_commit_in_a_row".into(), run["end_to_end_p50_us"] * run["sqlite_rows_1_per_s"] / 1e6);
    Ok(())
}

/// How long it takes until what has waited for a platform is durable there, from when it is up again.
fn drain(plan: &Plan, folder: &Path, run: &mut Run) -> Result<(), Failed> {
    let mut pair = Pair::open(folder, Takes::Batches)?;
    let inbox = pair.settle()? + plan.drained;
    pair.take_down_beta()?;
    pair.alpha.ask(&format!("publish 512 {}", plan.drained))?;
    // Long enough for the sender to have given up for a while.
    sleep(plan.span * 2);
    pair.bring_up_beta()?;
    let begin = Instant::now();
    pair.beta()?.ask(&format!("until {inbox} {LOOK}"))?;
    run.insert("drain_100k_s".into(), begin.elapsed().as_secs_f64() * 100_000.0 / plan.drained as f64);
    Ok(())
}

/// The memory of a sender for which a million messages wait, MiB: when it has published them, and opened anew.
fn memory(plan: &Plan, folder: &Path, run: &mut Run) -> Result<(), Failed> {
    let mut pair = Pair::open(folder, Takes::Batches)?;
    pair.take_down_beta()?;
    let count = plan.waiting.saturating_sub(pair.alpha.figures()?.waiting);
    let published = pair.alpha.ask(&format!("publish 512 {count}"))?;
    run.insert("publish_512_per_s".into(), count as f64 / seconds(published[0], published[1])?);
    let figures = pair.alpha.figures()?;
    if figures.waiting < plan.waiting || figures.dead > 0 {
        return Err(format!("only {} wait, and {} died", figures.waiting, figures.dead).into());
    }
    sleep(plan.span);
    run.insert("rss_mib_1m_waiting".into(), proc::rss_mib(pair.alpha.pid())?);
    pair.reopen_alpha()?;
    sleep(plan.span);
    run.insert("rss_mib_1m_reopened".into(), proc::rss_mib(pair.alpha.pid())?);
    Ok(())
}

/// Between two times in nanoseconds.
fn seconds(from: u128, to: u128) -> Result<f64, Failed> {
    Ok(to.checked_sub(from).ok_or("the system's clock was set back")? as f64 / 1e9)
}

/// Of sorted figures.
fn percentile(sorted: &[f64], percent: usize) -> f64 {
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}
