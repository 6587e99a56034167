"""The Socket.IO server. Each user has a socket room of their own, in which all their open pages are."""

from __future__ import annotations

from flask_socketio import SocketIO, disconnect

# Threads, as Flask itself works; a page needs one thread of the server for as long as it is open.
socketio = SocketIO(async_mode="threading")

EVERYBODY = "everybody"

pages: dict[str, str] = {}
"""The open pages, and the session of each."""


def room_of(user_id: int) -> str:
    return f"user-{user_id}"


def end_session(session_id: str) -> None:
    """Hangs up on all its pages."""
    for page, its in list(pages.items()):
        if its == session_id:
            disconnect(page, "/")
