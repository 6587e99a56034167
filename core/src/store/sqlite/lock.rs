//! The locks between processes: who opened the store, who holds a lease, and the files of the queue of those who want to
//! write ([`super::queue`]). All are locked files in the folder `<store>-locks`, so the system frees them when a process
//! dies, however it dies.
//!
//! SQLite's own lock is not enough. Its waiters sleep and try again, so a process that writes without a pause starves all
//! others; and two copies of SQLite in one process (two class loaders, two wheels) void each other's POSIX locks, which
//! loses rows. The locks here belong to an open file and not to a process, so a second copy meets them too.
//!
//! What differs between systems is kept in this file, and in [`super::lock_file`] for one such file.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
#[cfg(target_os = "linux")]
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
#[cfg(target_os = "linux")]
use std::sync::Arc;
use std::thread::sleep;
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::beside;
use super::error::refused;
use super::lock_file::{self, Held, Look, is_held, is_removed, private};
use crate::util::fork::Private;
use crate::{Error, Result};

/// File names end at 255 bytes on most systems; a longer lease name becomes its hash.
const LONGEST_NAME: usize = 200;
/// Longer paths of sockets the system does not take.
#[cfg(target_os = "linux")]
const LONGEST_SOCKET: usize = 100;
/// How long a process that opens the store waits for others that look whether it lives, and how often it looks again.
const PATIENCE: Duration = Duration::from_secs(30);
const LOOK: Duration = Duration::from_millis(1);
/// What the names of these files begin with; then comes the name of a process.
const PROCESS: &str = "process-";
const BELL: &str = "bell-";

/// The folder of a store's locks.
#[derive(Clone)]
pub(super) struct Locks {
    folder: PathBuf,
    /// The folder, open, where its path is too long for that of a socket.
    #[cfg(target_os = "linux")]
    handle: Option<Arc<Private<File>>>,
}

impl Locks {
    pub(super) fn open(store: &Path) -> Result<Self> {
        let folder = beside(store, "-locks");
        match private_folder(&folder) {
            Err(e) if e.kind() != ErrorKind::AlreadyExists => {
                return Err(refused(&folder, format_args!("the folder for the store's locks can't be made: {e}")));
            }
            _ => {}
        }
        // Through a link, files would be made and removed somewhere else.
        if !fs::symlink_metadata(&folder).is_ok_and(|there| there.is_dir()) {
            return Err(refused(&folder, "is to be the folder of the store's locks, and is something else: remove it"));
        }
        close_to_others(&folder)?;
        Self::in_folder(folder)
    }

    #[cfg(target_os = "linux")]
    fn in_folder(folder: PathBuf) -> Result<Self> {
        let longest = folder.as_os_str().len() + 1 + BELL.len() + process_name().len();
        let mut locks = Locks { folder, handle: None };
        if longest > LONGEST_SOCKET {
            let handle = Private::open(|| File::open(&locks.folder)).map_err(|e| locks.failed(e))?;
            locks.handle = Some(Arc::new(handle));
        }
        Ok(locks)
    }

    #[cfg(not(target_os = "linux"))]
    fn in_folder(folder: PathBuf) -> Result<Self> {
        Ok(Locks { folder })
    }

    /// Notes that this process has the store open. Refused while it has it open already, by whichever copy of this library.
    ///
    /// Also removes what dead processes left.
    pub(super) fn process(&self) -> Result<Held> {
        self.others_live();
        let path = self.process_file(&process_name());
        let began = Instant::now();
        let held = loop {
            match Held::take(path.clone()).map_err(|e| self.failed(e))? {
                // Another process looks at this very moment whether this one lives.
                None if !is_held(&path).map_err(|e| self.failed(e))? && began.elapsed() < PATIENCE => sleep(LOOK),
                held => break held,
            }
        };
        held.ok_or_else(|| {
            Error::store(
                "this process has it open already: open it once and share the node (a second copy of the library in the \
                 process, from another class loader or package, counts too), or close the first one",
            )
            .lasting()
        })
    }

