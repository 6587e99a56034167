//! What is learned of other platforms: from the registry file, from a node's ping, and from `platform` events.
//!
//! What the registry file says of a platform wins over any peer's claim; between two peers the first wins; a refused claim is
//! logged.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Arrival, Outcome, Taken, first_time, hand_in, newcomer};
use crate::commit::job::{Job, MOST_CLAIMED};
use crate::commit::note::{self, PlatformNote};
use crate::model::name::fold;
use crate::model::{EventKind, PlatformState, Pong};
use crate::registry::{Registry, Secret};
use crate::store::{EventRow, OwnerRow, PlatformKind, PlatformNum, PlatformRow};
use crate::util::seldom::seldom;
use crate::util::shown::Shown;
use crate::wire::{PlatformBody, write};
use crate::{Error, ErrorKind, Result};

/// Puts a registry in force. A platform that it names for the first time is told what it has missed.
pub(crate) fn install(job: &mut Job<'_>, registry: &Arc<Registry>, own_name: &str, standalone: bool) -> Result<()> {
    let node = job.platform_num(own_name)?;
    job.put_owner(OwnerRow { node, standalone })?;
    let mut new = Vec::new();
    job.forget_spellings();
    for entry in registry.entries() {
        let known = job.directory().num_of(entry);
        let num = known.map_or_else(|| job.platform_num(&entry.name), Ok)?;
        let row = job.directory().platform(num).cloned();
        if let Some(mut row) = row {
            let before = row.clone();
            // The node's own name is that which it was opened with, however its entry is found.
            if num != node || fold(&entry.name) == fold(own_name) {
                row.name = entry.name.clone();
            }
            row.support_audio = entry.support_audio;
            row.support_image = entry.support_image;
            row.known = true;
            row.token = entry.token.as_ref().map(Secret::digest);
            if !row.told && num != node && entry.enabled {
                row.told = true;
                new.push((num, entry.via.is_none()));
            }
            if row != before {
                job.put_platform(row)?;
            }
        }
    }
    job.install(registry);
    let mut hosted = Vec::new();
    for (num, lane) in new {
        change(job, num, PlatformState::Joined, None)?;
        match lane {
            true => newcomer::newcomer(job, num)?,
            false => hosted.push(num),
        }
    }
    newcomer::hosted(job, &hosted)
}

/// Takes in what the answer to a ping tells: a node's pong, or none. Returns whether anything of it was new.
pub(crate) fn pong(job: &mut Job<'_>, num: PlatformNum, pong: Option<&Pong>) -> Result<bool> {
    let Some(mut row) = job.directory().platform(num).cloned() else { return Ok(false) };
    let before = row.clone();
    let Some(pong) = pong else {
        // It answers, and is no node; once known as a node it stays one.
        let first = row.kind == PlatformKind::Unknown;
        if first {
            row.kind = PlatformKind::Plain;
            job.put_platform(row)?;
            announce_hosted(job, num)?;
        }
        return Ok(first);
    };
    row.kind = PlatformKind::Node;
    row.standalone = pong.standalone;
    row.batch = pong.batch;
    row.receipts = pong.receipts;
    row.store = pong.store.or(row.store);
    let replaced = before.store.is_some() && row.store != before.store;
    let first = before.kind != PlatformKind::Node;
    let changed = row != before;
    if changed {
        job.put_platform(row)?;
    }
    let hosted_nobody = {
        let directory = job.directory();
        !directory.platforms.keys().any(|p| directory.via(*p) == Some(num))
    };
    let mut gained = Vec::new();
    for name in &pong.hosts {
        let known = job.directory().resolve(name).is_some_and(|p| job.directory().via(p) == Some(num));
        if !known && let Some(host) = claim(job, num, name, None)? {
            gained.push(host);
        }
    }
    let lost: Vec<PlatformRow> = {
        let directory = job.directory();
        let still: HashSet<PlatformNum> = pong.hosts.iter().filter_map(|name| directory.resolve(name)).collect();
        let lost = directory.platforms.values().filter(|row| row.via == Some(num) && !still.contains(&row.num));
        lost.cloned().collect()
    };
    let news = changed || !gained.is_empty() || !lost.is_empty();
    for row in lost {
        release(job, row)?;
    }
    if replaced {
        newcomer::newcomer(job, num)?;
    } else if !gained.is_empty() {
        match pong.standalone && hosted_nobody && !first {
            true => newcomer::newcomer(job, num)?,
            false => newcomer::hosted(job, &gained)?,
        }
    }
    if first || replaced {
        announce_all_hosted(job, num)?;
    }
    Ok(news)
}

fn warn(job: &Job<'_>, peer: PlatformNum, why: impl std::fmt::Display) {
    let name = job.directory().name(peer);
    if let Some(times) = seldom("claim to host", &name) {
        tracing::warn!(peer = %name, "a claim to host a platform is refused: {}{times}", Shown(why));
    }
}

