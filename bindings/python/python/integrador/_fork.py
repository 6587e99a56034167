"""A fork of the process waits until nothing of this package is half done, and its child begins anew.

So the child finds no lock that another thread of its parent held, and keeps no file locked that its parent had. In it
the nodes of the parent are closed; it may open its own, of the same stores too.
"""

from __future__ import annotations

import os

from . import _logs, _native

_followed = False


def follow() -> None:
    """From now on every fork that Python makes is announced to this package. Forks by C code are not."""
    global _followed
    if not _followed:
        _followed = True
        os.register_at_fork(
            before=_native.before_fork, after_in_parent=_native.after_fork_in_parent, after_in_child=_in_child
        )


def _in_child() -> None:
    _native.after_fork_in_child()
    _logs.forked()