    /// Whether other processes have the store open. Also removes what dead ones left.
    pub(super) fn others_live(&self) -> bool {
        let own = process_name();
        let others: BTreeSet<String> =
            self.names(PROCESS).chain(self.names(BELL)).filter(|name| *name != own).collect();
        others.iter().filter(|process| !self.remove_if_dead(process).unwrap_or(false)).count() > 0
    }

    /// Removes what a process left, if it is dead; whether it is.
    fn remove_if_dead(&self, process: &str) -> io::Result<bool> {
        let path = self.process_file(process);
        // Made if it is missing, so that a process of this name that opens the store now waits for the end of this.
        let Some(look) = Look::at(lock_file::open(&path)?)? else { return Ok(false) };
        // One at a time: the file must still be that of the dead one when it is removed.
        if let Some(_sweep) = Held::take(self.folder.join("sweep"))?
            && !is_removed(look.file())?
        {
            let _ = fs::remove_file(self.folder.join(format!("{BELL}{process}")));
            let _ = fs::remove_file(&path);
        }
        Ok(true)
    }

    fn process_file(&self, process: &str) -> PathBuf {
        self.folder.join(format!("{PROCESS}{process}"))
    }

    /// As many files as there are names of leases stay behind: 4,096 of the inbox, one per lane, and a few.
    pub(super) fn lease(&self, name: &str) -> Result<Option<Held>> {
        Held::take_often(self.folder.join(format!("lease-{}", file_name(name)))).map_err(|e| self.failed(e))
    }

    /// The name of this process's socket.
    pub(super) fn own_bell(&self) -> String {
        format!("{BELL}{}", process_name())
    }

    /// The names of all sockets that are there.
    pub(super) fn bells(&self) -> Vec<String> {
        self.names(BELL).map(|process| format!("{BELL}{process}")).collect()
    }

    /// Where a socket of the folder is reached.
    pub(super) fn reach(&self, socket: &str) -> PathBuf {
        #[cfg(target_os = "linux")]
        if let Some(handle) = &self.handle {
            return format!("/proc/self/fd/{}/{socket}", handle.as_raw_fd()).into();
        }
        self.folder.join(socket)
    }

    /// What follows a prefix in the names of the folder's files.
    fn names(&self, prefix: &'static str) -> impl Iterator<Item = String> {
        let names = fs::read_dir(&self.folder).into_iter().flatten().flatten().map(|entry| entry.file_name());
        names.filter_map(move |name| Some(name.to_str()?.strip_prefix(prefix)?.to_owned()))
    }

    /// A file to be locked again and again.
    pub(super) fn file(&self, name: &str) -> Result<Private<File>> {
        lock_file::open(&self.folder.join(name)).map_err(|e| self.failed(e))
    }

    /// The processes that have the store open, by their names in the folder.
    pub(super) fn processes(&self) -> BTreeSet<String> {
        self.names(PROCESS).collect()
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether the process of this name does not have the store open any more.
    pub(super) fn is_dead(&self, process: &str) -> io::Result<bool> {
        Ok(!is_held(&self.process_file(process))?)
    }

    pub(super) fn failed(&self, e: io::Error) -> Error {
        Error::store(format_args!("locks in {}: {e}", self.folder.display())).caused_by(e)
    }
}

/// A lease's name as part of a file's name: what is no plain letter or digit is written as `%` and its bytes in hex.
fn file_name(name: &str) -> String {
    let mut safe = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            safe.push(char::from(byte));
        } else {
            safe.push_str(&format!("%{byte:02x}"));
        }
    }
    if safe.len() <= LONGEST_NAME {
        return safe;
    }
    Sha256::digest(name).iter().map(|b| format!("{b:02x}")).collect()
}

