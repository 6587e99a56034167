"""`integrador.aio`: what ends with a node, and where a node may be used."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

import integrador
from integrador import ClosedError, Event, StoreError
from integrador.aio import Node

from conftest import Program, eventually, forked
from loops import run


def test_what_waits_when_the_node_is_closed_ends_and_no_thread_is_left(tmp_path: Path) -> None:
    before = set(threading.enumerate())

    async def main() -> None:
        node = Node("Norte", tmp_path / "norte.db")
        assert node.closed
        with pytest.raises(ClosedError, match="not open"):
            await node.publish_user(1, "Ana")
        for _ in range(3):
            assert await node.open() is node
            assert not node.closed
            await node.publish_user(1, "Ana")
            waiting = [asyncio.create_task(node.next_events()), asyncio.create_task(_drained(node))]
            await asyncio.sleep(0.01)
            await asyncio.gather(node.close(), node.close())
            assert node.closed
            with pytest.raises(ClosedError):
                await waiting[0]
            assert await waiting[1] == []
            with pytest.raises(ClosedError):
                await node.publish_user(1, "Ana")
            await node.close()
        async with node:
            with pytest.raises(StoreError, match="open"):
                await Node("Norte", tmp_path / "norte.db").open()

    async def _drained(node: Node) -> list[Event]:
        return [event async for event in node.events()]

    run(main())
    left = [t for t in set(threading.enumerate()) - before if t.name != "integrador-logs"]
    eventually(lambda: not any(t.is_alive() for t in left), f"the end of {left}")


def test_a_node_belongs_to_the_loop_and_the_process_in_which_it_was_opened(tmp_path: Path) -> None:
    node = Node("Norte", tmp_path / "norte.db")

    async def main() -> None:
        await node.open()

        async def elsewhere() -> None:
            with pytest.raises(RuntimeError, match="another event loop"):
                await node.publish_user(1, "Ana")

        await asyncio.to_thread(asyncio.run, elsewhere())

        def child() -> object:
            def closed(call: Callable[[], Coroutine[Any, Any, object]]) -> str:
                try:
                    call().send(None)
                except ClosedError as error:
                    return str(error)
                return "it went on"

            return [node.closed, closed(lambda: node.publish_user(1, "Eva")), closed(node.status)]

        told = forked(child)
        assert isinstance(told, list)
        assert told[0] is True
        assert all("before a fork" in text for text in told[1:]), told
        await node.publish_user(1, "Ana")
        await node.close()

    run(main())


UNCLOSED = """
import asyncio
from integrador.aio import Node

node = Node("Norte", "norte.db")

@node.on_message
async def handle(message):
    pass

async def main():
    await node.open()
    await node.publish_user(1, "Ana")
    node.start()
    waiting = asyncio.ensure_future(node.next_events())
    await asyncio.sleep(0.1)
    print("bye")

{run}
"""


@pytest.mark.parametrize(
    "how", ["asyncio.run(main())", "loop = asyncio.new_event_loop(); loop.run_until_complete(main())"]
)
def test_a_program_that_leaves_a_node_open_ends_all_the_same(
    how: str, program: Callable[..., Program], tmp_path: Path
) -> None:
    process = program(UNCLOSED.replace("{run}", how), wait_for="bye")
    code, _, errors = process.end()
    assert code == 0, errors
    with integrador.Node("Norte", tmp_path / "norte.db") as node:
        assert [user.name for user in node.users()] == ["Ana"]
