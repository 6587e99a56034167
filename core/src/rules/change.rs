//! What changes a message that is there: an edit, a delete, a reaction. It goes where a message of that room would go.
//!
//! Whose message it is decides who may: its text is changed by its own platform, which alone knows its users; it is deleted by
//! that or by the platform of the room; anybody in the room may react. Of the changes of one text, and of one reaction of one
//! user, the one with the greatest event id counts, in whatever order they come; a delete is final, so it always counts.
//!
//! The message is one of those that are remembered here. One that has not come yet, by another way, is waited for.

use bytes::Bytes;

use crate::commit::job::Job;
use crate::commit::plans::Plan;
use crate::model::EventKind;
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time};
use crate::rules::message::{NoPlan, concerns_nobody, plan};
use crate::rules::outgoing::{Outgoing, hand_in, send_to};
use crate::rules::parked::{park, wait_for};
use crate::rules::routing::Source;
use crate::rules::{limits, user};
use crate::store::{ChangedKey, Counting, Facet, PlatformNum, Remembered};
use crate::wire::{Change, ChangeBody, MAX_BODY, write};
use crate::{Error, ErrorKind, Result};

/// What is done about a message that is not here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// It is waited for, if it can still come.
    Awaited,
    /// It was waited for long enough: the change is handed over all the same.
    GivenUp,
}

/// Takes a change in.
pub(crate) fn change(job: &mut Job<'_>, arrival: Arrival, body: ChangeBody, missing: Missing) -> Result<Taken> {
    let room = (&*body.room_platform, &body.room_id);
    let plan = match plan(job.directory(), arrival.source, arrival.speaker, room, &body.sender) {
        Ok(plan) => plan,
        Err(no) => {
            return match (no, arrival.source) {
                (NoPlan::NoRoom(_), Source::Peer(peer)) if !arrival.parked => {
                    let json = Bytes::from(write::change(&job.directory().name(arrival.speaker), &body));
                    let kind = body.what.kind();
                    park(job, arrival, peer, (&body.room_platform, body.room_id), kind, json)
                }
                (no, _) => Err(no.into()),
            };
        }
    };
    judge(job, arrival, &plan, body, missing)
}

/// Takes a change in, of which it is known what becomes of what its sender says in the room.
pub(super) fn judge(
    job: &mut Job<'_>,
    arrival: Arrival,
    plan: &Plan,
    body: ChangeBody,
    missing: Missing,
) -> Result<Taken> {
    let kind = body.what.kind();
    let (whose, body) = spelled(job, plan, body)?;
    if plan.stranger.is_some() {
        limits::user(job, plan.speaker)?;
    }
    let json = Bytes::from(write::change(&plan.platform, &body));
    if json.len() > MAX_BODY {
        let got = json.len();
        let why = format!("the change would be {got} bytes on its way, and a node takes at most {MAX_BODY}");
        return Err(Error::invalid("text", why));
    }
    if let Source::Peer(peer) = arrival.source
        && !plan.way.route.own
        && plan.way.route.lanes.is_empty()
    {
        return match first_time(job, arrival)? {
            true => concerns_nobody(job, arrival, peer, plan, kind, json),
            false => Ok(Taken::duplicate(arrival.id)),
        };
    }
    match job.tx.message(whose, body.of)? {
        Remembered::Message(room) if room == plan.room => {}
        Remembered::Message(_) => {
            let why = "it is a message of another room, which can't be changed from this one";
            return Err(Error::new(ErrorKind::Forbidden, why).within("of"));
        }
        Remembered::NotYet if missing == Missing::GivenUp => {}
        Remembered::NotYet => match arrival.source {
            Source::Peer(peer) if !job.directory().is_local(whose) => {
                let room = (plan.room, (whose, body.of));
                return wait_for(job, arrival, peer, room, kind, json);
            }
            _ => return Err(unknown(job, whose)),
        },
        Remembered::No => return Err(unknown(job, whose)),
    }
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    take(job, arrival, plan, (whose, body), json)
}

/// Whose message it is, and the body as it goes on: names and ids as they are known here. Refused where its sender may not.
fn spelled(job: &Job<'_>, plan: &Plan, mut body: ChangeBody) -> Result<(PlatformNum, ChangeBody)> {
    let directory = job.directory();
    let whose = match &body.of_platform {
        Some(name) => directory.named("ofPlatform", name)?,
        None => plan.speaker,
    };
    let Some(room) = directory.room(plan.room) else {
        return Err(Error::new(ErrorKind::Internal, "the room of a plan is gone"));
    };
    if matches!(body.what, Change::Delete) && whose != plan.speaker && plan.speaker != room.row.origin {
        let why = format!(
            "a message of {} in a room of {} is deleted by one of these two, not by {}",
            directory.name(whose),
            directory.name(room.row.origin),
            plan.platform
        );
        return Err(Error::new(ErrorKind::Forbidden, why).within("ofPlatform"));
    }
    let named = matches!(body.what, Change::Reaction { .. }) || whose != plan.speaker;
    body.of_platform = named.then(|| directory.spelled(whose).to_owned());
    body.room_platform = directory.name(room.row.origin);
    body.room_id = room.row.id.clone();
    body.sender = directory.canonical(plan.speaker, &body.sender, Some(room));
    Ok((whose, body))
}

