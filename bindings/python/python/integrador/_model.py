"""The nouns: ids, users, rooms, what one publishes, the events that come, and how things stand.

All of it is plain, immutable data. Event ids are text (`"01890a5d-ac96-774b-bcce-b302099a8057"`), so that they go into
a database column or into JSON as they are. Times are aware `datetime`s in UTC. Lists are tuples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, Union

from . import _native
from ._errors import InvalidTypeError

Id = Union[int, str]
"""What a platform itself calls a user or a room: an integer within ±2**63, or a text of 1 to 255 characters.

`4` and `"4"` are the same id to Integrador; which of the two it was is kept."""

Ext = Mapping[str, Any]
"""What an application carries beyond the protocol: what `json` makes an object of, at most 4 KiB and 32 deep. Every
application gets it as it was given."""

Bans = Mapping[str, Union[Iterable[Id], Literal["*"]]]
"""Whom a room's origin bars from it, by platform; `"*"`: all users of the platform."""

RoomKind = Literal["private", "public"]
BindKind = Literal["user", "room"]
AttachmentKind = Literal["image", "audio", "file"]
EventKind = Literal["user", "room", "message", "platform", "receipt", "delivery", "edit", "delete", "reaction"]
FindingKind = Literal[
    "registry",
    "unreachable",
    "refused",
    "odd",
    "itself",
    "other_name",
    "not_known_here",
    "not_known_there",
    "hosted_twice",
    "members",
]
"""What is wrong.

The registry file is in error, or says what is hardly meant; nobody answers; it answers 401 or 403; it answers neither
as a node nor as a plain platform does; its endpoint is that of this node itself; it calls itself otherwise; it speaks
with a node that has no entry here; it has no entry for a node that has one here, or none by this one's name; it hosts a
plain platform that this node hosts too; a room of here has members whom nobody has announced, or is private and has
none.
"""
MetricKind = Literal["counter", "gauge"]
PlatformKind = Literal["unknown", "plain", "node"]
PlatformState = Literal["up", "down", "joined", "removed", "refused"]
DeliveryState = Literal["waiting", "accepted", "parked", "delivered", "dead", "unsupported"]


class ExternalId(str):
    """A user or a room as every platform can name it: `BuasApp:4`.

    It is a `str`, so it is stored, compared and sent as JSON as that text; and it knows its two parts. Read back from
    a column or from JSON it is a plain `str`, which a call takes for an id of the application's own: `parse` it.
    """

    __slots__ = ("id", "platform")

    platform: str
    """The platform on which it was created, spelled as the registry does."""
    id: Id
    """Its id there, an `int` or a `str` as that platform wrote it."""

    def __new__(cls, platform: str, id: Id) -> ExternalId:
        if not isinstance(platform, str):
            raise InvalidTypeError.of("platform", "a str", platform)
        if isinstance(id, bool) or not (isinstance(id, str) or hasattr(id, "__index__")):
            raise InvalidTypeError.of("id", "an int or a str", id)
        self = super().__new__(cls, f"{platform}:{id}")
        self.platform = platform
        self.id = id
        return self

    @classmethod
    def parse(cls, text: str) -> ExternalId:
        """From its text, such as one that was stored; its `id` is then a `str`, which makes no difference.

        Raises `InvalidError` unless a name that a platform can have, a `:` and something more stand there.
        """
        return cls(*_native.external_id(text))

    def __getnewargs__(self) -> tuple[str, Id]:  # type: ignore[override]
        return self.platform, self.id

    def __repr__(self) -> str:
        return f"ExternalId({self.platform!r}, {self.id!r})"


Ref = Union[Id, ExternalId]
"""A user or a room as a call takes it: an `ExternalId` is external, an `int` or a plain `str` is the application's own,
whatever the text looks like: a local id that is bound to an external one, else an id of its own."""

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def _time(microseconds: int) -> datetime:
    """A time in UTC, from microseconds since the epoch; one beyond Python's years is the first or the last of them."""
    try:
        return EPOCH + timedelta(microseconds=microseconds)
    except OverflowError:
        end = datetime.min if microseconds < 0 else datetime.max
        return end.replace(tzinfo=timezone.utc)


