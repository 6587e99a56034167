package gwtchat.integration;

import dev.integrador.Node;
import dev.integrador.Platform;
import dev.integrador.PlatformStatus;
import dev.integrador.servlet.IntegrationServlet;
import gwtchat.Chat;
import gwtchat.live.Push;
import gwtchat.model.PlatformInfo;
import jakarta.servlet.http.HttpServlet;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The chat's side of Integrador: opens the node, starts what publishes and what stores, and closes all of it. */
public final class Integration implements AutoCloseable {
    private final Chat chat;
    private final Node node;
    private final IntegrationClient client;
    private final IntegrationService service;
    private final Memberships memberships;

    private Integration(Chat chat, Node node) {
        this.chat = chat;
        this.node = node;
        service = new IntegrationService(chat, node, this::showPlatforms);
        client = new IntegrationClient(chat, node, service);
        memberships = new Memberships(chat, node, service);
    }

    public static Integration open(Chat chat, Path store, Optional<Path> platforms) {
        Node.Builder builder = Node.builder(chat.ids().platform()).store(store);
        platforms.ifPresent(builder::platforms);
        return with(chat, builder.open());
    }

    /** The same with a node that is open already. */
    static Integration with(Chat chat, Node node) {
        return new Integration(chat, node);
    }

    /** Takes over what this chat has missed, and begins. */
    public void start() {
        service.catchUp();
        client.start();
        node.start(service);
    }

    /** What other platforms reach, to be mounted at {@code /api/*}. */
    public HttpServlet servlet() {
        return new IntegrationServlet(node);
    }

    public IntegrationClient client() {
        return client;
    }

    public Memberships memberships() {
        return memberships;
    }

    /** To be called after a row was committed that others should hear of. */
    public void written() {
        client.written();
    }

    /** All platforms, and which of them are up. */
    public List<PlatformInfo> platforms() {
        Map<String, Boolean> up = new HashMap<>();
        for (PlatformStatus status : node.status().platforms()) {
            up.put(status.name(), status.up());
        }
        return node.platforms().stream().map(p -> info(p, up)).toList();
    }

    private static PlatformInfo info(Platform p, Map<String, Boolean> up) {
        // What is hosted by another node is reached only as long as that one is.
        Boolean isUp = p.own() ? Boolean.TRUE : up.get(p.via() != null && up.get(p.via()) != null ? p.via() : p.name());
        return new PlatformInfo(p.name(), p.own(), p.supportImage(), p.supportAudio(), isUp);
    }

    private void showPlatforms() {
        List<PlatformInfo> platforms = platforms();
        chat.rooms().tellAll(new Push.Platforms(platforms));
    }

    @Override
    public void close() {
        // What still comes has all that it needs; the rest comes when the chat is opened again.
        node.stop();
        service.close();
        client.close();
        node.close();
    }
}
