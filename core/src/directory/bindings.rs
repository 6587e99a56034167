//! What an id of the app's means: an external id, a local one that is bound to an external one, or one of its own.

use super::state::Directory;
use crate::model::{BindKind, ExternalId, Id};
use crate::store::{BindingRow, PlatformNum};

impl Directory {
    /// What an id of the app's means: an external id if what stands before its first `:` is a known platform, else a local
    /// id that is bound, else an id of the app's own.
    pub(crate) fn meaning(&self, kind: BindKind, id: &Id) -> Option<(PlatformNum, Id)> {
        if !id.is_number()
            && let Some((name, rest)) = id.as_str().split_once(':')
            && let Some(platform) = self.known(name)
        {
            return Some((platform, self.written_id(kind, platform, &rest.into())));
        }
        if let Some(bound) = self.bound(kind, id) {
            return Some(bound.clone());
        }
        self.own.map(|own| (own, id.clone()))
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