class _Lookup(Protocol):
    """What an event asks its node when it is asked."""

    def local_id(self, kind: BindKind, external: str) -> Id | None: ...

    def recipients(self, room: Ref) -> list[Id]: ...


@dataclass(frozen=True, slots=True)
class User:
    """A user of any platform."""

    id: ExternalId
    name: str
    active: bool
    """False when its platform no longer lists it; kept for what it wrote."""
    avatar: str | None = None
    """The URL of a picture to show (http or https)."""
    ext: Ext | None = None
    """What its application carries beyond that."""


@dataclass(frozen=True, slots=True)
class Room:
    """A room of any platform, with its members as they are now."""

    id: ExternalId
    name: str
    """The name to show; may be empty."""
    kind: RoomKind
    members: Mapping[str, tuple[Id, ...]]
    """The ids of the members, by platform, in the order in which they were announced."""
    banned: Mapping[str, tuple[Id, ...] | Literal["*"]] = field(default_factory=dict)
    """Whom its origin bars from it, by platform; `"*"`: all users of the platform."""
    avatar: str | None = None
    """The URL of a picture to show (http or https)."""
    ext: Ext | None = None
    """What its application carries beyond that."""

    @property
    def member_ids(self) -> list[ExternalId]:
        """The external ids of all members."""
        return [ExternalId(platform, id) for platform, ids in self.members.items() for id in ids]


@dataclass(frozen=True, slots=True)
class Platform:
    """A platform that takes part."""

    name: str
    support_image: bool
    support_audio: bool
    via: str | None
    """The node that hosts it, if another one does."""
    own: bool
    """Whether it is this application itself."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """Something that goes with a message: by its `url`, or inline as `data`."""

    kind: AttachmentKind
    url: str | None = None
    data: bytes | None = None
    mime: str | None = None
    name: str | None = None
    size: int | None = None
    """In bytes."""


@dataclass(frozen=True, slots=True)
class NewUser:
    """One of the application's own users, for `Node.publish_users`; its parts are those of `Node.publish_user`."""

    id: Id
    name: str
    avatar: str | None = None
    ext: Ext | None = None


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to publish, for `Node.publish_messages`; its parts are those of `Node.publish_message`."""

    room: Ref
    sender: Ref
    text: str
    key: str | None = None
    sent_at: datetime | None = None
    reply_to: str | None = None
    attachments: Iterable[Attachment] = ()
    traceparent: str | None = None
    ext: Ext | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a publication returns: it is on disk."""

    event_id: str | None
    """For `Node.delivery`. None when nothing had changed and so nothing was sent."""
    destinations: tuple[str, ...]
    """The platforms that it goes to."""
    duplicate: bool
    """Whether this is the receipt of an earlier call with the same key."""


# ---- what comes


class _Said:
    """What a user said in a room: a message, or what changes one."""

    __slots__ = ()

    room: ExternalId
    sender: ExternalId
    _node: _Lookup | None

    @property
    def local_room(self) -> Id | None:
        """What this application calls the room: its own id, or the one that is bound to it now; else None."""
        return self._node.local_id("room", self.room) if self._node else None

    @property
    def local_sender(self) -> Id | None:
        """The id of this application's that is bound to the sender now; else None."""
        return self._node.local_id("user", self.sender) if self._node else None

    @property
    def recipients(self) -> list[Id]:
        """This application's own members of the room, as they are now; looked up in memory."""
        return self._node.recipients(self.room) if self._node else []


