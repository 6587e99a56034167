//! What every part uses and none is about: ids, secrets, clocks, locks, threads that may wait, hashing, what may be shown and
//! how often.

pub(crate) mod ages;
pub(crate) mod alone;
pub(crate) mod apart;
pub(crate) mod backoff;
pub(crate) mod digest;
pub(crate) mod event_id;
pub mod fork;
pub(crate) mod hash;
pub(crate) mod held;
pub(crate) mod lock;
#[cfg(test)]
pub(crate) mod logged;
pub(crate) mod pair;
pub(crate) mod rfc3339;
pub(crate) mod secret;
pub(crate) mod seldom;
pub(crate) mod shown;
pub(crate) mod threads;
pub(crate) mod tick;
pub(crate) mod time;
