package gwtchat.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import gwtchat.Chat;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Message.Reaction;
import gwtchat.model.Not;
import gwtchat.model.Room;
import gwtchat.model.Said;
import gwtchat.model.Tick;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What is said of messages: once, by whom it may be, and with the same end whatever came first")
class ChangesTest {
    private static final Draft.File PICTURE = new Draft.File("image", null, new byte[] {1, 2}, "image/png", "a.png");

    @TempDir
    private Path folder;

    private Chat chat;
    private String room;

    @BeforeEach
    void open() {
        chat = Chat.open(folder.resolve("chat.db"), "GWT_CHAT", List.of("Sofía", "Tomás"));
        room = chat.conversations().add("grupo", false, List.of("1", "2", "BuasApp:4", "BuasApp:5"));
    }

    @AfterEach
    void close() {
        chat.close();
    }

    /** A message of Sofía that the node has under this event id. */
    private Message own(String text, String event) {
        Message message = chat.messages().addOwn(new Draft(room, "1", "Sofía", text, List.of()), text);
        chat.messages().published(message.id(), event);
        return message;
    }

    /** A message of BuasApp's Marcelo. */
    private Message foreign(String text, String event) {
        return chat.messages().addForeign(new Draft(room, "BuasApp:4", "Marcelo", text, List.of()), event, null).orElseThrow();
    }

    private Optional<Not> say(Message message, String user, String key, Said said) {
        return chat.changes().addOwn(room, message.id(), user, key, said);
    }

    private Message now(Message message) {
        return chat.messages().find(message.id()).orElseThrow();
    }

    private List<String> unpublished() {
        return chat.changes().unpublished(10).stream().map(c -> c.said().kind().word()).toList();
    }

    @Test
    @DisplayName("an edit, a reaction and a delete of this app's users are shown at once, and found again to be published")
    void own() {
        Message message = own("Hola", "event-1");
        assertEquals(Optional.empty(), say(message, "1", "k1", Said.edit("Hola a todas", null)));
        assertEquals(Optional.empty(), say(message, "2", "k2", Said.reaction("🧉", true)));
        assertEquals("Hola a todas", now(message).text());
        assertTrue(now(message).edited());
        assertEquals(List.of(new Reaction("🧉", List.of("2"))), now(message).reactions());
        assertEquals(List.of("edit", "reaction"), now(message).changes().stream().map(Message.Change::kind).toList());
        assertEquals(List.of("edit", "reaction"), unpublished());
        assertEquals(Optional.empty(), say(message, "1", "k3", Said.delete()));
        assertTrue(now(message).deleted());
        assertEquals("", now(message).text());
        assertEquals(List.of(), now(message).reactions());
        assertEquals(3, now(message).revision());
        assertEquals(List.of("delete", "reaction"), now(message).changes().stream().map(Message.Change::kind).sorted().toList());
    }

    @Test
    @DisplayName("the same key again is the same change")
    void key() {
        Message message = own("Hola", "event-1");
        for (int n = 0; n < 2; n++) {
            assertEquals(Optional.empty(), say(message, "1", "k", Said.edit("uno", null)));
        }
        assertEquals(1, now(message).revision());
        assertEquals(List.of("edit"), unpublished());
    }

    @Test
    @DisplayName("one's own is edited and deleted, and nothing of which the node doesn't know or that is gone")
    void mayNot() {
        Message theirs = foreign("hola", "event-1");
        Message early = chat.messages().addOwn(new Draft(room, "1", "Sofía", "recién", List.of()), "recién");
        Message gone = own("chau", "event-2");
        assertEquals(Optional.of(Not.THEIRS), say(theirs, "1", "a", Said.edit("x", null)));
        assertEquals(Optional.of(Not.THEIRS), say(theirs, "1", "b", Said.delete()));
        assertEquals(Optional.of(Not.YET), say(early, "1", "c", Said.edit("x", null)));
        assertEquals(Optional.of(Not.EMPTY), say(gone, "1", "d", Said.edit("", null)));
        assertEquals(Optional.of(Not.THERE), chat.changes().addOwn("1", gone.id(), "1", "e", Said.delete()));
        assertEquals(Optional.empty(), say(gone, "1", "f", Said.delete()));
        assertEquals(Optional.of(Not.THERE), say(gone, "1", "g", Said.reaction("👍", true)));
        assertEquals(List.of("delete"), unpublished());
    }

