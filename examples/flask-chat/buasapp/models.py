"""The tables of the chat.

What integration adds to an ordinary chat's tables is what the design of BuasApp has always had: a table of platforms,
and `external_id` and `platform_id` on users and conversations. They are empty for the chat's own ones. All keys are the
chat's own integers; the node is told by `bind` which of them stands for which external id, so nothing else in the chat
needs to know of external ids at all.

A conversation is read in the order of its event ids, which is the same on every platform. Rows are numbered as they
arrive, which is another order whenever a platform was away. So a message has its `place` beside its key.

Rows that are meant for other platforms carry `published`: what was committed here but not published, because the
process died in between, is thereby found again.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, event, false, func, literal_column
from sqlalchemy.engine import Engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from integrador import AttachmentKind


class Base(DeclarativeBase):
    pass


# IMMEDIATE: who writes waits for the lock before it has read anything, so nobody fails for having read too early.
db = SQLAlchemy(
    model_class=Base,
    session_options={"expire_on_commit": False},
    engine_options={"connect_args": {"isolation_level": "IMMEDIATE", "timeout": 15}},
)
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


@event.listens_for(Engine, "connect")
def _durable(connection: sqlite3.Connection, _record: Any) -> None:
    """What the chat has answered is on disk."""
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds")


class Platform(Model):
    """A platform that takes part, this one excepted."""

    __tablename__ = "platforms"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    support_image: Mapped[bool] = mapped_column(default=True)
    support_audio: Mapped[bool] = mapped_column(default=True)


class User(Model):
    """Anybody. Only those with a password can log in, and nobody of another platform has one."""

    __tablename__ = "users"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    password: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    avatar: Mapped[str | None]  # the address of a picture
    external_id: Mapped[str | None] = mapped_column(unique=True)
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platforms.id"))
    platform: Mapped[Platform | None] = relationship(lazy="joined")
    published: Mapped[bool] = mapped_column(default=False)


Index("own_names", func.lower(User.name), unique=True, sqlite_where=User.platform_id.is_(None))


class Session(Model):
    """Somebody is logged in, on one browser. Its id is in the cookie."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(lazy="joined")
    at: Mapped[str] = mapped_column(default=now)


class Conversation(Model):
    """A private chat, a group or a public room."""

    __tablename__ = "conversations"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    public: Mapped[bool]
    # A private chat of two, and begun as one: a group that has shrunk to two is none.
    direct: Mapped[bool] = mapped_column(default=False)
    external_id: Mapped[str | None] = mapped_column(unique=True)
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platforms.id"))
    platform: Mapped[Platform | None] = relationship(lazy="joined")
    members: Mapped[list[Member]] = relationship(
        lazy="selectin", cascade="all, delete-orphan", order_by="Member.user_id"
    )
    published: Mapped[bool] = mapped_column(default=False)
    failed: Mapped[str | None]  # why the others will never hear of it
    avatar: Mapped[str | None]  # the address of a picture
    # Whom its platform bars from it: keys of users, and 'Malo:*' for all of a platform.
    banned: Mapped[list[Any]] = mapped_column(JSON, default=list, server_default="[]")

    @property
    def member_ids(self) -> list[int]:
        return [member.user_id for member in self.members]

    def set_members(self, ids: list[int]) -> None:
        wanted = set(ids)
        present = {member.user_id for member in self.members}
        self.members = [m for m in self.members if m.user_id in wanted] + [
            Member(user_id=i) for i in sorted(wanted - present)
        ]


class Member(Model):
    __tablename__ = "members"

    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)


