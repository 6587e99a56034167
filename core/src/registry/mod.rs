//! The platforms that the registry file names: looked up by any spelling of a name, or by token.
//!
//! Reading the file is in [`parse`], noticing that it has changed in [`follow`].
//! Platforms that are known from elsewhere (peers, the store) are the directory's.

pub mod edit;
mod follow;
mod parse;

#[cfg(test)]
mod tests;

pub(crate) use follow::Followed;
pub(crate) use parse::{next_id, spans};

use std::collections::HashMap;
use std::collections::hash_map::Entry as MapEntry;
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
}

impl Registry {
    /// From the file's text, as it is read for once; `label` is its path, for errors and for tokens in files beside it.
    #[cfg(test)]
    pub(crate) fn parse(text: &[u8], own_name: &str, label: &std::path::Path) -> Result<Registry> {
        parse::registry(text, own_name, label, &mut follow::TokenFiles::default())
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

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What is allowed and yet is hardly meant: entries with one endpoint.
    pub(crate) fn doubts(&self) -> Vec<String> {
        let mut seen: HashMap<&Url, &Entry> = HashMap::new();
        let mut doubts = Vec::new();
        for entry in self.entries.iter().filter(|entry| entry.enabled) {
            let Some(endpoint) = &entry.endpoint else { continue };
            match seen.entry(endpoint) {
                MapEntry::Occupied(other) => doubts.push(format!(
                    "platform `{}` (line {}) and platform `{}` (line {}) have one endpoint: whatever is there gets everything twice",
                    other.get().name, other.get().line, entry.name, entry.line
                )),
                MapEntry::Vacant(first) => drop(first.insert(entry)),
            }
        }
        doubts
    }

    /// The node's own entry, if the file has one.
    pub(crate) fn own(&self) -> Option<&Entry> {
        self.entries.get(self.own?)
    }
}

/// An endpoint, with the final `/`. The error doesn't show it, since a URL can hold a password.
pub(crate) fn parse_endpoint(text: &str) -> Result<Url> {
    let expected = |wrong: &str| {
        Error::invalid("endpoint", format!("expected a URL such as http://localhost:8080/api/, but {wrong}"))
    };
    let text = text.trim();
    // The parser would repair `http:host` and drop line breaks: what is written is to be what is meant.
    let lower = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    if !lower.starts_with("http://") && !lower.starts_with("https://") {
        return Err(expected("it begins neither with http:// nor with https://"));
    }
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(expected("it holds a space or a control character"));
    }
    let mut url = Url::parse(text).map_err(|e| expected(&e.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(expected("it holds a user or a password: the token is what identifies"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(expected("it holds a query or a fragment"));
    }
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Ok(url)
}
