//! One open node: every operation of `integrador::blocking::Node`, with the values of Python.

use std::time::Duration;

use bytes::Bytes;
use integrador::{Config, DeadLetters, Error, ErrorKind, Id, NewMessage, RoomKind, blocking};
use pyo3::prelude::*;

use crate::errors::{guarded, invalid, now, raised};
use crate::ids::{AnyId, bind_kind, event_id, external, shown_external, shown_id};
use crate::wait::{Flag, Inside, next_events, wait};
use crate::{events, shown};

type Shown<'py> = PyResult<Bound<'py, PyAny>>;

/// See `_native.pyi`; what it does is said in `_node.py`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Node {
    node: blocking::Node,
}

#[pymethods]
impl Node {
    #[new]
    fn new(py: Python<'_>, config: &str) -> PyResult<Node> {
        let _inside = Inside::enter(py);
        let mut json = serde_json::Deserializer::from_str(config);
        let config: Config = serde_path_to_error::deserialize(&mut json).map_err(|e| {
            let text = e.inner().to_string();
            let what = text.split(" at line ").next().unwrap_or_default();
            raised(py, &Error::new(ErrorKind::Config, format!("`{}`: {what}", e.path())))
        })?;
        let opened = py.detach(|| guarded(|| blocking::Node::open(config)));
        opened.map(|node| Node { node }).map_err(|e| raised(py, &e))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        if self.node.is_closed() {
            return now(py, || self.node.close());
        }
        wait(py, &self.node, |node| async move { node.close().await })?;
        // It has nothing to wait for any more: this ends the runtime.
        now(py, || self.node.close())
    }

    /// Raises if it was closed or forked.
    fn check_open(&self, py: Python<'_>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        wait(py, &self.node, |_| async { Ok(()) })
    }

    #[getter]
    fn name(&self) -> &str {
        self.node.name()
    }

    #[getter]
    fn closed(&self) -> bool {
        self.node.is_closed()
    }

    fn local_addr(&self, py: Python<'_>) -> PyResult<Option<(String, u16)>> {
        let _inside = Inside::enter(py);
        let address = now(py, || self.node.local_addr())?;
        Ok(address.map(|address| (address.ip().to_string(), address.port())))
    }

