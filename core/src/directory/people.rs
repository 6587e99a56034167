//! Users of all platforms: each row once, found by its id.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::model::Id;
use crate::store::{PlatformNum, UserRow};

#[derive(Debug, Default)]
pub(crate) struct People(BTreeMap<PlatformNum, BTreeSet<ById>>);

impl People {
    /// Returns the row that it replaces.
    pub(crate) fn put(&mut self, row: UserRow) -> Option<UserRow> {
        self.0.entry(row.platform).or_default().replace(ById(row)).map(|before| before.0)
    }

    pub(crate) fn get(&self, platform: PlatformNum, id: &str) -> Option<&UserRow> {
        self.0.get(&platform).and_then(|users| users.get(id)).map(|user| &user.0)
    }

    /// The users of one platform, in the order of their ids.
    pub(crate) fn of(&self, platform: PlatformNum) -> impl Iterator<Item = &UserRow> {
        self.0.get(&platform).into_iter().flatten().map(|user| &user.0)
    }

    /// The users of one platform behind this one.
    pub(crate) fn after(&self, platform: PlatformNum, id: &Id) -> impl Iterator<Item = &UserRow> {
        let users = self.0.get(&platform).into_iter();
        let behind = (Bound::Excluded(id.as_str()), Bound::Unbounded);
        users.flat_map(move |users| users.range::<str, _>(behind)).map(|user| &user.0)
    }

    /// How many users of a platform are known, those who are gone included.
    pub(crate) fn count(&self, platform: PlatformNum) -> usize {
        self.0.get(&platform).map_or(0, BTreeSet::len)
    }
}

/// A row that is its id to the set that it is in.
#[derive(Debug)]
struct ById(UserRow);

impl Borrow<str> for ById {
    fn borrow(&self) -> &str {
        self.0.id.as_str()
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.0.id == other.0.id
    }
}

impl Eq for ById {}

impl PartialOrd for ById {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ById {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}
