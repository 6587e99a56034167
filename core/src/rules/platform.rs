//! What is learned of other platforms: from the registry file, from a node's ping, and from `platform` events.
//!
//! What the registry file says of a platform wins over any peer's claim; between two peers the first wins; a refused claim is
//! logged.

use std::collections::HashSet;
use std::sync::Arc;

use crate::commit::job::Job;
use crate::commit::job::naming::MOST_CLAIMED;
use crate::directory::Directory;
use crate::model::name::fold;
use crate::model::{EventKind, Kinds, PlatformState, Pong};
use crate::registry::{Entry, Registry};
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time};
use crate::rules::membership::{introductions, leaving, tokens};
use crate::rules::outgoing::tell_change;
use crate::rules::{newcomer, reroute};
use crate::store::{EventRow, OwnerRow, PlatformKind, PlatformNum, PlatformRow};
use crate::util::secret::Secret;
use crate::util::seldom::seldom;
use crate::util::shown::Shown;
use crate::wire::{PlatformBody, read, write};
use crate::{Error, ErrorKind, Result};

/// Puts a registry in force. Who is reached in another way than before is told there what it missed. `owner`: whose store it was
/// before.
pub(crate) fn install(
    job: &mut Job<'_>,
    registry: &Arc<Registry>,
    own_name: &str,
    standalone: bool,
    owner: Option<OwnerRow>,
) -> Result<()> {
    job.forget_spellings();
    if let Some(owner) = owner {
        must_be(job.directory(), owner, registry, own_name)?;
    }
    let node = match registry.own() {
        Some(entry) => the_one(job, entry)?,
        None => job.platform_num(own_name)?,
    };
    job.put_owner(OwnerRow { node, standalone }, owner)?;
    for entry in registry.entries() {
        let num = the_one(job, entry)?;
        let Some(mut row) = job.directory().platform(num).cloned() else { continue };
        let before = row.clone();
        // The node's own name is that which it was opened with, however its entry is found.
        let by_an_alias = num == node && fold(&entry.name) != fold(own_name);
        row.name = if by_an_alias { own_name.trim().into() } else { entry.name.clone() };
        row.support_audio = entry.support_audio;
        row.support_image = entry.support_image;
        row.known = true;
        row.filed = true;
        row.token = entry.token.as_ref().map(Secret::digest);
        if row != before {
            job.put_platform(row)?;
        }
    }
    job.install(registry);
    reroute::follow(job)
}

/// Refuses the store of another node: its rooms, users and what waits would be spoken of as this one's.
fn must_be(directory: &Directory, owner: OwnerRow, registry: &Registry, own_name: &str) -> Result<()> {
    let aliases = registry.own().into_iter().flat_map(Entry::spellings).map(|name| &**name);
    if aliases.chain([own_name]).any(|name| directory.resolve(name) == Some(owner.node)) {
        return Ok(());
    }
    let name = directory.name(owner.node);
    let why = format!(
        "the file belongs to `{name}`, and this is `{own_name}`: give it a file of its own; if `{name}` has been renamed, put \
         `{name}` into the `aliases` of the entry `{own_name}` in its registry file"
    );
    Err(Error::config(why).within("store"))
}

/// The number of an entry's platform. Every platform that matches its name or an alias is it: one that had an entry before goes
/// before one that is known otherwise, and that before one that was only mentioned.
fn the_one(job: &mut Job<'_>, entry: &Entry) -> Result<PlatformNum> {
    let mut found: Vec<PlatformNum> = Vec::new();
    {
        let directory = job.directory();
        let spellings = std::iter::once(&entry.name).chain(&entry.aliases);
        for num in spellings.filter_map(|name| directory.resolve(name)) {
            if !found.contains(&num) {
                found.push(num);
            }
        }
        let rank = |num: &PlatformNum| {
            let row = directory.platform(*num);
            (Some(*num) != row.map(|_| directory.node), row.map(|row| (!row.filed, !row.known)), *num)
        };
        found.sort_by_key(rank);
    }
    let Some((one, others)) = found.split_first() else { return job.platform_num(&entry.name) };
    for other in others {
        reroute::merge(job, *other, *one)?;
        // The registry that was in force is again.
        job.forget_spellings();
    }
    Ok(*one)
}

