//! Two platforms turned out to be one: every table that names the one names the other from now on.
//!
//! What both have, each under the same key, becomes one row: of two announcements, users or marks that with the greater
//! event id. Rare, so whole tables are walked where no index helps.

use rusqlite::types::{FromSql, ToSql};
use rusqlite::{Connection, OptionalExtension, Result, params};
use serde_json::{Value, json};

use super::query;
use super::rooms::Rooms;
use super::rows::{self, bars_of, bars_text, members_of, members_text};
use crate::model::EventKind;
use crate::store::{Bars, Members, PlatformNum, RoomNum, add_barred};

/// Columns that name a platform and are part of no key.
const PLAIN: [(&str, &str); 13] = [
    ("event", "platform"),
    ("event", "source"),
    ("dead", "dest"),
    ("dead", "platform"),
    ("dead", "source"),
    ("inbox", "platform"),
    ("parked", "origin"),
    ("parked", "peer"),
    ("parked", "platform"),
    ("parked", "source"),
    ("parked", "of_platform"),
    ("merged", "platform"),
    ("invite", "used_by"),
];
/// The same in rows of the directory, which get the version.
const STAMPED: [(&str, &str); 5] = [
    ("platform", "via"),
    ("platform", "named_by"),
    ("platform", "told_lane"),
    ("room", "origin"),
    ("joined", "introducer"),
];
/// Parts of keys: what is there under both stays as it is under `into`.
const KEYS: [(&str, &str); 6] = [
    ("fate", "platform"),
    ("passed", "dest"),
    ("publication_key", "platform"),
    ("changed", "platform"),
    ("changed", "by"),
    ("changed", "holder"),
];
/// Rows that are worked out again.
const DROPPED: [(&str, &str); 6] = [
    ("telling", "lane"),
    ("telling", "platform"),
    ("lane", "dest"),
    ("contact", "platform"),
    ("outbox", "dest"),
    // An entry of the file made the two one, and says how it is reached.
    ("joined", "platform"),
];

/// `from` turned out to be `into`; `version` is what changed rows of the directory get.
pub(super) fn platforms(conn: &Connection, from: PlatformNum, into: PlatformNum, version: i64) -> Result<()> {
    let merge = Merge { conn, from, into, version };
    merge.announcers()?;
    merge.rooms()?;
    merge.users()?;
    merge.members("announcement", "rowid", "members")?;
    merge.members("announcement", "rowid", "again")?;
    merge.members("announcement", "rowid", "former")?;
    merge.bars()?;
    merge.members("asked", "room", "members")?;
    merge.seen()?;
    merge.lists()?;
    merge.notes()?;
    merge.columns()?;
    let sql = "INSERT INTO merged (num, platform, version) VALUES (?1, ?2, ?3)";
    conn.execute(sql, params![from, into, version])?;
    conn.execute("DELETE FROM platform WHERE num = ?1", [from]).map(drop)
}

struct Merge<'a> {
    conn: &'a Connection,
    from: PlatformNum,
    into: PlatformNum,
    version: i64,
}