/// Names this process among all that can see the store: containers number their processes independently.
pub(super) fn process_name() -> String {
    let namespace = fs::read_link("/proc/self/ns/pid").ok();
    let digits = |p: PathBuf| p.to_string_lossy().chars().filter(char::is_ascii_digit).collect::<String>();
    match namespace.map(digits) {
        Some(namespace) => format!("{}-{namespace}", std::process::id()),
        None => std::process::id().to_string(),
    }
}

/// Opens a file that only this user can read, empty.
pub(super) fn private_create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create(true).truncate(true)).open(path)
}

/// Makes an empty file that only this user can read, unless there is one.
pub(super) fn private_file(path: &Path) -> io::Result<()> {
    match private(OpenOptions::new().write(true).create_new(true)).open(path) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made.map(drop),
    }
}

/// Takes the rights that others than its owner have on a file or folder away, if there is one.
#[cfg(unix)]
pub(super) fn close_to_others(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let Ok(there) = fs::metadata(path) else { return Ok(()) };
    let mode = there.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    let (path_shown, private) = (path.display(), mode & 0o7700);
    fs::set_permissions(path, fs::Permissions::from_mode(private)).map_err(|e| {
        let why = format_args!(
            "others may open it (mode {mode:o}), and that can't be changed: run `chmod {private:o}` on it as its owner: {e}"
        );
        refused(path, why)
    })?;
    tracing::warn!("{path_shown} was open to others (mode {mode:o}): it is its owner's alone now");
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn close_to_others(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(unix)]
fn private_folder(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().mode(0o700).create(path)
}

#[cfg(not(unix))]
fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir(path)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_process_opens_a_store_however_often_others_look_whether_it_lives_and_only_once() {
        let folder = tempfile::tempdir().unwrap();
        let locks = Locks::open(&folder.path().join("store.db")).unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            for sweeps in [false, true, true] {
                let (locks, over) = (&locks, &over);
                // As other processes do.
                scope.spawn(move || {
                    while !over.load(Ordering::SeqCst) {
                        let own = process_name();
                        let dead = if sweeps { locks.remove_if_dead(&own) } else { locks.is_dead(&own) };
                        dead.unwrap();
                    }
                });
            }
            for _ in 0..300 {
                let held = locks.process().map_err(|e| e.to_string());
                let lives = !locks.is_dead(&process_name()).unwrap();
                let again = locks.process().is_err();
                let listed = locks.processes().contains(&process_name());
                over.store(held.is_err() || !lives || !again || !listed, Ordering::SeqCst);
                assert_eq!((held.map(drop), lives, again, listed), (Ok(()), true, true, true));
            }
            over.store(true, Ordering::SeqCst);
        });
    }

    #[cfg(unix)]
    #[test]
    fn a_lease_that_is_taken_again_and_again_makes_one_file_and_is_held_by_one_at_a_time() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let locks = Locks::open(&folder.path().join("store.db")).unwrap();
        let taken = || locks.lease("inbox-7").unwrap();
        let files = || {
            let there = fs::read_dir(locks.folder()).unwrap().flatten();
            there.map(|file| (file.file_name(), file.metadata().unwrap().ino())).collect::<Vec<_>>()
        };
        let first = taken().unwrap();
        let there = files();
        assert_eq!(there.len(), 1);
        drop(first);
        for _ in 0..100 {
            let held = taken();
            assert!(held.is_some() && taken().is_none());
            drop(held);
        }
        assert_eq!(files(), there);
    }

    #[test]
    fn a_lease_name_cannot_leave_the_folder_and_two_names_stay_two() {
        assert_eq!(file_name("lane-3"), "lane-3");
        assert_eq!(file_name("../x y"), "..%2fx%20y");
        assert_ne!(file_name("a/b"), file_name("a%2fb"));
        let (a, b) = ("ñ".repeat(300), "ñ".repeat(301));
        assert!(file_name(&a).len() < 255);
        assert_ne!(file_name(&a), file_name(&b));
    }
}
