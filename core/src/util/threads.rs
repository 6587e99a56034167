//! Every thread of this library is made here, inside the gate that a fork waits at.
//!
//! A thread that is half made while another one forks harms the child: glibc takes the stack of a thread that has ended, frees
//! what was kept with it and only then forgets where that was. A child that was forked in between frees it a second time with
//! its next thread, and dies of a corrupted heap.

#![expect(clippy::disallowed_methods, reason = "this is where they are made")]

use std::io;
use std::thread::{Builder, JoinHandle, Scope, ScopedJoinHandle};

use tokio::runtime::{self, Runtime};

use super::{alone, fork};

/// Starts a thread of this name.
pub(crate) fn spawn<T: Send + 'static>(
    name: &str,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<JoinHandle<T>> {
    let _pass = fork::pass();
    Builder::new().name(name.into()).spawn(work)
}

/// Starts one that ends before its scope does.
pub(crate) fn spawn_scoped<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    name: &str,
    work: impl FnOnce() -> T + Send + 'scope,
) -> io::Result<ScopedJoinHandle<'scope, T>> {
    let _pass = fork::pass();
    Builder::new().name(name.into()).spawn_scoped(scope, work)
}

/// Makes a runtime, with its threads.
pub(crate) fn runtime(builder: &mut runtime::Builder) -> io::Result<Runtime> {
    let _pass = fork::pass();
    builder.build()
}

/// Does this on one of the runtime's threads that may wait, which is made if there is none. Where one thread does everything, it
/// does this in its turn.
pub(crate) fn spawn_blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> tokio::task::JoinHandle<T> {
    if alone::is_alone() {
        return tokio::spawn(async move { work() });
    }
    let _pass = fork::pass();
    tokio::task::spawn_blocking(work)
}
