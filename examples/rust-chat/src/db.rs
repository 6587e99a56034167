//! The chat's own database: users, conversations, members, messages and what each person has read.
//!
//! An ordinary chat's tables, with what integration adds to them: an external id beside each conversation's own, the event
//! id beside each message's (unique: what comes twice is stored once), and the state of each delivery. Rows that are
//! meant for other platforms carry `published`; what was committed here but not there, because the process died in between,
//! is thereby found again.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use integrador::Attachment;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::model::{AttachmentLink, Conversation, Draft, Message, OwnUser, Tick};

pub(crate) type Result<T> = std::result::Result<T, rusqlite::Error>;

const SCHEMA: &str = "
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
";

const MESSAGE: &str = "id, conversation, sender, sender_name, text, attachments, at, key, failed, published";

/// The database; every call is one short transaction.
pub(crate) struct Db {
    connection: Mutex<Connection>,
    platform: String,
}

impl Db {
    /// Opens it; a new one begins with these users and a public room.
    pub(crate) fn open(file: &Path, platform: &str, users: &[String]) -> Result<Self> {
        let connection = Connection::open(file)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        connection.execute_batch(SCHEMA)?;
        let db = Db { connection: Mutex::new(connection), platform: platform.into() };
        if db.users()?.is_empty() {
            for name in users.iter().map(|n| n.trim()).filter(|n| !n.is_empty()) {
                db.add_user(name)?;
            }
            db.add_conversation(&format!("Plaza de {platform}"), true, &[])?;
        }
        Ok(db)
    }

    /// A commit takes a fraction of a millisecond, which the other tasks of this thread need not wait for.
    fn with<T>(&self, run: impl FnOnce(&mut Connection) -> Result<T>) -> Result<T> {
        tokio::task::block_in_place(|| run(&mut self.lock()))
    }

