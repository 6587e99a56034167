"""What asyncio gives up, cancels, leaves open or interrupts: no event and no call is lost by it."""

from __future__ import annotations

import asyncio
import gc
import random
import signal
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import integrador
from integrador import Event, InvalidError, InvalidTypeError, Message, NewMessage, Receipt
from integrador.aio import Node

from conftest import eventually
from loops import Make, pair, run, until
from processes import PATIENCE


def arrived(node: Node, count: int) -> None:
    """Holds the loop until this many events wait, and what is told of them has been told."""

    def inbox() -> bool:
        return any(metric.name == "integrador_inbox" and metric.value >= count for metric in node.metrics())

    eventually(inbox, "that it arrives")
    time.sleep(0.2)


def test_an_event_that_comes_as_the_wait_for_it_is_cancelled_was_not_handed_out(net: Make) -> None:
    seen: list[Event] = []

    async def main() -> None:
        async with pair(net("Norte", "Sur"), max_handler_attempts=1) as (norte, sur):

            async def take() -> None:
                async with sur.events() as events:
                    async for event in events:
                        seen.append(event)

            taking = asyncio.create_task(take())
            await asyncio.sleep(0.1)
            await norte.publish_message(7, 1, "hola")
            # So that the end of the wait and its cancellation come in one round.
            arrived(sur, 1)
            taking.cancel()
            await asyncio.wait({taking})
            assert not seen
            (message,) = await sur.next_events(timeout=PATIENCE)
            assert isinstance(message, Message)
            assert (message.text, message.attempt) == ("hola", 1)
            assert await sur.dead_letters() == []

    run(main())


def test_what_a_cancelled_call_had_taken_comes_with_the_next_one_at_once(net: Make) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            taking = asyncio.create_task(sur.next_events())
            await asyncio.sleep(0.1)
            await norte.publish_message(7, 1, "hola")
            arrived(sur, 1)
            taking.cancel()
            await asyncio.wait({taking})
            (message,) = await sur.next_events(timeout=PATIENCE)
            assert isinstance(message, Message)
            assert message.text == "hola"

    run(main())


def test_a_handler_that_waits_for_what_others_cancel_has_failed_and_the_pump_goes_on(net: Make) -> None:
    handled: list[tuple[str, int]] = []

    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):

            @sur.on_message
            async def handle(message: Message) -> None:
                handled.append((message.text, message.attempt))
                if message.attempt == 1 and message.text == "uno":
                    job = asyncio.create_task(asyncio.sleep(60))
                    await asyncio.sleep(0)
                    job.cancel()
                    await job

            sur.start()
            for text in ("uno", "dos"):
                await norte.publish_message(7, 1, text)
            await until(lambda: len(handled) == 3, "the second one, after the first one came again")
            assert handled == [("uno", 1), ("uno", 2), ("dos", 1)]

    run(main())


def test_a_pump_that_is_started_while_it_stops_runs_afterwards(net: Make) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            handled: list[str] = []
            sur.on_message(lambda message: handled.append(message.text))
            sur.start()
            await asyncio.sleep(0.05)
            stopping = asyncio.create_task(sur.stop())
            await asyncio.sleep(0)
            sur.start()
            await stopping
            await norte.publish_message(7, 1, "hola")
            await until(lambda: handled == ["hola"], "that it is handled")

    run(main())


def test_calls_keep_their_order_while_some_of_them_wait_for_their_turn(tmp_path: Path) -> None:
    async def main() -> None:
        async with Node("Norte", tmp_path / "norte.db") as norte:
            await norte.publish_user(1, "Ana")
            await norte.publish_room(7, "Plaza", "public")
            called: list[int] = []
            stored: list[tuple[str, int]] = []

            async def say(n: int) -> None:
                called.append(n)
                stored.append((str((await norte.publish_message(7, 1, str(n))).event_id), n))

            early = [asyncio.create_task(say(n)) for n in range(600)]
            for n in range(600, 603):
                await asyncio.sleep(0)
                await say(n)
            await asyncio.gather(*early)
            assert [n for _, n in sorted(stored)] == called

    run(main())


def test_a_node_that_is_let_go_of_without_closing_is_closed(tmp_path: Path) -> None:
    store = tmp_path / "norte.db"

    async def fails() -> None:
        await Node("Norte", store).open()
        raise KeyError("the application failed before it closed the node")

    for _ in range(3):
        with pytest.raises(KeyError):
            asyncio.run(fails())
        gc.collect()
        with integrador.Node("Norte", store) as node:
            node.publish_user(1, "Ana")
    assert not [thread for thread in threading.enumerate() if "completions" in thread.name]


