"""Who is in a room, what it is called, whom it bars: what people of this chat change of it goes to the node first.

The node has it on disk then; should the process die before it is stored here too, the next start takes it over.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import integrador
from integrador import ExternalId
from integrador.flask import current_node

from ..models import Conversation, User, db
from . import importer

PATIENCE = 5.0
"""Seconds that somebody waits for a room that was made a moment ago: the exporter publishes it meanwhile."""


@dataclass(frozen=True)
class Update:
    """What somebody changes of a room."""

    name: str | None = None
    add: list[User] = field(default_factory=list)
    remove: list[User] = field(default_factory=list)
    ban: list[User] = field(default_factory=list)
    unban: list[User] = field(default_factory=list)


def may(room: Conversation, me: User, wanted: Update) -> bool:
    """Whether somebody here may change this: of a room of this chat's own all, of another's which people of this chat
    are in it, and into private ones they let nobody."""
    if room.direct or me.id not in room.member_ids:
        return False
    if room.platform_id is None:
        return me not in wanted.ban
    theirs = all(user.platform_id is None for user in [*wanted.add, *wanted.remove])
    decides = wanted.name is not None or wanted.ban or wanted.unban
    return theirs and not decides and (room.public or not wanted.add)


def join(room: Conversation, user: User) -> None:
    _published(room)
    _changed(room, current_node.join_room(room.id, user.id))


def leave(room: Conversation, user: User) -> None:
    _published(room)
    _changed(room, current_node.leave_room(room.id, user.id))


def update(room: Conversation, wanted: Update) -> None:
    """That they may was seen to."""
    if room.platform_id is None:
        _published(room)
        _changed(room, _announce(room, wanted))
        return
    for user in wanted.add:
        join(room, user)
    for user in wanted.remove:
        leave(room, user)


def _published(room: Conversation) -> None:
    """Returns once the node knows the room, as far as it will."""
    end = time.monotonic() + PATIENCE
    while not room.published and time.monotonic() < end:
        db.session.rollback()  # or it would be seen as it was
        time.sleep(0.02)


def _announce(room: Conversation, wanted: Update) -> integrador.Receipt:
    """The node takes the difference between two calls of this chat, and others may have come and gone since the last
    one: so it is told first how the room is, and then how it is to be."""
    known = current_node.room(room.id)
    if known is None:
        raise integrador.IntegradorError("the room is not published yet", "unknown_room")
    everybody = {platform: "*" for platform, ids in known.banned.items() if ids == "*"}
    banned = [ExternalId(p, id) for p, ids in known.banned.items() if ids != "*" for id in ids]

    def publish(name: str, members: Iterable[ExternalId], banned: Iterable[ExternalId]) -> integrador.Receipt:
        bars: integrador.Bans = {**_by_platform(banned), **everybody}
        return current_node.publish_room(
            room.id, name, known.kind, _by_platform(members), banned=bars, avatar=known.avatar, ext=known.ext
        )

    publish(known.name, known.member_ids, banned)
    out, add = _external([*wanted.remove, *wanted.ban]), _external(wanted.add)
    members = [id for id in known.member_ids if id not in out] + add
    unbanned = _external(wanted.unban)
    banned = [id for id in [*banned, *_external(wanted.ban)] if id not in unbanned]
    return publish(known.name if wanted.name is None else wanted.name, members, banned)


def _external(users: Iterable[User]) -> list[ExternalId]:
    found = (current_node.external_id("user", user.id) for user in users)
    return [id for id in found if id is not None]


def _by_platform(ids: Iterable[ExternalId]) -> dict[str, list[integrador.Id]]:
    found: dict[str, list[integrador.Id]] = {}
    for id in ids:
        found.setdefault(id.platform, []).append(id.id)
    return found


def _changed(room: Conversation, receipt: integrador.Receipt) -> None:
    id = current_node.external_id("room", room.id)
    if id is None:
        raise LookupError(f"the conversation {room.id} is bound to no room")
    importer.save_room(id, receipt.event_id)
