"""The application that the tests run under uWSGI: it opens a node and says what it is asked to say."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from integrador import Node

_node: Node | None = None


def open_node() -> None:
    global _node
    _node = node = Node("BuasApp", "node.db", "BuasApp.platforms.json")
    node.publish_user(1, "Marcelo")
    node.publish_room(1, "Plaza", "private", {"BuasApp": [1], "Sencilla": [1]})
    node.on_platform(lambda change: None)
    node.start()
    print("the node is open", flush=True)


if os.environ["OPEN"] == "import":
    open_node()
else:
    import_module("uwsgidecorators").postfork(open_node)


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    assert _node is not None
    if text := environ["QUERY_STRING"]:
        # Later: a worker that is stopped amid a request is ended by uWSGI on the spot, without any exit handler.
        threading.Timer(0.3, _node.publish_message, (1, 1, text)).start()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
