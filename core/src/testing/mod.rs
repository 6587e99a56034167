//! For tests of the parts: a whole node with a store in memory, around which the network is played ([`stage`]), and what it
//! sent.

mod sent;
mod stage;

pub(crate) use sent::{Sent, events, sent, texts};
pub(crate) use stage::*;
