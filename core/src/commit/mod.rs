//! Where everything is decided and written: [`writer`] gathers jobs and commits them together, [`job`] is what a job works with.

pub(crate) mod job;
pub(crate) mod writer;
