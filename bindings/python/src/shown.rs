//! Everything else that the core returns, as the package's dataclasses.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use integrador::{DeadLetter, Delivery, Finding, Metric, Platform, Receipt, Room, Status, User};
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
    classes(py)?.user.bind(py).call1((shown_external(py, &user.id)?, &user.name, user.active))
}

pub(crate) fn room<'py>(py: Python<'py>, room: &Room) -> Shown<'py> {
    let members = PyDict::new(py);
    for (platform, ids) in &room.members {
        let ids: Vec<_> = ids.iter().map(|id| shown_id(py, id)).collect::<PyResult<_>>()?;
        members.set_item(&**platform, PyTuple::new(py, ids)?)?;
    }
    classes(py)?.room.bind(py).call1((shown_external(py, &room.id)?, &room.name, room.kind.as_str(), members))
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
    let fields = (&status.name, status.standalone, version, store, status.inbox, platforms);
    classes(py)?.status.bind(py).call1(fields)
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
