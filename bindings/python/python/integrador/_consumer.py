"""Events one by one, for an application that takes them by itself instead of by handlers."""

from __future__ import annotations

from datetime import timedelta
from types import TracebackType

from . import _given, _native
from ._cooperate import waiting
from ._model import Event


class Consumer:
    """Hands the application's events out one by one, and acknowledges what it has handled: `Node.consumer()`.

        with node.consumer() as events:
            while event := events.next(timeout=60):
                try:
                    handle(event)
                except Exception as error:
                    events.failed(str(error))
                else:
                    events.done()

    Each event ends with `done` or `failed` before the next one; one that ends with neither has failed. Several of one
    node, in one process or several, share the rooms: the events of one room come to one of them at a time, in order.
    A consumer belongs to one thread at a time.
    """

    def __init__(self, node: _native.Node) -> None:
        self._native = _native.Consumer(node)

    def next(self, timeout: float | timedelta | None = None) -> Event | None:
        """The next event; None if none came within `timeout` (None: it waits as long as it takes).

        Raises `ClosedError`. What the store refuses for a while is logged, and tried again.
        """
        return self._native.at_hand() or waiting(self._native.next, _given.seconds(timeout), None)

    def done(self) -> None:
        """The event is handled. Within 20 ms that is on disk, and it never comes again; while the store refuses it, it
        is tried again and no further events are taken."""
        self._native.done()

    def failed(self, why: str) -> None:
        """The event could not be handled: it and the later ones of its room come again after a pause; after
        `max_handler_attempts` it is a dead letter."""
        waiting(self._native.failed, why, None)

    def flush(self) -> None:
        """Acknowledges what is done at once: on disk when this returns. Raises `ClosedError`: what is not acknowledged
        comes again."""
        waiting(self._native.flush)

    def close(self) -> None:
        """Acknowledges what is done, and gives back what the application has not seen. Closing again does nothing.

        Raises `ClosedError`: the node was closed before all that was done could be acknowledged; it comes again.
        """
        waiting(self._native.close)

    def __enter__(self) -> Consumer:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
