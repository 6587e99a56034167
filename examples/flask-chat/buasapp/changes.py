"""What is said of a message that is there: another text, a delete, reactions. It knows no HTTP, no sockets and no node.

The message's row has its text as it is now. What the chat's own users say is kept in rows of its own beside that, to be
published and to have its ticks. What others say is recognised by its event id, and waits in `early` if it comes before
its message.

Who may: for edits and deletes that is the person whose message it is, and for deletes the platform whose room it is.
The node knows platforms, and leaves it to the chat to tell the people of one apart.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.exc import IntegrityError

from .models import Attachment, Change, Conversation, Early, Message, Reaction, User, db

Json = dict[str, Any]
Kind = Literal["edit", "delete", "reaction"]
Reason = Literal["there", "theirs", "yet", "empty", "more"]

# Different reactions of one person to one message.
MOST_REACTIONS = 20
# Changes of one platform that wait for their messages; the latest ones are kept.
MOST_EARLY = 1000


@dataclass
class Said:
    """`text` and, in place of those that it had, `attachments` of an edit; `emoji` and `on` of a reaction."""

    kind: Kind
    text: str | None = None
    attachments: list[Json] | None = None
    emoji: str | None = None
    on: bool = True


class Not(Exception):
    """Why somebody's change is not taken: there is no such message (any more), it is somebody else's, the node doesn't
    have it yet (which passes), it would say nothing, or there are too many reactions."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


# What is said here.


def say(conversation_id: int, message_id: int, me: User, key: str, said: Said) -> Message:
    """What a user of this chat says of a message, to be published. The same key again: it was said before."""
    there = select(Message.id).where(Message.id == message_id, Message.conversation_id == conversation_id)
    there = there.where(Message.notice.is_(None))
    if db.session.scalar(there) is None:
        raise Not("there")
    change = Change(
        message_id=message_id,
        sender_id=me.id,
        kind=said.kind,
        text=said.text,
        emoji=said.emoji,
        removed=not said.on,
        key=key,
        deliveries=[],
    )
    db.session.add(change)
    try:
        db.session.flush()  # from here on nobody else writes
    except IntegrityError:
        db.session.rollback()
        if db.session.scalar(select(Change.id).where(Change.key == key)) is None:
            raise
        return db.session.get_one(Message, message_id, populate_existing=True)
    row = db.session.get_one(Message, message_id, populate_existing=True)
    try:
        _may(row, me, said)
        if not _apply(row, me.id, "", said):
            raise Not("more")
    except Not:
        db.session.rollback()
        raise
    db.session.commit()
    db.session.refresh(row)
    return row


def _may(row: Message, me: User, said: Said) -> None:
    if row.deleted or row.failed:
        raise Not("there")
    if said.kind != "reaction" and row.sender_id != me.id:
        raise Not("theirs")
    if row.event_id is None:
        raise Not("yet")
    if said.kind == "edit" and not said.text and not row.attachments:
        raise Not("empty")


# What is said elsewhere.


def take(event_id: str, of: str, sender: User, said: Said) -> Message | None:
    """The message, if that changes it. If it is not here, what is said waits for it."""
    change = {"event_id": event_id, "sender_id": sender.id, "said": vars(said)}
    waits = insert(Early).values(event_id=event_id, of=of, platform_id=sender.platform_id, change=change)
    db.session.execute(waits.on_conflict_do_nothing())  # from here on nobody else writes
    row = db.session.scalar(select(Message).where(Message.event_id == of).execution_options(populate_existing=True))
    changed = row is not None and catch_up(row)
    if row is None:
        theirs = Early.platform_id == sender.platform_id
        kept = select(Early.id).where(theirs).order_by(Early.id.desc()).limit(MOST_EARLY)
        db.session.execute(delete(Early).where(theirs, Early.id.not_in(kept)))
    db.session.commit()
    return row if changed else None


def catch_up(row: Message) -> bool:
    """Does what waits for this message, which is being stored or has got its event id. Whether it changes anything."""
    waits = delete(Early).where(Early.of == row.event_id).returning(Early.change)
    changed = False
    for change in sorted(db.session.scalars(waits).all(), key=lambda change: str(change["event_id"])):
        sender, said = db.session.get_one(User, change["sender_id"]), Said(**change["said"])
        if _lets(row, sender, said):
            changed |= _apply(row, sender.id, change["event_id"], said)
    return changed


def _lets(row: Message, sender: User, said: Said) -> bool:
    if said.kind == "reaction" or row.sender_id == sender.id:
        return True
    home = db.session.get_one(Conversation, row.conversation_id).platform_id
    return said.kind == "delete" and home == sender.platform_id


