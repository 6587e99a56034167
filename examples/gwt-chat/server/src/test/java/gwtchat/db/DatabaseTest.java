package gwtchat.db;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import gwtchat.Chat;
import gwtchat.model.Conversation;
import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Tick;
import gwtchat.model.User;
import gwtchat.model.Room;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@DisplayName("What the rest of the app relies on: nothing twice, nothing forgotten")
class DatabaseTest {
    @TempDir
    private Path folder;

    private Chat chat;

    @BeforeEach
    void open() {
        chat = Chat.open(folder.resolve("chat.db"), "GWT_CHAT", List.of("Sofía", " Tomás ", ""));
    }

    @AfterEach
    void close() {
        chat.close();
    }

    private void reopen() {
        close();
        open();
    }

    private static Draft draft(String conversation, String sender, String text) {
        return new Draft(conversation, sender, "x", text, List.of());
    }

    private Message own(String conversation, String text) {
        return chat.messages().addOwn(draft(conversation, "1", text), text);
    }

    private Message foreign(String conversation, String text, String event) {
        return chat.messages().addForeign(draft(conversation, "BuasApp:4", text), event, null).orElseThrow();
    }

    private String chatOfTwo() {
        return chat.conversations().add("", false, List.of("1", "BuasApp:4"));
    }

    private List<String> texts(String conversation) {
        return chat.messages().page(conversation, null, 50).stream().map(Message::text).toList();
    }

    /** An event id that was made at this instant. */
    private static String event(int at) {
        return String.format("0199%04x-0000-7000-8000-000000000000", at);
    }

    @Test
    @DisplayName("a new database begins with its users and a public room, and an old one stays as it is")
    void begins() {
        for (int n = 0; n < 2; n++) {
            assertEquals(List.of("Sofía", "Tomás"), chat.users().own().stream().map(User::name).toList());
            List<Conversation> rooms = chat.conversations().of("1");
            assertEquals(List.of("GWT_CHAT:1"), rooms.stream().map(Conversation::external).toList());
            assertTrue(rooms.get(0).open());
            reopen();
        }
        assertEquals(Optional.empty(), chat.users().add("soFía"), "the name is taken");
    }

    @Test
    @DisplayName("users of other platforms are known by their external ids, have their names changed, and have no sessions")
    void foreignUsers() {
        chat.users().save("BuasApp:1", "Marcelo", "BuasApp", true, null);
        chat.users().save("BuasApp:1", "Marcelo P.", "BuasApp", false, null);
        assertEquals(new User("BuasApp:1", "BuasApp:1", "Marcelo P.", "BuasApp", false, null), chat.users().find("BuasApp:1").orElseThrow());
        assertEquals(Optional.empty(), chat.users().findOwn("BuasApp:1"));
        chat.users().save("BuasApp:2", "Sofía", "BuasApp", true, null);
        chat.users().addSession("stolen", "BuasApp:1");
        assertEquals(Optional.empty(), chat.users().ofSession("stolen"));
        assertEquals("3", chat.users().add("Lucía").orElseThrow().id(), "own ids go on");
    }

    @Test
    @DisplayName("an event that comes twice is stored once")
    void twice() {
        String id = chatOfTwo();
        foreign(id, "hola", "event-1");
        assertEquals(Optional.empty(), chat.messages().addForeign(draft(id, "BuasApp:4", "hola"), "event-1", null));
        assertEquals(List.of("hola"), texts(id));
    }

    @Test
    @DisplayName("a post that is repeated under its key is one message, with its picture once")
    void key() {
        String id = chatOfTwo();
        Draft.File picture = new Draft.File("image", null, new byte[] {1, 2}, "image/png", "a.png");
        Draft draft = new Draft(id, "1", "Sofía", "hola", List.of(picture));
        Message first = chat.messages().addOwn(draft, "k");
        assertEquals(first, chat.messages().addOwn(draft, "k"));
        assertEquals(List.of(new Message.Link("image", "/app/files/" + first.id() + "/0", "a.png")), first.attachments());
        assertEquals(1, chat.messages().files(first.id()).size());
    }

