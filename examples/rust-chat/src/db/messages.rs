//! Messages, what is attached to them, and how far each has come.
//!
//! A conversation is read in the order of its event ids, which is the same on every platform. Rows are numbered as they
//! arrive, which is another order whenever a platform was away. So each row has its `place` beside its number: its event id.
//! None is what the node doesn't have yet, and stands last; what the node refused stands after all that was there.

use integrador::Attachment;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{Db, Result};
use crate::model::{AttachmentLink, Draft, Message, Tick};

pub(super) const MESSAGE: &str = "id, conversation, sender, sender_name, text, attachments, at, key, failed, place";

/// Greater than any event id.
const LAST: &str = "~";

/// The last message first.
pub(super) const LATEST: &str = "ORDER BY coalesce(place, '~') DESC, id DESC";

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
                "INSERT INTO messages (conversation, sender, sender_name, text, attachments, at, event, place, published)
                 VALUES (?1, ?2, ?3, ?4, ?5, coalesce(?6, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')), ?7, ?7, 1)
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
            let mut page: Vec<Message> = rows.map(|m| with_ticks(c, m?)).collect::<Result<_>>()?;
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
        let sql = "UPDATE messages SET published = 1, event = ?1, place = ?1 WHERE id = ?2";
        self.with(|c| c.execute(sql, params![event, id])).map(drop)
    }

    pub(crate) fn message_failed(&self, id: i64, why: &str) -> Result<()> {
        let sql = "UPDATE messages SET published = 1, failed = ?1, place = coalesce(
                       (SELECT max(m.place) FROM messages m WHERE m.conversation = messages.conversation), '')
                   WHERE id = ?2";
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
        place: row.get(9)?,
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
