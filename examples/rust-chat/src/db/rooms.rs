//! Rooms as the node knows them, and what has happened to them.
//!
//! Who came and who went, a new name, who is barred: each is a line among the messages, a row of theirs with a `notice` in it. Its sender
//! is whom it is about, its place the event id of the announcement, so that it stands between the same messages everywhere. It is made in
//! the transaction that stores the change, so each is told once. It is no message: nobody answers, edits or counts it.

use std::collections::HashSet;

use rusqlite::{OptionalExtension, Transaction, params};

use super::messages::{json, parse};
use super::{Db, Result, set_members};
use crate::model::Room;

/// What was known of a room.
struct Before {
    name: String,
    members: HashSet<String>,
    banned: HashSet<String>,
}

impl Db {
    /// Makes it or brings it up to date; `event` is the announcement that changed it, if that is known. Its id, and those of the notices.
    pub(crate) fn save_room(&self, room: &Room, event: Option<&str>) -> Result<(i64, Vec<i64>)> {
        self.write(|t| {
            let before = before(t, &room.external)?;
            // What has shrunk to two stays a group, and a chat that others come to is one from then on.
            let sql = "INSERT INTO conversations (external, name, public, direct, published, avatar, banned)
                       VALUES (?1, ?2, ?3, ?4, 1, ?6, ?7)
                       ON CONFLICT (external) DO UPDATE SET
                           name = excluded.name, public = excluded.public, direct = direct AND NOT ?3 AND ?5,
                           avatar = excluded.avatar, banned = excluded.banned
                       RETURNING id";
            let direct = !room.public && room.members.len() == 2;
            let (few, banned) = (room.members.len() <= 2, json(&room.banned)?);
            let values = params![room.external, room.name, room.public, direct, few, room.avatar, banned];
            let id = t.query_row(sql, values, |r| r.get(0))?;
            set_members(t, id, &room.members)?;
            let notices = before.map_or(Ok(Vec::new()), |before| notices(t, id, &before, room, event))?;
            Ok((id, notices))
        })
    }
}

fn before(t: &Transaction<'_>, external: &str) -> Result<Option<Before>> {
    let sql = "SELECT id, name, banned FROM conversations WHERE external = ?";
    let found = t.query_row(sql, [external], |r| {
        Ok((r.get::<_, i64>(0)?, r.get(1)?, parse::<HashSet<String>>(&r.get::<_, String>(2)?)?))
    });
    let Some((id, name, banned)) = found.optional()? else { return Ok(None) };
    let mut members = t.prepare_cached("SELECT person FROM members WHERE conversation = ?")?;
    let members = members.query_map([id], |r| r.get(0))?.collect::<Result<_>>()?;
    Ok(Some(Before { name, members, banned }))
}

/// Writes down what is another now. Who is barred has not left, and of a whole platform that is barred there is nobody to name.
fn notices(t: &Transaction<'_>, id: i64, before: &Before, now: &Room, event: Option<&str>) -> Result<Vec<i64>> {
    let members: HashSet<&String> = now.members.iter().collect();
    let banned: HashSet<&String> = now.banned.iter().collect();
    let left = before.members.iter().filter(|m| !members.contains(m) && !banned.contains(m)).map(|m| ("left", m));
    let joined = now.members.iter().filter(|m| !before.members.contains(*m)).map(|m| ("joined", m));
    let barred = now.banned.iter().filter(|b| !before.banned.contains(*b)).map(|b| ("banned", b));
    let unbarred = before.banned.iter().filter(|b| !banned.contains(b)).map(|b| ("unbanned", b));
    let people = left.chain(joined).chain(barred).chain(unbarred).filter(|(_, who)| !who.ends_with(":*"));
    let nobody = String::new();
    let renamed = (before.name != now.name).then_some(("renamed", &nobody));
    let mut insert = t.prepare_cached(
        "INSERT INTO messages (conversation, sender, sender_name, text, attachments, at, place, notice, published)
         VALUES (?1, ?2, '', ?3, '[]', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
                 coalesce(?4, (SELECT max(place) FROM messages WHERE conversation = ?1), ''), ?5, 1)
         RETURNING id",
    )?;
    let write = |(notice, who): (&str, &String)| {
        let text = if notice == "renamed" { now.name.as_str() } else { "" };
        insert.query_row(params![id, who, text, event, notice], |r| r.get(0))
    };
    people.chain(renamed).map(write).collect()
}
