//! Somebody who joined is removed: nothing of it is accepted from then on, and what waits for it becomes dead letters.

use std::sync::Arc;

use super::{is_the_files, peers, say, tokens};
use crate::commit::job::Job;
use crate::model::{EventKind, PlatformState};
use crate::rules::outgoing::tell_change;
use crate::rules::receipt::{self, End};
use crate::rules::{platform, reroute};
use crate::store::{Dead, JoinedRow, PlatformKind, PlatformNum, Seq, Standing};
use crate::wire::PlatformBody;
use crate::{Error, ErrorKind, Result};

/// So many of what waits for one that was removed are given up by one transaction.
const EVENTS: usize = 1_000;
const BYTES: usize = 4 << 20;
/// An answer to a command line is not kept for longer, milliseconds.
const ERRANDS: i64 = 10 * 60_000;

const REMOVED: &str = "the platform was removed";

/// Removes a platform that joined or was added here. The peers are told: whoever knows it through this node removes it too.
pub(crate) fn remove(job: &mut Job<'_>, name: &str) -> Result<()> {
    let num = job.directory().named("platform", name)?;
    let directory = job.directory();
    let row = directory.joined(num).filter(|row| row.standing != Standing::Removed);
    if directory.belongs_to_the_file(num) && directory.way(num).is_none() {
        return Err(is_the_files(job, num));
    }
    if row.is_none() {
        let why = format!("{name:?} did not join here: it is known through another node, or only mentioned");
        return Err(Error::new(ErrorKind::UnknownPlatform, why).within("platform"));
    }
    let body = PlatformBody::removed(&*directory.name(num));
    let others: Vec<PlatformNum> = peers(directory).into_iter().filter(|peer| *peer != num).collect();
    say(job, &body, &others)?;
    end(job, num, "it was removed here")
}

/// Nothing of it is accepted any more.
fn end(job: &mut Job<'_>, num: PlatformNum, why: &str) -> Result<()> {
    let (Some(row), Some(mut platform)) =
        (job.directory().joined(num).cloned(), job.directory().platform(num).cloned())
    else {
        return Ok(());
    };
    let took_part = row.way().is_some();
    job.put_joined(JoinedRow { standing: Standing::Removed, at: job.now, ..row })?;
    // Should it come back, it is a stranger.
    (platform.known, platform.kind, platform.batch, platform.receipts) = (false, PlatformKind::Unknown, false, false);
    (platform.standalone, platform.lists_users) = (false, false);
    (platform.store, platform.via, platform.told, platform.token) = (None, None, None, None);
    let name = platform.name.clone();
    job.put_platform(platform)?;
    while let Some(telling) = job.directory().telling(num).cloned() {
        job.delete_telling(num, telling.platform)?;
    }
    let behind: Vec<_> = job.directory().platforms.values().filter(|row| row.via == Some(num)).cloned().collect();
    behind.into_iter().try_for_each(|row| platform::release(job, row))?;
    if took_part {
        tracing::warn!(platform = %name, "{why}");
        tell_change(job, num, PlatformState::Removed, Some(why))?;
    }
    reroute::follow(job)
}

/// A peer tells that a platform was removed there.
pub(in crate::rules) fn removed(job: &mut Job<'_>, peer: PlatformNum, name: &str) -> Result<()> {
    let directory = job.directory();
    let by = directory.name(peer);
    let Some(num) = directory.resolve(name) else { return Ok(()) };
    if num == directory.node {
        // This node itself was removed there: nothing that it sends would be taken.
        return match directory.way(peer) {
            Some(_) => end(job, peer, &format!("{by} has removed this node")),
            None => {
                tracing::error!(platform = %by, "it has removed this node, and is still named by the registry file here");
                Ok(())
            }
        };
    }
    if num == peer {
        return end(job, peer, "it has left");
    }
    let introduced_it = directory.joined(num).is_some_and(|row| row.by == Some(peer));
    if introduced_it && !directory.is_in_the_file(num) {
        return end(job, num, &format!("{by}, which introduced it, has removed it"));
    }
    Ok(())
}

/// Gives up some of what waits for those who were removed. Returns whether there is more of it.
pub(crate) fn give_up(job: &mut Job<'_>) -> Result<bool> {
    let next = {
        let directory = job.directory();
        let removed = directory.all_joined().filter(|row| row.standing == Standing::Removed).map(|row| row.platform);
        removed.into_iter().find(|num| directory.waiting(*num) > 0 && !directory.belongs_to_the_file(*num))
    };
    let Some(dest) = next else { return Ok(false) };
    let waiting = job.tx.waiting(dest, 0, EVENTS, BYTES)?;
    let why: Arc<str> = REMOVED.into();
    let node = job.directory().node;
    for waiting in &waiting {
        let event = &*waiting.event;
        match (event.kind, event.source) {
            // What only the two of them would have understood.
            (EventKind::Platform | EventKind::Receipt, _) => {}
            (kind, source) => {
                if let Some(peer) = source.filter(|_| kind.is_reported()) {
                    receipt::report(job, peer, event, node, End::Dead(&why))?;
                }
                let event = event.clone();
                job.bury(Dead { dest, event, inbound: false, why: why.clone(), died: job.now })?;
            }
        }
    }
    let last: Seq = waiting.last().map_or(Seq::MAX, |waiting| waiting.seq);
    job.settle(dest, &[(0, last)], waiting.iter().map(|waiting| &*waiting.event))?;
    Ok(true)
}

/// Forgets what is past its time: former tokens, invites, what command lines asked.
pub(crate) fn sweep(job: &mut Job<'_>) -> Result<()> {
    tokens::expire(job)?;
    // Who joined is still to be introduced to those of whom it is not known yet whether they are nodes.
    let still = {
        let directory = job.directory();
        directory.lanes().any(|num| directory.kind(num) == PlatformKind::Unknown)
    };
    for invite in job.tx.invites()?.into_iter().filter(|invite| invite.expires <= job.now) {
        let waits = still && invite.used.as_ref().is_some_and(|used| job.directory().way(used.by).is_some());
        if !waits {
            job.tx.delete_invite(&invite.id)?;
        }
    }
    job.tx.forget_errands(job.age - ERRANDS).map(drop)
}
