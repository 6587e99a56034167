//! Messages, what is attached to them, and where each stands.

use integrador::Attachment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Db, Result};
use crate::model::{AttachmentLink, Draft, Message, Tick};

pub(super) const MESSAGE: &str = "id, conversation, sender, sender_name, text, attachments, at, key, failed, published";

impl Db {
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
        text: row.get(4)?,
        attachments: links.collect(),
        at: row.get(6)?,
        key: row.get(7)?,
        failed: row.get(8)?,
        published: row.get(9)?,
        deliveries: Vec::new(),
    })
}

pub(super) fn with_ticks(c: &Connection, mut message: Message) -> Result<Message> {
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
