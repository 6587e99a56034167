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
    """An open node, and the loop in which it was opened.

    Python may call a signal handler, which may raise, between any two lines of the main thread, and a loop that is
    interrupted so forgets the callback that it was about to make. All that is to be done is done in `_round`, which the
    loop calls for as long as the pipe can be read from, so that none of it hangs on one callback; and each step of that
    can be made again, and says by itself that it was not ended.
    """

    def __init__(self, native: _native.Node) -> None:
        self.native = native
        self._loop = asyncio.get_running_loop()
        self._tickets = _native.Tickets(native)
        self._futures: dict[int, asyncio.Future[Any]] = {}
        self._new: list[tuple[_native.Call[Any], asyncio.Future[Any]]] = []
        self._due = 0.0
        self._taken: deque[tuple[int, object, BaseException | None]] = deque()
        self._begun = 0
        self._line: deque[asyncio.Future[None]] = deque()
        self._called = 0
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._loop.add_reader(self._tickets.fileno(), self._round)
        closing_at_exit(self)

    @property
    def closed(self) -> bool:
        return self.native.closed

    @property
    def stranded(self) -> bool:
        """Whether its loop has ended, so that nothing of it can be awaited any more."""
        return self._loop.is_closed()

    def do(self, call: _native.Call[_T]) -> asyncio.Future[_T]:
        """Has a call handed in. Cancelling the future gives up waiting for it: what was begun is finished."""
        self._check()
        future: asyncio.Future[_T] = self._loop.create_future()
        # First woken, then noted: whoever is interrupted in between has woken once too often, and nothing waits unseen.
        if len(self._futures) <= _BUSY:
            self._tickets.wake()
        elif not self._new:
            self._due = self._loop.time() + _GATHER
            self._loop.call_later(_GATHER, self._tickets.wake)
        self._new.append((call, future))
        # Once all has ended nobody looks any more: what comes then is told so at once.
        if len(self._new) >= _BEGIN or self._ended.done():
            self._hand_in()
        return future

    def _check(self) -> None:
        try:
            if asyncio.get_running_loop() is self._loop:
                return
        except RuntimeError:  # none runs: so it is in a child that was forked
            pass
        self.native.check_open()
        raise RuntimeError("this node was opened in another event loop: open one in each, with a store each")

    def _hand_in(self) -> None:
        new: list[tuple[_native.Call[Any], asyncio.Future[Any]]] = []
        try:
            # What was cancelled is not begun.
            new, self._new = [(call, future) for call, future in self._new if not future.done()], []
            tickets, error = self._tickets.submit([call for call, _ in new])
            for ticket, (_, future) in zip(tickets, new, strict=False):
                self._futures[ticket] = future
        except BaseException:
            # Interrupted: which of them were handed in is not known.
            for _, future in new:
                future.cancel()
            raise
        for _, future in new[len(tickets) :]:
            if error is not None and not future.done():
                future.set_exception(error)

    def admits(self) -> bool:
        """Whether a call may begin in this round of the loop; otherwise it waits for its `turn`."""
        self._check()
        self._tickets.wake()
        self._begun += 1
        # Whose turn it is has not come to it yet: they called earlier.
        return (self._begun <= _BEGIN and not self._line and self._called <= 0) or self._ended.done()

    async def turn(self) -> None:
        turn: asyncio.Future[None] = self._loop.create_future()
        self._line.append(turn)
        try:
            await turn
        finally:
            if turn.done() and not turn.cancelled():
                self._called -= 1

    def _next_turns(self) -> None:
        self._begun = 0
        while self._line and self._begun < _BEGIN:
            turn = self._line[0]
            if not turn.done():
                turn.set_result(None)
                self._called += 1
                self._begun += 1
            self._line.popleft()

    async def shut(self) -> None:
        """Closes, and waits until all that was handed in has ended."""
        try:
            await self.do(self.native.closing())
        finally:
            # It has nothing to wait for any more but the end of its threads.
            await asyncio.to_thread(self.native.close)
            await self._ended

    def close(self) -> None:
        """Closes where there is no loop any more."""
        self.native.close()

    def _round(self) -> None:
        """Called in each round of the loop in which there is something to do."""
        try:
            over = self._tickets.take(self._taken, _END)
            self._give_back()
            self._next_turns()
            if self._new and (len(self._futures) <= _BUSY or self._loop.time() >= self._due):
                self._hand_in()
            if self._line or self._begun:
                self._tickets.wake()
            elif over and not self._new:
                if not self._ended.done():
                    self._ended.set_result(None)
                self._loop.remove_reader(self._tickets.fileno())
        except BaseException:
            self._tickets.wake()
            raise

    def _give_back(self) -> None:
        while self._taken:
            ticket, result, error = self._taken[0]
            future = self._futures.get(ticket)
            # It is done if its task was cancelled.
            if future is not None and not future.done():
                if error is None:
                    future.set_result(result)
                else:
                    future.set_exception(error)
            self._futures.pop(ticket, None)
            self._taken.popleft()