    fn handle<'py>(
        &self,
        py: Python<'py>,
        method: &str,
        path: &str,
        query: &str,
        headers: Vec<(String, String)>,
        body: &[u8],
    ) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let mut request = http::Request::new(Bytes::copy_from_slice(body));
        *request.method_mut() = method.parse().map_err(|_| invalid(py, "method", "expected a method of HTTP"))?;
        *request.uri_mut() = address(path, query).map_err(|_| invalid(py, "path", "expected a path"))?;
        for (name, value) in &headers {
            // One that no client could have sent says nothing.
            if let (Ok(name), Ok(value)) = (name.parse::<http::HeaderName>(), http::HeaderValue::from_str(value)) {
                request.headers_mut().append(name, value);
            }
        }
        let response = wait(py, &self.node, |node| async move { Ok(node.handle(request).await) })?;
        shown::response(py, &response)
    }

    fn publish_user<'py>(&self, py: Python<'py>, id: AnyId, name: String) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let receipt = wait(py, &self.node, |node| async move { node.publish_user(id.0, name).await })?;
        shown::receipt(py, &receipt)
    }

    fn publish_users(&self, py: Python<'_>, users: Vec<(AnyId, String)>) -> PyResult<usize> {
        let _inside = Inside::enter(py);
        let users = users.into_iter().map(|(id, name)| (id.0, name)).collect();
        wait(py, &self.node, |node| async move { node.publish_users(users).await })
    }

    fn publish_room<'py>(
        &self,
        py: Python<'py>,
        id: AnyId,
        name: String,
        kind: &str,
        members: Vec<(String, Vec<AnyId>)>,
    ) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let kind = match kind {
            "private" => RoomKind::Private,
            "public" => RoomKind::Public,
            _ => return Err(invalid(py, "kind", "expected \"private\" or \"public\"")),
        };
        let ids = |ids: Vec<AnyId>| -> Vec<Id> { ids.into_iter().map(|id| id.0).collect() };
        let members = members.into_iter().map(|(platform, of)| (platform, ids(of))).collect();
        let done = wait(py, &self.node, |node| async move { node.publish_room(id.0, name, kind, members).await });
        shown::receipt(py, &done?)
    }

    fn join_room<'py>(&self, py: Python<'py>, room: AnyId, user: AnyId) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let receipt = wait(py, &self.node, |node| async move { node.join_room(room.0, user.0).await })?;
        shown::receipt(py, &receipt)
    }

    fn leave_room<'py>(&self, py: Python<'py>, room: AnyId, user: AnyId) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let receipt = wait(py, &self.node, |node| async move { node.leave_room(room.0, user.0).await })?;
        shown::receipt(py, &receipt)
    }

    #[expect(clippy::too_many_arguments, reason = "the package names them")]
    fn publish_message<'py>(
        &self,
        py: Python<'py>,
        room: AnyId,
        sender: AnyId,
        text: String,
        key: Option<String>,
        sent_at: Option<String>,
        reply_to: Option<&str>,
        attachments: &Bound<'py, PyAny>,
    ) -> Shown<'py> {
        let _inside = Inside::enter(py);
        let mut message = NewMessage::new(room.0, sender.0, text);
        if let Some(key) = key {
            message = message.key(key);
        }
        if let Some(at) = sent_at {
            message = message.sent_at(at);
        }
        if let Some(id) = reply_to {
            message = message.reply_to(event_id(py, id)?);
        }
        for attachment in attachments.try_iter()? {
            message = message.attach(events::attachment(&attachment?)?);
        }
        let receipt = wait(py, &self.node, |node| async move { node.publish_message(message).await })?;
        shown::receipt(py, &receipt)
    }

    fn next_events<'py>(
        slf: &Bound<'py, Self>,
        max: usize,
        timeout: Option<f64>,
        stop: Option<&Bound<'py, Flag>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let py = slf.py();
        let _inside = Inside::enter(py);
        let timeout = timeout.map(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or(Duration::MAX));
        let stop = stop.map(Bound::get);
        let events = next_events(py, &slf.get().node, max, timeout.unwrap_or(Duration::MAX), stop)?;
        events.iter().map(|event| events::event(py, event, slf)).collect()
    }

    fn ack(&self, py: Python<'_>, event_ids: Vec<String>) -> PyResult<Vec<bool>> {
        let _inside = Inside::enter(py);
        let ids: Vec<_> = event_ids.iter().map(|id| event_id(py, id)).collect::<PyResult<_>>()?;
        wait(py, &self.node, |node| async move { node.ack(&ids).await })
    }

    fn nack(&self, py: Python<'_>, id: &str, why: String) -> PyResult<bool> {
        let _inside = Inside::enter(py);
        let id = event_id(py, id)?;
        wait(py, &self.node, |node| async move { node.nack(id, &why).await })
    }

    fn platforms<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.platforms())?, shown::platform)
    }

    fn users<'py>(&self, py: Python<'py>, platform: Option<&str>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.users(platform))?, shown::user)
    }

    fn rooms<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.rooms())?, shown::room)
    }

    fn room<'py>(&self, py: Python<'py>, id: AnyId) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        now(py, || self.node.room(id.0))?.map(|room| shown::room(py, &room)).transpose()
    }

    fn recipients<'py>(&self, py: Python<'py>, room: AnyId) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.recipients(room.0))?, shown_id)
    }

    fn bind(&self, py: Python<'_>, kind: &str, external_id: &str, local: AnyId) -> PyResult<()> {
        let _inside = Inside::enter(py);
        let (kind, external) = (bind_kind(py, kind)?, external(py, external_id)?);
        wait(py, &self.node, |node| async move { node.bind(kind, &external, local.0).await })
    }

    fn local_id<'py>(&self, py: Python<'py>, kind: &str, external_id: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let (kind, external) = (bind_kind(py, kind)?, external(py, external_id)?);
        now(py, || self.node.local_id(kind, &external))?.map(|id| shown_id(py, &id)).transpose()
    }

    fn external_id<'py>(&self, py: Python<'py>, kind: &str, local: AnyId) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let kind = bind_kind(py, kind)?;
        now(py, || self.node.external_id(kind, local.0))?.map(|id| shown_external(py, &id)).transpose()
    }

    fn local<'py>(&self, py: Python<'py>, kind: &str, external_id: &str) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let (kind, external) = (bind_kind(py, kind)?, external(py, external_id)?);
        let found = now(py, || {
            if let Some(bound) = self.node.local_id(kind, &external)? {
                return Ok(Some(bound));
            }
            // Of this platform is what its second part alone means too.
            let own = self.node.external_id(kind, &external.id)?.filter(|own| *own == external);
            let written = own.map(|_| self.node.external_id(kind, external_id)).transpose()?.flatten();
            Ok(written.map(|external| external.id))
        })?;
        found.map(|id| shown_id(py, &id)).transpose()
    }

    fn delivery<'py>(&self, py: Python<'py>, id: &str) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let id = event_id(py, id)?;
        let deliveries = wait(py, &self.node, |node| async move { node.delivery(id).await })?;
        shown::list(py, &deliveries, shown::delivery)
    }

    fn status<'py>(&self, py: Python<'py>) -> Shown<'py> {
        let _inside = Inside::enter(py);
        shown::status(py, &wait(py, &self.node, |node| async move { node.status().await })?)
    }

    fn dead_letters<'py>(
        &self,
        py: Python<'py>,
        platform: Option<String>,
        number: Option<i64>,
        id: Option<&str>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let which = chosen(py, platform, number, id)?;
        let dead = wait(py, &self.node, |node| async move { node.dead_letters(&which).await })?;
        shown::list(py, &dead, shown::dead_letter)
    }

    fn retry(&self, py: Python<'_>, platform: Option<String>, number: Option<i64>, id: Option<&str>) -> PyResult<u64> {
        let _inside = Inside::enter(py);
        let which = chosen(py, platform, number, id)?;
        wait(py, &self.node, |node| async move { node.retry(&which).await })
    }

    fn drop(&self, py: Python<'_>, platform: Option<String>, number: Option<i64>, id: Option<&str>) -> PyResult<u64> {
        let _inside = Inside::enter(py);
        let which = chosen(py, platform, number, id)?;
        wait(py, &self.node, |node| async move { node.drop_dead_letters(&which).await })
    }

    fn sync_now(&self, py: Python<'_>, platform: Option<String>) -> PyResult<usize> {
        let _inside = Inside::enter(py);
        wait(py, &self.node, |node| async move { node.sync_now(platform.as_deref()).await })
    }

    fn metrics(&self, py: Python<'_>) -> PyResult<String> {
        let _inside = Inside::enter(py);
        now(py, || self.node.metrics())
    }
}

/// Which dead letters are meant.
fn chosen(py: Python<'_>, platform: Option<String>, number: Option<i64>, id: Option<&str>) -> PyResult<DeadLetters> {
    Ok(match (platform, number, id) {
        (Some(platform), ..) => DeadLetters::Platform(platform),
        (_, Some(number), _) => DeadLetters::Number(number),
        (.., Some(id)) => DeadLetters::Event(event_id(py, id)?),
        _ => DeadLetters::All,
    })
}

/// Web frameworks give the path decoded, so it may hold what an address can't; the query they leave as it is.
fn address(path: &str, query: &str) -> Result<http::Uri, http::uri::InvalidUri> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~:@!$&'()*+,;=".contains(&byte);
    let mut address = String::with_capacity(path.len() + query.len() + 2);
    if !path.starts_with('/') {
        address.push('/');
    }
    for byte in path.bytes() {
        if plain(byte) {
            address.push(char::from(byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    if !query.is_empty() {
        address.push('?');
        address.push_str(query);
    }
    address.parse()
}