/// A peer says that it hosts a platform. Returns its number if that is new and may be so.
fn claim(
    job: &mut Job<'_>,
    peer: PlatformNum,
    name: &str,
    abilities: Option<(bool, bool)>,
) -> Result<Option<PlatformNum>> {
    if crate::model::name::check_name(name).is_err() {
        warn(job, peer, "its name is impossible");
        return Ok(None);
    }
    let num = match job.platform_num_within(MOST_CLAIMED, name) {
        Ok(num) => num,
        Err(e) if e.kind() == ErrorKind::Forbidden => {
            warn(job, peer, e);
            return Ok(None);
        }
        Err(e) => return Err(e),
    };
    let row = {
        let directory = job.directory();
        if num == directory.node || num == peer {
            return Ok(None);
        }
        let refused_for = match (directory.entry(num), directory.via(num)) {
            (Some(_), Some(via)) if via == peer => None,
            (Some(_), _) => Some("the registry file says otherwise".to_owned()),
            (None, Some(other)) if other != peer && directory.is_lane(other) => {
                Some(format!("{} hosts it", directory.name(other)))
            }
            _ => None,
        };
        if let Some(why) = refused_for {
            let (by, of) = (directory.name(peer), directory.name(num));
            // A peer also names those of which it does not know yet what they are: that is no quarrel.
            if directory.is_lane(num) && directory.kind(num) != PlatformKind::Plain {
                tracing::debug!(peer = %by, platform = %of, "a claim to host this platform is refused: {why}");
            } else if let Some(times) = seldom("claim to host", &by) {
                tracing::warn!(peer = %by, platform = %of, "a claim to host this platform is refused: {why}{times}");
            }
            return Ok(None);
        }
        directory.platform(num).cloned()
    };
    let Some(mut row) = row else { return Ok(None) };
    let before = row.clone();
    row.known = true;
    // Not `told`: should the registry name it later as a peer of our own, it is told then.
    row.via = Some(peer);
    if let Some((audio, image)) = abilities {
        (row.support_audio, row.support_image) = (audio, image);
    }
    let new = before.via != Some(peer);
    if row != before {
        job.put_platform(row)?;
    }
    if new {
        change(job, num, PlatformState::Joined, None)?;
    }
    Ok(new.then_some(num))
}

fn release(job: &mut Job<'_>, mut row: PlatformRow) -> Result<()> {
    row.via = None;
    let num = row.num;
    job.put_platform(row)?;
    change(job, num, PlatformState::Removed, Some("its node no longer hosts it"))
}

/// A `platform` event of a peer.
pub(crate) fn announced(job: &mut Job<'_>, arrival: Arrival, body: PlatformBody) -> Result<Taken> {
    let Some(peer) = arrival.source.peer().filter(|peer| *peer == arrival.speaker) else {
        return Err(Error::new(ErrorKind::Forbidden, "`platform`: only the node itself tells whom it hosts"));
    };
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let by_itself = body.via.as_deref().is_some_and(|via| job.directory().resolve(via) == Some(peer));
    if body.removed {
        let row = job.directory().resolve(&body.name).and_then(|num| job.directory().platform(num).cloned());
        if let Some(row) = row.filter(|row| row.via == Some(peer)) {
            release(job, row)?;
        }
    } else if by_itself && let Some(num) = claim(job, peer, &body.name, Some((body.support_audio, body.support_image)))?
    {
        newcomer::hosted(job, &[num])?;
    }
    Ok(Taken::new(Outcome::Taken, arrival.id))
}

/// What platforms hosted by this peer can show, as its `GET platforms` lists them.
pub(crate) fn abilities(job: &mut Job<'_>, peer: PlatformNum, listed: &[(String, bool, bool)]) -> Result<()> {
    for (name, audio, image) in listed {
        let row = {
            let directory = job.directory();
            directory.resolve(name).and_then(|num| directory.platform(num)).filter(|row| row.via == Some(peer)).cloned()
        };
        if let Some(mut row) = row
            && (row.support_audio, row.support_image) != (*audio, *image)
        {
            (row.support_audio, row.support_image) = (*audio, *image);
            job.put_platform(row)?;
        }
    }
    Ok(())
}

/// Tells every peer of a platform that turned out to be plain: it is hosted here.
fn announce_hosted(job: &mut Job<'_>, num: PlatformNum) -> Result<()> {
    let peers: Vec<PlatformNum> = {
        let directory = job.directory();
        if !directory.is_hosted(num) {
            return Ok(());
        }
        directory.entries().map(|(p, _)| p).filter(|p| directory.is_peer(*p)).collect()
    };
    send_hosted(job, num, &peers)
}

fn announce_all_hosted(job: &mut Job<'_>, peer: PlatformNum) -> Result<()> {
    let hosted: Vec<PlatformNum> = {
        let directory = job.directory();
        directory
            .entries()
            .map(|(p, _)| p)
            .filter(|p| directory.is_hosted(*p) && directory.kind(*p) == PlatformKind::Plain)
            .collect()
    };
    hosted.into_iter().try_for_each(|num| send_hosted(job, num, &[peer]))
}

fn send_hosted(job: &mut Job<'_>, num: PlatformNum, peers: &[PlatformNum]) -> Result<()> {
    if peers.is_empty() {
        return Ok(());
    }
    let (node, body) = {
        let directory = job.directory();
        let Some(row) = directory.platform(num) else { return Ok(()) };
        let node_name = directory.name(directory.node).to_string();
        let body = PlatformBody {
            name: row.name.to_string(),
            support_audio: row.support_audio,
            support_image: row.support_image,
            via: Some(node_name.clone()),
            removed: false,
        };
        (directory.node, write::platform(&node_name, &body))
    };
    let row = EventRow {
        id: job.new_id(None),
        kind: EventKind::Platform,
        platform: node,
        source: None,
        room: None,
        at: job.now,
        body: body.into(),
    };
    job.enqueue(row, peers).map(drop)
}

/// Tells the app what happened to a platform.
pub(crate) fn change(job: &mut Job<'_>, num: PlatformNum, change: PlatformState, why: Option<&str>) -> Result<()> {
    if job.directory().own.is_none() {
        return Ok(());
    }
    let id = job.new_id(None);
    let body = note::body(&PlatformNote { change, why: why.map(str::to_owned) });
    hand_in(job, id, EventKind::Platform, num, None, body)
}
