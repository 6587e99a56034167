//! What the commit of a transaction sets in motion: gathered while its jobs run, told once it is on disk.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::note::DeathNote;
use crate::model::DeliveryState;
use crate::store::{InboxHead, PlatformNum, Seq, Waiting};

/// The parts that wait for commits.
pub(crate) trait Effects: Send + Sync + 'static {
    /// These events wait in this lane from now on.
    fn queued(&self, dest: PlatformNum, events: Vec<Waiting>);
    /// These positions of this lane wait no more: something later took their place.
    fn replaced(&self, dest: PlatformNum, seqs: &[Seq]);
    /// Another process has written: lanes must look at the store again.
    fn others_wrote(&self);
    /// These events wait for the app from now on.
    fn arrived(&self, heads: &[InboxHead]);
    /// These publications of the app ended so: hints.
    fn ended(&self, events: Vec<(Uuid, PlatformNum, DeliveryState)>);
    /// Whether [`Effects::arrived`] must be told of what other processes store too.
    fn follows_inbox(&self) -> bool;
    /// Somebody has joined, or is reached in another way or by another token than before.
    fn membership_changed(&self);
    /// This many events wait for the app.
    fn inbox_depth(&self, events: u64);
}

/// What one transaction gathers.
#[derive(Default)]
pub(super) struct Batch {
    pub queued: BTreeMap<PlatformNum, Vec<Waiting>>,
    pub replaced: BTreeMap<PlatformNum, Vec<Seq>>,
    pub heads: Vec<InboxHead>,
    /// How many events wait for the app.
    pub inbox: u64,
    /// How many events wait for the destinations for which that has changed.
    pub lanes: BTreeMap<PlatformNum, u64>,
    pub made_ids: bool,
    /// Events of the app that died: those of one cause in a row are told as one.
    pub died: Vec<DeathNote>,
    pub ended: Vec<(Uuid, PlatformNum, DeliveryState)>,
}

impl Batch {
    /// Sets in motion what was committed. Returns the last position of the inbox, if it grew.
    pub(super) fn committed(self, effects: &dyn Effects) -> Option<Seq> {
        for (dest, events) in self.queued {
            effects.queued(dest, events);
        }
        for (dest, seqs) in self.replaced {
            effects.replaced(dest, &seqs);
        }
        if !self.ended.is_empty() {
            effects.ended(self.ended);
        }
        if !self.heads.is_empty() {
            effects.arrived(&self.heads);
        }
        effects.inbox_depth(self.inbox);
        self.heads.last().map(|head| head.seq)
    }
}
