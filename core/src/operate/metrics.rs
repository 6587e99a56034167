//! The node's figures, in Prometheus' text format.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use super::Operator;
use crate::store::PlatformNum;

pub(crate) fn text(operator: &Operator) -> String {
    let mut text = String::new();
    let mut counter = |name: &str, help: &str, value: u64| {
        let _ = writeln!(
            text,
            "# HELP integrador_{name} {help}\n# TYPE integrador_{name} counter\nintegrador_{name} {value}"
        );
    };
    let count = |value: &AtomicU64| value.load(Ordering::Relaxed);
    counter("sent_total", "Events that other platforms took.", count(&operator.shared.counters.sent));
    counter("dead_total", "Events that became dead letters.", count(&operator.shared.counters.died));
    counter("received_total", "Events taken from other platforms.", count(&operator.shared.counters.received));
    counter("refused_total", "Requests that were refused.", count(&operator.shared.counters.refused));
    counter("commits_total", "Transactions that were written to disk.", count(&operator.shared.counters.commits));
    let _ = writeln!(
        text,
        "# HELP integrador_inbox Events that wait for the app.\n# TYPE integrador_inbox gauge\nintegrador_inbox {}",
        count(&operator.shared.counters.inbox)
    );
    let directory = operator.shared.directory.read();
    let lanes: Vec<_> = directory.entries().map(|(num, _)| num).filter(|num| directory.is_lane(*num)).collect();
    let label = |num: PlatformNum| directory.name(num).replace('\\', "\\\\").replace('"', "\\\"");
    text.push_str("# HELP integrador_waiting Events that wait for a platform.\n# TYPE integrador_waiting gauge\n");
    for num in &lanes {
        let waiting = directory.waiting(*num);
        let _ = writeln!(text, "integrador_waiting{{platform=\"{}\"}} {waiting}", label(*num));
    }
    text.push_str("# HELP integrador_up Whether a platform answers.\n# TYPE integrador_up gauge\n");
    for num in &lanes {
        let up = u8::from(operator.peers.presence.contact(*num).up == Some(true));
        let _ = writeln!(text, "integrador_up{{platform=\"{}\"}} {up}", label(*num));
    }
    text
}
