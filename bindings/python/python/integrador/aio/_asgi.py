"""The node as an application of ASGI, to be mounted in another one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._node import Node

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_LONGEST = 2 * 1024 * 1024 + 1
"""Of a body no more is kept than with the byte that makes it too long."""
_READ = 4 * _LONGEST
"""And of one that is too long no more is read, so that whoever sends a little too much gets to see the answer."""


async def answer(node: Node, scope: Scope, receive: Receive, send: Send) -> None:
    """Answers one request."""
    if scope["type"] != "http":
        raise RuntimeError(f"a node answers HTTP alone, not {scope['type']!r}: mount it under a path of its own")
    body, read, more = bytearray(), 0, True
    while more and read < _READ:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        part = message.get("body", b"")
        read += len(part)
        body += part[: _LONGEST - len(body)]
        more = message.get("more_body", False)
    path, root = scope["path"], scope.get("root_path", "").rstrip("/")
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
    response = await node.handle(
        scope["method"],
        path[len(root) :] if root and path.startswith(root + "/") else path,
        scope.get("query_string", b"").decode("latin-1"),
        headers,
        bytes(body),
    )
    shown = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    await send({"type": "http.response.start", "status": response.status, "headers": shown})
    await send({"type": "http.response.body", "body": response.body})
