//! Files that hold tokens: readable by their owner alone, and never half written.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::output::{Failure, Outcome};

/// The text of a file; empty if there is none.
pub(crate) fn read_or_empty(path: &Path) -> Result<String, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(text),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(e) => Err(Failure(format!("{}: {e}", path.display()))),
    }
}

/// Writes a new file of mode 0600; fails if one is there.
pub(crate) fn create(path: &Path, text: &str) -> Outcome {
    let temporary = written_beside(path, text)?;
    temporary.persist_noclobber(path).map(drop).map_err(|e| at(path, &e.error))
}

/// Writes a file whole, in place of the one that may be there; that one's mode stays, a new one gets 0600. A node that follows
/// the file sees the old text or the new one, never a part.
pub(crate) fn replace(path: &Path, text: &str) -> Outcome {
    // A link stays a link.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let temporary = written_beside(&path, text)?;
    if let Ok(there) = fs::metadata(&path) {
        temporary.as_file().set_permissions(there.permissions()).map_err(|e| at(&path, &e))?;
    }
    temporary.persist(&path).map(drop).map_err(|e| at(&path, &e.error))
}

/// A temporary file in the folder of `path`; `tempfile` makes it readable by its owner alone.
fn written_beside(path: &Path, text: &str) -> Result<tempfile::NamedTempFile, Failure> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    };
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|e| at(path, &e))?;
    file.write_all(text.as_bytes()).and_then(|()| file.as_file().sync_all()).map_err(|e| at(path, &e))?;
    Ok(file)
}

fn at(path: &Path, error: &std::io::Error) -> Failure {
    Failure(format!("{}: {error}", path.display()))
}
