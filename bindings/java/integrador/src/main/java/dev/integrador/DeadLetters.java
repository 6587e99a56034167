package dev.integrador;

import dev.integrador.internal.Writer;
import java.util.Objects;
import java.util.UUID;

/** Which dead letters are listed, tried again or dropped. */
public final class DeadLetters {
    private final String by;
    private final Object value;

    private DeadLetters(String by, Object value) {
        this.by = by;
        this.value = Objects.requireNonNull(value, by);
    }

    /**
     * All of them.
     *
     * @return which
     */
    public static DeadLetters all() {
        return new DeadLetters("all", "");
    }

    /**
     * Those for one platform.
     *
     * @param name its name
     * @return which
     */
    public static DeadLetters platform(String name) {
        return new DeadLetters("platform", name);
    }

    /**
     * One.
     *
     * @param number its number
     * @return which
     */
    public static DeadLetters number(long number) {
        return new DeadLetters("number", number);
    }

    /**
     * Those of one event.
     *
     * @param eventId its id
     * @return which
     */
    public static DeadLetters event(UUID eventId) {
        return new DeadLetters("event", eventId);
    }

    Writer write(Writer request) {
        request.text("by", by);
        if (value instanceof UUID id) {
            return request.eventId(by, id);
        } else if (value instanceof Long number) {
            return request.i64(number);
        }
        return request.text(by, (String) value);
    }
}
