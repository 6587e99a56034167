//! Everything else that the core returns, as the package's dataclasses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use integrador::{
    Banned, DeadLetter, Delivery, Ext, Finding, Id, Introduction, Invite, InviteInfo, Joined, Metric, Platform,
    Receipt, Room, Status, User,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};

use crate::classes::classes;
use crate::ids::{shown_event, shown_external, shown_id};

type Shown<'py> = PyResult<Bound<'py, PyAny>>;

/// Each of these, as a list.
pub(crate) fn list<'py, T>(
    py: Python<'py>,
    items: &[T],
    show: impl Fn(Python<'py>, &T) -> Shown<'py>,
) -> PyResult<Vec<Bound<'py, PyAny>>> {
    items.iter().map(|item| show(py, item)).collect()
}

/// Microseconds since the epoch, for the package's own `_time`: PyO3 knows no time before it.
pub(crate) fn microseconds(at: SystemTime) -> i64 {
    let whole = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    match at.duration_since(UNIX_EPOCH) {
        Ok(since) => whole(since),
        Err(before) => -whole(before.duration()),
    }
}

pub(crate) fn user<'py>(py: Python<'py>, user: &User) -> Shown<'py> {
    let (id, ext) = (shown_external(py, &user.id)?, ext(py, user.ext.as_ref())?);
    classes(py)?.user.bind(py).call1((id, &user.name, user.active, &user.avatar, ext))
}

/// What an application carries, as `json` reads it.
pub(crate) fn ext<'py>(py: Python<'py>, ext: Option<&Ext>) -> PyResult<Option<Bound<'py, PyAny>>> {
    ext.map(|ext| classes(py)?.json.bind(py).call1((ext.as_json(),))).transpose()
}

fn ids<'py>(py: Python<'py>, ids: &[Id]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, ids.iter().map(|id| shown_id(py, id)).collect::<PyResult<Vec<_>>>()?)
}

pub(crate) fn room<'py>(py: Python<'py>, room: &Room) -> Shown<'py> {
    let members = PyDict::new(py);
    for (platform, of_one) in &room.members {
        members.set_item(&**platform, ids(py, of_one)?)?;
    }
    let banned = PyDict::new(py);
    for (platform, of_one) in &room.banned {
        match of_one {
            Banned::Platform => banned.set_item(&**platform, "*")?,
            Banned::Users(of_one) => banned.set_item(&**platform, ids(py, of_one)?)?,
        }
    }
    let (id, ext) = (shown_external(py, &room.id)?, ext(py, room.ext.as_ref())?);
    let fields = (id, &room.name, room.kind.as_str(), members, banned, &room.avatar, ext);
    classes(py)?.room.bind(py).call1(fields)
}

pub(crate) fn platform<'py>(py: Python<'py>, p: &Platform) -> Shown<'py> {
    classes(py)?.platform.bind(py).call1((&*p.name, p.support_image, p.support_audio, p.via.as_deref(), p.own))
}

pub(crate) fn receipt<'py>(py: Python<'py>, receipt: &Receipt) -> Shown<'py> {
    let destinations = PyTuple::new(py, receipt.destinations.iter().map(|name| &**name))?;
    classes(py)?.receipt.bind(py).call1((receipt.event.map(shown_event), destinations, receipt.duplicate))
}

pub(crate) fn delivery<'py>(py: Python<'py>, delivery: &Delivery) -> Shown<'py> {
    let fields = (&*delivery.platform, delivery.state.as_str(), delivery.at, &delivery.why);
    classes(py)?.delivery.bind(py).call1(fields)
}

pub(crate) fn status<'py>(py: Python<'py>, status: &Status) -> Shown<'py> {
    let platforms = status.platforms.iter().map(|p| {
        let (via, wrong) = (p.via.as_deref(), (&p.alarm, &p.import_error));
        let findings = PyTuple::new(py, p.findings.iter().map(|f| finding(py, f)).collect::<PyResult<Vec<_>>>()?)?;
        let first = (
            &*p.name,
            p.kind.as_str(),
            via,
            p.up,
            p.since,
            p.last_contact,
            p.waiting,
            p.oldest,
            p.dead,
            wrong.0,
            wrong.1,
        );
        // A tuple of Rust's has twelve fields at most.
        let first = first.into_pyobject(py)?;
        let fields =
            first.as_sequence().concat((&p.last_error, p.next_try, findings).into_pyobject(py)?.as_sequence())?;
        classes(py)?.platform_status.bind(py).call1(fields.to_tuple()?)
    });
    let platforms = PyTuple::new(py, platforms.collect::<PyResult<Vec<_>>>()?)?;
    let (version, store) = (status.version, shown_event(status.store));
    let introductions = PyTuple::new(py, list(py, &status.introductions, introduction)?)?;
    let fields = (&status.name, status.standalone, version, store, status.inbox, platforms, introductions);
    classes(py)?.status.bind(py).call1(fields)
}

fn introduction<'py>(py: Python<'py>, asks: &Introduction) -> Shown<'py> {
    classes(py)?.introduction.bind(py).call1((&*asks.name, &asks.endpoint, &*asks.by, asks.since))
}

pub(crate) fn invite<'py>(py: Python<'py>, invite: &Invite) -> Shown<'py> {
    classes(py)?.invite.bind(py).call1((&invite.id, &invite.url, invite.expires, invite.text()))
}

pub(crate) fn invite_info<'py>(py: Python<'py>, invite: &InviteInfo) -> Shown<'py> {
    let InviteInfo { id, made, expires, used_by, .. } = invite;
    classes(py)?.invite_info.bind(py).call1((id, made, expires, used_by.as_deref()))
}

pub(crate) fn joined<'py>(py: Python<'py>, joined: &Joined) -> Shown<'py> {
    let platforms = PyTuple::new(py, &joined.platforms)?;
    classes(py)?.joined.bind(py).call1((&joined.inviter, platforms))
}

pub(crate) fn dead_letter<'py>(py: Python<'py>, dead: &DeadLetter) -> Shown<'py> {
    let (event, platform, from) = (shown_event(dead.event), &*dead.platform, &*dead.from);
    let fields = (dead.number, event, dead.kind.as_str(), platform, from, dead.inbound, &dead.why, dead.at, &dead.body);
    classes(py)?.dead_letter.bind(py).call1(fields)
}

pub(crate) fn finding<'py>(py: Python<'py>, finding: &Finding) -> Shown<'py> {
    let Finding { platform, kind, other, what, to_do, .. } = finding;
    classes(py)?.finding.bind(py).call1((platform.as_deref(), kind.as_str(), other.as_deref(), what, to_do))
}

pub(crate) fn metric<'py>(py: Python<'py>, metric: &Metric) -> Shown<'py> {
    let labels = PyDict::new(py);
    for (name, value) in &metric.labels {
        labels.set_item(name, value)?;
    }
    classes(py)?.metric.bind(py).call1((metric.name, labels, metric.value, metric.kind.as_str(), metric.help))
}

pub(crate) fn response<'py>(py: Python<'py>, response: &http::Response<Bytes>) -> Shown<'py> {
    let headers = response.headers().iter();
    let headers: Vec<_> =
        headers.map(|(name, value)| (name.as_str(), String::from_utf8_lossy(value.as_bytes()))).collect();
    let body = PyBytes::new(py, response.body());
    classes(py)?.response.bind(py).call1((response.status().as_u16(), headers, body))
}
