//! Which events each process has handed to its app: a small file per process beside its locks, overwritten at each hand-out.
//!
//! It is never synchronized with the disk: it has to outlive its process, not the machine. Whoever finds the file of a
//! process that is dead knows which events were out when it died. What was acknowledged since is gone from the store.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::lock::{self, Locks};
use crate::store::Seq;

const PREFIX: &str = "out-";

/// This process's file.
pub(super) struct OutLog {
    path: PathBuf,
    /// Made with the first event that is handed out.
    file: Mutex<Option<File>>,
}

impl OutLog {
    pub(super) fn new(folder: &Path) -> Self {
        OutLog { path: folder.join(format!("{PREFIX}{}", lock::process_name())), file: Mutex::default() }
    }

    /// Notes that these are out, and no others.
    pub(super) fn write(&self, out: &[Seq]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => file,
            none => none.insert(lock::private_create(&self.path)?),
        };
        let count = out.len() as u64;
        let bytes: Vec<u8> =
            count.to_le_bytes().into_iter().chain(out.iter().flat_map(|seq| seq.to_le_bytes())).collect();
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&bytes)
    }
}

impl Drop for OutLog {
    /// Closed in order, nothing is out any more.
    fn drop(&mut self) {
        if self.file.lock().unwrap_or_else(PoisonError::into_inner).is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// What a dead process left: its file, and what was out.
pub(super) struct Left {
    pub path: PathBuf,
    pub out: Vec<Seq>,
}

/// What dead processes left; `own` says that a file of this process's name is a predecessor's.
pub(super) fn left(locks: &Locks, own: bool) -> io::Result<Vec<Left>> {
    let mut left = Vec::new();
    for entry in fs::read_dir(locks.folder())?.flatten() {
        let name = entry.file_name();
        let Some(process) = name.to_str().and_then(|name| name.strip_prefix(PREFIX)) else { continue };
        let dead = if process == lock::process_name() { own } else { locks.is_dead(process)? };
        if dead {
            left.push(Left { out: read(&entry.path())?, path: entry.path() });
        }
    }
    Ok(left)
}

/// What a file says; what was cut off counts for nothing.
fn read(path: &Path) -> io::Result<Vec<Seq>> {
    let mut bytes = Vec::new();
    File::open(path)?.read_to_end(&mut bytes)?;
    let mut numbers = bytes.as_chunks::<8>().0.iter();
    let count = numbers.next().map_or(0, |count| usize::try_from(u64::from_le_bytes(*count)).unwrap_or(0));
    Ok(numbers.take(count).map(|seq| Seq::from_le_bytes(*seq)).collect())
}