    @Test
    @DisplayName("what is not published is found again, in order")
    void unpublished() {
        String id = chatOfTwo();
        List<Message> rows = List.of(own(id, "uno"), own(id, "dos"), own(id, "tres"));
        foreign(id, "de afuera", "event-9");
        chat.messages().published(rows.get(0).id(), "event-1");
        chat.messages().failed(rows.get(1).id(), "no");
        reopen();
        assertEquals(List.of("tres"), chat.messages().unpublished(10).stream().map(Message::text).toList());
        assertTrue(chat.conversations().unpublished().stream().anyMatch(c -> c.id().equals(id)));
        chat.conversations().published(id, null);
        assertFalse(chat.conversations().unpublished().stream().anyMatch(c -> c.id().equals(id)));
    }

    @Test
    @DisplayName("a state that was asked for undoes no end, and the event of no message is nobody's")
    void ticks() {
        Message message = own(chatOfTwo(), "hola");
        chat.messages().published(message.id(), "event-1");
        Tick waiting = new Tick("BuasApp", "waiting", null);
        Tick delivered = new Tick("BuasApp", "delivered", null);
        assertEquals(Optional.of(message.id()), chat.messages().tick("event-1", waiting, true));
        assertEquals(List.of("event-1"), chat.messages().openDeliveries());
        chat.messages().tick("event-1", delivered, false);
        chat.messages().tick("event-1", waiting, true);
        assertEquals(List.of(delivered), chat.messages().find(message.id()).orElseThrow().deliveries());
        assertEquals(List.of(), chat.messages().openDeliveries());
        assertEquals(Optional.empty(), chat.messages().tick("of a room", delivered, false));
    }

    @Test
    @DisplayName("a private room is seen by its members alone, and counts what they have not read")
    void privateRooms() {
        chat.conversations().save(new Room("BuasApp:7", "grupo", false, List.of("BuasApp:4", "1"), List.of(), null), null);
        foreign("BuasApp:7", "hola", "event-1");
        own("BuasApp:7", "hola");
        assertEquals(1, of("1", "BuasApp:7").orElseThrow().unread());
        chat.conversations().markRead("1", "BuasApp:7");
        assertEquals(0, of("1", "BuasApp:7").orElseThrow().unread());
        assertTrue(of("2", "BuasApp:7").isEmpty());
        chat.conversations().save(new Room("BuasApp:7", "grupo", false, List.of("BuasApp:4"), List.of(), null), null);
        assertTrue(of("1", "BuasApp:7").isEmpty(), "who was dropped sees it no more");
    }

    @Test
    @DisplayName("what happens to a room is told once among its messages, at the place of its announcement, and is no message")
    void notices() {
        chat.conversations().save(new Room("BuasApp:7", "Cine", true, List.of("1", "BuasApp:4"), List.of(), null), "event-1");
        foreign("BuasApp:7", "antes", "event-2");
        foreign("BuasApp:7", "después", "event-9");
        Room changed = new Room("BuasApp:7", "Cine club", true, List.of("1", "2"), List.of("BuasApp:4", "Malo:*"), "https://example.org/a.png");
        assertEquals(3, chat.conversations().save(changed, "event-5").size());
        assertEquals(List.of(), chat.conversations().save(changed, "event-6"), "it is as it was");
        chat.conversations().save(new Room("BuasApp:7", "Cine club", true, List.of("1"), List.of(), null), "event-7");
        List<String> told = chat.messages().page("BuasApp:7", null, 50).stream()
                .map(m -> m.notice() == null ? m.text() : m.notice() + " " + m.sender() + m.text()).toList();
        assertEquals(
                List.of("antes", "joined 2", "banned BuasApp:4", "renamed Cine club", "left 2", "unbanned BuasApp:4", "después"), told);
        Conversation shown = of("1", "BuasApp:7").orElseThrow();
        assertEquals(2, shown.unread());
        assertEquals("después", shown.last().text());
        long notice = chat.messages().page("BuasApp:7", null, 50).get(1).id();
        assertEquals(Optional.of(gwtchat.model.Not.THERE), chat.changes().addOwn("BuasApp:7", notice, "1", "k", gwtchat.model.Said.reaction("👍", true)));
    }

