//! Whose registry file one is, remembered beside it for the next `add`: `platforms.own.json` beside `platforms.json`.

use std::path::{Path, PathBuf};

use integrador::registry_file;
use serde_json::{Value, json};

use crate::files;
use crate::output::{Failure, Outcome};

/// The name of the node whose registry file it is, and where others reach it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    pub(crate) name: Option<String>,
    pub(crate) url: Option<String>,
}

impl Remembered {
    /// What is remembered beside this registry file.
    pub(crate) fn beside(registry: &Path) -> Result<Remembered, Failure> {
        let path = path(registry);
        let text = files::read_or_empty(&path)?;
        if text.is_empty() {
            return Ok(Remembered::default());
        }
        let value: Value = serde_json::from_str(&text).map_err(|e| Failure(format!("{}: {e}", path.display())))?;
        let field = |name: &str| value[name].as_str().map(str::to_owned);
        Ok(Remembered { name: field("name"), url: field("endpoint") })
    }

    /// The name of the node whose registry file this is: as given, or as the file says, or as it is remembered.
    pub(crate) fn name_of(given: Option<&str>, registry: &Path) -> Result<Option<String>, Failure> {
        let text = files::read_or_empty(registry)?;
        let remembered = Remembered::beside(registry)?.name;
        Ok(given.map(str::to_owned).or_else(|| registry_file::owner(&text)).or(remembered))
    }

    /// This, and what it lacks of the other.
    pub(crate) fn or(self, other: Remembered) -> Remembered {
        Remembered { name: self.name.or(other.name), url: self.url.or(other.url) }
    }

    /// Remembers it beside this registry file.
    pub(crate) fn keep(&self, registry: &Path) -> Outcome {
        let value = json!({"name": self.name, "endpoint": self.url});
        files::replace(&path(registry), &format!("{value:#}\n"))
    }
}

fn path(registry: &Path) -> PathBuf {
    registry.with_extension("own.json")
}
