"""Joins separate chat applications: their users write to each other, and groups span all of them.

    from integrador import Node

    node = Node(platform="BuasApp", store="buasapp.db", platforms="platforms.json")

    @node.on_message
    def show(message):
        print(f"{message.sender_name} in {message.room}: {message.text}")

    node.publish_user(1, "Ana")
    node.publish_room(7, "Plaza", "public")
    node.publish_message(7, 1, "¡Hola a todos!", key="row-1")  # on disk when this returns
    node.run_forever()

`Node` is the one handle, and all else is data (`Message`, `Room`, `Receipt` …) or an `IntegradorError`.
"""

from ._consumer import Consumer
from ._errors import (
    ClosedError,
    ConfigError,
    ConflictError,
    ErrorKind,
    ForbiddenError,
    IntegradorError,
    InvalidError,
    InvalidTypeError,
    NotAMemberError,
    StoreError,
    TransportError,
    UnknownMessageError,
    UnknownPlatformError,
    UnknownRoomError,
)
from ._fork import follow as _follow_forks
from ._model import (
    Attachment,
    AttachmentKind,
    Bans,
    BindKind,
    DeadLetter,
    Delete,
    Delivery,
    DeliveryChange,
    DeliveryState,
    Edit,
    Event,
    EventKind,
    Ext,
    ExternalId,
    Finding,
    FindingKind,
    Id,
    Introduction,
    Invite,
    InviteInfo,
    Joined,
    Message,
    Metric,
    MetricKind,
    NewMessage,
    NewUser,
    Platform,
    PlatformChange,
    PlatformKind,
    PlatformState,
    PlatformStatus,
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
from ._native import __version__
from ._node import Node

_follow_forks()

__all__ = [
    "Attachment",
    "AttachmentKind",
    "Bans",
    "BindKind",
    "ClosedError",
    "ConfigError",
    "ConflictError",
    "Consumer",
    "DeadLetter",
    "Delete",
    "Delivery",
    "DeliveryChange",
    "DeliveryState",
    "Edit",
    "ErrorKind",
    "Event",
    "EventKind",
    "Ext",
    "ExternalId",
    "Finding",
    "FindingKind",
    "ForbiddenError",
    "Id",
    "IntegradorError",
    "Introduction",
    "InvalidError",
    "InvalidTypeError",
    "Invite",
    "InviteInfo",
    "Joined",
    "Message",
    "Metric",
    "MetricKind",
    "NewMessage",
    "NewUser",
    "Node",
    "NotAMemberError",
    "Platform",
    "PlatformChange",
    "PlatformKind",
    "PlatformState",
    "PlatformStatus",
    "Reaction",
    "Receipt",
    "Ref",
    "Response",
    "Room",
    "RoomChange",
    "RoomKind",
    "Status",
    "StoreError",
    "TransportError",
    "UnknownMessageError",
    "UnknownPlatformError",
    "UnknownRoomError",
    "User",
    "UserChange",
    "__version__",
]
