//! Where everything is decided and written: [`writer`] gathers jobs and commits them together, [`fair`] to all who want something;
//! [`job`] is what a job works with, [`effects`] what a commit sets in motion, [`note`] what the app is told of it.

pub(crate) mod effects;
mod fair;
pub(crate) mod job;
mod marks;
pub(crate) mod note;
pub(crate) mod share;
pub(crate) mod writer;
