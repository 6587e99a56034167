//! What is wrong with the registry and the platforms in it: all are asked now, and what their answers say is compared with
//! what is known here. Nothing is changed by this.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::Peers;
use super::ping::{self, BACK, Said};
use crate::directory::room::Room;
use crate::directory::target::Target;
use crate::model::name::fold;
use crate::model::{Finding, FindingKind, Pong};
use crate::registry;
use crate::store::{PlatformKind, PlatformNum};
use crate::util::apart::apart;

/// This many platforms are asked at once.
const AT_ONCE: usize = 32;
/// This many rooms are named.
const MOST_ROOMS: usize = 20;

/// All findings, in the order of the platforms' names; those about the file first, then those about rooms.
pub(crate) async fn check(peers: &Arc<Peers>) -> Vec<Finding> {
    let mut findings = file(peers).await;
    findings.extend(stranded(peers));
    findings.extend(members(peers));
    let lanes: Vec<PlatformNum> = peers.shared.directory.read().lanes().collect();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut asked = JoinSet::new();
    for num in lanes {
        let (peers, turns) = (peers.clone(), turns.clone());
        asked.spawn(async move {
            // The semaphore is never closed.
            let _turn = turns.acquire().await;
            platform(&peers, num).await
        });
    }
    let (mut of_platforms, mut pongs) = (Vec::new(), Vec::new());
    for answered in asked.join_all().await.into_iter().flatten() {
        match answered {
            Answered::Node(target, pong) => pongs.push((*target, *pong)),
            Answered::Wrong(finding) => of_platforms.push(finding),
        }
    }
    // Who has just answered as a node is one, even if this node did not know it until now.
    let nodes = pongs.iter().map(|(target, _)| target.num).collect();
    of_platforms.extend(pongs.iter().flat_map(|(target, pong)| of_node(peers, target, pong, &nodes)));
    of_platforms.sort_by(|a, b| (&a.platform, &a.other).cmp(&(&b.platform, &b.other)));
    findings.extend(of_platforms);
    findings
}

/// What a platform answered to a check, unless all is well.
enum Answered {
    Node(Box<Target>, Box<Pong>),
    Wrong(Finding),
}

/// Rooms whose origin is here and whose members are probably a mistake, at most [`MOST_ROOMS`].
fn members(peers: &Peers) -> Vec<Finding> {
    let directory = peers.shared.directory.read();
    let at_home = directory.rooms().filter(|room| directory.is_local(room.row.origin));
    let odd = at_home.filter_map(|room| directory.oddity_of(room).map(|what| (room, what)));
    let finding = |(room, what): (&Room, String)| Finding {
        platform: Some(directory.name(room.row.origin)),
        kind: FindingKind::Members,
        other: None,
        what: format!("its room {} ({:?}) {what}", room.row.id, &*room.row.name),
        to_do: "announce the room again with its members, and these users if they exist".into(),
    };
    odd.take(MOST_ROOMS).map(finding).collect()
}

/// What there is to say of the file as it is now.
async fn file(peers: &Peers) -> Vec<Finding> {
    let config = &peers.shared.config;
    let Some(path) = config.platforms.clone() else { return Vec::new() };
    let own = config.node_name().to_owned();
    let looked_at = path.clone();
    let looked = apart(move || registry::look(&looked_at, &own)).await;
    registry::edit::file_findings(&path, looked)
}

/// Platforms of the file that are to be reached through a node that is suspended in it.
fn stranded(peers: &Peers) -> Vec<Finding> {
    let directory = peers.shared.directory.read();
    let hosted = directory.entries().filter_map(|(num, entry)| {
        let via = entry.via.as_deref().filter(|_| entry.enabled)?;
        let reached = directory.resolve(via).is_some_and(|host| directory.is_lane(host));
        (!reached).then(|| Finding {
            platform: Some(directory.name(num)),
            kind: FindingKind::Registry,
            other: Some(via.into()),
            what: format!("it is to be reached through {via}, which is suspended here"),
            to_do: format!("enable {via} in the registry file here, or give the platform another `via`"),
        })
    });
    hosted.collect()
}

