package dev.integrador.servlet;

import dev.integrador.IntegradorListener;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.NewMessage;
import dev.integrador.RoomKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;

/** Another platform: a node with a listener of its own, with a user `1`, a public room `1`, and all messages that it got. */
final class Peer implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final String TOKEN = "compartido-entre-dos";

    final Node node;
    private final Path registry;
    final BlockingQueue<Message> heard = new LinkedBlockingQueue<>();

    Peer(Path folder, String name) throws IOException {
        registry = registry(Files.createDirectories(folder).resolve(name + ".json"), Map.of());
        node = Node.builder(name)
                .store(folder.resolve(name + ".db"))
                .platforms(registry)
                .listen("127.0.0.1:0")
                .open();
        node.publishUser("1", "Ana");
        node.publishRoom("1", "Plaza", RoomKind.PUBLIC);
        node.start(IntegradorListener.messages(heard::add));
    }

    /** Has it know another platform, which runs already: a server that answers 404 to all is taken for one that wants nothing. */
    void meet(String name, String endpoint) throws IOException, InterruptedException {
        registry(registry, Map.of(name, endpoint));
        eventually(name + " is up", () -> node.status().platforms().stream().anyMatch(other -> Boolean.TRUE.equals(other.up())));
    }

    String endpoint() {
        return "http://127.0.0.1:" + node.localAddress().orElseThrow().getPort() + "/";
    }

    void say(String text) {
        node.publishMessage(NewMessage.of("1", "1", text));
    }

    /** The next message that it gets. */
    Message next() throws InterruptedException {
        Message message = heard.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (message == null) {
            throw new AssertionError("no message came within " + PATIENCE + "; " + node.status());
        }
        return message;
    }

    @Override
    public void close() {
        node.close();
    }

    /** Writes the registry file of whoever has these others. */
    static Path registry(Path file, Map<String, String> endpoints) throws IOException {
        List<String> names = endpoints.keySet().stream().sorted().toList();
        String entries = names.stream()
                .map(name -> "{\"id\": %d, \"name\": \"%s\", \"endpoint\": \"%s\", \"token\": \"%s\"}"
                        .formatted(names.indexOf(name) + 1, name, endpoints.get(name), TOKEN))
                .collect(Collectors.joining(",\n ", "[", "]"));
        return Files.writeString(file, entries);
    }

    static void eventually(String what, BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it never came true that " + what);
            }
            Thread.sleep(20);
        }
    }
}
