package gwtchat.db;

import gwtchat.model.Room;
import java.util.ArrayList;
import java.util.List;

/**
 * What has happened to a conversation: who came and who went, a new name, who is barred.
 *
 * <p>Each is a line among the messages, a row of theirs with a {@code notice} in it. Its sender is whom it is about, its place the event id
 * of the announcement, so that it stands between the same messages everywhere. It is no message: nobody answers, edits or counts it.
 */
final class Notices {
    private final Database database;

    Notices(Database database) {
        this.database = database;
    }

    /** Writes down what is another now. Who is barred has not left, and of a whole platform that is barred there is nobody to name. */
    List<Long> add(Room before, Room now, String event) {
        List<Long> added = new ArrayList<>();
        lacking(lacking(before.members(), now.members()), now.banned()).forEach(who -> added.add(add(now, event, "left", who)));
        lacking(now.members(), before.members()).forEach(who -> added.add(add(now, event, "joined", who)));
        people(lacking(now.banned(), before.banned())).forEach(who -> added.add(add(now, event, "banned", who)));
        people(lacking(before.banned(), now.banned())).forEach(who -> added.add(add(now, event, "unbanned", who)));
        if (!before.name().equals(now.name())) {
            added.add(add(now, event, "renamed", ""));
        }
        return added;
    }

    private static List<String> lacking(List<String> of, List<String> others) {
        return of.stream().filter(one -> !others.contains(one)).toList();
    }

    private static List<String> people(List<String> banned) {
        return banned.stream().filter(one -> !one.endsWith(":*")).toList();
    }

    private long add(Room room, String event, String notice, String who) {
        return database.first(
                        """
                        INSERT INTO messages (conversation, sender, sender_name, text, at, place, notice, published)
                        VALUES (?1, ?2, coalesce((SELECT name FROM users WHERE id = ?2), ?2), ?3, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
                                coalesce(?4, (SELECT max(place) FROM messages WHERE conversation = ?1), ''), ?5, 1)
                        RETURNING id""",
                        row -> row.getLong(1), room.id(), who, notice.equals("renamed") ? room.name() : "", event, notice)
                .orElseThrow();
    }
}