class Message(Model):
    __tablename__ = "messages"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"))
    sender_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    # What has happened to the sender, or to the conversation: see `notices.py`. Then it is no message of theirs.
    notice: Mapped[str | None]
    at: Mapped[str] = mapped_column(default=now)  # ISO 8601
    event_id: Mapped[str | None] = mapped_column(unique=True)  # so that what comes twice is stored once
    key: Mapped[str | None] = mapped_column(unique=True)  # given by the page, for the same reason
    # Its event id. None: the node doesn't have it yet, and it stands last. What the node refused stands after all that
    # was there then.
    place: Mapped[str | None]
    published: Mapped[bool] = mapped_column(default=False)
    failed: Mapped[str | None]
    reply_id: Mapped[int | None]  # the message that it answers, for own ones,
    reply_event: Mapped[str | None]  # and for those of others, be it here or not
    edited: Mapped[str | None]  # the event of the edit in force; empty: one of this chat's own
    deleted: Mapped[bool] = mapped_column(default=False, server_default="0")
    revision: Mapped[int] = mapped_column(default=0, server_default="0")  # how many times it was changed
    attachments: Mapped[list[Attachment]] = relationship(lazy="selectin", order_by="Attachment.id")
    deliveries: Mapped[list[Delivery]] = relationship(lazy="selectin", order_by="Delivery.platform_id")
    reactions: Mapped[list[Reaction]] = relationship(lazy="selectin", order_by="Reaction.id")
    changes: Mapped[list[Change]] = relationship(lazy="selectin", order_by="Change.id")


# Not what has happened to a conversation.
said = Message.notice.is_(None)

# What has no place yet stands after any event id.
by_place = func.coalesce(Message.place, literal_column("'~'"))

Index("messages_of", Message.conversation_id, Message.id)
Index("messages_in_order", Message.conversation_id, by_place, Message.id)
Index("messages_to_publish", Message.id, sqlite_where=Message.published == false())


class Attachment(Model):
    """An image or a sound, by its address or with its bytes."""

    __tablename__ = "attachments"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    kind: Mapped[AttachmentKind] = mapped_column(String)
    name: Mapped[str | None]
    mime: Mapped[str | None]
    url: Mapped[str | None]
    data: Mapped[bytes | None] = mapped_column(deferred=True)


class Delivery(Model):
    """Where an own message stands at one platform."""

    __tablename__ = "deliveries"

    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), primary_key=True)
    platform: Mapped[Platform] = relationship(lazy="joined")
    state: Mapped[str]
    why: Mapped[str | None]


Index("deliveries_open", Delivery.message_id, sqlite_where=Delivery.state.in_(["waiting", "accepted", "parked"]))


class Reaction(Model):
    """What somebody has reacted with."""

    __tablename__ = "reactions"
    __table_args__ = (UniqueConstraint("message_id", "user_id", "emoji"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    emoji: Mapped[str]
    event_id: Mapped[str]  # empty: of a user of this chat
    removed: Mapped[bool]  # taken back; kept to know what is older than that


class Change(Model):
    """What a user of this chat has said of a message, for the other platforms."""

    __tablename__ = "changes"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"), index=True)
    sender_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]  # edit, delete, reaction
    text: Mapped[str | None]
    emoji: Mapped[str | None]
    removed: Mapped[bool]  # the reaction is taken back
    key: Mapped[str] = mapped_column(unique=True)  # given by the page
    event_id: Mapped[str | None] = mapped_column(unique=True)
    published: Mapped[bool] = mapped_column(default=False)
    failed: Mapped[str | None]
    deliveries: Mapped[list[ChangeDelivery]] = relationship(lazy="selectin", order_by="ChangeDelivery.platform_id")


Index("changes_to_publish", Change.id, sqlite_where=Change.published == false())


class ChangeDelivery(Model):
    """Where that stands at one platform."""

    __tablename__ = "change_deliveries"

    change_id: Mapped[int] = mapped_column(ForeignKey("changes.id"), primary_key=True)
    platform_id: Mapped[int] = mapped_column(ForeignKey("platforms.id"), primary_key=True)
    platform: Mapped[Platform] = relationship(lazy="joined")
    state: Mapped[str]
    why: Mapped[str | None]


Index(
    "change_deliveries_open",
    ChangeDelivery.change_id,
    sqlite_where=ChangeDelivery.state.in_(["waiting", "accepted", "parked"]),
)


class Early(Model):
    """What somebody elsewhere has said of a message that is not here yet."""

    __tablename__ = "early"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[str] = mapped_column(unique=True)
    of: Mapped[str] = mapped_column(index=True)  # the event of the message
    platform_id: Mapped[int | None] = mapped_column(ForeignKey("platforms.id"), index=True)
    change: Mapped[dict[str, Any]] = mapped_column(JSON)


class Read(Model):
    """Up to which message somebody has read a conversation."""

    __tablename__ = "reads"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    message_id: Mapped[int]
