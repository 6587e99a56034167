package dev.integrador.servlet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.integrador.ExternalId;
import dev.integrador.IntegradorListener;
import dev.integrador.Message;
import dev.integrador.Node;
import dev.integrador.RoomKind;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.ServletRegistration;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.catalina.Context;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IntegrationServletTest {
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @TempDir
    Path folder;

    private Container container;
    private Peer peer;

    /** Notes what comes, where the test finds it. */
    public static class Chat extends IntegradorContextListener {
        static final BlockingQueue<Message> HEARD = new LinkedBlockingQueue<>();

        @Override
        protected IntegradorListener listener(Node node, ServletContext context) {
            node.publishUser("3", "María Ñandú");
            return IntegradorListener.messages(HEARD::add);
        }
    }

    /** An application that mounts the servlet itself, in a way that makes each request wait. */
    public static class Waiting extends Chat {
        @Override
        protected void configure(Node.Builder builder, ServletContext context) {
            ServletRegistration.Dynamic servlet = context.addServlet("own", IntegrationServlet.class);
            servlet.addMapping("/puente/*");
            servlet.setAsyncSupported(false);
        }
    }

    /** A servlet of a node that is closed. */
    public static class Closed implements ServletContextListener {
        @Override
        public void contextInitialized(ServletContextEvent event) {
            String store = event.getServletContext().getInitParameter("store");
            Node node = Node.builder("CERRADO").store(Path.of(store)).open();
            event.getServletContext().addServlet("closed", new IntegrationServlet(node)).addMapping("/closed/*");
            event.getServletContext().addServlet("none", new IntegrationServlet()).addMapping("/none/*");
            node.close();
        }
    }

    @BeforeEach
    void start() throws Exception {
        Chat.HEARD.clear();
        container = new Container(folder);
        peer = new Peer(folder, "NORTE");
    }

    @AfterEach
    void stop() throws Exception {
        peer.close();
        container.close();
    }

    private Context web(Class<?> listener, Map<String, String> more) throws IOException {
        Map<String, String> parameters = new HashMap<>(Map.of(
                "integrador.platform", "WEB",
                "integrador.store", folder.resolve("web.db").toString(),
                "integrador.platforms", Peer.registry(folder.resolve("web.json"), Map.of("NORTE", peer.endpoint())).toString()));
        parameters.putAll(more);
        Context context = container.start("/chat", listener, parameters);
        assertTrue(context.getState().isAvailable());
        return context;
    }

    private HttpResponse<String> send(String method, String path, byte[] body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(container.address() + path))
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static Message heard() throws InterruptedException {
        Message message = Chat.HEARD.poll(Peer.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertTrue(message != null, "a message comes");
        return message;
    }

    private void talk(Context context, String endpoint) throws Exception {
        peer.meet("WEB", container.address() + endpoint);
        peer.say("¿Quién viene al partido? ⚽");
        Message question = heard();
        assertEquals("¿Quién viene al partido? ⚽", question.text());
        assertEquals("Ana", question.senderName());
        Integrador.node(context.getServletContext()).publishMessage(question.room(), "3", "¡Yo! 🧉");
        Message answer = peer.next();
        assertEquals("¡Yo! 🧉", answer.text());
        assertEquals("María Ñandú", answer.senderName());
    }

    @Test
    void messagesGoBothWaysThroughTheServletThatTheListenerMounts() throws Exception {
        talk(web(Chat.class, Map.of()), "/chat/api/");
    }

    @Test
    void messagesGoBothWaysWhereTheApplicationMountsItWithoutAsynchronousRequests() throws Exception {
        talk(web(Waiting.class, Map.of()), "/chat/puente/");
        assertEquals(404, send("GET", "/chat/api/ping", null).statusCode());
    }

    @ParameterizedTest
    @CsvSource({"/integrador,/chat/integrador/", "/integrador/v1/*,/chat/integrador/v1/", "/,/chat/"})
    void itIsMountedWhereTheParameterSays(String path, String endpoint) throws Exception {
        talk(web(Chat.class, Map.of("integrador.path", path)), endpoint);
    }

    @Test
    void longTextsAndLongRoomsArriveWhole() throws Exception {
        Context context = web(Chat.class, Map.of());
        peer.meet("WEB", container.address() + "/chat/api/");
        String text = "ñ".repeat(130_000);
        peer.say(text);
        assertEquals(text, heard().text());
        List<String> members = IntStream.range(0, 60_000).mapToObj(number -> "miembro-" + number).collect(Collectors.toList());
        members.add("1");
        peer.node.publishRoom("2", "Todos", RoomKind.PRIVATE, Map.of("NORTE", members, "WEB", List.of("3")));
        Node node = Integrador.node(context.getServletContext());
        Peer.eventually("the room is known", () -> node.room(ExternalId.parse("NORTE:2")).isPresent());
        assertEquals(60_001, node.room(ExternalId.parse("NORTE:2")).orElseThrow().members().get("NORTE").size());
    }

    /** Shows promise 7. */
    @Test
    void aSignatureThatDoesNotVerifyIsRefusedByTheNode() throws Exception {
        web(Chat.class, Map.of());
        HttpResponse<String> answer = send("POST", "/chat/api/user", "{\"id\":\"NORTE:8\",\"name\":\"Nadie\"}".getBytes(StandardCharsets.UTF_8),
                "Content-Type", "application/json",
                "integrador-node", "NORTE",
                "webhook-id", new UUID(System.currentTimeMillis() << 16 | 0x7000, 1L << 63).toString(),
                "webhook-timestamp", String.valueOf(System.currentTimeMillis() / 1000),
                "webhook-signature", "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
        assertEquals(401, answer.statusCode());
        assertTrue(answer.body().contains("does not verify"), answer.body());
        assertFalse(answer.body().contains(Peer.TOKEN));
    }

    private static byte[] user(String token, int length) {
        return ("{\"id\": 4, \"name\": \"Juan\", \"token\": \"" + token + "\"" + " ".repeat(length) + "}").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void aBodyOverTheLimitIs413AndOneUnderItIsNot() throws Exception {
        web(Chat.class, Map.of());
        String[] json = {"Content-Type", "application/json"};
        assertEquals(200, send("POST", "/chat/api/user", user(Peer.TOKEN, 1_000_000), json).statusCode());
        assertEquals(413, send("POST", "/chat/api/user", user(Peer.TOKEN, 1 << 20), json).statusCode());
        assertEquals(413, send("POST", "/chat/api/user", user(Peer.TOKEN, 3 << 20), json).statusCode());
        assertEquals(401, send("POST", "/chat/api/user", user("another-token-of-nobody", 0), json).statusCode());
    }

    /** Shows promise 5. */
    @Test
    void longBodiesThatNeverEndHoldNoMoreThanTheirShareAndShortOnesStillGetIn() throws Exception {
        web(Chat.class, Map.of());
        URI at = URI.create(container.address());
        String head = "POST /chat/api/user HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 2000001\r\n\r\n";
        byte[] begin = (head + " ".repeat(1_900_000)).getBytes(StandardCharsets.US_ASCII);
        String[] json = {"Content-Type", "application/json"};
        List<Socket> strangers = new ArrayList<>();
        try {
            // 35 of them are 64 MiB; a slow machine may have given up some by then.
            long begun = System.nanoTime();
            do {
                for (int n = 0; n < 36; n++) {
                    Socket stranger = new Socket(at.getHost(), at.getPort());
                    strangers.add(stranger);
                    try {
                        stranger.getOutputStream().write(begin);
                    } catch (IOException e) {
                        // It was refused before all of it was there.
                    }
                }
                assertTrue(System.nanoTime() - begun < 90_000_000_000L, "a long body is still read");
            } while (send("POST", "/chat/api/user", user(Peer.TOKEN, 1_000_000), json).statusCode() != 503);
            assertEquals(200, send("POST", "/chat/api/user", user(Peer.TOKEN, 10), json).statusCode());
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
        long begun = System.nanoTime();
        while (send("POST", "/chat/api/user", user(Peer.TOKEN, 1_000_000), json).statusCode() != 200) {
            assertTrue(System.nanoTime() - begun < 60_000_000_000L, "what they held is free again");
        }
    }

    @Test
    void theLimitIsTheOneOfTheContextParameter() throws Exception {
        web(Chat.class, Map.of("integrador.limits.body", "4194304"));
        assertEquals(200, send("POST", "/chat/api/user", user(Peer.TOKEN, 3 << 20), "Content-Type", "application/json").statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/chat/api", "/chat/api/", "/chat/api/nada", "/chat/api/us%C3%A9r", "/chat/api/%E2%9A%BD", "/chat/api/ping/x",
        "/chat/api/pin%2567", "/chat/api/%252e%252e/x", "/chat/api/a%3Fb%23c%25", "/chat/api/%00"})
    void aPathThatMeansNothingIsNotFound(String path) throws Exception {
        web(Chat.class, Map.of());
        HttpResponse<String> answer = send("GET", path, null);
        assertTrue(answer.statusCode() == 404 || answer.statusCode() == 400, path + ": " + answer.statusCode());
    }

    @Test
    void aPathIsDecodedOnceAndAnEscapedSlashIsRefusedByTheContainer() throws Exception {
        web(Chat.class, Map.of());
        assertEquals(200, send("GET", "/chat/api/pin%67", null).statusCode());
        assertEquals(404, send("GET", "/chat/api/pin%2567", null).statusCode());
        assertEquals(400, send("GET", "/chat/api%2Fping", null).statusCode());
    }

    @Test
    void queriesAndHeadersReachTheNode() throws Exception {
        web(Chat.class, Map.of());
        assertEquals(401, send("GET", "/chat/api/users", null).statusCode());
        HttpResponse<String> users = send("GET", "/chat/api/users?token=" + Peer.TOKEN, null);
        assertEquals(200, users.statusCode());
        assertTrue(users.body().contains("María Ñandú"), users.body());
        String tag = users.headers().firstValue("ETag").orElseThrow();
        assertEquals(304, send("GET", "/chat/api/users", null, "Authorization", "Bearer " + Peer.TOKEN, "If-None-Match", tag).statusCode());
    }

    @ParameterizedTest
    @ValueSource(strings = {"PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"})
    void whichMethodsThereAreIsForTheNodeToSay(String method) throws Exception {
        web(Chat.class, Map.of());
        HttpResponse<String> answer = send(method, "/chat/api/user", null);
        assertEquals(405, answer.statusCode());
        assertEquals("POST", answer.headers().firstValue("Allow").orElseThrow());
        assertEquals(method.equals("HEAD"), answer.body().isEmpty());
    }

    @Test
    void aMethodThatNobodyKnowsIsForTheNodeToo() throws Exception {
        web(Chat.class, Map.of());
        URI at = URI.create(container.address());
        try (Socket socket = new Socket(at.getHost(), at.getPort()); OutputStream out = socket.getOutputStream();
                InputStream in = socket.getInputStream()) {
            out.write("MATE /chat/api/ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertTrue(new String(in.readAllBytes(), StandardCharsets.UTF_8).startsWith("HTTP/1.1 405"));
        }
    }

    @Test
    void whoeverGoesBeforeTheAnswerDisturbsNobody() throws Exception {
        web(Chat.class, Map.of());
        URI at = URI.create(container.address());
        for (int time = 0; time < 300; time++) {
            try (Socket socket = new Socket(at.getHost(), at.getPort())) {
                socket.setSoLinger(true, 0);
                socket.getOutputStream().write("GET /chat/api/ping HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            }
            HttpResponse<String> ping = send("GET", "/chat/api/ping", null);
            assertEquals(200, ping.statusCode());
            assertTrue(ping.body().contains("\"platform\":\"WEB\""), ping.body());
        }
    }

    @Test
    void withoutANodeWhoeverAsksIsToldToTryAgain() throws Exception {
        container.start("/gone", Closed.class, Map.of("store", folder.resolve("closed.db").toString()));
        for (String path : List.of("/gone/closed/ping", "/gone/none/ping")) {
            HttpResponse<String> answer = send("GET", path, null);
            assertEquals(503, answer.statusCode(), path);
            assertEquals("1", answer.headers().firstValue("Retry-After").orElseThrow());
            assertEquals("{\"status\":503,\"message\":\"the node can't answer now\"}", answer.body());
        }
    }
}
