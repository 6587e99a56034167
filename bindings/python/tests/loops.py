"""What the tests of `integrador.aio` share: a loop that is bounded, a wait, two nodes that know each other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from integrador import ExternalId
from integrador.aio import Node

from conftest import Net
from processes import PATIENCE

T = TypeVar("T")
Make = Callable[..., Net]


def run(work: Coroutine[Any, Any, T]) -> T:
    """In a loop of its own, which is bounded."""

    async def bounded() -> T:
        return await asyncio.wait_for(work, 3 * PATIENCE)

    return asyncio.run(bounded())


async def until(look: Callable[[], object], what: str = "it") -> Any:
    """What `look` returns, or what that is awaited for, once that is true."""
    deadline = time.monotonic() + PATIENCE
    while True:
        found = look()
        if isinstance(found, Awaitable):
            found = await found
        if found:
            return found
        assert time.monotonic() < deadline, f"{what} did not happen within {PATIENCE:.0f} s; at last: {found!r}"
        await asyncio.sleep(0.01)


async def empty(node: Node) -> bool:
    return (await node.status()).inbox == 0


@asynccontextmanager
async def pair(net: Net, **more: Any) -> AsyncIterator[tuple[Node, Node]]:
    """As `conftest.Pair`: a user 1 on each, and a private room 7 of Norte's with both."""
    async with Node(**net.options("Norte")) as norte, Node(**net.options("Sur", **more)) as sur:
        await norte.publish_user(1, "Ana")
        await sur.publish_user(1, "Bruno")
        await norte.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]})
        await until(lambda: sur.room(ExternalId("Norte", 7)), "the room at Sur")
        await until(lambda: norte.users("Sur"), "the user at Norte")
        # What was told of users and rooms is out of the way.
        events = await sur.next_events(timeout=PATIENCE)
        while events:
            await sur.ack(*(event.event_id for event in events))
            events = await sur.next_events(timeout=0.2)
        yield norte, sur
