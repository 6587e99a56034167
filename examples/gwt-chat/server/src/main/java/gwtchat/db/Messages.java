package gwtchat.db;

import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Tick;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;

/**
 * Messages, what is attached to them, and how far each has come.
 *
 * <p>A conversation is read in the order of its event ids, which is the same on every platform. Rows are numbered as they
 * arrive, which is another order whenever a platform was away. So each row has its {@code place} beside its number: its
 * event id. Null is what the node doesn't have yet, and stands last; what the node refused stands after all that was there.
 */
public final class Messages {
    private static final String ROW =
            "SELECT id, conversation, sender, sender_name, text, at, key, place, failed, reply, reply_event, edited, deleted, revision, notice FROM messages ";
    private static final String NOW = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    /** Greater than any event id. */
    private static final String LAST = "~";

    private static final String LATEST = "ORDER BY coalesce(place, '~') DESC, id DESC LIMIT ?";

    private final Database database;
    private final Changes changes;
    private final Attachments attachments;

    public Messages(Database database, Changes changes) {
        this.database = database;
        this.changes = changes;
        attachments = Attachments.ofMessages(database);
    }

    /** A message of a user of this app, to be published. The same key again: the message it already is. */
    public Message addOwn(Draft draft, String key) {
        return database.transaction(() -> {
            database.first(
                            "INSERT INTO messages (conversation, sender, sender_name, text, at, key, reply, published)"
                                    + " VALUES (?, ?, ?, ?, " + NOW + ", ?, ?, 0) ON CONFLICT (key) DO NOTHING RETURNING id",
                            row -> row.getLong(1), draft.conversation(), draft.sender(), draft.senderName(), draft.text(), key, draft.reply())
                    .ifPresent(id -> attachments.add(id, draft.attachments()));
            return database.first(ROW + "WHERE key = ?", this::message, key).orElseThrow();
        });
    }

    /** A message of another platform; nothing if it is here already, under this event id. */
    public Optional<Message> addForeign(Draft draft, String event, String at) {
        return database.transaction(() -> database.first(
                        "INSERT INTO messages (conversation, sender, sender_name, text, at, event, place, reply_event, published)"
                                + " VALUES (?1, ?2, ?3, ?4, coalesce(?5, " + NOW + "), ?6, ?6, ?7, 1) ON CONFLICT (event) DO NOTHING RETURNING id",
                        row -> row.getLong(1), draft.conversation(), draft.sender(), draft.senderName(), draft.text(), at, event, draft.replyEvent())
                .flatMap(id -> {
                    attachments.add(id, draft.attachments());
                    changes.catchUp(event);
                    return find(id);
                }));
    }

    public Optional<Message> find(long id) {
        return database.transaction(() -> database.first(ROW + "WHERE id = ?", this::message, id));
    }

    /** The last one, in the order in which the conversation is read. */
    Optional<Message> last(String conversation) {
        return database.first(ROW + "WHERE conversation = ? AND notice IS NULL " + LATEST, this::message, conversation, 1);
    }

    /** Up to that many messages before that one, or the last ones; the first one first. */
    public List<Message> page(String conversation, Long before, int limit) {
        return database.transaction(() -> {
            String place = before == null
                    ? LAST
                    : database.first("SELECT coalesce(place, '~') FROM messages WHERE id = ?", row -> row.getString(1), before).orElse("");
            // The first condition on the place is for the index.
            List<Message> page = new ArrayList<>(database.query(
                    ROW + "WHERE conversation = ?1 AND coalesce(place, '~') <= ?2 AND (coalesce(place, '~'), id) < (?2, ?3) "
                            + LATEST.replace("?", "?4"),
                    this::message, conversation, place, before == null ? Long.MAX_VALUE : before, limit));
            Collections.reverse(page);
            return page;
        });
    }

    public List<Draft.File> files(long message) {
        return attachments.files(message);
    }

    /** The event id of what an own message answers. That was written before it, so the node has it, or has refused it. */
    public Optional<String> answered(long message) {
        return database.first(
                "SELECT event FROM messages WHERE event IS NOT NULL AND id = (SELECT reply FROM messages WHERE id = ?)", row -> row.getString(1), message);
    }

    /** Own messages that the node doesn't have yet, in the order in which they were written. */
    public List<Message> unpublished(int limit) {
        return database.transaction(() -> database.query(ROW + "WHERE NOT published ORDER BY id LIMIT ?", this::message, limit));
    }

    public void published(long id, String event) {
        database.transaction(() -> {
            database.update("UPDATE messages SET published = 1, event = ?1, place = ?1 WHERE id = ?2", event, id);
            // Others may have been faster, above all if the process died in between.
            return changes.catchUp(event);
        });
    }

    /** The node refused it for good. */
    public void failed(long id, String why) {
        database.update(
                """
                UPDATE messages SET published = 1, failed = ?, place = coalesce(
                    (SELECT max(m.place) FROM messages m WHERE m.conversation = messages.conversation), '')
                WHERE id = ?""",
                why, id);
    }

    // Deliveries.

    /**
     * Sets where the message of this event, or the change, stands at a platform, and returns the message; nothing if the event is neither.
     *
     * @param reread the state was asked for, and may have been overtaken by a newer event: it never undoes an end
     */
    public Optional<Long> tick(String event, Tick tick, boolean reread) {
        return database.transaction(() -> {
            Optional<Long> message = database.first("SELECT id FROM messages WHERE event = ?", row -> row.getLong(1), event);
            message.ifPresent(id -> database.update(
                    """
                    INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET state = ?3, why = ?4
                    WHERE NOT ?5 OR state NOT IN ('delivered', 'dead')""",
                    id, tick.platform(), tick.state(), tick.why(), reread));
            return message.isPresent() ? message : changes.tick(event, tick, reread);
        });
    }

    /** The event ids of the latest messages, and of changes, that are not yet at their end everywhere. */
    public List<String> openDeliveries() {
        return database.query(
                """
                SELECT event FROM messages WHERE event IS NOT NULL AND id IN (
                    SELECT message FROM deliveries WHERE state IN ('waiting', 'accepted', 'parked'))
                UNION ALL SELECT event FROM changes WHERE event IS NOT NULL AND id IN (
                    SELECT change FROM change_deliveries WHERE state IN ('waiting', 'accepted', 'parked'))
                ORDER BY event DESC LIMIT 10000""",
                row -> row.getString(1));
    }

    private Message message(ResultSet row) throws SQLException {
        long id = row.getLong(1);
        Long reply = row.getObject(10) == null ? null : row.getLong(10);
        String edited = row.getString(12);
        List<Tick> ticks = database.query(
                "SELECT platform, state, why FROM deliveries WHERE message = ? ORDER BY platform",
                r -> new Tick(r.getString(1), r.getString(2), r.getString(3)), id);
        return new Message(
                id, row.getString(2), row.getString(3), row.getString(4), row.getString(15), row.getString(5), attachments.links(id, edited), row.getString(6),
                row.getString(7), row.getString(8), ticks, row.getString(9), row.getInt(14), edited != null, row.getBoolean(13),
                changes.reply(row.getString(2), reply, row.getString(11)), changes.reactions(id), changes.own(id));
    }
}
