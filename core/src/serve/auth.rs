//! Who sends a request, and for whom it may speak.

use std::time::{SystemTime, UNIX_EPOCH};

use http::{StatusCode, header};

use super::Server;
use super::answer::Answer;
use super::inbound::Inbound;
use crate::commit::job::Job;
use crate::model::name::fold;
use crate::peers::presence::Presence;
use crate::registry::Entry;
use crate::store::{PlatformKind, PlatformNum};
use crate::util::event_id::{self, BadId};
use crate::util::secret::Secret;
use crate::util::seldom::seldom;
use crate::wire::Body;
use crate::wire::json::Value;
use crate::wire::read;
use crate::wire::signature;
use crate::{Error, ErrorKind, Result};

/// Who it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Caller {
    pub num: PlatformNum,
    /// By signature, as nodes do; else by token.
    pub signed: bool,
}

/// What a signed request says of its signature.
pub(super) struct Signed<'a> {
    pub id: &'a str,
    pub stamp: i64,
    pub given: &'a str,
}

/// Why a request is not let in.
pub(super) enum Denied {
    Invalid(Error),
    /// It does not say properly who it is.
    Unclear(&'static str),
    /// What it says is nobody's, or does not verify.
    Wrong(&'static str),
    Disabled {
        node: bool,
    },
    MustSign,
}

impl Inbound {
    /// Who signed the request, or whose token it bears.
    pub(super) fn identify(&self, body: Option<&Value<'_>>) -> std::result::Result<Caller, Denied> {
        if self.is_signed() {
            return self.signer();
        }
        let in_body = body.map(read::token).transpose().map_err(Denied::Invalid)?.flatten();
        let token = in_body
            .or_else(|| self.bearer())
            .filter(|t| !t.is_empty())
            .ok_or(Denied::Unclear("`token`: it is missing; give it in the body or as Bearer"))?;
        let num = self.server.holder(token).ok_or(Denied::Wrong("`token`: nobody here has it"))?;
        let directory = self.server.shared.directory.read();
        if !directory.is_lane(num) {
            return Err(Denied::Disabled { node: directory.kind(num) == PlatformKind::Node });
        }
        if directory.kind(num) == PlatformKind::Node {
            return Err(Denied::MustSign);
        }
        Ok(Caller { num, signed: false })
    }

    pub(super) fn caller(&self, value: Option<&Value<'_>>) -> Result<Caller, Answer> {
        let caller = self.identify(value).map_err(|denied| self.denied(denied))?;
        let _ = self.known.set(caller.num);
        self.server.shared.open_or_closed().map_err(|e| Answer::from(&e))?;
        self.server.peers.heard(caller.num);
        Ok(caller)
    }

    pub(super) fn denied(&self, denied: Denied) -> Answer {
        match denied {
            Denied::Invalid(e) => Answer::from(&e),
            Denied::Unclear(why) => Answer::new(StatusCode::UNAUTHORIZED, why),
            Denied::Wrong(why) => {
                Answer::new(StatusCode::UNAUTHORIZED, why).held_back(self.server.tries.wrong(self.stranger))
            }
            Denied::Disabled { node } => {
                let why = "this platform is disabled in the registry here, or no longer named there";
                match node {
                    true => Answer::new(StatusCode::SERVICE_UNAVAILABLE, why).retry_after(60),
                    false => Answer::new(StatusCode::FORBIDDEN, why),
                }
            }
            Denied::MustSign => Answer::new(
                StatusCode::FORBIDDEN,
                "this token is a node's, and a node signs what it sends (webhook-id, webhook-timestamp, webhook-signature) \
                 instead of showing the token, in the body or as Bearer: that is for plain platforms",
            ),
        }
    }

    /// `Authorization: Bearer TOKEN`.
    fn bearer(&self) -> Option<&str> {
        bearer(self.header(header::AUTHORIZATION.as_str())?)
    }

    /// A reader of the directory shows that it is one of us.
    pub(super) fn reader(&self) -> std::result::Result<PlatformNum, Denied> {
        let num = match self.is_signed() {
            true => self.signer()?.num,
            false => {
                let in_query = self.query_field("token");
                let token = self.bearer().map(str::to_owned).or(in_query).filter(|token| !token.is_empty());
                let missing = Denied::Unclear("this wants a token: Bearer, ?token= or a signature");
                let num =
                    self.server.holder(&token.ok_or(missing)?).ok_or(Denied::Wrong("`token`: nobody here has it"))?;
                let directory = self.server.shared.directory.read();
                if !directory.is_lane(num) {
                    return Err(Denied::Disabled { node: directory.kind(num) == PlatformKind::Node });
                }
                num
            }
        };
        self.server.peers.heard(num);
        Ok(num)
    }

    /// By what the request is signed; whether it verifies is another question.
    pub(super) fn signature(&self) -> std::result::Result<Signed<'_>, Denied> {
        let id = self.header(signature::ID_HEADER).ok_or(Denied::Unclear("`webhook-id`: it is missing"))?;
        // Before it is verified: an id with a dot in it would let a signed text be cut anew, into another request.
        event_id::judge(id, self.server.shared.ages.wall()).map_err(|bad| {
            Denied::Unclear(match bad {
                BadId::NoUuid => "`webhook-id`: expected a UUID of version 7",
                BadId::Ahead => "`webhook-id`: its time is more than an hour ahead; compare the clocks of both sides",
            })
        })?;
        let given = self.header(signature::SIGNATURE_HEADER).unwrap_or_default();
        let stamp = self.header(signature::TIMESTAMP_HEADER).and_then(signature::parse_timestamp);
        let stamp = stamp.ok_or(Denied::Unclear("`webhook-timestamp`: expected Unix seconds"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
        if !signature::is_timely(stamp, i64::try_from(now).unwrap_or(i64::MAX)) {
            return Err(Denied::Unclear("`webhook-timestamp`: more than 300 s off; compare the clocks of both sides"));
        }
        Ok(Signed { id, stamp, given })
    }

    fn signer(&self) -> std::result::Result<Caller, Denied> {
        let refused =
            Denied::Wrong("`webhook-signature`: it does not verify; compare the tokens and the clocks of both sides");
        let Signed { id, stamp, given } = self.signature()?;
        // The signer's name spares trying every token; a wrong one costs no more than that.
        let (named, entries) = {
            let directory = self.server.shared.directory.read();
            let named = self.header(signature::NODE_HEADER).and_then(|text| directory.resolve(&signature::name(text)));
            let entries: Vec<_> = directory.entries().map(|(num, entry)| (num, entry.clone())).collect();
            (named, entries)
        };
        let (likely, others): (Vec<_>, Vec<_>) = entries.iter().partition(|(num, _)| Some(*num) == named);
        let verifies =
            |entry: &Entry| entry.tokens().any(|token| signature::verify(token, id, stamp, &self.body, given));
        let signer = likely.into_iter().chain(others).find(|(_, entry)| verifies(entry)).map(|(num, _)| *num);
        let directory = self.server.shared.directory.read();
        let Some(num) = signer else {
            // Its token is not kept, so whether this is that peer can't be known: it may try again, and nothing is taken.
            let gone = named.is_some_and(|num| directory.was_peer(num));
            return Err(if gone { Denied::Disabled { node: true } } else { refused });
        };
        if !directory.is_lane(num) {
            return Err(Denied::Disabled { node: directory.kind(num) == PlatformKind::Node });
        }
        Ok(Caller { num, signed: true })
    }
}

/// The token of `Bearer TOKEN`.
pub(super) fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl Server {
    /// The platform that has this token, or had it until it vanished from the file.
    pub(super) fn holder(&self, token: &str) -> Option<PlatformNum> {
        let token = Secret::new(token)?;
        let directory = self.shared.directory.read();
        directory.by_token(&token).or_else(|| directory.vanished(token.digest()))
    }
}

/// The platform that a peer speaks for: itself, or one that it hosts. While that is not known, the peer is asked, and it
/// tries again.
///
/// What a node says of itself (whom it hosts, its new token, what became of a message) is the signer's, whatever it calls itself: a node
/// is known by its registry entry here, and two standalone nodes may well have the same name of their own.
pub(super) fn speaker(
    job: &Job<'_>,
    presence: &Presence,
    peer: PlatformNum,
    claimed: &str,
    body: &mut Body,
) -> Result<PlatformNum> {
    let itself = match body {
        Body::Platform(body) if body.via.is_none() => Some(&mut body.name),
        Body::Platform(body) => body.via.as_mut(),
        Body::Receipt(body) => Some(&mut body.to),
        Body::User(_) | Body::Room(_) | Body::Message(_) | Body::Change(_) => {
            return speaks_for(job, presence, peer, claimed);
        }
    };
    is_a_node(job, presence, peer)?;
    let directory = job.directory();
    let hosted = directory.resolve(claimed).filter(|num| directory.via(*num) == Some(peer));
    if hosted.is_none()
        && let Some(name) = itself.filter(|name| fold(name) == fold(claimed))
    {
        *name = directory.name(peer).to_string();
    }
    Ok(hosted.unwrap_or(peer))
}

fn speaks_for(job: &Job<'_>, presence: &Presence, peer: PlatformNum, claimed: &str) -> Result<PlatformNum> {
    let directory = job.directory();
    let forbidden = |why: &str| forbidden(job, peer, why);
    if let Some(num) = directory.resolve(claimed) {
        if num == peer || directory.via(num) == Some(peer) {
            return Ok(num);
        }
        if num == directory.node || directory.belongs_to_the_file(num) {
            let hosted_twice = format!(
                "{} hosts it too, since its registry file gives it an endpoint. Only one node can be its gateway: in the \
                 registry file of the other, give its entry `via` with the gateway's name instead of `endpoint` and `token`",
                directory.name(directory.node)
            );
            let why = if directory.is_hosted(num) { &hosted_twice } else { "the registry here says otherwise" };
            return Err(forbidden(why));
        }
        if directory.via(num).is_some_and(|other| directory.is_lane(other)) {
            return Err(forbidden("another node hosts it"));
        }
    }
    if crate::model::name::check_name(claimed).is_err() {
        return Err(Error::invalid("platform", "expected the name of a platform: 1 to 64 characters, no `:`"));
    }
    is_a_node(job, presence, peer)?;
    if presence.claim_refused(peer, claimed) {
        return Err(forbidden("its ping does not name it as hosted"));
    }
    Err(Error::new(ErrorKind::Busy, "whether you host it is being asked of your ping; try again").within("platform"))
}

/// Only a node hosts others and speaks of them. One that has not answered yet is asked, and it tries again.
fn is_a_node(job: &Job<'_>, presence: &Presence, peer: PlatformNum) -> Result<()> {
    if job.directory().kind(peer) == PlatformKind::Node {
        return Ok(());
    }
    if presence.claim_refused(peer, &job.directory().name(peer)) {
        return Err(forbidden(job, peer, "its ping is not a node's"));
    }
    Err(Error::new(ErrorKind::Busy, "whether you are a node is being asked of your ping; try again").within("platform"))
}

fn forbidden(job: &Job<'_>, peer: PlatformNum, why: &str) -> Error {
    let name = job.directory().name(peer);
    if let Some(times) = seldom("claim to speak", &name) {
        tracing::warn!(peer = %name, "a claim to speak for another platform is refused: {why}{times}");
    }
    Error::new(ErrorKind::Forbidden, format!("{name} may not speak for this platform: {why}")).within("platform")
}
