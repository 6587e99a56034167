package gwtchat.db;

import gwtchat.model.Draft;
import gwtchat.model.Message;
import gwtchat.model.Not;
import gwtchat.model.Said;
import gwtchat.model.Tick;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What is said of messages that are there: another text, a delete, reactions.
 *
 * <p>A message's row has its text as it is now. What the chat's own users say is kept in rows of its own beside that, to be
 * published and to have its ticks. What others say is recognised by its event id, and waits in {@code early} if it comes
 * before its message.
 *
 * <p>Who may: for edits and deletes that is the person whose message it is, and for deletes the platform whose room it is.
 * The node knows platforms, and leaves it to the chat to tell the people of one apart.
 */
public final class Changes {
    /** Different reactions of one person to one message. */
    private static final int MOST_REACTIONS = 20;
    /** Changes of one platform that wait for their messages; the latest ones are kept. */
    private static final int MOST_EARLY = 1_000;

    private static final String ROW =
            "SELECT id, conversation, sender, event, edited, deleted, failed IS NOT NULL,"
                    + " EXISTS (SELECT 1 FROM attachments WHERE message = messages.id) FROM messages ";

    private final Database database;
    private final Ids ids;
    private final Attachments attachments;
    private final Attachments earlyAttachments;

    public Changes(Database database, Ids ids) {
        this.database = database;
        this.ids = ids;
        attachments = Attachments.ofMessages(database);
        earlyAttachments = Attachments.ofEarly(database);
    }

    /** What of a message decides whether it may be changed. */
    private record Row(
            long id, String conversation, String sender, String event, String edited, boolean deleted, boolean failed, boolean hasFiles) {}

    private Optional<Row> row(String where, Object... values) {
        return database.first(
                ROW + "WHERE " + where,
                row -> new Row(
                        row.getLong(1), row.getString(2), row.getString(3), row.getString(4), row.getString(5), row.getBoolean(6),
                        row.getBoolean(7), row.getBoolean(8)),
                values);
    }

    // What is said here.

