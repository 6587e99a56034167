package dev.integrador;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.integrador.internal.Native;
import dev.integrador.internal.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with what is given is said, and of which argument. */
class ArgumentsTest {
    private static final ExternalId ROOM = new ExternalId("Sur", "7");
    private static final String HALF = "a\uD83D";

    @TempDir
    Path folder;

    private Node node;

    @BeforeEach
    void open() {
        node = Node.builder("Norte").store(folder.resolve("norte.db")).open();
    }

    @AfterEach
    void close() {
        node.close();
    }

    private static IntegradorException fails(ErrorKind kind, Executable call) {
        IntegradorException failure = assertThrows(IntegradorException.class, call);
        assertEquals(kind, failure.kind(), failure.getMessage());
        assertFalse(failure.getMessage().isBlank());
        return failure;
    }

    @Test
    void aNullIsRefusedByTheNameOfItsArgument() {
        Map<String, List<Executable>> calls = new LinkedHashMap<>();
        calls.put("id", List.of(
                () -> node.publishUser(null, "Ana"),
                () -> node.publishRoom(null, "Plaza", RoomKind.PUBLIC),
                () -> Ref.own(null),
                () -> new ExternalId("Sur", null),
                () -> node.publishUsers(Collections.singletonMap(null, "Ana"))));
        calls.put("name", List.of(
                () -> node.publishUser("1", null),
                () -> node.publishRoom("7", null, RoomKind.PUBLIC),
                () -> node.publishUsers(Collections.singletonMap("1", null)),
                () -> Node.builder("Sur").option(null, 1)));
        calls.put("users", List.of(() -> node.publishUsers((java.util.Map<String, String>) null)));
        calls.put("kind", List.of(
                () -> node.publishRoom("7", "Plaza", null),
                () -> node.bind(null, ROOM, "1"),
                () -> node.localId(null, ROOM),
                () -> node.externalId(null, "1"),
                () -> Attachment.link(null, "https://x.example/")));
        calls.put("members", List.of(
                () -> node.publishRoom("7", "Plaza", RoomKind.PRIVATE, null),
                () -> node.publishRoom("7", "Plaza", RoomKind.PRIVATE, Collections.singletonMap("Norte", null)),
                () -> node.publishRoom("7", "Plaza", RoomKind.PRIVATE, Map.of("Norte", Arrays.asList("1", null)))));
        calls.put("room", List.of(
                () -> node.joinRoom(null, Ref.own("1")),
                () -> node.publishMessage((ExternalId) null, "1", "hola"),
                () -> node.room((Ref) null),
                () -> node.recipients((Ref) null)));
        calls.put("user", List.of(() -> node.leaveRoom(ROOM, (Ref) null)));
        calls.put("text", List.of(() -> node.publishMessage("7", "1", null), () -> ExternalId.parse(null)));
        calls.put("message", List.of(() -> node.publishMessage(null), () -> node.publishMessages(Arrays.asList((NewMessage) null))));
        calls.put("messages", List.of(() -> node.publishMessages(null)));
        calls.put("attachment", List.of(() -> NewMessage.of("7", "1", "hola").withAttachment(null)));
        calls.put("attachments", List.of(() -> new NewMessage(ROOM, ROOM, "hola", null, null, null, null, null, null)));
        calls.put("inbound", List.of(() -> node.handle(null)));
        calls.put("method", List.of(() -> new Request(null, "/ping", "", Map.of(), new byte[0])));
        calls.put("external", List.of(() -> node.bind(BindKind.USER, null, "1"), () -> node.localId(BindKind.USER, null)));
        calls.put("local", List.of(() -> node.bind(BindKind.USER, ROOM, null), () -> node.externalId(BindKind.USER, null)));
        calls.put("eventId", List.of(() -> node.delivery(null)));
        calls.put("eventIds", List.of(
                () -> node.ack(null), () -> node.ack(Arrays.asList((UUID) null)), () -> node.nack(null, "why")));
        calls.put("why", List.of(() -> node.nack(List.of(), null)));
        calls.put("which", List.of(() -> node.deadLetters(null), () -> node.retry(null), () -> node.drop(null)));
        calls.put("platform", List.of(() -> DeadLetters.platform(null), () -> new ExternalId(null, "7"), () -> Node.builder(null)));
        calls.put("timeout", List.of(() -> node.nextEvents(1, null), () -> node.consumer().next(null)));
        calls.put("listener", List.of(() -> node.start(null)));
        calls.forEach((name, all) -> all.forEach(call ->
                assertEquals(name, assertThrows(NullPointerException.class, call).getMessage())));
    }