    private Optional<Conversation> of(String user, String id) {
        return chat.conversations().of(user).stream().filter(c -> c.id().equals(id)).findFirst();
    }

    @Test
    @DisplayName("the private chat of two people is found, and no group is taken for it, not even one that has shrunk to the two")
    void directChats() {
        String trio = chat.conversations().add("trío", false, List.of("1", "2", "BuasApp:4"));
        chat.conversations().save(new Room(trio, "trío", false, List.of("1", "BuasApp:4"), List.of(), null), null);
        assertFalse(chat.conversations().find(trio).orElseThrow().direct());
        assertEquals(Optional.empty(), chat.conversations().chatOf("1", "BuasApp:4"));
        String two = chatOfTwo();
        assertTrue(chat.conversations().find(two).orElseThrow().direct());
        assertEquals(Optional.of(two), chat.conversations().chatOf("BuasApp:4", "1"));
        chat.conversations().save(new Room(two, "", false, List.of("1", "2", "BuasApp:4"), List.of(), null), null);
        chat.conversations().save(new Room(two, "", false, List.of("1", "BuasApp:4"), List.of(), null), null);
        assertFalse(chat.conversations().find(two).orElseThrow().direct(), "what was more than two once is a group");
    }

    /** Shows promise 9. */
    @Test
    @DisplayName("a conversation reads in the order of the event ids, and what has none yet stands last")
    void order() {
        String id = chatOfTwo();
        Message mine = own(id, "mine");
        Message refused = own(id, "refused");
        foreign(id, "later", event(9));
        foreign(id, "earlier", event(3));
        assertEquals(List.of("earlier", "later", "mine", "refused"), texts(id));
        chat.messages().published(mine.id(), event(6));
        assertEquals(List.of("earlier", "mine", "later", "refused"), texts(id));
        chat.messages().failed(refused.id(), "no");
        foreign(id, "last", event(10));
        foreign(id, "first", event(1));
        assertEquals(List.of("first", "earlier", "mine", "refused", "later", "last"), texts(id));
        Conversation shown = chat.conversations().find(id).orElseThrow();
        assertEquals("last", shown.last().text());
        assertEquals("first", chat.messages().find(shown.newest()).orElseThrow().text(), "the latest to arrive");
    }

    @Test
    @DisplayName("pages of a conversation join without a gap, whatever order its messages came in")
    void pages() {
        String id = chatOfTwo();
        for (int at : new int[] {7, 2, 9, 4, 1, 8, 3, 6, 5}) {
            foreign(id, String.valueOf(at), event(at));
        }
        own(id, "10");
        own(id, "11");
        List<String> read = new ArrayList<>();
        Long before = null;
        for (List<Message> page; !(page = chat.messages().page(id, before, 3)).isEmpty(); before = page.get(0).id()) {
            read.addAll(0, page.stream().map(Message::text).toList());
        }
        assertEquals(List.of("1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"), read);
        assertEquals(List.of(), chat.messages().page(id, 99L, 3), "before a message that is not there is nothing");
    }

    @Test
    @DisplayName("a transaction that fails leaves nothing behind")
    void transactions() {
        try (Database database = Database.open(folder.resolve("other.db"))) {
            assertThrows(DatabaseException.class, () -> database.transaction(() -> {
                database.update("INSERT INTO conversations (id, name, open, direct, published) VALUES ('1', 'x', 0, 0, 0)");
                return database.update("INSERT INTO messages (id) VALUES (1)");
            }));
            assertEquals(0L, database.first("SELECT count(*) FROM conversations", row -> row.getLong(1)).orElseThrow());
        }
    }

    @Test
    @DisplayName("a database of a newer version is refused, and says what to do")
    void newer() {
        Path file = folder.resolve("newer.db");
        try (Database database = Database.open(file)) {
            database.update("PRAGMA user_version = 99");
        }
        String why = assertThrows(IllegalStateException.class, () -> Database.open(file)).getMessage();
        assertTrue(why.contains("newer version") && why.contains("--data"), why);
    }
}
