package dev.integrador;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** A folder with the registries and stores of some platforms, each with a port of its own. */
final class Net implements AutoCloseable {
    /** Outside the range from which the system takes the ports of outgoing connections: what is chosen for later stays free. */
    private static final int FIRST = 10_000 + (int) (ProcessHandle.current().pid() % 220) * 100;

    private static int last = FIRST;

    private final Path folder;
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final List<Node> open = new ArrayList<>();

    Net(Path folder, String... names) {
        this(folder, List.of(names), List.of());
    }

    /** Newcomers know nobody, and nobody knows them. */
    Net(Path folder, List<String> names, List<String> newcomers) {
        this.folder = folder;
        names.forEach(name -> ports.put(name, freePort()));
        newcomers.forEach(name -> ports.put(name, freePort()));
        names.forEach(name -> write(name, names));
        newcomers.forEach(name -> write(name, List.of()));
    }

    /** The registry of a platform, which knows these. */
    private void write(String name, List<String> known) {
        JsonArray registry = new JsonArray();
        known.forEach(other -> registry.add(entry(name, other)));
        try {
            Files.createDirectories(folder);
            Files.writeString(registry(name), registry.toString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static synchronized int freePort() {
        while (true) {
            last = last < 32_000 ? last + 1 : 10_000;
            try (ServerSocket socket = new ServerSocket(last, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (IOException e) {
                // Somebody has it.
            }
        }
    }

    private JsonObject entry(String name, String other) {
        JsonObject entry = new JsonObject();
        entry.addProperty("id", 1);
        entry.addProperty("name", other);
        entry.addProperty("endpoint", "http://127.0.0.1:" + ports.get(other) + "/");
        entry.addProperty("token", name.compareTo(other) < 0 ? name + "-" + other : other + "-" + name);
        return entry;
    }

    Path store(String name) {
        return folder.resolve(name + ".db");
    }

    Path registry(String name) {
        return folder.resolve(name + ".platforms.json");
    }

    private String address(String name) {
        return "127.0.0.1:" + ports.get(name);
    }

    /** How the node of a platform is configured, for a program in any language. */
    JsonObject options(String name) {
        JsonObject options = new JsonObject();
        options.addProperty("platform", name);
        options.addProperty("store", store(name).toString());
        options.addProperty("platforms", registry(name).toString());
        options.addProperty("listen", address(name));
        return options;
    }

    Node open(String name) {
        return open(name, UnaryOperator.identity());
    }

    Node open(String name, UnaryOperator<Node.Builder> configure) {
        Node.Builder options =
                Node.builder(name).store(store(name)).platforms(registry(name)).listen(address(name));
        Node node = configure.apply(options).open();
        open.add(node);
        return node;
    }

    @Override
    public void close() {
        open.forEach(Node::close);
    }
}
