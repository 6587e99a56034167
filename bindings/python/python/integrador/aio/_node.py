"""`Node` for asyncio. Like `integrador.Node` it names what the native part does, and holds no logic of its own."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from types import TracebackType
from typing import Literal, TypeVar

from .. import _given, _logs, _native
from .._errors import ClosedError, IntegradorError
from .._model import (
    Attachment,
    Bans,
    BindKind,
    DeadLetter,
    Delete,
    Delivery,
    DeliveryChange,
    Edit,
    Event,
    Ext,
    ExternalId,
    Finding,
    Id,
    Invite,
    InviteInfo,
    Joined,
    Message,
    Metric,
    NewMessage,
    NewUser,
    Platform,
    PlatformChange,
    Reaction,
    Receipt,
    Ref,
    Response,
    Room,
    RoomChange,
    RoomKind,
    Status,
    User,
    UserChange,
)
from .._node import Seconds
from . import _asgi
from ._desk import Desk
from ._events import Events
from ._pump import Pump

_log = logging.getLogger("integrador.aio")

_HANDLERS_END = 10.0
"""Seconds that closing waits for handlers."""
_PORTION = 256
"""How many of very many messages are read, or their receipts shown, in one round of the loop: that takes about a
millisecond."""

_Message = TypeVar("_Message", bound=Callable[[Message], object])
_Edit = TypeVar("_Edit", bound=Callable[[Edit], object])
_Delete = TypeVar("_Delete", bound=Callable[[Delete], object])
_Reaction = TypeVar("_Reaction", bound=Callable[[Reaction], object])
_User = TypeVar("_User", bound=Callable[[UserChange], object])
_Room = TypeVar("_Room", bound=Callable[[RoomChange], object])
_Platform = TypeVar("_Platform", bound=Callable[[PlatformChange], object])
_Delivery = TypeVar("_Delivery", bound=Callable[[DeliveryChange], object])


class Node:
    """A node for asyncio. `open` opens it in the loop that runs then, and so does `async with`; closed, it can be
    opened again.

    It belongs to that loop. After a fork it is closed: open one in the child. What is still open is closed when the
    interpreter exits. A call that is cancelled gives up waiting; what it had begun is finished, so publish again with
    the same key if you need to know.
    """

    def __init__(
        self,
        platform: str = "",
        store: str | os.PathLike[str] = "",
        platforms: str | os.PathLike[str] | None = None,
        *,
        name: str | None = None,
        listen: str | None = None,
        only_process: bool | None = None,
        directory: Literal["token", "public"] | None = None,
        introductions: Literal["on", "ask", "off"] | None = None,
        insecure: bool | None = None,
        role: Literal["app", "admin"] | None = None,
        max_pending: int | None = None,
        max_inbox: int | None = None,
        retention: Seconds | None = None,
        receipt_retention: Seconds | None = None,
        sync_interval: Seconds | None = None,
        request_timeout: Seconds | None = None,
        poison_after: Seconds | None = None,
        proxy: str | None = None,
        proxy_local: bool | None = None,
        in_flight: int | None = None,
        ping_interval: Seconds | None = None,
        max_handler_attempts: int | None = None,
        handler_timeout: Seconds | None = None,
        close_timeout: Seconds | None = None,
        rate_limit: int | None = None,
        max_connections: int | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        """Says how it is to be opened; the options are those of `integrador.Node`. Touches nothing yet."""
        given = {name: value for name, value in locals().items() if value is not None and name != "self"}
        self._config = _given.options(given)
        self._pump = Pump()
        self._opened: Desk | None = None
        self._opening = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._left: list[Event] = []
        self._given_up: set[asyncio.Future[list[Event]]] = set()

    async def open(self) -> Node:
        """Opens it, in the running loop. Opening an open node does nothing, also while it is
        being opened. Raises as `integrador.Node` does."""
        if self._opened is not None and self._opened.stranded:
            await self.close()
            self._opening = asyncio.Lock()
        async with self._opening:
            if self.closed:
                _logs.start()
                native = await asyncio.to_thread(_native.Node, self._config)
                self._opened, self._closing, self._left, self._given_up = Desk(native), None, [], set()
        return self

    async def close(self) -> None:
        """Closes: lets the handler that runs now end (after 10 s it is cancelled), takes nothing more, finishes what
        is in flight for at most `close_timeout`. Closing again does nothing.

        Raises `StoreError` if the last progress could not be written; what was sent since is sent again later.
        """
        if self._opened is not None and self._opened.stranded:
            # The loop in which it was open has ended without closing it.
            self._closing = None
            await asyncio.to_thread(self._opened.close)
            return
        if self._closing is None and self._opened is not None and not self._opened.closed:
            # Not in the task of the pump, which it may have to wait for.
            self._closing = asyncio.create_task(self._close(self._opened), name="integrador-close")
            if self._pump.is_current():
                return
        if self._closing is not None:
            await asyncio.shield(self._closing)

    async def _close(self, desk: Desk) -> None:
        if not await self._pump.stop(_HANDLERS_END):
            _log.warning("a handler runs longer than %.0f s: it is cancelled, and its event comes again", _HANDLERS_END)
            self._pump.cancel()
        await desk.shut()
        await asyncio.to_thread(_logs.drain)

    async def __aenter__(self) -> Node:
        return await self.open()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<integrador.aio.Node {'closed' if self.closed else repr(self.name)}>"

    @property
    def _desk(self) -> Desk:
        if self._opened is None:
            raise ClosedError("the node is not open: `await node.open()`, or `async with node`", "closed")
        return self._opened

    @property
    def _native(self) -> _native.Node:
        return self._desk.native

    @property
    def name(self) -> str:
        """The node's name: its platform's, or its own if it is standalone. `ClosedError` before it was opened."""
        return self._native.name

    @property
    def closed(self) -> bool:
        """Whether it is not open, or was opened before a fork of this process."""
        return self._opened is None or self._opened.closed

    @property
    def address(self) -> tuple[str, int] | None:
        """Where the node's own listener listens. None without `listen`, or while another process of this store does."""
        return self._native.local_addr()

    async def handle(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Response:
        """As `integrador.Node.handle`; see `asgi`."""
        return await self._desk.do(self._native.handle(method, path, query, _given.headers(headers), body))

    async def asgi(self, scope: _asgi.Scope, receive: _asgi.Receive, send: _asgi.Send) -> None:
        """The node as an application of ASGI, to be mounted under a path of the application's own:
        `Mount("/integrador", app=node.asgi)` in Starlette, `app.mount("/integrador", node.asgi)` in FastAPI."""
        await _asgi.answer(self, scope, receive, send)

    # ---- publishing

    async def publish_user(self, id: Id, name: str, *, avatar: str | None = None, ext: Ext | None = None) -> Receipt:
        """As `integrador.Node.publish_user`."""
        return await self._desk.do(self._native.publish_user(id, name, avatar, _given.ext("ext", ext)))

    async def publish_users(self, users: Iterable[NewUser | tuple[Id, str]]) -> int:
        """As `integrador.Node.publish_users`."""
        return await self._desk.do(self._native.publish_users(_given.users(users)))

    async def publish_room(
        self,
        id: Id,
        name: str,
        kind: RoomKind,
        members: Mapping[str, Iterable[Id]] | None = None,
        *,
        banned: Bans | None = None,
        avatar: str | None = None,
        ext: Ext | None = None,
    ) -> Receipt:
        """As `integrador.Node.publish_room`."""
        given = (_given.members(members), _given.bans(banned), avatar, _given.ext("ext", ext))
        return await self._desk.do(self._native.publish_room(id, name, kind, *given))

    async def join_room(self, room: Ref, user: Ref) -> Receipt:
        """As `integrador.Node.join_room`."""
        return await self._desk.do(self._native.join_room(room, user))

    async def leave_room(self, room: Ref, user: Ref) -> Receipt:
        """As `integrador.Node.leave_room`."""
        return await self._desk.do(self._native.leave_room(room, user))

    async def publish_message(
        self,
        room: Ref,
        sender: Ref,
        text: str,
        *,
        key: str | None = None,
        sent_at: datetime | None = None,
        reply_to: str | None = None,
        attachments: Iterable[Attachment] = (),
        traceparent: str | None = None,
        ext: Ext | None = None,
    ) -> Receipt:
        """As `integrador.Node.publish_message`: when it returns the message is on disk. What many tasks publish at
        once shares a commit, and has the order in which they called."""
        desk = self._desk
        if not desk.admits():
            await desk.turn()
        at = _given.time("sent_at", sent_at)
        attached = _given.listed("attachments", attachments, "a list of Attachment")
        carried = _given.ext("ext", ext)
        call = desk.native.publish_message(room, sender, text, key, at, reply_to, attached, traceparent, carried)
        return await desk.do(call)

    async def publish_messages(self, messages: Iterable[NewMessage]) -> list[Receipt | IntegradorError]:
        """As `integrador.Node.publish_messages`. However many there are, the loop goes round meanwhile."""
        rows = _given.listed("messages", messages, "NewMessages")
        given = _native.Messages()
        for first in range(0, len(rows), _PORTION):
            given.add(_given.messages(rows[first : first + _PORTION], first))
            await asyncio.sleep(0)
        receipts = await self._desk.do(self._native.publish_messages(given))
        published: list[Receipt | IntegradorError] = []
        while portion := receipts.take(_PORTION):
            published += portion
            await asyncio.sleep(0)
        return published

    async def edit_message(
        self,
        event_id: str,
        sender: Ref,
        text: str,
        *,
        attachments: Iterable[Attachment] | None = None,
        ext: Ext | None = None,
    ) -> Receipt:
        """As `integrador.Node.edit_message`."""
        attached = None if attachments is None else _given.listed("attachments", attachments, "a list of Attachment")
        return await self._desk.do(self._native.edit_message(event_id, sender, text, attached, _given.ext("ext", ext)))

    async def delete_message(self, event_id: str, sender: Ref, *, of_platform: str | None = None) -> Receipt:
        """As `integrador.Node.delete_message`."""
        return await self._desk.do(self._native.delete_message(event_id, sender, of_platform))

    async def react(self, event_id: str, of_platform: str, sender: Ref, emoji: str, on: bool = True) -> Receipt:
        """As `integrador.Node.react`."""
        return await self._desk.do(self._native.react(event_id, of_platform, sender, emoji, bool(on)))

    # ---- events

    def on_message(self, handler: _Message) -> _Message:
        """Decorator: called with each `Message`, and awaited if it is an `async def`. See `start`."""
        return self._pump.add(Message, handler)

    def on_edit(self, handler: _Edit) -> _Edit:
        """Decorator: called with each `Edit`. See `start`."""
        return self._pump.add(Edit, handler)

    def on_delete(self, handler: _Delete) -> _Delete:
        """Decorator: called with each `Delete`. See `start`."""
        return self._pump.add(Delete, handler)

    def on_reaction(self, handler: _Reaction) -> _Reaction:
        """Decorator: called with each `Reaction`. See `start`."""
        return self._pump.add(Reaction, handler)

    def on_user(self, handler: _User) -> _User:
        """Decorator: called with each `UserChange`. See `start`."""
        return self._pump.add(UserChange, handler)

    def on_room(self, handler: _Room) -> _Room:
        """Decorator: called with each `RoomChange`. See `start`."""
        return self._pump.add(RoomChange, handler)

    def on_platform(self, handler: _Platform) -> _Platform:
        """Decorator: called with each `PlatformChange`. See `start`."""
        return self._pump.add(PlatformChange, handler)

    def on_delivery(self, handler: _Delivery) -> _Delivery:
        """Decorator: called with each `DeliveryChange`. See `start`."""
        return self._pump.add(DeliveryChange, handler)

    def start(self) -> None:
        """Starts the pump: a task that hands every event to the handlers of its kind, one event at a time, in order,
        and acknowledges it once all of them are done. Handlers are `async def`s, or functions that don't block.

        If a handler raises, the event and the later ones of its room come again after a pause; after
        `max_handler_attempts` it is a dead letter. Events that have no handler are acknowledged as they come, so
        register all handlers first. Starting again does nothing.
        """
        self._pump.start(self.events)

    async def run_forever(self) -> None:
        """Starts the pump, and waits until `stop` or `close` is called. Cancelled, it stops it."""
        task = self._pump.start(self.events)
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            await self._pump.stop()
            raise

    async def stop(self) -> None:
        """Stops the pump after the event that is being handled, and waits for that. It can be started again."""
        await self._pump.stop()

    def events(self) -> Events:
        """For an application that takes events by itself instead of by `start`: `async for event in node.events()`.
        See `Events` for when one is acknowledged. Several tasks may each have their own; they share the rooms."""
        return Events(self._desk)

    async def next_events(self, max: int = 100, timeout: Seconds | None = None) -> list[Event]:
        """As `integrador.Node.next_events`, for `ack` and `nack`. Cancelled, it leaves what it had to the next call."""
        while self._given_up and not self._left:
            # They were told to stop, so it takes them a moment at most.
            await asyncio.wait(self._given_up, return_when=asyncio.FIRST_COMPLETED)
        if self._left:
            taken, self._left = self._left[: max or 1], self._left[max or 1 :]
            return taken
        stop = _native.Flag()
        coming = self._desk.do(self._native.take(max, _given.seconds(timeout), stop))
        try:
            return await asyncio.shield(coming)
        except asyncio.CancelledError:
            stop.set()
            self._given_up.add(coming)
            coming.add_done_callback(self._keep)
            raise

    def _keep(self, events: asyncio.Future[list[Event]]) -> None:
        self._given_up.discard(events)
        if not events.cancelled() and events.exception() is None:
            self._left += events.result()

    async def ack(self, *event_ids: str) -> list[bool]:
        """As `integrador.Node.ack`."""
        return await self._desk.do(self._native.ack(event_ids))

    async def nack(self, *event_ids: str, why: str) -> list[bool]:
        """As `integrador.Node.nack`."""
        return await self._desk.do(self._native.nack(event_ids, why))

    # ---- the directory, from memory. A list of 100,000 users takes longer to make than a loop should be held.

    def platforms(self) -> list[Platform]:
        """As `integrador.Node.platforms`."""
        return self._native.platforms()

    def users(self, platform: str | None = None) -> list[User]:
        """As `integrador.Node.users`. Where there are very many, `await asyncio.to_thread(node.users)`."""
        return self._native.users(platform)

    def rooms(self) -> list[Room]:
        """As `integrador.Node.rooms`. Where there are very many, `await asyncio.to_thread(node.rooms)`."""
        return self._native.rooms()

    def room(self, room: Ref) -> Room | None:
        """As `integrador.Node.room`."""
        return self._native.room(room)

    def recipients(self, room: Ref) -> list[Id]:
        """As `integrador.Node.recipients`."""
        return self._native.recipients(room)

    # ---- ids

    async def bind(self, kind: BindKind, external: str, local: Id) -> None:
        """As `integrador.Node.bind`."""
        await self._desk.do(self._native.bind(kind, external, local))

    def local_id(self, kind: BindKind, external: str) -> Id | None:
        """As `integrador.Node.local_id`."""
        return self._native.local_id(kind, external)

    def external_id(self, kind: BindKind, local: Id) -> ExternalId | None:
        """As `integrador.Node.external_id`."""
        return self._native.external_id(kind, local)

    # ---- operation

    async def delivery(self, event_id: str) -> list[Delivery]:
        """As `integrador.Node.delivery`."""
        return await self._desk.do(self._native.delivery(event_id))

    async def status(self) -> Status:
        """As `integrador.Node.status`."""
        return await self._desk.do(self._native.status())

    async def check(self) -> list[Finding]:
        """As `integrador.Node.check`."""
        return await self._desk.do(self._native.check())

    async def dead_letters(
        self, *, platform: str | None = None, number: int | None = None, event_id: str | None = None
    ) -> list[DeadLetter]:
        """As `integrador.Node.dead_letters`."""
        _given.choice(platform, number, event_id)
        return await self._desk.do(self._native.dead_letters(platform, number, event_id))

    async def retry(
        self,
        *,
        platform: str | None = None,
        number: int | None = None,
        event_id: str | None = None,
        all: bool = False,
    ) -> int:
        """As `integrador.Node.retry`."""
        _given.choice(platform, number, event_id, all)
        return await self._desk.do(self._native.retry(platform, number, event_id))

    async def drop(
        self,
        *,
        platform: str | None = None,
        number: int | None = None,
        event_id: str | None = None,
        all: bool = False,
    ) -> int:
        """As `integrador.Node.drop`."""
        _given.choice(platform, number, event_id, all)
        return await self._desk.do(self._native.drop(platform, number, event_id))

    async def sync_now(self, platform: str | None = None) -> int:
        """As `integrador.Node.sync_now`."""
        return await self._desk.do(self._native.sync_now(platform))

    # ---- membership, at run time

    async def invite(self, url: str | None = None) -> Invite:
        """As `integrador.Node.invite`."""
        return await self._desk.do(self._native.invite(url))

    async def invites(self) -> list[InviteInfo]:
        """As `integrador.Node.invites`."""
        return await self._desk.do(self._native.invites())

    async def revoke_invite(self, id: str) -> None:
        """As `integrador.Node.revoke_invite`."""
        await self._desk.do(self._native.revoke_invite(id))

    async def join(self, invite: str, url: str | None = None) -> Joined:
        """As `integrador.Node.join`."""
        return await self._desk.do(self._native.join(invite, url))

    async def introduce(self, a: str, b: str) -> None:
        """As `integrador.Node.introduce`."""
        await self._desk.do(self._native.introduce(a, b))

    async def accept_introduction(self, name: str) -> None:
        """As `integrador.Node.accept_introduction`."""
        await self._desk.do(self._native.accept_introduction(name))

    async def refuse_introduction(self, name: str) -> None:
        """As `integrador.Node.refuse_introduction`."""
        await self._desk.do(self._native.refuse_introduction(name))

    async def add_platform(self, name: str, endpoint: str) -> str:
        """As `integrador.Node.add_platform`."""
        return await self._desk.do(self._native.add_platform(name, endpoint))

    async def rotate_token(self, platform: str) -> str | None:
        """As `integrador.Node.rotate_token`."""
        return await self._desk.do(self._native.rotate_token(platform))

    async def remove_platform(self, name: str) -> None:
        """As `integrador.Node.remove_platform`."""
        await self._desk.do(self._native.remove_platform(name))

    def metrics(self) -> list[Metric]:
        """As `integrador.Node.metrics`."""
        return self._native.metrics()

    def prometheus(self) -> str:
        """As `integrador.Node.prometheus`."""
        return self._native.prometheus()
