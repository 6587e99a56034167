//! Events under a key that whoever brings them chose: the same key is the same event.

use crate::commit::job::Job;
use crate::rules::arrival::{Outcome, Taken};
use crate::store::{KeyRow, PlatformNum};
use crate::{Error, ErrorKind, Result};

/// By what one content is distinguished from another under the same key.
pub(crate) struct Content<F> {
    /// Of what is meant, however it is spelled.
    pub digest: [u8; 32],
    /// Of the body as it is written: what 0.1 kept, whose keys are still remembered when a node is upgraded.
    pub of_0_1: F,
}

/// Takes an event in under a key, by `take` if there is none under it: the same key is the same event.
pub(crate) fn keyed(
    job: &mut Job<'_>,
    speaker: PlatformNum,
    key: String,
    take: impl FnOnce(&mut Job<'_>) -> Result<Taken>,
) -> Result<Taken> {
    match job.tx.key(speaker, &key)? {
        Some(row) => Ok(known(row)),
        None => take_and_note(job, speaker, key, None, take),
    }
}

/// The same where it must have the same content.
pub(super) fn keyed_content<F: FnOnce(&Job<'_>) -> [u8; 32]>(
    job: &mut Job<'_>,
    speaker: PlatformNum,
    key: String,
    content: Content<F>,
    take: impl FnOnce(&mut Job<'_>) -> Result<Taken>,
) -> Result<Taken> {
    let Some(row) = job.tx.key(speaker, &key)? else {
        return take_and_note(job, speaker, key, Some(content.digest), take);
    };
    if row.digest != Some(content.digest) && row.digest != Some((content.of_0_1)(job)) {
        let message =
            format!("{key:?} was used for a message with another content; a key names one message for 7 days");
        return Err(Error::new(ErrorKind::Conflict, message).within("key"));
    }
    Ok(known(row))
}

fn known(row: KeyRow) -> Taken {
    Taken { outcome: Outcome::Duplicate, event: row.event, to: row.to.into(), new_room: None }
}

fn take_and_note(
    job: &mut Job<'_>,
    speaker: PlatformNum,
    key: String,
    digest: Option<[u8; 32]>,
    take: impl FnOnce(&mut Job<'_>) -> Result<Taken>,
) -> Result<Taken> {
    let taken = take(job)?;
    let row = KeyRow { platform: speaker, key, event: taken.event, digest, at: job.age, to: taken.to.to_vec() };
    job.tx.put_key(&row)?;
    Ok(taken)
}
