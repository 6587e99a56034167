"""What the chat does with its tables, and how it shows them to a page. It knows no HTTP, no sockets and no node."""

from __future__ import annotations

from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from . import changes
from .models import Conversation, Member, Message, Read, User, by_place, db, said

Json = dict[str, Any]
PAGE = 50


# People.


def own_users() -> list[User]:
    return list(db.session.scalars(select(User).where(User.platform_id.is_(None)).order_by(User.id)))


def own_user(name: str) -> User | None:
    return db.session.scalar(select(User).where(User.platform_id.is_(None), func.lower(User.name) == name.lower()))


def own_name() -> str:
    return str(current_app.config["INTEGRADOR_PLATFORM"])


def people() -> list[Json]:
    return [person(user) for user in db.session.scalars(select(User))]


def person(user: User) -> Json:
    return {
        "id": user.id,
        "external": user.external_id or f"{own_name()}:{user.id}",
        "name": user.name,
        "platform": user.platform.name if user.platform else own_name(),
        "active": user.active,
        "avatar": user.avatar,
    }


# Conversations.


def conversation(row: Conversation, last: Message | None = None, newest: int | None = None, unread: int = 0) -> Json:
    """`last`: in the order in which it is read. `newest`: the key of the message that was the latest to arrive."""
    return {
        "id": row.id,
        "external": row.external_id or f"{own_name()}:{row.id}",
        "name": row.name,
        "public": row.public,
        "direct": row.direct,
        "home": row.platform.name if row.platform else own_name(),
        "members": row.member_ids,
        "banned": row.banned,
        "avatar": row.avatar,
        "failed": row.failed,
        "last": message(last) if last else None,
        "newest": newest,
        "unread": unread,
    }


def conversations(me: int) -> list[Json]:
    """All that this user may see, with the last message and what is unread in each."""
    mine = select(Member.conversation_id).where(Member.user_id == me)
    rows = list(db.session.scalars(select(Conversation).where(or_(Conversation.public, Conversation.id.in_(mine)))))
    ids = [row.id for row in rows]
    theirs = select(Message.id).where(Message.conversation_id == Conversation.id, said)
    latest = theirs.order_by(by_place.desc(), Message.id.desc()).limit(1).scalar_subquery()
    last = {
        m.conversation_id: m
        for m in db.session.scalars(
            select(Message).where(Message.id.in_(select(latest).where(Conversation.id.in_(ids))))
        )
    }
    arrived = select(Message.conversation_id, func.max(Message.id)).where(Message.conversation_id.in_(ids), said)
    newest = {id: key for id, key in db.session.execute(arrived.group_by(Message.conversation_id))}
    counted = (
        select(Message.conversation_id, func.count())
        .outerjoin(Read, (Read.conversation_id == Message.conversation_id) & (Read.user_id == me))
        .where(
            Message.conversation_id.in_(ids),
            Message.sender_id != me,
            said,
            Message.id > func.coalesce(Read.message_id, 0),
        )
        .group_by(Message.conversation_id)
    )
    unread = {id: count for id, count in db.session.execute(counted)}
    return [conversation(row, last.get(row.id), newest.get(row.id), unread.get(row.id, 0)) for row in rows]


def visible(id: int, me: int) -> Conversation | None:
    """The conversation, if this user may read and write in it."""
    row = db.session.get(Conversation, id)
    return row if row and (row.public or me in row.member_ids) else None


def chat_of(one: int, other: int) -> int | None:
    """The private chat of exactly these two, if there is one."""
    theirs = select(Member.conversation_id).where(Member.user_id == one)
    both = (
        select(Member.conversation_id)
        .join(Conversation)
        .where(Member.conversation_id.in_(theirs), Conversation.direct, Conversation.failed.is_(None))
        .group_by(Member.conversation_id)
        .having(
            func.count() == 2, func.min(Member.user_id) == min(one, other), func.max(Member.user_id) == max(one, other)
        )
    )
    return db.session.scalar(both.order_by(Member.conversation_id).limit(1))


def mark_read(id: int, me: int) -> None:
    latest = db.session.scalar(select(func.max(Message.id)).where(Message.conversation_id == id)) or 0
    values = {"user_id": me, "conversation_id": id, "message_id": latest}
    db.session.execute(insert(Read).values(values).on_conflict_do_update(set_={"message_id": latest}))
    db.session.commit()


# Messages.


def message(row: Message) -> Json:
    return {
        "id": row.id,
        "conversation": row.conversation_id,
        "sender": row.sender_id,
        "notice": row.notice,
        "text": row.text,
        "at": row.at,
        "key": row.key,
        "place": row.place,
        "failed": row.failed,
        "attachments": [
            {"kind": a.kind, "name": a.name, "url": a.url or f"/app/files/{a.id}"} for a in row.attachments
        ],
        "deliveries": ticks(row),
        **changes.shown(row),
    }


def ticks(row: Message) -> list[Json]:
    return [{"platform": d.platform.name, "state": d.state, "why": d.why} for d in row.deliveries]


def page(id: int, before: int | None) -> list[Json]:
    """Up to PAGE messages before that one, or the last ones; the first one first."""
    rows = select(Message).where(Message.conversation_id == id).order_by(by_place.desc(), Message.id.desc()).limit(PAGE)
    if before is not None:
        place = db.session.scalar(select(by_place).where(Message.id == before))
        if place is None:
            return []  # there is no such message
        rows = rows.where(by_place <= place, or_(by_place < place, Message.id < before))
    return [message(row) for row in reversed(db.session.scalars(rows).all())]


def last_of(id: int) -> Message | None:
    rows = select(Message).where(Message.conversation_id == id, said).order_by(by_place.desc(), Message.id.desc())
    return db.session.scalar(rows.limit(1))


def end_of(id: int) -> str:
    """The place of what stands at the end of all that have one."""
    return db.session.scalar(select(func.max(Message.place)).where(Message.conversation_id == id)) or ""


def message_with(*, key: str | None = None, event_id: str | None = None) -> Message | None:
    """The message of that key of a page, or of that event."""
    return db.session.scalar(select(Message).where(Message.key == key if key else Message.event_id == event_id))


def add_message(row: Message) -> bool:
    """Stores it. False: it is here already, under its key or its event id."""
    key, event_id = row.key, row.event_id
    db.session.add(row)
    try:
        db.session.flush()
        if event_id is not None:
            changes.catch_up(row)
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        if message_with(key=key, event_id=event_id):
            return False
        raise
    return True
