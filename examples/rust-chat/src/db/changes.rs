//! What is said of a message that is there: another text, a delete, reactions.
//!
//! The message's row has its text as it is now. What this app's users say is kept in rows of its own beside that, to be published and to
//! have its ticks. What others say is recognised by its event id, and waits in `early` if it comes before its message.
//!
//! Who may: for edits and deletes that is the person whose message it is, and for deletes the platform whose room it is. The node knows
//! platforms, and leaves it to the app to tell the people of one apart.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use super::messages::{json, one};
use super::{Db, Result};
use crate::model::{ForeignChange, Message, OutgoingChange, OwnChange, Reaction, Said, Tick};

/// Different reactions of one person to one message.
const MOST_REACTIONS: i64 = 20;
/// Changes of one platform that wait for their messages; the latest ones are kept.
const MOST_EARLY: i64 = 1000;

/// Why somebody's change is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Not {
    /// There is no such message in this conversation, or it was deleted.
    There,
    /// Somebody else wrote it.
    Theirs,
    /// The node doesn't have it yet; this passes.
    Yet,
    /// It would say nothing any more.
    Empty,
    /// There are too many reactions.
    More,
}

impl Db {
    /// What a user of this app says of a message, to be published. The same key again: it was said before.
    pub(crate) fn add_own_change(
        &self,
        conversation: i64,
        message: i64,
        (sender, key): (&str, &str),
        said: &Said,
    ) -> Result<std::result::Result<Message, Not>> {
        self.write(|t| {
            let known = "SELECT 1 FROM changes WHERE key = ?";
            if t.query_row(known, [key], |_| Ok(())).optional()?.is_some() {
                return one(t, message).map(|m| m.ok_or(Not::There));
            }
            let Some(target) = target(t, "id", &message)?.filter(|t| t.conversation == conversation) else {
                return Ok(Err(Not::There));
            };
            if let Some(not) = target.refuses(sender, said) {
                return Ok(Err(not));
            }
            if !apply(t, &target, (sender, ""), said)? {
                return Ok(Err(Not::More));
            }
            let (kind, text, emoji, removed) = match said {
                Said::Edit { text, .. } => ("edit", Some(text), None, false),
                Said::Delete => ("delete", None, None, false),
                Said::Reaction { emoji, on } => ("reaction", None, Some(emoji), !on),
            };
            let sql = "INSERT INTO changes (message, sender, kind, text, emoji, removed, key, published)
                       VALUES (?, ?, ?, ?, ?, ?, ?, 0)";
            t.execute(sql, params![message, sender, kind, text, emoji, removed, key])?;
            one(t, message).map(|m| m.ok_or(Not::There))
        })
    }

    /// What somebody elsewhere says of a message. The message, if that changes it; if it is not here, the change waits for it.
    pub(crate) fn add_foreign_change(&self, change: &ForeignChange) -> Result<Option<i64>> {
        self.write(|t| match target(t, "event", &change.of)? {
            Some(target) => Ok(take(t, &target, change)?.then_some(target.message)),
            None => keep_early(t, change).map(|()| None),
        })
    }

    /// What the node doesn't have yet, in the order in which it was said.
    pub(crate) fn unpublished_changes(&self, limit: i64) -> Result<Vec<OutgoingChange>> {
        self.with(|c| {
            let sql = "SELECT c.id, c.message, c.sender, c.kind, c.text, c.emoji, c.removed, m.event, m.sender
                       FROM changes c JOIN messages m ON m.id = c.message WHERE NOT c.published ORDER BY c.id LIMIT ?";
            c.prepare_cached(sql)?.query_map([limit], outgoing)?.collect()
        })
    }

    /// None: it changed nothing, so there is no event.
    pub(crate) fn change_published(&self, id: i64, event: Option<&str>) -> Result<()> {
        self.with(|c| c.execute("UPDATE changes SET published = 1, event = ? WHERE id = ?", params![event, id]))
            .map(drop)
    }

    pub(crate) fn change_failed(&self, id: i64, why: &str) -> Result<()> {
        self.with(|c| c.execute("UPDATE changes SET published = 1, failed = ? WHERE id = ?", params![why, id]))
            .map(drop)
    }
}

