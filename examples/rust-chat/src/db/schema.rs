//! The tables, and how those of an earlier version become those of today.

use rusqlite::{Connection, TransactionBehavior};

use super::Result;

/// What each version added to the one before it. `user_version` counts how many of them a database has; the first one made
/// databases that did not count yet, so it leaves alone what is there.
pub(super) const STEPS: [&str; 3] = [
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
