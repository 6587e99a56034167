//! A store in memory, for tests: all that the trait promises but that it is on disk.
//!
//! A [`Disk`] is what would be on disk. Each [`Disk::open`] is like a process of its own: it hears of the others' commits, and
//! shares out leases with them.

mod merge;
mod prune;
mod tables;
mod tx;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Weak};

use tokio::sync::Notify;
use uuid::Uuid;

use self::tables::Tables;
use self::tx::MemoryTx;
use super::{
    ContactRow, DeadFilter, DeadRow, DeliveryRows, Directory, InboxHead, InboxRow, InviteRow, Lease, OwnerRow,
    PlatformNum, Seq, Store, Tx, Waiting,
};
use crate::util::event_id::unique;
use crate::util::lock::MutexExt;
use crate::{Error, Result};

/// What stays when all that had it open are gone.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Shared>);

struct Shared {
    id: Uuid,
    /// Held by whoever writes.
    turn: Mutex<()>,
    committed: Mutex<Committed>,
    /// Each with the opening that holds it.
    leases: Mutex<BTreeMap<String, u64>>,
    openings: AtomicU64,
    /// Who has it open.
    open: Mutex<Vec<Weak<Notify>>>,
    /// It takes nothing, like a disk that is full.
    refuses: AtomicBool,
}

#[derive(Clone, Default)]
struct Committed {
    tables: Tables,
    commits: u64,
}

impl Default for Shared {
    fn default() -> Self {
        Shared {
            id: unique(),
            turn: Mutex::default(),
            committed: Mutex::default(),
            leases: Mutex::default(),
            openings: AtomicU64::default(),
            open: Mutex::default(),
            refuses: AtomicBool::default(),
        }
    }
}

impl Disk {
    /// Whether transactions fail from now on.
    #[cfg(test)]
    pub(crate) fn refuse(&self, refuses: bool) {
        self.0.refuses.store(refuses, Ordering::SeqCst);
    }

    pub(crate) fn open(&self) -> MemoryStore {
        let others = Arc::new(Notify::new());
        self.0.open.hold().push(Arc::downgrade(&others));
        let seen = self.0.committed.hold().commits;
        let opening = self.0.openings.fetch_add(1, Ordering::SeqCst);
        let (seen, out, closed) = (Mutex::new(seen), Mutex::default(), AtomicBool::new(false));
        MemoryStore { disk: self.clone(), opening, others, seen, out, closed }
    }
}

/// One opening of a disk.
pub(crate) struct MemoryStore {
    disk: Disk,
    /// Which one.
    opening: u64,
    others: Arc<Notify>,
    /// What is out at the app.
    out: Mutex<Vec<Seq>>,
    /// How many commits there had been after this one's last transaction.
    seen: Mutex<u64>,
    closed: AtomicBool,
}

impl MemoryStore {
    fn committed(&self) -> Result<Committed> {
        if self.closed.load(Ordering::SeqCst) { Err(Error::closed()) } else { Ok(self.disk.0.committed.hold().clone()) }
    }

    fn read<T>(&self, read: impl FnOnce(&Tables) -> T) -> Result<T> {
        Ok(read(&self.committed()?.tables))
    }

    /// Its process dies: nothing more is written, its leases are free, and what was out is under suspicion.
    #[cfg(feature = "testing")]
    pub(crate) fn crash(&self) {
        self.close();
        let out = std::mem::take(&mut *self.out.hold());
        if out.is_empty() {
            return;
        }
        let mut committed = self.disk.0.committed.hold();
        for seq in out {
            if let Some(event) = committed.tables.inbox.edit().get_mut(&seq) {
                (event.attempts, event.suspect) = (event.attempts + 1, true);
            }
        }
        committed.commits += 1;
    }

    /// Wakes all that have the disk open, but this one.
    fn ring(&self) {
        let mut open = self.disk.0.open.hold();
        open.retain(|other| other.strong_count() > 0);
        let others = open.iter().filter_map(Weak::upgrade).filter(|other| !Arc::ptr_eq(other, &self.others));
        others.for_each(|other| other.notify_one());
    }
}

impl Store for MemoryStore {
    fn id(&self) -> Uuid {
        self.disk.0.id
    }

