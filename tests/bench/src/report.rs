//! What is printed, and `target/bench.json`.

use std::fs;

use serde_json::{Map, Value};

use crate::Failed;
use crate::runs::{CALLERS, Plan, Run};

const FILE: &str = "target/bench.json";

/// What a figure should be.
#[derive(Clone, Copy)]
enum Goal {
    AtLeast(f64),
    AtMost(f64),
}

/// The figures that are judged: name, what it is, goal.
const GOALS: [(&str, &str, Goal); 6] = [
    ("batched_512_vs_sqlite_1000", "batched, 512 callers, to SQLite's 1,000 rows a commit", Goal::AtLeast(0.35)),
    ("p50_vs_commit", "one at a time, p50 end to end, in SQLite commits", Goal::AtMost(6.0)),
    ("commits_per_message", "commits per message, both nodes, 512 callers", Goal::AtMost(0.01)),
    ("rss_mib_1m_waiting", "MiB of a sender with 1,000,000 waiting", Goal::AtMost(64.0)),
    ("rss_mib_1m_reopened", "MiB of it, opened anew", Goal::AtMost(64.0)),
    ("drain_100k_s", "seconds to drain 100,000 after a reconnect", Goal::AtMost(4.0)),
];

pub(crate) fn begin(plan: &Plan) {
    println!("Two nodes, each in a process of its own, default configuration, stores with synchronous = FULL.");
    println!("A message counts when it is durable at the receiver, whose app takes nothing in meanwhile.");
    if plan.quick {
        println!("BENCH_QUICK: everything runs, but too shortly for the figures to mean anything.");
    }
}

pub(crate) fn end(plan: &Plan, runs: &[Run]) -> Result<(), Failed> {
    let medians = medians(runs);
    let get = |name: &str| medians.get(name).copied().unwrap_or(f64::NAN);
    println!("\n{:<58}{:>14}", format!("medians of {}", runs.len()), "a second");
    let rate = |what: &str, name: &str| println!("{what:<58}{:>14}", thousands(get(name)));
    rate("SQLite alone, 1 row a transaction", "sqlite_rows_1_per_s");
    rate("SQLite alone, 1,000 rows a transaction", "sqlite_rows_1000_per_s");
    for (name, what) in [("batched", "batches"), ("single", "one event a request")] {
        for callers in CALLERS {
            rate(&format!("{what}, {callers} callers"), &format!("{name}_{callers}_per_s"));
        }
    }
    rate("batches, 512 callers, 64 rooms, 64 senders", "batched_512_rooms_64_per_s");
    rate("batches, 10,000 messages a call", "bulk_per_s");
    rate("published only, 512 callers, receiver down", "publish_512_per_s");

    println!("\n{:<58}{:>14}{:>14}", "one at a time, µs", "p50", "p99");
    for (name, what) in [
        ("sqlite_commit", "one SQLite commit"),
        ("publish", "publish, acknowledged"),
        ("end_to_end", "publish, durable at the other node"),
    ] {
        let at = |percent: u8| thousands(get(&format!("{name}_p{percent}_us")));
        println!("{what:<58}{:>14}{:>14}", at(50), at(99));
    }

    println!("\n{:<58}{:>14}{:>14}", "both nodes together", "CPU s/100,000", "commits/msg");
    for (name, what) in [("batched", "batches"), ("single", "one event a request")] {
        for callers in CALLERS {
            let figure = |figure: &str| get(&format!("{name}_{callers}_{figure}"));
            let (cpu, commits) = (figure("cpu_s_per_100k"), figure("commits_per_message"));
            println!("{:<58}{cpu:>14.2}{commits:>14.4}", format!("{what}, {callers} callers"));
        }
    }
    let (cpu, commits) = (get("bulk_cpu_s_per_100k"), get("bulk_commits_per_message"));
    println!("{:<58}{cpu:>14.2}{commits:>14.4}", "batches, 10,000 messages a call");

    println!("\n{:<58}{:>14}{:>14}", "", "measured", "goal");
    for (name, what, goal) in GOALS {
        let value = get(name);
        let (met, goal) = match goal {
            Goal::AtLeast(goal) => (value >= goal, format!(">= {goal}")),
            Goal::AtMost(goal) => (value <= goal, format!("<= {goal}")),
        };
        println!("{what:<58}{:>14}{goal:>14}  {}", short(value), if met { "met" } else { "MISSED" });
    }

    let mut object = Map::new();
    object.insert("runs".into(), runs.len().into());
    object.insert("quick".into(), plan.quick.into());
    for (name, value) in &medians {
        object.insert(name.clone(), Value::from(*value));
    }
    fs::write(FILE, format!("{:#}\n", Value::Object(object)))?;
    println!("\nall figures: {FILE}");
    Ok(())
}

fn medians(runs: &[Run]) -> Run {
    let names = runs.iter().flat_map(Run::keys);
    let of = |name: &String| {
        let mut values: Vec<f64> = runs.iter().filter_map(|run| run.get(name)).copied().collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        if values.len() % 2 == 1 { values[middle] } else { (values[middle - 1] + values[middle]) / 2.0 }
    };
    names.map(|name| (name.clone(), of(name))).collect()
}

fn thousands(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn short(value: f64) -> String {
    if value < 0.1 { format!("{value:.4}") } else { format!("{value:.2}") }
}
