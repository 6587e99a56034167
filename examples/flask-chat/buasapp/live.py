"""A page connects: it gets all that it needs, and from then on what changes. So whatever a page missed while it was not
connected is made up for by connecting again."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_socketio import disconnect, emit, join_room

from . import chat
from .integration import messenger
from .pages import logged_in, session_id
from .sockets import EVERYBODY, pages, room_of, socketio


@socketio.on("connect")
def connect(_auth: Any = None) -> bool:
    # Before it is looked at whether the session still is one: so whoever ends it finds this page, or it finds the end.
    pages[_page()] = session_id()
    user = logged_in()
    if user is None:
        pages.pop(_page())
        return False
    # Before the snapshot, so that nothing falls between the two; the page takes what comes twice as one.
    join_room(room_of(user.id))
    join_room(EVERYBODY)
    emit(
        "hello",
        {
            "me": chat.person(user),
            "platform": chat.own_name(),
            "platforms": messenger.all_platforms(),
            "people": chat.people(),
            "conversations": chat.conversations(user.id),
        },
    )
    return True


@socketio.on("disconnect")
def gone(_why: Any = None) -> None:
    pages.pop(_page(), None)


def hang_up(app: Flask) -> None:
    """Closes all connections, as the process ends. The pages come back for themselves."""
    with app.app_context():
        for page in list(pages):
            disconnect(page, "/")


def _page() -> str:
    return str(request.sid)  # type: ignore[attr-defined]  # Flask-SocketIO's own
