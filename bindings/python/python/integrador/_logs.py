"""What the native part logs, handed to `logging`.

Its threads never call Python: their records wait in a queue, which a daemon thread empties here, and closing a node and
leaving the interpreter too. Loggers are named after the parts of the core: `integrador.outbox.lane`. The level of the
logger `integrador` decides what is kept at all; it is looked at every second.
"""

from __future__ import annotations

import logging
import threading

from . import _native
from ._cooperate import waiting

_LOGGER = logging.getLogger("integrador")
_LOOK = 1.0
"""Seconds between two looks at the level."""

_state = threading.Lock()
_thread: threading.Thread | None = None
_ended = False
# Whoever takes records hands them over before anybody takes the next, so they stay in order.
_taking = threading.RLock()


def start() -> None:
    """Sees to it that this process's records are handed over."""
    global _thread
    _native.keep_logs(_level())
    with _state:
        # After a fork the thread of the parent is not alive here.
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_hand_over, name="integrador-logs", daemon=True)
            _thread.start()


def end() -> None:
    """Hands over what is left: the interpreter is about to exit."""
    global _ended
    _ended = True
    _native.end_logs()
    if _thread is not None:
        _thread.join(_LOOK)
    drain()


def drain() -> None:
    """Hands over what waits now."""
    with _taking:
        records, lost = _native.take_logs()
        for level, target, message, at in records:
            logger = logging.getLogger(target.replace("::", "."))
            if logger.isEnabledFor(level):
                record = logger.makeRecord(logger.name, level, "(integrador)", 0, message, (), None)
                record.created, record.msecs = at, int(at * 1000) % 1000
                logger.handle(record)
        if lost:
            _LOGGER.warning("%d records were lost: they came faster than they could be handed over", lost)


def _hand_over() -> None:
    while not _ended:
        _native.keep_logs(_level())
        waiting(_native.wait_for_logs, _LOOK)
        drain()


def _level() -> int:
    return max(_LOGGER.getEffectiveLevel(), logging.root.manager.disable + 1)


def forked() -> None:
    """In a child that was forked: other threads of its parent may have held the locks, and hold them there for ever."""
    global _state, _taking, _ended
    _state, _taking, _ended = threading.Lock(), threading.RLock(), False
