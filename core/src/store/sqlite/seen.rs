//! What was taken already, per platform.
//!
//! Arrivals of a platform are counted in ages of 100,000. The present age and the one before are remembered, so at least
//! the last 100,000 ids always are; older ages are deleted, a little with each thousand arrivals. The key begins with
//! platform and age and ids grow with time, so ids are appended and an old age is one range.

use std::collections::HashMap;

use rusqlite::{CachedStatement, Connection, OptionalExtension, Result, params};
use uuid::Uuid;

use super::rows;
use crate::store::PlatformNum;

/// How many arrivals make an age.
const AGE: i64 = 100_000;
/// After how many arrivals old ids are deleted, and how many then: more than arrive, so that it comes to an end.
const SWEEP_EVERY: i64 = 1_000;
const SWEEP: i64 = 2_000;

/// How far a platform is.
#[derive(Debug, Clone, Copy)]
struct Sender {
    age: i64,
    arrivals: i64,
    /// The greatest id of the present age.
    newest: Uuid,
    /// The greatest id of the age before: a greater one need not be looked up there, and nearly all are greater.
    before: Uuid,
    changed: bool,
}

/// What is known of the platforms, read when first asked for, written once per transaction.
#[derive(Debug, Default)]
pub(super) struct Senders(HashMap<PlatformNum, Sender>);

impl Senders {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Notes an id; false if it was noted before.
    pub(super) fn see(
        &mut self,
        conn: &Connection,
        insert: &mut CachedStatement<'_>,
        platform: PlatformNum,
        id: Uuid,
    ) -> Result<bool> {
        let sender = match self.0.entry(platform) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => new.insert(read(conn, platform)?),
        };
        if id <= sender.before {
            let sql = "SELECT 1 FROM seen WHERE platform = ?1 AND age = ?2 AND id = ?3";
            if conn.prepare_cached(sql)?.exists(params![platform, sender.age - 1, id.as_bytes()])? {
                return Ok(false);
            }
        }
        if insert.execute(params![platform, sender.age, id.as_bytes()])? == 0 {
            return Ok(false);
        }
        sender.changed = true;
        sender.newest = sender.newest.max(id);
        sender.arrivals += 1;
        if sender.arrivals % SWEEP_EVERY == 0 {
            sweep(conn, platform, sender.age - 1)?;
        }
        if sender.arrivals == AGE {
            *sender =
                Sender { age: sender.age + 1, arrivals: 0, newest: Uuid::nil(), before: sender.newest, changed: true };
        }
        Ok(true)
    }

    /// Whether an id is noted.
    pub(super) fn seen(&mut self, conn: &Connection, platform: PlatformNum, id: Uuid) -> Result<bool> {
        let age = match self.0.get(&platform) {
            Some(sender) => sender.age,
            None => read(conn, platform)?.age,
        };
        let sql = "SELECT 1 FROM seen WHERE platform = ?1 AND age IN (?2, ?3) AND id = ?4";
        conn.prepare_cached(sql)?.exists(params![platform, age - 1, age, id.as_bytes()])
    }

    /// Writes what changed.
    pub(super) fn write(&mut self, conn: &Connection) -> Result<()> {
        for (platform, sender) in self.0.iter_mut().filter(|(_, s)| s.changed) {
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

pub(super) const INSERT: &str = "INSERT OR IGNORE INTO seen (platform, age, id) VALUES (?1, ?2, ?3)";

fn read(conn: &Connection, platform: PlatformNum) -> Result<Sender> {
    let known = conn
        .prepare_cached("SELECT age, arrivals, newest, before FROM sender WHERE platform = ?1")?
        .query_row([platform], |row| {
            Ok(Sender {
                age: row.get(0)?,
                arrivals: row.get(1)?,
                newest: rows::uuid(row, 2)?,
                before: rows::uuid(row, 3)?,
                changed: false,
            })
        })
        .optional()?;
    Ok(known.unwrap_or(Sender { age: 1, arrivals: 0, newest: Uuid::nil(), before: Uuid::nil(), changed: false }))
}

/// Deletes some of what is older than the age `keep`.
fn sweep(conn: &Connection, platform: PlatformNum, keep: i64) -> Result<()> {
    let sql = "SELECT age FROM seen WHERE platform = ?1 AND age < ?2 ORDER BY age LIMIT 1";
    let oldest: Option<i64> =
        conn.prepare_cached(sql)?.query_row(params![platform, keep], |row| row.get(0)).optional()?;
    let Some(age) = oldest else { return Ok(()) };
    let sql = "SELECT id FROM seen WHERE platform = ?1 AND age = ?2 ORDER BY id LIMIT 1 OFFSET ?3";
    let end: Option<[u8; 16]> =
        conn.prepare_cached(sql)?.query_row(params![platform, age, SWEEP], |row| row.get(0)).optional()?;
    match end {
        Some(end) => conn
            .prepare_cached("DELETE FROM seen WHERE platform = ?1 AND age = ?2 AND id < ?3")?
            .execute(params![platform, age, end])?,
        None => {
            conn.prepare_cached("DELETE FROM seen WHERE platform = ?1 AND age = ?2")?.execute(params![platform, age])?
        }
    };
    Ok(())
}
