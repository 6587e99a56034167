//! Asking another platform what it is and whether it is there: ping, `GET users`, `GET platforms`.

use std::collections::HashSet;
use std::time::Duration;

use bytes::Bytes;
use tokio::time::Instant;

use super::{Peers, check};
use crate::directory::target::Target;
use crate::model::Pong;
use crate::registry::parse_endpoint;
use crate::rules::platform;
use crate::store::{PlatformKind, PlatformNum};
use crate::transport::http::Http;
use crate::transport::{Answer, Request, Transport};
use crate::util::event_id::unique;
use crate::util::shown::Shown;
use crate::wire::read;
use crate::{Config, Error, ErrorKind, Result};

/// The longest directory that is taken in: as many users as are taken from one, at 160 bytes each.
const MAX_DIRECTORY: usize = 32 << 20;
/// The longest answer to a ping.
pub(super) const MAX_PONG: usize = 1 << 20;
/// This many of the things that one ping shows to be wrong are kept.
const MAX_FOUND: usize = 20;

/// Asks the node under an endpoint who it is, without a token: what `integrador ping` does.
///
/// # Errors
/// `invalid`: no URL. `transport`: nobody answers there, or what answers is no node.
pub async fn ping_url(endpoint: &str) -> Result<Pong> {
    let endpoint = parse_endpoint(endpoint)?;
    let request = Request {
        endpoint,
        path: "ping",
        query: None,
        body: None,
        content_type: "application/json",
        id: unique().to_string(),
        token: None,
        beside: None,
        told: false,
        confidential: false,
        traceparent: None,
        timeout: Duration::from_secs(10),
        max_answer: MAX_PONG,
    };
    let transport = Http::new(&Config::default());
    let answer = transport.send(request).await.map_err(|e| Error::new(ErrorKind::Transport, e.to_string()))?;
    if !(200..300).contains(&answer.status) {
        return Err(Error::new(ErrorKind::Transport, format!("its ping answers {}", answer.status)));
    }
    let no_node = |e| Error::new(ErrorKind::Transport, format!("what answers there is no node: {e}")).caused_by(e);
    read::pong(&answer.body).map_err(no_node)
}

pub(super) async fn get(
    peers: &Peers,
    target: &Target,
    path: &'static str,
    query: Option<&'static str>,
) -> std::result::Result<Answer, String> {
    let request = Request {
        endpoint: target.endpoint.clone(),
        path,
        query,
        body: None,
        content_type: "application/json",
        id: unique().to_string(),
        token: Some(target.token.clone()),
        beside: target.beside.clone(),
        told: target.told,
        confidential: false,
        traceparent: None,
        timeout: peers.shared.config.request_timeout,
        max_answer: if path == "ping" { MAX_PONG } else { MAX_DIRECTORY },
    };
    // Asking changes nothing, so closing waits for no answer.
    tokio::select! {
        answer = peers.transport.send(request) => answer.map_err(|e| e.to_string()),
        () = peers.shared.stopped() => Err("this node is closing".into()),
    }
}

/// The query of a ping that asks a node back: it is no reason to be asked back in turn. A plain platform ignores it.
pub(crate) const BACK: &str = "back";

/// Greets it: asks for what it is, and a node will ask back.
pub(crate) async fn greet(peers: &Peers, num: PlatformNum) -> std::result::Result<(), String> {
    ask(peers, num, None).await
}

/// Asks for what it is, and takes in what it answers. An error says why it counts as down.
pub(crate) async fn ping(peers: &Peers, num: PlatformNum) -> std::result::Result<(), String> {
    ask(peers, num, Some(BACK)).await
}

async fn ask(peers: &Peers, num: PlatformNum, query: Option<&'static str>) -> std::result::Result<(), String> {
    let Some(target) = Target::of(&peers.shared.directory.read(), num) else {
        return Err("it is not in the registry".into());
    };
    let (began, revision) = (Instant::now(), peers.shared.directory.read().revision());
    let (result, alarm) = match get(peers, &target, "ping", query).await {
        Ok(answer) => (judge(peers, &target, &answer).await.and_then(Said::pong), alarms(&target, answer.status)),
        Err(why) => (Err(why), false),
    };
    match result {
        Ok(pong) => {
            if let Some(pong) = &pong
                && peers.presence.contact(num).up != Some(true)
                && crate::model::name::fold(&pong.platform) != crate::model::name::fold(&target.name)
            {
                tracing::warn!(platform = %target.name, "its ping says another name, {}; the registry's counts", Shown(&pong.platform));
            }
            let is_node = pong.is_some();
            let said = pong.clone();
            let learned = peers.shared.writer.run(move |job| platform::pong(job, num, said.as_ref(), revision)).await;
            if let Ok(news) = learned {
                if news && is_node {
                    abilities(peers, &target).await;
                }
                peers.presence.answered(num, began);
                let found = pong.as_ref().map(|pong| check::of_node(peers, &target, pong, &HashSet::new()));
                let mut found = found.unwrap_or_default();
                found.truncate(MAX_FOUND);
                peers.found(num, found);
                let both = |pong: &Pong| pong.knows.iter().flatten().any(|name| pong.hosts.contains(name));
                peers.presence.doubts(num, pong.as_ref().is_some_and(both));
            }
            // It is there, even if what it said can't be written now.
            peers.is_up(num);
            learned.map(drop).map_err(|e| e.to_string())
        }
        Err(why) => {
            peers.is_down(num, &why);
            if alarm {
                peers.refused(num, &why);
            }
            Err(why)
        }
    }
}

