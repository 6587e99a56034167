package gwtchat.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.integrador.Delete;
import dev.integrador.Edit;
import dev.integrador.Event;
import dev.integrador.ExternalId;
import dev.integrador.IntegradorListener;
import dev.integrador.NewMessage;
import dev.integrador.Node;
import dev.integrador.Reaction;
import dev.integrador.Ref;
import dev.integrador.RoomKind;
import dev.integrador.testing.Mesh;
import gwtchat.Chat;
import gwtchat.model.Conversation;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Said;
import gwtchat.model.Tick;
import gwtchat.model.User;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("The chat and its node, with another platform on the other side")
class IntegrationTest {
    @TempDir
    private Path folder;

    private Mesh net;
    private Node buas;
    private Chat chat;
    private Integration integration;
    private final List<dev.integrador.Message> heard = new CopyOnWriteArrayList<>();

    @BeforeEach
    void open() {
        net = Mesh.open("GWT_CHAT", "BuasApp");
        buas = net.node("BuasApp");
        buas.publishUsers(Map.of("1", "Marcelo", "2", "Julieta"));
        buas.start(IntegradorListener.messages(heard::add));
        chat = Chat.open(folder.resolve("chat.db"), "GWT_CHAT", List.of("Sofía", "Tomás"));
        integration = Integration.with(chat, net.node("GWT_CHAT"));
        integration.start();
        settle();
    }

    @AfterEach
    void close() {
        integration.close();
        chat.close();
        net.close();
    }

    /** All that is written is published, all that can be delivered has been, and what came is stored. */
    private void settle() {
        integration.client().publish();
        net.settle();
    }

    private Message write(String conversation, String text) {
        return chat.messages().addOwn(new Draft(conversation, "1", "Sofía", text, List.of()), text);
    }

    private Message stored(Message message) {
        return chat.messages().find(message.id()).orElseThrow();
    }

    private List<String> texts(String conversation) {
        return chat.messages().page(conversation, null, 50).stream().map(Message::text).toList();
    }

    private List<String> heard() {
        return heard.stream().map(dev.integrador.Message::text).toList();
    }

    @Test
    @DisplayName("its users are known elsewhere, and those of others are stored by their external ids")
    void users() {
        assertEquals(List.of("Sofía", "Tomás"), buas.users("GWT_CHAT").stream().map(dev.integrador.User::name).sorted().toList());
        assertEquals(new User("BuasApp:1", "BuasApp:1", "Marcelo", "BuasApp", true, null), chat.users().find("BuasApp:1").orElseThrow());
        chat.users().add("Lucía");
        settle();
        assertTrue(buas.users("GWT_CHAT").stream().anyMatch(user -> user.name().equals("Lucía")));
        buas.publishUser("1", "Marcelo P.");
        settle();
        assertEquals("Marcelo P.", chat.users().find("BuasApp:1").orElseThrow().name());
    }

    @Test
    @DisplayName("a message that is written here arrives there, and its tick says so")
    void outgoing() {
        String id = chat.conversations().add("", false, List.of("1", "BuasApp:1"));
        Message message = write(id, "¿Cómo va? 🧉");
        settle();
        assertEquals(List.of("¿Cómo va? 🧉"), heard());
        assertEquals("GWT_CHAT:" + id, heard.get(0).room().toString());
        assertEquals(List.of("1"), heard.get(0).recipients());
        assertEquals(List.of(new Tick("BuasApp", "delivered", null)), stored(message).deliveries());
        assertEquals(heard.get(0).eventId().toString(), stored(message).place());
    }

