"""The pump of asyncio: a task that hands events to the application's handlers."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from .._errors import ClosedError, IntegradorError
from .._handlers import awaited, runnable
from .._model import Event
from ._events import Events

_log = logging.getLogger("integrador.aio")

_PAUSE = 0.5
"""Seconds before events are asked for again, where that failed."""

_Handler = TypeVar("_Handler", bound=Callable[..., object])


class _Task(asyncio.Task[None]):
    """Knows whether somebody cancelled it, as since Python 3.11 every task does: what a handler awaits may be, too."""

    if sys.version_info < (3, 11):
        _asked = 0

        def cancel(self, msg: object | None = None) -> bool:
            self._asked += 1
            return super().cancel(msg)

        def cancelling(self) -> int:
            return self._asked


class Pump:
    """The pump of one node."""

    def __init__(self) -> None:
        self._handlers: dict[type, list[Callable[[Any], object]]] = {}
        self._events: Events | None = None
        self._task: _Task | None = None
        self._ran = False

    def add(self, event: type, handler: _Handler) -> _Handler:
        if self._task is not None and not self._task.done():
            raise RuntimeError("register every handler before the pump is started: what has none is acknowledged")
        self._handlers.setdefault(event, []).append(runnable(handler))
        return handler

    def start(self, events: Callable[[], Events]) -> asyncio.Task[None]:
        before = self._task
        if before is None or self._events is None or before.done() or self._events.stopped:
            self._events, self._ran = events(), True
            run, loop = self._run(self._events, before), asyncio.get_running_loop()
            self._task = _Task(run, loop=loop, name="integrador-pump")
            return self._task
        return before

    async def stop(self, timeout: float | None = None) -> bool:
        """Whether it has ended."""
        if self._handlers and not self._ran:
            _log.warning("handlers were registered, but nothing was handed to them: call start() or run_forever()")
        if self._task is None or self._events is None or self._task.done():
            return True
        self._events.stop()
        if self.is_current():
            return True
        return bool((await asyncio.wait({self._task}, timeout=timeout))[0])

    def is_current(self) -> bool:
        """Whether this is a handler's call."""
        return self._task is not None and self._task is asyncio.current_task()

    def cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _run(self, events: Events, before: _Task | None) -> None:
        if before is not None and not before.done():
            await asyncio.wait({before})
        async with events:
            while True:
                try:
                    async for event in events:
                        await self._handle(events, event)
                    return
                except IntegradorError as error:
                    _log.error("no events can be taken now, trying again: %s", error)
                    await asyncio.sleep(_PAUSE)

    async def _handle(self, events: Events, event: Event) -> None:
        try:
            for handler in self._handlers.get(type(event), ()):
                await awaited(event, handler)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, asyncio.CancelledError) and self._task is not None and self._task.cancelling():
                raise
            _log.exception("a handler of %s failed, event %s, attempt %d", event.kind, event.event_id, event.attempt)
            # If it is closed the event comes again as it is.
            with contextlib.suppress(ClosedError):
                await events.failed(error)
