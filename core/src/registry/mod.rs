//! The platforms that the registry file names: looked up by any spelling of a name, or by token.
//!
//! Reading the file is in [`parse`], noticing that it has changed in [`follow`].
//! Platforms that are known from elsewhere (peers, the store) are the directory's.

pub mod edit;
mod endpoint;
mod follow;
mod parse;
mod token_files;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use endpoint::parse_endpoint;
pub(crate) use follow::Followed;
pub(crate) use parse::{next_id, spans, unknown_fields};
pub(crate) use watch::{News, Watch};

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use url::Url;

use crate::model::Id;
#[cfg(test)]
use crate::model::name::fold;
use crate::model::name::skeletons;
use crate::store::TokenDigest;
use crate::wire::digest;
use crate::{Error, Result};

/// The secret that two platforms share. Shown nowhere: its `Debug` is `Secret(…)`; compared in constant time.
#[derive(Clone)]
pub(crate) struct Secret {
    token: Arc<str>,
    /// Compared in place of the token, so that not even its length shows in the time.
    digest: TokenDigest,
}

impl Secret {
    /// An empty token would be everybody's: it is refused.
    pub(crate) fn new(token: &str) -> Result<Self> {
        if token.is_empty() {
            return Err(Error::invalid("token", "expected at least one character, got an empty string"));
        }
        Ok(Secret { token: token.into(), digest: TokenDigest(digest(token.as_bytes())) })
    }

    /// The key for signatures.
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.token.as_bytes()
    }

    /// What the store keeps of it.
    pub(crate) fn digest(&self) -> TokenDigest {
        self.digest
    }

    /// For the one request that has to carry it.
    pub(crate) fn as_str(&self) -> &str {
        &self.token
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// One platform of the file.
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
    pub support_audio: bool,
    pub support_image: bool,
    pub enabled: bool,
    /// Its messages carry the ids of its own members of the room.
    pub recipients: bool,
    /// The entry, by its own spelling, of the node that hosts it.
    pub via: Option<Arc<str>>,
    /// The line of the file where it begins, from 1.
    pub line: usize,
}

impl Entry {
    /// The name and the aliases.
    pub(crate) fn spellings(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.name).chain(&self.aliases)
    }
}

/// The platforms of the file, in its order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registry {
    entries: Vec<Entry>,
    /// The node's own entry.
    own: Option<usize>,
    /// The entries by what their names and aliases look like.
    looks: HashMap<String, usize>,
    warnings: Vec<Warning>,
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
    /// From the file's text, as it is read for once; `label` is its path, for errors and for tokens in files beside it.
    #[cfg(test)]
    pub(crate) fn parse(text: &[u8], own_name: &str, label: &std::path::Path) -> Result<Registry> {
        parse::registry(text, own_name, label, &mut token_files::TokenFiles::default())
    }

    /// The entry of this name or alias.
    #[cfg(test)]
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.spellings().any(|spelling| fold(spelling) == fold(name)))
    }

    /// The entry that has this token. Every entry is compared, in constant time.
    pub(crate) fn by_token(&self, token: &str) -> Option<&Entry> {
        let given = Secret::new(token).ok()?;
        let mut found = None;
        for entry in &self.entries {
            if entry.token.as_ref() == Some(&given) {
                found = Some(entry);
            }
        }
        found
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
