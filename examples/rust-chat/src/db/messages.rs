//! Messages, what is attached to them, and how far each has come.
//!
//! A conversation is read in the order of its event ids, which is the same on every platform. Rows are numbered as they
//! arrive, which is another order whenever a platform was away. So each row has its `place` beside its number: its event id.
//! None is what the node doesn't have yet, and stands last; what the node refused stands after all that was there.

use integrador::Attachment;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::changes::{catch_up, own_changes, reactions};
use super::{Db, Result};
use crate::model::{AttachmentLink, Draft, Message, Reply, Tick};

pub(super) const MESSAGE: &str = "id, conversation, sender, sender_name, text, attachments, at, key, failed, place, \
                                  revision, edited IS NOT NULL, deleted, notice";

/// Greater than any event id.
const LAST: &str = "~";

/// The last message first.
pub(super) const LATEST: &str = "ORDER BY coalesce(place, '~') DESC, id DESC";

impl Db {
    /// A message of a user of this app, to be published. The same key again: the same message.
    pub(crate) fn add_own_message(&self, draft: &Draft) -> Result<Message> {
        self.write(|t| {
            let sql =
                "INSERT INTO messages (conversation, sender, sender_name, text, attachments, at, key, reply, published)
                       VALUES (?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?, ?, 0)
                       ON CONFLICT (key) DO NOTHING";
            let attachments = json(&draft.attachments)?;
            let d = draft;
            t.execute(sql, params![d.conversation, d.sender, d.sender_name, d.text, attachments, d.key, d.reply])?;
            let sql = format!("SELECT {MESSAGE} FROM messages WHERE key = ?");
            let found = t.query_row(&sql, [&d.key], message)?;
            whole(t, found)
        })
    }

    /// A message of another platform. None: it is here already, under this event id.
    pub(crate) fn add_foreign_message(&self, draft: &Draft, event: &str, at: Option<&str>) -> Result<Option<Message>> {
        self.write(|t| {
            let sql = "INSERT INTO messages
                           (conversation, sender, sender_name, text, attachments, at, event, place, reply_event, published)
                       VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), ?7, ?7, ?8, 1)
                       ON CONFLICT (event) DO NOTHING RETURNING id";
            let attachments = json(&draft.attachments)?;
            let d = draft;
            let values = params![d.conversation, d.sender, d.sender_name, d.text, attachments, at, event, d.reply_event];
            let Some(id) = t.query_row(sql, values, |r| r.get(0)).optional()? else { return Ok(None) };
            catch_up(t, event)?;
            one(t, id)
        })
    }

    pub(crate) fn message(&self, id: i64) -> Result<Option<Message>> {
        self.with(|c| one(c, id))
    }

    /// The event id of what an own message answers.
    pub(crate) fn answered(&self, message: i64) -> Result<Option<String>> {
        let sql = "SELECT q.event FROM messages m JOIN messages q ON q.id = m.reply AND q.conversation = m.conversation
                   WHERE m.id = ? AND q.event IS NOT NULL";
        self.with(|c| c.query_row(sql, [message], |r| r.get(0)).optional())
    }

    /// Up to `limit` messages before that one, or the last ones; the first one first.
    pub(crate) fn page(&self, conversation: i64, before: Option<i64>, limit: i64) -> Result<Vec<Message>> {
        self.with(|c| {
            let end = match before {
                None => Some((LAST.to_owned(), i64::MAX)),
                Some(id) => {
                    let sql = "SELECT coalesce(place, '~') FROM messages WHERE id = ?";
                    c.query_row(sql, [id], |r| r.get(0)).optional()?.map(|place| (place, id))
                }
            };
            let Some((place, id)) = end else { return Ok(Vec::new()) };
            // The first condition is for the index.
            let sql = format!(
                "SELECT {MESSAGE} FROM messages WHERE conversation = ?1
                     AND coalesce(place, '~') <= ?2 AND (coalesce(place, '~'), id) < (?2, ?3) {LATEST} LIMIT ?4"
            );
            let mut statement = c.prepare_cached(&sql)?;
            let rows = statement.query_map(params![conversation, place, id, limit], message)?;
            let mut page: Vec<Message> = rows.map(|m| whole(c, m?)).collect::<Result<_>>()?;
            page.reverse();
            Ok(page)
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
        self.write(|t| {
            let sql = "UPDATE messages SET published = 1, event = ?1, place = ?1 WHERE id = ?2";
            t.execute(sql, params![event, id])?;
            // Others may have been faster, above all if the process died in between.
            catch_up(t, event)
        })
    }

    pub(crate) fn message_failed(&self, id: i64, why: &str) -> Result<()> {
        let sql = "UPDATE messages SET published = 1, failed = ?1, place = coalesce(
                       (SELECT max(m.place) FROM messages m WHERE m.conversation = messages.conversation), '')
                   WHERE id = ?2";
        self.with(|c| c.execute(sql, params![why, id])).map(drop)
    }

    // Deliveries.

    /// Where the message of this event stands at a platform, or the change of one: returns the message. None: the event is neither.
    ///
    /// Nobody tells when a reaction has arrived, so of those only ends are kept.
    ///
    /// A `reread` state, which may have been overtaken by a newer event meanwhile, never undoes an end.
    pub(crate) fn set_delivery(&self, event: &str, tick: &Tick, reread: bool) -> Result<Option<i64>> {
        self.write(|t| {
            let sql = "SELECT 'deliveries', id, id FROM messages WHERE event = ?1
                       UNION ALL SELECT 'change_deliveries', id, message FROM changes WHERE event = ?1
                           AND (kind <> 'reaction' OR ?2 IN ('delivered', 'dead', 'unsupported'))";
            let found =
                t.query_row(sql, params![event, tick.state], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?))).optional()?;
            let Some((table, id, message)): Option<(String, i64, i64)> = found else { return Ok(None) };
            let sql = format!(
                "INSERT INTO {table} VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET state = ?3, why = ?4
                 WHERE NOT ?5 OR state NOT IN ('delivered', 'dead', 'unsupported')"
            );
            t.execute(&sql, params![id, tick.platform, tick.state, tick.why, reread])?;
            Ok(Some(message))
        })
    }

    /// The event ids of the latest messages, and changes, that are not yet at their end everywhere.
    pub(crate) fn open_deliveries(&self) -> Result<Vec<String>> {
        self.with(|c| {
            let sql = "SELECT event FROM (SELECT event FROM messages WHERE event IS NOT NULL AND id IN (
                               SELECT message FROM deliveries WHERE state IN ('waiting', 'accepted', 'parked'))
                           UNION ALL SELECT event FROM changes WHERE event IS NOT NULL AND id IN (
                               SELECT change FROM change_deliveries WHERE state IN ('waiting', 'accepted', 'parked')))
                       ORDER BY event DESC LIMIT 10000";
            c.prepare_cached(sql)?.query_map([], |r| r.get(0))?.collect()
        })
    }
}