    @Test
    void halfACharacterIsRefusedByTheNameOfItsArgument() {
        Map<String, Executable> calls = new HashMap<>();
        calls.put("id", () -> node.publishUser(HALF, "Ana"));
        calls.put("name", () -> node.publishUser("1", HALF));
        calls.put("members", () -> node.publishRoom("7", "Plaza", RoomKind.PRIVATE, Map.of("Norte", List.of(HALF))));
        calls.put("text", () -> node.publishMessage("7", "1", HALF));
        calls.put("key", () -> NewMessage.of("7", "1", "hola").withKey(HALF));
        calls.put("traceparent", () -> NewMessage.of("7", "1", "hola").withTraceparent(HALF));
        calls.put("url", () -> Attachment.link(AttachmentKind.FILE, HALF));
        calls.put("platform", () -> node.users(HALF));
        calls.put("local", () -> node.bind(BindKind.USER, ROOM, HALF));
        calls.put("why", () -> node.nack(List.of(), HALF));
        calls.forEach((field, call) -> assertEquals(field, fails(ErrorKind.INVALID, call).field()));
        assertEquals("max_pending", fails(ErrorKind.INVALID, () -> Node.builder("Sur").option("max_pending", HALF).open()).field());
        assertEquals("id", fails(ErrorKind.INVALID, () -> node.publishUser("\uDE00\uD83D", "Ana")).field());
        assertNotNull(node.publishUser("1", "\uD83D\uDE00").eventId());
    }

    @Test
    void whatTheCoreRefusesNamesItsFieldToo() {
        assertEquals("id", fails(ErrorKind.INVALID, () -> node.publishUser("", "Ana")).field());
        assertEquals("name", fails(ErrorKind.INVALID, () -> node.publishUser("1", "x".repeat(256))).field());
        node.publishUser("1", "Ana");
        node.publishRoom("7", "Plaza", RoomKind.PUBLIC);
        NewMessage message = NewMessage.of("7", "1", "hola");
        Attachment first = Attachment.link(AttachmentKind.FILE, "https://norte.example/1");
        NewMessage wrong = message.withAttachment(first).withAttachment(Attachment.link(AttachmentKind.FILE, "no url"));
        assertEquals("attachments[1].url", fails(ErrorKind.INVALID, () -> node.publishMessage(wrong)).field());
        assertEquals("sent_at", fails(ErrorKind.INVALID, () -> node.publishMessage(message.withSentAt(Instant.MAX))).field());
        fails(ErrorKind.INVALID, () -> ExternalId.parse("no colon"));
        assertEquals("threads", fails(ErrorKind.INVALID, () -> node.start(IntegradorListener.messages(m -> {}), 0)).field());
        List<Published> all = node.publishMessages(List.of(message, wrong, message));
        assertEquals("messages[1].attachments[1].url", all.get(1).refusal().field());
        assertNull(all.get(1).receipt());
        assertNotNull(all.get(2).orElseThrow().eventId());
    }

    @Test
    void anOptionThatIsUnknownOrWrongIsAConfigError() {
        Map<String, Object> wrong = new HashMap<>();
        wrong.put("max_pendin", 5);
        wrong.put("limits.nothing", 5);
        wrong.put("max_pending", "many");
        wrong.put("retention", Duration.ofSeconds(-1));
        wrong.put("close_timeout", Double.NaN);
        wrong.put("handler_timeout", Duration.ZERO);
        wrong.put("max_handler_attempts", 0);
        wrong.put("listen", "nowhere");
        wrong.forEach((name, value) -> {
            Node.Builder builder = Node.builder("Sur").store(folder.resolve("sur.db")).option(name, value);
            IntegradorException failure = fails(ErrorKind.CONFIG, builder::open);
            String last = name.substring(name.indexOf('.') + 1);
            assertTrue(failure.getMessage().contains(last), failure.getMessage());
        });
        Node.builder("Sur").store(folder.resolve("sur.db")).retention(Duration.ofMillis(1500)).option("limits.text", 100)
                .option("max_pending", null).open().close();
    }

    @Test
    void aDurationWithoutEndWaitsAndOneBelowZeroDoesNot() throws InterruptedException {
        assertEquals(List.of(), node.nextEvents(10, Duration.ofSeconds(-5)));
        assertEquals(List.of(), node.nextEvents(10, Duration.ofNanos(1)));
        try (Consumer events = node.consumer()) {
            assertTrue(events.next(Duration.ofSeconds(Long.MIN_VALUE)).isEmpty());
        }
        var waits = node.async().nextEvents(10, Duration.ofSeconds(Long.MAX_VALUE));
        node.status();
        assertFalse(waits.isDone());
        node.close();
        assertTrue(waits.isCompletedExceptionally());
    }

    @Test
    void aPanicOfTheCoreIsAnInternalError() throws ReflectiveOperationException {
        var field = Node.class.getDeclaredField("handle");
        field.setAccessible(true);
        long handle = field.getLong(node);
        assertTrue(fails(ErrorKind.INTERNAL, () -> Native.ask(Writer.of("panic").i64(handle))).getMessage().contains("asked for"));
        fails(ErrorKind.INTERNAL, () -> Native.ask(Writer.of("no such call").i64(handle)));
        assertNotNull(node.publishUser("1", "Ana").eventId());
    }
}
