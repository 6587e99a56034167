//! What an argument of the app's names: by an external id, by a local one that is bound to an external one, or by one of
//! its own.

use super::state::Directory;
use crate::Result;
use crate::model::{BindKind, ExternalId, Id, Ref};
use crate::store::{BindingRow, PlatformNum};

impl Directory {
    /// Which user or room an argument names, known or not. None: an id of its own, at a node that has none.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub(crate) fn meaning(&self, kind: BindKind, field: &str, named: &Ref) -> Result<Option<(PlatformNum, Id)>> {
        match named {
            Ref::Own(id) => Ok(self.own_meaning(kind, id)),
            Ref::External(external) => {
                let platform = self.named(field, &external.platform)?;
                Ok(Some((platform, self.written_id(kind, platform, &external.id))))
            }
        }
    }

    /// The same of an id of the app's: a local one that is bound, else one of its own.
    pub(crate) fn own_meaning(&self, kind: BindKind, id: &Id) -> Option<(PlatformNum, Id)> {
        self.bound(kind, id).cloned().or_else(|| self.own.map(|own| (own, id.clone())))
    }

    pub(crate) fn external(&self, platform: PlatformNum, id: &Id) -> ExternalId {
        ExternalId::new(self.name(platform), id.clone())
    }

    pub(crate) fn local(&self, kind: BindKind, platform: PlatformNum, id: &Id) -> Option<&Id> {
        self.local.get(&(kind, platform, id.clone()))
    }

    pub(crate) fn bound(&self, kind: BindKind, local: &Id) -> Option<&(PlatformNum, Id)> {
        self.external.get(&(kind, local.clone()))
    }

    /// An id that came as part of an external id, in the form in which it first came.
    pub(crate) fn written_id(&self, kind: BindKind, platform: PlatformNum, id: &Id) -> Id {
        match kind {
            BindKind::User => self.user(platform, id.as_str()).map(|user| user.id.clone()),
            BindKind::Room => self.find_room(platform, id).map(|room| room.row.id.clone()),
        }
        .unwrap_or_else(|| id.clone())
    }

    pub(crate) fn put_binding(&mut self, row: &BindingRow) {
        self.local.insert((row.kind, row.platform, row.id.clone()), row.local.clone());
        self.external.insert((row.kind, row.local.clone()), (row.platform, row.id.clone()));
    }
}
