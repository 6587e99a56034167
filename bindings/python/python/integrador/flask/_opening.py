"""The node of one application in one process: whether it may open here, as what, and who opens it.

serves                  opens by itself, in full (`app`); so does the first request where the server isn't recognised
runs a CLI command      opens when it is asked for, as `admin`: publishes, and leaves the rest to those that serve
has forked from either  never opens: it is a child for some work of the application's
anything else           a master, the reloader's parent, a script: opens by `start` alone
"""

from __future__ import annotations

import multiprocessing
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import click
from flask import Flask, has_request_context
from flask.cli import run_command

from .. import _errors
from .._handlers import hand_over
from .._node import Node
from . import _serving, _watch
from ._config import Settings

Role = Literal["app", "admin"]
Handler = Callable[[Any], object]
KINDS = ("message", "edit", "delete", "reaction", "user", "room", "platform", "delivery")


class Handlers(Protocol):
    """What the extension was given, for every application that it serves."""

    @property
    def handlers(self) -> Mapping[str, Sequence[Handler]]: ...

    def opens(self) -> None:
        """From here on it is too late for more."""


class Opening:
    def __init__(self, app: Flask, settings: Settings, handlers: Handlers) -> None:
        self.app = app
        self.settings = settings
        self._handlers = handlers
        self._node: Node | None = None
        self._role: Role = "app"
        self._opening: Node | None = None
        self._ended = False
        self._served = False
        self._astray = False
        self._failure = ""
        self._retry_at = 0.0
        self._pause = 1.0
        self._lock = threading.RLock()
        _watch.follow(self)
        # A master is left alone: the workers that it forks wait for themselves.
        if settings.autostart and not _serving.this_process_forks_workers():
            _watch.wait_for_serving(self)

    # ---- asked for

    def node(self) -> Node:
        """The open node; opens it if this process may. Raises `ClosedError` where it may not."""
        return self._usable() or self._open_for_this()

    def _usable(self) -> Node | None:
        return self._node if self._role == "app" or not _is_app_here() else None

    def _open_for_this(self) -> Node:
        with self._lock:  # another thread may open it just now
            if node := self._opening or self._usable():
                return node
            role = self._role_here()
            if role == "app" and not self.serve():
                raise _closed(f"it can't be opened now: {self._failure}")
            return self._node or self.start(role)

    def start(self, role: Role) -> Node:
        """Opens it in this process, whatever the process is."""
        with self._lock:
            if self._node is not None and self._role == "admin" and role == "app":
                self.release()
            if self._node is None:
                self._node, self._role = self._open(role), role
                self._ended, self._pause = False, 1.0
                if role == "app":
                    self._node.start()
            return self._node

    def close(self) -> None:
        """Closes it for good: only `start` opens it again."""
        self._ended = True
        self.release()

    def release(self) -> None:
        with self._lock:
            node, self._node = self._node, None
        if node is not None:
            node.close()

    def admin(self) -> tuple[Node, bool]:
        """The open node, or one of an administrator's, and whether it was opened for this."""
        with self._lock:
            opened = self._node is None
            return self.start("admin") if self._node is None else self._node, opened

    def _role_here(self) -> Role:
        if self._astray:
            raise _closed(
                "this is a child that was forked from a process with the node: publish there, or call `start`"
            )
        if self._ended:
            raise _closed("it was closed")
        if _is_app_here():
            if not self.settings.autostart:
                raise _closed("INTEGRADOR_AUTOSTART is off: call `start` in the process that serves")
            return "app"
        if multiprocessing.parent_process() is None and _in_command():
            return "admin"
        raise _closed(
            "this process doesn't serve (yet). What is to be done as it begins to belongs into a function under"
            " `@integrador.on_start`; a script, or a server that isn't recognised, calls `integrador.start(app)`"
        )

    # ---- by itself

    def serve(self) -> bool:
        self._served = True
        with self._lock:
            if (self._node is not None and self._role == "app") or self._ended or self._astray:
                return True
            if time.monotonic() < self._retry_at:
                return False
            try:
                self.start("app")
            except Exception as error:
                # The process goes on without: what is wrong may be mended, in a file or on the disk.
                self._failure = str(error)
                self._retry_at = time.monotonic() + self._pause
                known = isinstance(error, _errors.IntegradorError)
                self.app.logger.error(
                    "the node can't be opened, next try in %.0f s: %s", self._pause, error, exc_info=not known
                )
                self._pause = min(2 * self._pause, 30)
                return False
            return True

    def first_request(self) -> None:
        """Where nothing else told that this process serves."""
        if self._node is None or self._role == "admin":
            self.serve()

    def forked(self) -> None:
        self._lock = threading.RLock()
        # A master neither serves nor has one. The children of those that do are there for something else.
        self._astray = self._astray or self._served or self._node is not None
        self._node = self._opening = None
        if self.settings.autostart and not self._astray:
            _watch.wait_for_serving(self)

    # ---- opening

    def _open(self, role: Role) -> Node:
        self.settings.node["store"].parent.mkdir(parents=True, exist_ok=True)
        node = Node(**self.settings.node, role=role)
        if role == "admin":
            return node
        self._handlers.opens()
        for kind in KINDS:
            for handler in self._handlers.handlers[kind]:
                getattr(node, f"on_{kind}")(self._in_context(handler))
        self._opening = node
        try:
            for begin in self._handlers.handlers["start"]:
                self._in_context(begin)(node)
        except BaseException:
            node.close()
            raise
        finally:
            self._opening = None
        return node

    def _in_context(self, handler: Handler) -> Handler:
        def handle(what: Any) -> None:
            with self.app.app_context():
                hand_over(what, handler)

        return handle


def _is_app_here() -> bool:
    return has_request_context() or _serving.this_process_serves()


def _in_command() -> bool:
    """Whether this is a command of Flask's command line, other than the one that serves."""
    context = click.get_current_context(silent=True)
    return context is not None and context.command is not run_command


def _closed(why: str) -> _errors.ClosedError:
    return _errors.ClosedError(f"the node is not open in this process: {why}", "closed")