/// A message that something is said of.
struct Target {
    message: i64,
    conversation: i64,
    author: String,
    /// The platform whose room it is.
    home: String,
    deleted: bool,
    attached: bool,
    published: bool,
    failed: bool,
}

fn target(c: &Connection, column: &str, value: &dyn rusqlite::ToSql) -> Result<Option<Target>> {
    let sql = format!(
        "SELECT m.id, m.conversation, m.sender, c.external, m.deleted, m.attachments <> '[]', m.event IS NOT NULL, m.failed IS NOT NULL
         FROM messages m JOIN conversations c ON c.id = m.conversation
         WHERE m.{column} = ? AND m.notice IS NULL"
    );
    c.prepare_cached(&sql)?
        .query_row([value], |r| {
            Ok(Target {
                message: r.get(0)?,
                conversation: r.get(1)?,
                author: r.get(2)?,
                home: platform(&r.get::<_, String>(3)?).into(),
                deleted: r.get(4)?,
                attached: r.get(5)?,
                published: r.get(6)?,
                failed: r.get(7)?,
            })
        })
        .optional()
}

impl Target {
    /// Why a user of this app can't say this of it now.
    fn refuses(&self, sender: &str, said: &Said) -> Option<Not> {
        let own = self.author == sender;
        match said {
            _ if self.deleted || self.failed => Some(Not::There),
            Said::Edit { .. } | Said::Delete if !own => Some(Not::Theirs),
            _ if !self.published => Some(Not::Yet),
            Said::Edit { text, .. } if text.is_empty() && !self.attached => Some(Not::Empty),
            _ => None,
        }
    }

    /// Whether somebody elsewhere may say this of it.
    fn lets(&self, sender: &str, said: &Said) -> bool {
        match said {
            Said::Edit { .. } => self.author == sender,
            Said::Delete => self.author == sender || self.home == platform(sender),
            Said::Reaction { .. } => true,
        }
    }
}

fn platform(external: &str) -> &str {
    external.split(':').next().unwrap_or_default()
}

/// Does what somebody elsewhere has said, if they may. Whether it changes anything.
fn take(t: &Transaction<'_>, target: &Target, change: &ForeignChange) -> Result<bool> {
    Ok(target.lets(&change.sender, &change.said) && apply(t, target, (&change.sender, &change.event), &change.said)?)
}

/// Changes the message. `event` is empty for what is said here; elsewhere the greatest one counts. False: nothing is changed by it.
fn apply(t: &Transaction<'_>, target: &Target, (sender, event): (&str, &str), said: &Said) -> Result<bool> {
    if target.deleted {
        return Ok(false);
    }
    let message = target.message;
    let changed = match said {
        Said::Edit { text, attachments } => {
            let sql = "UPDATE messages SET text = ?2, attachments = coalesce(?3, attachments), edited = ?4
                       WHERE id = ?1 AND (?4 = '' OR coalesce(edited, '') < ?4)";
            t.execute(sql, params![message, text, attachments.as_deref().map(json).transpose()?, event])?
        }
        Said::Delete => {
            t.execute("DELETE FROM reactions WHERE message = ?", [message])?;
            t.execute("UPDATE messages SET text = '', attachments = '[]', deleted = 1 WHERE id = ?", [message])?
        }
        Said::Reaction { emoji, on } => {
            let sql = "INSERT INTO reactions (message, person, emoji, event, removed) SELECT ?1, ?2, ?3, ?4, ?5
                       WHERE (SELECT count(*) FROM reactions WHERE message = ?1 AND person = ?2 AND emoji <> ?3) < ?6
                       ON CONFLICT DO UPDATE SET event = ?4, removed = ?5 WHERE ?4 = '' OR event < ?4";
            t.execute(sql, params![message, sender, emoji, event, !on, MOST_REACTIONS])?
        }
    };
    if changed > 0 {
        t.execute("UPDATE messages SET revision = revision + 1 WHERE id = ?", [message])?;
    }
    Ok(changed > 0)
}

