//! The files that tokens are read from. Of what they hold only a digest is kept here.

use std::io;
use std::path::{Path, PathBuf};

use crate::wire::digest;

/// Where the tokens of a registry file stand.
#[derive(Default)]
pub(super) struct TokenFiles {
    /// The files that tokens were read from, each with a digest of its content: that an error is gone is a change too.
    read: Vec<(PathBuf, Mark)>,
    /// A token stands in the registry file itself.
    pub in_place: bool,
}

impl TokenFiles {
    /// Reads one, and notes it.
    pub(super) fn read(&mut self, path: &Path) -> io::Result<String> {
        let content = std::fs::read_to_string(path);
        // What is no file, such as a pipe, gives its content once: looking again would wait for ever, or find nothing.
        if path.is_file() || content.is_err() {
            self.read.push((path.to_owned(), mark(&content)));
        }
        content
    }

    pub(super) fn have_changed(&self) -> bool {
        self.read.iter().any(|(path, seen)| mark(&std::fs::read_to_string(path)) != *seen)
    }
}

/// A digest of the content; None: the file can't be read.
type Mark = Option<[u8; 32]>;

fn mark(content: &io::Result<String>) -> Mark {
    content.as_ref().ok().map(|content| digest(content.as_bytes()))
}