    @Test
    @DisplayName("a room and a message of another platform are stored under its ids, and answered")
    void incoming() {
        buas.publishRoom("7", "Los mundialistas", RoomKind.PRIVATE, Map.of("GWT_CHAT", List.of("1"), "BuasApp", List.of("1", "2")));
        buas.publishMessage("7", "1", "hola");
        settle();
        Conversation room = chat.conversations().find("BuasApp:7").orElseThrow();
        assertEquals(List.of("1", "BuasApp:1", "BuasApp:2"), room.members());
        assertEquals("BuasApp:1", room.last().sender());
        assertEquals(1, chat.conversations().of("1").stream().filter(c -> c.id().equals("BuasApp:7")).findFirst().orElseThrow().unread());
        write("BuasApp:7", "¡hola!");
        settle();
        assertEquals(List.of("¡hola!"), heard());
        assertEquals(List.of("hola", "¡hola!"), texts("BuasApp:7"));
    }

    private void say(Message message, String key, Said said) {
        assertEquals(Optional.empty(), chat.changes().addOwn(message.conversation(), message.id(), "1", key, said));
    }

    @Test
    @DisplayName("an answer, an edit, a reaction and a delete that are made here arrive there, and their ticks say so")
    void changesOut() {
        List<Event> events = new CopyOnWriteArrayList<>();
        buas.stop();
        buas.start(new IntegradorListener() {
            @Override
            public void onEvent(Event event) {
                if (event instanceof dev.integrador.Said) {
                    events.add(event);
                }
            }
        });
        String id = chat.conversations().add("", false, List.of("1", "BuasApp:1"));
        Message message = write(id, "¿Vamos?");
        settle();
        chat.messages().addOwn(new Draft(id, "1", "Sofía", "Digo", List.of(), message.id(), null), "Digo");
        say(message, "a", Said.edit("¿Vamos hoy?", null));
        say(message, "b", Said.reaction("🧉", true));
        settle();
        say(message, "c", Said.delete());
        settle();
        UUID of = UUID.fromString(stored(message).place());
        assertEquals(5, events.size(), events.toString());
        assertEquals(of, ((dev.integrador.Message) events.get(1)).replyTo());
        Edit edit = (Edit) events.get(2);
        assertEquals(List.of(of, "¿Vamos hoy?"), List.of(edit.of(), edit.text()));
        Reaction reaction = (Reaction) events.get(3);
        assertEquals(List.of(of, "GWT_CHAT", "🧉", true), List.of(reaction.of(), reaction.ofPlatform(), reaction.emoji(), reaction.on()));
        assertEquals(of, ((Delete) events.get(4)).of());
        assertEquals(List.of(), chat.changes().unpublished(10));
        Message.Change deleted = stored(message).changes().stream().filter(c -> c.kind().equals("delete")).findFirst().orElseThrow();
        assertEquals(List.of(new Tick("BuasApp", "delivered", null)), deleted.deliveries());
    }

    @Test
    @DisplayName("an answer, an edit, a reaction and a delete of another platform are shown here")
    void changesIn() {
        buas.publishRoom("7", "Los mundialistas", RoomKind.PRIVATE, Map.of("GWT_CHAT", List.of("1"), "BuasApp", List.of("1", "2")));
        UUID of = buas.publishMessage("7", "1", "hola").eventId();
        settle();
        Message message = chat.conversations().find("BuasApp:7").orElseThrow().last();
        buas.publishMessage(NewMessage.of("7", "2", "¿qué tal?").withReplyTo(of));
        buas.editMessage(of, Ref.own("1"), "hola a todas");
        buas.react(of, "BuasApp", Ref.own("2"), "👍", true);
        settle();
        assertEquals(List.of("hola a todas", true), List.of(stored(message).text(), stored(message).edited()));
        assertEquals(List.of(new Message.Reaction("👍", List.of("BuasApp:2"))), stored(message).reactions());
        assertEquals(message.id(), chat.conversations().find("BuasApp:7").orElseThrow().last().reply().message());
        buas.deleteMessage(of, Ref.own("1"));
        settle();
        assertTrue(stored(message).deleted());
    }

