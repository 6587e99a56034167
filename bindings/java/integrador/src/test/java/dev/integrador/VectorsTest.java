package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The vectors of {@code tests/vectors}, as far as a binding can run them: what goes in by {@link Node#handle} and the registry, and
 * what Java sees of it. Ids are text in Java, so they are compared by their text.
 */
class VectorsTest {
    private static final String NOWHERE = "http://127.0.0.1:9/";

    @TempDir
    Path folder;

    private final List<Node> opened = new ArrayList<>();

    private interface Check {
        void run(JsonObject vector) throws Exception;
    }

    @AfterEach
    void closeAll() {
        opened.forEach(Node::close);
    }

    private static Stream<JsonObject> vectors(String file) {
        return Repository.json("tests/vectors/" + file).getAsJsonArray().asList().stream().map(JsonElement::getAsJsonObject);
    }

    private static void each(String file, Check check) {
        each(file, vector -> true, check);
    }

    /** Checks every one, and names those that fail. */
    private static void each(String file, Predicate<JsonObject> some, Check check) {
        List<JsonObject> all = vectors(file).filter(some).toList();
        assertFalse(all.isEmpty());
        List<String> failed = new ArrayList<>();
        for (JsonObject vector : all) {
            try {
                check.run(vector);
            } catch (Exception | AssertionError e) {
                failed.add(vector.get("name").getAsString() + ": " + e);
            }
        }
        assertEquals(List.of(), failed);
    }

    private static String text(JsonObject vector, String name) {
        return vector.get(name).getAsString();
    }

    private static String from(JsonObject vector) {
        return vector.has("from") ? text(vector, "from") : "BuasApp";
    }

    private static boolean hasWord(String text, String word) {
        return Arrays.asList(text.split("[^\\p{L}\\p{N}_]+")).contains(word);
    }

    /** Norte, which hosts plain platforms of these names; the token of each is {@code token of NAME}. */
    private Node hub(JsonObject limits, String... names) throws IOException {
        JsonArray entries = new JsonArray();
        for (String name : names) {
            entries.add(entry(name, "token of " + name));
        }
        JsonObject options = new JsonObject();
        options.add("limits", limits);
        return open(entries.toString(), options);
    }

    private static JsonObject entry(String name, String token) {
        JsonObject entry = new JsonObject();
        entry.addProperty("id", name);
        entry.addProperty("name", name);
        entry.addProperty("endpoint", NOWHERE);
        entry.addProperty("token", token);
        return entry;
    }

    private Node open(String registry, JsonObject options) throws IOException {
        Path file = folder.resolve(opened.size() + ".json");
        Files.writeString(file, registry);
        Node.Builder builder = Node.builder("Norte").store(folder.resolve(opened.size() + ".db")).platforms(file);
        opened.add(ScenarioCalls.configured(builder, options).open());
        return opened.get(opened.size() - 1);
    }

    private static Response post(Node node, String path, String platform, JsonElement body) {
        JsonElement sent = body.deepCopy();
        if (sent instanceof JsonObject object) {
            // The vectors' tokens are those of the original design, which a registry here need not have.
            object.remove("token");
        }
        return post(node, path, Map.of("Authorization", "Bearer token of " + platform, "Content-Type", "application/json"), sent.toString());
    }

    private static Response post(Node node, String path, Map<String, String> headers, String body) {
        return post(node, path, headers, body.getBytes(StandardCharsets.UTF_8));
    }

    private static Response post(Node node, String path, Map<String, String> headers, byte[] body) {
        Map<String, List<String>> all = new HashMap<>();
        headers.forEach((name, value) -> all.put(name, List.of(value)));
        return node.handle(new Request("POST", path, "", all, body));
    }

    private static JsonObject answer(Response response) {
        return JsonParser.parseString(new String(response.body(), StandardCharsets.UTF_8)).getAsJsonObject();
    }

    private static String told(Response response) {
        JsonObject answer = answer(response);
        assertEquals(response.status(), answer.get("status").getAsInt());
        return text(answer, "message");
    }

    private static void refused(JsonObject vector, Response response) {
        assertEquals(400, response.status());
        String told = told(response);
        assertTrue(vector.get("error").isJsonNull() || hasWord(told, text(vector, "error")), told);
        assertTrue(!vector.has("message") || told.contains(text(vector, "message")), told);
    }

    @Test
    void bodiesAreJsonAsTheVectorsSay() throws IOException {
        Node node = hub(new JsonObject(), "BuasApp");
        each("json.json", vector -> {
            byte[] body = vector.has("base64")
                    ? Base64.getDecoder().decode(text(vector, "base64"))
                    : text(vector, "text").getBytes(StandardCharsets.UTF_8);
            Response answer = post(node, "/message", Map.of(), body);
            if (vector.has("error")) {
                assertEquals(400, answer.status());
                assertTrue(told(answer).contains("line " + text(vector.getAsJsonObject("error"), "line")), told(answer));
            } else {
                // Who speaks is asked once it is JSON; what isn't an object has no place for a token.
                assertTrue(answer.status() == 401 || answer.status() == 400 && told(answer).contains("object"), told(answer));
            }
        });
    }

    @Test
    void usersThatArePostedAreSeen() throws IOException {
        Node node = hub(new JsonObject(), "BuasApp", "GWT_CHAT", "net core");
        // That somebody is gone is only told by nodes.
        Predicate<JsonObject> posted = vector -> !(vector.get("in") instanceof JsonObject body && body.has("active"));
        each("user.json", posted, vector -> {
            String platform = from(vector);
            Response answer = post(node, "/user", platform, vector.get("in"));
            if (vector.has("error")) {
                refused(vector, answer);
                return;
            }
            assertEquals(200, answer.status());
            JsonObject expected = vector.getAsJsonObject("node");
            ExternalId id = new ExternalId(platform, text(expected, "id"));
            List<User> found = node.users(platform).stream().filter(user -> user.id().equals(id)).toList();
            assertEquals(1, found.size());
            User user = found.get(0);
            assertEquals(text(expected, "name"), user.name());
            assertTrue(user.active());
            assertEquals(expected.has("avatar") ? text(expected, "avatar") : null, user.avatar());
            assertEquals(expected.get("ext"), user.ext() == null ? null : new Gson().toJsonTree(user.ext()));
        });
    }

    @Test
    void roomsThatArePostedAreSeen() throws IOException {
        Set<String> names = new TreeSet<>();
        vectors("room.json").forEach(vector -> {
            names.add(from(vector));
            if (vector.has("node")) {
                names.addAll(members(vector.getAsJsonObject("node").getAsJsonArray("users")).keySet());
            }
        });
        // Between nodes there are rooms of others too, and `again`, which in a post is a field like any unknown one.
        Predicate<JsonObject> posted = vector -> !(vector.get("in") instanceof JsonObject body)
                || !body.has("roomOriginalPlatform")
                        && !(vector.has("error") && !vector.get("error").isJsonNull() && text(vector, "error").equals("again"));
        each("room.json", posted, vector -> {
            JsonObject limits = vector.has("limits") ? vector.getAsJsonObject("limits") : new JsonObject();
            // An id stays as it first came, so each has a node of its own.
            try (Node node = hub(limits, names.toArray(String[]::new))) {
                Response answer = post(node, "/room", from(vector), vector.get("in"));
                if (vector.has("error")) {
                    refused(vector, answer);
                    return;
                }
                assertEquals(200, answer.status());
                JsonObject expected = vector.getAsJsonObject("node");
                ExternalId id = new ExternalId(from(vector), text(expected, "id"));
                Room room = node.room(id).orElseThrow();
                assertEquals(text(expected, "name"), room.name());
                assertEquals(text(expected, "type"), room.kind().text());
                assertEquals(List.copyOf(members(expected.getAsJsonArray("users")).entrySet()), List.copyOf(room.members().entrySet()));
                assertEquals(expected.has("avatar") ? text(expected, "avatar") : null, room.avatar());
                assertEquals(expected.get("ext"), room.ext() == null ? null : new Gson().toJsonTree(room.ext()));
                JsonObject banned = new JsonObject();
                room.banned().forEach((name, who) ->
                        banned.add(name, who.all() ? new JsonPrimitive("*") : new Gson().toJsonTree(who.users())));
                JsonObject bars = new JsonObject();
                if (expected.has("banned")) {
                    // An id is a text in Java.
                    expected.getAsJsonArray("banned").forEach(of -> of.getAsJsonObject().asMap().forEach((name, who) -> bars.add(
                            name,
                            who.isJsonArray()
                                    ? new Gson().toJsonTree(who.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList())
                                    : who)));
                }
                assertEquals(bars, banned);
            }
        });
    }

    /** The directory lists a platform once, each member once, and none without members. */
    private static Map<String, List<String>> members(JsonArray users) {
        Map<String, Set<String>> all = new LinkedHashMap<>();
        for (JsonElement entry : users) {
            entry.getAsJsonObject().asMap().forEach((name, ids) ->
                    ids.getAsJsonArray().forEach(id -> all.computeIfAbsent(name, none -> new LinkedHashSet<>()).add(id.getAsString())));
        }
        Map<String, List<String>> lists = new LinkedHashMap<>();
        all.forEach((name, ids) -> lists.put(name, List.copyOf(ids)));
        return lists;
    }

    @ParameterizedTest
    @ValueSource(strings = {"message.json", "attachments.json"})
    void messagesThatArePostedComeAsWhatTheyWere(String file) throws IOException {
        Set<String> names = new TreeSet<>();
        vectors(file).forEach(vector -> {
            names.add(from(vector));
            if (vector.has("node")) {
                names.add(text(vector.getAsJsonObject("node"), "roomOriginalPlatform"));
            }
        });
        Map<String, Node> nodes = new HashMap<>();
        each(file, vector -> vector.has("node") || vector.has("error"), vector -> {
            JsonObject limits = vector.has("limits") ? vector.getAsJsonObject("limits") : new JsonObject();
            Node node = nodes.get(limits.toString());
            if (node == null) {
                node = hub(limits, names.toArray(String[]::new));
                nodes.put(limits.toString(), node);
            }
            if (vector.has("error")) {
                refused(vector, post(node, "/message", "BuasApp", vector.get("in")));
                return;
            }
            JsonObject expected = vector.getAsJsonObject("node").deepCopy();
            JsonObject room = new JsonObject();
            room.add("id", expected.get("roomId"));
            room.addProperty("name", "Sala");
            room.addProperty("type", "public");
            room.add("users", new JsonArray());
            assertEquals(200, post(node, "/room", text(expected, "roomOriginalPlatform"), room).status());
            Response answer = post(node, "/message", text(vector, "from"), vector.get("in"));
            assertEquals(200, answer.status());
            Message message = Pair.taken(node, Message.class, 1).get(0);
            assertEquals(message.sender().toString(), message.senderName());
            assertEquals(text(expected, "platform"), message.sender().platform());
            assertEquals(expected.has("sentAt") ? instant(text(expected, "sentAt")) : null, message.sentAt());
            expected.remove("platform");
            expected.remove("sentAt");
            for (String id : List.of("roomId", "senderId")) {
                expected.addProperty(id, text(expected, id));
            }
            assertEquals(expected, asOnTheWire(message));
        });
    }

    /** The time that RFC 3339 writes so; the JDK reads only some of these. */
    private static Instant instant(String text) {
        Matcher match = Pattern.compile("(.{10}).(.{6})(\\d\\d)(\\.\\d+)?(?:[Zz]|(.{6}))").matcher(text);
        assertTrue(match.matches());
        String fraction = match.group(4) == null ? "" : match.group(4).substring(0, Math.min(10, match.group(4).length()));
        // A leap second is the last one of its minute.
        String second = match.group(3).equals("60") ? "59" : match.group(3);
        String zone = match.group(5) == null ? "Z" : match.group(5);
        return OffsetDateTime.parse(match.group(1) + "T" + match.group(2) + second + fraction + zone).toInstant();
    }

    private static JsonObject asOnTheWire(Message message) {
        JsonObject body = new JsonObject();
        body.addProperty("roomOriginalPlatform", message.room().platform());
        body.addProperty("roomId", message.room().id());
        body.addProperty("senderId", message.sender().id());
        body.addProperty("text", message.text());
        if (message.replyTo() != null) {
            body.addProperty("replyTo", message.replyTo().toString());
        }
        if (message.traceparent() != null) {
            body.addProperty("traceparent", message.traceparent());
        }
        JsonArray attachments = new JsonArray();
        message.attachments().forEach(one -> attachments.add(asOnTheWire(one)));
        if (!attachments.isEmpty()) {
            body.add("attachments", attachments);
        }
        if (message.ext() != null) {
            body.add("ext", new Gson().toJsonTree(message.ext()));
        }
        return body;
    }

    private static JsonObject asOnTheWire(Attachment attachment) {
        JsonObject shown = new JsonObject();
        shown.addProperty("kind", attachment.kind().text());
        shown.addProperty("url", attachment.url());
        shown.addProperty("data", attachment.data() == null ? null : Base64.getEncoder().encodeToString(attachment.data()));
        shown.addProperty("mime", attachment.mime());
        shown.addProperty("name", attachment.name());
        shown.addProperty("size", attachment.size());
        shown.asMap().values().removeIf(JsonElement::isJsonNull);
        return shown;
    }

    /**
     * The vectors hold the signatures of a time that is long past, so each is made anew for now, by code of the test's own that makes
     * the same signatures as the vectors have.
     */
    @Test
    void signaturesAreVerified() throws IOException {
        String body = "{\"id\": 4, \"name\": \"Juan\", \"platform\": \"Sur\"}";
        for (JsonObject vector : vectors("signature.json").filter(one -> one.get("verifies").getAsBoolean()).toList()) {
            String token = text(vector, "token");
            String id = text(vector, "id");
            String made = Signature.of(token, id, vector.get("timestamp").getAsLong(), text(vector, "body"));
            assertTrue(Arrays.asList(text(vector, "signature").split(" ")).contains(made));
            JsonArray registry = new JsonArray();
            registry.add(entry("Sur", token));
            Node node = open(registry.toString(), new JsonObject());
            long now = Instant.now().getEpochSecond();
            String right = Signature.of(token, id, now, body);
            String wrong = Signature.of(token + "!", id, now, body);
            assertEquals(401, signed(node, id, now, wrong, body));
            assertEquals(401, signed(node, id, now, right.toLowerCase(Locale.ROOT), body));
            assertEquals(401, signed(node, id, now, "", body));
            assertEquals(401, signed(node, id, now + 1, right, body));
            assertEquals(401, signed(node, id, now - 400, Signature.of(token, id, now - 400, body), body));
            assertEquals(200, signed(node, id, now, wrong + " " + right, body));
            assertEquals(List.of(new ExternalId("Sur", "4")), node.users("Sur").stream().map(User::id).toList());
        }
    }

    private static int signed(Node node, String id, long at, String signature, String body) {
        Map<String, String> headers =
                Map.of("webhook-id", id, "webhook-timestamp", String.valueOf(at), "webhook-signature", signature);
        return post(node, "/user", headers, body).status();
    }

    @Test
    void batchesAreReadLineByLine() throws IOException {
        JsonArray registry = new JsonArray();
        registry.add(entry("BuasApp", "4444"));
        Node node = open(registry.toString(), new JsonObject());
        each("batch.json", vector -> {
            String body = text(vector, "text").repeat(vector.has("repeat") ? vector.get("repeat").getAsInt() : 1);
            Instant now = Instant.now();
            // A UUID of version 7.
            long chance = ThreadLocalRandom.current().nextLong();
            String id = new UUID(now.toEpochMilli() << 16 | 7 << 12, Long.MIN_VALUE | chance >>> 2).toString();
            Map<String, String> headers = Map.of(
                    "webhook-id", id,
                    "webhook-timestamp", String.valueOf(now.getEpochSecond()),
                    "webhook-signature", Signature.of("4444", id, now.getEpochSecond(), body),
                    "Content-Type", "application/x-ndjson",
                    "Content-Length", String.valueOf(body.getBytes(StandardCharsets.UTF_8).length));
            Response answer = post(node, "/batch", headers, body);
            if (vector.has("error")) {
                String kind = text(vector.getAsJsonObject("error"), "kind");
                assertEquals(Map.of("invalid", 400, "too_large", 413).get(kind), answer.status());
                return;
            }
            assertEquals(200, answer.status());
            List<String> ids = new String(answer.body(), StandardCharsets.UTF_8).lines()
                    .map(line -> text(JsonParser.parseString(line).getAsJsonObject(), "id"))
                    .toList();
            if (vector.has("count")) {
                assertEquals(vector.get("count").getAsInt(), ids.size());
            } else {
                assertEquals(vector.getAsJsonArray("events").asList().stream().map(event -> text(event.getAsJsonObject(), "id")).toList(), ids);
            }
        });
    }

    @Test
    void aPingIsAnsweredAsANodeAnswers() throws IOException {
        Node node = open("[]", new JsonObject());
        JsonObject expected = vectors("ping.json").filter(vector -> text(vector, "name").equals("as a node answers")).findFirst()
                .orElseThrow().getAsJsonObject("in");
        JsonObject answer = answer(node.handle(new Request("GET", "/ping", "", Map.of(), new byte[0])));
        assertEquals(expected.keySet(), answer.keySet());
        JsonObject own = expected.getAsJsonObject("integrador");
        own.add("hosts", new JsonArray());
        own.addProperty("store", node.status().store().toString());
        assertEquals(own.toString(), answer.getAsJsonObject("integrador").toString());
    }

    @Test
    void registriesAreReadOrRefusedWithWhatIsWrong() {
        each("registry.json", vector -> {
            Path place = Files.createDirectory(folder.resolve(UUID.randomUUID().toString()));
            if (vector.has("files")) {
                for (Map.Entry<String, JsonElement> file : vector.getAsJsonObject("files").entrySet()) {
                    Files.writeString(place.resolve(file.getKey()), file.getValue().getAsString());
                }
            }
            Path registry = place.resolve("platforms.json");
            if (vector.has("base64")) {
                Files.write(registry, Base64.getDecoder().decode(text(vector, "base64")));
            } else {
                Files.writeString(registry, vector.has("text") ? text(vector, "text") : vector.get("entries").toString());
            }
            String own = vector.has("own") ? text(vector, "own") : "integrador";
            Node.Builder builder = Node.standalone(own).store(place.resolve("node.db")).platforms(registry);
            if (vector.has("error")) {
                said(vector.getAsJsonObject("error"), assertThrows(IntegradorException.class, builder::open));
                return;
            }
            try (Node node = builder.open()) {
                // Its own entry is listed only where it has users: a standalone node has none.
                Set<String> names = vector.getAsJsonArray("platforms").asList().stream().map(JsonElement::getAsJsonObject)
                        .filter(entry -> entry.get("enabled").getAsBoolean()).map(entry -> text(entry, "name"))
                        .filter(name -> !name.equalsIgnoreCase("own")).collect(Collectors.toSet());
                assertEquals(names, node.platforms().stream().map(Platform::name).filter(name -> !name.equals("own")).collect(Collectors.toSet()));
            }
        });
    }

    private static void said(JsonObject expected, IntegradorException error) {
        assertEquals(ErrorKind.CONFIG, error.kind());
        String message = error.getMessage();
        for (String field : List.of("contains", "never")) {
            JsonArray words = expected.has(field) ? expected.getAsJsonArray(field) : new JsonArray();
            IntStream.range(0, words.size()).forEach(at ->
                    assertEquals(field.equals("contains"), message.contains(words.get(at).getAsString()), message));
        }
        assertTrue(!expected.has("line") || expected.get("line").isJsonNull() || message.contains("line " + text(expected, "line")), message);
    }

    @Test
    void spellingsOfANameMatchOrDiffer() {
        each("names.json", vector -> {
            Node node = hub(new JsonObject(), text(vector, "registry"));
            Map<String, ErrorKind> kinds = Map.of("match", ErrorKind.TRANSPORT, "differ", ErrorKind.UNKNOWN_PLATFORM);
            kinds.forEach((field, kind) -> {
                if (vector.has(field)) {
                    vector.getAsJsonArray(field).forEach(spelling -> assertEquals(
                            kind,
                            assertThrows(IntegradorException.class, () -> node.syncNow(spelling.getAsString())).kind(),
                            spelling.toString()));
                }
            });
        });
    }
}
