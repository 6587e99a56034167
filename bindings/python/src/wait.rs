//! Waiting without the GIL, so that other threads run, a Ctrl-C gets through, and the interpreter can exit.
//!
//! Once the interpreter finalizes, CPython ends a daemon thread on the spot when it asks for the GIL, which it may do
//! wherever Python code runs or a wait is over. That must not happen while Rust code is on its stack: the process would
//! crash. So every call counts itself ([`Inside`]), and [`leave`], which runs before finalization, lets all of them end
//! and keeps later ones out.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use integrador::blocking::Node;
use integrador::{Error, ErrorKind, guarded};
use pyo3::prelude::*;
use tokio::sync::watch;

use crate::errors::raised;

/// Whether the interpreter is about to exit.
static LEAVING: AtomicBool = AtomicBool::new(false);

thread_local! {
    // Neither has a destructor, so both are there even where the thread's other variables are gone.
    /// Whether it does so in this thread.
    static LEAVER: Cell<bool> = const { Cell::new(false) };
    /// How many calls of this thread there are: a signal's handler may make one while another waits.
    static OF_THREAD: Cell<usize> = const { Cell::new(0) };
}

/// How many calls there are.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// How long they are given to end.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether the interpreter is about to exit.
pub(crate) fn is_leaving() -> bool {
    LEAVING.load(Ordering::SeqCst)
}

fn leaving() -> Error {
    Error::new(ErrorKind::Closed, "the interpreter is exiting")
}

/// A call into this module; every one that waits, or makes objects of Python, has one.
pub(crate) struct Inside;

impl Inside {
    /// After [`leave`], a thread that comes here ends here: it is a daemon, and the process is about to end.
    pub(crate) fn enter(py: Python<'_>) -> Inside {
        if is_leaving() && !LEAVER.get() {
            py.detach(|| {
                loop {
                    thread::park();
                }
            })
        }
        INSIDE.fetch_add(1, Ordering::SeqCst);
        OF_THREAD.set(OF_THREAD.get() + 1);
        Inside
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        OF_THREAD.set(OF_THREAD.get() - 1);
        INSIDE.fetch_sub(1, Ordering::SeqCst);
    }
}

/// In a child that was forked: of the threads that were in here only the present one came along.
pub(crate) fn forked() {
    INSIDE.store(OF_THREAD.get(), Ordering::SeqCst);
}

/// Whether a wait goes on: not if a signal's handler raised, or the interpreter exits.
#[derive(Default)]
struct Signals {
    raised: Option<PyErr>,
}

impl Signals {
    fn go_on(&mut self) -> bool {
        if is_leaving() {
            return false;
        }
        match Python::try_attach(|py| py.check_signals()) {
            Some(Ok(())) => true,
            Some(Err(error)) => {
                self.raised = Some(error);
                false
            }
            None => false,
        }
    }
}

/// Does something with the node that may wait.
pub(crate) fn wait<T, F>(py: Python<'_>, node: &Node, work: impl FnOnce(integrador::Node) -> F + Send) -> PyResult<T>
where
    T: Send + 'static,
    F: Future<Output = Result<T, Error>> + Send + 'static,
{
    let mut signals = Signals::default();
    let done = py.detach(|| guarded(|| node.wait(work, || signals.go_on())));
    match (done, signals.raised) {
        (Ok(Some(value)), _) => Ok(value),
        (Ok(None), Some(error)) => Err(error),
        (Ok(None), None) => Err(raised(py, &leaving())),
        (Err(error), _) => Err(raised(py, &error)),
    }
}

/// Does something that asks whether to go on waiting: not when `stop` was set, a signal's handler raised, or the interpreter
/// exits. None if it came to nothing.
pub(crate) fn asking<T: Send>(
    py: Python<'_>,
    stop: Option<&Flag>,
    work: impl FnOnce(&mut (dyn FnMut() -> bool + Send)) -> Result<Option<T>, Error> + Send,
) -> PyResult<Option<T>> {
    let is_set = || stop.is_some_and(Flag::is_set);
    let mut signals = Signals::default();
    let mut go_on = || !is_set() && signals.go_on();
    let done = py.detach(|| guarded(|| work(&mut go_on)));
    match (done, signals.raised) {
        (Ok(Some(value)), _) => Ok(Some(value)),
        (Ok(None), Some(error)) => Err(error),
        (Ok(None), None) if is_leaving() => Err(raised(py, &leaving())),
        (Ok(None), None) => Ok(None),
        (Err(error), _) => Err(raised(py, &error)),
    }
}

/// Ends a wait from elsewhere.
#[pyclass(frozen, module = "integrador._native")]
#[derive(Clone)]
pub(crate) struct Flag {
    set: watch::Sender<bool>,
}

impl Flag {
    /// Waits until it is set.
    pub(crate) async fn wait(&self) {
        // It can't fail: this sender is there meanwhile.
        let _ = self.set.subscribe().wait_for(|set| *set).await;
    }
}

#[pymethods]
impl Flag {
    #[new]
    fn new() -> Flag {
        Flag { set: watch::Sender::new(false) }
    }

    fn set(&self) {
        self.set.send_replace(true);
    }

    fn is_set(&self) -> bool {
        *self.set.borrow()
    }
}

/// The interpreter is about to exit in this thread: every wait ends, and nobody else comes in any more.
#[pyfunction]
pub(crate) fn leave(py: Python<'_>) {
    LEAVER.set(true);
    LEAVING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let begin = Instant::now();
        while INSIDE.load(Ordering::SeqCst) > 0 && begin.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(1));
        }
    });
}
