//! What the registry file says: its platforms, looked up by any spelling of a name or by token, and what is odd about them.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use url::Url;

#[cfg(test)]
use crate::model::name::fold;
use crate::model::name::skeletons;
use crate::model::{Id, Kinds};
use crate::util::secret::Secret;

/// One platform of the file, or one that joined at run time.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub id: Id,
    /// Trimmed, spelled as in the file.
    pub name: Arc<str>,
    /// Further spellings, trimmed.
    pub aliases: Vec<Arc<str>>,
    /// Where it is reached; its path ends with `/`. None for the node's own entry and for a platform behind another node.
    pub endpoint: Option<Url>,
    /// None where `endpoint` is.
    pub token: Option<Secret>,
    /// Another that is good beside it while one of them is being replaced; only of a platform that joined at run time.
    pub beside: Option<Secret>,
    /// The endpoint was told by somebody else, so it is looked at before it is called.
    pub told: bool,
    pub support_audio: bool,
    pub support_image: bool,
    pub enabled: bool,
    /// Its messages carry the ids of its own members of the room.
    pub recipients: bool,
    /// What it takes beyond users, rooms and messages, if it is a plain platform.
    pub supports: Kinds,
    /// The entry, by its own spelling, of the node that hosts it.
    pub via: Option<Arc<str>>,
    /// The line of the file where it begins, from 1; 0 of one that joined.
    pub line: usize,
}

impl Entry {
    /// The name and the aliases.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.name).chain(&self.aliases)
    }

    /// The tokens that are good.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = &Secret> {
        self.token.iter().chain(&self.beside)
    }
}

/// The platforms of the file, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    pub(super) entries: Vec<Entry>,
    /// The node's own entry.
    pub(super) own: Option<usize>,
    /// The entries by what their names and aliases look like.
    pub(super) looks: HashMap<String, usize>,
    pub(super) warnings: Vec<Warning>,
}

/// Something in the file that is hardly meant so, though it is not wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Warning {
    /// Of the entry, from 1.
    pub line: usize,
    pub platform: Arc<str>,
    pub what: String,
    /// It puts the node in danger.
    pub grave: bool,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, platform `{}`: {}", self.line, self.platform, self.what)
    }
}

impl Registry {
    /// The entry of this name or alias.
    #[cfg(test)]
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.spellings().any(|spelling| fold(spelling) == fold(name)))
    }

    /// The entry that has this token.
    #[cfg(test)]
    pub(crate) fn by_token(&self, token: &str) -> Option<&Entry> {
        let given = Secret::new(token)?;
        self.entries.iter().find(|entry| entry.token.as_ref() == Some(&given))
    }

    /// An entry that this name can be taken for, by how it looks. The entry's own spellings look like it too.
    pub(crate) fn looks_like(&self, name: &str) -> Option<&Entry> {
        skeletons(name).iter().find_map(|look| self.entries.get(*self.looks.get(look)?))
    }

    pub(crate) fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The node's own entry, if the file has one.
    pub(crate) fn own(&self) -> Option<&Entry> {
        self.entries.get(self.own?)
    }
}
