//! The users of all platforms, and in which of two forms an id is kept: an integer, or a text that reads like one.

use super::room::Room;
use super::state::Directory;
use crate::model::Id;
use crate::store::{Ids, PlatformNum, UserRow};

impl Directory {
    pub(crate) fn put_user(&mut self, row: UserRow) {
        self.note_forms(row.platform, [&row.id]);
        let (platform, now) = (row.platform, row.extras.held());
        let before = self.users.put(row).map_or(0, |before| before.extras.held());
        self.hold_extras(platform, before, now);
        self.revise();
    }

    pub(crate) fn user(&self, platform: PlatformNum, id: &str) -> Option<&UserRow> {
        self.users.get(platform, id)
    }

    pub(crate) fn users(&self, platform: PlatformNum) -> impl Iterator<Item = &UserRow> {
        self.users.of(platform)
    }

    /// The users of a platform behind this one.
    pub(crate) fn users_after(&self, platform: PlatformNum, id: &Id) -> impl Iterator<Item = &UserRow> {
        self.users.after(platform, id)
    }

    /// How many users of a platform are known, those who are gone included.
    pub(crate) fn user_count(&self, platform: PlatformNum) -> usize {
        self.users.count(platform)
    }

    /// The id as it first came: among the users, then among the room's members, then as it is.
    pub(crate) fn canonical(&self, platform: PlatformNum, id: &Id, room: Option<&Room>) -> Id {
        if !self.may_differ(platform, id) {
            return id.clone();
        }
        let known = self.user(platform, id.as_str()).map(|user| &user.id);
        known.or_else(|| room.and_then(|r| r.canonical(platform, id.as_str()))).unwrap_or(id).clone()
    }

    /// Whether none of these ids may be known in another form.
    pub(crate) fn written_alike(&self, platform: PlatformNum, ids: &Ids) -> bool {
        let two_forms = self.two_forms.contains(&platform);
        !ids.iter().any(|id| if id.is_number() { two_forms } else { id.has_two_forms() })
    }

    /// Whether an id of this platform may be known in another form than this one.
    fn may_differ(&self, platform: PlatformNum, id: &Id) -> bool {
        if id.is_number() { self.two_forms.contains(&platform) } else { id.has_two_forms() }
    }

    pub(super) fn note_forms<'a>(&mut self, platform: PlatformNum, ids: impl IntoIterator<Item = &'a Id>) {
        if ids.into_iter().any(|id| !id.is_number() && id.has_two_forms()) {
            self.two_forms.insert(platform);
        }
    }
}
