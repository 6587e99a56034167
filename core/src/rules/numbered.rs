//! What an announcement says of members and of whom it bars, by the numbers of their platforms.

use indexmap::map::Entry;

use crate::Result;
use crate::commit::job::Job;
use crate::model::Barred;
use crate::store::{Bars, Members, PlatformNum, RoomNum, add_barred};
use crate::wire;

/// Who is barred can't be a member.
pub(super) fn leave_out(members: &mut Members, bars: &Bars) {
    for (platform, barred) in bars {
        if let Some(ids) = members.get_mut(platform) {
            ids.retain(|id| !barred.has(id.as_str()));
        }
    }
    members.retain(|_, ids| !ids.is_empty());
}

/// Whom a room's origin bars, by the numbers of their platforms; every id in the form in which it first came.
pub(super) fn numbered_bars(
    job: &mut Job<'_>,
    peer: Option<PlatformNum>,
    banned: Vec<(String, Barred)>,
    room: Option<RoomNum>,
) -> Result<Bars> {
    let mut bars = Bars::default();
    for (name, barred) in banned {
        if peer.is_none() && job.directory().known(&name).is_none() {
            return Err(job.directory().unknown_platform("banned", &name));
        }
        let platform = job.platform_num_by(peer, &name)?;
        let directory = job.directory();
        let room = room.and_then(|num| directory.room(num));
        let barred = match barred {
            Barred::Platform => Barred::Platform,
            Barred::Users(ids) => Barred::Users(ids.iter().map(|id| directory.canonical(platform, id, room)).collect()),
        };
        add_barred(&mut bars, platform, barred);
    }
    Ok(bars)
}

/// Members by the numbers of their platforms; every id in the form in which it first came.
pub(super) fn numbered(
    job: &mut Job<'_>,
    peer: Option<PlatformNum>,
    members: wire::Members,
    room: Option<RoomNum>,
) -> Result<Members> {
    let mut numbered = Members::default();
    for (name, ids) in members.into_iter().filter(|(_, ids)| !ids.is_empty()) {
        let platform = job.platform_num_by(peer, &name)?;
        let directory = job.directory();
        let ids = if directory.written_alike(platform, &ids) {
            ids
        } else {
            let room = room.and_then(|num| directory.room(num));
            ids.iter().map(|id| directory.canonical(platform, id, room)).collect()
        };
        match numbered.entry(platform) {
            Entry::Vacant(new) => drop(new.insert(ids)),
            Entry::Occupied(mut known) => known.get_mut().extend(ids),
        }
    }
    Ok(numbered)
}
