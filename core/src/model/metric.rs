//! A figure of a node, for those who watch it.

use serde::Serialize;

use super::words::words;

/// How a figure moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricKind {
    /// It only grows, from 0 when the node was opened.
    Counter,
    /// It is as things are now.
    Gauge,
}

words!(MetricKind { Counter: "counter", Gauge: "gauge" });

/// A figure of a node. The names and units are those of Prometheus' conventions.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Metric {
    /// Such as `integrador_waiting`. There may be several of one name, each with labels of its own; they stand together.
    pub name: &'static str,
    /// What it counts, as a sentence.
    pub help: &'static str,
    /// How it moves.
    pub kind: MetricKind,
    /// What it is of, such as `("platform", "GWT_CHAT")`.
    pub labels: Vec<(&'static str, String)>,
    /// The figure: a whole number, but for times.
    pub value: f64,
}
