//! The registry file, read again whenever it or a file that holds one of its tokens has changed.
//!
//! Contents are compared, not times: a file may be replaced by an older one, or written twice within a tick of the clock. Of
//! what a file holds only a digest is kept here.

use std::path::{Path, PathBuf};

use super::entries::{Registry, Warning};
use super::parse;
use super::token_files::TokenFiles;
use crate::util::digest::digest;
use crate::{Error, Result};

/// A registry file and what was last seen of it.
pub(crate) struct Followed {
    path: PathBuf,
    own_name: String,
    seen: Option<(/* the text */ [u8; 32], TokenFiles)>,
    /// What the log was told at the last reading.
    warned: Vec<Warning>,
    exposed: bool,
}

/// What there is to say of the file as it is now. Nothing is logged, and nothing put in force.
pub(crate) fn look(path: &Path, own_name: &str) -> Result<Vec<Warning>> {
    let text = text_of(path)?;
    let registry = parse::registry(&text, own_name, path, &mut TokenFiles::default())?;
    Ok(registry.warnings().to_vec())
}

fn text_of(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path)
        .map_err(|e| Error::config(format!("the registry file can't be read: {e}")).at(path.display()).caused_by(e))
}

impl Followed {
    /// Not read yet. `own_name` is the node's.
    pub(crate) fn new(path: PathBuf, own_name: &str) -> Self {
        Followed { path, own_name: own_name.to_owned(), seen: None, warned: Vec::new(), exposed: false }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it, if anything is different from the last time. What is wrong in it, or hardly meant so, is therefore told once.
    pub(crate) fn read(&mut self) -> Result<Option<Registry>> {
        let text = text_of(&self.path)?;
        let now = digest(&text);
        if self.seen.as_ref().is_some_and(|(seen, tokens)| *seen == now && !tokens.have_changed()) {
            return Ok(None);
        }
        let mut tokens = TokenFiles::default();
        let read = parse::registry(&text, &self.own_name, &self.path, &mut tokens);
        // Not files of single tokens: containers show those to all who are inside.
        let exposed = tokens.in_place && is_open_to_all(&self.path);
        self.seen = Some((now, tokens));
        let registry = read?;
        for warning in registry.warnings().iter().filter(|warning| !self.warned.contains(warning)) {
            match warning.grave {
                true => tracing::error!("{}, {warning}", self.path.display()),
                false => tracing::warn!("{}, {warning}", self.path.display()),
            }
        }
        self.warned = registry.warnings().to_vec();
        if exposed && !self.exposed {
            tracing::warn!(
                "{} has tokens in it, and everybody on this machine may read it: run `chmod 600` on it, or keep the tokens \
                 elsewhere (`env:`, `file:`)",
                self.path.display()
            );
        }
        self.exposed = exposed;
        Ok(Some(registry))
    }

    /// Has the next look read it, whether it has changed or not.
    pub(crate) fn forget(&mut self) {
        self.seen = None;
    }
}

#[cfg(unix)]
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn is_open_to_all(_: &Path) -> bool {
    false
}
