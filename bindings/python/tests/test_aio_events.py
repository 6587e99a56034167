"""`integrador.aio`: events in a loop of one's own, and handlers that are coroutines."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

import pytest

from integrador import Event, InvalidTypeError, Message
from integrador.aio import Node

from conftest import taken
from loops import Make, empty, pair, run, until


def test_a_loop_over_the_events_acknowledges_each_when_it_asks_for_the_next(net: Make) -> None:
    both = net("Norte", "Sur")

    async def main() -> None:
        async with pair(both) as (norte, sur):
            for text in ("uno", "dos", "tres", "cuatro"):
                await norte.publish_message(7, 1, text)
            seen = []
            async with sur.events() as events:
                async for event in events:
                    assert isinstance(event, Message)
                    seen.append(event.text)
                    if event.text == "tres":
                        break
            assert seen == ["uno", "dos", "tres"]

    run(main())
    # What is left was neither lost nor handled.
    (left,) = taken(both.open("Sur"), Message)
    assert (left.text, left.attempt) == ("cuatro", 1)


# Shows promise 4.
def test_an_event_whose_block_raises_or_that_failed_comes_again_before_the_later_ones_of_its_room(net: Make) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            for text in ("uno", "dos"):
                await norte.publish_message(7, 1, text)

            async def fail() -> None:
                async with sur.events() as events:
                    async for _ in events:
                        raise ZeroDivisionError("of a test")

            with pytest.raises(ZeroDivisionError):
                await fail()
            seen = []
            async for event in (events := sur.events()):
                assert isinstance(event, Message)
                seen.append((event.text, event.attempt))
                if event.attempt == 2:
                    await events.failed("todavía no")
                elif event.text == "dos":
                    events.stop()
            assert seen == [("uno", 2), ("uno", 3), ("dos", 1)]
            await until(lambda: empty(sur), "the acknowledgement")

    run(main())


# Shows promise 3.
def test_a_wait_for_events_that_is_cancelled_loses_none(net: Make) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            events = sur.events()
            coming = events.__anext__()
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(coming, 0.05)
            got: list[tuple[str, int]] = []
            for n in range(50):
                await norte.publish_message(7, 1, str(n))
                while len(got) <= n:
                    try:
                        event = await asyncio.wait_for(events.__anext__(), 0.002)
                    except asyncio.TimeoutError:
                        continue
                    assert isinstance(event, Message)
                    got.append((event.text, event.attempt))
            assert got == [(str(n), 1) for n in range(50)]
            await events.aclose()

            await norte.publish_message(7, 1, "al final")
            taken: list[Event] = []
            while not taken:
                waiting = asyncio.create_task(sur.next_events())
                await asyncio.sleep(0.001)
                waiting.cancel()
                try:
                    taken = await waiting
                except asyncio.CancelledError:
                    taken = await sur.next_events(timeout=0)
            assert [(event.text, event.attempt) for event in taken if isinstance(event, Message)] == [("al final", 1)]
            assert await sur.ack(*(event.event_id for event in taken)) == [True]

    run(main())


# Shows promise 3.
def test_a_handler_that_raises_has_not_handled_the_event(net: Make, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            seen: list[tuple[str, int]] = []

            @sur.on_message
            async def handle(message: Message) -> None:
                await asyncio.sleep(0)
                seen.append((message.text, message.attempt))
                if message.text == "uno" and message.attempt == 1:
                    raise ValueError("of a test")

            for text in ("uno", "dos"):
                await norte.publish_message(7, 1, text)
            sur.start()
            await until(lambda: len(seen) == 3, "the second attempt")
            assert seen == [("uno", 1), ("uno", 2), ("dos", 1)]
            await until(lambda: empty(sur), "the acknowledgement")
            assert any("ValueError: of a test" in (record.exc_text or "") for record in caplog.records)

    with caplog.at_level(logging.ERROR, "integrador.aio"):
        run(main())


def test_a_handler_whose_work_nobody_would_do_is_refused() -> None:
    node = Node("Norte", "norte.db")

    async def generator(_: object) -> AsyncIterator[int]:
        yield 1

    with pytest.raises(InvalidTypeError, match="an asynchronous generator"):
        node.on_message(generator)
    with pytest.raises(InvalidTypeError, match="`handler`: expected a function"):
        node.on_message(3)  # type: ignore[type-var]


def test_run_forever_ends_when_it_is_cancelled_or_the_node_is_closed(net: Make) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            got: asyncio.Queue[str] = asyncio.Queue()

            @sur.on_message
            async def handle(message: Message) -> None:
                got.put_nowait(message.text)

            running = asyncio.create_task(sur.run_forever())
            await norte.publish_message(7, 1, "uno")
            assert await got.get() == "uno"
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
            await norte.publish_message(7, 1, "dos")
            await until(lambda: _waiting(sur), "the arrival")
            running = asyncio.create_task(sur.run_forever())
            assert await got.get() == "dos"
            await sur.close()
            await running

    async def _waiting(node: Node) -> bool:
        return (await node.status()).inbox > 0

    run(main())


def test_closing_lets_a_handler_end_and_a_handler_may_close(net: Make) -> None:
    both = net("Norte", "Sur")

    async def main() -> None:
        async with pair(both) as (norte, sur):
            began, ended = asyncio.Event(), asyncio.Event()

            @sur.on_message
            async def handle(message: Message) -> None:
                began.set()
                await asyncio.sleep(0.2)
                if message.text == "cierra":
                    await sur.close()
                else:
                    ended.set()

            sur.start()
            await norte.publish_message(7, 1, "uno")
            await began.wait()
            await sur.close()
            assert ended.is_set()
            assert sur.closed

            await sur.open()
            sur.start()
            await norte.publish_message(7, 1, "cierra")
            await until(lambda: sur.closed, "closed")
            await sur.close()

    run(main())
    with both.open("Sur") as sur:
        assert sur.status().inbox == 0