@dataclass(frozen=True, slots=True)
class Message(_Said):
    """Somebody on another platform wrote."""

    kind: ClassVar[Literal["message"]] = "message"

    event_id: str
    attempt: int
    """1 the first time, more when an earlier handling failed, took longer than `handler_timeout`, or was under way when
    its process died."""
    room: ExternalId
    """For a room of this application's own, `room.id` is the application's id."""
    sender: ExternalId
    sender_name: str
    """The sender's name; its external id as long as nobody announced it."""
    text: str
    sent_at: datetime | None
    """When it was written, in UTC, if the sender said so."""
    reply_to: str | None
    """The event id of the message that it answers."""
    attachments: tuple[Attachment, ...]
    late: bool
    """It comes after messages that were sent later: somebody retried a dead letter."""
    traceparent: str | None = None
    """Where it stands in a distributed trace (W3C Trace Context, version 00), if the sender said so."""
    ext: Ext | None = None
    """What the sender's application carries beyond that."""
    _node: _Lookup | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Edit(_Said):
    """A message of another platform has another text.

    That `sender` may edit it is vouched for by their platform alone, which is that of the message. Of several edits the
    one with the greatest `event_id` counts.
    """

    kind: ClassVar[Literal["edit"]] = "edit"

    event_id: str
    """Of this event itself, as for every event; the message is `of`."""
    attempt: int
    room: ExternalId
    """For a room of this application's own, `room.id` is the application's id."""
    sender: ExternalId
    sender_name: str
    """The sender's name; its external id as long as nobody announced it."""
    of: str
    """The event id of the message."""
    text: str
    attachments: tuple[Attachment, ...] | None
    """Those that it has from now on; None: those that it had."""
    ext: Ext | None = None
    """What the sender's application carries with it from now on; None: what it carried."""
    _node: _Lookup | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Delete(_Said):
    """A message was deleted, for good: no edit brings it back."""

    kind: ClassVar[Literal["delete"]] = "delete"

    event_id: str
    """Of this event itself, as for every event; the message is `of`."""
    attempt: int
    room: ExternalId
    """For a room of this application's own, `room.id` is the application's id."""
    sender: ExternalId
    sender_name: str
    """The sender's name; its external id as long as nobody announced it."""
    of: str
    """The event id of the message."""
    of_platform: str
    """The platform whose user wrote the message; this application's own where a room's origin moderates."""
    _node: _Lookup | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Reaction(_Said):
    """Somebody reacted to a message, or took a reaction back."""

    kind: ClassVar[Literal["reaction"]] = "reaction"

    event_id: str
    """Of this event itself, as for every event; the message is `of`."""
    attempt: int
    room: ExternalId
    """For a room of this application's own, `room.id` is the application's id."""
    sender: ExternalId
    sender_name: str
    """The sender's name; its external id as long as nobody announced it."""
    of: str
    """The event id of the message."""
    of_platform: str
    """The platform whose user wrote the message."""
    emoji: str
    on: bool
    """False: it was taken back."""
    _node: _Lookup | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class UserChange:
    """A user of another platform is new, renamed or gone."""

    kind: ClassVar[Literal["user"]] = "user"

    event_id: str
    attempt: int
    user: User
    _node: _Lookup | None = field(default=None, repr=False, compare=False)

    @property
    def local_user(self) -> Id | None:
        """The id of this application's that is bound to the user now; else None."""
        return self._node.local_id("user", self.user.id) if self._node else None


@dataclass(frozen=True, slots=True)
class RoomChange:
    """A room was created or changed by another platform. It is always the whole room, as it is now."""

    kind: ClassVar[Literal["room"]] = "room"

    event_id: str
    attempt: int
    room: Room
    changed_by: str
    """The platform whose announcement changed it."""
    _node: _Lookup | None = field(default=None, repr=False, compare=False)

    @property
    def local_room(self) -> Id | None:
        """What this application calls the room: its own id, or the one that is bound to it now; else None."""
        return self._node.local_id("room", self.room.id) if self._node else None

    @property
    def recipients(self) -> list[Id]:
        """This application's own members of the room, as they are now; looked up in memory."""
        return self._node.recipients(self.room.id) if self._node else []


@dataclass(frozen=True, slots=True)
class PlatformChange:
    """A platform is up or down (hints), joined, was removed, or refuses us (a wrong token or a wrong registry)."""

    kind: ClassVar[Literal["platform"]] = "platform"

    event_id: str
    attempt: int
    platform: str
    change: PlatformState
    why: str | None


@dataclass(frozen=True, slots=True)
class DeliveryChange:
    """What became of something that this application published, at one platform."""

    kind: ClassVar[Literal["delivery"]] = "delivery"

    event_id: str
    """Of this event itself, as for every event; what it is about is `publication`."""
    attempt: int
    publication: str
    """The event id of the receipt."""
    platform: str
    state: DeliveryState
    why: str | None
    """Why, when it is dead."""
    count: int
    """How many in a row this stands for: dead letters of one cause are told together. At least 1."""


