"""The pump: takes events, hands them to the application's handlers, and acknowledges what they have handled.

The events of a *chain* (a room, the users of a platform, everything else of one kind) come in order. When a handler
fails, the node takes back the event and the later ones of its chain; the pump skips those, since they come again.

What was handled is acknowledged in groups, once a handler returns later than 20 ms after the first of them and at the
end of what was taken at once, so that many quick handlers share one commit. How many events are taken at once follows
how quickly they are handled: an event that waits behind slow handlers would count as failed after `handler_timeout`.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from . import _native
from ._cooperate import waiting
from ._errors import ClosedError, IntegradorError
from ._handlers import hand_over, plain
from ._model import Event, Message, RoomChange, UserChange

_log = logging.getLogger("integrador.pump")

_ACK_WITHIN = 0.02
_MOST = 100
"""Events that are taken at once."""
_QUICK, _SLOW = 0.1, 1.0
"""Seconds in which a group is handled: below it the next may be larger, above it the next is a single event."""
_PAUSE = 0.5
"""Seconds before something that the store refused is tried again."""
_WHY = 1000
"""Characters of a reason."""

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
        most = 1
        while not stop.is_set():
            try:
                events = waiting(self._node.next_events, most, None, stop.flag)
            except ClosedError:
                return
            except IntegradorError as error:
                _log.error("no events can be taken now, trying again: %s", error)
                stop.wait(_PAUSE)
                continue
            begin = time.monotonic()
            _Group(self._node, self._handlers, stop).handle(events)
            took = time.monotonic() - begin
            if took > _SLOW:
                most = 1
            elif took < _QUICK:
                most = min(_MOST, most * 2)


class _Stop:
    """Ends one run of the pump."""

    def __init__(self) -> None:
        self.flag = _native.Flag()
        self.ended = threading.Event()
        self.thread: threading.Thread | None = None
        self._event = threading.Event()

    def set(self) -> None:
        self.flag.set()
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        self._event.wait(seconds)


class _Group:
    """Events that were taken together."""

    def __init__(self, node: _native.Node, handlers: dict[type, list[Callable[[Any], object]]], stop: _Stop) -> None:
        self._node = node
        self._handlers = handlers
        self._stop = stop
        self._handled: list[str] = []
        self._since = 0.0
        self._taken_back: set[Hashable] = set()

    def handle(self, events: list[Event]) -> None:
        for at, event in enumerate(events):
            if _chain(event) in self._taken_back:
                continue
            try:
                for handler in self._handlers.get(type(event), ()):
                    hand_over(event, handler)
            except Exception as error:
                _log.exception(
                    "a handler of %s failed, event %s, attempt %d", event.kind, event.event_id, event.attempt
                )
                self._give_back(event, _described(error))
            except BaseException as error:
                # Ctrl-C, or the end of a greenlet: what is left is given back at once.
                for left in events[at:]:
                    self._give_back(left, f"interrupted: {type(error).__name__}")
                raise
            else:
                self._handled.append(event.event_id)
                if len(self._handled) == 1:
                    self._since = time.monotonic()
            if self._handled and time.monotonic() - self._since >= _ACK_WITHIN:
                self._ack()
        self._ack()

    def _give_back(self, event: Event, why: str) -> None:
        """What was handled before it is acknowledged first: it must not come again with it."""
        if _chain(event) in self._taken_back:
            return
        self._taken_back.add(_chain(event))
        self._ack()
        try:
            waiting(self._node.nack, event.event_id, why[:_WHY])
        except ClosedError:
            raise
        except IntegradorError as error:
            _log.error("that event %s failed can't be noted: %s", event.event_id, error)

    def _ack(self) -> None:
        ids, self._handled = self._handled, []
        while ids:
            try:
                out = waiting(self._node.ack, tuple(ids))
            except ClosedError:
                raise
            except IntegradorError as error:
                # Handled, and not to be handled again: nothing else is done until this is on disk.
                _log.error("what was handled can't be acknowledged yet, trying again: %s", error)
                if self._stop.is_set():
                    return
                self._stop.wait(_PAUSE)
                continue
            for id, was_out in zip(ids, out, strict=True):
                if not was_out:
                    _log.warning("event %s was handled too late: it was taken back meanwhile, and comes again", id)
            return


def _described(error: Exception) -> str:
    """An exception as text that can be stored; the application may have written any `__str__`."""
    try:
        text = str(error)
    except Exception:
        text = "its text can't be made"
    return f"{type(error).__name__}: {text}".encode("utf-8", "backslashreplace").decode()


def _chain(event: Event) -> Hashable:
    """What stays in order."""
    if isinstance(event, Message):
        return "room", event.room
    if isinstance(event, RoomChange):
        return "room", event.room.id
    if isinstance(event, UserChange):
        return "users", event.user.id.platform
    return event.kind
