//! What was taken already, per platform.
//!
//! Arrivals of a platform are counted in ages of at least 100,000 arrivals and ten minutes. The present age and the one
//! before are remembered, so at least the last 100,000 ids always are, and whatever came in the last ten minutes: in that
//! time a signed request that somebody captured can be sent again, and must be known. Older ages are deleted, a little with
//! each thousand arrivals. The key begins with platform and age and ids grow with time, so rows are appended and an old age
//! is one range. A platform that sends more in ten minutes than an age may hold has to wait.
//!
//! With each id it is noted whether it is a message, and of which room: what changes a message names it by its id. For that the
//! messages that enter here are noted too, though nobody sends them again.
//!
//! The ids that a node gives in one of its transactions count up, so what arrives together is mostly one run, and a run is
//! one row. An id greater than all before it, as nearly every one is, needs no look at the table.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use rusqlite::{Connection, OptionalExtension, Result, params};
use uuid::Uuid;

use super::rooms::Rooms;
use super::{query, rows};
use crate::store::{PlatformNum, Remembered, RoomNum};

/// What an age is.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// So many arrivals at least.
    arrivals: i64,
    /// So long at least, milliseconds: twice the tolerance of a signature's time, which may lie ahead or behind.
    span: i64,
    /// So many rows at most, before it is that long.
    runs: i64,
}

impl Default for Bounds {
    fn default() -> Self {
        Bounds { arrivals: 100_000, span: 2 * 300_000, runs: 2_000_000 }
    }
}

/// What is known of an id that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Seen {
    /// It is noted from now on.
    New,
    /// It was noted before.
    Before,
    /// It can't be noted now.
    TooMany,
}

/// After how many arrivals old runs are deleted, and how many then: more than arrive, so that it comes to an end.
const SWEEP_EVERY: i64 = 1_000;
const SWEEP: i64 = 2_000;
/// A run in which more often another room begins is written as two.
const STRETCHES: usize = 1_000;

/// How far a platform is.
#[derive(Debug, Clone)]
struct Sender {
    age: i64,
    /// At which age of the store it began, milliseconds.
    began: i64,
    arrivals: i64,
    /// How many rows it has.
    runs: i64,
    /// The greatest id of the present age.
    newest: Uuid,
    /// The greatest id of the age before.
    before: Uuid,
    /// The run of the present age that is not written yet, from its first id to its last.
    run: Option<Run>,
    changed: bool,
}

/// Ids that count up, from the first to the last, and what they are.
#[derive(Debug, Clone)]
struct Run {
    first: Uuid,
    last: Uuid,
    rooms: Rooms,
}

impl Run {
    /// The room of an id of this run, if it is one; None within: it is no message.
    fn known(&self, id: Uuid) -> Option<Option<RoomNum>> {
        let place = query::offset(self.first, id).filter(|_| id <= self.last)?;
        Some(self.rooms.at(place))
    }
}

impl Sender {
    /// In the first moment of an age.
    fn begin(age: i64, began: i64, before: Uuid) -> Self {
        Sender { age, began, arrivals: 0, runs: 0, newest: Uuid::nil(), before, run: None, changed: true }
    }

    fn has(&self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        Ok(self.known(conn, platform, id)?.is_some())
    }