    /** What a user of this app says of a message, to be published; nothing if it is taken. The same key again: it was said before. */
    public Optional<Not> addOwn(String conversation, long message, String sender, String key, Said said) {
        return database.transaction(() -> {
            if (database.first("SELECT id FROM changes WHERE key = ?", row -> row.getLong(1), key).isPresent()) {
                return Optional.empty();
            }
            Optional<Row> row = row("id = ? AND conversation = ? AND notice IS NULL", message, conversation);
            Optional<Not> not = row.isEmpty() ? Optional.of(Not.THERE) : refusal(row.get(), sender, said);
            if (not.isPresent()) {
                return not;
            }
            if (!apply(row.get(), sender, "", said)) {
                return Optional.of(Not.MORE);
            }
            database.update(
                    "INSERT INTO changes (message, sender, kind, text, emoji, removed, key, published) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                    message, sender, said.kind().word(), said.text(), said.emoji(), !said.on(), key);
            return Optional.empty();
        });
    }

    private static Optional<Not> refusal(Row row, String sender, Said said) {
        if (row.deleted() || row.failed()) {
            return Optional.of(Not.THERE);
        }
        if (said.kind() != Said.Kind.REACTION && !row.sender().equals(sender)) {
            return Optional.of(Not.THEIRS);
        }
        if (row.event() == null) {
            return Optional.of(Not.YET);
        }
        boolean empty = said.kind() == Said.Kind.EDIT && said.text().isEmpty() && !row.hasFiles();
        return empty ? Optional.of(Not.EMPTY) : Optional.empty();
    }

    // What is said elsewhere.

    /** The message of the event {@code of}, if that changes it. If it is not here, what is said waits for it. */
    public Optional<Long> addForeign(String event, String of, String sender, Said said) {
        return database.transaction(() -> {
            String platform = ids.platformOf(sender);
            database.first(
                            """
                            INSERT INTO early (event, message, platform, sender, kind, text, files, emoji, removed)
                            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (event) DO NOTHING RETURNING id""",
                            row -> row.getLong(1), event, of, platform, sender, said.kind().word(), said.text(), said.files() != null,
                            said.emoji(), !said.on())
                    .ifPresent(id -> earlyAttachments.add(id, said.files() == null ? List.of() : said.files()));
            Optional<Row> row = row("event = ?", of);
            if (row.isPresent()) {
                return catchUp(of) ? row.map(Row::id) : Optional.empty();
            }
            forget("platform = ? AND id NOT IN (SELECT id FROM early WHERE platform = ? ORDER BY id DESC LIMIT ?)", platform, platform, MOST_EARLY);
            return Optional.empty();
        });
    }

    /** Does what waits for the message of this event, which is stored now or has got its event id. Whether that changes it. */
    boolean catchUp(String event) {
        boolean changed = false;
        for (Early early : database.query(
                "SELECT id, event, sender, kind, text, files, emoji, removed FROM early WHERE message = ? ORDER BY event", this::early, event)) {
            Row row = row("event = ?", event).orElseThrow();
            if (lets(row, early.sender(), early.said())) {
                changed |= apply(row, early.sender(), early.event(), early.said());
            }
        }
        forget("message = ?", event);
        return changed;
    }

    private record Early(String event, String sender, Said said) {}

    private Early early(ResultSet row) throws SQLException {
        List<Draft.File> files = row.getBoolean(6) ? earlyAttachments.files(row.getLong(1)) : null;
        Said said = new Said(Said.Kind.of(row.getString(4)), row.getString(5), files, row.getString(7), !row.getBoolean(8));
        return new Early(row.getString(2), row.getString(3), said);
    }

    private void forget(String where, Object... values) {
        database.update("DELETE FROM early_attachments WHERE early IN (SELECT id FROM early WHERE " + where + ")", values);
        database.update("DELETE FROM early WHERE " + where, values);
    }

    private boolean lets(Row row, String sender, Said said) {
        boolean moderates = said.kind() == Said.Kind.DELETE && ids.platformOf(row.conversation()).equals(ids.platformOf(sender));
        return said.kind() == Said.Kind.REACTION || row.sender().equals(sender) || moderates;
    }

    // What it does.

    /** @param event empty for what is said here; of what is said elsewhere the greatest one counts. Whether it changes the message. */
    private boolean apply(Row row, String sender, String event, Said said) {
        boolean counts = !row.deleted() && switch (said.kind()) {
            case EDIT -> edit(row, event, said);
            case DELETE -> delete(row);
            case REACTION -> react(row, sender, event, said);
        };
        if (counts) {
            database.update("UPDATE messages SET revision = revision + 1 WHERE id = ?", row.id());
        }
        return counts;
    }

    private boolean edit(Row row, String event, Said said) {
        if (!event.isEmpty() && row.edited() != null && row.edited().compareTo(event) >= 0) {
            return false;
        }
        database.update("UPDATE messages SET text = ?, edited = ? WHERE id = ?", said.text(), event, row.id());
        if (said.files() != null) {
            attachments.replace(row.id(), said.files());
        }
        return true;
    }

    private boolean delete(Row row) {
        database.update("UPDATE messages SET text = '', deleted = 1 WHERE id = ?", row.id());
        database.update("UPDATE changes SET text = NULL WHERE message = ? AND published", row.id());
        attachments.replace(row.id(), List.of());
        database.update("DELETE FROM reactions WHERE message = ?", row.id());
        return true;
    }

    private boolean react(Row row, String sender, String event, Said said) {
        long others = database.first(
                        "SELECT count(*) FROM reactions WHERE message = ? AND user = ? AND emoji <> ?",
                        r -> r.getLong(1), row.id(), sender, said.emoji())
                .orElse(0L);
        return others < MOST_REACTIONS
                && database.update(
                                """
                                INSERT INTO reactions (message, user, emoji, event, removed) VALUES (?1, ?2, ?3, ?4, ?5)
                                ON CONFLICT (message, user, emoji) DO UPDATE SET event = ?4, removed = ?5 WHERE ?4 = '' OR event < ?4""",
                                row.id(), sender, said.emoji(), event, !said.on())
                        > 0;
    }

    // On its way.

    /**
     * What a user of this app has said, on its way to the node.
     *
     * @param event the event id of the message
     * @param author who wrote the message
     */
    public record Outgoing(long id, long message, String sender, Said said, String event, String author) {}

    public List<Outgoing> unpublished(int limit) {
        return database.query(
                """
                SELECT c.id, c.message, c.sender, c.kind, c.text, c.emoji, c.removed, m.event, m.sender
                FROM changes c JOIN messages m ON m.id = c.message WHERE NOT c.published ORDER BY c.id LIMIT ?""",
                row -> {
                    Said said = new Said(Said.Kind.of(row.getString(4)), row.getString(5), null, row.getString(6), !row.getBoolean(7));
                    return new Outgoing(row.getLong(1), row.getLong(2), row.getString(3), said, row.getString(8), row.getString(9));
                },
                limit);
    }

    /** @param event null: it changed nothing */
    public void published(long id, String event) {
        database.update("UPDATE changes SET published = 1, event = ? WHERE id = ?", event, id);
    }

    /** The node refused it for good. */
    public void failed(long id, String why) {
        database.update("UPDATE changes SET published = 1, failed = ? WHERE id = ?", why, id);
    }

    /** As {@link Messages#tick}, of a change. Nobody tells when a reaction has arrived, so of those only ends are kept. */
    Optional<Long> tick(String event, Tick tick, boolean reread) {
        record Found(long id, long message, boolean kept) {}
        Optional<Found> found = database.first(
                "SELECT id, message, kind <> 'reaction' OR ?2 IN ('delivered', 'dead', 'unsupported') FROM changes WHERE event = ?1",
                row -> new Found(row.getLong(1), row.getLong(2), row.getBoolean(3)), event, tick.state());
        found.filter(Found::kept).ifPresent(change -> database.update(
                """
                INSERT INTO change_deliveries VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET state = ?3, why = ?4
                WHERE NOT ?5 OR state NOT IN ('delivered', 'dead', 'unsupported')""",
                change.id(), tick.platform(), tick.state(), tick.why(), reread));
        return found.map(Found::message);
    }

    // As the page sees it.

    /** What a message answers. An event id tells nothing of another conversation. */
    Message.Reply reply(String conversation, Long message, String event) {
        if (message == null && event == null) {
            return null;
        }
        return database.first(
                        """
                        SELECT id, sender, sender_name, substr(text, 1, 200), deleted,
                            (SELECT kind FROM attachments WHERE message = messages.id ORDER BY number LIMIT 1)
                        FROM messages WHERE conversation = ?1 AND CASE WHEN ?2 IS NULL THEN event = ?3 ELSE id = ?2 END""",
                        row -> new Message.Reply(
                                row.getLong(1), row.getString(2), row.getString(3), row.getString(4), row.getString(6), row.getBoolean(5)),
                        conversation, message, event)
                .orElse(Message.Reply.NOT_HERE);
    }

    /** In the order in which the first of each kind came, be it taken back by now or not: so none changes its place. */
    List<Message.Reaction> reactions(long message) {
        Map<String, List<String>> people = new LinkedHashMap<>();
        database.query("SELECT emoji, user, removed FROM reactions WHERE message = ? ORDER BY id", row -> {
            List<String> those = people.computeIfAbsent(row.getString(1), emoji -> new ArrayList<>());
            return row.getBoolean(3) || those.add(row.getString(2));
        }, message);
        return people.entrySet().stream().filter(kind -> !kind.getValue().isEmpty())
                .map(kind -> new Message.Reaction(kind.getKey(), kind.getValue())).toList();
    }

    /** What users of this app have said of it and is in force. */
    List<Message.Change> own(long message) {
        return database.query(
                """
                SELECT id, kind, sender, emoji, published, failed FROM changes WHERE NOT removed AND id IN (
                    SELECT max(id) FROM changes WHERE message = ? GROUP BY CASE kind WHEN 'reaction' THEN sender END, emoji)
                ORDER BY id""",
                row -> new Message.Change(row.getString(2), row.getString(3), row.getString(4), row.getBoolean(5), ticks(row.getLong(1)), row.getString(6)),
                message);
    }

    private List<Tick> ticks(long change) {
        return database.query(
                "SELECT platform, state, why FROM change_deliveries WHERE change = ? ORDER BY platform",
                row -> new Tick(row.getString(1), row.getString(2), row.getString(3)), change);
    }
}
