package dev.integrador.testing;

import dev.integrador.Node;
import dev.integrador.internal.Native;
import dev.integrador.internal.NodeAccess;
import dev.integrador.internal.Reader;
import dev.integrador.internal.Writer;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * Platforms that know each other, each with a node in memory, for the tests of an application.
 *
 * <p>Each is a real {@link Node}, which the application's code uses unchanged; only the network and the disk below it are played.
 * There are no ports and no files, and time stands still until the test moves it, so a test takes milliseconds.
 *
 * <pre>{@code
 * try (Mesh net = Mesh.open("BuasApp", "GWT_CHAT")) {
 *     Chat chat = new Chat(net.node("BuasApp"));  // the application: it calls start(listener)
 *     Node other = net.node("GWT_CHAT");
 *     other.publishRoom("7", "Plaza", RoomKind.PUBLIC);
 *     other.publishMessage("7", "1", "hola");
 *     net.settle();  // all that can be delivered has been, and the listeners have returned
 *     assertEquals(List.of("hola"), chat.shown());
 * }
 * }</pre>
 *
 * <p>{@link #advance} moves everything that goes by time: retries and what a failed listener waits for, time-outs of requests and of
 * listeners, pings, imports, what is forgotten or becomes a dead letter for its age, and the times in event ids. The machine's clock
 * stays what it is: for times that are only shown, such as {@code PlatformStatus.since}.
 *
 * <p>It is used by one thread at a time; the nodes by any number.
 */
public final class Mesh implements AutoCloseable {
    private final long handle;
    private final Map<String, Node> nodes = new LinkedHashMap<>();

    private Mesh(long handle) {
        this.handle = handle;
    }

    /**
     * Opens the nodes of platforms of these names.
     *
     * @param platforms the names
     * @return the mesh, to be closed
     * @throws dev.integrador.IntegradorException of kind {@code CONFIG}
     */
    public static Mesh open(String... platforms) {
        return open(Map.of(), platforms);
    }

    /**
     * The same with options, which count for each of the nodes.
     *
     * @param options what {@link dev.integrador.Node.Builder#option} takes, by name; but a mesh has neither ports nor files: no
     *     {@code listen}, {@code platforms} or {@code role}
     * @param platforms the names
     * @return the mesh, to be closed
     * @throws dev.integrador.IntegradorException of kind {@code CONFIG}
     */
    public static Mesh open(Map<String, ?> options, String... platforms) {
        Objects.requireNonNull(options, "options");
        Writer request = Writer.of("mesh").text("call", "open").list(Arrays.asList(platforms), (to, name) -> to.text("platforms", name))
                .list(options.entrySet(), (to, of) -> to.configured(of.getKey(), of.getValue()));
        return new Mesh(Native.ask(request).i64());
    }

    private Reader ask(String call) {
        return Native.ask(request(call));
    }

    private Reader ask(String call, String platform) {
        return Native.ask(request(call).text("platform", platform));
    }

    private Writer request(String call) {
        return Writer.of("mesh").text("call", call).i64(handle);
    }

    /**
     * The node of a platform, as it is now: after {@link #reopen} it is another one.
     *
     * @param platform its name
     * @return its node
     * @throws dev.integrador.IntegradorException of kind {@code UNKNOWN_PLATFORM}; {@code CLOSED} between {@link #crash} and
     *     {@link #reopen}
     */
    public Node node(String platform) {
        Node known = nodes.get(platform);
        return known != null ? known : opened("node", platform);
    }

    private Node opened(String call, String platform) {
        Node node = NodeAccess.get().around(() -> ask(call, platform).i64());
        nodes.put(platform, node);
        return node;
    }

    /**
     * Cuts a platform off: nobody reaches it, and it reaches nobody. The others see it when they try.
     *
     * @param platform its name
     * @throws dev.integrador.IntegradorException of kind {@code UNKNOWN_PLATFORM}
     */
    public void down(String platform) {
        ask("down", platform);
    }

    /**
     * Lets a platform be reached again. What waits for it goes out when the others notice, which {@link #settle} waits for.
     *
     * @param platform its name
     * @throws dev.integrador.IntegradorException of kind {@code UNKNOWN_PLATFORM}
     */
    public void up(String platform) {
        ask("up", platform);
    }

    /**
     * Has the process of a platform die: what its node had not committed is lost, and its node answers {@code CLOSED}. Its store is
     * there for {@link #reopen}.
     *
     * @param platform its name
     * @throws dev.integrador.IntegradorException of kind {@code UNKNOWN_PLATFORM}
     */
    public void crash(String platform) {
        ask("crash", platform);
        forget(platform);
    }

    /** Closes what Java has of a node that the core has closed. */
    private void forget(String platform) {
        Node before = nodes.remove(platform);
        if (before != null) {
            before.close();
        }
    }

    /**
     * Opens the node of a platform again on its store, without a listener; one that is open is closed before.
     *
     * @param platform its name
     * @return its new node
     * @throws dev.integrador.IntegradorException of kind {@code UNKNOWN_PLATFORM}
     */
    public Node reopen(String platform) {
        Node before = nodes.get(platform);
        if (before != null) {
            before.stop();
        }
        Node node = opened("reopen", platform);
        if (before != null) {
            before.close();
        }
        return node;
    }

    /**
     * Moves time on; what falls due meanwhile happens in its order, and listeners that are called have returned when this returns. A
     * day takes some seconds.
     *
     * @param span how far
     * @throws dev.integrador.IntegradorException of kind {@code INTERNAL} if a listener takes longer than 10 s
     */
    public void advance(Duration span) {
        Objects.requireNonNull(span, "span");
        waitForListeners();
        Native.ask(request("advance").patience(span));
    }

    /**
     * Returns when all that can be delivered has been: platforms that can be reached see each other, nothing waits for them, and the
     * listeners have returned. Time moves on as far as that takes, usually a few milliseconds: after a platform was down, until the
     * others try it again.
     *
     * <p>What a listener failed at comes later: {@link #advance}. Events that a test has taken itself it acknowledges before.
     *
     * @throws dev.integrador.IntegradorException of kind {@code INTERNAL} if a listener takes longer than 10 s, or what a test has
     *     taken is not acknowledged; {@code TRANSPORT} if something does not arrive although its platform can be reached
     */
    public void settle() {
        waitForListeners();
        ask("settle");
    }

    /** One that was started just now may not have asked for events yet. */
    private void waitForListeners() {
        nodes.forEach((platform, node) -> {
            if (NodeAccess.get().listens(node)) {
                ask("wait_for_handler", platform);
            }
        });
    }

    /** Ends all nodes that are still open, and their listeners. Closing again does nothing. */
    @Override
    public void close() {
        Native.ask(Writer.of("release").i64(handle));
        nodes.values().forEach(Node::close);
        nodes.clear();
    }
}
