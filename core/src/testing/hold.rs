//! Time that stands still until it is let go: tokio's paused clock, which leaps to the next timer whenever the runtime has
//! nothing to do, and the task that keeps it from leaping.

use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::time::Instant;

use crate::util::lock::MutexExt;
use crate::util::time::{Clock, SystemClock};
use crate::{Error, Result};

/// The time of a runtime, which stands.
pub(super) struct Time {
    runtime: Handle,
    /// Dropped, it lets time go.
    hold: Mutex<Option<Sender<()>>>,
    /// One moves it at a time.
    turn: tokio::sync::Mutex<()>,
}

impl Time {
    /// Makes the time of the present runtime stand.
    pub(super) fn stop() -> Result<Time> {
        let runtime = pause()?;
        let time = Time { runtime, hold: Mutex::default(), turn: tokio::sync::Mutex::default() };
        time.hold();
        Ok(time)
    }

    fn hold(&self) {
        let (hold, held) = channel::<()>();
        // A paused clock does not leap while something blocks.
        drop(self.runtime.spawn_blocking(move || held.recv()));
        *self.hold.hold() = Some(hold);
    }

    /// Lets time go until the guard is dropped: it leaps from one timer to the next, whenever all that was due is done.
    pub(super) async fn let_go(&self) -> Moving<'_> {
        let turn = self.turn.lock().await;
        self.hold.hold().take();
        Moving { time: self, _turn: turn }
    }
}

/// Makes the time of the present runtime leap whenever there is nothing to do.
pub(super) fn pause() -> Result<Handle> {
    let runtime = Handle::current();
    if runtime.runtime_flavor() != RuntimeFlavor::CurrentThread {
        return Err(Error::config(
            "a mesh makes time stand, which only a runtime of one thread can: use #[tokio::test] as it is by default, or \
             testing::blocking",
        ));
    }
    if !stands() {
        tokio::time::pause();
    }
    Ok(runtime)
}

pub(super) struct Moving<'a> {
    time: &'a Time,
    _turn: tokio::sync::MutexGuard<'a, ()>,
}

impl Drop for Moving<'_> {
    fn drop(&mut self) {
        self.time.hold();
    }
}

/// Whether the present runtime's time stands already.
fn stands() -> bool {
    let (begin, real) = (Instant::now(), std::time::Instant::now());
    while real.elapsed().is_zero() {
        std::hint::spin_loop();
    }
    Instant::now() == begin
}

/// The clock of the nodes of a mesh: begins at the machine's time, and moves with the runtime's.
pub(super) struct MeshClock {
    runtime: Handle,
    start: Instant,
    wall: i64,
}

impl MeshClock {
    /// In a runtime whose time stands.
    pub(super) fn new() -> MeshClock {
        MeshClock { runtime: Handle::current(), start: Instant::now(), wall: SystemClock.now() }
    }
}

impl Clock for MeshClock {
    fn now(&self) -> i64 {
        self.wall + self.running()
    }

    fn running(&self) -> i64 {
        let _inside = self.runtime.enter();
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn is_held(&self) -> bool {
        true
    }
}