/// What is wrong with one platform that is reached at an endpoint of its own.
async fn platform(peers: &Peers, num: PlatformNum) -> Option<Answered> {
    let target = Target::of(&peers.shared.directory.read(), num)?;
    let found = |kind, what: String, to_do: String| {
        Some(Answered::Wrong(Finding { platform: Some(target.name.clone()), kind, other: None, what, to_do }))
    };
    let answer = match ping::get(peers, &target, "ping", Some(BACK)).await {
        Ok(answer) => answer,
        Err(why) => {
            let to_do = "start it, or correct its `endpoint` in the registry file here".into();
            return found(FindingKind::Unreachable, format!("it does not answer: {why}"), to_do);
        }
    };
    let why = match ping::judge(peers, &target, &answer).await {
        Ok(Said::Node(pong)) => return Some(Answered::Node(Box::new(target), Box::new(pong))),
        Ok(Said::Itself) => {
            let to_do = "correct its `endpoint` in the registry file here".into();
            return found(FindingKind::Itself, "its `endpoint` is that of this node itself".into(), to_do);
        }
        Ok(Said::WithoutPing) => return None,
        // One that has a ping must list its users too.
        Ok(Said::Plain) => match ping::users(peers, &target).await {
            Ok(_) => return None,
            Err(why) => why,
        },
        Ok(Said::WithoutBoth(why)) | Err(why) => why,
    };
    if matches!(answer.status, 401 | 403) {
        let to_do = format!(
            "make the `token` of its entry here and that of the entry for {} there the same, and see that the entry there \
             is enabled",
            peers.shared.config.node_name()
        );
        return found(FindingKind::Refused, why, to_do);
    }
    let to_do = "see whether its `endpoint` in the registry file here is what it answers under".into();
    found(FindingKind::Odd, why, to_do)
}

/// What a node says that does not agree with what is known here.
///
/// `nodes`: who is a node, beside those who are known to be.
pub(super) fn of_node(peers: &Peers, target: &Target, pong: &Pong, nodes: &HashSet<PlatformNum>) -> Vec<Finding> {
    let own = peers.shared.config.node_name();
    let mut findings = Vec::new();
    let mut found = |kind, other: &str, what: String, to_do: String| {
        findings.push(Finding { platform: Some(target.name.clone()), kind, other: Some(other.into()), what, to_do });
    };
    let directory = peers.shared.directory.read();
    if directory.resolve(&pong.platform) != Some(target.num) && fold(&pong.platform) != fold(&target.name) {
        let to_do = format!("rename its entry here, with {:?} as an alias, or open it under that name", &*target.name);
        found(FindingKind::OtherName, &pong.platform, format!("it calls itself {:?}", pong.platform), to_do);
    }
    for name in &pong.hosts {
        let twice = directory.resolve(name).filter(|num| directory.is_lane(*num) && !nodes.contains(num));
        if let Some(num) = twice.filter(|num| directory.kind(*num) == PlatformKind::Plain) {
            let name = directory.name(num);
            let what = format!("both {own} and it host {name}: what {name} posts to one of them, the other refuses");
            found(FindingKind::HostedTwice, &name, what, hosted_once(&name, &[&target.name, own]));
        }
    }
    // An earlier version does not say whom it knows.
    let Some(knows) = &pong.knows else { return findings };
    let mut known_there = HashSet::new();
    for name in knows {
        match directory.resolve(name).filter(|num| *num == directory.node || directory.is_lane(*num)) {
            Some(num) => {
                known_there.insert(num);
            }
            // It does not know yet itself whether this is a node.
            None if pong.hosts.iter().any(|host| fold(host) == fold(name)) => {}
            None => {
                let what =
                    format!("{name} is known to it but not here: what is written at {name} does not arrive here");
                let to_do = format!("add an entry for {name} to the registry file here, and one for {own} to its own");
                found(FindingKind::NotKnownHere, name, what, to_do);
            }
        }
    }
    let is_node = |num: &PlatformNum| directory.kind(*num) == PlatformKind::Node || nodes.contains(num);
    let others = directory.lanes().filter(|num| *num != target.num && is_node(num));
    for num in others.chain([directory.node]).filter(|num| !known_there.contains(num)) {
        let name = directory.name(num);
        let what = format!(
            "{name} is not known to it, at least not by this name: what is written at one of them does not \
             arrive at the other"
        );
        let to_do = format!("add an entry for {name}, or an alias, to the registry file of {}", target.name);
        found(FindingKind::NotKnownThere, &name, what, to_do);
    }
    findings
}

/// What to do where two nodes take a plain platform for theirs.
fn hosted_once(name: &str, nodes: &[&str; 2]) -> String {
    format!(
        "only one of them can be its gateway: in the registry file of the other ({} or {}) give the entry of {name} a `via` \
         with the gateway's name instead of `endpoint` and `token`",
        nodes[0], nodes[1]
    )
}