    fn write<T>(&self, run: impl FnOnce(&Transaction<'_>) -> Result<T>) -> Result<T> {
        self.with(|c| {
            let transaction = c.transaction()?;
            let result = run(&transaction)?;
            transaction.commit()?;
            Ok(result)
        })
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // A panic in the middle rolled its transaction back, so what is there is whole.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }

    // Users and sessions.

    pub(crate) fn users(&self) -> Result<Vec<OwnUser>> {
        self.with(|c| {
            let mut statement = c.prepare_cached("SELECT id, name FROM users ORDER BY id")?;
            statement.query_map([], own_user)?.collect()
        })
    }

    pub(crate) fn user(&self, id: i64) -> Result<Option<OwnUser>> {
        self.with(|c| c.query_row("SELECT id, name FROM users WHERE id = ?", [id], own_user).optional())
    }

    /// None: the name is taken.
    pub(crate) fn add_user(&self, name: &str) -> Result<Option<OwnUser>> {
        let sql = "INSERT INTO users (name) VALUES (?) ON CONFLICT DO NOTHING RETURNING id, name";
        self.with(|c| c.query_row(sql, [name], own_user).optional())
    }

    pub(crate) fn add_session(&self, token: &str, user: i64) -> Result<()> {
        self.with(|c| c.execute("INSERT INTO sessions VALUES (?, ?)", params![token, user])).map(drop)
    }

    pub(crate) fn session(&self, token: &str) -> Result<Option<OwnUser>> {
        let sql = "SELECT u.id, u.name FROM sessions s JOIN users u ON u.id = s.user WHERE s.token = ?";
        self.with(|c| c.query_row(sql, [token], own_user).optional())
    }

    pub(crate) fn end_session(&self, token: &str) -> Result<()> {
        self.with(|c| c.execute("DELETE FROM sessions WHERE token = ?", [token])).map(drop)
    }

    // Conversations.

    /// What this person may see, as it stands for them.
    pub(crate) fn conversations(&self, person: &str) -> Result<Vec<Conversation>> {
        self.with(|c| {
            let sql = "SELECT id FROM conversations WHERE public
                       UNION SELECT conversation FROM members WHERE person = ?";
            let ids: Vec<i64> = c.prepare_cached(sql)?.query_map([person], |r| r.get(0))?.collect::<Result<_>>()?;
            ids.into_iter().filter_map(|id| conversation(c, id, Some(person)).transpose()).collect()
        })
    }

    pub(crate) fn conversation(&self, id: i64) -> Result<Option<Conversation>> {
        self.with(|c| conversation(c, id, None))
    }

    pub(crate) fn conversation_id(&self, external: &str) -> Result<Option<i64>> {
        let sql = "SELECT id FROM conversations WHERE external = ?";
        self.with(|c| c.query_row(sql, [external], |r| r.get(0)).optional())
    }

    /// The private chat of exactly these two, if there is one.
    pub(crate) fn chat_of(&self, one: &str, other: &str) -> Result<Option<i64>> {
        let sql = "SELECT m.conversation FROM members m JOIN conversations c ON c.id = m.conversation
                   WHERE m.person = ?1 AND NOT c.public AND c.failed IS NULL
                     AND EXISTS (SELECT 1 FROM members WHERE conversation = c.id AND person = ?2)
                     AND (SELECT count(*) FROM members WHERE conversation = c.id) = 2
                   ORDER BY c.id LIMIT 1";
        self.with(|c| c.query_row(sql, [one, other], |r| r.get(0)).optional())
    }

    /// A conversation of this app's own, to be published.
    pub(crate) fn add_conversation(&self, name: &str, public: bool, members: &[String]) -> Result<i64> {
        self.write(|t| {
            t.execute("INSERT INTO conversations (name, public, published) VALUES (?, ?, 0)", params![name, public])?;
            let id = t.last_insert_rowid();
            let external = format!("{}:{id}", self.platform);
            t.execute("UPDATE conversations SET external = ? WHERE id = ?", params![external, id])?;
            set_members(t, id, members)?;
            Ok(id)
        })
    }

    /// A room as the node knows it; makes it or brings it up to date.
    pub(crate) fn save_room(&self, external: &str, name: &str, public: bool, members: &[String]) -> Result<i64> {
        self.write(|t| {
            let sql = "INSERT INTO conversations (external, name, public, published) VALUES (?, ?, ?, 1)
                       ON CONFLICT (external) DO UPDATE SET name = excluded.name, public = excluded.public RETURNING id";
            let id = t.query_row(sql, params![external, name, public], |r| r.get(0))?;
            set_members(t, id, members)?;
            Ok(id)
        })
    }

    pub(crate) fn unpublished_conversations(&self) -> Result<Vec<Conversation>> {
        self.with(|c| {
            let sql = "SELECT id FROM conversations WHERE NOT published ORDER BY id";
            let ids: Vec<i64> = c.prepare_cached(sql)?.query_map([], |r| r.get(0))?.collect::<Result<_>>()?;
            ids.into_iter().filter_map(|id| conversation(c, id, None).transpose()).collect()
        })
    }

    pub(crate) fn conversation_published(&self, id: i64, failed: Option<&str>) -> Result<()> {
        let sql = "UPDATE conversations SET published = 1, failed = ? WHERE id = ?";
        self.with(|c| c.execute(sql, params![failed, id])).map(drop)
    }

    pub(crate) fn mark_read(&self, person: &str, conversation: i64) -> Result<()> {
        let sql = "INSERT INTO reads SELECT ?1, ?2, coalesce(max(id), 0) FROM messages WHERE conversation = ?2
                   ON CONFLICT DO UPDATE SET message = excluded.message";
        self.with(|c| c.execute(sql, params![person, conversation])).map(drop)
    }

    // Messages.

    /// A message of a user of this app, to be published. The same key again: the message of before.
    pub(crate) fn add_own_message(&self, draft: &Draft) -> Result<Message> {
        self.write(|t| {
            let sql = "INSERT INTO messages (conversation, sender, sender_name, text, attachments, at, key, published)
                       VALUES (?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?, 0)
                       ON CONFLICT (key) DO NOTHING";
            let attachments = json(&draft.attachments)?;
            let d = draft;
            t.execute(sql, params![d.conversation, d.sender, d.sender_name, d.text, attachments, d.key])?;
            let sql = format!("SELECT {MESSAGE} FROM messages WHERE key = ?");
            let message = t.query_row(&sql, [&d.key], message)?;
            with_ticks(t, message)
        })
    }

    /// A message of another platform. None: it is here already, under this event id.
    pub(crate) fn add_foreign_message(&self, draft: &Draft, event: &str, at: Option<&str>) -> Result<Option<Message>> {
        self.write(|t| {
            let sql = format!(
                "INSERT INTO messages (conversation, sender, sender_name, text, attachments, at, event, published)
                 VALUES (?, ?, ?, ?, ?, coalesce(?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), ?, 1)
                 ON CONFLICT (event) DO NOTHING RETURNING {MESSAGE}"
            );
            let attachments = json(&draft.attachments)?;
            let d = draft;
            let values = params![d.conversation, d.sender, d.sender_name, d.text, attachments, at, event];
            t.query_row(&sql, values, message).optional()
        })
    }

    pub(crate) fn message(&self, id: i64) -> Result<Option<Message>> {
        self.with(|c| {
            let sql = format!("SELECT {MESSAGE} FROM messages WHERE id = ?");
            c.query_row(&sql, [id], message).optional()?.map(|m| with_ticks(c, m)).transpose()
        })
    }

    /// Up to `limit` messages before this one, the oldest first.
    pub(crate) fn page(&self, conversation: i64, before: i64, limit: i64) -> Result<Vec<Message>> {
        self.with(|c| {
            let sql = format!(
                "SELECT * FROM (SELECT {MESSAGE} FROM messages WHERE conversation = ? AND id < ?
                 ORDER BY id DESC LIMIT ?) ORDER BY id"
            );
            let mut statement = c.prepare_cached(&sql)?;
            let rows = statement.query_map(params![conversation, before, limit], message)?;
            rows.map(|m| with_ticks(c, m?)).collect()
        })
    }

    pub(crate) fn attachments(&self, message: i64) -> Result<Vec<Attachment>> {
        let sql = "SELECT attachments FROM messages WHERE id = ?";
        let text: Option<String> = self.with(|c| c.query_row(sql, [message], |r| r.get(0)).optional())?;
        text.map_or(Ok(Vec::new()), |text| parse(&text))
    }

    /// Own messages that the node doesn't have yet, in the order in which they were written.
    pub(crate) fn unpublished_messages(&self, limit: i64) -> Result<Vec<Message>> {
        self.with(|c| {
            let sql = format!("SELECT {MESSAGE} FROM messages WHERE NOT published ORDER BY id LIMIT ?");
            c.prepare_cached(&sql)?.query_map([limit], message)?.collect()
        })
    }

    pub(crate) fn message_published(&self, id: i64, event: &str) -> Result<()> {
        let sql = "UPDATE messages SET published = 1, event = ? WHERE id = ?";
        self.with(|c| c.execute(sql, params![event, id])).map(drop)
    }

    pub(crate) fn message_failed(&self, id: i64, why: &str) -> Result<()> {
        let sql = "UPDATE messages SET published = 1, failed = ? WHERE id = ?";
        self.with(|c| c.execute(sql, params![why, id])).map(drop)
    }

    // Deliveries.

    /// Where the message of this event stands at a platform. None: the event is no message.
    ///
    /// A `reread` state, which may have been overtaken by a newer event meanwhile, never undoes an end.
    pub(crate) fn set_delivery(&self, event: &str, tick: &Tick, reread: bool) -> Result<Option<i64>> {
        self.write(|t| {
            let sql = "SELECT id FROM messages WHERE event = ?";
            let Some(id) = t.query_row(sql, [event], |r| r.get::<_, i64>(0)).optional()? else { return Ok(None) };
            let sql = "INSERT INTO deliveries VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET state = ?3, why = ?4
                       WHERE NOT ?5 OR state NOT IN ('delivered', 'dead')";
            t.execute(sql, params![id, tick.platform, tick.state, tick.why, reread])?;
            Ok(Some(id))
        })
    }

    /// The event ids of the latest messages that are not yet at their end everywhere.
    pub(crate) fn open_deliveries(&self) -> Result<Vec<String>> {
        self.with(|c| {
            let sql = "SELECT event FROM messages WHERE event IS NOT NULL AND id IN (
                           SELECT message FROM deliveries WHERE state IN ('waiting', 'accepted', 'parked'))
                       ORDER BY id DESC LIMIT 10000";
            c.prepare_cached(sql)?.query_map([], |r| r.get(0))?.collect()
        })
    }
}

