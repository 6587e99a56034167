"""The internal messenger: shows the open pages what happens, whoever it comes from.

Recipients are keys of this chat's users; keys of others among them do no harm, since nobody is in their socket rooms.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock
from typing import Any

from integrador.flask import current_node

from .. import changes, chat
from ..models import Conversation, Message, User, db
from ..sockets import EVERYBODY, room_of, socketio

# What one thread has read it pushes before another one reads, so that no page is left with what was read earlier.
_turn = Lock()


def message(row: Message, recipients: Iterable[int] | None) -> None:
    """One of another platform, just stored. To all if there are no recipients named: a public room."""
    with _turn:
        _push("message", {"message": chat.message(row)}, recipients)


def anew(row: Message) -> None:
    """An own one, or one that has got its place or was changed; so another one may be the last of its conversation."""
    with _turn:
        db.session.refresh(row)
        room = db.session.get_one(Conversation, row.conversation_id, populate_existing=True)
        last = chat.last_of(room.id) or row
        data = {"message": chat.message(row), "last": chat.message(last)}
        _push("message", data, None if room.public else room.member_ids)


def ticks(row: Message) -> None:
    with _turn:
        db.session.refresh(row)
        data = {
            "conversation": row.conversation_id,
            "message": row.id,
            "deliveries": chat.ticks(row),
            "failed": row.failed,
            "changes": changes.own(row),
        }
        _push("ticks", data, {row.sender_id, *(change.sender_id for change in row.changes)})


def conversation(row: Conversation, also: Iterable[int] = ()) -> None:
    recipients = None if row.public else {*row.member_ids, *also}
    _push("conversation", {"conversation": chat.conversation(row)}, recipients)


def person(row: User) -> None:
    _push("person", {"person": chat.person(row)}, None)


def platforms() -> None:
    _push("platforms", {"platforms": all_platforms()}, None)


def read(conversation_id: int, user_id: int) -> None:
    """To this user's other pages."""
    _push("read", {"conversation": conversation_id}, [user_id])


def all_platforms() -> list[dict[str, Any]]:
    """All platforms, this one first, with who is up: True, False, or None if that is not known yet."""
    up = {p.name: p.up for p in current_node.status().platforms}
    listed = [
        {
            "name": p.name,
            "own": p.own,
            "supportImage": p.support_image,
            "supportAudio": p.support_audio,
            # What is hosted by another node is reached only as long as that one is.
            "up": True if p.own else up.get(p.via or p.name),
        }
        for p in current_node.platforms()
    ]
    return sorted(listed, key=lambda p: (not p["own"], str(p["name"]).lower()))


def _push(event: str, data: dict[str, Any], recipients: Iterable[int] | None) -> None:
    for room in [EVERYBODY] if recipients is None else map(room_of, recipients):
        socketio.emit(event, data, to=room)
