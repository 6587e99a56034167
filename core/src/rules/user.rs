//! A user is announced: new, renamed, or gone. Users go to every other platform.

use std::collections::HashSet;

use uuid::Uuid;

use crate::commit::job::Job;
use crate::commit::share::Subject;
use crate::model::{BindKind, EventKind, Extras, Id, Ref};
use crate::rules::arrival::{Arrival, Outcome, Taken, first_time, must_exceed};
use crate::rules::limits;
use crate::rules::outgoing::{Outgoing, hand_in, send};
use crate::rules::routing::{everybody, route};
use crate::store::{PlatformNum, UserRow};
use crate::util::seldom::seldom;
use crate::wire::{UserBody, write};
use crate::{Error, ErrorKind, Result};

/// Takes an announcement in. The one with the greatest id counts, whatever way it took.
pub(crate) fn user(job: &mut Job<'_>, arrival: Arrival, mut body: UserBody) -> Result<Taken> {
    let known = job.directory().user(arrival.speaker, body.id.as_str()).cloned();
    let in_force = known.as_ref().and_then(|u| u.event);
    if known.is_none() {
        limits::user(job, arrival.speaker)?;
    }
    if arrival.id.is_none_or(|id| in_force < Some(id)) {
        limits::extras(job, arrival.speaker, known.as_ref().map_or(0, |u| u.extras.held()), body.extras.held())?;
    }
    if arrival.id.is_none() {
        may_rename(job, arrival.speaker, &body.id, in_force)?;
    }
    if !first_time(job, arrival)? {
        return Ok(Taken::duplicate(arrival.id));
    }
    let id = arrival.id.unwrap_or_else(|| job.new_id_after(in_force));
    if in_force.is_some_and(|event| event >= id) {
        return Ok(Taken::unchanged());
    }
    if let Some(known) = &known {
        body.id = known.id.clone();
    }
    let news = known.as_ref().is_none_or(|u| !says(u, &body));
    let imported = known.is_some_and(|u| u.event.is_none() && !u.placeholder);
    if imported && !news && arrival.source.peer().is_some() {
        // An import was faster and has passed the user on: once is enough.
        put(job, arrival.speaker, &body, Some(id))?;
        return Ok(Taken::new(Outcome::Taken, Some(id)));
    }
    store_and_send(job, arrival, id, body, Some(id), news)
}

/// Whether it is what the row says, too.
fn says(row: &UserRow, body: &UserBody) -> bool {
    *row.name == *body.name && row.active == body.active && row.extras == body.extras
}

fn may_rename(job: &Job<'_>, platform: PlatformNum, id: &Id, in_force: Option<Uuid>) -> Result<()> {
    must_exceed(job, &format!("user {id}"), in_force.map(|event| (platform, event)))
}

/// A user that an import brought, who is new, renamed or gone. No announcement: one that comes later counts, whatever its
/// id.
pub(crate) fn imported(job: &mut Job<'_>, arrival: Arrival, mut body: UserBody) -> Result<Taken> {
    let known = job.directory().user(arrival.speaker, body.id.as_str());
    let (new, floor) = (known.is_none(), known.and_then(|u| u.event));
    let before = known.map(|u| u.extras.clone()).unwrap_or_default();
    if new {
        limits::user(job, arrival.speaker)?;
    }
    if let Err(why) = limits::extras(job, arrival.speaker, before.held(), body.extras.held()) {
        // Nobody's name is kept out by an avatar that is too much.
        let platform = job.directory().name(arrival.speaker);
        if let Some(times) = seldom("avatars", &platform) {
            tracing::warn!(%platform, "an avatar in its list of users is left out: {why}{times}");
        }
        body.extras = before;
    }
    if arrival.source.peer().is_none() {
        may_rename(job, arrival.speaker, &body.id, floor)?;
    }
    let id = job.new_id_after(floor);
    // Of a platform that is hosted here this node is the one that announces; of another it only passes on.
    let in_force = if arrival.source.peer().is_none() { Some(id) } else { floor };
    store_and_send(job, arrival, id, body, in_force, true)
}

fn store_and_send(
    job: &mut Job<'_>,
    arrival: Arrival,
    id: Uuid,
    body: UserBody,
    in_force: Option<Uuid>,
    news: bool,
) -> Result<Taken> {
    put(job, arrival.speaker, &body, in_force)?;
    let (route, json) = {
        let directory = job.directory();
        let route = route(directory, arrival.source, arrival.speaker, everybody(directory));
        (route, bytes::Bytes::from(write::user(&directory.name(arrival.speaker), &body)))
    };
    if route.own && news {
        hand_in(job, id, EventKind::User, arrival.speaker, None, json.clone())?;
    }
    let subject = Some(Subject::User(arrival.speaker, body.id));
    send(job, arrival, &route, Outgoing { id, kind: EventKind::User, room: None, body: json, subject })
}

