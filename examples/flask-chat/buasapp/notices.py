"""What has happened to a conversation: who came and who went, a new name, who is barred.

Each is a line among the messages, a row of theirs with a `notice` in it. Its sender is whom it is about, its place the
event id of the announcement, so that it stands between the same messages everywhere. It is no message: nobody answers,
edits or counts it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import chat
from .models import Conversation, Message, db


@dataclass(frozen=True)
class State:
    """What of a conversation is told when it changes."""

    name: str
    members: list[int]
    banned: list[Any]


def state(row: Conversation) -> State:
    return State(row.name, row.member_ids, list(row.banned))


def add(row: Conversation, before: State, event_id: str | None) -> list[Message]:
    """Lines for what is another now, to be committed with it. Who is barred has not left, and of a whole platform that
    is barred there is nobody to name. `event_id`: of the announcement, if that is known."""
    now = state(row)
    told = [("left", id) for id in before.members if id not in now.members and id not in now.banned]
    told += [("joined", id) for id in now.members if id not in before.members]
    told += [("banned", id) for id in now.banned if id not in before.banned and isinstance(id, int)]
    told += [("unbanned", id) for id in before.banned if id not in now.banned and isinstance(id, int)]
    if now.name != before.name:
        # Nobody knows who renamed it; a row is somebody's all the same.
        told += [("renamed", id) for id in now.members[:1]]
    place = event_id or chat.end_of(row.id) if told else ""
    lines = [
        Message(
            conversation_id=row.id,
            sender_id=id,
            text=row.name if notice == "renamed" else "",
            notice=notice,
            place=place,
            published=True,
            attachments=[],
            deliveries=[],
            reactions=[],
            changes=[],
        )
        for notice, id in told
    ]
    db.session.add_all(lines)
    return lines
