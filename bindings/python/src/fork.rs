//! What surrounds a fork of the interpreter.
//!
//! Between [`before_fork`] and the fork other threads may run Python code: `before` hooks of other packages, called after
//! ours, may release the GIL. A thread that waited for the fork to be over while it holds the GIL would keep the fork from
//! ever being over: so whatever may wait for it has released the GIL.

use pyo3::prelude::*;

use crate::wait;

/// Waits until nothing is half done. The GIL is held: nothing that is under way needs it.
#[pyfunction]
pub(crate) fn before_fork() {
    integrador::fork::before();
}

/// Also when there is no child, since the fork has failed.
#[pyfunction]
pub(crate) fn after_fork_in_parent() {
    integrador::fork::after_in_parent();
}

#[pyfunction]
pub(crate) fn after_fork_in_child() {
    wait::forked();
    integrador::logs::forked();
    integrador::fork::after_in_child();
}
