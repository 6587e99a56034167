//! How each platform is reached, and what follows when that changes: who is reached in another way than before is told there
//! what it missed, and what waits for it goes that way too.
//!
//! A way is a lane: the platform's own, or that of the node that hosts it. It changes when the registry says so (`via`, an entry
//! that is new, disabled, gone or back), and when a node gains or loses whom it hosts. To be told belongs to the way.

use std::collections::BTreeSet;

use crate::Result;
use crate::commit::job::Job;
use crate::directory::{Directory, Reach};
use crate::model::{DeliveryState, PlatformState};
use crate::rules::outgoing::tell_change;
use crate::rules::receipt::{self, End};
use crate::rules::routing::audience;
use crate::store::{EventRow, FateRow, PlatformNum, PlatformRow, Seq, TellingRow, Told};

/// How much of what waits is read at a time.
const READ_EVENTS: usize = 1_000;
const READ_BYTES: usize = 4 << 20;

/// Compares how each platform is reached with how it was told; called after whatever may have changed it.
pub(crate) fn follow(job: &mut Job<'_>) -> Result<()> {
    let (mut carrying, changed) = {
        let directory = job.directory();
        let now = |row: &PlatformRow| match directory.reach(row.num) {
            Reach::Lane(lane) => Some(lane),
            Reach::Own | Reach::None => None,
        };
        let hears = |row: &PlatformRow| row.told.filter(|told| told.until.is_none()).map(|told| told.lane);
        let (still, changed): (Vec<_>, Vec<_>) = directory.platforms.values().partition(|row| hears(row) == now(row));
        let carrying: BTreeSet<PlatformNum> = still.into_iter().filter_map(hears).collect();
        let changed: Vec<_> = changed.into_iter().map(|row| (row.clone(), now(row))).collect();
        (carrying, changed)
    };
    let mut left = BTreeSet::new();
    for (row, lane) in changed {
        match lane {
            Some(lane) => left.extend(gained(job, row, lane, &mut carrying)?),
            None => lost(job, row)?,
        }
    }
    left.into_iter().try_for_each(|lane| clear(job, lane))
}

fn lost(job: &mut Job<'_>, mut row: PlatformRow) -> Result<()> {
    if let Some(told) = &mut row.told {
        // What this transaction changes is not for it any more.
        told.until = Some(job.tx.version() - 1);
        job.put_platform(row)?;
    }
    Ok(())
}

/// Returns the lane that it left, if it was reached by another.
fn gained(
    job: &mut Job<'_>,
    mut row: PlatformRow,
    lane: PlatformNum,
    carrying: &mut BTreeSet<PlatformNum>,
) -> Result<Option<PlatformNum>> {
    let (num, filed) = (row.num, row.filed);
    let before = row.told.replace(Told { lane, until: None });
    job.put_platform(row)?;
    if before.is_none() && (filed || job.directory().way(num).is_some()) {
        tell_change(job, num, PlatformState::Joined, None)?;
    }
    let since = before.filter(|told| told.lane == lane).and_then(|told| told.until).unwrap_or(0);
    // Whoever is behind that lane already was told the rest.
    let of = if carrying.insert(lane) || num == lane { lane } else { num };
    tell(job, lane, of, since)?;
    let left = before.map(|told| told.lane).filter(|left| *left != lane);
    left.map_or(Ok(()), |left| move_waiting(job, num, left, lane))?;
    Ok(left)
}

/// What waits in a lane that is none any more, and by which nobody is reached, waits elsewhere by now.
fn clear(job: &mut Job<'_>, lane: PlatformNum) -> Result<()> {
    let in_use = {
        let directory = job.directory();
        let uses = |row: &PlatformRow| row.told.is_some_and(|told| told.lane == lane);
        directory.is_lane(lane) || directory.platforms.values().any(uses)
    };
    if in_use { Ok(()) } else { job.settle(lane, &[(0, Seq::MAX)], []) }
}

