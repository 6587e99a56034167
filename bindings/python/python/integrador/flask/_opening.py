"""The node of one application in one process: whether it may open here, as what, and who opens it.

answers a request       opens by itself, in full (`app`), and with `detect` as soon as the process serves
runs a CLI command      opens when it is asked for, as `admin`: publishes, and leaves the rest to those that serve
has forked from either  never opens: it is a child for some work of the application's
anything else           a master, the reloader's parent, a script, a server before its first request: by `start` alone

So a process that is yet to fork its workers has neither a node nor a thread of this package. Under `TESTING` a request
opens nothing: `start` alone does.
"""

from __future__ import annotations

import multiprocessing
import threading
import time
import weakref
from collections.abc import Callable
from typing import Any, Literal

import click
from flask import Flask, has_request_context
from flask.cli import run_command

from .. import _errors
from .._handlers import hand_over, plain
from .._node import Node
from . import _serving, _uwsgi, _watch
from ._config import Settings

Role = Literal["app", "admin"]
Handler = Callable[[Any], object]
KINDS = ("message", "edit", "delete", "reaction", "user", "room", "platform", "delivery")


class Handlers:
    """What the extension was given, for every application that it serves."""

    def __init__(self) -> None:
        self.by_kind: dict[str, list[Handler]] = {kind: [] for kind in ("start", *KINDS)}
        self.opened = False
        """From here on it is too late for more."""

    def add(self, kind: str, handler: Handler) -> None:
        if self.opened:
            raise RuntimeError(
                f"{handler!r} comes too late: the node is open, and events without a handler are gone."
                " Register all handlers while the application is being made"
            )
        self.by_kind[kind].append(plain(handler))


class Opening:
    def __init__(self, app: Flask, settings: Settings, handlers: Handlers) -> None:
        self._app = weakref.ref(app)  # which keeps this; what is open keeps both
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
        if self._detects and _uwsgi.server is not None:
            _uwsgi.in_each_worker(self.serve)
        elif self._detects and not _serving.this_process_forks_workers():
            # A master is left alone: the workers that it forks wait for themselves.
            _watch.wait_for_serving(self)

    @property
    def _detects(self) -> bool:
        return self.settings.autostart == "detect"

    # ---- asked for

    def node(self) -> Node:
        """The open node; opens it if this process may. Raises `ClosedError` where it may not."""
        return self._usable() or self._open_for_this()

    def _usable(self) -> Node | None:
        return self._node if self._role == "app" or not self._serves() else None

    def _open_for_this(self) -> Node:
        with self._lock:  # another thread may open it just now
            if node := self._opening or self._usable():
                return node
            role = self._role_here()
            if role == "app" and not self.serve():
                raise _closed(f"it can't be opened now: {self._failure}")
            return self._node or self.start(role)

    def start(self, role: Role) -> Node:
        """Opens it in this process, whatever the process is. What fails is raised, and may be tried again."""
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
        if self._serves():
            if why := self._stays_closed():
                raise _closed(why)
            return "app"
        if multiprocessing.parent_process() is None and _in_command():
            return "admin"
        raise _closed(
            "no request has come to this process. What is to be done as the node opens belongs into a function under"
            " `@integrador.on_start`; what can't wait for a request, such as a script, calls `integrador.start(app)`"
        )

    def _serves(self) -> bool:
        return has_request_context() or (self._detects and _serving.this_process_serves())

    def _stays_closed(self) -> str:
        """Why it doesn't open by itself; an empty text if it does."""
        if not self.settings.autostart:
            return "INTEGRADOR_AUTOSTART is off: call `start` in the process that serves"
        app = self._app()
        if app is None or app.testing:
            return "TESTING is on: a test that needs the node calls `integrador.start(app)`, and `close` at its end"
        return ""

    # ---- by itself

    def serve(self) -> bool:
        app = self._app()
        if app is None or self._stays_closed():
            return True
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
                app.logger.error(
                    "the node can't be opened, next try in %.0f s: %s", self._pause, error, exc_info=not known
                )
                self._pause = min(2 * self._pause, 30)
                return False
            return True

    def request(self) -> None:
        """One comes, perhaps the first: so this process serves."""
        if self._node is None or self._role == "admin":
            self.serve()

    def forked(self) -> None:
        self._lock = threading.RLock()
        # A master neither serves nor has one. The children of those that do are there for something else.
        self._astray = self._astray or self._served or self._node is not None
        self._node = self._opening = None
        if self._detects and not self._astray and _uwsgi.server is None:
            _watch.wait_for_serving(self)

    # ---- opening

    def _open(self, role: Role) -> Node:
        app = self._app()
        if app is None:
            raise _closed("its application is gone")
        self.settings.node["store"].parent.mkdir(parents=True, exist_ok=True)
        node = Node(**self.settings.node, role=role)
        if role == "admin":
            return node
        self._handlers.opened = True
        for kind in KINDS:
            for handler in self._handlers.by_kind[kind]:
                getattr(node, f"on_{kind}")(_in_context(app, handler))
        self._opening = node
        try:
            for begin in self._handlers.by_kind["start"]:
                _in_context(app, begin)(node)
        except BaseException:
            node.close()
            raise
        finally:
            self._opening = None
        return node


def _in_context(app: Flask, handler: Handler) -> Handler:
    def handle(what: Any) -> None:
        with app.app_context():
            hand_over(what, handler)

    return handle


def _in_command() -> bool:
    """Whether this is a command of Flask's command line, other than the one that serves."""
    context = click.get_current_context(silent=True)
    return context is not None and context.command is not run_command


def _closed(why: str) -> _errors.ClosedError:
    return _errors.ClosedError(f"the node is not open in this process: {why}", "closed")
