//! The token that this node shares with one that joined: replaced from this side, from the other, confirmed, void.

use uuid::Uuid;

use super::{is_the_files, say_as};
use crate::commit::job::Job;
use crate::directory::Directory;
use crate::store::{EventRow, JoinedRow, PlatformKind, PlatformNum, Standing, Way};
use crate::util::pair::Pair;
use crate::util::secret::Secret;
use crate::wire::PlatformBody;
use crate::{Error, ErrorKind, Result};

/// Makes a new token for this platform. A node hears of it by an event; what a plain one has to be told is returned.
pub(crate) fn rotate(job: &mut Job<'_>, name: &str) -> Result<Option<Secret>> {
    let num = job.directory().named("platform", name)?;
    if job.directory().belongs_to_the_file(num) && job.directory().way(num).is_none() {
        return Err(is_the_files(job, num));
    }
    let Some(way) = job.directory().way(num).cloned() else {
        let why = format!("{name:?} shares no token with this node");
        return Err(Error::new(ErrorKind::UnknownPlatform, why).within("platform"));
    };
    match job.directory().kind(num) {
        PlatformKind::Node => propose(job, num).map(|()| None),
        PlatformKind::Plain => {
            let (token, event) = (Secret::random()?, job.new_id_after(way.pair.event));
            // Its operator has been given it, so it is in force; the former one is good for another day.
            let pair = Pair { borrowed: false, ..way.pair }.replaced(token.clone(), event, job.age);
            put(job, num, Way { pair, ..way })?;
            Ok(Some(token))
        }
        PlatformKind::Unknown => {
            let why = format!("{name:?} has not answered yet, so it is not known whether it is a node; try again then");
            Err(Error::new(ErrorKind::Conflict, why).within("platform"))
        }
    }
}

/// Makes a token of this node's own, and tells the other node by one that both know.
pub(super) fn propose(job: &mut Job<'_>, num: PlatformNum) -> Result<()> {
    let Some(way) = job.directory().way(num).cloned() else { return Ok(()) };
    let (token, event) = (Secret::random()?, job.new_id_after(way.pair.event));
    let name = job.directory().name(num);
    let Some(pair) = way.pair.propose(token.clone(), event).filter(|_| Some(event) > way.pair.event) else {
        let why = format!("{name} has not confirmed the last change of its token yet; try again when it has");
        return Err(Error::new(ErrorKind::Conflict, why).within("platform"));
    };
    put(job, num, Way { pair, ..way })?;
    let body = of_this_node(job.directory(), token);
    say_as(job, event, &body, &[num])
}

fn of_this_node(directory: &Directory, token: Secret) -> PlatformBody {
    let row = directory.platform(directory.node);
    let (audio, image) = (row.is_none_or(|row| row.support_audio), row.is_none_or(|row| row.support_image));
    PlatformBody { token: Some(token), ..PlatformBody::of(&*directory.name(directory.node), audio, image) }
}

fn put(job: &mut Job<'_>, num: PlatformNum, way: Way) -> Result<()> {
    let Some(row) = job.directory().joined(num).cloned() else { return Ok(()) };
    job.put_joined(JoinedRow { standing: Standing::Joined(way), ..row })
}

/// Refuses a new token of a peer whose token is not this node's to change.
pub(in crate::rules) fn may_replace(job: &Job<'_>, peer: PlatformNum) -> Result<()> {
    if job.directory().way(peer).is_some() { Ok(()) } else { Err(forbidden(job, peer)) }
}

fn forbidden(job: &Job<'_>, peer: PlatformNum) -> Error {
    Error::new(ErrorKind::Forbidden, is_the_files(job, peer).to_string()).within("token")
}

/// A peer has made a new token.
pub(in crate::rules) fn replaced(job: &mut Job<'_>, peer: PlatformNum, token: Secret, event: Uuid) -> Result<()> {
    let Some(way) = job.directory().way(peer).cloned() else { return Ok(()) };
    let pair = way.pair.replaced(token, event, job.age);
    put(job, peer, Way { pair, ..way })?;
    has_arrived(job, peer)
}

/// What a newcomer was answered has arrived there, and is not given again: it holds tokens.
fn has_arrived(job: &mut Job<'_>, newcomer: PlatformNum) -> Result<()> {
    for mut invite in job.tx.invites()? {
        if let Some(used) = &mut invite.used
            && used.by == newcomer
            && used.answer.take().is_some()
        {
            job.tx.put_invite(&invite)?;
        }
    }
    Ok(())
}

/// A `platform` event of this node's came to its end in the lane of a peer: it may have brought a token.
pub(crate) fn ended(job: &mut Job<'_>, dest: PlatformNum, event: &EventRow, taken: bool) -> Result<()> {
    let Some(way) = job.directory().way(dest).filter(|_| event.source.is_none()).cloned() else { return Ok(()) };
    let pair = if taken { way.pair.confirmed(event.id, job.age) } else { way.pair.refused(event.id) };
    pair.map_or(Ok(()), |pair| put(job, dest, Way { pair, ..way }))
}

/// Former tokens are void when their time is over.
pub(super) fn expire(job: &mut Job<'_>) -> Result<()> {
    let age = job.age;
    let over = |row: &JoinedRow| {
        let way = row.way()?;
        Some((row.platform, Way { pair: way.pair.expired(age)?, ..way.clone() }))
    };
    let over: Vec<(PlatformNum, Way)> = job.directory().all_joined().filter_map(over).collect();
    over.into_iter().try_for_each(|(num, way)| put(job, num, way))
}
