package dev.integrador;

import java.util.Locale;

/** How a figure moves. */
public enum MetricKind {
    /** It only grows, from 0 when the node was opened. */
    COUNTER,
    /** It is as things are now. */
    GAUGE;

    /**
     * The word for it, which is the same in JSON and in every language.
     *
     * @return such as {@code "counter"}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT);
    }
}
