//! One open node: every operation of `integrador::blocking::Node`, with the values of Python.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use integrador::{Config, DeleteMessage, EditMessage, NewReaction, NewRoom, NewUser, blocking, guarded};
use pyo3::IntoPyObjectExt;
use pyo3::prelude::*;
use pyo3::types::{PyList, PyTuple};

use crate::bulk::Messages;
use crate::call::{Call, Made, by_ref, nothing, plain};
use crate::errors::{now, raised};
use crate::given::MessageParts;
use crate::ids::{shown_external, shown_id};
use crate::wait::{Flag, Inside, asking, wait};
use crate::{events, given, request, shown};

/// What the application gave as an argument: anything at all, until it is looked at.
type Given<'py> = Bound<'py, PyAny>;

/// See `_native.pyi`; what it does is said in `_node.py`.
#[pyclass(frozen, module = "integrador._native")]
pub(crate) struct Node {
    node: Arc<Open>,
}

/// The handle. It is dropped without the GIL, since dropping it may wait for a fork to be over.
pub(crate) struct Open(Option<blocking::Node>);

impl Deref for Open {
    type Target = blocking::Node;

    fn deref(&self) -> &blocking::Node {
        self.0.as_ref().expect("it is there until it is dropped")
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let node = self.0.take();
        // Where there is no interpreter any more there is no GIL either.
        Python::try_attach(|py| py.detach(|| drop(node)));
    }
}

impl Node {
    /// One that is open already.
    pub(crate) fn around(node: blocking::Node) -> Node {
        Node { node: Arc::new(Open(Some(node))) }
    }

    pub(crate) fn open(&self) -> &Arc<Open> {
        &self.node
    }

    pub(crate) fn consumer(&self) -> integrador::Result<blocking::Consumer> {
        self.node.consumer()
    }

    pub(crate) fn tickets(&self) -> integrador::Result<blocking::Tickets<Made>> {
        self.node.tickets()
    }
}

#[pymethods]
impl Node {
    #[new]
    fn new(py: Python<'_>, config: &str) -> PyResult<Node> {
        let _inside = Inside::enter(py);
        let config = Config::from_json(config).map_err(|e| raised(py, &e))?;
        let opened = py.detach(|| guarded(|| blocking::Node::open(config)));
        opened.map(Node::around).map_err(|e| raised(py, &e))
    }

    fn close(&self, py: Python<'_>) -> PyResult<()> {
        let _inside = Inside::enter(py);
        if !self.node.is_closed() {
            wait(py, &self.node, |node| async move { node.close().await })?;
        }
        // It has nothing to wait for any more: this ends the runtime.
        py.detach(|| guarded(|| self.node.close())).map_err(|e| raised(py, &e))
    }

    /// The first part of `close`, which waits.
    fn closing(&self) -> Call {
        Call::new(&self.node, move |node| async move { node.close().await }, nothing)
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
        method: &Given<'py>,
        path: &Given<'py>,
        query: &Given<'py>,
        headers: Vec<(Given<'py>, Given<'py>)>,
        body: &Given<'py>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let request = request::request(method, path, query, &headers, body)?;
        let work = move |node: integrador::Node| async move { Ok(node.handle(request).await) };
        Ok(Call::new(&self.node, work, by_ref(shown::response)).long())
    }

