//! Every thread of this library is made inside the gate that a fork waits at: here, but for those of `node`.
//!
//! A thread that is half made while another one forks harms the child: glibc takes the stack of a thread that has ended, frees
//! what was kept with it and only then forgets where that was. A child that was forked in between frees it a second time with
//! its next thread, and dies of a corrupted heap.

#![expect(clippy::disallowed_methods, reason = "this is where they are made")]

use std::io;
use std::thread::{Builder, JoinHandle};

use super::fork;

/// Starts a thread of this name.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let _pass = fork::pass();
    Builder::new().name(name.into()).spawn(work)
}

/// Does this on one of the runtime's threads that may wait, which is made if there is none.
pub(crate) fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    let _pass = fork::pass();
    tokio::task::spawn_blocking(work)
}
