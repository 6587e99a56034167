//! The writing side: what is put, taken and settled in one transaction.

use std::mem;

use rusqlite::{CachedStatement, Connection, OptionalExtension, params};
use uuid::Uuid;

use super::changed;
use super::error::Sql;
use super::kept::Kept;
use super::membership;
use super::merge;
use super::parked;
use super::prune::{self, Bounds};
use super::put;
use super::query::{self, Counters};
use super::read;
use super::rows::{self, event_columns, event_params};
use super::runs::Runs;
use super::seen::Seen;
use super::settle;
use crate::model::Id;
use crate::store::{
    AnnouncementRow, AskedRow, BindingRow, ChangedKey, ContactRow, Counting, Dead, DeadFilter, DeadRow, DeliveryRows,
    Directory, ErrandRow, EventRow, FateRow, InboxEvent, InboxHead, InviteRow, JoinedRow, KeyRow, LaneRow, MarkRow,
    OwnerRow, ParkedRow, Past, PlatformNum, PlatformRow, ReceiptRow, Remembered, RoomNum, RoomRow, Run, Seq,
    TellingRow, Tx, UserRow, Waiting,
};
use crate::util::ages::{AgeMark, is_due};
use crate::{Error, ErrorKind, Result};

/// What runs for every event, looked up once per transaction.
struct Hot<'a> {
    event: CachedStatement<'a>,
    inbox: CachedStatement<'a>,
}

impl<'a> Hot<'a> {
    fn new(conn: &'a Connection) -> rusqlite::Result<Self> {
        Ok(Hot {
            event: conn.prepare_cached(concat!(
                "INSERT INTO event (seq, ",
                event_columns!(),
                ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"
            ))?,
            inbox: conn.prepare_cached(
                "INSERT INTO inbox (seq, id, kind, platform, room, late, attempts, suspect, body)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?,
        })
    }
}

pub(super) struct SqliteTx<'a> {
    conn: &'a Connection,
    hot: Hot<'a>,
    runs: Runs,
    others_wrote: bool,
    began_with: Counters,
    /// How many rows the connection had changed before.
    changes: u64,
    now: Kept,
}

impl<'a> SqliteTx<'a> {
    pub(super) fn new(conn: &'a Connection, others_wrote: bool, now: Kept) -> rusqlite::Result<Self> {
        let (hot, changes) = (Hot::new(conn)?, conn.total_changes());
        Ok(SqliteTx { conn, hot, runs: Runs::default(), others_wrote, began_with: now.counters, changes, now })
    }

    fn run(&self, sql: &str, params: impl rusqlite::Params) -> Result<u64> {
        let changed = self.conn.prepare_cached(sql).and_then(|mut s| s.execute(params)).sql()?;
        Ok(changed as u64)
    }

    /// The version to write with a directory row; from here on this transaction is one that put some.
    fn stamp(&mut self) -> i64 {
        self.now.counters.version = self.version();
        self.now.counters.version.cast_signed()
    }

    /// Writes what is kept in memory during the transaction, and hands it on.
    pub(super) fn finish(mut self) -> rusqlite::Result<Kept> {
        self.runs.write(self.conn)?;
        self.now.senders.write(self.conn)?;
        let written = self.began_with.age;
        let age = mem::replace(&mut self.now.counters.age, written);
        let counted = self.now.counters != self.began_with;
        if counted || is_due(written, age, self.conn.total_changes() != self.changes) {
            // The row is written anyway.
            self.now.counters.age = age;
            let c = &self.now.counters;
            let sql = "UPDATE counter SET event = ?1, inbox = ?2, dead = ?3, parked = ?4, receipt = ?5, version = ?6,
                       last_id = ?7, waiting = ?8, age = ?9, wall = ?10, hosted_receipt = ?11";
            self.conn.prepare_cached(sql)?.execute(params![
                c.event,
                c.inbox,
                c.dead,
                c.parked,
                c.receipt,
                c.version.cast_signed(),
                c.last_id.unwrap_or_default().as_bytes(),
                c.waiting.cast_signed(),
                c.age.map(|mark| mark.age),
                c.age.map(|mark| mark.wall),
                c.hosted_receipt
            ])?;
        }
        Ok(self.now)
    }
}

/// Whether an id that was looked at is new.
fn is_new(seen: Seen) -> Result<bool> {
    match seen {
        Seen::New => Ok(true),
        Seen::Before => Ok(false),
        Seen::TooMany => Err(Error::new(
            ErrorKind::Busy,
            "more events of this platform came within ten minutes than can be remembered; try again later",
        )),
    }
}

