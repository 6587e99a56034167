"""Ports for the tests in Python and their benchmark."""

from __future__ import annotations

import itertools
import os
import socket

_FIRST = 10_000 + os.getpid() % 220 * 100
_PORTS = itertools.chain(range(_FIRST, 32_000), range(10_000, _FIRST))


def free_port() -> int:
    """A free port outside the range from which the system takes the ports of outgoing connections: what is chosen for
    later is not taken meanwhile."""
    for port in _PORTS:
        with socket.socket() as taken:
            try:
                taken.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("no port is free")
