//! Locks that do not poison: what they guard is consistent at every unlock, so a panic elsewhere is no reason to fail.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) trait MutexExt<T> {
    fn hold(&self) -> MutexGuard<'_, T>;
}

impl<T> MutexExt<T> for Mutex<T> {
    fn hold(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
