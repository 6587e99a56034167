//! A peer introduces a platform that is not known here, and this node two of its peers to each other.

use super::tokens::propose;
use super::{Candidate, is_a_node, must_be_free, must_be_reachable, say, take_in};
use crate::commit::job::Job;
use crate::config::Introductions;
use crate::directory::Directory;
use crate::rules::reroute;
use crate::store::{JoinedRow, PlatformNum, Standing, Way};
use crate::util::secret::Secret;
use crate::wire::PlatformBody;
use crate::{Error, ErrorKind, Result};

/// One peer may introduce so many, those that ask included.
const MOST_INTRODUCED: usize = 1_000;

/// Has two peers get to know each other.
pub(crate) fn introduce(job: &mut Job<'_>, a: &str, b: &str) -> Result<()> {
    let (a, b) = (a_peer(job.directory(), a)?, a_peer(job.directory(), b)?);
    if a == b {
        return Err(Error::new(ErrorKind::Invalid, "a platform can't be introduced to itself"));
    }
    introduce_nodes(job, a, b)
}

/// Who joined by an invite of this node's, while it was not known yet that `node` is one, gets to know it now.
pub(in crate::rules) fn introduce_whom_it_missed(job: &mut Job<'_>, node: PlatformNum) -> Result<()> {
    let mut joined: Vec<PlatformNum> =
        job.tx.invites()?.into_iter().filter_map(|invite| Some(invite.used?.by)).collect();
    joined.sort_unstable();
    joined.dedup();
    for one in joined {
        if one != node && job.directory().way(one).is_some() && job.directory().is_peer(one) {
            introduce_nodes(job, one, node)?;
        }
    }
    Ok(())
}

fn introduce_nodes(job: &mut Job<'_>, a: PlatformNum, b: PlatformNum) -> Result<()> {
    let token = Secret::random()?;
    for (to, of) in [(a, b), (b, a)] {
        let directory = job.directory();
        let Some(entry) = directory.entry(of) else { continue };
        let body = PlatformBody::of(&*directory.name(of), entry.support_audio, entry.support_image);
        let body = PlatformBody { endpoint: entry.endpoint.clone(), token: Some(token.clone()), ..body };
        say(job, &body, &[to])?;
    }
    Ok(())
}

fn a_peer(directory: &Directory, name: &str) -> Result<PlatformNum> {
    let num = directory.named("platform", name)?;
    let why = || Error::invalid("platform", format!("expected a node that this one speaks with, and {name:?} is none"));
    if directory.is_peer(num) { Ok(num) } else { Err(why()) }
}

/// What becomes of an introduction.
pub(in crate::rules) enum Introduced {
    /// It is known here already, at this endpoint.
    Known,
    /// The same, and the two have not got to know each other yet.
    Again,
    TakenIn,
    Asks,
}

/// Whether a peer may introduce this platform.
pub(in crate::rules) fn may_introduce(job: &Job<'_>, peer: PlatformNum, body: &PlatformBody) -> Result<Introduced> {
    let refused = |kind, why: String| Err(Error::new(kind, why).within("name"));
    let directory = job.directory();
    let Some(endpoint) = &body.endpoint else { return Err(Error::invalid("endpoint", "it is missing")) };
    let num = directory.resolve(&body.name);
    if num == Some(directory.node) {
        return Ok(Introduced::Known);
    }
    if let Some(entry) = num.and_then(|num| directory.entry(num)) {
        // Whoever is known stays under the token that it has.
        return match &entry.endpoint {
            Some(known) if known != endpoint => refused(
                ErrorKind::Conflict,
                format!(
                    "{:?} is known here at another endpoint; if it has moved, have it removed here first",
                    body.name
                ),
            ),
            _ if not_met_yet(directory, num, peer) => Ok(Introduced::Again),
            _ => Ok(Introduced::Known),
        };
    }
    if job.config.introductions == Introductions::Off {
        return refused(ErrorKind::Forbidden, "this node takes no introductions (`introductions = \"off\"`)".into());
    }
    // A node counts a platform among those that it hosts until it knows that it is a node.
    if num.and_then(|num| directory.via(num)) != Some(peer) {
        must_be_free(directory, &body.name)?;
    }
    must_be_reachable(endpoint)?;
    let asks = num.and_then(|num| directory.joined(num)).filter(|row| matches!(row.standing, Standing::Asks(_)));
    if asks.is_some_and(|row| row.by != Some(peer)) {
        return refused(ErrorKind::Conflict, format!("{:?} waits here already, introduced by another", body.name));
    }
    let by_it = |row: &&JoinedRow| row.by == Some(peer) && row.standing != Standing::Removed;
    if asks.is_none() && directory.all_joined().filter(by_it).count() >= MOST_INTRODUCED {
        let name = directory.name(peer);
        return refused(ErrorKind::Forbidden, format!("{name} has introduced {MOST_INTRODUCED} platforms here"));
    }
    let asks = job.config.introductions == Introductions::Ask;
    Ok(if asks { Introduced::Asks } else { Introduced::TakenIn })
}

