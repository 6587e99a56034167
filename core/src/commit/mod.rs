//! Where everything is written, and the rules run: [`writer`] gathers jobs and commits them together, [`fair`] to all who want
//! something; [`job`] is what a job works with, [`effects`] what a commit sets in motion, [`note`] what the app is told of it.
//! [`shared_directory`] is what everybody knows, and only this part changes; [`share`] is what waits because of whom, [`plans`] what
//! becomes of what is written where.

mod awaited;
pub(crate) mod effects;
mod fair;
pub(crate) mod job;
mod marks;
pub(crate) mod note;
pub(crate) mod plans;
pub(crate) mod share;
pub(crate) mod shared_directory;
#[cfg(test)]
mod tests;
pub(crate) mod writer;
