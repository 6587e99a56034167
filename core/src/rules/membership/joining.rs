//! Joining by an invite: what the inviter does with a `join`, and the newcomer with its answer.

use url::Url;

use super::tokens::propose;
use super::{Candidate, must_be_free, must_be_reachable, peers, say, take_in};
use crate::commit::job::Job;
use crate::directory::Directory;
use crate::model::Joined;
use crate::rules::{platform, reroute};
use crate::store::{Answered, InviteRow, JoinedRow, PlatformKind, PlatformNum, Standing, UsedRow, Way};
use crate::util::pair::Pair;
use crate::util::secret::Secret;
use crate::util::shown::Shown;
use crate::wire::{JoinAnswer, JoinBody, Member, MemberReach, PlatformBody, write};
use crate::{Error, ErrorKind, Result};

/// Of invites that nobody has used yet there are at most so many.
const MOST_INVITES: usize = 1_000;

/// What a `join` with an invite that does not hold is answered, whatever is wrong with it.
pub(crate) const NO_INVITE: &str = "it is used, expired or unknown; ask for another one";

/// Keeps an invite.
pub(crate) fn invite(job: &mut Job<'_>, invite: &InviteRow) -> Result<()> {
    if job.tx.invites()?.iter().filter(|known| known.used.is_none()).count() >= MOST_INVITES {
        let why = format!("{MOST_INVITES} invites are open: revoke some, or wait until they have expired");
        return Err(Error::new(ErrorKind::Conflict, why));
    }
    job.tx.put_invite(invite)
}

/// Somebody joins by the invite of this id, whose secret has been verified. Returns the body of the answer, which is given
/// again to the same one if it asks again: it may not have come through.
pub(crate) fn join(job: &mut Job<'_>, id: &str, body: &JoinBody) -> Result<String> {
    let refused = || Error::new(ErrorKind::Unauthorized, NO_INVITE).within("invite");
    let invite = job.tx.invite(id)?.filter(|invite| invite.expires > job.now).ok_or_else(refused)?;
    if let Some(UsedRow { by, answer }) = invite.used {
        let directory = job.directory();
        let is_it = directory.resolve(&body.name) == Some(by) && directory.way(by).is_some();
        let again = answer.filter(|answer| is_it && answer.endpoint == body.endpoint);
        return again.map(|answer| answer.body).ok_or_else(refused);
    }
    must_be_free(job.directory(), &body.name)?;
    must_be_reachable(&body.endpoint)?;
    let (mut members, peers) = {
        let directory = job.directory();
        (hosted(directory), peers(directory))
    };
    for peer in peers {
        let token = Secret::random()?;
        members.extend(member(job.directory(), peer, token.clone()));
        let newcomer = PlatformBody::of(&*body.name, body.support_audio, body.support_image);
        let newcomer = PlatformBody { endpoint: Some(body.endpoint.clone()), token: Some(token), ..newcomer };
        say(job, &newcomer, &[peer])?;
    }
    let token = Secret::random()?;
    let JoinBody { name, endpoint, support_audio: audio, support_image: image } = body;
    let candidate = Candidate { name, endpoint, token: token.clone(), audio: *audio, image: *image, by: None };
    let by = take_in(job, candidate, false)?;
    reroute::follow(job)?;
    let platform = job.directory().name(job.directory().node).to_string();
    let answer = write::join_answer(&JoinAnswer { platform, token, platforms: members });
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let used = UsedRow { by, answer: Some(Answered { endpoint: endpoint.clone(), body: answer.clone() }) };
    job.tx.put_invite(&InviteRow { used: Some(used), ..invite })?;
    tracing::info!(platform = %job.directory().name(by), "it has joined by an invite");
    Ok(answer)
}

/// A peer, as a newcomer is told of it.
fn member(directory: &Directory, num: PlatformNum, token: Secret) -> Option<Member> {
    let (row, entry) = (directory.platform(num)?, directory.entry(num)?);
    let reach = MemberReach::Node { endpoint: entry.endpoint.clone()?, token };
    let (support_audio, support_image) = (entry.support_audio, entry.support_image);
    Some(Member { name: row.name.to_string(), support_audio, support_image, reach })
}

