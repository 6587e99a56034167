"""A page connects: it gets all that it needs, and from then on what changes. So whatever a page missed while it was not
connected is made up for by connecting again."""

from __future__ import annotations

from typing import Any

from flask_socketio import emit, join_room

from . import chat
from .integration import messenger
from .pages import logged_in
from .sockets import EVERYBODY, room_of, socketio


@socketio.on("connect")
def connect(_auth: Any = None) -> bool:
    user = logged_in()
    if user is None:
        return False
    # Before the snapshot, so that nothing falls between the two; the page takes what comes twice as one.
    join_room(room_of(user.id))
    join_room(EVERYBODY)
    emit(
        "hello",
        {
            "me": user.id,
            "platform": chat.own_name(),
            "platforms": messenger.all_platforms(),
            "people": chat.people(),
            "conversations": chat.conversations(user.id),
        },
    )
    return True
