package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A file of a program that may be killed at any instant: what was acknowledged to it, or what it got and acknowledged. The format is
 * that of {@code tests/src/ledger.rs}, and so is what is checked.
 */
final class Ledger implements AutoCloseable {
    private final FileChannel file;

    Ledger(Path path) throws IOException {
        file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        if (file.size() > 0) {
            // A line that a crash cut short is ended.
            write("\n");
        }
    }

    /** Adds these lines; they are on disk when it returns. */
    synchronized void add(List<JsonObject> lines) throws IOException {
        StringBuilder text = new StringBuilder();
        lines.forEach(line -> text.append(line).append('\n'));
        write(text.toString());
        file.force(false);
    }

    private void write(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            file.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    static JsonObject said(String room, long n, String event) {
        JsonObject line = new JsonObject();
        line.addProperty("line", "said");
        line.addProperty("room", room);
        line.addProperty("n", n);
        line.addProperty("event", event);
        return line;
    }

    static JsonObject got(Message message) {
        JsonObject line = new JsonObject();
        line.addProperty("line", "got");
        line.addProperty("id", message.eventId().toString());
        line.addProperty("pid", ProcessHandle.current().pid());
        line.addProperty("room", message.room().toString());
        line.addProperty("sender", message.sender().toString());
        line.addProperty("text", message.text());
        line.addProperty("late", message.late());
        return line;
    }

    static JsonObject acked(JsonObject got) {
        JsonObject line = new JsonObject();
        line.addProperty("line", "acked");
        line.add("id", got.get("id"));
        return line;
    }

    /** The lines of one kind, or of all; what a crash cut short is left out. */
    private static List<JsonObject> lines(Path path) {
        List<JsonObject> lines = new ArrayList<>();
        try {
            for (String line : Files.exists(path) ? Files.readString(path).split("\n") : new String[0]) {
                if (!line.isEmpty()) {
                    read(line, lines);
                }
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return lines;
    }

    private static void read(String line, List<JsonObject> to) {
        try {
            to.add(JsonParser.parseString(line).getAsJsonObject());
        } catch (JsonParseException e) {
            // Cut short.
        }
    }

    private static String text(JsonObject line, String field) {
        return line.get(field).getAsString();
    }

    /** The last number that was acknowledged in a room. */
    static long lastSaid(Path said, String room) {
        return lines(said).stream().filter(line -> text(line, "room").equals(room)).mapToLong(line -> line.get("n").getAsLong()).max().orElse(0);
    }

    /** The texts that came from this sender in this room, each the first time that it came. */
    static List<String> texts(Path heard, String room, String sender) {
        Set<String> seen = new HashSet<>();
        return lines(heard).stream()
                .filter(line -> text(line, "line").equals("got") && text(line, "room").equals(room) && text(line, "sender").equals(sender))
                .filter(line -> seen.add(text(line, "id")))
                .map(line -> text(line, "text"))
                .toList();
    }

    /**
     * Checks what holds whatever was killed: nothing comes again that was acknowledged, or to the same process; in each process the
     * numbers of a sender in a room grow; nothing is called late.
     */
    static void check(Path heard) {
        Set<String> acked = new HashSet<>();
        Set<String> got = new HashSet<>();
        Map<String, Long> last = new HashMap<>();
        for (JsonObject line : lines(heard)) {
            String id = text(line, "id");
            if (text(line, "line").equals("acked")) {
                acked.add(id);
                continue;
            }
            assertFalse(acked.contains(id), () -> "handed over again after it was acknowledged: " + line);
            assertTrue(got.add(text(line, "pid") + id), () -> "handed over twice to one process: " + line);
            assertFalse(line.get("late").getAsBoolean(), () -> "called late: " + line);
            long n = Long.parseLong(text(line, "text"));
            Long before = last.put(text(line, "pid") + text(line, "room") + text(line, "sender"), n);
            assertTrue(before == null || before < n, () -> before + " came before " + line);
        }
    }

    /**
     * Checks that from this sender in this room all that was acknowledged came, in order. One more may have come: the one that was
     * being published when the speaker was killed.
     */
    static void checkAll(Path heard, String room, String sender, long acknowledged) {
        List<String> texts = texts(heard, room, sender);
        List<String> expected = new ArrayList<>();
        for (long n = 1; n <= Math.max(acknowledged, Math.min(texts.size(), acknowledged + 1)); n++) {
            expected.add(String.valueOf(n));
        }
        assertEquals(expected, texts, sender + " in " + room);
    }
}
