//! Ids of the app's own database for users and rooms of others: one-to-one.

use crate::commit::job::Job;
use crate::model::{BindKind, ExternalId, Id};
use crate::rules::user::reads_external;
use crate::store::{BindingRow, PlatformNum};
use crate::{Error, ErrorKind, Result};

/// Binds a local id; the same again is no error, a contradiction is one.
pub(crate) fn bind(
    job: &mut Job<'_>,
    own: PlatformNum,
    kind: BindKind,
    external: &ExternalId,
    local: Id,
) -> Result<()> {
    let row = {
        let directory = job.directory();
        let platform = directory.named("external", &external.platform)?;
        let conflict = |why: String| Err(Error::new(ErrorKind::Conflict, why).within("local"));
        if platform == own {
            return conflict(format!("{external} is of this platform: it needs no binding"));
        }
        match directory.local(kind, platform, &external.id) {
            Some(bound) if *bound == local => return Ok(()),
            Some(bound) => return conflict(format!("{external} is bound to {bound} already")),
            None => {}
        }
        if let Some((platform, id)) = directory.bound(kind, &local) {
            return conflict(format!("{local} is bound to {} already", directory.external(*platform, id)));
        }
        let own_id = match kind {
            BindKind::User => directory.user(own, local.as_str()).is_some(),
            BindKind::Room => directory.find_room(own, &local).is_some(),
        };
        if own_id {
            return conflict(format!("{local} is an id of this platform's own"));
        }
        if local.reads_external() {
            return Err(reads_external("local", &local));
        }
        let id = directory.written_id(kind, platform, &external.id);
        BindingRow { kind, platform, id, local }
    };
    job.put_binding(&row)
}
