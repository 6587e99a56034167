"""Waits for this process to serve, on behalf of all applications in it; and begins anew in a forked child.

One thread, only as long as somebody waits.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Protocol
from weakref import WeakSet

from . import _serving

QUICK, SLOW = 0.05, 0.5
"""Seconds between two looks: in the first ten seconds, and from then on, when it hardly is a server any more."""


class Waiting(Protocol):
    """An application that wants to open when the process serves."""

    def serve(self) -> bool:
        """The process serves. Returns whether there is nothing more to wait for."""

    def forked(self) -> None:
        """This is a child of the process in which it was made."""


_everybody: WeakSet[Waiting] = WeakSet()
_waiting: WeakSet[Waiting] = WeakSet()
_lock = threading.Lock()
_thread: threading.Thread | None = None
_hooked = False


def follow(one: Waiting) -> None:
    """Has it told of forks."""
    global _hooked
    with _lock:
        _everybody.add(one)
        if not _hooked:
            os.register_at_fork(after_in_child=_forked)
            _hooked = True


def wait_for_serving(one: Waiting) -> None:
    """Calls its `serve` as soon as this process serves, until it says that it is done."""
    global _thread
    with _lock:
        _waiting.add(one)
        if _thread is None:
            _thread = threading.Thread(target=_watch, name="integrador-flask", daemon=True)
            _thread.start()


def _watch() -> None:
    global _thread
    begin = time.monotonic()
    while True:
        with _lock:
            if not _waiting:
                _thread = None
                return
        if _serving.this_process_serves():
            for one in list(_waiting):
                if one.serve():
                    _waiting.discard(one)
        time.sleep(QUICK if time.monotonic() - begin < 10 else SLOW)


def _forked() -> None:
    """The thread stayed behind, and the lock may have been held by another one that did too."""
    global _lock, _thread
    _lock, _thread = threading.Lock(), None
    _waiting.clear()
    for one in list(_everybody):
        one.forked()
