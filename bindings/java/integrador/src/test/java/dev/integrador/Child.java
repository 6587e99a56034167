package dev.integrador;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Another process, which is given lines and prints lines. Every wait for it is bounded, and it does not outlive its test. */
final class Child implements AutoCloseable {
    private static final Gson GSON = new Gson();

    private final Process process;
    private final BlockingQueue<Optional<String>> lines = new LinkedBlockingQueue<>();
    private final StringBuffer errors = new StringBuffer();
    private final List<Thread> readers = new ArrayList<>();

    Child(Path folder, List<String> command) {
        try {
            process = new ProcessBuilder(command).directory(folder.toFile()).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        read(process.getInputStream(), line -> lines.add(Optional.of(line)), () -> lines.add(Optional.empty()));
        read(process.getErrorStream(), line -> errors.append(line).append('\n'), () -> {});
    }

    /** A program among the tests, in a JVM of its own. */
    static Child java(Path folder, List<String> options, Class<?> main, String... arguments) {
        List<String> all = new ArrayList<>(options);
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        all.addAll(List.of(arguments));
        return jvm(folder, Path.of(System.getProperty("java.home"), "bin", "java"), all);
    }

    /** A JVM that takes little of what the machine has. */
    static Child jvm(Path folder, Path java, List<String> arguments) {
        List<String> command = new ArrayList<>(List.of(java.toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"));
        command.add("-XX:ErrorFile=" + folder.resolve("hs_err_%p.log"));
        command.addAll(arguments);
        return new Child(folder, command);
    }

    private interface Line {
        void got(String line);
    }

    private void read(InputStream stream, Line line, Runnable end) {
        Thread reader = new Thread(() -> {
            try (BufferedReader text = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8))) {
                for (String next = text.readLine(); next != null; next = text.readLine()) {
                    line.got(next);
                }
            } catch (IOException e) {
                // It was killed.
            }
            end.run();
        });
        reader.setDaemon(true);
        reader.start();
        readers.add(reader);
    }

    void write(String line) {
        try {
            process.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new AssertionError("it does not read any more; it wrote: " + errors(), e);
        }
    }

    /** The next line that it prints. */
    String line() {
        try {
            Optional<String> line = lines.poll(Eventually.PATIENCE.toSeconds(), TimeUnit.SECONDS);
            if (line == null || line.isEmpty()) {
                throw new AssertionError((line == null ? "it printed nothing for long" : "it ended") + "; it wrote: " + errors());
            }
            return line.get();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Gives it an order, in JSON; what it answers. */
    JsonObject ask(JsonObject order) {
        write(order.toString());
        return JsonParser.parseString(line()).getAsJsonObject();
    }

    /** The same, made of names and values. */
    JsonObject ask(String order, Object... namesAndValues) {
        JsonObject made = new JsonObject();
        made.addProperty("do", order);
        for (int at = 0; at < namesAndValues.length; at += 2) {
            made.add((String) namesAndValues[at], GSON.toJsonTree(namesAndValues[at + 1]));
        }
        return ask(made);
    }

    /** Ends its input; how it ended. */
    int end() {
        try {
            process.getOutputStream().close();
        } catch (IOException e) {
            // It has ended.
        }
        return ended(Eventually.PATIENCE.toSeconds());
    }

    /** Waits until it has ended by itself; how it did. */
    int ended(long seconds) {
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new AssertionError("it has not ended within " + seconds + " s; it wrote: " + errors());
            }
            for (Thread reader : readers) {
                reader.join(10_000);
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** As a power cut would. */
    void kill() {
        process.destroyForcibly();
        ended(Eventually.PATIENCE.toSeconds());
    }

    /** What is left of what it printed. */
    List<String> rest() {
        List<Optional<String>> all = new ArrayList<>();
        lines.drainTo(all);
        return all.stream().flatMap(Optional::stream).toList();
    }

    /** What it wrote to standard error so far. */
    String errors() {
        return errors.toString();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