/// Takes in what the answer to a ping tells: a node's pong, or none. Returns whether anything of it was new. `asked`: the
/// directory's revision when it was asked. Whom the peer has claimed or released since, the pong may not know of yet.
pub(crate) fn pong(job: &mut Job<'_>, num: PlatformNum, pong: Option<&Pong>, asked: u64) -> Result<bool> {
    let Some(mut row) = job.directory().platform(num).cloned() else { return Ok(false) };
    let before = row.clone();
    let Some(pong) = pong else {
        // It answers, and is no node; once known as a node it stays one.
        let first = row.kind == PlatformKind::Unknown;
        if first {
            row.kind = PlatformKind::Plain;
            job.put_platform(row)?;
            announce_hosted(job, num)?;
            reroute::follow(job)?;
        }
        return Ok(first);
    };
    row.kind = PlatformKind::Node;
    row.standalone = pong.standalone;
    row.batch = pong.batch;
    row.receipts = pong.receipts;
    row.kinds = Some(kinds(pong));
    row.store = pong.store.or(row.store);
    let anew = before.kind != PlatformKind::Node || before.store.is_some() && row.store != before.store;
    let changed = row != before;
    if changed {
        job.put_platform(row)?;
    }
    let mut gained = false;
    for name in &pong.hosts {
        let said = {
            let directory = job.directory();
            let of = directory.resolve(name);
            of.is_some_and(|of| directory.via(of) == Some(num) || directory.rehosted_since(of, asked))
        };
        gained |= !said && claim(job, num, name, None)?;
    }
    let lost: Vec<PlatformRow> = {
        let directory = job.directory();
        let still: HashSet<PlatformNum> = pong.hosts.iter().filter_map(|name| directory.resolve(name)).collect();
        let lost = directory.platforms.values().filter(|row| row.via == Some(num) && !still.contains(&row.num));
        lost.filter(|row| !directory.rehosted_since(row.num, asked)).cloned().collect()
    };
    let news = changed || gained || !lost.is_empty();
    for row in lost {
        release(job, row)?;
    }
    if news {
        reroute::follow(job)?;
    }
    // What it knew before, if anything, it no longer knows. What is told to one that has not answered yet has not begun.
    let to_be_told = before.kind == PlatformKind::Unknown && job.directory().telling_of(num, num).is_some();
    if anew && !to_be_told {
        reroute::tell(job, num, num, 0)?;
    }
    if before.kind == PlatformKind::Unknown {
        introductions::introduce_whom_it_missed(job, num)?;
    }
    Ok(news)
}

/// What a node takes by its own word.
fn kinds(pong: &Pong) -> Kinds {
    let named = pong.kinds.iter().flatten().filter_map(|name| read::kind(name));
    named.fold(Kinds::OF_EVERY_NODE, Kinds::with)
}

fn warn(job: &Job<'_>, peer: PlatformNum, why: impl std::fmt::Display) {
    let name = job.directory().name(peer);
    if let Some(times) = seldom("claim to host", &name) {
        tracing::warn!(peer = %name, "a claim to host a platform is refused: {}{times}", Shown(why));
    }
}

