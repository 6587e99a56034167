"""When the interpreter exits, what is still open is closed, and no thread is left inside native code."""

from __future__ import annotations

import atexit
import logging
import weakref
from typing import Protocol

from . import _logs, _native

_log = logging.getLogger("integrador.exit")


class _Closable(Protocol):
    @property
    def closed(self) -> bool: ...

    def close(self) -> None: ...


_open: weakref.WeakSet[_Closable] = weakref.WeakSet()


def closing_at_exit(node: _Closable) -> None:
    """Closes this one at exit, if it is still there and open in this process."""
    if not _open:
        atexit.unregister(_leave)
        atexit.register(_leave)
    _open.add(node)


def _leave() -> None:
    for node in list(_open):
        if not node.closed:
            try:
                node.close()
            except Exception:
                _log.exception("a node could not be closed at exit")
    _logs.end()
    _native.leave()
