package gwtchat.db;

import gwtchat.model.Conversation;
import gwtchat.model.Room;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/** Private chats, groups and public rooms, who is in them, and what each person has read of them. */
public final class Conversations {
    private static final String ROW = "SELECT id, name, open, direct, failed, avatar FROM conversations ";

    private final Database database;
    private final Messages messages;
    private final Ids ids;
    private final Notices notices;

    public Conversations(Database database, Messages messages, Ids ids) {
        this.database = database;
        this.messages = messages;
        this.ids = ids;
        notices = new Notices(database);
    }

    /** What this person may see, as it stands for them. */
    public List<Conversation> of(String user) {
        String sql = ROW + "WHERE open OR id IN (SELECT conversation FROM members WHERE user = ?) ORDER BY number";
        return database.transaction(() -> database.query(sql, row -> conversation(row, user), user));
    }

    public Optional<Conversation> find(String id) {
        return database.transaction(() -> database.first(ROW + "WHERE id = ?", row -> conversation(row, null), id));
    }

    /** The private chat of these two, if there is one; a group that has shrunk to them is none. */
    public Optional<String> chatOf(String one, String other) {
        return database.first(
                """
                SELECT c.id FROM conversations c JOIN members m ON m.conversation = c.id AND m.user = ?
                WHERE c.direct AND c.failed IS NULL
                  AND EXISTS (SELECT 1 FROM members WHERE conversation = c.id AND user = ?)
                ORDER BY c.number LIMIT 1""",
                row -> row.getString(1), one, other);
    }

    /** A conversation of this app's own, to be published. */
    public String add(String name, boolean open, List<String> members) {
        return database.transaction(() -> {
            String id = database.first(
                            """
                            INSERT INTO conversations (id, name, open, direct, published)
                            SELECT coalesce(max(CAST(id AS INTEGER)), 0) + 1, ?, ?, ?, 0 FROM conversations
                            WHERE instr(id, ':') = 0 RETURNING id""",
                            row -> row.getString(1), name, open, !open && members.size() == 2)
                    .orElseThrow();
            setMembers(id, members);
            return id;
        });
    }

    /**
     * A room as the node knows it; makes it or brings it up to date.
     *
     * @param event the announcement that changed it, or null if that is not known
     * @return the ids of the notices of what has happened to it
     */
    public List<Long> save(Room room, String event) {
        return database.transaction(() -> {
            String id = room.id();
            Optional<Room> before = database.first(
                    "SELECT name, open, avatar FROM conversations WHERE id = ?",
                    row -> new Room(id, row.getString(1), row.getBoolean(2), members(id), barred(id), row.getString(3)), id);
            // What has ever been more than two people stays a group.
            database.update(
                    """
                    INSERT INTO conversations (id, name, open, direct, published, avatar) VALUES (?1, ?2, ?3, ?4, 1, ?6)
                    ON CONFLICT (id) DO UPDATE SET name = ?2, open = ?3, direct = direct AND NOT ?3 AND ?5, avatar = ?6""",
                    id, room.name(), room.open(), !room.open() && room.members().size() == 2, room.members().size() <= 2, room.avatar());
            setMembers(id, room.members());
            database.update("DELETE FROM barred WHERE conversation = ?", id);
            room.banned().forEach(who -> database.update("INSERT OR IGNORE INTO barred VALUES (?, ?)", id, who));
            return before.map(was -> notices.add(was, room, event)).orElse(List.of());
        });
    }

    private List<String> members(String id) {
        return database.query(
                "SELECT user FROM members WHERE conversation = ? ORDER BY instr(user, ':') > 0, user", row -> row.getString(1), id);
    }

    private List<String> barred(String id) {
        return database.query("SELECT who FROM barred WHERE conversation = ? ORDER BY who", row -> row.getString(1), id);
    }

    private void setMembers(String id, List<String> members) {
        database.update("DELETE FROM members WHERE conversation = ?", id);
        for (String user : members) {
            database.update("INSERT OR IGNORE INTO members VALUES (?, ?)", id, user);
        }
    }

    public List<Conversation> unpublished() {
        String sql = ROW + "WHERE NOT published ORDER BY number";
        return database.transaction(() -> database.query(sql, row -> conversation(row, null)));
    }

    /** @param failed why the node refused it for good, or null */
    public void published(String id, String failed) {
        database.update("UPDATE conversations SET published = 1, failed = ? WHERE id = ?", failed, id);
    }

    public void markRead(String user, String id) {
        database.update(
                """
                INSERT INTO reads SELECT ?1, ?2, coalesce(max(id), 0) FROM messages WHERE conversation = ?2
                ON CONFLICT DO UPDATE SET message = excluded.message""",
                user, id);
    }

    private Conversation conversation(ResultSet row, String user) throws SQLException {
        String id = row.getString(1);
        Long newest = database.first("SELECT max(id) FROM messages WHERE conversation = ? AND notice IS NULL HAVING max(id) > 0", r -> r.getLong(1), id)
                .orElse(null);
        return new Conversation(
                id, ids.external(id), row.getString(2), row.getBoolean(3), row.getBoolean(4), members(id), barred(id), row.getString(6),
                messages.last(id).orElse(null), newest, user == null ? 0 : unread(id, user), row.getString(5));
    }

    private long unread(String id, String user) {
        String sql =
                """
                SELECT count(*) FROM messages WHERE conversation = ?1 AND sender <> ?2 AND notice IS NULL
                  AND id > coalesce((SELECT message FROM reads WHERE user = ?2 AND conversation = ?1), 0)""";
        return database.first(sql, row -> row.getLong(1), id, user).orElse(0L);
    }
}
