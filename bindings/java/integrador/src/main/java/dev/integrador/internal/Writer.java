package dev.integrador.internal;

import dev.integrador.ErrorKind;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorException;
import dev.integrador.Ref;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiConsumer;

/** Writes a request for the native part, which says in {@code bytes.rs} how. */
public final class Writer {
    private byte[] bytes = new byte[256];
    private int end;

    private Writer() {}

    /**
     * A request.
     *
     * @param call the name of what is asked
     * @return a writer for what belongs to it
     */
    public static Writer of(String call) {
        return new Writer().text("call", call);
    }

    byte[] bytes() {
        return end == bytes.length ? bytes : Arrays.copyOf(bytes, end);
    }

    private void room(int more) {
        if (bytes.length - end < more) {
            if (end > Integer.MAX_VALUE - 8 - more) {
                String why = "one call takes less than 2 GiB: give large attachments as `url`, and many messages in several calls";
                throw new IntegradorException(ErrorKind.TOO_LARGE, why, null, false, null);
            }
            bytes = Arrays.copyOf(bytes, Math.max(end + more, (int) Math.min(Integer.MAX_VALUE - 8L, bytes.length * 2L)));
        }
    }

    /**
     * Bytes as they are, without their length.
     *
     * @param value the bytes
     * @return this
     */
    private Writer raw(byte[] value) {
        room(value.length);
        System.arraycopy(value, 0, bytes, end, value.length);
        end += value.length;
        return this;
    }

    /**
     * A flag.
     *
     * @param value the flag
     * @return this
     */
    public Writer flag(boolean value) {
        room(1);
        bytes[end++] = (byte) (value ? 1 : 0);
        return this;
    }

