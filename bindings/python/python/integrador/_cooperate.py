"""Waiting without holding up others who share the thread.

A native wait releases the GIL, so other threads run. Under gevent's monkey patching the other "threads" are greenlets
of the same thread, and a native wait would stop them all: so there it happens on a thread of gevent's pool.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

_P = ParamSpec("_P")
_T = TypeVar("_T")


def waiting(call: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    """Calls what may wait."""
    if "gevent.monkey" in sys.modules and (hub := _hub()) is not None:
        result: _T = hub.threadpool.apply(call, args, kwargs)
        return result
    return call(*args, **kwargs)


def _hub() -> Any:
    """The hub that a native wait would stop: none if threads are not patched, in a thread of the pool, in the hub."""
    import gevent
    from gevent._hub_local import get_hub_if_exists
    from gevent.monkey import is_module_patched

    hub = get_hub_if_exists() if is_module_patched("threading") else None
    return None if hub is gevent.getcurrent() else hub
