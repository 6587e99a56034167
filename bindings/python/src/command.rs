//! The command line: that of the program `integrador`, in this process.

use std::ffi::OsString;

use pyo3::prelude::*;

use crate::wait::Inside;

/// See `_native.pyi`.
#[pyfunction]
pub(crate) fn run_command(py: Python<'_>, args: Vec<OsString>) -> u8 {
    let _inside = Inside::enter(py);
    py.detach(|| integrador_cli::run(args))
}