    /**
     * A number of 32 bits.
     *
     * @param value the number
     * @return this
     */
    public Writer i32(int value) {
        room(4);
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes[end++] = (byte) (value >>> shift);
        }
        return this;
    }

    /**
     * A number of 64 bits.
     *
     * @param value the number
     * @return this
     */
    public Writer i64(long value) {
        return i32((int) (value >>> 32)).i32((int) value);
    }

    /**
     * Bytes.
     *
     * @param value the bytes
     * @return this
     */
    public Writer bytes(byte[] value) {
        return i32(value.length).raw(value);
    }

    /**
     * A text.
     *
     * @param field what the application calls it
     * @param value the text
     * @return this
     */
    public Writer text(String field, String value) {
        return bytes(checked(field, value).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A text in which what can't be text is replaced.
     *
     * @param value the text
     * @return this
     */
    public Writer lossy(String value) {
        return bytes(value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * A text that can be stored and sent: half of a character of two (a surrogate that stands alone) can not.
     *
     * @param field what the application calls it
     * @param value the text
     * @return the text
     */
    public static String checked(String field, String value) {
        Objects.requireNonNull(value, field);
        for (int at = 0; at < value.length(); at++) {
            char unit = value.charAt(at);
            if (!Character.isSurrogate(unit)) {
                continue;
            }
            boolean pair = Character.isHighSurrogate(unit) && at + 1 < value.length() && Character.isLowSurrogate(value.charAt(at + 1));
            if (!pair) {
                String why = "`" + field + "`: expected text, but a surrogate in it stands alone (at " + at + ")";
                throw new IntegradorException(ErrorKind.INVALID, why, field, false, null);
            }
            at++;
        }
        return value;
    }

    /**
     * What may be absent.
     *
     * @param <T> its type
     * @param value the value, or null
     * @param write writes it
     * @return this
     */
    public <T> Writer option(T value, BiConsumer<Writer, ? super T> write) {
        flag(value != null);
        if (value != null) {
            write.accept(this, value);
        }
        return this;
    }

    /**
     * A list.
     *
     * @param <T> the type of its items
     * @param values the items
     * @param write writes one
     * @return this
     */
    public <T> Writer list(Collection<? extends T> values, BiConsumer<Writer, ? super T> write) {
        i32(values.size());
        values.forEach(value -> write.accept(this, value));
        return this;
    }

    /** How deep lists and maps are followed: deeper ones are refused anyway, and one that holds itself has no end. */
    private static final int DEEPEST = 64;

    /**
     * What an application carries, as {@code json.rs} reads it.
     *
     * @param field what the application calls it
     * @param object what JSON can say: maps by texts, collections, texts, numbers, booleans, null
     * @return this
     */
    public Writer object(String field, Map<String, ?> object) {
        return value(field, object, 0);
    }

    private Writer value(String field, Object value, int depth) {
        if (depth > DEEPEST) {
            throw unsaid(field, "lists and maps that are not so deep");
        } else if (value == null) {
            return i32(0);
        } else if (value instanceof Boolean flag) {
            return i32(flag ? 2 : 1);
        } else if (value instanceof Number number) {
            if (number instanceof Double || number instanceof Float) {
                double finite = number.doubleValue();
                if (Double.isNaN(finite) || Double.isInfinite(finite)) {
                    throw unsaid(field, "numbers that JSON can say, and no " + number);
                }
            }
            return i32(3).text(field, number.toString());
        } else if (value instanceof CharSequence text) {
            return i32(4).text(field, text.toString());
        } else if (value instanceof Collection<?> items) {
            i32(5).i32(items.size());
            items.forEach(item -> value(field, item, depth + 1));
            return this;
        } else if (value instanceof Map<?, ?> fields) {
            i32(6).i32(fields.size());
            fields.forEach((name, of) -> {
                if (!(name instanceof String)) {
                    throw unsaid(field, "maps by texts");
                }
                text(field, (String) name).value(field, of, depth + 1);
            });
            return this;
        }
        throw unsaid(field, "what JSON can say, and no " + value.getClass().getName());
    }

    private static IntegradorException unsaid(String field, String expected) {
        return new IntegradorException(ErrorKind.INVALID, "`" + field + "`: expected " + expected, field, false, null);
    }

    /**
     * An external id.
     *
     * @param field what the application calls it
     * @param id the id
     * @return this
     */
    public Writer external(String field, ExternalId id) {
        Objects.requireNonNull(id, field);
        return text(field, id.platform()).text(field, id.id());
    }

    /**
     * What names a user or a room.
     *
     * @param field what the application calls it
     * @param ref the reference
     * @return this
     */
    public Writer ref(String field, Ref ref) {
        Objects.requireNonNull(ref, field);
        if (ref instanceof ExternalId external) {
            return flag(true).external(field, external);
        }
        return flag(false).text(field, ((Ref.Own) ref).id());
    }

    /**
     * An event id.
     *
     * @param field what the application calls it
     * @param id the id
     * @return this
     */
    public Writer eventId(String field, UUID id) {
        Objects.requireNonNull(id, field);
        return i64(id.getMostSignificantBits()).i64(id.getLeastSignificantBits());
    }

    /**
     * A time.
     *
     * @param at the time
     * @return this
     */
    public Writer time(Instant at) {
        return i64(at.getEpochSecond()).i32(at.getNano());
    }

    /**
     * How long somebody waits, in whole milliseconds, rounded up; less than nothing is nothing.
     *
     * @param span how long
     * @return this
     */
    public Writer patience(Duration span) {
        if (span.isNegative()) {
            return i64(0);
        }
        try {
            return i64(span.plusNanos(999_999).toMillis());
        } catch (ArithmeticException e) {
            return i64(-1);
        }
    }

    /**
     * An option of the configuration.
     *
     * @param name its name, as in JSON
     * @param value a text, a flag, a number or a duration
     * @return this
     */
    public Writer configured(String name, Object value) {
        text("option", name);
        if (value instanceof Boolean flag) {
            return text("type", "bool").flag(flag);
        } else if (value instanceof Integer || value instanceof Long || value instanceof Short || value instanceof Byte) {
            return text("type", "integer").i64(((Number) value).longValue());
        } else if (value instanceof Duration span) {
            return number(span.getSeconds() + span.getNano() / 1e9);
        } else if (value instanceof Number number) {
            return number(number.doubleValue());
        }
        return text("type", "text").text(name, String.valueOf(value));
    }

    private Writer number(double value) {
        return text("type", "number").i64(Double.doubleToLongBits(value));
    }
}
