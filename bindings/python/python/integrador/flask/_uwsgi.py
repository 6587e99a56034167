"""What uWSGI does in its own way: it forks workers without Python's knowledge, and has a call for chunked bodies."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from importlib import import_module
from typing import Any


def _module() -> Any:
    """The module that uWSGI makes in its processes. There is none of this name anywhere else."""
    try:
        return import_module("uwsgi")
    except ImportError:
        return None


server = _module()
"""None: this is no process of uWSGI's."""


def in_each_worker(begin: Callable[[], object]) -> None:
    """Calls it as each worker begins that this process forks. A worker that has loaded the application itself
    (`--lazy-apps`) is told of nothing."""
    with contextlib.suppress(Exception):  # it needs a master
        import_module("uwsgidecorators")  # which takes the hook for itself, and so must come first
    others = getattr(server, "post_fork_hook", None)

    def hook() -> None:
        if others is not None:
            others()
        if server.worker_id() > 0:  # a mule doesn't serve
            begin()

    server.post_fork_hook = hook


def chunked_body(longest: int) -> bytes:
    """The body of this request, which comes in pieces; cut once it is longer than that. Empty if it doesn't come whole:
    the router that `--http` puts in front passes it on with `--http-chunked-input` only."""
    body = bytearray()
    try:
        while len(body) < longest and (piece := server.chunked_read()):
            body += piece
    except OSError:
        return b""
    return bytes(body[:longest])