    @Test
    @DisplayName("one person has twenty different reactions to a message at most")
    void mostReactions() {
        Message message = foreign("hola", "event-1");
        for (int n = 0; n < 20; n++) {
            assertEquals(Optional.empty(), say(message, "1", "k" + n, Said.reaction("e" + n, true)));
        }
        assertEquals(Optional.of(Not.MORE), say(message, "1", "k20", Said.reaction("e20", true)));
        assertEquals(Optional.empty(), say(message, "1", "k21", Said.reaction("e3", false)));
        assertEquals(Optional.empty(), say(message, "2", "k22", Said.reaction("e20", true)));
        assertEquals(20, now(message).reactions().size());
    }

    @Test
    @DisplayName("of what others say the greatest event id counts, and a delete is final")
    void greatest() {
        Message message = foreign("uno", "event-1");
        assertEquals(Optional.of(message.id()), chat.changes().addForeign("event-5", "event-1", "BuasApp:4", Said.edit("tres", null)));
        assertEquals(Optional.empty(), chat.changes().addForeign("event-3", "event-1", "BuasApp:4", Said.edit("dos", null)));
        assertEquals(Optional.empty(), chat.changes().addForeign("event-5", "event-1", "BuasApp:4", Said.edit("tres", null)), "twice");
        assertEquals("tres", now(message).text());
        chat.changes().addForeign("event-7", "event-1", "BuasApp:5", Said.reaction("👍", false));
        chat.changes().addForeign("event-6", "event-1", "BuasApp:5", Said.reaction("👍", true));
        assertEquals(List.of(), now(message).reactions());
        chat.changes().addForeign("event-2", "event-1", "BuasApp:4", Said.delete());
        assertEquals(Optional.empty(), chat.changes().addForeign("event-9", "event-1", "BuasApp:4", Said.edit("cuatro", null)));
        assertTrue(now(message).deleted());
    }

    @Test
    @DisplayName("somebody else of that platform edits nothing, and a delete is also for the platform whose room it is")
    void whose() {
        Message message = foreign("uno", "event-1");
        assertEquals(Optional.empty(), chat.changes().addForeign("event-2", "event-1", "BuasApp:5", Said.edit("otro", null)));
        assertEquals(Optional.empty(), chat.changes().addForeign("event-3", "event-1", "BuasApp:5", Said.delete()), "the room is not theirs");
        assertEquals("uno", now(message).text());
        chat.conversations().save(new Room("BuasApp:7", "de ellos", true, List.of(), List.of(), null), null);
        Message mine = chat.messages().addOwn(new Draft("BuasApp:7", "1", "Sofía", "acá", List.of()), "acá");
        chat.messages().published(mine.id(), "event-4");
        assertEquals(Optional.empty(), chat.changes().addForeign("event-5", "event-4", "RustChat:1", Said.delete()));
        assertFalse(now(mine).deleted());
        assertEquals(Optional.of(mine.id()), chat.changes().addForeign("event-6", "event-4", "BuasApp:5", Said.delete()));
        assertTrue(now(mine).deleted());
    }

    @Test
    @DisplayName("what comes before its message waits for it, with its picture and over a restart")
    void early() {
        assertEquals(Optional.empty(), chat.changes().addForeign("event-3", "event-1", "BuasApp:4", Said.edit("dos", List.of(PICTURE))));
        assertEquals(Optional.empty(), chat.changes().addForeign("event-4", "event-1", "BuasApp:5", Said.reaction("👍", true)));
        close();
        open();
        Message message = foreign("uno", "event-1");
        assertEquals("dos", message.text());
        assertEquals(List.of(new Message.Link("image", "/app/files/" + message.id() + "/0?event-3", "a.png")), message.attachments());
        assertEquals(List.of(new Reaction("👍", List.of("BuasApp:5"))), message.reactions());
        assertEquals(2, chat.messages().files(message.id()).get(0).data().length);
    }

    @Test
    @DisplayName("a reaction that is faster than the answer of the node finds its message")
    void fast() {
        Message message = chat.messages().addOwn(new Draft(room, "1", "Sofía", "hola", List.of()), "hola");
        chat.changes().addForeign("event-2", "event-1", "BuasApp:4", Said.reaction("👍", true));
        assertEquals(List.of(), now(message).reactions());
        chat.messages().published(message.id(), "event-1");
        assertEquals(List.of(new Reaction("👍", List.of("BuasApp:4"))), now(message).reactions());
    }

