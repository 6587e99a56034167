//! How much one platform may make this node hold: users, rooms of its own, memberships over all rooms, and what users and rooms
//! have beside their names. The app's own are not
//! counted: it is its own memory.

use crate::commit::job::Job;
use crate::store::PlatformNum;
use crate::{Error, ErrorKind, Result};

/// Refuses one user more than a platform may have.
pub(crate) fn user(job: &Job<'_>, platform: PlatformNum) -> Result<()> {
    let most = job.config.limits.users;
    within(job, platform, "users", most, job.directory().user_count(platform) + 1)
}

/// Refuses one room more than a platform may have.
pub(crate) fn room(job: &Job<'_>, origin: PlatformNum) -> Result<()> {
    within(job, origin, "rooms", job.config.limits.rooms, job.directory().held(origin).rooms + 1)
}

/// Refuses an announcement that makes a platform hold more memberships than it may; `before` it held as many in this room.
/// One that makes them fewer is always taken.
pub(crate) fn memberships(job: &Job<'_>, by: PlatformNum, before: usize, now: usize) -> Result<()> {
    if now <= before {
        return Ok(());
    }
    let all = job.directory().held(by).memberships - before + now;
    within(job, by, "memberships", job.config.limits.memberships, all)
}

/// Refuses what a user or a room has beside its name, if its platform goes beyond its bounds by it; `before` it held as much
/// there. What is shorter than before is always taken.
pub(crate) fn extras(job: &Job<'_>, platform: PlatformNum, before: usize, now: usize) -> Result<()> {
    if now <= before {
        return Ok(());
    }
    let all = job.directory().held(platform).extras - before + now;
    within(job, platform, "extras", job.config.limits.extras, all)
}

fn within(job: &Job<'_>, platform: PlatformNum, what: &str, most: usize, wanted: usize) -> Result<()> {
    let directory = job.directory();
    if wanted <= most || directory.own == Some(platform) {
        return Ok(());
    }
    let why = format!(
        "with this, {} would have {wanted} {things} here, and it may have {most} (`limits.{what}` of this node)",
        directory.name(platform),
        things = if what == "extras" { "bytes of avatars and `ext`" } else { what },
    );
    Err(Error::new(ErrorKind::Forbidden, why))
}