    /// The room of an id that is noted; None within: it is no message. None: it is not noted.
    fn known(&self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<Option<Option<RoomNum>>> {
        if let Some(known) = self.run.as_ref().and_then(|run| run.known(id)) {
            return Ok(Some(known));
        }
        for (age, newest) in [(self.age, self.newest), (self.age - 1, self.before)] {
            if id <= newest
                && let Some(run) = written(conn, platform, age, id)?
            {
                return Ok(run.known(id));
            }
        }
        Ok(None)
    }

    /// Whether an id that is not noted may have been, and be forgotten.
    fn may_be_forgotten(&self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        if self.age <= 2 {
            return Ok(false);
        }
        let sql = "SELECT first FROM seen WHERE platform = ?1 AND age = ?2 ORDER BY first LIMIT 1";
        let oldest = conn
            .prepare_cached(sql)?
            .query_row(params![platform, self.age - 1], |row| rows::uuid(row, 0))
            .optional()?;
        Ok(oldest.is_none_or(|oldest| id < oldest))
    }

    fn note(
        &mut self,
        conn: &Connection,
        bounds: Bounds,
        platform: PlatformNum,
        (id, room): (Uuid, Option<RoomNum>),
        at: i64,
    ) -> Result<Seen> {
        // It was written by a clock that ran ahead, before ages had one of their own: its ten minutes begin anew.
        self.began = self.began.min(at);
        if self.arrivals >= bounds.arrivals && at - self.began >= bounds.span {
            self.write_run(conn, platform)?;
            *self = Sender::begin(self.age + 1, at, self.newest);
        }
        match &mut self.run {
            Some(Run { last, rooms, .. }) if query::offset(*last, id) == Some(1) && rooms.len() < STRETCHES => {
                *last = id;
                rooms.push(room);
            }
            _ if self.runs >= bounds.runs && at - self.began < bounds.span => return Ok(Seen::TooMany),
            _ => {
                self.write_run(conn, platform)?;
                self.run = Some(Run { first: id, last: id, rooms: Rooms::of(room) });
                self.runs += 1;
            }
        }
        self.changed = true;
        self.newest = self.newest.max(id);
        self.arrivals += 1;
        if self.arrivals % SWEEP_EVERY == 0 {
            sweep(conn, platform, self.age - 1)?;
        }
        Ok(Seen::New)
    }

    /// An id that is noted turned out to be a message of this room.
    fn set_room(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid, room: RoomNum) -> Result<()> {
        self.write_run(conn, platform)?;
        for age in [self.age, self.age - 1] {
            let Some(mut run) = written(conn, platform, age, id)? else { continue };
            if let Some(place) = query::offset(run.first, id) {
                run.rooms.set(place, room);
                let sql = "UPDATE seen SET rooms = ?4 WHERE platform = ?1 AND age = ?2 AND first = ?3";
                let row = params![platform, age, run.first.as_bytes(), run.rooms.packed()];
                conn.prepare_cached(sql)?.execute(row)?;
            }
            break;
        }
        Ok(())
    }

    fn write_run(&mut self, conn: &Connection, platform: PlatformNum) -> Result<()> {
        let Some(Run { first, last, rooms }) = self.run.take() else { return Ok(()) };
        let sql = "INSERT INTO seen (platform, age, first, last, rooms) VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = params![platform, self.age, first.as_bytes(), last.as_bytes(), rooms.packed()];
        conn.prepare_cached(sql)?.execute(row).map(drop)
    }
}

/// The written run that holds this id.
fn written(conn: &Connection, platform: PlatformNum, age: i64, id: Uuid) -> Result<Option<Run>> {
    let sql = "SELECT first, last, rooms FROM seen WHERE platform = ?1 AND age = ?2 AND first <= ?3
               ORDER BY first DESC LIMIT 1";
    let mut select = conn.prepare_cached(sql)?;
    let run = select.query_row(params![platform, age, id.as_bytes()], |row| {
        let rooms = Rooms::unpack(row.get_ref(2)?.as_blob()?)?;
        Ok(Run { first: rows::uuid(row, 0)?, last: rows::uuid(row, 1)?, rooms })
    });
    Ok(run.optional()?.filter(|run| id <= run.last))
}

/// What is known of the platforms, read when first asked for, written once per transaction.
#[derive(Debug, Default)]
pub(super) struct Senders {
    known: HashMap<PlatformNum, Sender>,
    bounds: Bounds,
}

impl Senders {
    pub(super) fn clear(&mut self) {
        self.known.clear();
    }

    /// Notes an id that comes when the store has this age, milliseconds; with the room of a message.
    pub(super) fn see(
        &mut self,
        conn: &Connection,
        platform: PlatformNum,
        (id, room): (Uuid, Option<RoomNum>),
        at: i64,
    ) -> Result<Seen> {
        let bounds = self.bounds;
        if let Some(sender) = self.sender(conn, platform)?
            && sender.has(conn, platform, id)?
        {
            return Ok(Seen::Before);
        }
        let sender = self.known.entry(platform).or_insert_with(|| Sender::begin(1, at, Uuid::nil()));
        sender.note(conn, bounds, platform, (id, room), at)
    }

    /// Notes a message that was made here, or that is noted and turned out to be one.
    pub(super) fn put_message(
        &mut self,
        conn: &Connection,
        platform: PlatformNum,
        (id, room): (Uuid, RoomNum),
        at: i64,
    ) -> Result<()> {
        // Nobody sends it again: it is kept for its room alone, and never has to wait.
        let bounds = Bounds { span: 0, ..self.bounds };
        if let Some(sender) = self.sender(conn, platform)?
            && sender.has(conn, platform, id)?
        {
            return sender.set_room(conn, platform, id, room);
        }
        let sender = self.known.entry(platform).or_insert_with(|| Sender::begin(1, at, Uuid::nil()));
        sender.note(conn, bounds, platform, (id, Some(room)), at).map(drop)
    }

