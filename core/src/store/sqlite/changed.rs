//! What counts of the changes of messages. Of what one platform changed the last rows are kept, whosever messages they were, so
//! that none can make others hold more, or have them forget what another did.

use rusqlite::{Connection, OptionalExtension, Result, params};
use uuid::Uuid;

use super::rows;
use crate::model::Id;
use crate::store::{ChangedKey, Counting, Facet, PlatformNum};

/// Of each platform's changes, this many are kept.
const KEPT: i64 = 100_000;

/// Who reacted, and with what; of the text nobody does, with nothing.
fn facet(facet: &Facet) -> (PlatformNum, &str, &str) {
    match facet {
        Facet::Text => (0, "", ""),
        Facet::Reaction { by, sender, emoji } => (*by, Id::as_str(sender), emoji),
    }
}

pub(super) fn read(conn: &Connection, key: &ChangedKey) -> Result<Option<Counting>> {
    let (by, sender, emoji) = facet(&key.facet);
    let sql = "SELECT latest, held FROM changed
               WHERE platform = ?1 AND event = ?2 AND by = ?3 AND sender = ?4 AND emoji = ?5";
    let found =
        conn.prepare_cached(sql)?.query_row(params![key.platform, key.event.as_bytes(), by, sender, emoji], |row| {
            Ok(Counting { latest: rows::uuid(row, 0)?, held: row.get(1)? })
        });
    found.optional()
}

pub(super) fn put(conn: &Connection, key: &ChangedKey, counting: Counting, holder: PlatformNum) -> Result<()> {
    let (by, sender, emoji) = facet(&key.facet);
    let sql = "SELECT num FROM changed WHERE holder = ?1 ORDER BY num DESC LIMIT 1";
    let last: Option<i64> = conn.prepare_cached(sql)?.query_row([holder], |row| row.get(0)).optional()?;
    let num = last.unwrap_or(0) + 1;
    let sql = "INSERT OR REPLACE INTO changed (platform, event, by, sender, emoji, latest, held, holder, num)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let (event, latest) = (key.event.as_bytes(), Uuid::as_bytes(&counting.latest));
    let row = params![key.platform, event, by, sender, emoji, latest, counting.held, holder, num];
    conn.prepare_cached(sql)?.execute(row)?;
    let sql = "DELETE FROM changed WHERE holder = ?1 AND num <= ?2";
    conn.prepare_cached(sql)?.execute(params![holder, num - KEPT]).map(drop)
}
