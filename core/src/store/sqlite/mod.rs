//! The store in one SQLite file, shared by the processes of one machine.
//!
//! One connection writes, a few read beside it (write-ahead log). Each transaction is on disk when it returns
//! (`synchronous = FULL`). A process writes when it is its turn ([`lock`]), opens a file once, and nothing else may open
//! the file with a SQLite of its own from within the same process.

mod bell;
mod changed;
mod connections;
mod error;
mod kept;
mod lanes;
mod lock;
mod lock_file;
mod membership;
mod merge;
mod migrate2;
mod migrate5;
mod out_log;
mod parked;
mod prune;
mod put;
mod query;
mod queue;
mod read;
pub(crate) mod restore;
mod rooms;
mod rows;
mod runs;
mod schema;
mod seen;
mod settle;
mod tx;
mod witness;
mod writer;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rusqlite::Connection;
use tokio::sync::Notify;
use uuid::Uuid;

use self::bell::Bell;
use self::connections::Connections;
use self::error::{named, refused};
use self::lock::Locks;
use self::lock_file::Held;
use self::out_log::OutLog;
use self::queue::Queue;
use self::witness::Witness;
use super::{
    ContactRow, DeadFilter, DeadRow, DeliveryRows, Directory, InboxHead, InboxRow, InviteRow, Lease, OwnerRow,
    PlatformNum, Seq, Store, Tx, Waiting,
};
use crate::util::fork;
use crate::{Error, Result};

/// A store in an SQLite file.
pub(crate) struct SqliteStore {
    path: PathBuf,
    id: Uuid,
    /// Another process has committed.
    others: Arc<Notify>,
    /// None once it is closed.
    open: RwLock<Option<Open>>,
}

/// What an open store holds.
// The fields are dropped in this order: the connections close before another opening of the file is let in.
struct Open {
    bell: Bell,
    connections: Arc<Connections>,
    out: OutLog,
    queue: Queue,
    locks: Locks,
    process: Held,
}

impl Open {
    /// Waits for a turn only if there is something to do: another process may hold it for long.
    fn rest(&self) {
        if !self.connections.has_put_off() {
            return;
        }
        writer::noted(self.queue.turn().and_then(|_turn| self.connections.rest()));
    }
}

/// Opens the store in this file, and makes it if there is none. With `max_pages` it may have so many pages of 8 KiB.
///
/// Errors: kind `config` for a path that can't be a store or a file that isn't one of this version's, kind `store` for one
/// that can't be read or is open in this process already. Such a file is left as it is.
pub(crate) fn open(path: &Path, max_pages: Option<u32>) -> Result<SqliteStore> {
    fork::arrive()?;
    let path = canonical(path)?;
    let locks = Locks::open(&path)?;
    let queue = Queue::open(&locks)?;
    let turn = queue.turn().map_err(named(&path))?;
    restore::refuse_half_done(&locks, &path)?;
    // Before the file is touched: closing it again would void the locks of a copy that has it open.
    let process = locks.process().map_err(named(&path))?;
    lock::private_file(&path).map_err(|e| refused(&path, format_args!("the file can't be made: {e}")))?;
    for end in ["", "-wal", "-shm"] {
        lock::close_to_others(&beside(&path, end))?;
    }
    let witness = Witness::open(&locks, &path)?;
    let connections = Connections::open(&path, max_pages, witness).map_err(named(&path))?;
    drop(turn);
    let id = connections.id();
    let out = OutLog::new(locks.folder());
    let others = Arc::default();
    let bell = Bell::hang(&locks, &connections, Arc::clone(&others))?;
    let open = Open { bell, connections, out, queue, locks, process };
    let store = SqliteStore { path, id, others, open: RwLock::new(Some(open)) };
    match store.take_over(true) {
        // On a full disk: what died stays noted, and an open store can at least send what waits.
        Err(e) if e.is_retryable() => tracing::error!("what was out when a process died can't be noted yet: {e}"),
        done => drop(done?),
    }
    Ok(store)
}

/// A file that belongs to the store: its name is the store's and something more.
fn beside(store: &Path, end: &str) -> PathBuf {
    let mut path = store.as_os_str().to_owned();
    path.push(end);
    path.into()
}

/// The one spelling of a path, so that two spellings are one store.
fn canonical(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        return Err(refused(path, "is a folder: give the path of a file"));
    }
    if path.exists() {
        return path.canonicalize().map_err(|e| refused(path, e));
    }
    if path.is_symlink() {
        return Err(refused(path, "is a link to a file that isn't there: make the file's folder, or fix the link"));
    }
    let Some(name) = path.file_name() else { return Err(refused(path, "is no path of a file")) };
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(|e| {
        refused(path, format_args!("the folder {} can't be used, make it first: {e}", folder.display()))
    })?;
    Ok(folder.join(name))
}

