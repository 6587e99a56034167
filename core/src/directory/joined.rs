//! Who joined at run time. Whom the registry file names, or named once, is the file's: there nothing of this counts.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::state::Directory;
use crate::model::name::{fold, skeletons};
use crate::model::{Id, Kinds};
use crate::registry::Entry;
use crate::store::{JoinedRow, PlatformNum, Standing, Way};
use crate::util::secret::Secret;

impl Directory {
    pub(crate) fn put_joined(&mut self, row: JoinedRow) {
        let num = row.platform;
        self.joined.insert(num, row);
        self.membership_changed();
        let entry = self.joined.get(&num).and_then(|row| self.entry_of(row));
        match entry {
            _ if self.is_in_the_file(num) => {}
            // The others stay as they are, however many there are.
            Some(entry) if self.is_spelled_alone(num, &entry) => {
                self.revise();
                self.spellings.insert(fold(&entry.name), num);
                self.put_name(&entry.name, num);
                self.put_looks(&entry, num);
                self.entries.insert(num, entry);
            }
            _ => self.install(&self.registry.clone()),
        }
    }

    /// Whether an entry takes no spelling from another, nor from what it was before.
    fn is_spelled_alone(&self, num: PlatformNum, entry: &Entry) -> bool {
        let known = self.spellings.get(&fold(&entry.name));
        let same = self.entries.get(&num).is_none_or(|before| before.name == entry.name);
        known.is_none_or(|known| *known == num) && same
    }

    /// Notes what the name of one who joined looks like.
    pub(super) fn put_looks(&mut self, entry: &Entry, num: PlatformNum) {
        for look in skeletons(&entry.name) {
            self.looks.entry(look).or_insert(num);
        }
    }

    pub(super) fn membership_changed(&mut self) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        self.membership = LAST.fetch_add(1, Ordering::Relaxed) + 1;
    }

    /// Changes whenever somebody joins, or changes how it is reached or by which token.
    pub(crate) fn membership(&self) -> u64 {
        self.membership
    }

    pub(crate) fn joined(&self, num: PlatformNum) -> Option<&JoinedRow> {
        self.joined.get(&num)
    }

    /// All of them, removed ones too.
    pub(crate) fn all_joined(&self) -> impl Iterator<Item = &JoinedRow> {
        self.joined.values()
    }

    /// How a platform is reached that joined and takes part.
    pub(crate) fn way(&self, num: PlatformNum) -> Option<&Way> {
        let in_force = self.entries.contains_key(&num) && !self.is_in_the_file(num);
        self.joined.get(&num).filter(|_| in_force).and_then(JoinedRow::way)
    }

    /// It has an entry in the registry file.
    pub(crate) fn is_in_the_file(&self, num: PlatformNum) -> bool {
        // One that joined begins at no line.
        self.entries.get(&num).is_some_and(|entry| entry.line > 0)
    }

    /// The entries of those who joined and have none in the file.
    pub(super) fn entries_of_joined(&self) -> Vec<(PlatformNum, Arc<Entry>)> {
        self.joined.values().filter_map(|row| Some((row.platform, self.entry_of(row)?))).collect()
    }

    fn entry_of(&self, row: &JoinedRow) -> Option<Arc<Entry>> {
        let Standing::Joined(Way { endpoint, told, pair }) = &row.standing else { return None };
        let known = self.platforms.get(&row.platform).filter(|known| !known.filed && known.num != self.node)?;
        Some(Arc::new(Entry {
            id: Id::from(i64::from(row.platform)),
            name: known.name.clone(),
            aliases: Vec::new(),
            endpoint: Some(endpoint.clone()),
            token: Some(pair.token.clone()),
            beside: pair.former.as_ref().map(|former| former.token.clone()),
            told: *told,
            support_audio: known.support_audio,
            support_image: known.support_image,
            enabled: true,
            recipients: false,
            supports: Kinds::default(),
            via: None,
            line: 0,
        }))
    }

    /// The platform that has this token. Every one is compared, in constant time.
    pub(crate) fn by_token(&self, token: &Secret) -> Option<PlatformNum> {
        let mut found = None;
        for (num, entry) in &self.entries {
            for known in entry.tokens() {
                if known == token {
                    found = Some(*num);
                }
            }
        }
        found
    }

    /// One that joined and that this name can be taken for, though it is another.
    pub(super) fn joined_that_looks_like(&self, name: &str) -> Option<Arc<str>> {
        let num = skeletons(name).iter().find_map(|look| self.looks.get(look).copied())?;
        self.entries.get(&num).map(|entry| entry.name.clone())
    }
}