def test_a_node_left_open_by_one_loop_is_opened_anew_by_the_next(tmp_path: Path) -> None:
    node = Node("Norte", tmp_path / "norte.db")

    async def leaves() -> None:
        await node.open()
        await node.publish_user(1, "Ana")

    async def goes_on() -> None:
        async with node:
            assert [user.name for user in node.users("Norte")] == ["Ana"]
        await node.close()
        assert node.closed

    asyncio.run(leaves())
    asyncio.run(goes_on())


def test_calls_from_another_loop_are_refused_however_many_there_are(tmp_path: Path) -> None:
    async def main() -> None:
        async with Node("Norte", tmp_path / "norte.db") as norte:

            async def elsewhere() -> list[Any]:
                calls = (norte.publish_message(7, 1, str(n)) for n in range(600))
                return await asyncio.gather(*calls, return_exceptions=True)

            for error in await asyncio.to_thread(asyncio.run, elsewhere()):
                assert isinstance(error, RuntimeError)
                assert str(error).startswith("this node was opened in another event loop")

    run(main())


@pytest.mark.timeout(method="thread")  # the alarm is this test's
def test_a_signal_handler_that_raises_leaves_no_call_without_an_answer(tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    chance = random.Random(1)
    try:
        for number in range(8):
            _interrupted(tmp_path / f"{number}.db", 0.01 + chance.random() * 0.2)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def still(tasks: set[asyncio.Task[Receipt]]) -> list[asyncio.Task[Receipt]]:
    return [task for task in tasks if not task.done()]


def _interrupted(store: Path, after: float) -> None:
    node, loop = Node("Norte", store), asyncio.new_event_loop()
    tasks: list[asyncio.Task[Receipt]] = []

    async def publish() -> None:
        await node.open()
        await node.publish_user(1, "Ana")
        await node.publish_room(7, "Plaza", "public")
        tasks.extend(loop.create_task(node.publish_message(7, 1, str(n))) for n in range(3_000))
        await asyncio.sleep(0)
        signal.setitimer(signal.ITIMER_REAL, after)
        await asyncio.wait(tasks)

    async def end() -> None:
        waiting = set(tasks)
        # The loop itself may forget what it was about to do when it was interrupted, and with it one task: for good, if
        # that was to go on with the task, which then cannot even be cancelled.
        await until(lambda: len(still(waiting)) <= 1, "an answer to all calls but one")
        await asyncio.gather(*(task for task in tasks if task.done()), return_exceptions=True)
        await asyncio.wait_for(node.publish_user(2, "Eva"), PATIENCE)
        await asyncio.wait_for(node.close(), PATIENCE)

    try:
        loop.run_until_complete(publish())
    except KeyboardInterrupt:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    loop.run_until_complete(end())
    loop.close()


def test_of_many_messages_one_that_cannot_be_meant_keeps_no_other_out(tmp_path: Path) -> None:
    wrong = {
        1: (NewMessage(7, 1, "half \ud83d"), "text"),
        2: (NewMessage(7, 2**63, "hola"), "sender"),
        4: (NewMessage(7, 1, "hola", reply_to="1"), "reply_to"),
        5: (NewMessage(7, 1, "hola", sent_at=datetime(2026, 10, 14)), "sent_at"),
        300: (NewMessage(7, 1, "x" * 1_000_000), "text"),
    }
    messages = [wrong[n][0] if n in wrong else NewMessage(7, 1, str(n)) for n in range(400)]

    def judge(published: list[Any]) -> None:
        for n, receipt in enumerate(published):
            if n in wrong:
                assert isinstance(receipt, InvalidError)
                assert receipt.field == f"messages[{n}].{wrong[n][1]}"
            else:
                assert isinstance(receipt, Receipt)

    async def main() -> None:
        async with Node("Norte", tmp_path / "aio.db") as node:
            await node.publish_user(1, "Ana")
            await node.publish_room(7, "Plaza", "public")
            judge(await node.publish_messages(messages))

    run(main())
    with integrador.Node("Norte", tmp_path / "plain.db") as node:
        node.publish_user(1, "Ana")
        node.publish_room(7, "Plaza", "public")
        judge(node.publish_messages(messages))
        with pytest.raises(InvalidTypeError):
            node.publish_messages([NewMessage(7, 1, 5)])  # type: ignore[arg-type]
