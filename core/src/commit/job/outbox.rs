//! Events on their way out: stored for their destinations, replaced by later ones, settled.

use std::borrow::Cow;
use std::sync::Arc;

use super::Job;
use crate::Result;
use crate::commit::share::{Sender, Subject};
use crate::store::{Dead, EventRow, PlatformNum, Run, Seq, Waiting};

impl Job<'_> {
    /// Stores an event for these destinations. One whose queue is full gets a dead letter, the others proceed.
    pub(crate) fn enqueue(&mut self, event: EventRow, lanes: &[PlatformNum]) -> Result<Seq> {
        let (sender, most) = (self.sender(&event), self.config.max_pending);
        let is_full = |dest: &PlatformNum| !self.kept.share.admits(*dest, sender, self.waiting(*dest), most);
        let full: Vec<PlatformNum> = lanes.iter().copied().filter(is_full).collect();
        let open = match full.is_empty() {
            true => Cow::Borrowed(lanes),
            false => lanes.iter().copied().filter(|dest| !full.contains(dest)).collect(),
        };
        for dest in full {
            let dead = Dead { dest, event: event.clone(), inbound: false, why: "full".into(), died: self.now };
            self.bury(dead)?;
        }
        let seq = self.tx.put_event(&event, &open)?;
        if event.kind.is_said() {
            self.kept.share.say(event.platform, event.room, seq);
        }
        let event = Arc::new(event);
        for dest in &*open {
            self.kept.share.add(*dest, sender);
            self.batch.lanes.insert(*dest, self.waiting(*dest) + 1);
            self.batch.queued.entry(*dest).or_default().push(Waiting { seq, event: event.clone() });
        }
        Ok(seq)
    }

    /// How many events wait for a destination, those of this transaction included.
    fn waiting(&self, dest: PlatformNum) -> u64 {
        self.batch.lanes.get(&dest).copied().unwrap_or_else(|| self.directory().waiting(dest))
    }

    /// This many wait no more.
    fn waits_no_more(&mut self, dest: PlatformNum, events: u64) {
        self.batch.lanes.insert(dest, self.waiting(dest).saturating_sub(events));
    }

    /// Stores an announcement. It takes the place of an earlier one of the same subject that still waits.
    pub(crate) fn enqueue_latest(&mut self, event: EventRow, subject: &Subject, lanes: &[PlatformNum]) -> Result<Seq> {
        let sender = self.sender(&event);
        let seq = self.enqueue(event, lanes)?;
        let Some(before) = self.kept.share.announce(subject, seq) else { return Ok(seq) };
        for dest in lanes {
            if self.tx.replace(*dest, before)? {
                self.waits_no_more(*dest, 1);
                self.kept.share.remove(*dest, sender, 1);
                self.batch.replaced.entry(*dest).or_default().push(before);
                if let Some(queued) = self.batch.queued.get_mut(dest) {
                    queued.retain(|waiting| waiting.seq != before);
                }
            }
        }
        Ok(seq)
    }

    /// These positions in the lane of `dest` came to an end; `events` are those that waited there.
    pub(crate) fn settle<'e>(
        &mut self,
        dest: PlatformNum,
        done: &[Run],
        events: impl IntoIterator<Item = &'e EventRow>,
    ) -> Result<()> {
        let settled = self.tx.settle(dest, done, self.age)?;
        for event in events {
            let sender = self.sender(event);
            self.kept.share.remove(dest, sender, 1);
        }
        self.waits_no_more(dest, settled);
        Ok(())
    }

    /// Who brought an event: the peer that sent it, else whoever speaks.
    fn sender(&self, event: &EventRow) -> Sender {
        let by = event.source.unwrap_or(event.platform);
        if self.directory().own == Some(by) || self.directory().node == by { Sender::App } else { Sender::Other(by) }
    }
}
