//! `integrador._native`: `integrador::blocking` for Python. It converts values, releases the GIL around what waits, and
//! holds no logic; the package `integrador` around it, in `python/`, is what applications see.

mod bulk;
mod call;
mod classes;
mod command;
mod consumer;
mod errors;
mod events;
mod fork;
mod given;
mod ids;
mod lock;
mod logs;
mod mesh;
mod node;
mod place;
mod request;
mod shown;
mod stacks;
mod stream;
mod tickets;
mod wait;

/// The native part of the package `integrador`.
#[pyo3::pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pymodule_export]
    use crate::bulk::{Messages, Receipts};
    #[pymodule_export]
    use crate::call::Call;
    #[pymodule_export]
    use crate::command::run_command;
    #[pymodule_export]
    use crate::consumer::Consumer;
    #[pymodule_export]
    use crate::fork::{after_fork_in_child, after_fork_in_parent, before_fork};
    #[pymodule_export]
    use crate::ids::external_id;
    #[pymodule_export]
    use crate::logs::{end_logs, keep_logs, take_logs, wait_for_logs};
    #[pymodule_export]
    use crate::mesh::Mesh;
    #[pymodule_export]
    use crate::node::Node;
    #[pymodule_export]
    use crate::stacks::stacks;
    #[pymodule_export]
    use crate::stream::Stream;
    #[pymodule_export]
    use crate::tickets::Tickets;
    #[pymodule_export]
    use crate::wait::{Flag, leave};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("__version__", env!("CARGO_PKG_VERSION"))
    }
}
