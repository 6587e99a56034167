package dev.integrador.spring;

import dev.integrador.IntegradorListener;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.RoomKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The platform Norte: a node with a listener of its own, with the user Bruno and the public room `1`. */
final class Peer implements AutoCloseable {
    private static final long PATIENCE = 30;

    final Node node;
    final BlockingQueue<Message> heard = new LinkedBlockingQueue<>();
    private final Path folder;

    Peer(Path folder) throws IOException {
        this.folder = folder;
        node = Node.builder("Norte")
                .store(folder.resolve("norte.db"))
                .platforms(registry("norte.json", "[]"))
                .listen("127.0.0.1:0")
                .open();
        node.publishUser("1", "Bruno");
        node.publishRoom("1", "Tablón", RoomKind.PUBLIC);
        node.start(IntegradorListener.messages(heard::add));
    }

    private Path registry(String file, String content) throws IOException {
        return Files.writeString(folder.resolve(file), content);
    }

    private static String entry(String name, String endpoint) {
        return "[{\"id\": 1, \"name\": \"%s\", \"endpoint\": \"%s\", \"token\": \"compartido-entre-dos\"}]".formatted(name, endpoint);
    }

    /** The registry file for whoever has this platform as the only other one. */
    Path known() throws IOException {
        return registry("sur.json", entry("Norte", "http://127.0.0.1:" + node.localAddress().orElseThrow().getPort() + "/"));
    }

    /** Has it know Sur, which runs already. */
    void meet(String endpoint) throws Exception {
        registry("norte.json", entry("Sur", endpoint));
        eventually("Sur is up", () -> node.status().platforms().stream().anyMatch(other -> Boolean.TRUE.equals(other.up())));
    }

    Message next() throws InterruptedException {
        return next(heard);
    }

    static <T> T next(BlockingQueue<T> queue) throws InterruptedException {
        T next = queue.poll(PATIENCE, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came within " + PATIENCE + " s");
        }
        return next;
    }

    static void eventually(String what, BooleanSupplier holds) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE);
        while (!holds.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("it never came true that " + what);
            }
            Thread.sleep(20);
        }
    }

    @Override
    public void close() {
        node.close();
    }
}
