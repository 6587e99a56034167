//! What was taken already, per platform.
//!
//! Arrivals of a platform are counted in ages of 100,000. The present age and the one before are remembered, so at least
//! the last 100,000 ids always are; older ages are deleted, a little with each thousand arrivals. The key begins with
//! platform and age and ids grow with time, so rows are appended and an old age is one range.
//!
//! The ids that a node gives in one of its transactions count up, so what arrives together is mostly one run, and a run is
//! one row. An id greater than all before it, as nearly every one is, needs no look at the table.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, Result, params};
use uuid::Uuid;

use super::{query, rows};
use crate::store::PlatformNum;

/// How many arrivals make an age.
const AGE: i64 = 100_000;
/// After how many arrivals old runs are deleted, and how many then: more than arrive, so that it comes to an end.
const SWEEP_EVERY: i64 = 1_000;
const SWEEP: i64 = 2_000;

/// How far a platform is.
#[derive(Debug, Clone, Copy)]
struct Sender {
    age: i64,
    arrivals: i64,
    /// The greatest id of the present age.
    newest: Uuid,
    /// The greatest id of the age before.
    before: Uuid,
    /// The run of the present age that is not written yet, from its first id to its last.
    run: Option<(Uuid, Uuid)>,
    changed: bool,
}

impl Default for Sender {
    fn default() -> Self {
        Sender { age: 1, arrivals: 0, newest: Uuid::nil(), before: Uuid::nil(), run: None, changed: false }
    }
}

impl Sender {
    fn has(&self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        let in_age = |age, newest| -> Result<bool> {
            let sql =
                "SELECT last FROM seen WHERE platform = ?1 AND age = ?2 AND first <= ?3 ORDER BY first DESC LIMIT 1";
            let last =
                || conn.prepare_cached(sql)?.query_row(params![platform, age, id.as_bytes()], |row| rows::uuid(row, 0));
            Ok(id <= newest && last().optional()?.is_some_and(|last| id <= last))
        };
        Ok(self.run.is_some_and(|(first, last)| first <= id && id <= last)
            || in_age(self.age, self.newest)?
            || in_age(self.age - 1, self.before)?)
    }

    fn note(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<()> {
        match &mut self.run {
            Some((_, last)) if query::offset(*last, id) == Some(1) => *last = id,
            _ => {
                self.write_run(conn, platform)?;
                self.run = Some((id, id));
            }
        }
        self.changed = true;
        self.newest = self.newest.max(id);
        self.arrivals += 1;
        if self.arrivals % SWEEP_EVERY == 0 {
            sweep(conn, platform, self.age - 1)?;
        }
        if self.arrivals == AGE {
            self.write_run(conn, platform)?;
            *self = Sender { age: self.age + 1, before: self.newest, changed: true, ..Sender::default() };
        }
        Ok(())
    }

    fn write_run(&mut self, conn: &Connection, platform: PlatformNum) -> Result<()> {
        let Some((first, last)) = self.run.take() else { return Ok(()) };
        let sql = "INSERT INTO seen (platform, age, first, last) VALUES (?1, ?2, ?3, ?4)";
        conn.prepare_cached(sql)?.execute(params![platform, self.age, first.as_bytes(), last.as_bytes()]).map(drop)
    }
}

/// What is known of the platforms, read when first asked for, written once per transaction.
#[derive(Debug, Default)]
pub(super) struct Senders(HashMap<PlatformNum, Sender>);

impl Senders {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Notes an id; false if it was noted before.
    pub(super) fn see(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        let sender = self.sender(conn, platform)?;
        if sender.has(conn, platform, id)? {
            return Ok(false);
        }
        sender.note(conn, platform, id)?;
        Ok(true)
    }

    /// Whether an id is noted.
    pub(super) fn seen(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        self.sender(conn, platform)?.has(conn, platform, id)
    }

    fn sender(&mut self, conn: &Connection, platform: PlatformNum) -> Result<&mut Sender> {
        Ok(match self.0.entry(platform) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(read(conn, platform)?),
        })
    }

    /// Writes what changed.
    pub(super) fn write(&mut self, conn: &Connection) -> Result<()> {
        for (platform, sender) in self.0.iter_mut().filter(|(_, s)| s.changed) {
            sender.write_run(conn, *platform)?;
            let sql =
                "INSERT OR REPLACE INTO sender (platform, age, arrivals, newest, before) VALUES (?1, ?2, ?3, ?4, ?5)";
            conn.prepare_cached(sql)?.execute(params![
                platform,
                sender.age,
                sender.arrivals,
                sender.newest.as_bytes(),
                sender.before.as_bytes()
            ])?;
            sender.changed = false;
        }
        Ok(())
    }
}

fn read(conn: &Connection, platform: PlatformNum) -> Result<Sender> {
    let known = conn
        .prepare_cached("SELECT age, arrivals, newest, before FROM sender WHERE platform = ?1")?
        .query_row([platform], |row| {
            Ok(Sender {
                age: row.get(0)?,
                arrivals: row.get(1)?,
                newest: rows::uuid(row, 2)?,
                before: rows::uuid(row, 3)?,
                ..Sender::default()
            })
        })
        .optional()?;
    Ok(known.unwrap_or_default())
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
