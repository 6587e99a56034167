//! The periodic import: what `GET users` of a platform says, compared with what is known.
//!
//! New and renamed users are taken in and passed on; who is missing is marked as gone, not deleted, unless the import is
//! empty or fails, or an entry does not say whose it is. An odd entry is left out, and the others count. An import changes nothing that was announced after its request was sent.

use std::collections::{HashMap, HashSet};

use super::Peers;
use super::ping;
use crate::commit::job::Job;
use crate::directory::target::Target;
use crate::model::{Extras, Id};
use crate::rules::routing::Source;
use crate::rules::{Arrival, user};
use crate::store::{PlatformKind, PlatformNum, UserRow};
use crate::wire::{ListedUser, Listing, UserBody, read};
use crate::{Error, ErrorKind, Result};

/// This many users are taken in by one transaction, so that an import of many delays nobody.
const CHUNK: usize = 2_000;

/// Imports the users of this platform, and of those that it hosts. Returns how many were new, renamed or gone. What was wrong
/// is noted for [`status`](crate::Node::status).
pub(crate) async fn import(peers: &Peers, num: PlatformNum) -> Result<usize> {
    let Some(target) = Target::of(&peers.shared.directory.read(), num) else {
        return Err(Error::new(ErrorKind::UnknownPlatform, "the platform has no endpoint in the registry"));
    };
    let imported = import_from(peers, &target).await;
    match &imported {
        Ok((_, odd)) => peers.presence.imported(num, odd.clone()),
        Err(e) => peers.presence.imported(num, Some(e.to_string())),
    }
    let (changed, odd) = imported?;
    if let Some(odd) = odd {
        tracing::warn!(platform = %target.name, "its users were imported in part: of its GET users {odd}");
    }
    if changed > 0 {
        tracing::info!(platform = %target.name, changed, "users imported");
    }
    Ok(changed)
}

/// Returns how many changed, and what was odd.
async fn import_from(peers: &Peers, target: &Target) -> Result<(usize, Option<String>)> {
    let num = target.num;
    let version = peers.shared.directory.read().version;
    let body = ping::users(peers, target).await.map_err(|why| Error::new(ErrorKind::Transport, why))?;
    let Listing { items, odd } = read::users(&body, &peers.shared.config.limits)?;
    drop(body);
    let mut changed = 0;
    for (platform, users) in sorted(peers, target, items) {
        let source = if target.kind == PlatformKind::Node { Source::Peer(num) } else { Source::Plain(num) };
        let arrival = Arrival { source, speaker: platform, id: None, parked: false };
        for users in differences(peers, platform, users, source, odd.hides).chunks(CHUNK) {
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
    Ok((changed, odd.told()))
}

/// Users by id, with their names and avatars as far as they can be read.
type Listed = HashMap<Id, (Option<String>, Option<String>)>;

/// The listed users by their platform: the one that was asked and, if it is a node, those that it hosts.
fn sorted(peers: &Peers, target: &Target, listed: Vec<ListedUser>) -> HashMap<PlatformNum, Listed> {
    let directory = peers.shared.directory.read();
    let mut by_platform: HashMap<PlatformNum, Listed> = HashMap::new();
    for user in listed {
        let platform = match &user.platform {
            Some(name) => directory.resolve(name),
            None => Some(target.num),
        };
        if let Some(platform) = platform.filter(|p| *p == target.num || directory.via(*p) == Some(target.num)) {
            by_platform.entry(platform).or_default().insert(user.id, (user.name, user.avatar));
        }
    }
    by_platform
}

/// Who is new, renamed or gone. Nobody is gone while an entry hides whose it is: it may be theirs.
fn differences(peers: &Peers, platform: PlatformNum, mut listed: Listed, source: Source, hides: bool) -> Vec<UserBody> {
    let directory = peers.shared.directory.read();
    let there: HashSet<Id> = listed.keys().cloned().collect();
    if source.peer().is_some() {
        // Whom a node knows by the external id alone nobody has announced yet.
        listed.retain(|id, (name, _)| {
            let external = name.as_ref().and_then(|name| name.split_once(':')).filter(|(_, rest)| *rest == id.as_str());
            external.is_none_or(|(of, _)| directory.resolve(of) != Some(platform))
        });
    }
    let mut bodies: Vec<UserBody> = listed
        .into_iter()
        .filter_map(|(id, (name, avatar))| {
            let (name, known) = (name?, directory.user(platform, id.as_str()));
            // What the list does not tell is as it was announced.
            let extras = known.map(|u| u.extras.clone()).unwrap_or_default();
            let extras = match &avatar {
                Some(url) => Extras::new(Some(url), extras.ext().cloned()),
                None => extras,
            };
            let same = |u: &UserRow| *u.name == *name && u.active && !u.placeholder && u.extras == extras;
            (!known.is_some_and(same)).then_some(UserBody { id, name, active: true, extras })
        })
        .collect();
    bodies.sort_by(|a, b| a.id.cmp(&b.id));
    let gone = directory.users(platform).filter(|u| !hides && u.active && !there.contains(&u.id));
    bodies.extend(gone.map(user::gone));
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
