"""Nodes in memory, for the tests of an application.

A `Mesh` has a `Node` for each platform, which is the real one and which the application's code uses unchanged; only the
network and the disk below it are played. There are no ports and no files, and time stands still until the test moves
it, so a test takes milliseconds.

    def test_a_message_is_shown():
        with Mesh("BuasApp", "RustChat") as net:
            chat = Chat(net.node("BuasApp"))  # the application: registers its handlers, and calls start()
            rust = net.node("RustChat")
            rust.publish_room(7, "Plaza", "public")
            rust.publish_message(7, 1, "hola")
            net.settle()  # all that can be delivered has been, and the handlers have ended
            assert chat.shown == ["hola"]

With pytest, `pytest_plugins = ["integrador.testing.fixtures"]` in a `conftest.py` gives tests the fixture
`integrador_mesh`, which opens a mesh and closes it after the test.

`Mesh.advance` moves everything that goes by time: retries and what a failed handler waits for, time-outs of requests
and of handlers, pings, imports, what is forgotten or becomes a dead letter for its age, and the times in event ids. The
machine's clock stays what it is: for times that are only shown, such as `PlatformStatus.since`, and for the `timeout`
of `next_events`, in which a test waits for real.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from .. import _given, _logs, _native
from .._cooperate import waiting
from .._node import Node, Seconds

__all__ = ["Mesh"]


class Mesh:
    """Platforms that know each other, each with a node in memory. See the module."""

    def __init__(self, *platforms: str, **options: Any) -> None:
        """Opens the nodes of platforms of these names. The options are those of `Node`, and count for each of them; but
        a mesh has neither ports nor files: no `listen`, `platforms` or `role`.

        Raises `ConfigError`.
        """
        given = _given.options({name: value for name, value in options.items() if value is not None})
        self._native = waiting(_native.Mesh, list(platforms), given)
        self._nodes: dict[str, Node] = {}

    def __enter__(self) -> Mesh:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends all nodes that are still open, and their handlers. Closing again does nothing."""
        waiting(self._native.close)
        for node in self._nodes.values():
            node.stop()
        self._nodes.clear()
        _logs.drain()

    def node(self, platform: str) -> Node:
        """The node of a platform, as it is now: after `reopen` it is another one.

        Raises `UnknownPlatformError`; `ClosedError` between `crash` and `reopen`.
        """
        native = self._native.node(platform)
        if platform not in self._nodes:
            self._nodes[platform] = Node._around(native)
        return self._nodes[platform]

    def down(self, platform: str) -> None:
        """Cuts a platform off: nobody reaches it, and it reaches nobody. The others see it when they try."""
        self._native.down(platform)

    def up(self, platform: str) -> None:
        """Lets a platform be reached again. What waits for it goes out when the others notice, which `settle` waits
        for."""
        self._native.up(platform)

    def crash(self, platform: str) -> None:
        """Has the process of a platform die: what its node had not committed is lost, and its node answers
        `ClosedError`. Its store is there for `reopen`."""
        waiting(self._native.crash, platform)
        self._nodes.pop(platform, None)

    def reopen(self, platform: str) -> Node:
        """Opens the node of a platform again on its store, without handlers; one that is open is closed before."""
        if platform in self._nodes:
            self._nodes.pop(platform).stop()
        self._nodes[platform] = Node._around(waiting(self._native.reopen, platform))
        return self._nodes[platform]

    def advance(self, span: Seconds) -> None:
        """Moves time on; what falls due meanwhile happens in its order, and handlers that are called have ended when
        this returns. A day takes some seconds.

        Raises `IntegradorError` of kind `internal` if a handler takes longer than 10 s.
        """
        self._wait_for_handlers()
        waiting(self._native.advance, _given.seconds(span) or 0)

    def settle(self) -> None:
        """Returns when all that can be delivered has been: platforms that can be reached see each other, nothing waits
        for them, and the handlers have ended. Time moves on as far as that takes, usually a few milliseconds: after a
        platform was down, until the others try it again.

        What a handler failed at comes later: `advance`. Whoever takes events by `next_events` in the thread that calls
        this is not waited for. Raises `IntegradorError` of kind `internal` if a handler takes longer than 10 s, and
        `TransportError` if something does not arrive although its platform can be reached.
        """
        self._wait_for_handlers()
        waiting(self._native.settle)

    def _wait_for_handlers(self) -> None:
        """Those that were started just now may not have asked for events yet."""
        for name, node in self._nodes.items():
            if node._pump.runs:
                waiting(self._native.wait_for_handler, name)