fn own_user(row: &Row<'_>) -> Result<OwnUser> {
    Ok(OwnUser { id: row.get(0)?, name: row.get(1)? })
}

fn conversation(c: &Connection, id: i64, person: Option<&str>) -> Result<Option<Conversation>> {
    let sql = "SELECT id, external, name, public, failed FROM conversations WHERE id = ?";
    let found = c
        .prepare_cached(sql)?
        .query_row([id], |r| {
            Ok(Conversation {
                id: r.get(0)?,
                external: r.get(1)?,
                name: r.get(2)?,
                public: r.get(3)?,
                failed: r.get(4)?,
                members: Vec::new(),
                last: None,
                unread: 0,
            })
        })
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    let sql = "SELECT person FROM members WHERE conversation = ? ORDER BY person";
    found.members = c.prepare_cached(sql)?.query_map([id], |r| r.get(0))?.collect::<Result<_>>()?;
    let sql = format!("SELECT {MESSAGE} FROM messages WHERE conversation = ? ORDER BY id DESC LIMIT 1");
    let last = c.prepare_cached(&sql)?.query_row([id], message).optional()?;
    found.last = last.map(|m| with_ticks(c, m)).transpose()?;
    if let Some(person) = person {
        let sql = "SELECT count(*) FROM messages WHERE conversation = ?1 AND sender <> ?2 AND id >
                   coalesce((SELECT message FROM reads WHERE person = ?2 AND conversation = ?1), 0)";
        found.unread = c.prepare_cached(sql)?.query_row(params![id, person], |r| r.get(0))?;
    }
    Ok(Some(found))
}

