//! Puts a backup in the place of a store: what an operator would else do with the files by hand, in the right order.
//!
//! Nothing is deleted: what was there is moved aside with its log. A note in the folder of the locks says that this is under way,
//! so that nobody opens what is half done, wherever it was interrupted; done again, it goes on from there.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use super::error::{named, refused};
use super::lock::{self, Locks};
use super::queue::Queue;
use super::{beside, canonical, out_log, schema};
use crate::util::fork;
use crate::{Error, Result};

/// The note; it says what the old store is called from now on.
const NOTE: &str = "restoring";
/// The store and its log. What else SQLite keeps beside it holds nothing.
const PARTS: [&str; 2] = ["", "-wal"];

/// Puts a backup in the place of a store, and returns where what was there before is now. The backup stays as it is.
///
/// The store gets a new id, so that other nodes tell it again which users and rooms it has forgotten. No process may have it open.
///
/// # Errors
/// `config`: the backup is no store, or is open itself; or it is the store. `store`: a process has the store open, the backup is
/// damaged, or a file can't be written. Then the store is as it was; if it was half done, it can't be opened until this has been
/// done again.
pub fn restore(backup: impl AsRef<Path>, store: impl AsRef<Path>) -> Result<Option<PathBuf>> {
    fork::arrive()?;
    let (backup, store) = (canonical(backup.as_ref())?, canonical(store.as_ref())?);
    if backup == store {
        return Err(refused(&store, "is the store itself and no backup of it"));
    }
    if !backup.is_file() {
        return Err(refused(&backup, "there is no such file: give the path of a backup"));
    }
    if beside(&backup, "-locks").is_dir() && Locks::open(&backup)?.others_live() {
        return Err(refused(&backup, "is a store that is open in a process, and no backup: make one of it"));
    }
    let locks = Locks::open(&store)?;
    let queue = Queue::open(&locks)?;
    let _turn = queue.turn().map_err(named(&store))?;
    let _process = locks.process().map_err(named(&store))?;
    if locks.others_live() {
        let why = "a process has it open: stop all that use it, and then restore";
        return Err(named(&store)(Error::store(why).lasting()));
    }
    let failed = |what: &Path, e| named(&store)(Error::store(format_args!("{}: {e}", what.display())));
    let copy = copied(&backup, &store).map_err(|e| failed(&backup, e))?;
    if let Err(e) = schema::renew(&copy, &backup) {
        PARTS.iter().for_each(|end| drop(fs::remove_file(beside(&copy, end))));
        return Err(e);
    }
    replace(&copy, &store, &locks).map_err(|e| failed(&store, e))
}

/// Refuses a store that is half restored.
pub(super) fn refuse_half_done(locks: &Locks, store: &Path) -> Result<()> {
    if note(locks).is_none() {
        return Ok(());
    }
    let why =
        "a backup was being put in its place, and that did not come to its end: do it again (`integrador restore`)";
    Err(named(store)(Error::store(why).lasting()))
}

/// What the note says, if there is one.
fn note(locks: &Locks) -> Option<String> {
    fs::read_to_string(locks.folder().join(NOTE)).ok()
}

/// A copy of the backup, and of its log if it has one, beside the store.
fn copied(backup: &Path, store: &Path) -> std::io::Result<PathBuf> {
    let copy = beside(store, ".restoring");
    for end in PARTS {
        let (from, to) = (beside(backup, end), beside(&copy, end));
        if to.exists() {
            fs::remove_file(&to)?;
        }
        if from.exists() {
            std::io::copy(&mut File::open(from)?, &mut lock::private_create(&to)?)?;
        }
    }
    Ok(copy)
}

fn replace(copy: &Path, store: &Path, locks: &Locks) -> std::io::Result<Option<PathBuf>> {
    let folder = store.parent().unwrap_or(Path::new("."));
    File::open(copy)?.sync_all()?;
    let kept = match note(locks).filter(|kept| !kept.is_empty()) {
        Some(kept) => folder.join(kept),
        None => free_name(store),
    };
    let named = kept.file_name().unwrap_or_default().to_string_lossy();
    let mut written = File::create(locks.folder().join(NOTE))?;
    written.write_all(named.as_bytes())?;
    written.sync_all()?;
    sync(locks.folder())?;

    for end in PARTS {
        let (from, to) = (beside(store, end), beside(&kept, end));
        match (from.exists(), to.exists()) {
            (false, _) => {}
            (true, false) => fs::rename(from, to)?,
            // It was done before up to here: what stands here now is of the backup.
            (true, true) => fs::remove_file(from)?,
        }
    }
    let index = beside(store, "-shm");
    if index.exists() {
        fs::remove_file(index)?;
    }
    // What these say of the old store is not true of the new one.
    for left in out_log::left(locks, true)? {
        fs::remove_file(left.path)?;
    }
    let left = locks.folder().join("left");
    if left.exists() {
        fs::remove_file(left)?;
    }
    fs::rename(copy, store)?;
    sync(folder)?;
    fs::remove_file(locks.folder().join(NOTE))?;
    sync(locks.folder())?;
    Ok(kept.exists().then_some(kept))
}

/// A name beside the store that nothing has.
fn free_name(store: &Path) -> PathBuf {
    let is_free = |name: &PathBuf| PARTS.iter().all(|end| !beside(name, end).exists());
    let numbered = (2..).map(|n| beside(store, &format!(".replaced-{n}")));
    let first = beside(store, ".replaced");
    std::iter::once(first.clone()).chain(numbered).find(is_free).unwrap_or(first)
}

#[cfg(unix)]
fn sync(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere a folder can't be opened like a file.
#[cfg(not(unix))]
fn sync(_: &Path) -> std::io::Result<()> {
    Ok(())
}
