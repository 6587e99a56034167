//! The directory as all parts of a node hold it: everybody reads it, and only what is in `commit` changes it, together with
//! the store.

use std::ops::Deref;
use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard, RwLockUpgradableReadGuard};

use crate::directory::Directory;
use crate::registry::Registry;
use crate::store::{self, OwnerRow};

/// Cloneable; all clones are the same directory.
#[derive(Clone)]
pub(crate) struct SharedDirectory(Arc<RwLock<Directory>>);

impl SharedDirectory {
    pub(super) fn new(directory: Directory) -> Self {
        SharedDirectory(Arc::new(RwLock::new(directory)))
    }

    /// To look something up, briefly. A thread that holds it already must not ask for it again: if somebody waits to change it,
    /// each would wait for the other.
    pub(crate) fn read(&self) -> Reading<'_> {
        #[cfg(debug_assertions)]
        let once = once::Once::new(Arc::as_ptr(&self.0).addr());
        Reading {
            guard: self.0.read(),
            #[cfg(debug_assertions)]
            _once: once,
        }
    }

    /// For a transaction: others read beside it, nobody else changes it.
    pub(super) fn for_a_job(&self) -> RwLockUpgradableReadGuard<'_, Directory> {
        self.0.upgradable_read()
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Directory) -> T) -> T {
        let directory = &mut self.0.write();
        let result = change(directory);
        directory.begin_state();
        result
    }

    /// Takes in what another process wrote. Most of it is how much waits.
    pub(super) fn follow(&self, rows: store::Directory) {
        let directory = &mut self.0.write();
        let changed = Directory::is_changed_by(&rows);
        directory.apply(rows);
        if changed {
            directory.begin_state();
        }
    }

    /// For an administrator, who writes nothing of this: the node that uses the store has put its registry in force there.
    pub(crate) fn look_on(&self, owner: OwnerRow, registry: &Arc<Registry>) {
        self.change(|directory| {
            directory.belongs_to(owner);
            directory.install(registry);
        });
    }
}

/// The directory while it is looked at.
pub(crate) struct Reading<'a> {
    guard: RwLockReadGuard<'a, Directory>,
    #[cfg(debug_assertions)]
    _once: once::Once,
}

impl Deref for Reading<'_> {
    type Target = Directory;

    fn deref(&self) -> &Directory {
        &self.guard
    }
}

/// Where assertions are on, what would be a rare deadlock is a sure panic.
#[cfg(debug_assertions)]
mod once {
    use std::cell::RefCell;

    thread_local! {
        static HELD: RefCell<Vec<usize>> = const { RefCell::new(Vec::new()) };
    }

    /// This thread reads the directory at this address.
    pub(super) struct Once(usize);

    impl Once {
        pub(super) fn new(address: usize) -> Self {
            HELD.with_borrow_mut(|held| {
                assert!(!held.contains(&address), "this thread is reading the directory already");
                held.push(address);
            });
            Once(address)
        }
    }

    impl Drop for Once {
        fn drop(&mut self) {
            HELD.with_borrow_mut(|held| held.retain(|address| *address != self.0));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thread_reads_once_at_a_time_and_different_directories_at_once() {
        let (a, b) = (SharedDirectory::new(Directory::default()), SharedDirectory::new(Directory::default()));
        drop(a.read());
        let (_reading, _other) = (a.read(), b.read());
        let again = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(a.read())));
        assert!(again.is_err());
        std::thread::scope(|scope| scope.spawn(|| drop(a.read())).join().unwrap());
    }
}
