//! Who else is there: whether it is up ([`presence`], [`notes`]), what it is ([`ping`]), and its users ([`import`]).

pub(crate) mod import;
pub(crate) mod notes;
pub(crate) mod ping;
pub(crate) mod presence;
