//! One locked file: opened, locked, held for long, or looked at whether somebody holds it. The system frees it when a process
//! dies, however it dies.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::store::Lease;
use crate::util::fork::Private;

/// Opens it; it is made if it isn't there.
pub(super) fn open(path: &Path) -> io::Result<Private<File>> {
    Private::open(|| private(OpenOptions::new().read(true).write(true).create(true).truncate(false)).open(path))
}

/// Whether it was free, and is locked now.
pub(super) fn try_lock(file: &File) -> io::Result<bool> {
    tried(|| file.try_lock())
}

fn tried(try_lock: impl Fn() -> Result<(), TryLockError>) -> io::Result<bool> {
    loop {
        match try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(e)) if e.kind() == ErrorKind::Interrupted => {}
            Err(TryLockError::Error(e)) => return Err(e),
        }
    }
}

/// Waits for it.
pub(super) fn lock(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            done => return done,
        }
    }
}

/// A lock that its holder keeps for long.
pub(super) struct Held {
    file: Private<File>,
    path: PathBuf,
    /// Its file is there for the next holder too.
    stays: bool,
}

impl Held {
    /// None while another holds it. Its file goes with it.
    pub(super) fn take(path: PathBuf) -> io::Result<Option<Self>> {
        Self::take_file(path, false)
    }

    /// The same for a lock that is taken again and again: its file stays. A file system that makes and removes one file a
    /// thousand times a second is busy with that alone (ext4 gives no number to a new file that was another's within 5 s).
    pub(super) fn take_often(path: PathBuf) -> io::Result<Option<Self>> {
        Self::take_file(path, true)
    }

    fn take_file(path: PathBuf, stays: bool) -> io::Result<Option<Self>> {
        loop {
            let file = open(&path)?;
            if !try_lock(&file)? {
                return Ok(None);
            }
            // Otherwise its last holder removed it between our opening and locking it.
            if !is_removed(&file)? {
                return Ok(Some(Held { file, path, stays }));
            }
        }
    }

    /// Whether this is the process that took it, and not a child that was forked from it.
    pub(super) fn is_ours(&self) -> bool {
        self.file.is_ours()
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.is_ours() {
            return;
        }
        if cfg!(unix) && !self.stays {
            let _ = fs::remove_file(&self.path);
        }
        // Not left to closing: a child that was forked without `fork` shares the open file and would keep the lock.
        let _ = self.file.unlock();
    }
}

impl Lease for Held {}

/// Whether somebody holds this lock.
pub(super) fn is_held(path: &Path) -> io::Result<bool> {
    match Private::open(|| File::open(path)) {
        Ok(file) => Ok(Look::at(file)?.is_none()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// A lock that is taken for a moment, to see whether somebody holds it. It is shared with all who look, and so can be told from
/// one that is held.
pub(super) struct Look(Private<File>);

impl Look {
    /// None if somebody holds it.
    pub(super) fn at(file: Private<File>) -> io::Result<Option<Look>> {
        Ok(tried(|| file.try_lock_shared())?.then(|| Look(file)))
    }

    pub(super) fn file(&self) -> &File {
        &self.0
    }
}

impl Drop for Look {
    fn drop(&mut self) {
        // As that of one that is held.
        let _ = self.0.unlock();
    }
}

#[cfg(unix)]
pub(super) fn is_removed(file: &File) -> io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?) == 0)
}

#[cfg(not(unix))]
pub(super) fn is_removed(_: &File) -> io::Result<bool> {
    Ok(false)
}

/// What is made is for this user alone.
#[cfg(unix)]
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600)
}

#[cfg(not(unix))]
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options
}
