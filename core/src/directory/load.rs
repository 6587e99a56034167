//! Rows of the store become the directory: all of them at open, later what other processes changed.

use super::state::Directory;
use crate::store;

impl Directory {
    /// Takes rows in: all of them at open, what changed later on.
    pub(crate) fn apply(&mut self, rows: store::Directory) {
        self.version = self.version.max(rows.version);
        let platforms = !rows.platforms.is_empty() || !rows.joined.is_empty();
        for row in rows.platforms {
            self.put_platform(row);
        }
        for row in rows.users {
            self.put_user(row);
        }
        for row in rows.rooms {
            self.put_room(row);
        }
        for row in rows.asked {
            self.put_asked(row);
        }
        for row in rows.announcements {
            self.announce(row);
        }
        for row in rows.bindings {
            self.put_binding(&row);
        }
        if !rows.joined.is_empty() {
            self.joined.extend(rows.joined.into_iter().map(|row| (row.platform, row)));
            self.membership_changed();
        }
        self.waiting = rows.lanes.iter().map(|l| (l.dest, l.waiting)).collect();
        self.tellings = rows.tellings.into_iter().map(|row| ((row.lane, row.platform), row)).collect();
        self.merged.extend(rows.merged);
        if platforms {
            self.install(&self.registry.clone());
        }
    }

    /// Whether these rows say more than what waits in the lanes, and what they tell.
    pub(crate) fn is_changed_by(rows: &store::Directory) -> bool {
        let store::Directory { platforms, users, rooms, asked, announcements, bindings, joined, .. } = rows;
        let nothing = platforms.is_empty()
            && users.is_empty()
            && rooms.is_empty()
            && asked.is_empty()
            && announcements.is_empty()
            && bindings.is_empty()
            && joined.is_empty();
        !nothing
    }

    /// Forgets everything but the registry, and takes all rows in again.
    pub(crate) fn replace(&mut self, rows: store::Directory) {
        let registry = std::mem::take(&mut self.registry);
        *self = Directory { registry, own: self.own, node: self.node, ..Directory::default() };
        self.revise();
        self.apply(rows);
    }

    /// Whether these rows say of platforms that they turned out to be others: then all that is known must be read again.
    pub(crate) fn is_overturned_by(&self, rows: &store::Directory) -> bool {
        rows.merged.iter().any(|(num, _)| self.platforms.contains_key(num))
    }
}
