"""Which process serves, and since when: read off the stacks of its threads.

A process serves when one of its threads is in the loop of a server. That tells apart what looks alike otherwise: the
worker of gunicorn from its master, the child of the reloader from its parent, `waitress.serve(app)` at the end of a
script from a script that happens to import waitress. And it tells the moment: by then the application has been made,
its handlers are registered, and no further fork is to come but the application's own.

The rules are pure; only `stacks` looks at the process, and by one call, in which no other thread runs: walking the
frames of a thread that goes on is unsafe.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType

from .. import _native

Frame = tuple[str, str]
"""A module and a function of it, both by name."""

LOOPS = (
    ("gunicorn.workers.", "run"),  # a module that ends in a dot stands for all in it
    ("waitress.server", "run"),
    ("werkzeug.serving", "serve_forever"),  # flask run, app.run, socketio.run with threads
)
MASTER, WORKER = "gunicorn.arbiter", "gunicorn.workers."
_BIRTH = ("multiprocessing.process", "_bootstrap")


def serves(stack: Sequence[Frame]) -> bool:
    """Whether this thread is in the loop of a server; the innermost frame comes first.

    What is outside of the birth of a multiprocessing child belongs to its parent, from which it was copied.
    """
    for frame in stack:
        if frame == _BIRTH:
            return False
        if any(_is_in(frame, loop) for loop in LOOPS):
            return True
    return False


def forks_workers(stack: Sequence[Frame]) -> bool:
    """Whether this thread is a master's, which forks those that will serve. A worker is born inside of it."""
    modules = [module for module, _ in stack]
    return MASTER in modules and not any(module.startswith(WORKER) for module in modules)


def _is_in(frame: Frame, loop: Frame) -> bool:
    (module, function), (where, name) = frame, loop
    return function == name and (module.startswith(where) if where.endswith(".") else module == where)


def this_process_serves() -> bool:
    return any(serves(stack) for stack in stacks())


def this_process_forks_workers() -> bool:
    return any(forks_workers(stack) for stack in stacks())


def stacks() -> list[list[Frame]]:
    """The stacks of all threads; under gevent also that of the main greenlet, which is where a server's loop is."""
    also: list[FrameType | None] = []
    patched = getattr(sys.modules.get("gevent.monkey"), "is_module_patched", None)
    if patched and patched("threading"):
        also.append(getattr(sys.modules["gevent"].get_hub().parent, "gr_frame", None))
    return _native.stacks(also)
