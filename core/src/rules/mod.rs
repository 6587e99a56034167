//! What one event does, whoever brought it: the app, a plain platform hosted here, or a peer.
//!
//! Everything here runs inside the writer's transaction. Each function looks first and refuses before it writes anything;
//! then it changes the directory, stores the event for the destinations that [`routing`] names, and hands it to the app's
//! inbox. So an answer of 2xx means that all of this is on disk, and a refusal that none of it is.
//!
//! [`accept`] gives an event to the rule of its kind. Rules know nothing of it: what they have in common is in [`arrival`],
//! [`outgoing`] and [`parked`].

mod accept;
mod announcement;
mod arrival;
pub(crate) mod binding;
mod change;
mod keyed;
mod limits;
pub(crate) mod membership;
pub(crate) mod message;
pub(crate) mod newcomer;
mod numbered;
mod outgoing;
pub(crate) mod own_change;
pub(crate) mod own_message;
pub(crate) mod own_room;
pub(crate) mod parked;
pub(crate) mod platform;
pub(crate) mod receipt;
pub(crate) mod reroute;
mod room;
pub(crate) mod routing;
pub(crate) mod standing;
pub(crate) mod user;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod together;

pub(crate) use accept::{accept, give_up_awaiting, judge_parked};
pub(crate) use announcement::whole;
pub(crate) use arrival::{Arrival, Outcome, Taken};
pub(crate) use keyed::keyed;
pub(crate) use outgoing::tell_change;
