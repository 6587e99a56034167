package dev.integrador.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.integrador.ExternalId;
import dev.integrador.IntegradorListener;
import dev.integrador.Node;
import dev.integrador.RoomKind;
import jakarta.servlet.ServletContext;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import webapp.Board;
import webapp.Echo;
import webapp.Notes;

class IntegradorContextListenerTest {
    @TempDir
    Path folder;

    private Container container;

    /** Fails after the node was opened. */
    public static class Failing extends IntegradorContextListener {
        static Node opened;

        @Override
        protected IntegradorListener listener(Node node, ServletContext context) {
            opened = node;
            throw new IllegalStateException("the application's database is away");
        }
    }

    @BeforeEach
    void start() throws Exception {
        container = new Container(folder);
    }

    @AfterEach
    void stop() throws Exception {
        container.close();
    }

    private Map<String, String> parameters(String platform, String... more) {
        Map<String, String> parameters = new HashMap<>();
        parameters.put("integrador.platform", platform);
        parameters.put("integrador.store", folder.resolve(platform + ".db").toString());
        for (int at = 0; at < more.length; at += 2) {
            parameters.put(more[at], more[at + 1]);
        }
        return parameters;
    }

    @Test
    void theNodeIsOpenAsLongAsTheApplicationIs() throws Exception {
        Context context = container.start("", IntegradorContextListener.class, parameters("WEB"));
        Node node = Integrador.node(context.getServletContext());
        assertEquals("WEB", node.name());
        ServletContext application = context.getServletContext();
        container.stop(context);
        assertTrue(node.isClosed());
        assertNull(application.getAttribute(Integrador.NODE));
        assertThrows(IllegalStateException.class, () -> Integrador.node(application));
    }

    @Test
    void anyOptionIsAParameterAndPlaceholdersAreFilled() throws Exception {
        System.setProperty("folder.of.the.test", folder.toString());
        Context context = container.start("", IntegradorContextListener.class, parameters("WEB",
                "integrador.store", "${folder.of.the.test}/filled.db",
                "integrador.max_pending", "5000",
                "integrador.retention", "30d",
                "integrador.request-timeout", "1.5",
                "integrador.proxy_local", "true",
                "integrador.limits.text", "1000",
                "integrador.listen", "127.0.0.1:0"));
        assertTrue(Files.exists(folder.resolve("filled.db")));
        assertTrue(Integrador.node(context.getServletContext()).localAddress().isPresent());
        assertNull(context.getServletContext().getServletRegistration("integrador"), "a node with a port of its own needs no servlet");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "integrador.max_pendng | 5000          | max_pendng",
        "integrador.max_pending | many         | max_pending",
        "integrador.retention  | a while       | retention",
        "integrador.store      | ${not.there}/web.db | `not.there`",
        "integrador.threads    | two           | integrador.threads",
        "integrador.platform   |               | integrador.platform",
        "integrador.path       | api           | integrador.path",
        "integrador.platforms  | /not/there.json | /not/there.json",
    })
    void whatIsWrongIsToldByItsName(String name, String value, String told) throws Exception {
        Map<String, String> parameters = parameters("WEB", name, value);
        parameters.values().removeIf(Objects::isNull);
        String failure = container.failure(IntegradorContextListener.class, parameters);
        assertTrue(failure.contains(told), failure);
    }

    @Test
    void aListenerThatFailsLeavesNoNodeOpen() throws Exception {
        assertTrue(container.failure(Failing.class, parameters("WEB")).contains("database is away"));
        assertTrue(Failing.opened.isClosed());
    }

    @Test
    void theJarAloneDoesNothing() throws Exception {
        Context context = container.deploy("/plain", Map.of());
        assertTrue(context.getState().isAvailable());
        assertNull(context.getServletContext().getAttribute(Integrador.NODE));
    }

    @Test
    void aNodeWithoutUsersOfItsOwnHasANameInPlaceOfAPlatform() throws Exception {
        Map<String, String> parameters = parameters("WEB", "integrador.name", "HUB");
        parameters.remove("integrador.platform");
        Context context = container.start("", IntegradorContextListener.class, parameters);
        Node node = Integrador.node(context.getServletContext());
        assertTrue(node.status().standalone());
        assertEquals("HUB", node.name());
        container.stop(context);
    }

    @Test
    void theJarAndTheParametersAreEnough() throws Exception {
        try (Peer peer = new Peer(folder, "NORTE")) {
            Path others = Peer.registry(folder.resolve("web.json"), Map.of("NORTE", peer.endpoint()));
            Context context = container.deploy("/plain", parameters("WEB", "integrador.platforms", others.toString()));
            peer.meet("WEB", container.address() + "/plain/api/");
            container.stop(context);
        }
    }

    @Test
    void theApplicationOfTheGuideSendsAndReceives() throws Exception {
        try (Peer peer = new Peer(folder, "Sur")) {
            Path others = Peer.registry(folder.resolve("norte.json"), Map.of("Sur", peer.endpoint()));
            Context context = container.deploy("/board", parameters("Norte", "integrador.platforms", others.toString()),
                    Board.class, Notes.class);
            URI notes = URI.create(container.address() + "/board/notes");
            peer.meet("Norte", container.address() + "/board/api/");
            ExternalId room = ExternalId.parse("Norte:1");
            Peer.eventually("the room is known", () -> peer.node.room(room).isPresent());
            peer.node.publishMessage(room, "1", "¡Hola, Norte!");
            HttpClient http = HttpClient.newHttpClient();
            Peer.eventually("the note is shown", () -> http.sendAsync(HttpRequest.newBuilder(notes).build(), BodyHandlers.ofString())
                    .join().body().equals("Ana: ¡Hola, Norte!\n"));
            HttpRequest written = HttpRequest.newBuilder(notes).header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(BodyPublishers.ofString("text=" + URLEncoder.encode("¡Hola, Sur!", StandardCharsets.UTF_8))).build();
            assertEquals("on its way to [Sur]\n", http.send(written, BodyHandlers.ofString()).body());
            assertEquals("¡Hola, Sur!", peer.next().text());
            container.stop(context);
        }
    }

    @Test
    void twoApplicationsOfOneContainerTalkWithEachOther() throws Exception {
        Path others = Peer.registry(folder.resolve("echo.json"), Map.of("CHAT", container.address() + "/chat/api/"));
        Context echo = container.deploy("/echo", parameters("ECO", "integrador.platforms", others.toString()), Echo.class);
        Path known = Peer.registry(folder.resolve("chat.json"), Map.of("ECO", container.address() + "/echo/api/"));
        Context chat = container.start("/chat", IntegrationServletTest.Chat.class, parameters("CHAT", "integrador.platforms", known.toString()));
        Node node = Integrador.node(chat.getServletContext());
        assertFalse(echo.getServletContext().getAttribute(Integrador.NODE) instanceof Node, "each has classes of its own");
        node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
        node.publishMessage("7", "3", "hola");
        String answer = IntegrationServletTest.Chat.HEARD.poll(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS).text();
        assertEquals("eco: hola", answer);
        assertEquals("Eco", node.users("ECO").stream().filter(user -> user.id().equals(new ExternalId("ECO", "9"))).findFirst()
                .orElseThrow().name());
        container.stop(echo);
    }
}
