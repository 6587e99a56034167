package gwtchat.web;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import gwtchat.Chat;
import gwtchat.integration.Integration;
import gwtchat.model.Room;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The web, asked as a browser asks it")
class WebTest {
    private static final String BOUND = "closed";

    @TempDir
    private Path folder;

    private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
    private Chat chat;
    private Integration integration;
    private Server server;
    private String address;

    @BeforeEach
    void open() throws Exception {
        chat = Chat.open(folder.resolve("chat.db"), "GWT_CHAT", List.of("Sofía", "Tomás", "Valentina"));
        integration = Integration.open(chat, folder.resolve("node.db"), Optional.empty());
        server = Web.server(chat, integration, anyPort(), Optional.empty());
        server.start();
        integration.start();
        address = "127.0.0.1:" + ((ServerConnector) server.getConnectors()[0]).getLocalPort();
        chat.users().save("BuasApp:1", "Marcelo", "BuasApp", true, null);
    }

    private static ServerSocketChannel anyPort() throws IOException {
        return ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    }

    @AfterEach
    void close() throws Exception {
        chat.rooms().close();
        server.stop();
        integration.close();
        chat.close();
    }

    private HttpRequest.Builder request(String path, String cookie) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://" + address + path)).timeout(Duration.ofSeconds(20));
        return cookie == null ? request : request.header("Cookie", cookie);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return http.send(request.build(), BodyHandlers.ofString());
    }

    private HttpResponse<String> get(String path, String cookie) throws IOException, InterruptedException {
        return send(request(path, cookie).GET());
    }

    private HttpResponse<String> post(String path, String cookie, String body) throws IOException, InterruptedException {
        return send(request(path, cookie).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    /** The session's cookie, as the browser sends it. */
    private String logIn(String user) throws IOException, InterruptedException {
        HttpResponse<String> answer = post("/app/login", null, "{\"id\":\"" + user + "\"}");
        assertEquals(200, answer.statusCode(), answer.body());
        String cookie = answer.headers().firstValue("Set-Cookie").orElseThrow();
        assertTrue(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), cookie);
        return cookie.substring(0, cookie.indexOf(';'));
    }

    private String create(String cookie, String members) throws IOException, InterruptedException {
        JsonObject answer = JsonParser.parseString(post("/app/conversations", cookie, "{\"members\":[" + members + "]}").body()).getAsJsonObject();
        return answer.get("id").getAsString();
    }

    private final class Listener implements WebSocket.Listener {
        private final BlockingQueue<String> said = new LinkedBlockingQueue<>();
        private final StringBuilder part = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
            part.append(data);
            if (last) {
                said.add(part.toString());
                part.setLength(0);
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(WebSocket socket, int code, String why) {
            said.add(BOUND);
            return null;
        }

        /** Waits for something with this in it. */
        String hears(String what) throws InterruptedException {
            for (String next; (next = said.poll(20, TimeUnit.SECONDS)) != null; ) {
                if (next.contains(what)) {
                    return next;
                }
            }
            throw new AssertionError("not heard: " + what);
        }
    }

    private Listener listen(String cookie, String origin) {
        Listener listener = new Listener();
        WebSocket.Builder builder = http.newWebSocketBuilder().connectTimeout(Duration.ofSeconds(20));
        if (cookie != null) {
            builder.header("Cookie", cookie);
        }
        builder.header("Origin", origin).buildAsync(URI.create("ws://" + address + "/app/ws"), listener).join();
        return listener;
    }

    private int refusal(String cookie, String origin) {
        CompletionException refused = assertThrows(CompletionException.class, () -> listen(cookie, origin));
        return ((WebSocketHandshakeException) refused.getCause()).getResponse().statusCode();
    }

    @Test
    @DisplayName("a user of this app logs in by id or signs up, and nobody of another platform does either")
    void loggingIn() throws Exception {
        assertEquals(200, get("/app/conversations/1/messages", logIn("1")).statusCode());
        for (String stranger : new String[] {"{\"id\":\"BuasApp:1\"}", "{\"id\":\"99\"}"}) {
            assertEquals(404, post("/app/login", null, stranger).statusCode());
        }
        assertEquals(200, post("/app/login", null, "{\"name\":\" Ñandú \"}").statusCode());
        assertEquals(409, post("/app/login", null, "{\"name\":\"Ñandú\"}").statusCode());
        for (String wrong : new String[] {"{\"name\":\" \"}", "{}", "[]", "{", ""}) {
            assertEquals(400, post("/app/login", null, wrong).statusCode(), wrong);
        }
    }

    @Test
    @DisplayName("only members read and write a private conversation, and see what is attached in it")
    void members() throws Exception {
        String sofia = logIn("1");
        String valentina = logIn("3");
        String id = create(sofia, "\"2\"");
        String picture = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});
        String messages = "/app/conversations/" + id + "/messages";
        String message = "{\"key\":\"k\",\"text\":\"hola\",\"attachment\":{\"data\":\"" + picture + "\",\"mime\":\"image/png\",\"name\":\"a.png\"}}";
        JsonObject sent = JsonParser.parseString(post(messages, sofia, message).body()).getAsJsonObject().getAsJsonObject("message");
        String file = sent.getAsJsonArray("attachments").get(0).getAsJsonObject().get("url").getAsString();
        for (String cookie : new String[] {valentina, null}) {
            int refused = cookie == null ? 401 : 404;
            assertEquals(refused, get(messages, cookie).statusCode());
            assertEquals(refused, post(messages, cookie, "{\"key\":\"k2\",\"text\":\"x\"}").statusCode());
            assertEquals(refused, post("/app/conversations/" + id + "/join", cookie, "{}").statusCode());
            assertEquals(refused, get(file, cookie).statusCode());
        }
        HttpResponse<String> shown = get(file, logIn("2"));
        assertEquals("image/png", shown.headers().firstValue("Content-Type").orElseThrow());
        assertEquals("nosniff", shown.headers().firstValue("X-Content-Type-Options").orElseThrow());
    }

    @Test
    @DisplayName("what is no picture or sound, is too large or too long, or has no text is refused with a sentence")
    void refused() throws Exception {
        String sofia = logIn("1");
        String page = "{\"data\":\"PHA+\",\"mime\":\"text/html\"}";
        String drawing = "{\"data\":\"PHA+\",\"mime\":\"image/svg+xml\"}";
        String local = "{\"url\":\"javascript:alert(1)\"}";
        String large = "{\"data\":\"" + "A".repeat(980_000) + "\",\"mime\":\"image/png\"}";
        record Case(int status, String message) {}
        for (Case c : List.of(
                new Case(400, "{\"key\":\"k\",\"text\":\" \"}"),
                new Case(400, "{\"text\":\"sin clave\"}"),
                new Case(413, "{\"key\":\"k\",\"text\":\"" + "ñ".repeat(4_001) + "\"}"),
                new Case(400, "{\"key\":\"k\",\"attachment\":" + page + "}"),
                new Case(400, "{\"key\":\"k\",\"attachment\":" + drawing + "}"),
                new Case(400, "{\"key\":\"k\",\"attachment\":" + local + "}"),
                new Case(413, "{\"key\":\"k\",\"attachment\":" + large + "}"),
                new Case(413, "{\"key\":\"k\",\"text\":\"" + "x".repeat(2_000_000) + "\"}"))) {
            HttpResponse<String> answer = post("/app/conversations/1/messages", sofia, c.message());
            assertEquals(c.status(), answer.statusCode(), answer.body());
            assertFalse(JsonParser.parseString(answer.body()).getAsJsonObject().get("error").getAsString().isBlank());
        }
        assertEquals(200, post("/app/conversations/1/messages", sofia, "{\"key\":\"k\",\"text\":\"" + "🧉".repeat(4_000) + "\"}").statusCode());
    }

    @Test
    @DisplayName("who is in a conversation answers, reacts, and edits and deletes what is their own; the pages are told")
    void changes() throws Exception {
        String sofia = logIn("1");
        String tomas = logIn("2");
        String id = create(sofia, "\"2\"");
        String changes = "/app/conversations/" + id + "/changes";
        String messages = "/app/conversations/" + id + "/messages";
        JsonObject sent = JsonParser.parseString(post(messages, sofia, "{\"key\":\"k\",\"text\":\"hola\"}").body()).getAsJsonObject();
        long message = sent.getAsJsonObject("message").get("id").getAsLong();
        Listener page = listen(sofia, "http://" + address);
        page.hears("\"place\"");
        String about = "{\"key\":\"%s\",\"message\":" + message + ",\"kind\":\"%s\"%s}";
        record Case(int status, String cookie, String change) {}
        for (Case c : List.of(
                new Case(403, tomas, about.formatted("a", "edit", ",\"text\":\"otro\"")),
                new Case(404, logIn("3"), about.formatted("b", "reaction", ",\"emoji\":\"👍\",\"on\":true")),
                new Case(400, sofia, about.formatted("c", "edit", ",\"text\":\" \"")),
                new Case(400, sofia, about.formatted("d", "reaction", ",\"emoji\":\"" + "👍".repeat(9) + "\"")),
                new Case(400, sofia, about.formatted("e", "otra", "")),
                new Case(404, sofia, "{\"key\":\"f\",\"message\":999,\"kind\":\"delete\"}"),
                new Case(200, tomas, about.formatted("g", "reaction", ",\"emoji\":\"👍\",\"on\":true")),
                new Case(200, sofia, about.formatted("h", "edit", ",\"text\":\"hola a todas\"")),
                new Case(200, sofia, about.formatted("h", "edit", ",\"text\":\"otra vez\"")))) {
            HttpResponse<String> answer = post(changes, c.cookie(), c.change());
            assertEquals(c.status(), answer.statusCode(), c + answer.body());
        }
        page.hears("\"people\":[\"2\"]");
        page.hears("hola a todas");
        post(messages, tomas, "{\"key\":\"k\",\"text\":\"¡hola!\",\"reply\":" + message + "}");
        String answered = page.hears("¡hola!");
        assertTrue(answered.contains("\"reply\":{\"message\":" + message), answered);
        assertEquals(404, post(messages, tomas, "{\"key\":\"k2\",\"text\":\"x\",\"reply\":999}").statusCode());
    }

    @Test
    @DisplayName("a room of another platform is found whatever its id is")
    void anyId() throws Exception {
        chat.conversations().save(new Room("BuasApp:a/b c%?ñ", "raro", true, List.of(), List.of(), null), null);
        String sofia = logIn("1");
        for (String path : new String[] {"BuasApp:a%2Fb%20c%25%3F%C3%B1", "BuasApp%3Aa%2fb%20c%25%3F%C3%B1"}) {
            assertEquals(200, get("/app/conversations/" + path + "/messages", sofia).statusCode(), path);
        }
    }

    @Test
    @DisplayName("pages of other origins are refused, by the socket too, and so is who is not logged in")
    void origins() throws Exception {
        String sofia = logIn("1");
        assertEquals(403, send(request("/app/conversations/1/read", sofia).header("Origin", "http://127.0.0.1:9")
                .header("Content-Type", "application/json").POST(BodyPublishers.ofString("{}"))).statusCode());
        assertEquals(403, refusal(sofia, "http://127.0.0.1:9"));
        assertEquals(401, refusal(null, "http://" + address));
        listen(sofia, "http://" + address).hears("hello");
        assertEquals(415, send(request("/app/conversations/1/messages", sofia).header("Content-Type", "text/plain")
                .POST(BodyPublishers.ofString("{\"key\":\"k\",\"text\":\"x\"}"))).statusCode());
    }

    @Test
    @DisplayName("a page is told what happens in its person's conversations and in no others")
    void rooms() throws Exception {
        String sofia = logIn("1");
        Listener hers = listen(sofia, "http://" + address);
        Listener valentinas = listen(logIn("3"), "http://" + address);
        hers.hears("hello");
        valentinas.hears("hello");
        String id = create(sofia, "\"2\"");
        post("/app/conversations/" + id + "/messages", sofia, "{\"key\":\"k\",\"text\":\"entre nosotros\"}");
        post("/app/conversations/1/messages", sofia, "{\"key\":\"k2\",\"text\":\"para todos\"}");
        hers.hears("entre nosotros");
        hers.hears("para todos");
        String first = valentinas.hears("\"text\"");
        assertTrue(first.contains("para todos"), first);
    }

    @Test
    @DisplayName("leaving the session hangs up on all of its pages, and on nobody else's")
    void leaving() throws Exception {
        String sofia = logIn("1");
        String elsewhere = logIn("1");
        List<Listener> pages = List.of(listen(sofia, "http://" + address), listen(sofia, "http://" + address));
        Listener other = listen(elsewhere, "http://" + address);
        other.hears("hello");
        assertEquals(200, post("/app/logout", sofia, "{}").statusCode());
        for (Listener page : pages) {
            page.hears(BOUND);
        }
        assertEquals(401, refusal(sofia, "http://" + address));
        post("/app/conversations/1/messages", elsewhere, "{\"key\":\"k\",\"text\":\"sigo acá\"}");
        other.hears("sigo acá");
    }

    @Test
    @DisplayName("nobody shows the page in a frame unless the chat was told who may")
    void frames() throws Exception {
        String policy = get("/", null).headers().firstValue("Content-Security-Policy").orElseThrow();
        assertTrue(policy.endsWith("; frame-ancestors 'none'"), policy);
        String wall = "http://127.0.0.1:4999";
        Server framed = Web.server(chat, integration, anyPort(), Optional.of(wall));
        framed.start();
        try {
            address = "127.0.0.1:" + ((ServerConnector) framed.getConnectors()[0]).getLocalPort();
            policy = get("/", null).headers().firstValue("Content-Security-Policy").orElseThrow();
            assertTrue(policy.endsWith("; frame-ancestors " + wall), policy);
        } finally {
            framed.stop();
        }
    }

    @Test
    @DisplayName("the page names its parts by their hashes, which browsers keep, and lets no other script in")
    void page() throws Exception {
        HttpResponse<String> index = get("/", null);
        assertEquals("no-cache", index.headers().firstValue("Cache-Control").orElseThrow());
        assertTrue(index.headers().firstValue("Content-Security-Policy").orElseThrow().startsWith("default-src 'self'"));
        Matcher parts = Pattern.compile("/(app-[0-9a-f]{16}\\.(js|css|svg))").matcher(index.body());
        int found = 0;
        for (; parts.find(); found++) {
            HttpResponse<String> part = get(parts.group(), null);
            assertEquals(200, part.statusCode());
            assertTrue(part.headers().firstValue("Cache-Control").orElseThrow().contains("immutable"));
        }
        assertTrue(found >= 3, index.body());
        assertEquals(404, get("/app-0000000000000000.js", null).statusCode());
    }
}