pub(super) fn message(row: &Row<'_>) -> Result<Message> {
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
        notice: row.get(13)?,
        text: row.get(4)?,
        attachments: links.collect(),
        at: row.get(6)?,
        key: row.get(7)?,
        failed: row.get(8)?,
        place: row.get(9)?,
        deliveries: Vec::new(),
        revision: row.get(10)?,
        edited: row.get(11)?,
        deleted: row.get(12)?,
        reply: None,
        reactions: Vec::new(),
        changes: Vec::new(),
    })
}

/// With all that is in other tables.
pub(super) fn whole(c: &Connection, mut message: Message) -> Result<Message> {
    message.reply = reply_of(c, message.id)?;
    message.reactions = reactions(c, message.id)?;
    message.changes = own_changes(c, message.id)?;
    let sql = "SELECT platform, state, why FROM deliveries WHERE message = ? ORDER BY platform";
    let mut statement = c.prepare_cached(sql)?;
    let rows =
        statement.query_map([message.id], |r| Ok(Tick { platform: r.get(0)?, state: r.get(1)?, why: r.get(2)? }))?;
    message.deliveries = rows.collect::<Result<_>>()?;
    Ok(message)
}

pub(super) fn one(c: &Connection, id: i64) -> Result<Option<Message>> {
    let sql = format!("SELECT {MESSAGE} FROM messages WHERE id = ?");
    c.prepare_cached(&sql)?.query_row([id], message).optional()?.map(|m| whole(c, m)).transpose()
}

/// What it answers. An event id tells nothing of another conversation.
fn reply_of(c: &Connection, message: i64) -> Result<Option<Reply>> {
    let sql = "SELECT q.id, q.sender, q.sender_name, substr(q.text, 1, 200), q.attachments, q.deleted
               FROM messages m LEFT JOIN messages q ON (q.id = m.reply OR q.event = m.reply_event) AND q.conversation = m.conversation
               WHERE m.id = ? AND (m.reply IS NOT NULL OR m.reply_event IS NOT NULL)";
    let mut statement = c.prepare_cached(sql)?;
    let reply = statement.query_row([message], |r| {
        let attachments: Option<Vec<Attachment>> = r.get::<_, Option<String>>(4)?.as_deref().map(parse).transpose()?;
        Ok(Reply {
            message: r.get(0)?,
            sender: r.get::<_, Option<String>>(1)?.unwrap_or_default(),
            sender_name: r.get::<_, Option<String>>(2)?.unwrap_or_default(),
            text: r.get::<_, Option<String>>(3)?.unwrap_or_default(),
            what: attachments.and_then(|all| all.first().map(|a| a.kind)),
            deleted: r.get::<_, Option<bool>>(5)?.unwrap_or_default(),
        })
    });
    reply.optional()
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| rusqlite::Error::ToSqlConversionFailure(e.into()))
}

pub(super) fn parse<T: DeserializeOwned>(text: &str) -> Result<T> {
    let text_type = rusqlite::types::Type::Text;
    serde_json::from_str(text).map_err(|e| rusqlite::Error::FromSqlConversionFailure(5, text_type, e.into()))
}
