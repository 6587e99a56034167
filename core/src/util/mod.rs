//! What every part uses and none is about: ids, clocks, locks, threads that may wait, hashing, what may be shown and how often.

pub(crate) mod apart;
pub(crate) mod event_id;
pub(crate) mod hash;
pub(crate) mod lock;
pub(crate) mod seldom;
pub(crate) mod shown;
pub(crate) mod time;