/// Has a lane tell what was missed there after a version: everything, or to `platform` behind it what concerns that one.
pub(crate) fn tell(job: &mut Job<'_>, lane: PlatformNum, platform: PlatformNum, since: u64) -> Result<()> {
    let (all, same) = {
        let directory = job.directory();
        (directory.telling_of(lane, lane).cloned(), directory.telling_of(lane, platform).cloned())
    };
    // One that has not begun will tell it anyway.
    if all.is_some_and(|all| platform != lane && all.upto.is_none() && all.since <= since) {
        return Ok(());
    }
    let since = same.map_or(since, |same| same.since.min(since));
    job.put_telling(TellingRow { lane, platform, since, run: job.tx.version(), upto: None })
}

/// What was said and waits in the lane by which `platform` was reached goes into the one by which it is reached now. Rooms and
/// users are told there anyway.
fn move_waiting(job: &mut Job<'_>, platform: PlatformNum, from: PlatformNum, to: PlatformNum) -> Result<()> {
    let moved = each_waiting(job, from, |job, event| {
        // In its own lane everything is for it, even if it has left the room meanwhile.
        if event.kind.is_said() && (from == platform || hears(job.directory(), event, platform)) {
            enter_again(job, event, platform, to)?;
        }
        Ok(())
    });
    moved.map(drop)
}

/// Goes through what waits in a lane, piece by piece; returns the last position.
fn each_waiting(
    job: &mut Job<'_>,
    lane: PlatformNum,
    mut done: impl FnMut(&mut Job<'_>, &EventRow) -> Result<()>,
) -> Result<Seq> {
    let mut after: Seq = 0;
    loop {
        let waiting = job.tx.waiting(lane, after, READ_EVENTS, READ_BYTES)?;
        let Some(last) = waiting.last() else { return Ok(after) };
        after = last.seq;
        waiting.iter().try_for_each(|waiting| done(job, &waiting.event))?;
    }
}

/// Whether `platform` hears what is said in the event's room.
fn hears(directory: &Directory, event: &EventRow, platform: PlatformNum) -> bool {
    let room = event.room.and_then(|num| directory.room(num));
    event.platform != platform && room.is_some_and(|room| audience(directory, room).contains(&platform))
}

/// Puts an event into another lane, for one platform. What came from a peer goes on to nobody but platforms hosted here: for
/// any other the peer is told that it did not arrive.
fn enter_again(job: &mut Job<'_>, event: &EventRow, platform: PlatformNum, lane: PlatformNum) -> Result<()> {
    if let Some(peer) = event.source
        && !(platform == lane && job.directory().is_hosted(platform))
    {
        let node = job.directory().node;
        return receipt::report(job, peer, event, node, End::Dead(NOT_HOSTED));
    }
    wait_again(job, event, platform, lane)
}

/// Has an event wait for this platform once more, in this lane.
fn wait_again(job: &mut Job<'_>, event: &EventRow, platform: PlatformNum, lane: PlatformNum) -> Result<()> {
    if job.follows(event) {
        let state = DeliveryState::Waiting;
        job.tx.put_fate(&FateRow { event: event.id, platform, state, why: None, at: job.age })?;
    }
    let again = EventRow { at: job.age, again: true, ..event.clone() };
    job.enqueue(again, &[lane]).map(drop)
}

/// Why a node does not pass on what waited for a platform that it hosts no longer.
pub(crate) const NOT_HOSTED: &str =
    "the platform is no longer reached through this node: name it, or the node that hosts it, in the sender's registry";

/// Two platforms turned out to be one: what waits for the one waits for the other, and everything else that names the one
/// names the other.
pub(super) fn merge(job: &mut Job<'_>, from: PlatformNum, into: PlatformNum) -> Result<()> {
    let name = |num| job.directory().name(num);
    tracing::info!(platform = %name(into), "{:?} is the same platform", name(from));
    let last = each_waiting(job, from, |job, event| wait_again(job, event, into, into))?;
    job.settle(from, &[(0, last)], [])?;
    job.merge_platforms(from, into)?;
    // It has not heard of the rooms of which it became a member just now.
    let row = job.directory().platform(into).filter(|row| row.told.is_some_and(|told| told.until.is_none())).cloned();
    row.map_or(Ok(()), |row| lost(job, row))
}
