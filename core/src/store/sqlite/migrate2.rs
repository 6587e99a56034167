//! The second step's part that SQL can't do: what a store of the first form wrote as JSON with the names of platforms is
//! written anew with their numbers. A name that no platform has (any more) gets a platform that is merely mentioned, so that
//! no member is lost.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Result, params};
use serde_json::{Value, json};

use crate::model::name::fold;
use crate::model::{EventKind, Id};
use crate::store::PlatformNum;

/// The platforms by every spelling that the store knows.
struct Names<'a> {
    conn: &'a Connection,
    nums: HashMap<String, PlatformNum>,
    next: PlatformNum,
}

impl<'a> Names<'a> {
    fn read(conn: &'a Connection) -> Result<Self> {
        let mut nums = HashMap::new();
        // Whoever took part goes before who was only mentioned.
        let mut rows = conn.prepare("SELECT name, num FROM platform ORDER BY known, num DESC")?;
        for row in rows.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))? {
            let (name, num) = row?;
            nums.insert(fold(&name), num);
        }
        let next = conn.query_row("SELECT ifnull(max(num), 0) + 1 FROM platform", [], |row| row.get(0))?;
        Ok(Names { conn, nums, next })
    }

    fn num(&mut self, name: &str) -> Result<PlatformNum> {
        let folded = fold(name);
        if let Some(num) = self.nums.get(&folded) {
            return Ok(*num);
        }
        let num = self.next;
        let sql =
            "INSERT INTO platform (num, name, kind, standalone, batch, receipts, support_audio, support_image, known,
                   lists_users, told, version) VALUES (?1, ?2, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0)";
        self.conn.execute(sql, params![num, name.trim()])?;
        self.next += 1;
        self.nums.insert(folded, num);
        Ok(num)
    }

    /// `[{"GWT_CHAT": [1, 2]}]` by numbers: `[[2, [1, 2]]]`.
    fn members(&mut self, text: &str) -> Result<String> {
        let objects: Vec<BTreeMap<String, Vec<Id>>> = serde_json::from_str(text).unwrap_or_default();
        let lists = objects.into_iter().flatten().map(|(name, ids)| Ok((self.num(&name)?, ids)));
        let lists: Vec<(PlatformNum, Vec<Id>)> = lists.collect::<Result<_>>()?;
        Ok(json!(lists).to_string())
    }
}

pub(super) fn run(conn: &Connection) -> Result<()> {
    let mut names = Names::read(conn)?;
    members(conn, &mut names)?;
    notes(conn, &mut names)?;
    parked(conn, &mut names)
}

fn members(conn: &Connection, names: &mut Names<'_>) -> Result<()> {
    let asked: Vec<(i64, String)> = pairs(conn, "SELECT num, asked FROM room WHERE asked IS NOT NULL")?;
    for (room, text) in asked {
        let text = names.members(&text)?;
        conn.execute("UPDATE room SET asked = ?2 WHERE num = ?1", params![room, text])?;
    }
    let announced: Vec<(i64, String)> = pairs(conn, "SELECT rowid, members FROM announcement")?;
    for (row, text) in announced {
        let text = names.members(&text)?;
        conn.execute("UPDATE announcement SET members = ?2 WHERE rowid = ?1", params![row, text])?;
    }
    Ok(())
}

/// What the app is told of platforms and deliveries.
fn notes(conn: &Connection, names: &mut Names<'_>) -> Result<()> {
    let kinds = [EventKind::Platform, EventKind::Delivery];
    for (table, key) in [("inbox", "seq"), ("dead", "num")] {
        for kind in kinds {
            let sql = format!("SELECT {key}, body FROM {table} WHERE kind = {}", kind as u8);
            let inbound = if table == "dead" { " AND inbound" } else { "" };
            let rows: Vec<(i64, Vec<u8>)> = pairs(conn, &format!("{sql}{inbound}"))?;
            for (row, body) in rows {
                let Ok(mut note) = serde_json::from_slice::<Value>(&body) else { continue };
                let Some(name) = note.get("platform").and_then(Value::as_str).map(str::to_owned) else { continue };
                note["platform"] = json!(names.num(&name)?);
                let sql = format!("UPDATE {table} SET body = ?2 WHERE {key} = ?1");
                conn.execute(&sql, params![row, note.to_string().into_bytes()])?;
            }
        }
    }
    Ok(())
}

fn parked(conn: &Connection, names: &mut Names<'_>) -> Result<()> {
    let waiting: Vec<(i64, String)> = pairs(conn, "SELECT num, room_platform FROM parked")?;
    for (row, name) in waiting {
        let sql = "INSERT INTO parked2 SELECT num, ?2, room_id, room_number, peer, at = 0, id, kind, platform, source,
                   nullif(room, 0), at, body FROM parked WHERE num = ?1";
        conn.execute(sql, params![row, names.num(&name)?])?;
    }
    conn.execute_batch(
        "DROP TABLE parked;
         ALTER TABLE parked2 RENAME TO parked;
         CREATE INDEX parked_room ON parked (origin, room_id);
         CREATE INDEX parked_at ON parked (at)",
    )
}

fn pairs<A, B>(conn: &Connection, sql: &str) -> Result<Vec<(A, B)>>
where
    A: rusqlite::types::FromSql,
    B: rusqlite::types::FromSql,
{
    conn.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}