impl Merge<'_> {
    /// Runs SQL in which `?1` is `from` and `?2` is `into`.
    fn run(&self, sql: &str) -> Result<()> {
        self.conn.execute(sql, [self.from, self.into]).map(drop)
    }

    /// Runs SQL in which `?3` is the version as well.
    fn stamped(&self, sql: &str) -> Result<()> {
        self.conn.execute(sql, params![self.from, self.into, self.version]).map(drop)
    }

    fn columns(&self) -> Result<()> {
        for (table, column) in PLAIN {
            self.run(&format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"))?;
        }
        for (table, column) in STAMPED {
            self.stamped(&format!("UPDATE {table} SET {column} = ?2, version = ?3 WHERE {column} = ?1"))?;
        }
        for (table, column) in KEYS {
            self.run(&format!("UPDATE OR IGNORE {table} SET {column} = ?2 WHERE {column} = ?1"))?;
            self.conn.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [self.from])?;
        }
        for (table, column) in DROPPED {
            self.conn.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [self.from])?;
        }
        self.stamped("UPDATE OR IGNORE binding SET platform = ?2, version = ?3 WHERE platform = ?1")?;
        self.conn.execute("DELETE FROM binding WHERE platform = ?1", [self.from])?;
        self.run(
            "INSERT INTO mark (room, platform, event) SELECT room, ?2, event FROM mark WHERE platform = ?1
             ON CONFLICT DO UPDATE SET event = max(event, excluded.event)",
        )?;
        self.conn.execute("DELETE FROM mark WHERE platform = ?1", [self.from])?;
        self.run(
            "INSERT INTO parked_by (peer, events) SELECT ?2, events FROM parked_by WHERE peer = ?1
             ON CONFLICT DO UPDATE SET events = events + excluded.events",
        )?;
        self.conn.execute("DELETE FROM parked_by WHERE peer = ?1", [self.from])?;
        self.run("UPDATE owner SET node = ?2 WHERE node = ?1")
    }

    /// Who announced rooms. In a room of one of the two, what the other announced was about members of its own only.
    fn announcers(&self) -> Result<()> {
        self.run(
            "DELETE FROM announcement WHERE room IN (SELECT num FROM room WHERE origin = ?1) AND platform = ?2
             OR room IN (SELECT num FROM room WHERE origin = ?2) AND platform = ?1",
        )?;
        self.run(
            "DELETE FROM announcement WHERE platform = ?2 AND EXISTS (SELECT 1 FROM announcement AS other
             WHERE other.room = announcement.room AND other.platform = ?1 AND other.event > announcement.event)",
        )?;
        self.stamped("UPDATE OR IGNORE announcement SET platform = ?2, version = ?3 WHERE platform = ?1")?;
        self.conn.execute("DELETE FROM announcement WHERE platform = ?1", [self.from]).map(drop)
    }

    /// Rooms that both have, under one id.
    fn rooms(&self) -> Result<()> {
        let sql =
            "SELECT a.num, b.num FROM room AS a JOIN room AS b ON a.id = b.id WHERE a.origin = ?1 AND b.origin = ?2";
        let both: Vec<(RoomNum, RoomNum)> = self
            .conn
            .prepare(sql)?
            .query_map([self.from, self.into], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_>>()?;
        both.into_iter().try_for_each(|(gone, kept)| self.room(gone, kept))
    }

    fn room(&self, gone: RoomNum, kept: RoomNum) -> Result<()> {
        let run = |sql: &str| self.conn.execute(sql, [gone, kept]).map(drop);
        run("UPDATE room SET (name, public, event, avatar, ext) =
             (SELECT name, public, event, avatar, ext FROM room WHERE num = ?1)
             WHERE num = ?2 AND event < (SELECT event FROM room WHERE num = ?1)")?;
        run("DELETE FROM announcement WHERE room = ?2 AND EXISTS (SELECT 1 FROM announcement AS other
             WHERE other.room = ?1 AND other.platform = announcement.platform AND other.event > announcement.event)")?;
        run("UPDATE OR IGNORE announcement SET room = ?2 WHERE room = ?1")?;
        run("INSERT INTO mark (room, platform, event) SELECT ?2, platform, event FROM mark WHERE room = ?1
             ON CONFLICT DO UPDATE SET event = max(event, excluded.event)")?;
        for table in ["event", "dead", "inbox"] {
            run(&format!("UPDATE {table} SET room = ?2 WHERE room = ?1"))?;
        }
        run("UPDATE OR IGNORE asked SET room = ?2 WHERE room = ?1")?;
        for (table, column) in [("announcement", "room"), ("mark", "room"), ("asked", "room"), ("room", "num")] {
            self.conn.execute(&format!("DELETE FROM {table} WHERE {column} = ?1"), [gone])?;
        }
        self.messages(gone, kept)?;
        let sql = "UPDATE room SET version = ?2 WHERE num = ?1";
        self.conn.execute(sql, params![kept, self.version])?;
        let sql = "UPDATE announcement SET version = ?2 WHERE room = ?1";
        self.conn.execute(sql, params![kept, self.version]).map(drop)
    }

    /// The messages that are remembered as those of a room.
    fn messages(&self, gone: RoomNum, kept: RoomNum) -> Result<()> {
        let sql = "SELECT platform, age, first, rooms FROM seen WHERE instr(rooms, ?1)";
        let runs = query::all(self.conn, sql, [rows::pack([gone + 1])], |row| {
            Ok((
                row.get::<_, PlatformNum>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, [u8; 16]>(2)?,
                row.get::<_, Vec<u8>>(3)?,
            ))
        })?;
        for (platform, age, first, packed) in runs {
            let mut rooms = Rooms::unpack(&packed)?;
            rooms.rename(gone, kept);
            let sql = "UPDATE seen SET rooms = ?4 WHERE platform = ?1 AND age = ?2 AND first = ?3";
            self.conn.execute(sql, params![platform, age, first, rooms.packed()])?;
        }
        Ok(())
    }

    fn users(&self) -> Result<()> {
        self.run(
            "DELETE FROM user WHERE platform = ?2 AND EXISTS (SELECT 1 FROM user AS other
             WHERE other.platform = ?1 AND other.id = user.id AND NOT other.placeholder
             AND (user.placeholder OR ifnull(other.event, x'') > ifnull(user.event, x'')))",
        )?;
        self.stamped("UPDATE OR IGNORE user SET platform = ?2, version = ?3 WHERE platform = ?1")?;
        self.conn.execute("DELETE FROM user WHERE platform = ?1", [self.from]).map(drop)
    }

    /// Every value of a column that may name `from`, where it does.
    fn naming<T: FromSql>(&self, sql: &str, mark: impl ToSql) -> Result<Vec<(i64, T)>> {
        self.conn.prepare(sql)?.query_map([mark], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    }

    fn members(&self, table: &str, key: &str, column: &str) -> Result<()> {
        let sql = format!("SELECT {key}, {column} FROM {table} WHERE instr({column}, ?1)");
        for (row, text) in self.naming::<String>(&sql, format!("[{},[", self.from))? {
            let mut members = Members::default();
            for (platform, ids) in members_of(&text).unwrap_or_default() {
                members.entry(self.renamed(platform)).or_default().extend(ids);
            }
            self.rewritten(table, key, column, row, &members_text(&members))?;
        }
        Ok(())
    }

    /// Whom rooms' origins bar.
    fn bars(&self) -> Result<()> {
        let sql = "SELECT rowid, banned FROM announcement WHERE instr(banned, ?1)";
        for (row, text) in self.naming::<String>(sql, format!("[{},", self.from))? {
            let mut bars = Bars::default();
            for (platform, barred) in bars_of(&text).unwrap_or_default() {
                add_barred(&mut bars, self.renamed(platform), barred);
            }
            self.rewritten("announcement", "rowid", "banned", row, &bars_text(&bars))?;
        }
        Ok(())
    }

    /// A column of a row of the directory, which gets the version, and so does its room.
    fn rewritten(&self, table: &str, key: &str, column: &str, row: i64, text: &str) -> Result<()> {
        let sql = format!("UPDATE {table} SET {column} = ?2, version = ?3 WHERE {key} = ?1");
        self.conn.execute(&sql, params![row, text, self.version])?;
        if table == "announcement" {
            let sql = "UPDATE room SET version = ?2 WHERE num = (SELECT room FROM announcement WHERE rowid = ?1)";
            self.conn.execute(sql, params![row, self.version])?;
        }
        Ok(())
    }

    fn renamed(&self, platform: PlatformNum) -> PlatformNum {
        if platform == self.from { self.into } else { platform }
    }

    /// What was taken from both is taken from one.
    fn seen(&self) -> Result<()> {
        let age = |platform| {
            let sql = "SELECT age FROM sender WHERE platform = ?1";
            self.conn.query_row(sql, [platform], |row| row.get::<_, i64>(0)).optional()
        };
        let (Some(from), into) = (age(self.from)?, age(self.into)?) else { return Ok(()) };
        let Some(into) = into else {
            self.run("UPDATE seen SET platform = ?2 WHERE platform = ?1")?;
            return self.run("UPDATE sender SET platform = ?2 WHERE platform = ?1");
        };
        let sql = "INSERT INTO seen (platform, age, first, last, rooms) SELECT ?2, ?4, first, last, rooms FROM seen
                   WHERE platform = ?1 AND age >= ?3 ON CONFLICT DO UPDATE SET (last, rooms) = (excluded.last, excluded.rooms)
                   WHERE last < excluded.last";
        self.conn.execute(sql, params![self.from, self.into, from - 1, into])?;
        self.run(
            "UPDATE sender SET (newest, runs) = (SELECT max(sender.newest, newest, before), sender.runs + runs
             FROM sender AS other WHERE other.platform = ?1) WHERE platform = ?2",
        )?;
        self.conn.execute("DELETE FROM seen WHERE platform = ?1", [self.from])?;
        self.conn.execute("DELETE FROM sender WHERE platform = ?1", [self.from]).map(drop)
    }

    /// Where publications went: platforms each with its lane, and platforms alone; and whose they were.
    fn lists(&self) -> Result<()> {
        self.run("UPDATE receipt SET hosted = ?2 WHERE hosted = ?1")?;
        for (table, size) in [("receipt", 2), ("publication_key", 1)] {
            let sql = format!("SELECT num, dests FROM {table} WHERE instr(dests, ?1)");
            for (row, packed) in self.naming::<Vec<u8>>(&sql, rows::pack([self.from]))? {
                let mut lists: Vec<Vec<PlatformNum>> = Vec::new();
                for list in rows::unpack(&packed)?.chunks_exact(size) {
                    let list: Vec<_> = list.iter().map(|num| self.renamed(*num)).collect();
                    if !lists.iter().any(|known| known[0] == list[0]) {
                        lists.push(list);
                    }
                }
                let packed = rows::pack(lists.into_iter().flatten());
                let sql = format!("UPDATE {table} SET dests = ?2 WHERE num = ?1");
                self.conn.execute(&sql, params![row, packed])?;
            }
        }
        Ok(())
    }

    /// What the app is told of deliveries.
    fn notes(&self) -> Result<()> {
        let kind = EventKind::Delivery as u8;
        for (table, key) in [("inbox", "seq"), ("dead", "num")] {
            let sql = format!("SELECT {key}, body FROM {table} WHERE kind = ?1");
            for (row, body) in self.naming::<Vec<u8>>(&sql, kind)? {
                let Ok(mut told) = serde_json::from_slice::<Value>(&body) else { continue };
                if told.get("platform") == Some(&json!(self.from)) {
                    told["platform"] = json!(self.into);
                    let sql = format!("UPDATE {table} SET body = ?2 WHERE {key} = ?1");
                    self.conn.execute(&sql, params![row, told.to_string().into_bytes()])?;
                }
            }
        }
        Ok(())
    }
}
