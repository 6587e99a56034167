//! What a platform has missed: told once, before anything else, when it is new here.
//!
//! A node is told what comes from here or from platforms hosted here: its other peers tell it their own. A plain platform is
//! told all that its gateway knows. While it is not known yet which of the two it is, everything waits for it; what a node
//! must not get from us is left out when it is sent ([`crate::outbox`]). Everything goes under the event id of before, so a
//! receiver that has it already takes it as a duplicate.

use std::collections::{BTreeMap, BTreeSet};

use super::room::announcement;
use crate::Result;
use crate::commit::job::Job;
use crate::directory::room::Room;
use crate::directory::{Directory, Reach};
use crate::model::EventKind;
use crate::store::{EventRow, PlatformKind, PlatformNum};
use crate::util::event_id;
use crate::wire::{UserBody, write};

/// Tells a platform with a lane of its own everything: users, public rooms, and rooms with members in it.
pub(crate) fn newcomer(job: &mut Job<'_>, lane: PlatformNum) -> Result<()> {
    let events = {
        let directory = job.directory();
        let everything = directory.kind(lane) != PlatformKind::Node;
        let mut events = users(directory, lane, everything, job.now);
        let behind = behind(directory, lane);
        for room in directory.rooms() {
            if room.row.public || behind.iter().any(|p| room.members.contains_key(p)) {
                announcements(directory, room, lane, everything, job.now, &mut events);
            }
        }
        events
    };
    send(job, lane, events)
}

/// Peers host platforms that are new here: each peer is told of the private rooms that only the members of these concern.
/// The rest it knows already.
pub(crate) fn hosted(job: &mut Job<'_>, platforms: &[PlatformNum]) -> Result<()> {
    let mut lanes: BTreeMap<PlatformNum, BTreeSet<PlatformNum>> = BTreeMap::new();
    for platform in platforms {
        if let Reach::Lane(lane) = job.directory().reach(*platform) {
            lanes.entry(lane).or_default().insert(*platform);
        }
    }
    for (lane, new) in lanes {
        let events = {
            let directory = job.directory();
            let before: Vec<_> = behind(directory, lane).into_iter().filter(|p| !new.contains(p)).collect();
            let mut events = Vec::new();
            for room in directory.rooms().filter(|room| !room.row.public) {
                let concerned = room.members.keys().any(|platform| new.contains(platform));
                if concerned && !before.iter().any(|platform| room.members.contains_key(platform)) {
                    announcements(directory, room, lane, false, job.now, &mut events);
                }
            }
            events
        };
        send(job, lane, events)?;
    }
    Ok(())
}

fn send(job: &mut Job<'_>, lane: PlatformNum, events: Vec<EventRow>) -> Result<()> {
    events.into_iter().try_for_each(|event| job.enqueue(event, &[lane]).map(drop))
}

/// The platforms that this lane carries to.
fn behind(directory: &Directory, lane: PlatformNum) -> Vec<PlatformNum> {
    let carried = directory.platforms.keys().copied().filter(|p| directory.reach(*p) == Reach::Lane(lane));
    carried.collect()
}

fn is_local(directory: &Directory, platform: PlatformNum) -> bool {
    Some(platform) == directory.own || directory.is_hosted(platform)
}

/// The peer through which what this platform says comes here; None if it enters here.
fn source(directory: &Directory, platform: PlatformNum) -> Option<PlatformNum> {
    (!is_local(directory, platform)).then(|| directory.via(platform).unwrap_or(platform))
}

fn users(directory: &Directory, lane: PlatformNum, everything: bool, now: i64) -> Vec<EventRow> {
    let mut events = Vec::new();
    for row in directory.active().filter(|row| row.num != lane && (everything || is_local(directory, row.num))) {
        if directory.reach(row.num) == Reach::Lane(lane) {
            continue;
        }
        for user in directory.users(row.num).filter(|u| u.active && !u.placeholder) {
            let body = UserBody { id: user.id.clone(), name: user.name.to_string(), active: true };
            let id = user.event.unwrap_or_else(event_id::unique);
            events.push(EventRow {
                id,
                kind: EventKind::User,
                platform: row.num,
                source: source(directory, row.num),
                room: None,
                at: now,
                body: write::user(&row.name, &body).into(),
            });
        }
    }
    events
}

fn announcements(
    directory: &Directory,
    room: &Room,
    lane: PlatformNum,
    everything: bool,
    now: i64,
    events: &mut Vec<EventRow>,
) {
    let origin = room.row.origin;
    let announced = room.announced_by(origin);
    let others = room.others.iter().filter(|(_, (event, _))| Some(*event) > announced);
    let others = others.map(|(by, (event, _))| (*by, *event));
    let first = announced.map(|id| (origin, id));
    for (by, id) in first.into_iter().chain(others) {
        let local = is_local(directory, by);
        let told_by_itself = by == lane || directory.reach(by) == Reach::Lane(lane);
        // A plain platform gets the whole room once, with the origin's announcement, even of a room of its own.
        let for_plain = by == origin && everything && (by != lane || !room.others.is_empty());
        if (told_by_itself || !local) && !for_plain {
            continue;
        }
        events.push(EventRow {
            id: if for_plain && by == lane { room.row.event } else { id },
            kind: EventKind::Room,
            platform: by,
            source: if by == lane { Some(lane) } else { source(directory, by) },
            room: Some(room.num()),
            at: now,
            body: announcement(directory, room, by).into(),
        });
    }
}
