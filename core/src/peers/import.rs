//! The periodic import: what `GET users` of a platform tells, compared with what is known.
//!
//! New and renamed users are taken in and passed on; who is missing is marked as gone, not deleted, unless the import is
//! empty or fails. An import changes nothing that was announced after its request was sent.

use std::collections::{HashMap, HashSet};

use super::Peers;
use super::ping;
use crate::commit::job::Job;
use crate::directory::target::Target;
use crate::model::Id;
use crate::rules::routing::Source;
use crate::rules::{Arrival, user};
use crate::store::{PlatformKind, PlatformNum};
use crate::wire::{ListedUser, UserBody, read};
use crate::{Error, ErrorKind, Result};

/// So many users are taken in by one transaction, so that an import of many delays nobody.
const CHUNK: usize = 2_000;

/// Imports the users of this platform, and of those that it hosts. Returns how many were new, renamed or gone.
pub(crate) async fn import(peers: &Peers, num: PlatformNum) -> Result<usize> {
    let Some(target) = Target::of(&peers.shared.directory.read(), num) else {
        return Err(Error::new(ErrorKind::UnknownPlatform, "the platform has no endpoint in the registry"));
    };
    let version = peers.shared.directory.read().version;
    let body = ping::users(peers, &target).await.map_err(|why| Error::new(ErrorKind::Transport, why))?;
    let listed = read::users(&body, &peers.shared.config.limits)?;
    let by_platform = sorted(peers, &target, listed);
    let mut changed = 0;
    for (platform, users) in by_platform {
        let source = if target.kind == PlatformKind::Node { Source::Peer(num) } else { Source::Plain(num) };
        let arrival = Arrival { source, speaker: platform, id: None, parked: false };
        for users in differences(peers, platform, users, source).chunks(CHUNK) {
            let users = users.to_vec();
            changed += peers.shared.writer.run(move |job| take(job, arrival, users, version)).await?;
        }
    }
    let job = peers.shared.writer.run(move |job| {
        let row = job.directory().platform(num).filter(|row| !row.lists_users).cloned();
        row.map_or(Ok(()), |mut row| {
            row.lists_users = true;
            job.put_platform(row)
        })
    });
    job.await?;
    if changed > 0 {
        tracing::info!(platform = %target.name, changed, "users imported");
    }
    Ok(changed)
}

/// The listed users by their platform: the one that was asked and, if it is a node, those that it hosts.
fn sorted(peers: &Peers, target: &Target, listed: Vec<ListedUser>) -> HashMap<PlatformNum, HashMap<Id, String>> {
    let directory = peers.shared.directory.read();
    let mut by_platform: HashMap<PlatformNum, HashMap<Id, String>> = HashMap::new();
    for user in listed {
        let platform = match (target.kind, &user.platform) {
            (_, Some(name)) => directory.resolve(name),
            (_, None) => Some(target.num),
        };
        if let Some(platform) = platform.filter(|p| *p == target.num || directory.via(*p) == Some(target.num)) {
            by_platform.entry(platform).or_default().insert(user.id, user.name);
        }
    }
    by_platform
}

/// Who is new, renamed or gone.
fn differences(peers: &Peers, platform: PlatformNum, mut listed: HashMap<Id, String>, source: Source) -> Vec<UserBody> {
    let directory = peers.shared.directory.read();
    let ids: HashSet<Id> = listed.keys().cloned().collect();
    if source.peer().is_some() {
        // Whom a node knows by the external id alone nobody has announced yet.
        listed.retain(|id, name| {
            let external = name.split_once(':').filter(|(_, rest)| *rest == id.as_str());
            external.is_none_or(|(of, _)| directory.resolve(of) != Some(platform))
        });
    }
    let mut bodies: Vec<UserBody> = listed
        .into_iter()
        .filter(|(id, name)| {
            directory.user(platform, id.as_str()).is_none_or(|u| *u.name != **name || !u.active || u.placeholder)
        })
        .map(|(id, name)| UserBody { id, name, active: true })
        .collect();
    bodies.sort_by(|a, b| a.id.cmp(&b.id));
    let gone = directory.users(platform).filter(|u| u.active && !ids.contains(&u.id));
    bodies.extend(gone.map(|u| UserBody { id: u.id.clone(), name: u.name.to_string(), active: false }));
    bodies
}

fn take(job: &mut Job<'_>, arrival: Arrival, users: Vec<UserBody>, version: u64) -> Result<usize> {
    let mut changed = 0;
    for mut body in users {
        let known = job.directory().user(arrival.speaker, body.id.as_str()).cloned();
        // Announced since the request was sent: that counts.
        if known.as_ref().is_some_and(|u| u.version > version) {
            continue;
        }
        if let Some(known) = known {
            body.id = known.id;
        }
        user::imported(job, arrival, body)?;
        changed += 1;
    }
    Ok(changed)
}
