//! Events under a key that whoever brings them chose: the same key is the same event.

use crate::commit::job::Job;
use crate::rules::accept::accept;
use crate::rules::arrival::{Arrival, Outcome, Taken};
use crate::store::KeyRow;
use crate::wire::Body;
use crate::{Error, ErrorKind, Result};

/// By what one content is distinguished from another under the same key.
pub(crate) struct Content {
    /// Of what is meant, however it is spelled.
    pub digest: [u8; 32],
    /// Of the body as it is written: what 0.1 kept, whose keys are still remembered when a node is upgraded.
    pub of_0_1: [u8; 32],
}

impl Content {
    fn has(&self, digest: Option<[u8; 32]>) -> bool {
        [Some(self.digest), Some(self.of_0_1)].contains(&digest)
    }
}

/// Takes an event in under a key: the same key is the same event. The content is compared, if given.
pub(crate) fn accept_keyed(
    job: &mut Job<'_>,
    arrival: Arrival,
    key: String,
    content: Option<Content>,
    body: Body,
) -> Result<Taken> {
    if let Some(row) = job.tx.key(arrival.speaker, &key)? {
        if content.as_ref().is_some_and(|content| !content.has(row.digest)) {
            let message =
                format!("{key:?} was used for a message with another content; a key names one message for 7 days");
            return Err(Error::new(ErrorKind::Conflict, message).within("key"));
        }
        return Ok(Taken { outcome: Outcome::Duplicate, event: row.event, to: row.to, new_room: None });
    }
    let taken = accept(job, arrival, body)?;
    let digest = content.map(|content| content.digest);
    let row = KeyRow { platform: arrival.speaker, key, event: taken.event, digest, at: job.age, to: taken.to.clone() };
    job.tx.put_key(&row)?;
    Ok(taken)
}
