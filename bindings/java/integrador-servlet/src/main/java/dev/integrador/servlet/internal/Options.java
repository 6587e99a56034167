package dev.integrador.servlet.internal;

import dev.integrador.Node;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Options of a node that are written as text: in context parameters, in properties. */
public final class Options {
    /** These stay texts, whatever they look like. */
    private static final Set<String> TEXTS = Set.of("platform", "name", "store", "platforms", "listen", "directory", "role", "proxy");

    private static final Pattern SPAN = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

    private static final Map<String, ChronoUnit> UNITS = Map.of(
            "ms", ChronoUnit.MILLIS, "s", ChronoUnit.SECONDS, "m", ChronoUnit.MINUTES, "h", ChronoUnit.HOURS, "d", ChronoUnit.DAYS);

    private Options() {}

    /**
     * Gives the builder the options.
     *
     * @param builder what configures the node
     * @param options by their names, with {@code -} or {@code _} between the words; an empty one, or null, is its default
     */
    public static void apply(Node.Builder builder, Map<String, String> options) {
        options.forEach((name, text) -> {
            String option = name.replace('-', '_');
            builder.option(option, text == null || text.isBlank() ? null : value(option, text.strip()));
        });
    }

    /** The text as what it says: what it must be, the core knows, and tells. */
    static Object value(String option, String text) {
        if (TEXTS.contains(option)) {
            return text;
        } else if (text.equals("true") || text.equals("false")) {
            return Boolean.valueOf(text);
        } else if (text.matches("-?\\d{1,18}")) {
            return Long.valueOf(text);
        } else if (text.matches("-?\\d+\\.\\d+")) {
            return Double.valueOf(text);
        }
        return span(text);
    }

    private static Object span(String text) {
        Matcher parts = SPAN.matcher(text);
        return parts.matches() ? Duration.of(Long.parseLong(parts.group(1)), UNITS.get(parts.group(2))) : text;
    }
}