/// Stores a change that may be, if it counts.
fn take(
    job: &mut Job<'_>,
    arrival: Arrival,
    plan: &Plan,
    (whose, body): (PlatformNum, ChangeBody),
    json: Bytes,
) -> Result<Taken> {
    let (kind, route, speaker) = (body.what.kind(), &plan.way.route, plan.speaker);
    let key = ChangedKey { platform: whose, event: body.of, facet: facet(&body, speaker) };
    let counting = job.tx.changed(&key)?;
    let held = !matches!(body.what, Change::Delete | Change::Reaction { remove: true, .. });
    let Some(id) = arrival.id else {
        // An id that is made here is greater than all of the room.
        if changes_nothing(&body.what, counting) {
            return Ok(match arrival.source {
                Source::App => Taken::unchanged(),
                // What is posted is answered with an id, whatever becomes of it.
                _ => Taken::new(Outcome::Taken, Some(job.new_id())),
            });
        }
        let id = job.new_id_in(plan.room, speaker, None)?;
        return put(job, arrival, plan, (key, Counting { latest: id, held }), out(plan, kind, id, json));
    };
    if is_late(&body.what, counting, id) {
        job.mark(plan.room, speaker, id)?;
        return Ok(Taken::new(Outcome::Taken, Some(id)));
    }
    if !route.own {
        job.mark(plan.room, speaker, id)?;
    }
    put(job, arrival, plan, (key, Counting { latest: id, held }), out(plan, kind, id, json))
}

fn out(plan: &Plan, kind: EventKind, id: uuid::Uuid, body: Bytes) -> Outgoing {
    Outgoing { id, kind, room: Some(plan.room), body, subject: None }
}

fn put(
    job: &mut Job<'_>,
    arrival: Arrival,
    plan: &Plan,
    (key, counting): (ChangedKey, Counting),
    out: Outgoing,
) -> Result<Taken> {
    let route = &plan.way.route;
    if let Some(stranger) = &plan.stranger {
        user::placeholder(job, plan.speaker, stranger, route.own)?;
    }
    job.tx.put_changed(&key, counting, plan.speaker)?;
    if route.own {
        hand_in(job, out.id, out.kind, plan.speaker, out.room, out.body.clone())?;
    }
    send_to(job, arrival, route, plan.way.to.clone(), out)
}

/// What of the message it changes.
fn facet(body: &ChangeBody, by: PlatformNum) -> Facet {
    match &body.what {
        Change::Edit { .. } | Change::Delete => Facet::Text,
        Change::Reaction { emoji, .. } => Facet::Reaction { by, sender: body.sender.clone(), emoji: emoji.clone() },
    }
}

/// Whether what counts already goes before a change with this id. A delete goes before every edit, whichever is greater: so all
/// see the same in the end.
fn is_late(what: &Change, counting: Option<Counting>, id: uuid::Uuid) -> bool {
    counting.is_some_and(|counting| match what {
        Change::Edit { .. } => !counting.held || id < counting.latest,
        Change::Delete => !counting.held,
        Change::Reaction { .. } => id < counting.latest,
    })
}

/// Whether a change that comes after all others leaves everything as it is.
fn changes_nothing(what: &Change, counting: Option<Counting>) -> bool {
    match what {
        Change::Edit { .. } | Change::Delete => counting.is_some_and(|counting| !counting.held),
        Change::Reaction { remove, .. } => counting.is_some_and(|counting| counting.held) != *remove,
    }
}

/// The refusal of a change of what is not remembered as a message.
pub(super) fn unknown(job: &Job<'_>, whose: PlatformNum) -> Error {
    let name = job.directory().name(whose);
    let why = format!(
        "no such message of {name} is remembered here: it was never here, it is an event of another kind, or it is too old (the \
         last 100,000 of each platform are remembered)"
    );
    Error::new(ErrorKind::UnknownMessage, why).within("of")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    /// Changes of one text, or of one reaction, with distinct ids.
    fn changes() -> impl Strategy<Value = Vec<(Change, Uuid)>> {
        let text = prop_oneof![
            3 => Just(Change::Edit { text: String::new(), attachments: None, ext: None }),
            1 => Just(Change::Delete),
        ];
        let reaction = any::<bool>().prop_map(|remove| Change::Reaction { emoji: "👍".into(), remove });
        let numbered =
            |changes: Vec<Change>| changes.into_iter().zip(1..).map(|(c, n)| (c, Uuid::from_u128(n))).collect();
        let all = proptest::collection::vec(text, 1..8).boxed();
        all.prop_union(proptest::collection::vec(reaction, 1..8).boxed()).prop_map(numbered)
    }

    /// What counts after these changes, in this order: the id of the edit, if it is not deleted, or whether the reaction is on.
    fn outcome(changes: &[(Change, Uuid)]) -> (bool, Option<Uuid>) {
        let mut counting = None;
        for (what, id) in changes {
            if !is_late(what, counting, *id) {
                let held = !matches!(what, Change::Delete | Change::Reaction { remove: true, .. });
                counting = Some(Counting { latest: *id, held });
            }
        }
        let Counting { latest, held } = counting.unwrap();
        (held, held.then_some(latest))
    }

    proptest! {
        /// Shows promise 9.
        #[test]
        fn in_whatever_order_changes_come_the_same_counts_in_the_end(
            (changes, shuffled) in changes().prop_flat_map(|all| (Just(all.clone()), Just(all).prop_shuffle()))
        ) {
            prop_assert_eq!(outcome(&shuffled), outcome(&changes));
            let deleted = changes.iter().any(|(what, _)| matches!(what, Change::Delete));
            prop_assert!(!deleted || !outcome(&shuffled).0);
        }
    }
}