/// Whether this peer introduced them, and they have no token of their own making yet.
fn not_met_yet(directory: &Directory, num: Option<PlatformNum>, peer: PlatformNum) -> bool {
    let by_it = |num: &PlatformNum| directory.joined(*num).is_some_and(|row| row.by == Some(peer));
    num.filter(by_it).and_then(|num| directory.way(num)).is_some_and(|way| way.pair.borrowed)
}

/// Takes in whom a peer introduces, as [`may_introduce`] has decided.
pub(in crate::rules) fn introduced(
    job: &mut Job<'_>,
    peer: PlatformNum,
    body: &PlatformBody,
    what: &Introduced,
) -> Result<()> {
    let (Some(endpoint), Some(token)) = (&body.endpoint, &body.token) else { return Ok(()) };
    let asks = match what {
        Introduced::Known => return Ok(()),
        Introduced::Again => return begin_again(job, &body.name, token),
        Introduced::TakenIn => false,
        Introduced::Asks => true,
    };
    let candidate = Candidate {
        name: &body.name,
        endpoint,
        token: token.clone(),
        audio: body.support_audio,
        image: body.support_image,
        by: Some(peer),
    };
    let num = take_in(job, candidate, asks)?;
    let (name, by) = (job.directory().name(num), job.directory().name(peer));
    if asks {
        tracing::warn!(platform = %name, %by, "it was introduced, and waits until that is accepted");
        return Ok(());
    }
    tracing::info!(platform = %name, %by, "it was introduced");
    reroute::follow(job)?;
    propose(job, num)
}

fn begin_again(job: &mut Job<'_>, name: &str, token: &Secret) -> Result<()> {
    let Some(num) = job.directory().resolve(name) else { return Ok(()) };
    let (Some(row), Some(way)) = (job.directory().joined(num).cloned(), job.directory().way(num).cloned()) else {
        return Ok(());
    };
    let Some(pair) = way.pair.begun_again(token.clone()) else { return Ok(()) };
    job.put_joined(JoinedRow { standing: Standing::Joined(Way { pair, ..way }), ..row })
}

/// One that asks takes part from now on.
pub(crate) fn accept(job: &mut Job<'_>, name: &str) -> Result<()> {
    let (row, way) = match asking(job.directory(), name)? {
        row @ JoinedRow { standing: Standing::Asks(way), .. } => (row.clone(), way.clone()),
        _ => return Ok(()),
    };
    let num = row.platform;
    job.put_joined(JoinedRow { standing: Standing::Joined(way), at: job.now, ..row })?;
    is_a_node(job, num)?;
    reroute::follow(job)?;
    propose(job, num)
}

/// One that asks is not let in.
pub(crate) fn refuse(job: &mut Job<'_>, name: &str) -> Result<()> {
    let row = asking(job.directory(), name)?.clone();
    job.put_joined(JoinedRow { standing: Standing::Removed, at: job.now, ..row })
}

fn asking<'d>(directory: &'d Directory, name: &str) -> Result<&'d JoinedRow> {
    let row = directory.resolve(name).and_then(|num| directory.joined(num));
    row.filter(|row| matches!(row.standing, Standing::Asks(_))).ok_or_else(|| {
        let why = format!("{name:?} was not introduced, or does not wait any more; see `status`");
        Error::new(ErrorKind::UnknownPlatform, why).within("name")
    })
}
