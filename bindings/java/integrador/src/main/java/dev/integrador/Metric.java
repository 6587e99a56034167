package dev.integrador;

import java.util.Map;

/**
 * A figure of the node. Names and units are those of Prometheus' conventions.
 *
 * @param name such as {@code integrador_waiting}; there may be several of one name, each with labels of its own
 * @param labels what it is of, such as {@code platform=GWT_CHAT}
 * @param value a whole number, but for times
 * @param kind how it moves
 * @param help what it counts, as a sentence
 */
public record Metric(String name, Map<String, String> labels, double value, MetricKind kind, String help) {}
