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
    static final List<String> STEPS = List.of(
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
            """,
            // What is said of messages.
            """
            -- the message that it answers, for own ones,
            ALTER TABLE messages ADD COLUMN reply INTEGER;
            -- and for those of others, be it here or not
            ALTER TABLE messages ADD COLUMN reply_event TEXT;
            -- the event of the edit in force; empty: one of this app's own
            ALTER TABLE messages ADD COLUMN edited TEXT;
            ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
            ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0;

            CREATE TABLE reactions (
                id INTEGER PRIMARY KEY,
                message INTEGER NOT NULL REFERENCES messages,
                user TEXT NOT NULL,
                emoji TEXT NOT NULL,
                event TEXT NOT NULL,                -- empty: of a user of this app
                removed INTEGER NOT NULL,           -- taken back; kept to know what is older than that
                UNIQUE (message, user, emoji));

            CREATE TABLE changes (                  -- what users of this app have said, for the other platforms
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                message INTEGER NOT NULL REFERENCES messages,
                sender TEXT NOT NULL,
                kind TEXT NOT NULL,                 -- edit, delete, reaction
                text TEXT,
                emoji TEXT,
                removed INTEGER NOT NULL,           -- the reaction is taken back
                key TEXT NOT NULL UNIQUE,           -- given by the page
                event TEXT UNIQUE,
                published INTEGER NOT NULL,
                failed TEXT);
            CREATE INDEX changes_by_message ON changes (message);
            CREATE INDEX changes_to_publish ON changes (id) WHERE NOT published;

            CREATE TABLE change_deliveries (
                change INTEGER NOT NULL REFERENCES changes,
                platform TEXT NOT NULL,
                state TEXT NOT NULL,
                why TEXT,
                PRIMARY KEY (change, platform)) WITHOUT ROWID;
            CREATE INDEX change_deliveries_open ON change_deliveries (change) WHERE state IN ('waiting', 'accepted', 'parked');

            CREATE TABLE early (                    -- what others have said of messages that are not here yet
                id INTEGER PRIMARY KEY AUTOINCREMENT,
                event TEXT NOT NULL UNIQUE,
                message TEXT NOT NULL,              -- its event
                platform TEXT NOT NULL,
                sender TEXT NOT NULL,
                kind TEXT NOT NULL,
                text TEXT,
                files INTEGER NOT NULL,             -- whether it has attachments in place of those that there were
                emoji TEXT,
                removed INTEGER NOT NULL);
            CREATE INDEX early_by_message ON early (message);
            CREATE INDEX early_by_platform ON early (platform, id);

            CREATE TABLE early_attachments (
                early INTEGER NOT NULL REFERENCES early,
                number INTEGER NOT NULL,
                kind TEXT NOT NULL,
                url TEXT,
                data BLOB,
                mime TEXT,
                name TEXT,
                PRIMARY KEY (early, number));
            """,
            // What has happened to a conversation stands among its messages; its picture and whom it bars beside it.
            """
            ALTER TABLE messages ADD COLUMN notice TEXT;
            ALTER TABLE users ADD COLUMN avatar TEXT;
            ALTER TABLE conversations ADD COLUMN avatar TEXT;
            CREATE TABLE barred (
                conversation TEXT NOT NULL,
                who TEXT NOT NULL,                  -- the id of a user; 'Malo:*' is all of a platform
                PRIMARY KEY (conversation, who)) WITHOUT ROWID;
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