    /// What is remembered of a message.
    pub(super) fn message(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<Remembered> {
        let Some(sender) = self.sender(conn, platform)? else { return Ok(Remembered::NotYet) };
        Ok(match sender.known(conn, platform, id)? {
            Some(Some(room)) => Remembered::Message(room),
            Some(None) => Remembered::No,
            None if sender.may_be_forgotten(conn, platform, id)? => Remembered::No,
            None => Remembered::NotYet,
        })
    }

    /// Whether an id is noted.
    pub(super) fn seen(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        self.sender(conn, platform)?.map_or(Ok(false), |sender| sender.has(conn, platform, id))
    }

    /// None: nothing came of it yet.
    fn sender(&mut self, conn: &Connection, platform: PlatformNum) -> Result<Option<&mut Sender>> {
        Ok(match self.known.entry(platform) {
            Entry::Occupied(known) => Some(known.into_mut()),
            Entry::Vacant(new) => read(conn, platform)?.map(|sender| new.insert(sender)),
        })
    }

    /// Writes what changed.
    pub(super) fn write(&mut self, conn: &Connection) -> Result<()> {
        for (platform, sender) in self.known.iter_mut().filter(|(_, s)| s.changed) {
            sender.write_run(conn, *platform)?;
            let sql = "INSERT OR REPLACE INTO sender (platform, age, began, arrivals, runs, newest, before)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
            conn.prepare_cached(sql)?.execute(params![
                platform,
                sender.age,
                sender.began,
                sender.arrivals,
                sender.runs,
                sender.newest.as_bytes(),
                sender.before.as_bytes()
            ])?;
            sender.changed = false;
        }
        Ok(())
    }
}

fn read(conn: &Connection, platform: PlatformNum) -> Result<Option<Sender>> {
    conn.prepare_cached("SELECT age, began, arrivals, runs, newest, before FROM sender WHERE platform = ?1")?
        .query_row([platform], |row| {
            Ok(Sender {
                age: row.get(0)?,
                began: row.get(1)?,
                arrivals: row.get(2)?,
                runs: row.get(3)?,
                newest: rows::uuid(row, 4)?,
                before: rows::uuid(row, 5)?,
                run: None,
                changed: false,
            })
        })
        .optional()
}

/// Deletes some of what is older than the age `keep`.
fn sweep(conn: &Connection, platform: PlatformNum, keep: i64) -> Result<()> {
    let sql = "SELECT age FROM seen WHERE platform = ?1 AND age < ?2 ORDER BY age LIMIT 1";
    let oldest: Option<i64> =
        conn.prepare_cached(sql)?.query_row(params![platform, keep], |row| row.get(0)).optional()?;
    let Some(age) = oldest else { return Ok(()) };
    let sql = "SELECT first FROM seen WHERE platform = ?1 AND age = ?2 ORDER BY first LIMIT 1 OFFSET ?3";
    let end: Option<[u8; 16]> =
        conn.prepare_cached(sql)?.query_row(params![platform, age, SWEEP], |row| row.get(0)).optional()?;
    match end {
        Some(end) => conn
            .prepare_cached("DELETE FROM seen WHERE platform = ?1 AND age = ?2 AND first < ?3")?
            .execute(params![platform, age, end])?,
        None => {
            conn.prepare_cached("DELETE FROM seen WHERE platform = ?1 AND age = ?2")?.execute(params![platform, age])?
        }
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::schema;
    use super::*;

    #[test]
    fn more_than_can_be_remembered_within_ten_minutes_waits_and_is_taken_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        std::fs::File::create(&path).unwrap();
        let conn = schema::writer(&path, None, false).unwrap().conn;
        let bounds = Bounds { arrivals: 10, span: 1_000, runs: 30 };
        let mut senders = Senders { bounds, ..Senders::default() };
        // Every second id, so that each is a row.
        let mut see = |n: u128, at| senders.see(&conn, 1, (Uuid::from_u128(2 * n), None), at).unwrap();
        assert!((0..30).all(|n| see(n, 0) == Seen::New));
        assert_eq!(see(30, 999), Seen::TooMany);
        assert!((0..30).all(|n| see(n, 999) == Seen::Before), "what is known is told all the same");
        assert!((30..60).all(|n| see(n, 1_000) == Seen::New));
        assert_eq!(see(60, 1_999), Seen::TooMany);
        assert!((0..60).all(|n| see(n, 1_999) == Seen::Before));
        // What a clock that ran ahead has written forgets nothing, and does not shut the sender out for ever.
        assert_eq!(see(60, -5_000), Seen::TooMany);
        assert_eq!(see(60, -4_000), Seen::New);
    }
}