fn set_members(t: &Transaction<'_>, conversation: i64, members: &[String]) -> Result<()> {
    t.execute("DELETE FROM members WHERE conversation = ?", [conversation])?;
    let mut insert = t.prepare_cached("INSERT OR IGNORE INTO members VALUES (?, ?)")?;
    for person in members {
        insert.execute(params![conversation, person])?;
    }
    Ok(())
}

fn message(row: &Row<'_>) -> Result<Message> {
    let id: i64 = row.get(0)?;
    let attachments: Vec<Attachment> = parse(&row.get::<_, String>(5)?)?;
    let links = attachments.into_iter().enumerate().map(|(n, a)| AttachmentLink {
        kind: a.kind,
        url: a.url.unwrap_or_else(|| format!("/app/files/{id}/{n}")),
        name: a.name,
    });
    Ok(Message {
        id,
        conversation: row.get(1)?,
        sender: row.get(2)?,
        sender_name: row.get(3)?,
        text: row.get(4)?,
        attachments: links.collect(),
        at: row.get(6)?,
        key: row.get(7)?,
        failed: row.get(8)?,
        published: row.get(9)?,
        deliveries: Vec::new(),
    })
}

fn with_ticks(c: &Connection, mut message: Message) -> Result<Message> {
    let sql = "SELECT platform, state, why FROM deliveries WHERE message = ? ORDER BY platform";
    let mut statement = c.prepare_cached(sql)?;
    let rows =
        statement.query_map([message.id], |r| Ok(Tick { platform: r.get(0)?, state: r.get(1)?, why: r.get(2)? }))?;
    message.deliveries = rows.collect::<Result<_>>()?;
    Ok(message)
}

fn json(attachments: &[Attachment]) -> Result<String> {
    serde_json::to_string(attachments).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

fn parse(text: &str) -> Result<Vec<Attachment>> {
    let text_type = rusqlite::types::Type::Text;
    serde_json::from_str(text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(5, text_type, e.into()))
}

#[cfg(test)]
mod tests;