fn keep_early(t: &Transaction<'_>, change: &ForeignChange) -> Result<()> {
    let of = platform(&change.sender);
    let sql = "INSERT INTO early (event, of, platform, change) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING";
    t.execute(sql, params![change.event, change.of, of, json(change)?])?;
    let sql = "DELETE FROM early WHERE platform = ?1
               AND id NOT IN (SELECT id FROM early WHERE platform = ?1 ORDER BY id DESC LIMIT ?2)";
    t.execute(sql, params![of, MOST_EARLY]).map(drop)
}

/// The message of this event has come: what was said of it before is done.
pub(super) fn catch_up(t: &Transaction<'_>, event: &str) -> Result<()> {
    let sql = "DELETE FROM early WHERE of = ? RETURNING change";
    let found: Vec<String> = t.prepare_cached(sql)?.query_map([event], |r| r.get(0))?.collect::<Result<_>>()?;
    let mut changes: Vec<ForeignChange> =
        found.iter().map(|text| super::messages::parse(text)).collect::<Result<_>>()?;
    changes.sort_by(|a, b| a.event.cmp(&b.event));
    for change in &changes {
        if let Some(target) = target(t, "event", &event)? {
            take(t, &target, change)?;
        }
    }
    Ok(())
}

// Reading.

/// Who reacted and how, in the order in which the first of each kind came, be it taken back by now or not: so they don't
/// change places.
pub(super) fn reactions(c: &Connection, message: i64) -> Result<Vec<Reaction>> {
    let sql = "SELECT emoji, person, removed FROM reactions WHERE message = ? ORDER BY id";
    let mut statement = c.prepare_cached(sql)?;
    let mut found: Vec<Reaction> = Vec::new();
    for row in statement.query_map([message], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))? {
        let (emoji, person, removed): (String, String, bool) = row?;
        let person = (!removed).then_some(person);
        match found.iter_mut().find(|r| r.emoji == emoji) {
            Some(reaction) => reaction.people.extend(person),
            None => found.push(Reaction { emoji, people: person.into_iter().collect() }),
        }
    }
    found.retain(|r| !r.people.is_empty());
    Ok(found)
}

/// What users of this app have said of it and is in force: the latest edit or delete, and each reaction.
pub(super) fn own_changes(c: &Connection, message: i64) -> Result<Vec<OwnChange>> {
    let sql = "SELECT id, kind, sender, emoji, published, failed FROM changes WHERE NOT removed AND id IN (
                   SELECT max(id) FROM changes WHERE message = ?
                   GROUP BY kind = 'reaction', iif(kind = 'reaction', sender, ''), emoji)
               ORDER BY id";
    let mut statement = c.prepare_cached(sql)?;
    let found = statement.query_map([message], |r| {
        Ok(OwnChange {
            kind: r.get(1)?,
            sender: r.get(2)?,
            emoji: r.get(3)?,
            sent: r.get(4)?,
            deliveries: ticks(c, r.get(0)?)?,
            failed: r.get(5)?,
        })
    })?;
    found.collect()
}

fn ticks(c: &Connection, change: i64) -> Result<Vec<Tick>> {
    let sql = "SELECT platform, state, why FROM change_deliveries WHERE change = ? ORDER BY platform";
    let mut statement = c.prepare_cached(sql)?;
    let rows = statement.query_map([change], |r| Ok(Tick { platform: r.get(0)?, state: r.get(1)?, why: r.get(2)? }))?;
    rows.collect()
}

fn outgoing(row: &Row<'_>) -> Result<OutgoingChange> {
    let kind: String = row.get(3)?;
    let said = match &*kind {
        "edit" => Said::Edit { text: row.get(4)?, attachments: None },
        "delete" => Said::Delete,
        _ => Said::Reaction { emoji: row.get(5)?, on: !row.get::<_, bool>(6)? },
    };
    Ok(OutgoingChange {
        id: row.get(0)?,
        message: row.get(1)?,
        sender: row.get(2)?,
        said,
        event: row.get(7)?,
        author: row.get(8)?,
    })
}
