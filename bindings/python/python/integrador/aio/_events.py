"""The events of a node as an asynchronous iterator."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from types import TracebackType

from .. import _native
from .._errors import ClosedError
from .._handlers import described
from .._model import Event
from ._desk import Desk


class Events(AsyncIterator[Event]):
    """The events for the application, one by one: `Node.events()`. It belongs to one task at a time.

    An event is acknowledged when the next one is asked for. Leave the loop through `async with`: then the last event
    is acknowledged if the block ended well, and has failed if it raised.

        async with node.events() as events:
            async for event in events:
                await show(event)

    A failed event comes again after a pause, with the later ones of its room behind it; after `max_handler_attempts`
    it is a dead letter. `failed` says so of one event, and the loop goes on. Of events that are simply let go of, one
    that was handed out comes again.

    Several of them, in one process or several, share the rooms.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stop = _native.Flag()
        self._stream = _native.Stream(desk.native)
        self._coming: asyncio.Future[bool] | None = None
        self._out = False
        self._closed = False

    def __del__(self) -> None:
        # A wait that was given up would go on, and take an event that nobody sees.
        self._stop.set()

    def __aiter__(self) -> Events:
        return self

    async def __anext__(self) -> Event:
        if self._closed:
            raise StopAsyncIteration
        self._settle(done=True)
        # Mostly several come at once. Others have their turn between two of them.
        await asyncio.sleep(0)
        while not self._stop.is_set():
            # Nothing is awaited from here until it is returned, so it is handed out or stays where it is.
            event = self._stream.at_hand()
            if event is not None:
                self._out = True
                return event
            try:
                await self._ready()
            except ClosedError:
                self._closed = True
                raise StopAsyncIteration from None
        await self.aclose()
        raise StopAsyncIteration

    async def _ready(self) -> None:
        """Waits until an event is at hand, or the end. Who gives up waiting leaves that to the next one."""
        if self._coming is None or self._coming.done():
            self._coming = self._desk.do(self._stream.ready(self._stop))
            self._coming.add_done_callback(_heard)
        await asyncio.shield(self._coming)

    async def failed(self, why: str | BaseException) -> None:
        """The event that came last could not be handled."""
        if self._out:
            self._out = False
            await self._desk.do(self._stream.failed(why if isinstance(why, str) else described(why)))

    @property
    def stopped(self) -> bool:
        """Whether `stop` was called, or it is closed."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ends the loop after the event that is being handled."""
        self._stop.set()

    async def aclose(self) -> None:
        """Acknowledges what was handled, the event that came last included, and gives back what was not handed out."""
        await self._close(done=True)

    async def __aenter__(self) -> Events:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and not self._closed and not self._desk.closed:
            await self.failed(error)
        await self._close(done=error is None)

    async def _close(self, done: bool) -> None:
        if self._closed:
            return
        self._closed = True
        self._stop.set()
        self._settle(done)
        # If the node was closed first, what was not acknowledged comes again.
        with contextlib.suppress(ClosedError):
            await self._desk.do(self._stream.close())

    def _settle(self, done: bool) -> None:
        if self._out and done:
            self._stream.done()
        self._out = False


def _heard(coming: asyncio.Future[bool]) -> None:
    """Nobody has to be told of an error for which nobody waits any more."""
    if not coming.cancelled():
        coming.exception()