impl Tx for SqliteTx<'_> {
    fn others_wrote(&self) -> bool {
        self.others_wrote
    }

    fn changes(&mut self, version: u64) -> Result<Directory> {
        // What this transaction has put itself is complete only when it ends.
        let counters = Counters { version: self.began_with.version, ..self.now.counters };
        read::directory(self.conn, version, &counters).sql()
    }

    fn version(&self) -> u64 {
        self.began_with.version + 1
    }

    fn put_platform(&mut self, row: &PlatformRow) -> Result<()> {
        let version = self.stamp();
        put::platform(self.conn, row, version).sql()
    }

    fn put_user(&mut self, row: &UserRow) -> Result<()> {
        let version = self.stamp();
        put::user(self.conn, row, version).sql()
    }

    fn put_room(&mut self, row: &RoomRow) -> Result<()> {
        let version = self.stamp();
        put::room(self.conn, row, version).sql()
    }

    fn put_asked(&mut self, row: &AskedRow) -> Result<()> {
        let version = self.stamp();
        put::asked(self.conn, row, version).sql()
    }

    fn put_announcement(&mut self, row: &AnnouncementRow) -> Result<()> {
        let version = self.stamp();
        put::announcement(self.conn, row, version).sql()
    }

    fn put_binding(&mut self, row: &BindingRow) -> Result<()> {
        let version = self.stamp();
        put::binding(self.conn, row, version).sql()
    }

    fn put_mark(&mut self, row: MarkRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO mark (room, platform, event, floor) VALUES (?1, ?2, ?3, ?4)";
        let floor = row.floor.map(Uuid::into_bytes);
        self.run(sql, params![row.room, row.platform, row.event.as_bytes(), floor]).map(drop)
    }

    fn marks(&mut self, room: RoomNum) -> Result<Vec<MarkRow>> {
        query::all(self.conn, "SELECT room, platform, event, floor FROM mark WHERE room = ?1", [room], rows::mark).sql()
    }

    fn put_lane(&mut self, row: LaneRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO lane (dest, waiting) VALUES (?1, ?2)";
        self.run(sql, params![row.dest, row.waiting.cast_signed()]).map(drop)
    }

    fn put_telling(&mut self, row: &TellingRow) -> Result<()> {
        put::telling(self.conn, row).sql()
    }

    fn delete_telling(&mut self, lane: PlatformNum, platform: PlatformNum) -> Result<()> {
        self.run("DELETE FROM telling WHERE lane = ?1 AND platform = ?2", [lane, platform]).map(drop)
    }

    fn merge_platforms(&mut self, from: PlatformNum, into: PlatformNum) -> Result<()> {
        self.runs.write(self.conn).sql()?;
        self.now.senders.write(self.conn).sql()?;
        self.now.senders.clear();
        let version = self.stamp();
        merge::platforms(self.conn, from, into, version).sql()
    }

    fn put_owner(&mut self, row: OwnerRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO owner (only, node, standalone) VALUES (1, ?1, ?2)";
        self.run(sql, params![row.node, row.standalone]).map(drop)
    }

    fn put_contact(&mut self, row: &ContactRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO contact
                       (platform, up, since, last, alarm, import_error, error, next_try, findings, is_lane)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let ContactRow { platform, up, since, last, alarm, import_error, error, next_try, findings, is_lane } = row;
        let params = params![platform, up, since, last, alarm, import_error, error, next_try, findings, is_lane];
        self.run(sql, params).map(drop)
    }

    fn put_age(&mut self, mark: AgeMark) {
        self.now.counters.age = Some(mark);
    }

    fn put_last_id(&mut self, id: Uuid) -> Result<()> {
        self.now.counters.last_id = Some(id);
        Ok(())
    }

    fn put_event(&mut self, event: &EventRow, dests: &[PlatformNum]) -> Result<Seq> {
        let seq = self.now.counters.event + 1;
        self.now.counters.event = seq;
        if dests.is_empty() {
            return Ok(seq);
        }
        let params = event_params![seq; event];
        self.hot.event.execute(params).sql()?;
        for dest in dests {
            self.runs.wait(self.conn, *dest, seq).sql()?;
        }
        Ok(seq)
    }

    fn waiting(&mut self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Result<Vec<Waiting>> {
        self.runs.write(self.conn).sql()?;
        read::waiting(self.conn, dest, after, events, bytes).sql()
    }

    fn put_receipt(&mut self, row: &ReceiptRow) -> Result<()> {
        let counters = &mut self.now.counters;
        let num = if row.hosted.is_some() {
            counters.hosted_receipt += 1;
            -counters.hosted_receipt
        } else {
            counters.receipt += 1;
            counters.receipt
        };
        self.runs.receipt(self.conn, row, num).sql()
    }

    fn delivery(&mut self, event: Uuid) -> Result<Option<DeliveryRows>> {
        self.runs.write(self.conn).sql()?;
        read::delivery(self.conn, event).sql()
    }

    fn put_fate(&mut self, row: &FateRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO fate (event, platform, state, why, at) VALUES (?1, ?2, ?3, ?4, ?5)";
        let state = rows::state_number(row.state);
        self.run(sql, params![row.event.as_bytes(), row.platform, state, row.why, row.at]).map(drop)
    }

    fn settle(&mut self, dest: PlatformNum, done: &[Run], at: i64) -> Result<u64> {
        self.runs.write(self.conn).sql()?;
        let last = self.now.counters.event;
        let given_out: Vec<Run> = done.iter().map(|(from, upto)| (*from, *upto.min(&last))).collect();
        settle::settle(self.conn, dest, &given_out, at).sql()
    }

    fn replace(&mut self, dest: PlatformNum, seq: Seq) -> Result<bool> {
        self.runs.write(self.conn).sql()?;
        Ok(settle::take_out(self.conn, dest, &[(seq, seq)]).sql()? > 0)
    }

    fn put_dead(&mut self, dead: &Dead) -> Result<()> {
        self.now.counters.dead += 1;
        let sql = concat!(
            "INSERT INTO dead (num, dest, inbound, why, died, ",
            event_columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        );
        let event = &dead.event;
        let params = event_params![self.now.counters.dead, dead.dest, dead.inbound, dead.why, dead.died; event];
        self.run(sql, params).map(drop)
    }

    fn take_dead(&mut self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadRow>> {
        let rows = read::dead(self.conn, filter, limit).sql()?;
        for row in &rows {
            self.run("DELETE FROM dead WHERE num = ?1", [row.num])?;
        }
        Ok(rows)
    }

    fn see(&mut self, platform: PlatformNum, id: Uuid, at: i64) -> Result<bool> {
        is_new(self.now.senders.see(self.conn, platform, (id, None), at).sql()?)
    }

    fn seen(&mut self, platform: PlatformNum, id: Uuid) -> Result<bool> {
        self.now.senders.seen(self.conn, platform, id).sql()
    }

    fn see_message(&mut self, platform: PlatformNum, id: Uuid, room: RoomNum, at: i64) -> Result<bool> {
        is_new(self.now.senders.see(self.conn, platform, (id, Some(room)), at).sql()?)
    }

    fn put_message(&mut self, platform: PlatformNum, id: Uuid, room: RoomNum, at: i64) -> Result<()> {
        self.now.senders.put_message(self.conn, platform, (id, room), at).sql()
    }

    fn message(&mut self, platform: PlatformNum, id: Uuid) -> Result<Remembered> {
        self.now.senders.message(self.conn, platform, id).sql()
    }

    fn changed(&mut self, key: &ChangedKey) -> Result<Option<Counting>> {
        changed::read(self.conn, key).sql()
    }

    fn put_changed(&mut self, key: &ChangedKey, counting: Counting, holder: PlatformNum) -> Result<()> {
        changed::put(self.conn, key, counting, holder).sql()
    }

    fn key(&mut self, platform: PlatformNum, key: &str) -> Result<Option<KeyRow>> {
        let sql =
            "SELECT platform, key, event, digest, at, dests FROM publication_key WHERE platform = ?1 AND key = ?2";
        let found = self.conn.prepare_cached(sql).and_then(|mut s| s.query_row(params![platform, key], rows::key));
        found.optional().sql()
    }

    fn put_key(&mut self, row: &KeyRow) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO publication_key (platform, key, event, digest, at, dests)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let to = rows::pack(row.to.iter().copied());
        self.run(sql, params![row.platform, row.key, row.event.map(Uuid::into_bytes), row.digest, row.at, to]).map(drop)
    }

    fn put_inbox(&mut self, event: &InboxEvent) -> Result<Seq> {
        let seq = self.now.counters.inbox + 1;
        self.now.counters.inbox = seq;
        let params = params![
            seq,
            event.id.as_bytes(),
            event.kind as u8,
            event.platform,
            event.room,
            event.late,
            event.attempts,
            event.suspect,
            &event.body[..]
        ];
        self.hot.inbox.execute(params).sql()?;
        self.now.counters.waiting += 1;
        Ok(seq)
    }

    fn delete_inbox(&mut self, seqs: &[Seq]) -> Result<u64> {
        let mut sorted = seqs.to_vec();
        sorted.sort_unstable();
        let mut deleted = 0;
        for run in sorted.chunk_by(|a, b| b - a <= 1) {
            deleted += self.run("DELETE FROM inbox WHERE seq >= ?1 AND seq <= ?2", [run[0], run[run.len() - 1]])?;
        }
        self.now.counters.waiting = self.now.counters.waiting.saturating_sub(deleted);
        Ok(deleted)
    }

    fn set_inbox_attempts(&mut self, seq: Seq, attempts: u32) -> Result<()> {
        self.run("UPDATE inbox SET attempts = ?2, suspect = 0 WHERE seq = ?1", params![seq, attempts]).map(drop)
    }

    fn suspect_inbox(&mut self, seq: Seq) -> Result<()> {
        self.run("UPDATE inbox SET attempts = attempts + 1, suspect = 1 WHERE seq = ?1", [seq]).map(drop)
    }

    fn inbox_depth(&self) -> u64 {
        self.now.counters.waiting
    }

    fn inbox_heads(&mut self, after: Seq) -> Result<Vec<InboxHead>> {
        read::inbox_heads(self.conn, after).sql()
    }

    fn put_parked(&mut self, row: &ParkedRow) -> Result<()> {
        self.now.counters.parked += 1;
        parked::put(self.conn, self.now.counters.parked, row).sql()
    }

    fn parked_count(&mut self, peer: PlatformNum) -> Result<u64> {
        parked::count(self.conn, peer).sql()
    }

    fn take_parked(&mut self, origin: PlatformNum, room_id: &Id) -> Result<Vec<ParkedRow>> {
        let which = "of_event IS NULL AND origin = ?1 AND room_id = ?2 ORDER BY num";
        parked::take(self.conn, which, params![origin, room_id.as_str()]).sql()
    }

    fn take_parked_before(&mut self, at: i64, limit: usize) -> Result<Vec<ParkedRow>> {
        let which = "(at < ?1 AND of_event IS NULL) OR judge ORDER BY at, num LIMIT ?2";
        parked::take(self.conn, which, params![at, query::limit(limit)]).sql()
    }

    fn awaited(&mut self) -> Result<Vec<(PlatformNum, Uuid)>> {
        parked::awaited(self.conn).sql()
    }

    fn take_awaiting(&mut self, platform: PlatformNum, event: Uuid) -> Result<Vec<ParkedRow>> {
        let which = "of_platform = ?1 AND of_event = ?2 ORDER BY num";
        parked::take(self.conn, which, params![platform, event.as_bytes()]).sql()
    }

    fn take_awaiting_before(&mut self, at: i64, limit: usize) -> Result<Vec<ParkedRow>> {
        let which = "at < ?1 AND of_event IS NOT NULL ORDER BY num LIMIT ?2";
        parked::take(self.conn, which, params![at, query::limit(limit)]).sql()
    }

    fn put_joined(&mut self, row: &JoinedRow) -> Result<()> {
        let version = self.stamp();
        membership::put_joined(self.conn, row, version).sql()
    }

    fn put_invite(&mut self, row: &InviteRow) -> Result<()> {
        membership::put_invite(self.conn, row).sql()
    }

    fn delete_invite(&mut self, id: &str) -> Result<bool> {
        Ok(self.run("DELETE FROM invite WHERE id = ?1", [id])? > 0)
    }

    fn invite(&mut self, id: &str) -> Result<Option<InviteRow>> {
        membership::invite(self.conn, id).sql()
    }

    fn invites(&mut self) -> Result<Vec<InviteRow>> {
        membership::invites(self.conn).sql()
    }

    fn put_errand(&mut self, order: &str, at: i64) -> Result<i64> {
        membership::put_errand(self.conn, order, at).sql()
    }

    fn take_errand(&mut self) -> Result<Option<ErrandRow>> {
        membership::take_errand(self.conn).sql()
    }

    fn answer_errand(&mut self, num: i64, answer: &str, at: i64) -> Result<()> {
        membership::answer_errand(self.conn, num, answer, at).sql()
    }

    fn take_errand_answer(&mut self, num: i64) -> Result<Option<String>> {
        membership::take_errand_answer(self.conn, num).sql()
    }

    fn forget_errands(&mut self, at: i64) -> Result<bool> {
        Ok(self.run("DELETE FROM errand WHERE at < ?1", [at])? > 0)
    }

    fn prune(&mut self, past: Past) -> Result<bool> {
        self.runs.write(self.conn).sql()?;
        let bounds = Bounds { past, put: self.now.counters.receipt, put_hosted: self.now.counters.hosted_receipt };
        prune::prune(self.conn, bounds, &mut self.now.walk).sql()
    }
}
