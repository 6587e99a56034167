"""The pump: a thread that hands events to the application's handlers.

How they are taken, acknowledged and given back is the core's part, `integrador::Consumer`.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from . import _native
from ._cooperate import waiting
from ._errors import ClosedError, IntegradorError
from ._handlers import described, hand_over, plain
from ._model import Event

_log = logging.getLogger("integrador.pump")

_PAUSE = 0.5
"""Seconds before events are asked for again, where that failed."""

_Handler = TypeVar("_Handler", bound=Callable[..., object])


class Pump:
    """The pump of one node."""

    def __init__(self, node: _native.Node) -> None:
        self._node = node
        self._handlers: dict[type, list[Callable[[Any], object]]] = {}
        self._lock = threading.Lock()
        self._stop: _Stop | None = None
        self._ran = False
        self._process = os.getpid()

    def add(self, event: type, handler: _Handler) -> _Handler:
        self._node.check_open()
        with self._lock:
            if self._stop is not None:
                raise RuntimeError("register every handler before the pump is started: what has none is acknowledged")
            self._handlers.setdefault(event, []).append(plain(handler))
        return handler

    def start(self) -> None:
        self._node.check_open()
        with self._lock:
            if self._stop is not None and not self._stop.ended.is_set():
                return
            stop = self._stop = _Stop()
            self._ran = True
        threading.Thread(target=self._run, args=(stop,), name="integrador-pump", daemon=True).start()

    def run(self) -> None:
        self._node.check_open()
        with self._lock:
            if self._stop is not None and not self._stop.ended.is_set():
                raise RuntimeError("the pump runs already")
            stop = self._stop = _Stop()
            self._ran = True
        self._run(stop)

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._stop is not None and not self._stop.ended.is_set()

    def stop(self, timeout: float | None = None) -> bool:
        """Whether it has ended."""
        if os.getpid() != self._process:
            # A child that was forked has no thread that pumps, and another thread of its parent may have held the lock.
            return True
        with self._lock:
            stop = self._stop
            if self._handlers and not self._ran and not self._node.closed:
                _log.warning("handlers were registered, but nothing was handed to them: call start() or run_forever()")
        if stop is None:
            return True
        stop.set()
        return stop.thread is threading.current_thread() or stop.ended.wait(timeout)

    def _run(self, stop: _Stop) -> None:
        stop.thread = threading.current_thread()
        try:
            self._pump(stop)
        except ClosedError:
            pass
        finally:
            with self._lock:
                self._stop = None
            stop.ended.set()

    def _pump(self, stop: _Stop) -> None:
        events = _native.Consumer(self._node)
        try:
            while not stop.is_set():
                event = self._next(events, stop)
                while event is not None:
                    event = self._handle(events, event, stop)
        finally:
            # The wait of a greenlet that was killed goes on in a thread of gevent's, and this would wait for it.
            stop.flag.set()
            with contextlib.suppress(ClosedError):
                waiting(events.close)

    def _handle(self, events: _native.Consumer, event: Event, stop: _Stop) -> Event | None:
        """Returns the next event, if it is at hand. Mostly it is, and nothing has to wait for it."""
        try:
            for handler in self._handlers.get(type(event), ()):
                hand_over(event, handler)
        except Exception as error:
            _log.exception("a handler of %s failed, event %s, attempt %d", event.kind, event.event_id, event.attempt)
            waiting(events.failed, described(error), stop.flag)
            return None
        except BaseException as error:
            # Ctrl-C, or the end of a greenlet.
            waiting(events.failed, described(error), None)
            raise
        if stop.is_set():
            events.done()
            return None
        return events.advance()

    def _next(self, events: _native.Consumer, stop: _Stop) -> Event | None:
        try:
            return events.at_hand() or waiting(events.next, None, stop.flag)
        except ClosedError:
            raise
        except IntegradorError as error:
            _log.error("no events can be taken now, trying again: %s", error)
            stop.wait(_PAUSE)
            return None


class _Stop:
    """Ends one run of the pump."""

    def __init__(self) -> None:
        self.flag = _native.Flag()
        self.ended = threading.Event()
        self.thread: threading.Thread | None = None
        self._event = threading.Event()
        # Asked at each event.
        self.is_set = self._event.is_set

    def set(self) -> None:
        self.flag.set()
        self._event.set()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)
