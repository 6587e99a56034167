//! Files that are one process's alone: a lock belongs to an open file and not to a process, a port and a connection to a
//! socket, so a child that was forked must not keep its parent's open.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Mutex, TryLockError};

use super::pass;
use crate::util::lock::MutexExt;

/// The files that are open. Used inside the gate only.
static OPEN: Mutex<BTreeSet<RawFd>> = Mutex::new(BTreeSet::new());

/// A file, or a socket, that a forked child closes: by its number, since other threads of the parent may be using it, and
/// what belongs to them is never dropped in the child.
#[derive(Debug)]
pub(crate) struct Private<T: AsRawFd> {
    /// None only while it is dropped.
    file: Option<T>,
    process: u32,
}

impl<T: AsRawFd> Private<T> {
    /// Opens one.
    pub(crate) fn open(open: impl FnOnce() -> std::io::Result<T>) -> std::io::Result<Self> {
        let _pass = pass();
        let file = open()?;
        OPEN.hold().insert(file.as_raw_fd());
        Ok(Private { file: Some(file), process: std::process::id() })
    }

    /// Whether this is the process that opened it. In a child it is closed, and what it stands for is the parent's.
    pub(crate) fn is_ours(&self) -> bool {
        self.process == std::process::id()
    }
}

impl<T: AsRawFd> Deref for Private<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.file.as_ref().expect("a file is there until it is dropped")
    }
}

impl<T: AsRawFd> DerefMut for Private<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.file.as_mut().expect("a file is there until it is dropped")
    }
}

impl<T: AsRawFd> Drop for Private<T> {
    fn drop(&mut self) {
        let Some(file) = self.file.take() else { return };
        if self.is_ours() {
            let _pass = pass();
            OPEN.hold().remove(&file.as_raw_fd());
            drop(file);
        } else {
            // Its number may belong to another file by now.
            std::mem::forget(file);
        }
    }
}

/// In a child whose fork has waited for everybody: closes its copies.
pub(super) fn close_all() {
    close(&mut OPEN.hold());
}

/// The same in a child whose fork has not. False if that is not possible.
pub(super) fn try_close_all() -> bool {
    match OPEN.try_lock() {
        Ok(mut open) => close(&mut open),
        Err(TryLockError::Poisoned(poisoned)) => close(&mut poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => return false,
    }
    true
}

fn close(open: &mut BTreeSet<RawFd>) {
    for number in std::mem::take(open) {
        // Without unlocking: that would unlock it for the parent too.
        let _ = nix::unistd::close(number);
    }
}