Event = Union[Message, Edit, Delete, Reaction, UserChange, RoomChange, PlatformChange, DeliveryChange]
"""Something that happened elsewhere. `event.kind` or `isinstance` tells which."""


# ---- how things stand


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where a publication stands at one platform."""

    platform: str
    state: DeliveryState
    at: datetime | None
    """When it got into that state, if known."""
    why: str | None
    """Why, when it is dead."""


@dataclass(frozen=True, slots=True)
class PlatformStatus:
    """How another platform stands."""

    name: str
    kind: PlatformKind
    via: str | None
    """The node that hosts it."""
    up: bool | None
    """Whether it answers; None: not tried yet."""
    since: datetime | None
    last_contact: datetime | None
    waiting: int
    """How many events wait for it."""
    oldest: datetime | None
    """When the oldest of them entered."""
    dead: int
    """How many dead letters there are for it."""
    alarm: str | None
    """What it refused: a wrong token or a wrong registry."""
    import_error: str | None
    """What was wrong when its users were imported last."""
    last_error: str | None = None
    """Why it is down, or why what waits for it is not sent now."""
    next_try: datetime | None = None
    """When it is tried again."""
    findings: tuple[Finding, ...] = ()
    """What its last ping showed to be wrong between the registries of both sides."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """A platform that a peer introduced and that waits until `accept_introduction` is called."""

    name: str
    endpoint: str
    """Where it is reached, as the peer says."""
    by: str
    """The peer."""
    since: datetime


@dataclass(frozen=True, slots=True)
class Status:
    """How the node stands."""

    name: str
    standalone: bool
    version: str
    store: str
    """The id of the store."""
    inbox: int
    """How many events wait for the application."""
    platforms: tuple[PlatformStatus, ...]
    introductions: tuple[Introduction, ...] = ()
    """Who was introduced and waits until that is accepted: with `introductions="ask"`."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with the registry, or with a platform in it."""

    platform: str | None
    """The platform that it is about; None: the registry file as a whole."""
    kind: FindingKind
    other: str | None
    """The other name in it: what the platform calls itself, or who is not known."""
    what: str
    """What is wrong, as a sentence."""
    to_do: str
    """What to do, as a sentence."""


@dataclass(frozen=True, slots=True)
class Invite:
    """One line of text by which one platform joins, once. Whoever has the line can join, so send it privately."""

    id: str
    """By what it is listed and revoked."""
    url: str
    """Where the newcomer will ask: this node, as others reach it."""
    expires: datetime
    text: str = field(repr=False)
    """The line, for the other side's `join`."""


@dataclass(frozen=True, slots=True)
class InviteInfo:
    """An invite as it is listed."""

    id: str
    made: datetime
    expires: datetime
    used_by: str | None
    """Who joined by it; None: nobody yet."""


@dataclass(frozen=True, slots=True)
class Joined:
    """What `join` brought."""

    inviter: str
    """The platform whose node made the invite."""
    platforms: tuple[str, ...]
    """The others that are known by it."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the node. Names and units are those of Prometheus' conventions."""

    name: str
    """Such as `integrador_waiting`; there may be several of one name, each with labels of its own."""
    labels: Mapping[str, str]
    """What it is of, such as `{"platform": "GWT_CHAT"}`."""
    value: float
    """A whole number, but for times."""
    kind: MetricKind
    """A counter only grows, from 0 when the node was opened; a gauge is as things are now."""
    help: str
    """What it counts, as a sentence."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """An event that will not arrive unless somebody retries it."""

    number: int
    """By which it is retried or dropped."""
    event_id: str
    kind: EventKind
    platform: str
    """The platform that it was for."""
    from_platform: str
    """The platform that it came from."""
    inbound: bool
    """It died on its way in: the application's handler failed, or its room never came."""
    why: str
    at: datetime
    body: str
    """JSON."""


class Response(NamedTuple):
    """What `Node.handle` answers: a tuple of the status, the headers and the body."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
