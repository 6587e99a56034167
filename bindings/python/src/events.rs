//! Events and messages, as the package's dataclasses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use integrador::{Attachment, Event, EventBody};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyTuple};

use crate::classes::classes;
use crate::errors::invalid;
use crate::ids::{shown_event, shown_external};
use crate::shown;

/// An event; `node` is what it asks for local ids and recipients.
pub(crate) fn event<'py>(py: Python<'py>, event: &Event, node: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let classes = classes(py)?;
    let (id, attempt) = (shown_event(event.id), event.attempt);
    match &event.body {
        EventBody::Message(message) => {
            let sent_at =
                message.sent_at.map(|at| classes.time.bind(py).call1((shown::microseconds(at),))).transpose()?;
            let (room, sender) = (shown_external(py, &message.room)?, shown_external(py, &message.sender)?);
            let attachments = shown_attachments(py, &message.attachments)?;
            let reply_to = message.reply_to.map(shown_event);
            let (name, text) = (&message.sender_name, &message.text);
            let (late, traceparent) = (message.late, message.traceparent.as_deref());
            let ext = shown::ext(py, message.ext.as_ref())?;
            // A tuple of Rust's has twelve fields at most.
            let first = (id, attempt, room, sender, name, text, sent_at, reply_to, attachments, late);
            let first = first.into_pyobject(py)?;
            let fields =
                first.as_sequence().concat((traceparent, ext, node).into_pyobject(py)?.as_sequence())?.to_tuple()?;
            classes.message.bind(py).call1(fields)
        }
        EventBody::Edit(it) => {
            let (room, sender) = (shown_external(py, &it.room)?, shown_external(py, &it.sender)?);
            let attachments = it.attachments.as_ref().map(|all| shown_attachments(py, all)).transpose()?;
            let ext = shown::ext(py, it.ext.as_ref())?;
            let of = shown_event(it.of);
            let fields = (id, attempt, room, sender, &it.sender_name, of, &it.text, attachments, ext, node);
            classes.edit.bind(py).call1(fields)
        }
        EventBody::Delete(it) => {
            let (room, sender) = (shown_external(py, &it.room)?, shown_external(py, &it.sender)?);
            let fields = (id, attempt, room, sender, &it.sender_name, shown_event(it.of), &*it.of_platform, node);
            classes.delete.bind(py).call1(fields)
        }
        EventBody::Reaction(it) => {
            let (room, sender) = (shown_external(py, &it.room)?, shown_external(py, &it.sender)?);
            let of = shown_event(it.of);
            let fields = (id, attempt, room, sender, &it.sender_name, of, &*it.of_platform, &it.emoji, it.on, node);
            classes.reaction.bind(py).call1(fields)
        }
        EventBody::User(user) => classes.user_change.bind(py).call1((id, attempt, shown::user(py, user)?, node)),
        EventBody::Room(change) => {
            let room = shown::room(py, &change.room)?;
            classes.room_change.bind(py).call1((id, attempt, room, &*change.changed_by, node))
        }
        EventBody::Platform(change) => {
            let fields = (id, attempt, &*change.platform, change.change.as_str(), &change.why);
            classes.platform_change.bind(py).call1(fields)
        }
        EventBody::Delivery(change) => {
            let (publication, platform) = (shown_event(change.event), &*change.platform);
            let state = change.state.as_str();
            let fields = (id, attempt, publication, platform, state, &change.why, change.count);
            classes.delivery_change.bind(py).call1(fields)
        }
        other => Err(PyTypeError::new_err(format!("an event that this package does not know: {other:?}"))),
    }
}

fn shown_attachments<'py>(py: Python<'py>, all: &[Attachment]) -> PyResult<Bound<'py, PyTuple>> {
    PyTuple::new(py, all.iter().map(|a| shown_attachment(py, a)).collect::<PyResult<Vec<_>>>()?)
}

fn shown_attachment<'py>(py: Python<'py>, attachment: &Attachment) -> PyResult<Bound<'py, PyAny>> {
    let data = attachment.data.as_ref().map(|data| STANDARD.decode(data)).transpose();
    let data = data.map_err(|_| invalid(py, "data", "expected base64"))?;
    let data = data.map(|bytes| PyBytes::new(py, &bytes));
    let (mime, name) = (&attachment.mime, &attachment.name);
    classes(py)?.attachment.bind(py).call1((
        attachment.kind.as_str(),
        &attachment.url,
        data,
        mime,
        name,
        attachment.size,
    ))
}
