package dev.integrador.internal;

import dev.integrador.ErrorKind;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;

/** Reads an answer of the native part, which says in {@code bytes.rs} how it is written. */
public final class Reader {
    private final ByteBuffer bytes;

    private Reader(byte[] bytes) {
        this.bytes = ByteBuffer.wrap(bytes);
    }

    /**
     * Reads an answer.
     *
     * @param answer the answer
     * @return a reader of what was returned
     * @throws IntegradorException if it is an error
     */
    public static Reader ofAnswer(byte[] answer) {
        Reader reader = new Reader(answer);
        if (reader.flag()) {
            throw reader.error();
        }
        return reader;
    }

    /**
     * An error.
     *
     * @return the error
     */
    public IntegradorException error() {
        ErrorKind kind = word(ErrorKind.class);
        return new IntegradorException(kind, text(), option(Reader::text), flag(), null);
    }

    /**
     * A flag.
     *
     * @return the flag
     */
    public boolean flag() {
        return bytes.get() != 0;
    }

    /**
     * A number of 32 bits.
     *
     * @return the number
     */
    public int i32() {
        return bytes.getInt();
    }

    /**
     * A number of 64 bits.
     *
     * @return the number
     */
    public long i64() {
        return bytes.getLong();
    }

    /**
     * A number with a fraction.
     *
     * @return the number
     */
    public double f64() {
        return bytes.getDouble();
    }

    /**
     * Bytes.
     *
     * @return the bytes
     */
    public byte[] bytes() {
        byte[] read = new byte[bytes.getInt()];
        bytes.get(read);
        return read;
    }

    /**
     * A text.
     *
     * @return the text
     */
    public String text() {
        int length = bytes.getInt();
        String read = new String(bytes.array(), bytes.position(), length, StandardCharsets.UTF_8);
        bytes.position(bytes.position() + length);
        return read;
    }

    /**
     * One of a few words.
     *
     * @param <E> what they are
     * @param type the same
     * @return which of them
     */
    public <E extends Enum<E>> E word(Class<E> type) {
        return Enum.valueOf(type, text().toUpperCase(Locale.ROOT));
    }

    /**
     * An event id.
     *
     * @return the id
     */
    public UUID eventId() {
        return new UUID(bytes.getLong(), bytes.getLong());
    }

    /**
     * A time.
     *
     * @return the time
     */
    public Instant time() {
        return Instant.ofEpochSecond(bytes.getLong(), bytes.getInt());
    }

    /**
     * An external id.
     *
     * @return the id
     */
    public ExternalId external() {
        return new ExternalId(text(), text());
    }

    /**
     * What may be absent.
     *
     * @param <T> its type
     * @param read reads it
     * @return the value, or null
     */
    public <T> T option(Function<Reader, T> read) {
        return flag() ? read.apply(this) : null;
    }

    /**
     * A list.
     *
     * @param <T> the type of its items
     * @param read reads one
     * @return the items
     */
    public <T> List<T> list(Function<Reader, T> read) {
        int count = bytes.getInt();
        List<T> all = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            all.add(read.apply(this));
        }
        return Collections.unmodifiableList(all);
    }

    /**
     * What an application carries; {@code json.rs} says how it is written.
     *
     * @return an object of JSON
     */
    public Map<String, Object> object() {
        bytes.getInt();
        return fields();
    }

    private Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int left = bytes.getInt(); left > 0; left--) {
            fields.put(text(), value());
        }
        return Collections.unmodifiableMap(fields);
    }

    private Object value() {
        return switch (bytes.getInt()) {
            case 0 -> null;
            case 1 -> false;
            case 2 -> true;
            case 3 -> number(text());
            case 4 -> text();
            case 5 -> list(Reader::value);
            default -> fields();
        };
    }

    private static Number number(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            return new BigDecimal(text);
        }
    }
}