    /** Shows promise 3. */
    @Test
    @DisplayName("what was published and not marked, because the process died in between, is the same message, and gets its place back")
    void crashed() throws SQLException {
        String id = chat.conversations().add("", false, List.of("1", "BuasApp:1"));
        Message message = write(id, "una vez");
        settle();
        String place = stored(message).place();
        assertNotNull(place);
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("chat.db"));
                Statement statement = other.createStatement()) {
            assertEquals(1, statement.executeUpdate("UPDATE messages SET published = 0, event = NULL, place = NULL"));
        }
        buas.publishMessage(ExternalId.parse("GWT_CHAT:" + id), "1", "respuesta");
        net.settle();
        assertEquals(List.of("respuesta", "una vez"), texts(id));
        settle();
        assertEquals(List.of("una vez", "respuesta"), texts(id));
        assertEquals(place, stored(message).place());
        assertEquals(List.of("una vez"), heard());
    }

    /** Shows promises 2 and 4. */
    @Test
    @DisplayName("what is written while the other platform is down waits, says so, and arrives in order when it is back")
    void down() {
        String id = chat.conversations().add("", false, List.of("1", "BuasApp:1"));
        write(id, "antes");
        settle();
        net.down("BuasApp");
        Message first = write(id, "uno");
        Message second = write(id, "dos");
        settle();
        assertEquals(List.of(new Tick("BuasApp", "waiting", null)), stored(first).deliveries());
        net.up("BuasApp");
        net.advance(Duration.ofMinutes(5));
        settle();
        assertEquals(List.of("antes", "uno", "dos"), heard());
        assertEquals(List.of(new Tick("BuasApp", "delivered", null)), stored(second).deliveries());
    }

    @Test
    @DisplayName("a message that the node refuses for good says why, and what comes after it goes out")
    void refused() {
        buas.publishRoom("7", "grupo", RoomKind.PRIVATE, Map.of("GWT_CHAT", List.of("1", "2"), "BuasApp", List.of("1")));
        settle();
        buas.publishRoom("7", "grupo", RoomKind.PRIVATE, Map.of("GWT_CHAT", List.of("2"), "BuasApp", List.of("1")));
        settle();
        Message refused = write("BuasApp:7", "ya no estoy");
        String id = chat.conversations().add("", false, List.of("1", "BuasApp:1"));
        write(id, "sigo acá");
        settle();
        assertNotNull(stored(refused).failed());
        assertFalse(stored(refused).failed().isBlank());
        assertEquals(List.of("sigo acá"), heard());
        assertEquals(List.of(), chat.messages().unpublished(10));
    }

    @Test
    @DisplayName("somebody of this app joins a public room of another platform and leaves it")
    void membership() {
        buas.publishRoom("9", "Patio", RoomKind.PUBLIC);
        settle();
        Conversation room = chat.conversations().find("BuasApp:9").orElseThrow();
        User sofia = chat.users().findOwn("1").orElseThrow();
        integration.memberships().join(room, sofia.id());
        settle();
        assertEquals(List.of("1"), chat.conversations().find("BuasApp:9").orElseThrow().members());
        assertEquals(Map.of("GWT_CHAT", List.of("1")), buas.room("9").orElseThrow().members());
        integration.memberships().leave(room, sofia.id());
        settle();
        assertEquals(List.of(), chat.conversations().find("BuasApp:9").orElseThrow().members());
    }

    /** Shows promise 3. */
    @Test
    @DisplayName("an event that comes again is stored once")
    void again() {
        buas.publishRoom("9", "Patio", RoomKind.PUBLIC);
        buas.publishMessage("9", "1", "hola");
        settle();
        Message stored = chat.conversations().find("BuasApp:9").map(Conversation::last).orElseThrow();
        IntegrationService again = new IntegrationService(chat, net.node("GWT_CHAT"), () -> {});
        again.onMessage(new dev.integrador.Message(java.util.UUID.fromString(stored.place()), 2, ExternalId.parse("BuasApp:9"),
                ExternalId.parse("BuasApp:1"), "Marcelo", "hola", null, null, List.of(), false, null, null, net.node("GWT_CHAT")));
        again.close();
        assertEquals(List.of("hola"), texts("BuasApp:9"));
        assertEquals(Optional.of(stored), chat.messages().find(stored.id()));
    }
}