fn put(job: &mut Job<'_>, platform: PlatformNum, body: &UserBody, event: Option<Uuid>) -> Result<()> {
    job.put_user(UserRow {
        platform,
        id: body.id.clone(),
        name: body.name.as_str().into(),
        active: body.active,
        placeholder: false,
        extras: body.extras.clone(),
        event,
        version: 0,
    })
}

/// A sender whom nobody announced is made on the spot, with its external id for a name.
pub(crate) fn placeholder(job: &mut Job<'_>, platform: PlatformNum, id: &Id, tell_app: bool) -> Result<()> {
    let name = job.directory().external(platform, id).to_string();
    job.put_user(UserRow {
        platform,
        id: id.clone(),
        name: name.as_str().into(),
        active: true,
        placeholder: true,
        extras: Extras::default(),
        event: None,
        version: 0,
    })?;
    if tell_app {
        let event = job.new_id();
        let body = UserBody { id: id.clone(), name, active: true, extras: Extras::default() };
        let json = write::user(&job.directory().name(platform), &body);
        hand_in(job, event, EventKind::User, platform, None, json.into())?;
    }
    Ok(())
}

/// One of the app's own users. What has not changed is not sent.
pub(crate) fn publish(job: &mut Job<'_>, own: PlatformNum, body: UserBody) -> Result<Taken> {
    if is_announced(job, own, &body) {
        return Ok(Taken::unchanged());
    }
    check_new_id(job, own, "id", &body.id)?;
    user(job, Arrival::app(own), body)
}

fn is_announced(job: &Job<'_>, own: PlatformNum, body: &UserBody) -> bool {
    let known = job.directory().user(own, body.id.as_str());
    known.is_some_and(|u| says(u, body) && u.event.is_some())
}

/// The whole list of the app's own users: who is missing from it is gone. Returns how many changed.
pub(crate) fn publish_all(job: &mut Job<'_>, own: PlatformNum, users: Vec<UserBody>) -> Result<usize> {
    let listed: HashSet<Id> = users.iter().map(|user| user.id.clone()).collect();
    let gone: Vec<UserBody> = {
        let directory = job.directory();
        directory.users(own).filter(|u| u.active && !listed.contains(&u.id)).map(gone).collect()
    };
    let all = users.into_iter().chain(gone);
    let news: Vec<_> = all.filter(|body| !is_announced(job, own, body)).collect();
    // Looked at before anything is written: all of the list is announced, or nothing of it.
    for UserBody { id, .. } in &news {
        check_new_id(job, own, "users", id)?;
        let in_force = job.directory().user(own, id.as_str()).and_then(|user| user.event);
        may_rename(job, own, id, in_force)?;
    }
    let mut changed = 0;
    for body in news {
        // What the list names twice may have been announced by now.
        changed += usize::from(publish(job, own, body)?.event.is_some());
    }
    Ok(changed)
}

/// What is said of a user who is gone.
pub(crate) fn gone(user: &UserRow) -> UserBody {
    let UserRow { id, name, extras, .. } = user;
    UserBody { id: id.clone(), name: name.to_string(), active: false, extras: extras.clone() }
}

/// An id that must be one of the app's own users.
pub(crate) fn own_user(job: &Job<'_>, own: PlatformNum, field: &'static str, user: &Ref) -> Result<Id> {
    match job.directory().meaning(BindKind::User, field, user)? {
        Some((platform, id)) if platform == own => {
            check_new_id(job, own, field, &id)?;
            Ok(id)
        }
        _ => Err(Error::new(
            ErrorKind::Forbidden,
            format!("{user} is a user of another platform: only own users act here"),
        )
        .within(field)),
    }
}

/// An id of the app's own that is new for a user must not read like an external one.
pub(crate) fn check_new_id(job: &Job<'_>, own: PlatformNum, field: &'static str, id: &Id) -> Result<()> {
    if id.reads_external() && job.directory().user(own, id.as_str()).is_none() {
        return Err(reads_external(field, id));
    }
    Ok(())
}

/// The error for an id of the app's own, a new one, which would be another's where texts of both kinds meet. It does not depend
/// on who is known now: a platform of that name may come.
pub(crate) fn reads_external(field: &'static str, id: &Id) -> Error {
    let other = id.as_str().replacen(':', "-", 1);
    let expected = format!(
        "expected an id of the app's own, got {id:?}, which reads like an external id: write it as {other:?}, say"
    );
    Error::invalid(field, expected)
}
