package gwtchat.db;

import java.util.List;

/**
 * The tables of an ordinary chat. What integration adds: ids are text, so that those of other platforms go where the
 * chat's own go ({@code 4}, {@code BuasApp:4}); {@code event}, which is unique, so that what comes twice is stored once;
 * {@code place}; the states of deliveries; and {@code published}, by which a row that was committed here and not there,
 * because the process died in between, is found again.
 */
final class Schema {
    /** What each version added to the one before it; {@code user_version} counts how many of them a database has. */
    private static final List<String> STEPS = List.of(
            """
            CREATE TABLE users (
                id TEXT PRIMARY KEY,
                name TEXT NOT NULL,
                platform TEXT,                      -- null: a user of this app, who can log in
                active INTEGER NOT NULL DEFAULT 1,
                published INTEGER NOT NULL) WITHOUT ROWID;
            CREATE UNIQUE INDEX own_names ON users (name COLLATE NOCASE) WHERE platform IS NULL;

            CREATE TABLE sessions (token TEXT PRIMARY KEY, user TEXT NOT NULL REFERENCES users) WITHOUT ROWID;

            CREATE TABLE conversations (
                number INTEGER PRIMARY KEY AUTOINCREMENT,
                id TEXT NOT NULL UNIQUE,
                name TEXT NOT NULL,
                open INTEGER NOT NULL,
                direct INTEGER NOT NULL,
                published INTEGER NOT NULL,
                failed TEXT);

            CREATE TABLE members (
                conversation TEXT NOT NULL REFERENCES conversations (id),
                user TEXT NOT NULL,                 -- whom another platform put into a room may not exist here yet
                PRIMARY KEY (conversation, user)) WITHOUT ROWID;
            CREATE INDEX members_by_user ON members (user);

            CREATE TABLE messages (
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                conversation TEXT NOT NULL REFERENCES conversations (id),
                sender TEXT NOT NULL,
                sender_name TEXT NOT NULL,
                text TEXT NOT NULL,
                at TEXT NOT NULL,                   -- RFC 3339
                key TEXT UNIQUE,                    -- given by the page, for own ones
                event TEXT UNIQUE,
                place TEXT,
                published INTEGER NOT NULL,
                failed TEXT);
            CREATE INDEX messages_in_order ON messages (conversation, coalesce(place, '~'), id);
            CREATE INDEX messages_by_conversation ON messages (conversation, id);
            CREATE INDEX messages_to_publish ON messages (id) WHERE NOT published;

            CREATE TABLE attachments (
                message INTEGER NOT NULL REFERENCES messages,
                number INTEGER NOT NULL,
                kind TEXT NOT NULL,
                url TEXT,
                data BLOB,
                mime TEXT,
                name TEXT,
                PRIMARY KEY (message, number));

            CREATE TABLE deliveries (
                message INTEGER NOT NULL REFERENCES messages,
                platform TEXT NOT NULL,
                state TEXT NOT NULL,
                why TEXT,
                PRIMARY KEY (message, platform)) WITHOUT ROWID;
            CREATE INDEX deliveries_open ON deliveries (message) WHERE state IN ('waiting', 'accepted', 'parked');

            CREATE TABLE reads (
                user TEXT NOT NULL,
                conversation TEXT NOT NULL REFERENCES conversations (id),
                message INTEGER NOT NULL,
                PRIMARY KEY (user, conversation)) WITHOUT ROWID;
            """);

    private Schema() {}

    static void migrate(Database database) {
        database.transaction(() -> {
            int done = database.first("PRAGMA user_version", row -> row.getInt(1)).orElse(0);
            if (done > STEPS.size()) {
                throw new IllegalStateException("the database is of a newer version of this chat (" + done + ", and this one knows "
                        + STEPS.size() + "): start that one, or name another folder by --data");
            }
            for (String step : STEPS.subList(done, STEPS.size())) {
                for (String statement : step.split(";\\s*\n")) {
                    database.update(statement);
                }
            }
            database.update("PRAGMA user_version = " + STEPS.size());
            return null;
        });
    }
}
