//! Calls that hold no thread: `integrador::blocking::Tickets`. A thread of this module takes what has ended, and tells the event
//! loop by a pipe that there is something. It never holds the GIL: a loop that waited for it would be held up.

use std::collections::VecDeque;
use std::io::{PipeReader, PipeWriter, Read, Write, pipe};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use integrador::blocking::{self, Completion, Taker};
use integrador::{Error, ErrorKind, guarded};
use pyo3::exceptions::PyBaseException;
use pyo3::prelude::*;

use crate::call::{Call, Made};
use crate::errors::{now, raised};
use crate::lock::hold;
use crate::node::Node;
use crate::wait::Inside;

type Ended<'py> = (u64, Option<Bound<'py, PyAny>>, Option<Bound<'py, PyBaseException>>);

/// How many the thread takes at once.
const MANY: usize = 1_000;

/// See `_native.pyi`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Tickets {
    /// None only while it is dropped, which is done without the GIL, since it may wait for a fork to be over.
    inner: Option<blocking::Tickets<Made>>,
    outlet: Arc<Outlet>,
}

/// What has ended, until the loop takes it.
struct Outlet {
    state: Mutex<State>,
}

struct State {
    ended: VecDeque<Completion<Made>>,
    /// Nothing more comes.
    over: bool,
    /// There is a byte in the pipe.
    told: bool,
    told_by: PipeWriter,
    heard_by: PipeReader,
}

impl State {
    fn tell(&mut self) {
        if !self.told {
            self.told = self.told_by.write_all(&[0]).is_ok();
        }
    }
}

impl Outlet {
    fn hold(&self) -> MutexGuard<'_, State> {
        hold(&self.state)
    }

    /// What the thread does until all has ended.
    fn fill(&self, taker: &Taker<Made>) {
        loop {
            let ended = taker.completions(MANY, Duration::MAX);
            let mut state = self.hold();
            match ended {
                Ok(ended) => state.ended.extend(ended),
                Err(_) => state.over = true,
            }
            state.tell();
            if state.over {
                return;
            }
        }
    }

    /// The next of them, and whether it was all.
    fn take(&self, max: usize) -> (Vec<Completion<Made>>, bool) {
        let mut state = self.hold();
        let share = max.min(state.ended.len());
        let ended = state.ended.drain(..share).collect();
        if state.ended.is_empty() && state.told {
            // It is there, so this does not wait.
            state.told = state.heard_by.read_exact(&mut [0]).is_err();
        }
        (ended, state.over && state.ended.is_empty())
    }
}

impl Tickets {
    fn get(&self) -> &blocking::Tickets<Made> {
        self.inner.as_ref().expect("they are there until they are dropped")
    }
}

impl Drop for Tickets {
    fn drop(&mut self) {
        let inner = self.inner.take();
        Python::try_attach(|py| py.detach(|| drop(inner)));
    }
}

#[pymethods]
impl Tickets {
    #[new]
    fn new(node: &Bound<'_, Node>) -> PyResult<Tickets> {
        let py = node.py();
        let _inside = Inside::enter(py);
        let failed =
            |what: &str, e: std::io::Error| Error::new(ErrorKind::Internal, format!("{what} can't be made: {e}"));
        now(py, || {
            let inner = node.get().tickets()?;
            let (heard_by, told_by) = pipe().map_err(|e| failed("a pipe", e))?;
            let state = State { ended: VecDeque::new(), over: false, told: false, told_by, heard_by };
            let outlet = Arc::new(Outlet { state: Mutex::new(state) });
            // It keeps no node open that nobody has any more.
            let (taker, fills) = (inner.taker(), outlet.clone());
            let thread = thread::Builder::new().name("integrador-completions".into());
            thread.spawn(move || fills.fill(&taker)).map_err(|e| failed("a thread", e))?;
            Ok(Tickets { inner: Some(inner), outlet })
        })
    }

    #[cfg(unix)]
    fn fileno(&self) -> i32 {
        std::os::fd::AsRawFd::as_raw_fd(&self.outlet.hold().heard_by)
    }

    fn wake(&self) {
        self.outlet.hold().tell();
    }

    fn submit<'py>(
        &self,
        py: Python<'py>,
        calls: Vec<Bound<'py, Call>>,
    ) -> PyResult<(Vec<u64>, Option<Bound<'py, PyBaseException>>)> {
        let _inside = Inside::enter(py);
        let mut tickets = Vec::with_capacity(calls.len());
        for call in calls {
            match guarded(|| call.get().submit(self.get())) {
                Ok(ticket) => tickets.push(ticket.into()),
                Err(error) => return Ok((tickets, Some(raised(py, &error).into_value(py).into_bound(py)))),
            }
        }
        Ok((tickets, None))
    }

    fn take<'py>(&self, py: Python<'py>, into: &Bound<'py, PyAny>, max: usize) -> PyResult<bool> {
        let _inside = Inside::enter(py);
        let (ended, over) = self.outlet.take(max);
        let mut shown = ended.into_iter().map(|completion| -> Ended<'py> {
            let result = completion.result.map_err(|error| raised(py, &error)).and_then(|made| made(py));
            match result {
                Ok(value) => (completion.ticket.into(), Some(value), None),
                Err(error) => (completion.ticket.into(), None, Some(error.into_value(py).into_bound(py))),
            }
        });
        // No signal handler of Python's gets between what is taken here and where it is kept.
        shown.try_for_each(|one| into.call_method1("append", (one,)).map(drop))?;
        Ok(over)
    }
}
