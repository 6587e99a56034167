//! The platforms file, `platforms.json`: [`entries`] is what it says, [`parse`] reads it, [`follow`] notices that it has
//! changed, [`edit`] writes it for command lines.
//!
//! Platforms that are known from elsewhere (peers, the store) are the directory's.

pub mod edit;
mod endpoint;
mod entries;
mod follow;
mod parse;
mod token_files;
mod watch;

#[cfg(test)]
mod tests;

pub(crate) use endpoint::parse_endpoint;
pub(crate) use entries::{Entry, Registry};
pub(crate) use follow::{Followed, look};
pub(crate) use watch::{News, Watch};
