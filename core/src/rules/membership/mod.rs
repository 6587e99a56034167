//! Who takes part beside those whom the registry file names: they join by an invite ([`joining`]), are introduced by a peer
//! ([`introductions`]) or added by hand, change their tokens ([`tokens`]) and are removed ([`leaving`]).
//!
//! What the registry file names stays there: none of this changes it. Each operation is one transaction.

pub(crate) mod introductions;
pub(crate) mod joining;
pub(crate) mod leaving;
pub(crate) mod tokens;

#[cfg(test)]
#[cfg(feature = "testing")]
mod tests;

use url::Url;

use crate::commit::job::Job;
use crate::directory::Directory;
use crate::model::name::check_name;
use crate::store::{EventRow, JoinedRow, PlatformKind, PlatformNum, Standing, Way};
use crate::transport::http::Guard;
use crate::util::pair::Pair;
use crate::util::secret::Secret;
use crate::wire::{PlatformBody, write};
use crate::{Error, ErrorKind, Result};

/// Who is to take part.
pub(super) struct Candidate<'a> {
    pub name: &'a str,
    pub endpoint: &'a Url,
    pub token: Secret,
    pub audio: bool,
    pub image: bool,
    /// The peer that introduced it.
    pub by: Option<PlatformNum>,
}

/// Refuses a name that is taken here, or can be taken for one that is.
pub(super) fn must_be_free(directory: &Directory, name: &str) -> Result<()> {
    check_name(name).map_err(|e| e.within("name"))?;
    let conflict = |why: String| Err(Error::new(ErrorKind::Conflict, why).within("name"));
    if directory.known(name).is_some() || directory.resolve(name) == Some(directory.node) {
        return conflict(format!("{name:?} is taken: a platform of this name is known here"));
    }
    match directory.looks_like(name) {
        Some(other) => conflict(format!("{name:?} can be taken for {other:?}, which is known here")),
        None => Ok(()),
    }
}

/// Refuses an endpoint that somebody else told and that is written out as an address which is never called.
pub(crate) fn must_be_reachable(endpoint: &Url) -> Result<()> {
    match (Guard { told: true, private: false }).refuses_url(endpoint) {
        Some(why) => Err(Error::invalid("endpoint", why)),
        None => Ok(()),
    }
}

/// The refusal to change what the registry file names.
pub(super) fn is_the_files(job: &Job<'_>, num: PlatformNum) -> Error {
    let file = job.config.platforms.as_ref().map_or("the registry file".into(), |path| path.display().to_string());
    let name = job.directory().name(num);
    Error::new(ErrorKind::Conflict, format!("{name} is named by {file}, and is changed only there"))
}

/// A node takes part from now on, or asks to. The tokens of all who join so have been seen by a third.
pub(super) fn take_in(job: &mut Job<'_>, candidate: Candidate<'_>, asks: bool) -> Result<PlatformNum> {
    let num = job.platform_num_by(candidate.by, candidate.name)?;
    let pair = Pair::begin(candidate.token, true);
    let way = Way { endpoint: candidate.endpoint.clone(), told: true, pair };
    if let Some(mut row) = job.directory().platform(num).cloned() {
        row.name = candidate.name.trim().into();
        (row.support_audio, row.support_image) = (candidate.audio, candidate.image);
        job.put_platform(row)?;
    }
    let standing = if asks { Standing::Asks(way.clone()) } else { Standing::Joined(way.clone()) };
    job.put_joined(JoinedRow { platform: num, standing, by: candidate.by, at: job.now })?;
    if !asks {
        is_a_node(job, num)?;
    }
    Ok(num)
}

/// Only nodes join. Until it has been asked, nothing else is known of it.
fn is_a_node(job: &mut Job<'_>, num: PlatformNum) -> Result<()> {
    let Some(mut row) = job.directory().platform(num).cloned() else { return Ok(()) };
    row.known = true;
    row.kind = PlatformKind::Node;
    row.batch = true;
    row.via = None;
    job.put_platform(row)
}

/// What this node says of itself or of another platform, to these peers.
pub(super) fn say(job: &mut Job<'_>, body: &PlatformBody, to: &[PlatformNum]) -> Result<()> {
    let id = job.new_id();
    say_as(job, id, body, to)
}

pub(super) fn say_as(job: &mut Job<'_>, id: uuid::Uuid, body: &PlatformBody, to: &[PlatformNum]) -> Result<()> {
    if to.is_empty() {
        return Ok(());
    }
    let (node, body) = {
        let directory = job.directory();
        (directory.node, write::platform(&directory.name(directory.node), body))
    };
    let kind = crate::model::EventKind::Platform;
    let at = job.age;
    let row = EventRow { id, kind, platform: node, source: None, room: None, at, again: false, body: body.into() };
    job.enqueue(row, to).map(drop)
}

/// The nodes that this one speaks with.
pub(super) fn peers(directory: &Directory) -> Vec<PlatformNum> {
    directory.lanes().filter(|num| directory.is_peer(*num)).collect()
}