/// A peer says that it hosts a platform. Returns whether that is new and may be so.
pub(super) fn claim(job: &mut Job<'_>, peer: PlatformNum, name: &str, abilities: Option<(bool, bool)>) -> Result<bool> {
    if crate::model::name::check_name(name).is_err() {
        warn(job, peer, "its name is impossible");
        return Ok(false);
    }
    if let Err(e) = job.may_name(peer, MOST_CLAIMED, [name]) {
        warn(job, peer, e);
        return Ok(false);
    }
    let known = job.directory().resolve(name).and_then(|num| job.directory().via(num));
    if known != Some(peer)
        && let Some(other) = job.directory().looks_like(name)
    {
        let why = format!(
            "{name:?} can be taken for {other:?}; if it is another platform, give it an entry in the registry file"
        );
        warn(job, peer, why);
        return Ok(false);
    }
    let num = job.platform_num_by(Some(peer), name)?;
    let row = {
        let directory = job.directory();
        if num == directory.node || num == peer {
            return Ok(false);
        }
        let refused_for = match (directory.entry(num), directory.via(num)) {
            (Some(_), Some(via)) if via == peer => None,
            (Some(_), _) => Some("the registry file says otherwise".to_owned()),
            (None, _) if directory.belongs_to_the_file(num) => {
                Some("it stood in the registry file, which says nothing of it any more".to_owned())
            }
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
            return Ok(false);
        }
        directory.platform(num).cloned()
    };
    let Some(mut row) = row else { return Ok(false) };
    let before = row.clone();
    row.known = true;
    row.via = Some(peer);
    if let Some((audio, image)) = abilities {
        (row.support_audio, row.support_image) = (audio, image);
    }
    let new = before.via != Some(peer);
    if row != before {
        job.put_platform(row)?;
    }
    if new {
        tell_change(job, num, PlatformState::Joined, None)?;
    }
    Ok(new)
}

pub(super) fn release(job: &mut Job<'_>, mut row: PlatformRow) -> Result<()> {
    row.via = None;
    let num = row.num;
    job.put_platform(row)?;
    tell_change(job, num, PlatformState::Removed, Some("its node no longer hosts it"))
}

/// A `platform` event of a peer.
pub(crate) fn announced(job: &mut Job<'_>, arrival: Arrival, body: PlatformBody) -> Result<Taken> {
    let Some(peer) = arrival.source.peer().filter(|peer| *peer == arrival.speaker) else {
        return Err(Error::new(ErrorKind::Forbidden, "only the node itself says whom it hosts").within("platform"));
    };
    let of_itself = job.directory().resolve(&body.name) == Some(peer);
    let introduced = match &body.token {
        Some(_) if body.removed || body.via.is_some() => None,
        Some(_) if of_itself => {
            tokens::may_replace(job, peer)?;
            None
        }
        Some(_) => Some(introductions::may_introduce(job, peer, &body)?),
        None => None,
    };
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    if let Some(introduced) = introduced {
        introductions::introduced(job, peer, &body, &introduced)?;
        return Ok(Taken::new(Outcome::Taken, arrival.id));
    }
    let by_itself = body.via.as_deref().is_some_and(|via| job.directory().resolve(via) == Some(peer));
    if body.removed {
        let row = job.directory().resolve(&body.name).and_then(|num| job.directory().platform(num).cloned());
        if let Some(row) = row.filter(|row| row.via == Some(peer)) {
            release(job, row)?;
            reroute::follow(job)?;
        } else {
            leaving::removed(job, peer, &body.name)?;
        }
    } else if let (Some(token), Some(id), true) = (body.token, arrival.id, of_itself) {
        tokens::replaced(job, peer, token, id)?;
    } else if by_itself && claim(job, peer, &body.name, Some((body.support_audio, body.support_image)))? {
        reroute::follow(job)?;
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

fn send_hosted(job: &mut Job<'_>, num: PlatformNum, peers: &[PlatformNum]) -> Result<()> {
    if peers.is_empty() {
        return Ok(());
    }
    let (node, body) = {
        let directory = job.directory();
        let Some(row) = directory.platform(num) else { return Ok(()) };
        let node = directory.name(directory.node);
        (directory.node, write::platform(&node, &newcomer::hosted_body(&node, row)))
    };
    let row = EventRow {
        id: job.new_id(),
        kind: EventKind::Platform,
        platform: node,
        source: None,
        room: None,
        at: job.age,
        again: false,
        body: body.into(),
    };
    job.enqueue(row, peers).map(drop)
}