/// Whether somebody has to see to what this status says of a ping that is not believed: a wrong token, a wrong registry, a
/// front end that wants something else.
fn alarms(target: &Target, status: u16) -> bool {
    matches!(status, 401 | 403) || (target.kind != PlatformKind::Node && (300..400).contains(&status))
}

/// What an answer to a ping says of who gave it.
pub(super) enum Said {
    Node(Pong),
    /// The endpoint is this node's own.
    Itself,
    /// It answers a ping, and not as a node does.
    Plain,
    /// It has no ping, and lists its users.
    WithoutPing,
    /// It has neither, and never listed any; why it can't be told from a front end behind which nobody is.
    WithoutBoth(String),
}

impl Said {
    /// The pong of a node; none of a plain platform.
    fn pong(self) -> std::result::Result<Option<Pong>, String> {
        match self {
            Said::Node(pong) => Ok(Some(pong)),
            Said::Itself => Err("its endpoint in the registry file is this node itself".into()),
            Said::Plain | Said::WithoutPing | Said::WithoutBoth(_) => Ok(None),
        }
    }
}

/// What an answer to a ping says. An error: nothing that can be believed.
pub(super) async fn judge(peers: &Peers, target: &Target, answer: &Answer) -> std::result::Result<Said, String> {
    let ok = (200..300).contains(&answer.status);
    if ok && let Ok(pong) = read::pong(&answer.body) {
        let itself = pong.store == Some(peers.shared.store.id());
        return Ok(if itself { Said::Itself } else { Said::Node(pong) });
    }
    if target.kind == PlatformKind::Node {
        return Err(format!("its ping answers {} and is no node's", answer.status));
    }
    if ok {
        return Ok(Said::Plain);
    }
    // A plain platform may lack a ping; what says so may also be a front end behind which nobody is.
    let Err(why) = users(peers, target).await else { return Ok(Said::WithoutPing) };
    let why = format!("its ping answers {}, and {why}", answer.status);
    let listed = peers.shared.directory.read().platform(target.num).is_some_and(|row| row.lists_users);
    let lacks_both = (400..500).contains(&answer.status) && !matches!(answer.status, 401 | 403 | 408 | 410 | 425 | 429);
    if lacks_both && !listed { Ok(Said::WithoutBoth(why)) } else { Err(why) }
}

/// `GET users`: of a node only its own and those that it hosts.
pub(crate) async fn users(peers: &Peers, target: &Target) -> std::result::Result<Bytes, String> {
    let query = (target.kind == PlatformKind::Node).then_some("scope=local");
    let answer = get(peers, target, "users", query).await?;
    if (200..300).contains(&answer.status) {
        Ok(answer.body)
    } else {
        Err(format!("its GET users answers {}", answer.status))
    }
}

/// Whether a 404 or 405 of this platform can be believed: a node's ping, or a plain platform's `GET users`, answers now (or
/// its `GET users` never did).
pub(crate) async fn is_there(peers: &Peers, num: PlatformNum) -> std::result::Result<(), String> {
    let Some(target) = Target::of(&peers.shared.directory.read(), num) else {
        return Err("it is not in the registry".into());
    };
    if target.kind == PlatformKind::Node {
        return ping(peers, num).await;
    }
    match users(peers, &target).await {
        Ok(_) => Ok(()),
        Err(_) if !peers.shared.directory.read().platform(num).is_some_and(|row| row.lists_users) => Ok(()),
        Err(why) => Err(why),
    }
}

/// What the platforms that a node hosts can show.
async fn abilities(peers: &Peers, target: &Target) {
    let Ok(answer) = get(peers, target, "platforms", None).await else { return };
    if let Ok(listed) = read::platforms(&answer.body) {
        if let Some(odd) = listed.odd.told() {
            tracing::warn!(platform = %target.name, "what its GET platforms lists was taken in in part: {odd}");
        }
        let (num, listed) = (target.num, listed.items);
        let job = peers.shared.writer.run(move |job| platform::abilities(job, num, &listed)).await;
        if let Err(e) = job {
            tracing::error!("what {} can show could not be written: {e}", target.name);
        }
    }
}
