//! The stacks of all threads, read while none of them runs.
//!
//! Between two lines of Python another thread may go on, and frames that were there are none any more: what such a look
//! finds may be no frame at all (CPython 3.11 has handed out a function), or end the process. A call into C does not let go
//! of the GIL, but the garbage collector may begin in it, and that calls Python. So it waits until the look is over.

use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

/// A module and a function of it.
type Frame = (String, String);

/// See `_native.pyi`.
#[pyfunction]
pub(crate) fn stacks<'py>(py: Python<'py>, also: Vec<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    let collector = py.import("gc")?;
    let threads = py.import("sys")?.getattr("_current_frames")?;
    let collects = collector.call_method0("isenabled")?.is_truthy()?;
    collector.call_method0("disable")?;
    let seen = look(&threads, also).and_then(|seen| seen.into_bound_py_any(py));
    if collects {
        collector.call_method0("enable")?;
    }
    seen
}

fn look(threads: &Bound<'_, PyAny>, also: Vec<Bound<'_, PyAny>>) -> PyResult<Vec<Vec<Frame>>> {
    let running = threads.call0()?.cast_into::<PyDict>()?;
    running.values().into_iter().chain(also).map(stack).collect()
}

/// From the innermost outwards.
fn stack(innermost: Bound<'_, PyAny>) -> PyResult<Vec<Frame>> {
    let mut stack = Vec::new();
    let mut frame = innermost;
    while !frame.is_none() {
        let globals = frame.getattr("f_globals")?;
        let module = globals.cast::<PyDict>()?.get_item("__name__")?;
        let module = module.as_ref().and_then(|name| name.cast::<PyString>().ok()).map(|name| name.to_string_lossy());
        let function = frame.getattr("f_code")?.getattr("co_name")?.extract()?;
        stack.push((module.map_or_else(String::new, |name| name.into_owned()), function));
        frame = frame.getattr("f_back")?;
    }
    Ok(stack)
}
