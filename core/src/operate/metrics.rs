//! The node's figures, and how they are written for Prometheus.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Operator;
use crate::model::{Metric, MetricKind};

/// All figures; those of one name stand together.
pub(crate) fn all(operator: &Operator) -> Vec<Metric> {
    let counters = &operator.shared.counters;
    let one = |kind, name, help, value| Metric { name, help, kind, labels: Vec::new(), value };
    let count = |value: &AtomicU64| value.load(Ordering::Relaxed) as f64;
    let counter = |name, help, value| one(MetricKind::Counter, name, help, count(value));
    let gauge = |name, help, value| one(MetricKind::Gauge, name, help, value);
    // Whoever sees in it that something came also sees when: it is written after that.
    let inbox = counters.inbox.load(Ordering::Acquire) as f64;
    let last_arrival = count(&counters.last_arrival) / 1e6;
    let mut metrics = vec![
        counter("integrador_sent_total", "Events that other platforms took.", &counters.sent),
        counter("integrador_dead_total", "Events that became dead letters.", &counters.died),
        counter("integrador_received_total", "Events taken from other platforms.", &counters.received),
        counter("integrador_refused_total", "Requests that were refused.", &counters.refused),
        counter("integrador_commits_total", "Transactions that were written to disk.", &counters.commits),
        gauge("integrador_inbox", "Events that wait for the app.", inbox),
        gauge(
            "integrador_last_arrival_timestamp_seconds",
            "When something was last stored for the app, since the epoch.",
            last_arrival,
        ),
    ];
    let directory = operator.shared.directory.read();
    let lanes = || directory.entries().map(|(num, _)| num).filter(|num| directory.is_lane(*num));
    let of_platform = |name, help, num, value| Metric {
        name,
        help,
        kind: MetricKind::Gauge,
        labels: vec![("platform", directory.name(num).to_string())],
        value,
    };
    let waiting =
        |num| of_platform("integrador_waiting", "Events that wait for a platform.", num, directory.waiting(num) as f64);
    let is_up = |num| f64::from(u8::from(operator.peers.presence.contact(num).up == Some(true)));
    let up = |num| of_platform("integrador_up", "Whether a platform answers.", num, is_up(num));
    metrics.extend(lanes().map(waiting).chain(lanes().map(up)));
    metrics
}

/// In [Prometheus' text format](https://prometheus.io/docs/instrumenting/exposition_formats/).
pub(crate) fn text(metrics: &[Metric]) -> String {
    let (mut text, mut last) = (String::new(), "");
    for Metric { name, help, kind, labels, value } in metrics {
        if *name != last {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
            last = name;
        }
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(text, "{name}{labels} {value}");
    }
    text
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prometheus_gets_a_head_for_each_name_and_a_line_for_each_figure() {
        let metric = |name, kind, labels: &[(&'static str, &str)], value| Metric {
            name,
            help: "What it is.",
            kind,
            labels: labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect(),
            value,
        };
        let metrics = [
            metric("sent_total", MetricKind::Counter, &[], 7.0),
            metric("up", MetricKind::Gauge, &[("platform", "net core")], 1.0),
            metric("up", MetricKind::Gauge, &[("platform", "a\\\"b\nc")], 0.0),
            metric("last_seconds", MetricKind::Gauge, &[], 1_764_148_736_123_456.0 / 1e6),
        ];
        let expected = "# HELP sent_total What it is.\n# TYPE sent_total counter\nsent_total 7\n\
             # HELP up What it is.\n# TYPE up gauge\nup{platform=\"net core\"} 1\nup{platform=\"a\\\\\\\"b\\nc\"} 0\n\
             # HELP last_seconds What it is.\n# TYPE last_seconds gauge\nlast_seconds 1764148736.123456\n";
        assert_eq!(text(&metrics), expected);
    }
}
