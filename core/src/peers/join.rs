//! Joining by an invite, as the newcomer does it: one request, and what its answer brings is written by one transaction. Should
//! either side die on the way, the same invite serves the same newcomer again.

use url::Url;

use super::Peers;
use crate::directory::Directory;
use crate::model::Joined;
use crate::rules::membership::{joining, must_be_reachable};
use crate::store::PlatformRow;
use crate::transport::{Answer, NoAnswer, Request};
use crate::util::event_id::unique;
use crate::wire::invite::InviteText;
use crate::wire::{JoinBody, read, write};
use crate::{Error, ErrorKind, Result};

/// The longest answer that is taken in: some 20,000 platforms.
const MAX_ANSWER: usize = 8 << 20;

/// Joins by an invite; `own` is where others reach this node.
pub(crate) async fn join(peers: &Peers, invite: &str, own: Url) -> Result<Joined> {
    let invite = InviteText::decode(invite)?;
    if invite.expires <= peers.shared.ages.wall() / 1_000 {
        let why = "it has expired: ask for another one (or see whether this machine's clock is right)";
        return Err(Error::new(ErrorKind::Unauthorized, why).within("invite"));
    }
    must_be_reachable(&invite.url)?;
    let body = body(&peers.shared.directory.read(), own);
    let request = Request {
        endpoint: invite.url.clone(),
        path: "join",
        query: None,
        body: Some(write::join(&invite.id, &body).into()),
        content_type: "application/json",
        id: unique().to_string(),
        token: Some(invite.secret.clone()),
        beside: None,
        told: true,
        confidential: true,
        traceparent: None,
        timeout: peers.shared.config.request_timeout,
        max_answer: MAX_ANSWER,
    };
    let answer = tokio::select! {
        answer = peers.transport.send(request) => answer.map_err(not_asked)?,
        () = peers.shared.stopped() => return Err(Error::closed()),
    };
    if answer.status == 401
        && let Some(joined) = has_joined(&peers.shared.directory.read(), &invite.url)
    {
        // An earlier answer came through, so the invite is used.
        return Ok(joined);
    }
    if answer.status != 200 {
        return Err(refused(&answer));
    }
    let answer = read::join_answer(&answer.body).map_err(|e| {
        Error::new(ErrorKind::Transport, format!("the inviter's answer can't be read: {e}")).caused_by(e)
    })?;
    peers.shared.writer.run(move |job| joining::joined(job, &invite.url, &answer)).await
}

/// What joining at this node has brought, if it has.
fn has_joined(directory: &Directory, url: &Url) -> Option<Joined> {
    let found = directory.all_joined().find(|row| row.way().is_some_and(|way| way.endpoint == *url))?;
    let inviter = found.platform;
    let by_it = |row: &&PlatformRow| {
        let introduced =
            directory.joined(row.num).is_some_and(|joined| joined.by == Some(inviter) && joined.way().is_some());
        introduced || directory.via(row.num) == Some(inviter)
    };
    let platforms = directory.platforms.values().filter(by_it).map(|row| row.name.to_string()).collect();
    Some(Joined { inviter: directory.name(inviter).to_string(), platforms })
}

/// What this node says of itself.
fn body(directory: &Directory, endpoint: Url) -> JoinBody {
    let own = directory.platform(directory.node);
    JoinBody {
        name: directory.name(directory.node).to_string(),
        endpoint,
        support_audio: own.is_none_or(|row| row.support_audio),
        support_image: own.is_none_or(|row| row.support_image),
    }
}

fn not_asked(e: NoAnswer) -> Error {
    let kind = if matches!(e, NoAnswer::Forbidden(_)) { ErrorKind::Forbidden } else { ErrorKind::Transport };
    Error::new(kind, format!("the inviter was not asked: {e}"))
}

fn refused(answer: &Answer) -> Error {
    let kind = match answer.status {
        400 => ErrorKind::Invalid,
        401 => ErrorKind::Unauthorized,
        403 => ErrorKind::Forbidden,
        409 => ErrorKind::Conflict,
        _ => ErrorKind::Transport,
    };
    let said = serde_json::from_slice::<serde_json::Value>(&answer.body).ok();
    let said = said.as_ref().and_then(|body| body["message"].as_str()).unwrap_or("no node answers there");
    Error::new(kind, format!("the inviter answers {}: {}", answer.status, crate::util::shown::Shown(said)))
}
