package gwtchat.db;

import gwtchat.model.Draft;
import gwtchat.model.Message;
import java.util.List;

/** What is attached to messages; in {@code early_attachments}, to edits of messages that are not here yet. */
final class Attachments {
    private final Database database;
    private final String table;
    private final String of;

    private Attachments(Database database, String table, String of) {
        this.database = database;
        this.table = table;
        this.of = of;
    }

    static Attachments ofMessages(Database database) {
        return new Attachments(database, "attachments", "message");
    }

    static Attachments ofEarly(Database database) {
        return new Attachments(database, "early_attachments", "early");
    }

    void add(long id, List<Draft.File> files) {
        for (int n = 0; n < files.size(); n++) {
            Draft.File f = files.get(n);
            database.update("INSERT INTO " + table + " VALUES (?, ?, ?, ?, ?, ?, ?)", id, n, f.kind(), f.url(), f.data(), f.mime(), f.name());
        }
    }

    void replace(long id, List<Draft.File> files) {
        database.update("DELETE FROM " + table + " WHERE " + of + " = ?", id);
        add(id, files);
    }

    List<Draft.File> files(long id) {
        return database.query(
                "SELECT kind, url, data, mime, name FROM " + table + " WHERE " + of + " = ? ORDER BY number",
                row -> new Draft.File(row.getString(1), row.getString(2), row.getBytes(3), row.getString(4), row.getString(5)),
                id);
    }

    /** @param edit the event of the edit in force, or null: browsers keep what has an address of ours, and an edit may replace it */
    List<Message.Link> links(long id, String edit) {
        String version = edit == null || edit.isEmpty() ? "" : "?" + edit;
        return database.query(
                "SELECT number, kind, url, name FROM " + table + " WHERE " + of + " = ? ORDER BY number",
                row -> {
                    String url = row.getString(3);
                    return new Message.Link(row.getString(2), url != null ? url : "/app/files/" + id + "/" + row.getInt(1) + version, row.getString(4));
                },
                id);
    }
}