def _apply(row: Message, sender_id: int, event_id: str, said: Said) -> bool:
    """`event_id` is empty for what is said here; elsewhere the greatest one counts. Whether it changes the message."""
    if row.deleted:
        return False
    if said.kind == "edit":
        if event_id and (row.edited or "") >= event_id:
            return False
        row.text, row.edited = said.text or "", event_id
        if said.attachments is not None:
            _attach(row, [Attachment(**{**one, "data": _bytes(one["data"])}) for one in said.attachments])
    elif said.kind == "delete":
        row.text, row.deleted = "", True
        _attach(row, [])
        db.session.execute(delete(Reaction).where(Reaction.message_id == row.id))
    elif not _react(row, sender_id, event_id, said):
        return False
    row.revision = Message.revision + 1
    db.session.flush()
    db.session.refresh(row)
    return True


def _react(row: Message, sender_id: int, event_id: str, said: Said) -> bool:
    mine = (Reaction.message_id == row.id, Reaction.user_id == sender_id)
    others = select(func.count()).select_from(Reaction).where(*mine, Reaction.emoji != said.emoji)
    if (db.session.scalar(others) or 0) >= MOST_REACTIONS:
        return False
    values = {"event_id": event_id, "removed": not said.on}
    one = insert(Reaction).values(message_id=row.id, user_id=sender_id, emoji=said.emoji, **values)
    newer = None if not event_id else Reaction.event_id < event_id
    done = db.session.execute(
        one.on_conflict_do_update(["message_id", "user_id", "emoji"], set_=values, where=newer).returning(Reaction.id)
    )
    return done.first() is not None


def _attach(row: Message, attachments: list[Attachment]) -> None:
    """In place of those that it had."""
    db.session.execute(delete(Attachment).where(Attachment.message_id == row.id))
    for one in attachments:
        one.message_id = row.id
    db.session.add_all(attachments)


# Bytes have no form in JSON but base64.


def attachment(kind: str, name: str | None, mime: str | None, url: str | None, data: bytes | None) -> Json:
    coded = None if data is None else base64.b64encode(data).decode()
    return {"kind": kind, "name": name, "mime": mime, "url": url, "data": coded}


def _bytes(coded: str | None) -> bytes | None:
    return None if coded is None else base64.b64decode(coded)


# What is on its way, and how it is shown.


def unpublished(limit: int) -> list[Change]:
    return list(db.session.scalars(select(Change).where(~Change.published).order_by(Change.id).limit(limit)))


def with_event(event_id: str) -> Change | None:
    return db.session.scalar(select(Change).where(Change.event_id == event_id))


def shown(row: Message) -> Json:
    """All of it, beside what a message is without."""
    return {
        "revision": row.revision,
        "edited": row.edited is not None,
        "deleted": row.deleted,
        "reply": _reply(row),
        "reactions": _reactions(row),
        "changes": own(row),
    }


def own(row: Message) -> list[Json]:
    """What users of this chat have said of it and is in force: the latest edit or delete, and each reaction."""
    latest = {(c.sender_id, c.emoji) if c.kind == "reaction" else None: c for c in row.changes}
    return [
        {
            "kind": c.kind,
            "sender": c.sender_id,
            "emoji": c.emoji,
            "sent": c.published,
            "deliveries": [{"platform": d.platform.name, "state": d.state, "why": d.why} for d in c.deliveries],
            "failed": c.failed,
        }
        for c in sorted(latest.values(), key=lambda c: c.id)
        if not c.removed
    ]


def _reactions(row: Message) -> list[Json]:
    """In the order in which the first of each kind came, be it taken back by now or not: so none changes its place."""
    people: dict[str, list[int]] = {one.emoji: [] for one in row.reactions}
    for one in row.reactions:
        if not one.removed:
            people[one.emoji].append(one.user_id)
    return [{"emoji": emoji, "people": ids} for emoji, ids in people.items() if ids]


def answered(row: Message) -> Message | None:
    """The message that this one answers, if it is here. An event id tells nothing of another conversation."""
    which = Message.id == row.reply_id if row.reply_id is not None else Message.event_id == row.reply_event
    return db.session.scalar(select(Message).where(which, Message.conversation_id == row.conversation_id))


def _reply(row: Message) -> Json | None:
    if row.reply_id is None and row.reply_event is None:
        return None
    found = answered(row)
    if found is None:
        return {"message": None}
    what = found.attachments[0].kind if found.attachments else None
    return {
        "message": found.id,
        "sender": found.sender_id,
        "text": found.text[:200],
        "what": what,
        "deleted": found.deleted,
    }