/// Whom this node hosts.
fn hosted(directory: &Directory) -> Vec<Member> {
    let node = directory.name(directory.node);
    let plain = directory.lanes().filter(|num| directory.kind(*num) == PlatformKind::Plain);
    let rows = plain.filter_map(|num| directory.platform(num));
    rows.map(|row| Member {
        name: row.name.to_string(),
        support_audio: row.support_audio,
        support_image: row.support_image,
        reach: MemberReach::Via(node.to_string()),
    })
    .collect()
}

/// This node has joined, and was answered this by the node at `url`. Whom it knows already stays as it is.
pub(crate) fn joined(job: &mut Job<'_>, url: &Url, answer: &JoinAnswer) -> Result<Joined> {
    let inviter = match job.directory().resolve(&answer.platform) {
        // The same answer as before: it has come twice.
        Some(num) if job.directory().way(num).is_some_and(|way| way.endpoint == *url) => num,
        _ => {
            must_be_free(job.directory(), &answer.platform)?;
            let (name, token) = (&*answer.platform, answer.token.clone());
            let candidate = Candidate { name, endpoint: url, token, audio: true, image: true, by: None };
            let num = take_in(job, candidate, false)?;
            reroute::follow(job)?;
            propose(job, num)?;
            num
        }
    };
    let (mut platforms, mut new) = (Vec::new(), Vec::new());
    for member in &answer.platforms {
        if get_to_know(job, inviter, member, &mut new)? {
            platforms.push(member.name.clone());
        }
    }
    reroute::follow(job)?;
    new.into_iter().try_for_each(|num| propose(job, num))?;
    Ok(Joined { inviter: job.directory().name(inviter).to_string(), platforms })
}

/// Takes one in of whom the inviter tells; a node is among the `new` ones then. Returns whether it takes part now.
fn get_to_know(job: &mut Job<'_>, inviter: PlatformNum, member: &Member, new: &mut Vec<PlatformNum>) -> Result<bool> {
    match &member.reach {
        MemberReach::Via(_) => {
            let new = platform::claim(job, inviter, &member.name, Some((member.support_audio, member.support_image)))?;
            let directory = job.directory();
            Ok(new || directory.resolve(&member.name).is_some_and(|num| directory.via(num) == Some(inviter)))
        }
        MemberReach::Node { endpoint, token } => {
            if job.directory().resolve(&member.name).is_some_and(|num| job.directory().entry(num).is_some()) {
                return Ok(true);
            }
            if let Err(e) = must_be_free(job.directory(), &member.name).and_then(|()| must_be_reachable(endpoint)) {
                tracing::warn!(
                    "{:?}, of whom this node was told when it joined, is left out: {}",
                    member.name,
                    Shown(&e)
                );
                return Ok(false);
            }
            let candidate = Candidate {
                name: &member.name,
                endpoint,
                token: token.clone(),
                audio: member.support_audio,
                image: member.support_image,
                by: Some(inviter),
            };
            new.push(take_in(job, candidate, false)?);
            Ok(true)
        }
    }
}

/// Adds a platform by hand, under a fresh token, which is returned.
pub(crate) fn add(job: &mut Job<'_>, name: &str, endpoint: &Url) -> Result<Secret> {
    must_be_free(job.directory(), name)?;
    let (num, token) = (job.platform_num(name)?, Secret::random()?);
    if let Some(mut row) = job.directory().platform(num).cloned() {
        (row.name, row.known, row.via) = (name.trim().into(), true, None);
        job.put_platform(row)?;
    }
    let way = Way { endpoint: endpoint.clone(), told: false, pair: Pair::begin(token.clone(), false) };
    job.put_joined(JoinedRow { platform: num, standing: Standing::Joined(way), by: None, at: job.now })?;
    reroute::follow(job)?;
    Ok(token)
}