    fn transact(&self, work: &mut dyn FnMut(&mut dyn Tx) -> Result<()>) -> Result<()> {
        let _turn = self.disk.0.turn.hold();
        let before = self.committed()?;
        if self.disk.0.refuses.load(Ordering::SeqCst) {
            return Err(Error::store("the disk takes nothing"));
        }
        let mut seen = self.seen.hold();
        let mut tx = MemoryTx::new(before.tables, before.commits != *seen);
        work(&mut tx)?;
        *seen = before.commits;
        if let Some(tables) = tx.changed() {
            *seen += 1;
            *self.disk.0.committed.hold() = Committed { tables, commits: *seen };
            self.ring();
        }
        Ok(())
    }

    fn load(&self) -> Result<Directory> {
        self.read(|tables| tables.directory(0, tables.version))
    }

    fn others(&self) -> Arc<Notify> {
        self.others.clone()
    }

    fn waiting(&self, dest: PlatformNum, after: Seq, events: usize, bytes: usize) -> Result<Vec<Waiting>> {
        self.read(|tables| tables.waiting(dest, after, events, bytes))
    }

    fn oldest(&self, dest: PlatformNum) -> Result<Option<i64>> {
        self.read(|tables| tables.waiting(dest, 0, 1, 0).first().map(|first| first.event.at))
    }

    fn inbox_heads(&self, after: Seq) -> Result<Vec<InboxHead>> {
        self.read(|tables| tables.inbox_heads(after))
    }

    fn inbox_depth(&self) -> Result<u64> {
        self.read(|tables| tables.inbox.len() as u64)
    }

    fn note_out(&self, out: &[Seq]) -> Result<()> {
        *self.out.hold() = out.to_vec();
        Ok(())
    }

    fn is_shared(&self) -> bool {
        self.disk.0.open.hold().iter().filter(|other| other.strong_count() > 0).count() > 1
    }

    /// Who dies says itself what was out.
    fn left_out(&self) -> Result<Vec<Seq>> {
        Ok(Vec::new())
    }

    fn inbox(&self, seqs: &[Seq]) -> Result<Vec<InboxRow>> {
        let row = |tables: &Tables, seq: &Seq| Some(InboxRow { seq: *seq, event: tables.inbox.get(seq)?.clone() });
        self.read(|tables| seqs.iter().filter_map(|seq| row(tables, seq)).collect())
    }

    fn dead(&self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadRow>> {
        self.read(|tables| tables.dead(filter, limit))
    }

    fn last_dead(&self) -> Result<i64> {
        self.read(|tables| tables.last.dead)
    }

    fn dead_counts(&self) -> Result<Vec<(PlatformNum, u64)>> {
        self.read(Tables::dead_counts)
    }

    fn delivery(&self, event: Uuid) -> Result<Option<DeliveryRows>> {
        self.read(|tables| tables.delivery(event))
    }

    fn owner(&self) -> Result<Option<OwnerRow>> {
        self.read(|tables| tables.owner)
    }

    fn contacts(&self) -> Result<Vec<ContactRow>> {
        self.read(|tables| tables.contacts.values().cloned().collect())
    }

    fn invite(&self, id: &str) -> Result<Option<InviteRow>> {
        self.read(|tables| tables.invite(id))
    }

    fn invites(&self) -> Result<Vec<InviteRow>> {
        self.read(|tables| tables.invites.values().cloned().collect())
    }

    fn lease(&self, name: &str) -> Result<Option<Box<dyn Lease>>> {
        self.committed()?;
        let mut leases = self.disk.0.leases.hold();
        if leases.contains_key(name) {
            return Ok(None);
        }
        leases.insert(name.to_owned(), self.opening);
        Ok(Some(Box::new(Held { disk: self.disk.clone(), name: name.to_owned(), opening: self.opening })))
    }

    fn rest(&self) {}

    fn close(&self) {
        let _turn = self.disk.0.turn.hold();
        self.closed.store(true, Ordering::SeqCst);
        self.disk.0.leases.hold().retain(|_, opening| *opening != self.opening);
    }
}

/// A lease.
struct Held {
    disk: Disk,
    name: String,
    opening: u64,
}

impl Lease for Held {}

impl Drop for Held {
    fn drop(&mut self) {
        // After a crash it may be somebody else's.
        let mut leases = self.disk.0.leases.hold();
        if leases.get(&self.name) == Some(&self.opening) {
            leases.remove(&self.name);
        }
    }
}
