//! The tables, and how those of an earlier version become those of today.

use rusqlite::{Connection, TransactionBehavior};

use super::Result;

/// What each version added to the one before it. `user_version` counts how many of them a database has; the first one made
/// databases that did not count yet, so it leaves alone what is there.
pub(super) const STEPS: [&str; 5] = [
    "
    CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
    CREATE TABLE IF NOT EXISTS sessions (token TEXT PRIMARY KEY, user INTEGER NOT NULL REFERENCES users) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS conversations (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        external TEXT UNIQUE,                  -- 'Norte:7'; of this app's own ones too
        name TEXT NOT NULL,
        public INTEGER NOT NULL,
        published INTEGER NOT NULL,
        failed TEXT);
    CREATE TABLE IF NOT EXISTS members (
        conversation INTEGER NOT NULL REFERENCES conversations,
        person TEXT NOT NULL,                  -- external id
        PRIMARY KEY (conversation, person)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS members_by_person ON members (person);
    CREATE TABLE IF NOT EXISTS messages (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversations,
        sender TEXT NOT NULL,                  -- external id
        sender_name TEXT NOT NULL,
        text TEXT NOT NULL,
        attachments TEXT NOT NULL,             -- JSON
        at TEXT NOT NULL,                      -- RFC 3339
        event TEXT UNIQUE,
        key TEXT UNIQUE,                       -- given by the page, for own ones
        published INTEGER NOT NULL,
        failed TEXT);
    CREATE INDEX IF NOT EXISTS messages_by_conversation ON messages (conversation, id);
    CREATE INDEX IF NOT EXISTS messages_to_publish ON messages (id) WHERE NOT published;
    CREATE TABLE IF NOT EXISTS deliveries (
        message INTEGER NOT NULL REFERENCES messages,
        platform TEXT NOT NULL,
        state TEXT NOT NULL,
        why TEXT,
        PRIMARY KEY (message, platform)) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS deliveries_open ON deliveries (message)
        WHERE state IN ('waiting', 'accepted', 'parked');
    CREATE TABLE IF NOT EXISTS reads (
        person TEXT NOT NULL,
        conversation INTEGER NOT NULL REFERENCES conversations,
        message INTEGER NOT NULL,
        PRIMARY KEY (person, conversation)) WITHOUT ROWID;
",
    // Where a message stands in its conversation, and why: see `messages.rs`. What was published before has its event id, but
    // for what the node had refused: that stays behind all that was older.
    "
    ALTER TABLE messages ADD COLUMN place TEXT;
    UPDATE messages SET place = coalesce(event,
        (SELECT max(m.event) FROM messages m WHERE m.conversation = messages.conversation AND m.id < messages.id), '')
        WHERE published;
    CREATE INDEX messages_in_order ON messages (conversation, coalesce(place, '~'), id);
",
    // Whether it is a private chat of two. Before, what had two members was one.
    "
    ALTER TABLE conversations ADD COLUMN direct INTEGER NOT NULL DEFAULT 0;
    UPDATE conversations SET direct = 1
        WHERE NOT public AND (SELECT count(*) FROM members WHERE conversation = conversations.id) = 2;
",
    // What a message answers, and what is said of it: see `changes.rs`. Its text is the one that it has now.
    "
    ALTER TABLE messages ADD COLUMN reply INTEGER;             -- the message that it answers, for own ones
    ALTER TABLE messages ADD COLUMN reply_event TEXT;          -- and for those of others, be it here or not
    ALTER TABLE messages ADD COLUMN edited TEXT;               -- the event of the edit in force; empty: one of this app's own
    ALTER TABLE messages ADD COLUMN deleted INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE messages ADD COLUMN revision INTEGER NOT NULL DEFAULT 0; -- how many times it was changed
    CREATE TABLE reactions (
        id INTEGER PRIMARY KEY,
        message INTEGER NOT NULL REFERENCES messages,
        person TEXT NOT NULL,                  -- external id
        emoji TEXT NOT NULL,
        event TEXT NOT NULL,                   -- empty: of a user of this app
        removed INTEGER NOT NULL,              -- taken back; kept to know what is older than that
        UNIQUE (message, person, emoji));
    CREATE TABLE changes (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        message INTEGER NOT NULL REFERENCES messages,
        sender TEXT NOT NULL,                  -- external id, of a user of this app
        kind TEXT NOT NULL,                    -- edit, delete, reaction
        text TEXT,
        emoji TEXT,
        removed INTEGER NOT NULL,              -- the reaction is taken back
        key TEXT NOT NULL UNIQUE,              -- given by the page
        event TEXT UNIQUE,
        published INTEGER NOT NULL,
        failed TEXT);
    CREATE INDEX changes_by_message ON changes (message, id);
    CREATE INDEX changes_to_publish ON changes (id) WHERE NOT published;
    CREATE TABLE change_deliveries (
        change INTEGER NOT NULL REFERENCES changes,
        platform TEXT NOT NULL,
        state TEXT NOT NULL,
        why TEXT,
        PRIMARY KEY (change, platform)) WITHOUT ROWID;
    CREATE INDEX change_deliveries_open ON change_deliveries (change)
        WHERE state IN ('waiting', 'accepted', 'parked');
    CREATE TABLE early (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        event TEXT NOT NULL UNIQUE,
        of TEXT NOT NULL,                      -- the event of a message that is not here yet
        platform TEXT NOT NULL,                -- whose user said it
        change TEXT NOT NULL);                 -- JSON
    CREATE INDEX early_by_message ON early (of);
    CREATE INDEX early_by_platform ON early (platform, id);
",
    // What has happened to a conversation stands among its messages, and its picture and whom it bars beside it: see `rooms.rs`.
    "
    ALTER TABLE messages ADD COLUMN notice TEXT;               -- joined, left, renamed, banned, unbanned; then it is nobody's message
    ALTER TABLE conversations ADD COLUMN avatar TEXT;
    ALTER TABLE conversations ADD COLUMN banned TEXT NOT NULL DEFAULT '[]'; -- external ids; 'Malo:*' is all of a platform
",
];

/// Makes the tables, or brings them up to date: whole, or not at all.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let done: u32 = transaction.query_row("PRAGMA user_version", [], |r| r.get(0))?;
    for (version, step) in (1_u32..).zip(STEPS).skip_while(|(version, _)| *version <= done) {
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    transaction.commit()
}
