//! What a job of the writer works with: the transaction, the directory, new ids, and what the commit sets in motion.
//!
//! A job may look at all that is known; what it may do has a file for each matter: [`known`] changes what is known,
//! [`naming`] gives platforms their numbers, [`ids`] makes event ids, [`outbox`] and [`inbox`] take events, [`death`] ends
//! them, [`plans`] keeps what was found out about who writes where, [`messages`] what waits for a
//! message. [`finish`] ends the transaction.

mod death;
mod finish;
mod ids;
mod inbox;
mod known;
mod messages;
pub(crate) mod naming;
mod outbox;
mod plans;

use parking_lot::RwLockUpgradableReadGuard;

use super::awaited::Awaited;
use super::effects::Batch;
use super::marks::Marks;
use super::plans::Plans;
use super::share::Share;
use super::shared_directory::SharedDirectory;
use crate::config::Config;
use crate::directory::Directory;
use crate::store::Tx;
use crate::util::ages::Moment;
use crate::util::event_id::EventIds;

/// What a job works with. The directory in memory is changed only together with the store, by the methods here.
pub(crate) struct Job<'a> {
    pub tx: &'a mut dyn Tx,
    /// Others read beside it; nobody else changes it.
    directory: RwLockUpgradableReadGuard<'a, Directory>,
    pub config: &'a Config,
    /// By the wall clock, epoch milliseconds: for ids, and for what is only shown.
    pub now: i64,
    /// By the clock of ages, milliseconds: for every row that is judged by how old it is.
    pub age: i64,
    batch: &'a mut Batch,
    kept: &'a mut Kept,
}

/// What the writer keeps from one transaction to the next.
pub(super) struct Kept {
    pub ids: EventIds,
    pub share: Share,
    pub marks: Marks,
    pub plans: Plans,
    pub awaited: Awaited,
}

impl Kept {
    /// Forgets what others may have changed.
    pub(super) fn clear(&mut self) {
        self.share.clear();
        self.marks.clear();
        self.awaited.clear();
    }
}

impl<'a> Job<'a> {
    pub(super) fn new(
        tx: &'a mut dyn Tx,
        directory: &'a SharedDirectory,
        config: &'a Config,
        batch: &'a mut Batch,
        kept: &'a mut Kept,
        moment: Moment,
    ) -> Self {
        let Moment { wall: now, age } = moment;
        Job { tx, directory: directory.for_a_job(), config, now, age, batch, kept }
    }

    /// What is known, as it is with all that this transaction has done so far.
    pub(crate) fn directory(&self) -> &Directory {
        &self.directory
    }
}
