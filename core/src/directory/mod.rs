//! The directory in memory: platforms, users, rooms with their members, bindings. No I/O.
//!
//! It is what decisions are taken from, so it must be complete: it is loaded whole at open, changed together with the
//! store inside the writer's transaction, and follows what other processes wrote before anything is decided
//! ([`crate::commit::writer`]). The registry file's entries are part of it, by the number of their platform.
//!
//! [`state`] is what it holds; the other files are what can be asked of it, each in an `impl Directory` of its own:
//!
//! | file | answers |
//! | --- | --- |
//! | [`names`] | which platform does this name mean? |
//! | [`platforms`] | what is known of this platform, by its row and by its entry in the registry file? |
//! | [`reach`] | how does an event get there? |
//! | [`target`] | to which address, and with which token? |
//! | [`users`] ([`people`]) | who are its users, and in which form is an id kept? |
//! | [`rooms`], [`room`] | which rooms are there; who is a member of one? |
//! | [`strangers`] | which members does nobody know? |
//! | [`bindings`] | what does an id of the app's mean? |
//! | [`joined`] | who joined at run time, and by which token? |
//! | [`lanes`] | how much waits in a lane, and what does it tell first? |
//! | [`load`] | how do the store's rows get in? |

mod bindings;
mod joined;
mod lanes;
mod load;
mod names;
mod people;
mod platforms;
mod reach;
pub(crate) mod room;
mod rooms;
mod state;
mod strangers;
pub(crate) mod target;
#[cfg(test)]
mod tests;
mod users;

pub(crate) use reach::{Reach, Route};
pub(crate) use state::Directory;
