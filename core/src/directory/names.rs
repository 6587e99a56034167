//! Which platform a name means, and which name a platform has.
//!
//! A name resolves by its exact spelling, else folded. The spellings of the registry file, aliases included, win over a
//! platform that somebody only mentioned.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::state::Directory;
use crate::model::name::{fold, skeletons};
use crate::registry::{Entry, Registry};
use crate::store::{PlatformNum, PlatformRow};
use crate::{Error, ErrorKind, Result};

impl Directory {
    pub(crate) fn resolve(&self, name: &str) -> Option<PlatformNum> {
        self.names.get(name).or_else(|| self.folded.get(&fold(name))).copied()
    }

    /// The platform that an argument or a field names.
    ///
    /// # Errors
    /// `unknown_platform`.
    pub(crate) fn named(&self, field: &str, name: &str) -> Result<PlatformNum> {
        self.resolve(name).ok_or_else(|| self.unknown_platform(field, name))
    }

    /// The platform of this name, unless it was only mentioned by somebody.
    pub(crate) fn known(&self, name: &str) -> Option<PlatformNum> {
        self.resolve(name).filter(|num| self.is_known(*num))
    }

    /// The platform that this name is not but can be taken for: one of the registry file, even if it has vanished from there, one
    /// that joined, or the node itself.
    pub(crate) fn looks_like(&self, name: &str) -> Option<Arc<str>> {
        let is_filed = |num| num == self.node || self.belongs_to_the_file(num);
        if self.resolve(name).is_some_and(is_filed) {
            return None;
        }
        if let Some(entry) = self.registry.looks_like(name) {
            return Some(entry.name.clone());
        }
        if let Some(joined) = self.joined_that_looks_like(name) {
            return Some(joined);
        }
        let looks = skeletons(name);
        let mut without_entry =
            self.platforms.values().filter(|row| is_filed(row.num) && self.entry(row.num).is_none());
        let alike = |row: &&PlatformRow| skeletons(&row.name).iter().any(|look| looks.contains(look));
        without_entry.find(alike).map(|row| row.name.clone())
    }

    /// The platform of this entry: it may have been known by one of its aliases before.
    pub(crate) fn num_of(&self, entry: &Entry) -> Option<PlatformNum> {
        entry.spellings().find_map(|name| self.resolve(name))
    }

    pub(crate) fn name(&self, num: PlatformNum) -> Arc<str> {
        self.platforms.get(&num).map_or_else(|| "?".into(), |row| row.name.clone())
    }

    /// The same where it is only looked at.
    pub(crate) fn spelled(&self, num: PlatformNum) -> &str {
        self.platforms.get(&num).map_or("?", |row| &row.name)
    }

    /// The error for a name that nobody knows, with the names that are known.
    pub(crate) fn unknown_platform(&self, field: &str, name: &str) -> Error {
        let known: Vec<&str> = self.active().map(|row| &*row.name).collect();
        let shown: String = name.chars().take(64).collect();
        let message = match known.is_empty() {
            true => format!("no platform {shown:?} is known here, nor any other: is the registry file the right one?"),
            false => format!("no platform {shown:?} is known here; known: {}", known.join(", ")),
        };
        Error::new(ErrorKind::UnknownPlatform, message).within(field)
    }

    pub(super) fn put_name(&mut self, name: &Arc<str>, num: PlatformNum) {
        let folded = fold(name);
        let num = self.spellings.get(&folded).copied().unwrap_or(num);
        self.names.insert(name.clone(), num);
        self.folded.insert(folded, num);
    }

    /// Puts the registry's entries in force, and those who joined; each has a platform row already.
    pub(crate) fn install(&mut self, registry: &Arc<Registry>) {
        self.registry = registry.clone();
        self.revise();
        self.rename([]);
        let entries = registry.entries().iter().filter_map(|entry| Some((self.num_of(entry)?, entry)));
        let mut entries: BTreeMap<PlatformNum, Arc<Entry>> =
            entries.map(|(num, e)| (num, Arc::new(e.clone()))).collect();
        for (num, entry) in self.entries_of_joined() {
            entries.entry(num).or_insert(entry);
        }
        let spellings = entries.iter().flat_map(|(num, entry)| entry.spellings().map(|name| (fold(name), *num)));
        self.rename(spellings);
        self.looks.clear();
        for (num, entry) in entries.iter().filter(|(_, entry)| entry.line == 0) {
            self.put_looks(entry, *num);
        }
        self.entries = entries;
    }

    /// Puts these spellings in force in place of the earlier ones.
    pub(crate) fn rename(&mut self, spellings: impl IntoIterator<Item = (String, PlatformNum)>) {
        self.spellings = spellings.into_iter().collect();
        self.folded = self.spellings.clone();
        self.names.clear();
        let names: Vec<_> = self.platforms.values().map(|row| (row.name.clone(), row.num)).collect();
        for (name, num) in names {
            self.put_name(&name, num);
        }
    }
}