impl SqliteStore {
    /// Notes what was out when processes died. Returns it.
    fn take_over(&self, own: bool) -> Result<Vec<Seq>> {
        let left = self.with(|open| out_log::left(&open.locks, own).map_err(|e| open.locks.failed(e)))?;
        let out: Vec<Seq> = left.iter().flat_map(|left| &left.out).copied().collect();
        if !out.is_empty() {
            self.transact(&mut |tx| out.iter().try_for_each(|seq| tx.suspect_inbox(*seq)))?;
        }
        // Only now: what is counted twice does less harm than what is not counted.
        for left in left {
            let _ = std::fs::remove_file(left.path);
        }
        Ok(out)
    }

    /// Does something with the open store, which stays open meanwhile.
    fn with<T>(&self, work: impl FnOnce(&Open) -> Result<T>) -> Result<T> {
        let open = self.open.read().unwrap_or_else(PoisonError::into_inner);
        work(open.as_ref().ok_or_else(Error::closed)?)
    }

    fn read<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.with(|open| open.connections.read(read))
    }

    /// Like `read`, for several queries that must see one state.
    fn read_at_once<T>(&self, read: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.read(|conn| {
            let tx = conn.unchecked_transaction()?;
            let result = read(&tx)?;
            tx.commit()?;
            Ok(result)
        })
    }
}

impl Store for SqliteStore {
    fn id(&self) -> Uuid {
        self.id
    }

    fn transact(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<()> {
        self.with(|open| {
            let turn = open.queue.turn().map_err(named(&self.path))?;
            let done = open.connections.transact(work);
            drop(turn);
            if done? {
                open.bell.ring();
            }
            Ok(())
        })
    }

    fn load(&self) -> Result<Directory> {
        self.read_at_once(|conn| read::directory(conn, 0, &query::counters(conn)?))
    }

    fn others(&self) -> Arc<Notify> {
        self.others.clone()
    }

    fn waiting(&self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Result<Vec<Waiting>> {
        self.read_at_once(|conn| read::waiting(conn, dest, after, events, bytes))
    }

    fn oldest(&self, dest: PlatformNum) -> Result<Option<i64>> {
        self.read_at_once(|conn| read::oldest(conn, dest))
    }

    fn inbox_heads(&self, after: Seq) -> Result<Vec<InboxHead>> {
        self.read(|conn| read::inbox_heads(conn, after))
    }

    fn inbox_depth(&self) -> Result<u64> {
        self.read(|conn| Ok(query::counters(conn)?.waiting))
    }

    fn note_out(&self, out: &[Seq]) -> Result<()> {
        self.with(|open| open.out.write(out).map_err(|e| open.locks.failed(e)))
    }

    fn is_shared(&self) -> bool {
        self.with(|open| Ok(open.bell.has_company())).unwrap_or(false)
    }

    fn left_out(&self) -> Result<Vec<Seq>> {
        // First, so that who dies from here on is looked for the next time.
        self.with(|open| {
            open.bell.count();
            Ok(())
        })?;
        self.take_over(false)
    }

    fn inbox(&self, seqs: &[Seq]) -> Result<Vec<InboxRow>> {
        self.read_at_once(|conn| read::inbox(conn, seqs))
    }

    fn dead(&self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadRow>> {
        self.read(|conn| read::dead(conn, filter, limit))
    }

    fn last_dead(&self) -> Result<i64> {
        self.read(|conn| Ok(query::counters(conn)?.dead))
    }

    fn dead_counts(&self) -> Result<Vec<(PlatformNum, u64)>> {
        self.read(read::dead_counts)
    }

    fn delivery(&self, event: Uuid) -> Result<Option<DeliveryRows>> {
        self.read_at_once(|conn| read::delivery(conn, event))
    }

    fn owner(&self) -> Result<Option<OwnerRow>> {
        self.read(read::owner)
    }

    fn contacts(&self) -> Result<Vec<ContactRow>> {
        self.read(read::contacts)
    }

    fn invite(&self, id: &str) -> Result<Option<InviteRow>> {
        self.read(|conn| membership::invite(conn, id))
    }

    fn invites(&self) -> Result<Vec<InviteRow>> {
        self.read(membership::invites)
    }

    fn lease(&self, name: &str) -> Result<Option<Box<dyn Lease>>> {
        self.with(|open| {
            let held = open.locks.lease(name).map_err(named(&self.path))?;
            Ok(held.map(|held| Box::new(held) as Box<dyn Lease>))
        })
    }

    fn rest(&self) {
        let _ = self.with(|open| {
            open.rest();
            Ok(())
        });
    }

    fn close(&self) {
        let Some(open) = self.open.write().unwrap_or_else(PoisonError::into_inner).take() else { return };
        if !open.process.is_ours() {
            // In a child that was forked: all of it is the parent's.
            return std::mem::forget(open);
        }
        open.rest();
        let _pass = fork::pass();
        drop(open);
    }
}

impl Drop for SqliteStore {
    fn drop(&mut self) {
        self.close();
    }
}