    fn publish_user<'py>(
        &self,
        py: Python<'py>,
        id: &Given<'py>,
        name: &Given<'py>,
        avatar: Option<Given<'py>>,
        ext: Option<Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let user = NewUser::new(given::id("id", id)?, given::text("name", name)?);
        let user = given::with_extras(user, ("avatar".into(), avatar), ("ext".into(), ext))?;
        let work = move |node: integrador::Node| async move { node.publish_new_user(user).await };
        Ok(Call::new(&self.node, work, by_ref(shown::receipt)))
    }

    fn publish_users(&self, py: Python<'_>, users: &Bound<'_, PyList>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let users = given::users("users", users)?;
        Ok(Call::new(&self.node, move |node| async move { node.publish_users(users).await }, plain))
    }

    #[expect(clippy::too_many_arguments, reason = "the package names them")]
    fn publish_room<'py>(
        &self,
        py: Python<'py>,
        id: &Given<'py>,
        name: &Given<'py>,
        kind: &Given<'py>,
        members: &Bound<'py, PyList>,
        banned: &Bound<'py, PyList>,
        avatar: Option<Given<'py>>,
        ext: Option<Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (id, name) = (given::id("id", id)?, given::text("name", name)?);
        let room = NewRoom::new(id, name, given::room_kind("kind", kind)?);
        let members = given::members("members", members)?.into_iter();
        let room = members.fold(room, |room, (platform, ids)| room.members(platform, ids));
        let mut room = given::banned(room, "banned", banned)?;
        if let Some(avatar) = avatar {
            room = room.avatar(given::text("avatar", &avatar)?);
        }
        if let Some(ext) = ext {
            room = room.ext(given::ext("ext", &ext)?);
        }
        let work = move |node: integrador::Node| async move { node.publish_new_room(room).await };
        Ok(Call::new(&self.node, work, by_ref(shown::receipt)))
    }

    fn join_room<'py>(&self, py: Python<'py>, room: &Given<'py>, user: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (room, user) = (given::reference("room", room)?, given::reference("user", user)?);
        Ok(Call::new(&self.node, move |node| async move { node.join_room(room, user).await }, by_ref(shown::receipt)))
    }

    fn leave_room<'py>(&self, py: Python<'py>, room: &Given<'py>, user: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (room, user) = (given::reference("room", room)?, given::reference("user", user)?);
        Ok(Call::new(&self.node, move |node| async move { node.leave_room(room, user).await }, by_ref(shown::receipt)))
    }

    #[expect(clippy::too_many_arguments, reason = "the package names them")]
    fn publish_message<'py>(
        &self,
        py: Python<'py>,
        room: Given<'py>,
        sender: Given<'py>,
        text: Given<'py>,
        key: Option<Given<'py>>,
        sent_at: Option<i64>,
        reply_to: Option<Given<'py>>,
        attachments: Bound<'py, PyList>,
        traceparent: Option<Given<'py>>,
        ext: Option<Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let parts = MessageParts { room, sender, text, key, sent_at, reply_to, attachments, traceparent, ext };
        let message = given::message(None, parts)?;
        Ok(Call::new(
            &self.node,
            move |node| async move { node.publish_message(message).await },
            by_ref(shown::receipt),
        ))
    }

    fn edit_message<'py>(
        &self,
        py: Python<'py>,
        event_id: &Given<'py>,
        sender: &Given<'py>,
        text: &Given<'py>,
        attachments: Option<Bound<'py, PyList>>,
        ext: Option<Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let of = given::event_id("event_id", event_id)?;
        let edit = EditMessage::new(of, given::reference("sender", sender)?, given::text("text", text)?);
        let edit = match attachments {
            Some(attachments) => edit.attachments(given::attachments("attachments".into(), &attachments)?),
            None => edit,
        };
        let edit = match ext {
            Some(ext) => edit.ext(given::ext("ext", &ext)?),
            None => edit,
        };
        Ok(Call::new(&self.node, move |node| async move { node.edit_message(edit).await }, by_ref(shown::receipt)))
    }

    fn delete_message<'py>(
        &self,
        py: Python<'py>,
        event_id: &Given<'py>,
        sender: &Given<'py>,
        of_platform: Option<&Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let delete = DeleteMessage::new(given::event_id("event_id", event_id)?, given::reference("sender", sender)?);
        let delete = match given::some_text("of_platform", of_platform)? {
            Some(platform) => delete.of_platform(platform),
            None => delete,
        };
        Ok(Call::new(&self.node, move |node| async move { node.delete_message(delete).await }, by_ref(shown::receipt)))
    }

    fn react<'py>(
        &self,
        py: Python<'py>,
        event_id: &Given<'py>,
        of_platform: &Given<'py>,
        sender: &Given<'py>,
        emoji: &Given<'py>,
        on: bool,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (of, platform) = (given::event_id("event_id", event_id)?, given::text("of_platform", of_platform)?);
        let (sender, emoji) = (given::reference("sender", sender)?, given::text("emoji", emoji)?);
        let reaction = NewReaction::new(of, platform, sender, emoji);
        let reaction = if on { reaction } else { reaction.remove() };
        Ok(Call::new(&self.node, move |node| async move { node.react(reaction).await }, by_ref(shown::receipt)))
    }

    fn publish_messages(&self, py: Python<'_>, messages: &Messages) -> Call {
        let _inside = Inside::enter(py);
        messages.publish(self)
    }

    fn next_events<'py>(
        slf: &Bound<'py, Self>,
        max: &Given<'py>,
        timeout: Option<&Given<'py>>,
        stop: Option<&Bound<'py, Flag>>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let py = slf.py();
        let _inside = Inside::enter(py);
        let max = given::count("max", max)?;
        let timeout = timeout.map(|timeout| given::seconds("timeout", timeout)).transpose()?;
        let (node, timeout) = (&slf.get().node, timeout.unwrap_or(Duration::MAX));
        let next = |go_on: &mut (dyn FnMut() -> bool + Send)| {
            Ok(Some(node.next_events_while(max, timeout, go_on)?).filter(|events| !events.is_empty()))
        };
        let events = asking(py, stop.map(Bound::get), next)?.unwrap_or_default();
        events.iter().map(|event| events::event(py, event, slf)).collect()
    }

    /// As `next_events`, for what must not wait: if it is no longer wanted, `stop` ends it.
    fn take<'py>(
        slf: &Bound<'py, Self>,
        max: &Given<'py>,
        timeout: Option<&Given<'py>>,
        stop: &Flag,
    ) -> PyResult<Call> {
        let py = slf.py();
        let _inside = Inside::enter(py);
        let max = given::count("max", max)?;
        let timeout = timeout.map(|timeout| given::seconds("timeout", timeout)).transpose()?;
        let (stop, lookup) = (stop.clone(), slf.clone().unbind());
        let work = move |node: integrador::Node| async move {
            tokio::select! {
                events = node.next_events(max, timeout.unwrap_or(Duration::MAX)) => events,
                () = stop.wait() => Ok(Vec::new()),
            }
        };
        Ok(Call::new(&slf.get().node, work, move |py, all| {
            shown::list(py, &all, |py, event| events::event(py, event, lookup.bind(py)))?.into_bound_py_any(py)
        }))
    }

    fn ack(&self, py: Python<'_>, event_ids: &Bound<'_, PyTuple>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let ids = given::event_ids("event_ids", event_ids)?;
        Ok(Call::new(&self.node, move |node| async move { node.ack(&ids).await }, plain))
    }

    fn nack(&self, py: Python<'_>, event_ids: &Bound<'_, PyTuple>, why: &Given<'_>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (ids, why) = (given::event_ids("event_ids", event_ids)?, given::text("why", why)?);
        Ok(Call::new(&self.node, move |node| async move { node.nack(&ids, &why).await }, plain))
    }

    fn platforms<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.platforms())?, shown::platform)
    }

    fn users<'py>(&self, py: Python<'py>, platform: Option<&Given<'py>>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let platform = given::some_text("platform", platform)?;
        shown::list(py, &now(py, || self.node.users(platform.as_deref()))?, shown::user)
    }

    fn rooms<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.rooms())?, shown::room)
    }

    fn room<'py>(&self, py: Python<'py>, room: &Given<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let room = given::reference("room", room)?;
        now(py, || self.node.room(room))?.map(|room| shown::room(py, &room)).transpose()
    }

    fn recipients<'py>(&self, py: Python<'py>, room: &Given<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let room = given::reference("room", room)?;
        shown::list(py, &now(py, || self.node.recipients(room))?, shown_id)
    }

    fn bind<'py>(
        &self,
        py: Python<'py>,
        kind: &Given<'py>,
        external: &Given<'py>,
        local: &Given<'py>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (kind, external) = (given::bind_kind("kind", kind)?, given::external("external", external)?);
        let local = given::id("local", local)?;
        Ok(Call::new(&self.node, move |node| async move { node.bind(kind, &external, local).await }, nothing))
    }

    fn local_id<'py>(
        &self,
        py: Python<'py>,
        kind: &Given<'py>,
        external: &Given<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let (kind, external) = (given::bind_kind("kind", kind)?, given::external("external", external)?);
        now(py, || self.node.local_id(kind, &external))?.map(|id| shown_id(py, &id)).transpose()
    }

    fn external_id<'py>(
        &self,
        py: Python<'py>,
        kind: &Given<'py>,
        local: &Given<'py>,
    ) -> PyResult<Option<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        let (kind, local) = (given::bind_kind("kind", kind)?, given::id("local", local)?);
        now(py, || self.node.external_id(kind, local))?.map(|id| shown_external(py, &id)).transpose()
    }

    fn delivery<'py>(&self, py: Python<'py>, event_id: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let id = given::event_id("event_id", event_id)?;
        let work = move |node: integrador::Node| async move { node.delivery(id).await };
        Ok(Call::new(&self.node, work, |py, all| shown::list(py, &all, shown::delivery)?.into_bound_py_any(py)))
    }

    fn status(&self, py: Python<'_>) -> Call {
        let _inside = Inside::enter(py);
        Call::new(&self.node, move |node| async move { node.status().await }, by_ref(shown::status))
    }

    fn check(&self, py: Python<'_>) -> Call {
        let _inside = Inside::enter(py);
        let work = move |node: integrador::Node| async move { node.check().await };
        Call::new(&self.node, work, |py, all| shown::list(py, &all, shown::finding)?.into_bound_py_any(py))
    }

    fn dead_letters<'py>(
        &self,
        py: Python<'py>,
        platform: Option<&Given<'py>>,
        number: Option<&Given<'py>>,
        event_id: Option<&Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let which = given::dead_letters(platform, number, event_id)?;
        let work = move |node: integrador::Node| async move { node.dead_letters(&which).await };
        Ok(Call::new(&self.node, work, |py, all| shown::list(py, &all, shown::dead_letter)?.into_bound_py_any(py)))
    }

    fn retry<'py>(
        &self,
        py: Python<'py>,
        platform: Option<&Given<'py>>,
        number: Option<&Given<'py>>,
        event_id: Option<&Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let which = given::dead_letters(platform, number, event_id)?;
        Ok(Call::new(&self.node, move |node| async move { node.retry(&which).await }, plain))
    }

    fn drop<'py>(
        &self,
        py: Python<'py>,
        platform: Option<&Given<'py>>,
        number: Option<&Given<'py>>,
        event_id: Option<&Given<'py>>,
    ) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let which = given::dead_letters(platform, number, event_id)?;
        Ok(Call::new(&self.node, move |node| async move { node.drop(&which).await }, plain))
    }

    fn sync_now<'py>(&self, py: Python<'py>, platform: Option<&Given<'py>>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let platform = given::some_text("platform", platform)?;
        Ok(Call::new(&self.node, move |node| async move { node.sync_now(platform.as_deref()).await }, plain))
    }

    fn invite<'py>(&self, py: Python<'py>, url: Option<&Given<'py>>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let url = given::some_text("url", url)?;
        let work = move |node: integrador::Node| async move { node.invite(url.as_deref()).await };
        Ok(Call::new(&self.node, work, by_ref(shown::invite)))
    }

    fn invites(&self, py: Python<'_>) -> Call {
        let _inside = Inside::enter(py);
        let work = move |node: integrador::Node| async move { node.invites().await };
        Call::new(&self.node, work, |py, all| shown::list(py, &all, shown::invite_info)?.into_bound_py_any(py))
    }

    fn revoke_invite<'py>(&self, py: Python<'py>, id: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let id = given::text("id", id)?;
        Ok(Call::new(&self.node, move |node| async move { node.revoke_invite(&id).await }, nothing))
    }

    fn join<'py>(&self, py: Python<'py>, invite: &Given<'py>, url: Option<&Given<'py>>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (invite, url) = (given::text("invite", invite)?, given::some_text("url", url)?);
        let work = move |node: integrador::Node| async move { node.join(&invite, url.as_deref()).await };
        Ok(Call::new(&self.node, work, by_ref(shown::joined)))
    }

    fn introduce<'py>(&self, py: Python<'py>, a: &Given<'py>, b: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (a, b) = (given::text("a", a)?, given::text("b", b)?);
        Ok(Call::new(&self.node, move |node| async move { node.introduce(&a, &b).await }, nothing))
    }

    fn accept_introduction<'py>(&self, py: Python<'py>, name: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let name = given::text("name", name)?;
        Ok(Call::new(&self.node, move |node| async move { node.accept_introduction(&name).await }, nothing))
    }

    fn refuse_introduction<'py>(&self, py: Python<'py>, name: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let name = given::text("name", name)?;
        Ok(Call::new(&self.node, move |node| async move { node.refuse_introduction(&name).await }, nothing))
    }

    fn add_platform<'py>(&self, py: Python<'py>, name: &Given<'py>, endpoint: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let (name, endpoint) = (given::text("name", name)?, given::text("endpoint", endpoint)?);
        let work = move |node: integrador::Node| async move { node.add_platform(&name, &endpoint).await };
        Ok(Call::new(&self.node, work, |py, token| plain(py, token.reveal())))
    }

    fn rotate_token<'py>(&self, py: Python<'py>, platform: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let platform = given::text("platform", platform)?;
        let work = move |node: integrador::Node| async move { node.rotate_token(&platform).await };
        Ok(Call::new(&self.node, work, |py, token| plain(py, token.as_ref().map(integrador::Token::reveal))))
    }

    fn remove_platform<'py>(&self, py: Python<'py>, name: &Given<'py>) -> PyResult<Call> {
        let _inside = Inside::enter(py);
        let name = given::text("name", name)?;
        Ok(Call::new(&self.node, move |node| async move { node.remove_platform(&name).await }, nothing))
    }

    fn metrics<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let _inside = Inside::enter(py);
        shown::list(py, &now(py, || self.node.metrics())?, shown::metric)
    }

    fn prometheus(&self, py: Python<'_>) -> PyResult<String> {
        let _inside = Inside::enter(py);
        now(py, || self.node.prometheus())
    }
}
