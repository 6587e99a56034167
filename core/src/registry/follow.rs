//! The registry file, read again whenever it or a file that holds one of its tokens has changed.
//!
//! Contents are compared, not times: a file may be replaced by an older one, or written twice within a tick of the clock. Of
//! what a file holds only a digest is kept here.

use std::io;
use std::path::{Path, PathBuf};

use super::{Registry, parse};
use crate::wire::digest;
use crate::{Error, Result};

/// The files that tokens were read from, each with what tells its content from another: that an error is mended is a change
/// too.
#[derive(Default)]
pub(super) struct TokenFiles(Vec<(PathBuf, [u8; 32])>);

impl TokenFiles {
    /// Reads one, and notes it.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<String> {
        let content = std::fs::read_to_string(path);
        // What is no file, such as a pipe, gives its content once: looking again would wait for ever, or find nothing.
        if path.is_file() || content.is_err() {
            self.0.push((path.to_owned(), mark(&content)));
        }
        content
    }

    fn have_changed(&self) -> bool {
        self.0.iter().any(|(path, seen)| mark(&std::fs::read_to_string(path)) != *seen)
    }
}

fn mark(content: &io::Result<String>) -> [u8; 32] {
    match content {
        Ok(content) => digest(content.as_bytes()),
        Err(_) => [0; 32],
    }
}

/// A registry file and what was last seen of it.
pub(crate) struct Followed {
    path: PathBuf,
    own_name: String,
    seen: Option<(/* the text */ [u8; 32], TokenFiles)>,
}

impl Followed {
    /// Not read yet. `own_name` is the node's.
    pub(crate) fn new(path: PathBuf, own_name: &str) -> Self {
        Followed { path, own_name: own_name.to_owned(), seen: None }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads it, if anything is another than the last time. What is wrong in it is therefore told once.
    pub(crate) fn read(&mut self) -> Result<Option<Registry>> {
        let unreadable = |e| Error::config(format!("{}: the registry file can't be read: {e}", self.path.display()));
        let text = std::fs::read(&self.path).map_err(unreadable)?;
        let now = digest(&text);
        if self.seen.as_ref().is_some_and(|(seen, tokens)| *seen == now && !tokens.have_changed()) {
            return Ok(None);
        }
        let mut tokens = TokenFiles::default();
        let read = parse::registry(&text, &self.own_name, &self.path, &mut tokens);
        self.seen = Some((now, tokens));
        read.map(Some)
    }

    /// Has the next look read it, whether it has changed or not.
    pub(crate) fn forget(&mut self) {
        self.seen = None;
    }
}
