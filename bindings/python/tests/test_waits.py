"""A wait lets other threads run, ends as soon as there is something, and lets a Ctrl-C through."""

from __future__ import annotations

import signal
import statistics
import threading
import time
from collections.abc import Callable

import pytest

from integrador import ClosedError, Message, Node

from conftest import Net, Pair, Program, eventually, taken
from processes import PATIENCE


def test_other_threads_run_while_one_waits(node: Node) -> None:
    counted = 0
    waiter = threading.Thread(target=node.next_events, kwargs={"timeout": 0.5})
    waiter.start()
    while waiter.is_alive():
        counted += 1
    assert counted > 10_000


def test_a_wait_ends_when_there_is_something(pair: Pair) -> None:
    """Waiting asks for signals every 50 ms. If what comes waited for that, it would take 25 ms in the median."""
    latencies: list[float] = []
    arrived = threading.Event()

    @pair.sur.on_message
    def handle(message: Message) -> None:
        latencies.append(time.perf_counter() - begin)
        arrived.set()

    pair.sur.start()

    begin = 0.0

    def quick() -> bool:
        nonlocal begin
        latencies.clear()
        for _ in range(20):
            time.sleep(0.06)
            arrived.clear()
            begin = time.perf_counter()
            pair.say("hola")
            assert arrived.wait(10)
        return statistics.median(latencies) < 0.01

    # The machine may be busy with something else: a quiet second will do.
    eventually(quick, "a quick arrival")


def test_a_timeout_is_kept(node: Node) -> None:
    for timeout in (0.0, 0.03, 0.12):
        begin = time.monotonic()
        assert node.next_events(timeout=timeout) == []
        assert timeout <= time.monotonic() - begin < timeout + 5


def test_closing_ends_every_wait(node: Node) -> None:
    ended: list[BaseException] = []

    def wait() -> None:
        try:
            node.next_events()
        except ClosedError as error:
            ended.append(error)

    threads = [threading.Thread(target=wait) for _ in range(5)]
    for thread in threads:
        thread.start()
    time.sleep(0.1)
    node.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive(), "a wait goes on"
    assert len(ended) == 5
    with pytest.raises(ClosedError, match="closed"):
        node.publish_user(1, "Ana")
    with pytest.raises(ClosedError):
        node.start()
    assert node.closed
    node.close()


def test_many_threads_share_a_node(pair: Pair) -> None:
    def talk(who: int) -> None:
        for n in range(25):
            pair.norte.publish_message(7, 1, f"{who}:{n}", key=f"{who}:{n}")

    threads = [threading.Thread(target=talk, args=(who,)) for who in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a call hangs"
    texts = [message.text for message in taken(pair.sur, Message, 200)]
    assert len(texts) == 200
    for who in range(8):
        assert [text for text in texts if text.startswith(f"{who}:")] == [f"{who}:{n}" for n in range(25)]


INTERRUPTED = """
import sys, time
from integrador import Node
with Node("Norte", "norte.db") as node:
    for _ in range(9):
        print("waiting")
        try:
            {wait}
        except KeyboardInterrupt:
            print(time.monotonic())
"""


@pytest.mark.parametrize("wait", ["node.next_events()", "node.run_forever()"])
def test_ctrl_c_interrupts_a_wait_within_100_ms(program: Callable[..., Program], wait: str) -> None:
    process = program(INTERRUPTED.format(wait=wait))
    late: list[float] = []
    for n in range(9):
        assert process.line() == "waiting"
        time.sleep(0.1 + n * 0.013)
        begin = time.monotonic()
        process.signal(signal.SIGINT)
        late.append(float(process.line()) - begin)
    assert process.end() == (0, "", "")
    # The machine may be busy with something else at times.
    assert sorted(late)[3] < 0.1


def test_ctrl_c_in_a_handler_gives_the_event_back(net: Callable[..., Net], program: Callable[..., Program]) -> None:
    both = net("Norte", "Sur")
    norte = both.open("Norte")
    norte.publish_user(1, "Ana")
    norte.publish_room(7, "Plaza", "public")
    norte.publish_message(7, 1, "hola")
    process = program(
        """
import json, sys, time
from integrador import Node
with Node(**json.loads(sys.argv[1])) as node:
    @node.on_message
    def handle(message):
        print(message.attempt)
        if message.attempt == 1:
            time.sleep(60)
        node.stop()
    try:
        node.run_forever()
    except KeyboardInterrupt:
        print("interrupted")
    node.run_forever()
""",
        both_options(both, "Sur"),
    )
    assert process.line() == "1"
    process.signal(signal.SIGINT)
    assert process.line() == "interrupted"
    assert process.line() == "2"
    code, _, errors = process.end()
    assert (code, "interrupted: KeyboardInterrupt" in errors) == (0, True)


def both_options(net: Net, name: str) -> str:
    import json

    return json.dumps(net.options(name))


def test_a_signal_that_raises_nothing_does_not_end_a_wait(program: Callable[..., Program]) -> None:
    process = program(
        """
import signal, time
from integrador import Node
signal.signal(signal.SIGUSR1, lambda number, frame: print("signal"))
with Node("Norte", "norte.db") as node:
    print("waiting")
    begin = time.monotonic()
    assert node.next_events(timeout=0.5) == []
    assert time.monotonic() - begin >= 0.5
""",
        wait_for="waiting",
    )
    time.sleep(0.1)
    process.signal(signal.SIGUSR1)
    assert process.end() == (0, "signal\n", "")


@pytest.mark.timeout(method="thread")  # the alarm is this test's
def test_publishing_may_be_interrupted_and_is_done_all_the_same(pair: Pair) -> None:
    """A wait that is given up is finished in the background: the key tells that it is there."""

    class Alarm(Exception):
        pass

    def ring(number: int, frame: object) -> None:
        raise Alarm

    before = signal.signal(signal.SIGALRM, ring)
    try:
        interrupted = 0
        for n in range(20):
            try:
                signal.setitimer(signal.ITIMER_REAL, 0.0005 * n + 0.0001)
                for m in range(1000):
                    pair.norte.publish_message(7, 1, f"{n}:{m}", key=f"{n}:{m}")
            except Alarm:
                interrupted += 1
        assert interrupted == 20
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert pair.norte.publish_message(7, 1, "al fin").destinations == ("Sur",)
    pair.arrived()
