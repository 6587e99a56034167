//! What a lane tells before anything that waits: what its platform has missed ([`crate::rules::newcomer`]). No rows wait for
//! it; how far it is stands in the store, and goes on with the end of each event.

use std::sync::Arc;
use std::time::Duration;

use super::Outbox;
use super::fate::Fate;
use crate::Result;
use crate::commit::job::Job;
use crate::directory::target::Target;
use crate::rules::newcomer::{self, Said};
use crate::store::{PlatformKind, PlatformNum, TellingRow, Waiting};

/// The run that a lane is at, in memory: what is on disk may be behind.
#[derive(Default)]
pub(super) struct Telling {
    run: Option<Run>,
}

struct Run {
    row: TellingRow,
    /// It has come to its end, which may not be on disk yet.
    ended: bool,
    told: u64,
    refused: u64,
    /// Why the first that was refused was.
    why: Option<String>,
}

impl Telling {
    /// Whether there is something to tell.
    pub(super) fn is_due(&self, outbox: &Outbox, dest: PlatformNum) -> bool {
        outbox.shared.directory.read().telling(dest).is_some_and(|row| !self.has_ended(row))
    }

    fn has_ended(&self, row: &TellingRow) -> bool {
        self.run.as_ref().is_some_and(|run| run.ended && is_same(&run.row, row))
    }

    /// What is told next; [`Telling::settle`] takes its end. To a node a batch, of at most `most`; to a plain platform one at a
    /// time. Empty: nothing is left.
    pub(super) fn next(&mut self, outbox: &Outbox, target: &Target, most: usize) -> Vec<Said> {
        let (dest, most) = (target.num, if target.kind == PlatformKind::Node { most } else { 1 });
        loop {
            let directory = outbox.shared.directory.read();
            let Some(row) = directory.telling(dest).filter(|row| !self.has_ended(row)) else { return Vec::new() };
            let run = match &mut self.run {
                Some(run) if is_same(&run.row, row) => run,
                other => other.insert(Run { row: row.clone(), ended: false, told: 0, refused: 0, why: None }),
            };
            let said = newcomer::next(&directory, &run.row, outbox.shared.store.id(), outbox.shared.ages.now(), most);
            if !said.is_empty() {
                return said;
            }
            drop(directory);
            self.end(outbox);
            if self.is_waiting_for_the_end(outbox, dest) {
                return Vec::new();
            }
        }
    }

    /// The end of one telling is written with the next commit; the one after it begins then.
    fn is_waiting_for_the_end(&self, outbox: &Outbox, dest: PlatformNum) -> bool {
        outbox.shared.directory.read().telling(dest).is_none_or(|row| self.has_ended(row))
    }

    fn end(&mut self, outbox: &Outbox) {
        let Some(run) = &mut self.run else { return };
        run.ended = true;
        let name = outbox.shared.directory.read().name(run.row.lane);
        if run.refused > 0 {
            let why = run.why.as_deref().unwrap_or_default();
            tracing::warn!(platform = %name, "it was told what it missed, and refused {} of {}: {why}", run.refused, run.told);
        } else if run.told > 0 {
            tracing::info!(platform = %name, "it was told what it missed: {} platforms, users and rooms", run.told);
        }
        let row = run.row.clone();
        let _ = outbox.shared.writer.lazily(move |job| write(job, row, true));
    }

    /// Notes how far it is. To a plain platform nothing else is sent until that is on disk.
    pub(super) async fn settle(
        &mut self,
        outbox: &Outbox,
        target: &Target,
        said: &[Said],
        fates: Vec<(Waiting, Fate)>,
    ) {
        let Some(run) = &mut self.run else { return };
        let Some(last) = fates.len().checked_sub(1).and_then(|n| said.get(n)) else { return };
        run.row.upto = Some(last.upto.clone());
        run.told += fates.len() as u64;
        for (_, fate) in fates {
            if let Fate::Dead(why) = fate {
                run.refused += 1;
                run.why.get_or_insert(why);
            }
        }
        let row = run.row.clone();
        if target.kind == PlatformKind::Node {
            let _ = outbox.shared.writer.lazily(move |job| write(job, row, false));
            return;
        }
        while let Err(e) = {
            let row = row.clone();
            outbox.shared.writer.run(move |job| write(job, row, false)).await
        } {
            tracing::error!(platform = %target.name, "what it was told can't be written yet: {e}");
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = outbox.shared.stopped() => return,
            }
        }
    }
}

/// What is told, in the form in which a lane sends. It waits nowhere, so it has no position.
pub(super) fn waiting(said: &[Said]) -> Vec<Waiting> {
    said.iter().map(|said| Waiting { seq: 0, event: Arc::new(said.event.clone()) }).collect()
}

fn is_same(a: &TellingRow, b: &TellingRow) -> bool {
    (a.lane, a.platform, a.run) == (b.lane, b.platform, b.run)
}

/// Unless it began anew meanwhile.
fn write(job: &mut Job<'_>, row: TellingRow, ended: bool) -> Result<()> {
    let goes_on = job.directory().telling_of(row.lane, row.platform).is_some_and(|now| is_same(now, &row));
    match (goes_on, ended) {
        (false, _) => Ok(()),
        (true, true) => job.delete_telling(row.lane, row.platform),
        (true, false) => job.put_telling(row),
    }
}
