//! What every part uses and none is about: ids, clocks, locks, hashing.

pub(crate) mod event_id;
pub(crate) mod hash;
pub(crate) mod lock;
pub(crate) mod time;
