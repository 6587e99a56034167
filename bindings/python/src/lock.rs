//! Locks that do not poison: what they guard is consistent at every unlock, so a panic elsewhere is no reason to fail.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub(crate) fn hold<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
