//! A platform that is gone for good: what waits for it ends, its dead letters and what is known of it go.

use std::sync::Arc;

use super::{Operator, reading};
use crate::commit::job::Job;
use crate::config::Role;
use crate::directory::Directory;
use crate::model::{Extras, Forgotten, PlatformState};
use crate::rules::tell_change;
use crate::store::{Dead, DeadFilter, JoinedRow, PlatformNum, Standing, UserRow};
use crate::{Error, ErrorKind, Result};

/// This much is ended by one transaction.
const CHUNK: usize = 1_000;
const CHUNK_BYTES: usize = 4 << 20;

/// Why what waited for it died.
const WHY: &str = "an operator has this node forget the platform";

pub(crate) async fn forget(operator: &Arc<Operator>, name: &str) -> Result<Forgotten> {
    let num = operator.shared.directory.read().named("platform", name)?;
    // An administrator has no registry: the node noted for whom it has a lane.
    let noted = match operator.shared.config.role {
        Role::App => false,
        Role::Admin => {
            let noted = reading(operator, |operator| operator.shared.store.contacts()).await?;
            noted.iter().any(|row| row.platform == num && row.is_lane)
        }
    };
    let in_pieces = async |piece: fn(&mut Job<'_>, PlatformNum) -> Result<u64>| {
        let mut total = 0;
        loop {
            let work = move |job: &mut Job<'_>| {
                may_be_forgotten(job.directory(), num, noted)?;
                piece(job, num)
            };
            match operator.shared.writer.run(work).await? {
                0 => return Ok::<u64, Error>(total),
                count => total += count,
            }
        }
    };
    let waiting = in_pieces(end_waiting).await?;
    let dead = in_pieces(drop_dead).await?;
    let users = in_pieces(users_are_gone).await?;
    operator
        .shared
        .writer
        .run(move |job| may_be_forgotten(job.directory(), num, noted).and_then(|()| end(job, num)))
        .await?;
    // Those that were waiting are dead letters by now, and were counted as such.
    Ok(Forgotten { waiting, dead: dead.saturating_sub(waiting), users })
}

fn may_be_forgotten(directory: &Directory, num: PlatformNum, noted: bool) -> Result<()> {
    let name = directory.name(num);
    let refused = |why: String| Err(Error::new(ErrorKind::Conflict, why).within("platform"));
    if num == directory.node {
        return refused(format!("`{name}` is this node itself"));
    }
    if directory.joined(num).is_some_and(|row| row.way().is_some()) && !directory.is_in_the_file(num) {
        return refused(format!(
            "`{name}` joined and takes part: remove it first (`integrador remove`, `remove_platform`)"
        ));
    }
    if noted || directory.entry(num).is_some() {
        return refused(format!("`{name}` is in the registry file of this node: delete its entry there first"));
    }
    if let Some(host) = directory.via(num) {
        let host = directory.name(host);
        return refused(format!("{host} says that it hosts `{name}`: it goes from here when {host} forgets it"));
    }
    Ok(())
}

/// Makes dead letters of what waits, so that whoever said it hears of it.
fn end_waiting(job: &mut Job<'_>, num: PlatformNum) -> Result<u64> {
    let waiting = job.tx.waiting(num, 0, CHUNK, CHUNK_BYTES)?;
    let Some(last) = waiting.last().map(|last| last.seq) else { return Ok(0) };
    for waiting in &waiting {
        let event = waiting.event.as_ref().clone();
        job.bury(Dead { dest: num, event, inbound: false, why: WHY.into(), died: job.now })?;
    }
    job.settle(num, &[(0, last)], waiting.iter().map(|waiting| &*waiting.event))?;
    Ok(waiting.len() as u64)
}

fn drop_dead(job: &mut Job<'_>, num: PlatformNum) -> Result<u64> {
    Ok(job.tx.take_dead(&DeadFilter::Dest(num), CHUNK)?.len() as u64)
}

fn users_are_gone(job: &mut Job<'_>, num: PlatformNum) -> Result<u64> {
    let users: Vec<UserRow> = job.directory().users(num).filter(|user| user.active).take(CHUNK).cloned().collect();
    let count = users.len() as u64;
    users
        .into_iter()
        .try_for_each(|user| job.put_user(UserRow { active: false, extras: Extras::default(), ..user }))?;
    Ok(count)
}

fn end(job: &mut Job<'_>, num: PlatformNum) -> Result<()> {
    let Some(mut row) = job.directory().platform(num).cloned() else { return Ok(()) };
    if let Some(joined) =
        job.directory().joined(num).filter(|joined| matches!(joined.standing, Standing::Asks(_))).cloned()
    {
        job.put_joined(JoinedRow { standing: Standing::Removed, at: job.now, ..joined })?;
    }
    let was_known = row.known;
    (row.known, row.filed, row.lists_users) = (false, false, false);
    (row.via, row.told, row.token, row.store) = (None, None, None, None);
    job.put_platform(row)?;
    if was_known { tell_change(job, num, PlatformState::Removed, Some(WHY)) } else { Ok(()) }
}
