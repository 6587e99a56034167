package dev.integrador.spring;

import dev.integrador.IntegradorException;
import dev.integrador.Metric;
import dev.integrador.MetricKind;
import dev.integrador.Node;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The figures of a node as meters. {@code integrador_sent_total} is {@code integrador.sent}; registries such as Prometheus' call it
 * by its own name again. What a platform that joins later brings is there from the second scrape on.
 */
public final class IntegradorMetrics implements MeterBinder {
    /** One question to the node is enough for all meters of a scrape. */
    private static final long FRESH = Duration.ofSeconds(1).toNanos();

    private final Node node;
    private final Map<MeterRegistry, Map<Figure, Meter>> registries = new HashMap<>();
    private Map<Figure, Metric> figures = Map.of();
    private long asked = System.nanoTime() - FRESH;

    private record Figure(String name, Map<String, String> labels) {}

    /**
     * The figures of this node.
     *
     * @param node the node
     */
    public IntegradorMetrics(Node node) {
        this.node = node;
    }

    @Override
    public synchronized void bindTo(MeterRegistry registry) {
        registries.put(registry, new HashMap<>());
        asked = System.nanoTime() - FRESH;
        refresh();
    }

    private synchronized double value(Figure figure) {
        refresh();
        Metric metric = figures.get(figure);
        return metric == null ? Double.NaN : metric.value();
    }

    private void refresh() {
        if (System.nanoTime() - asked < FRESH) {
            return;
        }
        asked = System.nanoTime();
        Map<Figure, Metric> now = new HashMap<>();
        try {
            node.metrics().forEach(metric -> now.put(new Figure(metric.name(), metric.labels()), metric));
        } catch (IntegradorException e) {
            // It is closed, and has no figures any more.
        }
        figures = now;
        registries.forEach(this::follow);
    }

    private void follow(MeterRegistry registry, Map<Figure, Meter> meters) {
        figures.forEach((figure, metric) -> meters.computeIfAbsent(figure, added -> register(registry, added, metric)));
        meters.entrySet().removeIf(meter -> {
            boolean gone = !figures.containsKey(meter.getKey());
            if (gone) {
                registry.remove(meter.getValue());
            }
            return gone;
        });
    }

    private Meter register(MeterRegistry registry, Figure figure, Metric metric) {
        List<Tag> tags = figure.labels().entrySet().stream().map(label -> Tag.of(label.getKey(), label.getValue())).toList();
        boolean seconds = figure.name().endsWith("_seconds");
        // Registries add unit and `total` where it is their custom.
        String name = figure.name().replaceFirst("_(total|seconds)$", "").replace('_', '.');
        String unit = seconds ? "seconds" : null;
        if (metric.kind() == MetricKind.COUNTER) {
            return FunctionCounter.builder(name, this, of -> of.value(figure)).tags(tags).description(metric.help()).baseUnit(unit)
                    .register(registry);
        }
        return Gauge.builder(name, this, of -> of.value(figure)).tags(tags).description(metric.help()).baseUnit(unit).register(registry);
    }
}
