"""`Node`: the one handle through which an application uses all of this.

It names and documents what the native part does, and holds no logic of its own.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Literal, TypeVar

from . import _given, _logs, _native
from ._consumer import Consumer
from ._cooperate import waiting
from ._errors import IntegradorError
from ._exit import closing_at_exit
from ._model import (
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
from ._pump import Pump

_log = logging.getLogger("integrador.node")

Seconds = float | timedelta

_HANDLERS_END = 10.0
"""Seconds that closing waits for handlers."""

_Message = TypeVar("_Message", bound=Callable[[Message], object])
_Edit = TypeVar("_Edit", bound=Callable[[Edit], object])
_Delete = TypeVar("_Delete", bound=Callable[[Delete], object])
_Reaction = TypeVar("_Reaction", bound=Callable[[Reaction], object])
_User = TypeVar("_User", bound=Callable[[UserChange], object])
_Room = TypeVar("_Room", bound=Callable[[RoomChange], object])
_Platform = TypeVar("_Platform", bound=Callable[[PlatformChange], object])
_Delivery = TypeVar("_Delivery", bound=Callable[[DeliveryChange], object])


class Node:
    """A node: a running copy of Integrador in this process. Constructing it opens it.

    It may be used by any number of threads. After a fork it answers with `ClosedError`: open one in the child. It is
    a context manager, and what is still open is closed when the interpreter exits.
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
        """Opens a node: reads the registry, opens (or makes) the store, starts to send and to listen.

        platform: this application's name, as the others' registries spell it. Without it the node is standalone, has
            no users of its own, and is called `name` (`integrador`).
        store: the file of the store, made if it isn't there. Several processes of one machine may share it.
        platforms: the registry file (`platforms.json`), followed while running.
        listen: `HOST:PORT` for the node's own listener; without it, mount `handle` in a web framework.
        only_process: opening fails while another process of this store listens, instead of waiting for its end.
        directory: who may read the lists of platforms and users: `token` (default): who holds a token; or `public`.
        introductions: what becomes of it when a peer introduces a platform: `on` (default): it takes part; `ask`: it
            waits for `accept_introduction`; `off`: it is refused.
        insecure: whether a token may be sent over plain http to any address, not only to private ones. False.
        role: `app` (default), or `admin`: looks and repairs, takes no lane, no room and no port.
        max_pending: how many events may wait for one destination; beyond it they are dead letters. 1,000,000.
        max_inbox: how many events may wait for the application; beyond it senders are told to wait. 1,000,000.
        retention: how long an event is tried before it is a dead letter. 30 days.
        receipt_retention: how long `delivery` answers after the end. 24 hours.
        sync_interval: how often all users are imported. 24 hours; zero: only at open and after a reconnect.
        request_timeout: how long a request to another platform may stand still. 15 s.
        poison_after: an event that is answered 500 for this long, by a platform that answers otherwise, is a dead
            letter. 15 minutes.
        proxy: the HTTP proxy through which other platforms are reached: its URL, or `system`. None: directly.
        proxy_local: whether the proxy is also for loopback, link-local and private addresses. False.
        in_flight: how many requests to one plain platform may be under way at once, each of another room. 8.
        ping_interval: how often a silent peer is pinged. 30 s.
        max_handler_attempts: how often an event is handed to a failing handler before it is a dead letter. 10.
        handler_timeout: after how long without `ack` an event counts as failed. 10 minutes.
        close_timeout: how long `close` waits for what is in flight. 20 s.
        rate_limit: requests per second that one platform may make. None: no limit.
        max_connections: how many connections the node's own listener holds at once. 1,024.
        limits: of what may come in, by name: `body`, `name`, `text`, `members`, `users`, `rooms`,
            `memberships` and `extras`.

        Seconds may be a number or a `timedelta`. Raises `ConfigError` (an option or the registry file is wrong, or the
        port is taken) and `StoreError` (the store can't be opened, is newer than this package, is no store, or is open
        in this process already).
        """
        given = {name: value for name, value in locals().items() if value is not None and name != "self"}
        config = _given.options(given)
        _logs.start()
        self._adopt(waiting(_native.Node, config))

    @classmethod
    def _around(cls, native: _native.Node) -> Node:
        """One that is open already."""
        node = cls.__new__(cls)
        _logs.start()
        node._adopt(native)
        return node

    def _adopt(self, native: _native.Node) -> None:
        self._native = native
        self._pump = Pump(native)
        closing_at_exit(self)

    def close(self) -> None:
        """Closes: lets the handlers that run now end (at most 10 s), takes nothing more, finishes what is in flight
        for at most `close_timeout`. Closing again does nothing.

        Raises `StoreError` if the last progress could not be written; what was sent since is sent again later.
        """
        if not self._pump.stop(_HANDLERS_END):
            _log.warning("a handler runs longer than %.0f s: its event comes again", _HANDLERS_END)
        waiting(self._native.close)
        _logs.drain()

    def __enter__(self) -> Node:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.closed:
            self.close()

    def __repr__(self) -> str:
        return f"<integrador.Node {self.name!r}{' closed' if self.closed else ''}>"

    @property
    def name(self) -> str:
        """The node's name: its platform's, or its own if it is standalone."""
        return self._native.name

    @property
    def closed(self) -> bool:
        """Whether it was closed, or opened before a fork of this process."""
        return self._native.closed

    @property
    def address(self) -> tuple[str, int] | None:
        """Where the node's own listener listens. None without `listen`, or while another process of this store does."""
        return self._native.local_addr()

    def handle(
        self,
        method: str,
        path: str,
        query: str = "",
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: bytes = b"",
    ) -> Response:
        """Answers a request of another platform: the one entry for all that comes in, for mounting in a web framework.

        `path` is relative to the mount point (`/message`); `body` is the bytes as they came, since they are signed.
        Limit the body to 2 MiB + 1 before reading it whole. Raises `ClosedError`; all else is an answer.
        """
        return waiting(self._native.handle(method, path, query, _given.headers(headers), body).wait)

    # ---- publishing

    def publish_user(self, id: Id, name: str, *, avatar: str | None = None, ext: Ext | None = None) -> Receipt:
        """Announces one of the application's own users. One that has not changed is not sent.

        avatar: the URL of a picture to show: http or https, at most 2,048 characters.
        ext: what the application carries beyond that, a mapping that becomes a JSON object of at most 4 KiB.

        Who has either and is announced without it has it no more.

        Raises `InvalidError`: the id or the name is over its limit; or a new id is a text that reads like an external
        one, `B:7`: where texts of both kinds meet, nobody could tell them apart.
        """
        return waiting(self._native.publish_user(id, name, avatar, _given.ext("ext", ext)).wait)

    def publish_users(self, users: Iterable[NewUser | tuple[Id, str]]) -> int:
        """Replaces the list of the application's own users by these `(id, name)`, or `NewUser` where there is more.

        Only what is new, changed or gone is sent. Returns how many that were.
        """
        return waiting(self._native.publish_users(_given.users(users)).wait)

    def publish_room(
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
        """Announces a room of the application's own; `members` by platform: `{"BuasApp": [1], "GWT_CHAT": [1, 2]}`.

        Compared with the last call for this room, only the difference is applied to the room as it is: who joined from
        elsewhere stays. Nothing is sent if nothing has changed.

        banned: whom the application bars from the room, by platform: `{"GWT_CHAT": [3], "Malo": "*"}` (`"*"`: all of
            its users). What they write there is refused everywhere, and whoever of them is a member is left out.
        avatar, ext: as of a user.

        What is not said again holds no more: nobody is barred, there is no avatar. Raises `InvalidError`,
        `UnknownPlatformError`.
        """
        given = (_given.members(members), _given.bans(banned), avatar, _given.ext("ext", ext))
        return waiting(self._native.publish_room(id, name, kind, *given).wait)

    def join_room(self, room: Ref, user: Ref) -> Receipt:
        """One of the application's own users joins a public room of any platform, or a room of the application's own.

        Raises `UnknownRoomError`, `ForbiddenError` (a private room of another platform).
        """
        return waiting(self._native.join_room(room, user).wait)

    def leave_room(self, room: Ref, user: Ref) -> Receipt:
        """One of the application's own users leaves a room. Raises `UnknownRoomError`."""
        return waiting(self._native.leave_room(room, user).wait)

    def publish_message(
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
        """Publishes a message of one of the application's own users. When this returns it is on disk, and will arrive.

        room: an `ExternalId`, a bound local id or an id of the application's own.
        key: the application's own, such as the id of its row, remembered for 7 days. Published again under the same
            key it is the same message, and the first receipt comes back.
        sent_at: when it was written, with its time zone.
        reply_to: the event id of the message that this one answers.
        traceparent: where it stands in a distributed trace (W3C Trace Context); `Message.traceparent` elsewhere. One
            that is not as it should be is left out: a trace never stops a message.
        ext: what the application carries beyond that; `Message.ext` elsewhere.

        Raises `InvalidError`, `UnknownRoomError`, `NotAMemberError`, `ConflictError` (the key was used for another
        content), `StoreError`.
        """
        at = _given.time("sent_at", sent_at)
        attached = _given.attachments("attachments", attachments)
        carried = _given.ext("ext", ext)
        call = self._native.publish_message(room, sender, text, key, at, reply_to, attached, traceparent, carried)
        return waiting(call.wait)

    def publish_messages(self, messages: Iterable[NewMessage]) -> list[Receipt | IntegradorError]:
        """Publishes many messages, for less than as many calls of `publish_message` cost: for an import, or what has
        gathered meanwhile. When this returns they are on disk, in the order given, and will arrive.

        Each stands for itself: for each, in the same order, there is its receipt, or the error why it was refused
        (`messages[17].text` is then its `field`), and a refused one keeps none of the others out. So look at each:

            for row, receipt in zip(rows, node.publish_messages(messages)):
                if isinstance(receipt, IntegradorError):
                    print(f"row {row.id}: {receipt}")

        Where the store fails, the message that it failed at and all later ones have its error, and none of them is
        published. Give each a `key`, and the whole can be repeated whatever happened: what was published before comes
        back as a duplicate.

        Raises for the whole only `ClosedError` and, before anything is published, `InvalidTypeError` for what is of
        another type than it must be.
        """
        rows = _given.listed("messages", messages, "NewMessages")
        given = _native.Messages()
        given.add(_given.messages(rows))
        return waiting(self._native.publish_messages(given).wait).take(len(rows))

    def edit_message(
        self,
        event_id: str,
        sender: Ref,
        text: str,
        *,
        attachments: Iterable[Attachment] | None = None,
        ext: Ext | None = None,
    ) -> Receipt:
        """Gives a message of the application's own another text. When this returns the edit is on disk, and will
        arrive: at a platform that knows no edits as a message that answers the edited one. Nothing is sent if the
        message was deleted.

        event_id: the message's, as its receipt has it.
        attachments: in place of those that it had; an empty list takes them away, None leaves them.
        ext: in place of what the message carried; None leaves that.

        Which user may edit what is up to the application; no other application can edit its messages.

        Raises `InvalidError`, `UnknownMessageError` (not among the last 100,000), `NotAMemberError`, `StoreError`.
        """
        attached = None if attachments is None else _given.attachments("attachments", attachments)
        return waiting(self._native.edit_message(event_id, sender, text, attached, _given.ext("ext", ext)).wait)

    def delete_message(self, event_id: str, sender: Ref, *, of_platform: str | None = None) -> Receipt:
        """Deletes a message everywhere, for good. Nothing is sent if it was deleted before. A platform that knows no
        deletes keeps the message, and its `delivery` is `"unsupported"`.

        of_platform: whose user wrote it, where that is another: in a room of its own the application may delete
            anybody's.

        Raises `UnknownMessageError` (not among the last 100,000 of its platform), `ForbiddenError` (another platform's
        message in a room of another platform), `UnknownPlatformError`, `NotAMemberError`, `StoreError`.
        """
        return waiting(self._native.delete_message(event_id, sender, of_platform).wait)

    def react(self, event_id: str, of_platform: str, sender: Ref, emoji: str, on: bool = True) -> Receipt:
        """Has one of the application's own users react to a message, or take a reaction back (`on=False`). Nothing is
        sent if it is so already.

        event_id, of_platform: of the message, and whose user wrote it: `message.event_id`, `message.sender.platform`.
        emoji: 1 to 32 bytes of UTF-8.

        Raises `InvalidError`, `UnknownMessageError` (not among the last 100,000 of its platform),
        `UnknownPlatformError`, `NotAMemberError`, `StoreError`.
        """
        return waiting(self._native.react(event_id, of_platform, sender, emoji, bool(on)).wait)

    # ---- events

    def on_message(self, handler: _Message) -> _Message:
        """Decorator: called with each `Message`. See `start`."""
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
        """Starts the pump: a daemon thread that hands every event to the handlers of its kind, one event at a time, in
        order, and acknowledges it once all of them have returned.

        If a handler raises, the event and the later ones of its room come again after a pause; after
        `max_handler_attempts` it is a dead letter. Events that have no handler are acknowledged as they come, so
        register all handlers first. Starting again does nothing.
        """
        self._pump.start()

    def run_forever(self) -> None:
        """Runs the pump in this thread instead, until `stop` or `close` is called or Ctrl-C is pressed."""
        self._pump.run()

    def stop(self) -> None:
        """Stops the pump after the events that it has taken, and waits for that. It can be started again."""
        self._pump.stop()

    def consumer(self) -> Consumer:
        """For an application that takes events by itself instead of by `start`: the events one by one."""
        return Consumer(self._native)

    def next_events(self, max: int = 100, timeout: Seconds | None = None) -> list[Event]:
        """What `consumer` is made of, for an application that wants to do that differently: the next events, at most
        `max`.

        Waits until there is one, at most `timeout` (None: as long as it takes), and then returns an empty list. Each is
        leased until it is acknowledged; the events of one room come in order, to one taker at a time.
        """
        return waiting(self._native.next_events, max, _given.seconds(timeout), None)

    def ack(self, *event_ids: str) -> list[bool]:
        """The application has handled these events: on disk when this returns, so they never come again.

        For each, whether it was out (False: taken back meanwhile, or acknowledged before). Raises `StoreError`: none of
        them is acknowledged.
        """
        return waiting(self._native.ack(event_ids).wait)

    def nack(self, *event_ids: str, why: str) -> list[bool]:
        """The application could not handle these events: each, with the later ones of its room, comes again after a
        pause; after `max_handler_attempts` it is a dead letter.

        For each, whether it was out (False: acknowledged, or taken back meanwhile, with an earlier one of its room for
        instance). Raises `StoreError`: it can't be noted that they failed; they come again all the same.
        """
        return waiting(self._native.nack(event_ids, why).wait)

    # ---- the directory, from memory

    def platforms(self) -> list[Platform]:
        """Every platform that takes part, this application's own included."""
        return self._native.platforms()

    def users(self, platform: str | None = None) -> list[User]:
        """The users of one platform, or of all; those that are gone are among them, not `active`.

        Raises `UnknownPlatformError`, as do all look-ups and filters that name a platform.
        """
        return self._native.users(platform)

    def rooms(self) -> list[Room]:
        """Every room known here."""
        return self._native.rooms()

    def room(self, room: Ref) -> Room | None:
        """A room, by its `ExternalId`, a bound local id, or an id of the application's own. None: nobody has announced
        it here."""
        return self._native.room(room)

    def recipients(self, room: Ref) -> list[Id]:
        """The application's own members of a room: whom to show a message to, where each user has a socket room."""
        return self._native.recipients(room)

    # ---- ids

    def bind(self, kind: BindKind, external: str, local: Id) -> None:
        """Binds an id of the application's own database to an external user or room. One-to-one; the same again is no
        error; durable when it returns. Bind in the handler: then the events that follow see it.

        Raises `ConflictError`: either of them is bound to another already, or the local id is one of the application's
        own users or rooms.
        """
        waiting(self._native.bind(kind, external, local).wait)

    def local_id(self, kind: BindKind, external: str) -> Id | None:
        """What this application calls an external id: the local one that is bound to it; of its own platform, the id
        there."""
        return self._native.local_id(kind, external)

    def external_id(self, kind: BindKind, local: Id) -> ExternalId | None:
        """The other way round: the external id that a local one is bound to; an id of the application's own is one of
        its own platform."""
        return self._native.external_id(kind, local)

    # ---- operation

    def delivery(self, event_id: str) -> list[Delivery]:
        """Where a publication stands at each platform; empty if it is not known (any more)."""
        return waiting(self._native.delivery(event_id).wait)

    def status(self) -> Status:
        """How this node and the others stand."""
        return waiting(self._native.status().wait)

    def check(self) -> list[Finding]:
        """What is wrong with the registry and the platforms in it, and what to do. Each is asked now, so this may take
        as long as `request_timeout`. Nothing is changed."""
        return waiting(self._native.check().wait)

    def dead_letters(
        self, *, platform: str | None = None, number: int | None = None, event_id: str | None = None
    ) -> list[DeadLetter]:
        """The dead letters, oldest first, at most 1,000: all, or those for one platform or of one event."""
        _given.choice(platform, number, event_id)
        return waiting(self._native.dead_letters(platform, number, event_id).wait)

    def retry(
        self,
        *,
        platform: str | None = None,
        number: int | None = None,
        event_id: str | None = None,
        all: bool = False,
    ) -> int:
        """Sends dead letters again (or hands them over again); they arrive late and say so. Returns how many.

        Say which: one by its `number`, those of one `event_id` or for one `platform`, or `all=True`.
        """
        _given.choice(platform, number, event_id, all)
        return waiting(self._native.retry(platform, number, event_id).wait)

    def drop(
        self,
        *,
        platform: str | None = None,
        number: int | None = None,
        event_id: str | None = None,
        all: bool = False,
    ) -> int:
        """Drops dead letters for good, chosen as for `retry`. Returns how many."""
        _given.choice(platform, number, event_id, all)
        return waiting(self._native.drop(platform, number, event_id).wait)

    def sync_now(self, platform: str | None = None) -> int:
        """Imports the users of one platform, or of all, now. Returns how many were new, renamed or gone.

        Raises `UnknownPlatformError`, `TransportError` (of the one that was named).
        """
        return waiting(self._native.sync_now(platform).wait)

    # ---- membership, at run time

    def invite(self, url: str | None = None) -> Invite:
        """Makes an invite: one line of text by which one platform joins, once, within 24 hours. `url` is where others
        reach this node; without it, where it listens, if that is a single address."""
        return waiting(self._native.invite(url).wait)

    def invites(self) -> list[InviteInfo]:
        """The invites that have not expired, used ones too."""
        return waiting(self._native.invites().wait)

    def revoke_invite(self, id: str) -> None:
        """Makes an invite void. `InvalidError`: there is none of this id."""
        waiting(self._native.revoke_invite(id).wait)

    def join(self, invite: str, url: str | None = None) -> Joined:
        """Joins by an invite: from now on this node knows everybody whom the inviter knows, and is known to them. If it
        is not known whether this has worked, call it again with the same arguments. An invite that is used, expired or
        unknown is an error of kind `unauthorized`; `ConflictError`: the name is taken there."""
        return waiting(self._native.join(invite, url).wait)

    def introduce(self, a: str, b: str) -> None:
        """Has two nodes that this one knows get to know each other, if they don't."""
        waiting(self._native.introduce(a, b).wait)

    def accept_introduction(self, name: str) -> None:
        """Lets in a platform that was introduced and waits (`status().introductions`)."""
        waiting(self._native.accept_introduction(name).wait)

    def refuse_introduction(self, name: str) -> None:
        """Refuses a platform that was introduced and waits (`status().introductions`)."""
        waiting(self._native.refuse_introduction(name).wait)

    def add_platform(self, name: str, endpoint: str) -> str:
        """Adds a platform without the library, whose gateway this node is from now on. Returns the token with which it
        posts: send it privately. `ConflictError`: the name is taken."""
        return waiting(self._native.add_platform(name, endpoint).wait)

    def rotate_token(self, platform: str) -> str | None:
        """Replaces the token shared with a platform that joined or was added. Another node is told; the token of a
        platform without the library is returned, to be given to it. For 24 hours both are good. `ConflictError`: the
        registry file names it, or the last change is not confirmed yet."""
        return waiting(self._native.rotate_token(platform).wait)

    def remove_platform(self, name: str) -> None:
        """Removes a platform that joined or was added: nothing of it is accepted any more, and what waits for it
        becomes dead letters. `ConflictError`: the registry file names it."""
        waiting(self._native.remove_platform(name).wait)

    def metrics(self) -> list[Metric]:
        """The node's figures. From memory: asking often costs little."""
        return self._native.metrics()

    def prometheus(self) -> str:
        """The same in Prometheus' text format, for a route of the application's."""
        return self._native.prometheus()
