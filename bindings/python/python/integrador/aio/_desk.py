"""Where the coroutines of an event loop hand in what they wait for, and what has ended is given back to them.

What is asked for in one round of the loop is handed in together, and while much is under way for a little longer: so
that it shares commits. Of very many calls that come at once a group begins in each round, and a group ends. So however
much there is, the loop looks after its other work in between.

Nobody else holds the GIL for it: the native part's thread, which takes what has ended, tells the loop by a pipe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Any, TypeVar

from .. import _native
from .._exit import closing_at_exit

_BEGIN = 256
"""How many calls begin in one round of the loop: that takes it about a millisecond."""
_END = 128
"""And how many end, with what waits for them."""
_BUSY = 64
"""While more than these are under way, calls wait for company."""
_GATHER = 0.002
"""Seconds for which they do so."""

_T = TypeVar("_T")


class Desk:
    """An open node, and the loop in which it was opened."""

    def __init__(self, native: _native.Node) -> None:
        self.native = native
        self._loop = asyncio.get_running_loop()
        self._tickets = _native.Tickets(native)
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._new: list[tuple[_native.Call[Any], asyncio.Future[Any]]] = []
        self._begun = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._tickets.fileno(), self._complete)
        closing_at_exit(self)

    @property
    def closed(self) -> bool:
        return self.native.closed

    def do(self, call: _native.Call[_T]) -> asyncio.Future[_T]:
        """Has a call handed in. Cancelling the future gives up waiting for it: what was begun is finished."""
        if not self._is_here():
            self.native.check_open()
            raise RuntimeError("this node was opened in another event loop: open one in each, with a store each")
        future: asyncio.Future[_T] = self._loop.create_future()
        self._new.append((call, future))
        if len(self._new) == 1:
            if len(self._futures) > _BUSY:
                self._loop.call_later(_GATHER, self._hand_in)
            else:
                self._loop.call_soon(self._hand_in)
        elif len(self._new) == _BEGIN:
            self._hand_in()
        return future

    def _hand_in(self) -> None:
        # What was cancelled is not begun.
        new, self._new = [(call, future) for call, future in self._new if not future.done()], []
        tickets, error = self._tickets.submit([call for call, _ in new])
        for ticket, (_, future) in zip(tickets, new, strict=False):
            self._futures[ticket] = future
        for _, future in new[len(tickets) :]:
            if error is not None and not future.done():
                future.set_exception(error)

    def _is_here(self) -> bool:
        try:
            return asyncio.get_running_loop() is self._loop
        except RuntimeError:  # none runs: so it is in a child that was forked
            return False

    def admits(self) -> bool:
        """Whether a call may begin in this round of the loop; otherwise it waits for its `turn`."""
        self._begun += 1
        if self._begun == 1:
            self._loop.call_soon(self._next_round)
        return self._begun <= _BEGIN and not self._line

    async def turn(self) -> None:
        turn: asyncio.Future[None] = self._loop.create_future()
        self._line.append(turn)
        await turn

    def _next_round(self) -> None:
        self._begun = 0
        while self._line and self._begun < _BEGIN:
            turn = self._line.popleft()
            if not turn.done():
                turn.set_result(None)
                self._begun += 1
        if self._begun:
            self._loop.call_soon(self._next_round)

    async def shut(self) -> None:
        """Closes, and waits until all that was handed in has ended."""
        try:
            await self.do(self.native.closing())
        finally:
            # It has nothing to wait for any more but the end of its threads.
            await asyncio.to_thread(self.native.close)
            await self._ended

    def close(self) -> None:
        """Closes, at the end of the interpreter: the loop may have ended already."""
        self.native.close()

    def _complete(self) -> None:
        """Called in each round of the loop in which there is something to take."""
        ended, over = self._tickets.take(_END)
        for ticket, result, error in ended:
            future = self._futures.pop(ticket)
            if future.done():
                continue  # its task was cancelled
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
        if over:
            self._loop.remove_reader(self._tickets.fileno())
            self._ended.set_result(None)
