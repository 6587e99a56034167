//! What the end-to-end tests are written with. Nothing of Integrador is played here: nodes are real nodes, in this process
//! ([`App`]) or in one of their own ([`Chatter`], [`Served`]). Only applications are small: [`App`] keeps what its handler
//! got, `chatter` writes it down, and [`Plain`] is a platform that has never heard of the library.

#![allow(clippy::missing_panics_doc, reason = "a test helper fails by panicking")]

mod app;
#[cfg(test)]
mod configuration;
pub mod http;
pub mod ledger;
mod net;
#[cfg(doctest)]
mod pages;
mod plain;
mod ports;
mod process;
mod wait;
mod watch;

pub use app::App;
pub use net::{Net, ext, members, token, with};
pub use plain::{Plain, Post, Reply};
pub use ports::free_port;
pub use process::{Chatter, Served, cli};
pub use wait::{PATIENCE, eventually, found, stays};
pub use watch::LONGEST;