    @Test
    @DisplayName("of what waits for its message, a platform can make this chat keep a thousand, and takes no other's place")
    void bounded() {
        try (Database database = Database.open(folder.resolve("bounded.db"))) {
            Changes changes = new Changes(database, new Ids("GWT_CHAT"));
            database.transaction(() -> {
                changes.addForeign("event-0", "of", "BuasApp:4", Said.delete());
                for (int n = 1; n <= 1_010; n++) {
                    changes.addForeign("event-" + n, "of-" + n, "Norte:1", Said.edit("x", List.of(PICTURE)));
                }
                return null;
            });
            String count = "SELECT platform, count(*) FROM early GROUP BY platform ORDER BY platform";
            assertEquals(List.of("BuasApp 1", "Norte 1000"), database.query(count, row -> row.getString(1) + " " + row.getInt(2)));
            assertEquals(1_000, database.first("SELECT count(*) FROM early_attachments", row -> row.getInt(1)).orElseThrow());
        }
    }

    @Test
    @DisplayName("a quote says what the quoted message says now, and nothing of one that is in another conversation")
    void quotes() {
        Message message = own("¿Vamos?", "event-1");
        Message answer = chat.messages().addForeign(new Draft(room, "BuasApp:4", "Marcelo", "¡Sí!", List.of(), null, "event-1"), "event-2", null).orElseThrow();
        assertEquals(new Message.Reply(message.id(), "1", "Sofía", "¿Vamos?", null, false), answer.reply());
        say(message, "1", "k", Said.edit("¿Vamos hoy?", null));
        assertEquals("¿Vamos hoy?", now(answer).reply().text());
        Message back = chat.messages().addOwn(new Draft(room, "1", "Sofía", "Listo", List.of(), answer.id(), null), "Listo");
        assertEquals(Optional.of("event-2"), chat.messages().answered(back.id()));
        Message elsewhere = chat.messages().addForeign(new Draft("1", "BuasApp:4", "Marcelo", "¿Y?", List.of(), null, "event-1"), "event-3", null).orElseThrow();
        assertEquals(Message.Reply.NOT_HERE, elsewhere.reply());
        assertNull(message.reply());
    }

    @Test
    @DisplayName("a change has its ticks, and of a reaction those that are an end")
    void ticks() {
        Message message = own("Hola", "event-1");
        say(message, "1", "a", Said.edit("Hola 2", null));
        say(message, "1", "b", Said.reaction("👍", true));
        List<Changes.Outgoing> said = chat.changes().unpublished(10);
        chat.changes().published(said.get(0).id(), "event-2");
        chat.changes().published(said.get(1).id(), "event-3");
        Tick waiting = new Tick("BuasApp", "waiting", null);
        Tick unsupported = new Tick("Legacy", "unsupported", null);
        for (String event : List.of("event-2", "event-3")) {
            assertEquals(Optional.of(message.id()), chat.messages().tick(event, waiting, false));
            assertEquals(Optional.of(message.id()), chat.messages().tick(event, unsupported, false));
        }
        assertEquals(List.of(List.of(waiting, unsupported), List.of(unsupported)), now(message).changes().stream().map(Message.Change::deliveries).toList());
        assertEquals(List.of("event-2"), chat.messages().openDeliveries());
        chat.messages().tick("event-2", new Tick("Legacy", "waiting", null), true);
        assertEquals(unsupported, now(message).changes().get(0).deliveries().get(1));
    }

    @Test
    @DisplayName("a database of an earlier version still has its messages, and they can be changed")
    void migrated() throws SQLException {
        Path file = folder.resolve("before.db");
        try (Connection before = DriverManager.getConnection("jdbc:sqlite:" + file); Statement statement = before.createStatement()) {
            for (String each : Schema.STEPS.get(0).split(";\\s*\n")) {
                statement.executeUpdate(each);
            }
            statement.executeUpdate("INSERT INTO users VALUES ('1', 'Sofía', NULL, 1, 1)");
            statement.executeUpdate("INSERT INTO conversations VALUES (1, '1', 'Plaza', 1, 0, 1, NULL)");
            statement.executeUpdate("INSERT INTO messages VALUES (1, '1', '1', 'Sofía', 'de antes', '2026-11-01T10:00:00.000Z', 'k', 'event-1', 'event-1', 1, NULL)");
            statement.executeUpdate("PRAGMA user_version = 1");
        }
        try (Chat old = Chat.open(file, "GWT_CHAT", List.of())) {
            Message message = old.messages().find(1).orElseThrow();
            assertEquals(List.of("de antes", 0, false), List.of(message.text(), message.revision(), message.edited()));
            assertEquals(Optional.empty(), old.changes().addOwn("1", 1, "1", "k", Said.edit("de ahora", null)));
            assertEquals("de ahora", old.messages().find(1).orElseThrow().text());
        }
    }
}
