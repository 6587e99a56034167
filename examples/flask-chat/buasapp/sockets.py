"""The Socket.IO server. Each user has a socket room of their own, in which all their open pages are."""

from flask_socketio import SocketIO

# Threads, as Flask itself works; a page needs one thread of the server for as long as it is open.
socketio = SocketIO(async_mode="threading")

EVERYBODY = "everybody"


def room_of(user_id: int) -> str:
    return f"user-{user_id}"
