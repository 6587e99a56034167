//! The chat's own database: users, conversations, members, messages, what is said of them, and what each person has read.
//!
//! An ordinary chat's tables, with what integration adds to them: an external id beside each conversation's own, the event
//! id beside each message's (unique: what comes twice is stored once), and the state of each delivery. Rows that are
//! meant for other platforms carry `published`; what was committed here but not there, because the process died in between,
//! is thereby found again.

mod changes;
mod messages;
mod rooms;
mod schema;

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

pub(crate) use self::changes::Not;
use self::messages::{LATEST, MESSAGE, message, parse, whole};
use crate::model::{Conversation, OwnUser};

pub(crate) type Result<T> = std::result::Result<T, rusqlite::Error>;

/// The database; every call is one short transaction.
pub(crate) struct Db {
    connection: Mutex<Connection>,
    platform: String,
}

impl Db {
    /// Opens it; a new one begins with these users and a public room.
    pub(crate) fn open(file: &Path, platform: &str, users: &[String]) -> Result<Self> {
        let mut connection = Connection::open(file)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;")?;
        schema::migrate(&mut connection)?;
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
                   WHERE m.person = ?1 AND c.direct AND c.failed IS NULL
                     AND EXISTS (SELECT 1 FROM members WHERE conversation = c.id AND person = ?2)
                   ORDER BY c.id LIMIT 1";
        self.with(|c| c.query_row(sql, [one, other], |r| r.get(0)).optional())
    }

    /// A conversation of this app's own, to be published.
    pub(crate) fn add_conversation(&self, name: &str, public: bool, members: &[String]) -> Result<i64> {
        self.write(|t| {
            let sql = "INSERT INTO conversations (name, public, direct, published) VALUES (?, ?, ?, 0)";
            t.execute(sql, params![name, public, !public && members.len() == 2])?;
            let id = t.last_insert_rowid();
            let external = format!("{}:{id}", self.platform);
            t.execute("UPDATE conversations SET external = ? WHERE id = ?", params![external, id])?;
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
}

fn own_user(row: &Row<'_>) -> Result<OwnUser> {
    Ok(OwnUser { id: row.get(0)?, name: row.get(1)? })
}

fn conversation(c: &Connection, id: i64, person: Option<&str>) -> Result<Option<Conversation>> {
    let sql = "SELECT id, external, name, public, direct, failed, avatar, banned FROM conversations WHERE id = ?";
    let found = c
        .prepare_cached(sql)?
        .query_row([id], |r| {
            let external: String = r.get(1)?;
            Ok(Conversation {
                id: r.get(0)?,
                home: external.split(':').next().unwrap_or_default().into(),
                external,
                name: r.get(2)?,
                public: r.get(3)?,
                direct: r.get(4)?,
                failed: r.get(5)?,
                members: Vec::new(),
                banned: parse(&r.get::<_, String>(7)?)?,
                avatar: r.get(6)?,
                last: None,
                newest: None,
                unread: 0,
            })
        })
        .optional()?;
    let Some(mut found) = found else { return Ok(None) };
    let sql = "SELECT person FROM members WHERE conversation = ? ORDER BY person";
    found.members = c.prepare_cached(sql)?.query_map([id], |r| r.get(0))?.collect::<Result<_>>()?;
    let sql = format!("SELECT {MESSAGE} FROM messages WHERE conversation = ? AND notice IS NULL {LATEST} LIMIT 1");
    let last = c.prepare_cached(&sql)?.query_row([id], message).optional()?;
    found.last = last.map(|m| whole(c, m)).transpose()?;
    let sql = "SELECT max(id) FROM messages WHERE conversation = ? AND notice IS NULL";
    found.newest = c.prepare_cached(sql)?.query_row([id], |r| r.get(0))?;
    if let Some(person) = person {
        let sql = "SELECT count(*) FROM messages WHERE conversation = ?1 AND sender <> ?2 AND notice IS NULL AND id >
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

#[cfg(test)]
mod tests;
