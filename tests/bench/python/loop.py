"""Ten thousand messages that tasks of one event loop publish at once, for a platform that is down.

    loop.py NAME STORE REGISTRY

Prints the nanoseconds that it took, the commits, and the nanoseconds of the longest round of the loop: of all after the
one in which the tasks begin, since to make that many at a stroke, and to begin each, holds a loop whatever they do.
Python's garbage collector, which looks at all of them, is off for the same reason.
"""

import asyncio
import gc
import logging
import sys
import time

from app import TEXT
from integrador.aio import Node

MANY = 10_000


def commits(node: Node) -> int:
    return next(int(metric.value) for metric in node.metrics() if metric.name == "integrador_commits_total")


class Rounds:
    """How long the longest round of the loop took."""

    def __init__(self) -> None:
        self.longest = 0

    async def look(self) -> None:
        last = time.perf_counter_ns()
        while True:
            await asyncio.sleep(0)
            now = time.perf_counter_ns()
            self.longest = max(self.longest, now - last)
            last = now


async def publish(node: Node) -> tuple[int, int, int]:
    rounds, before = Rounds(), commits(node)
    began = time.perf_counter_ns()
    tasks = [asyncio.create_task(node.publish_message(1, 1, TEXT)) for _ in range(MANY)]
    await asyncio.sleep(0)
    looking = asyncio.create_task(rounds.look())
    for task in tasks:
        await task
    took = time.perf_counter_ns() - began
    looking.cancel()
    return took, commits(node) - before, rounds.longest


async def main(name: str, store: str, registry: str) -> None:
    logging.getLogger("integrador").setLevel(logging.CRITICAL)  # the other is never up
    async with Node(name, store, registry) as node:
        await node.publish_user(1, "Ana")
        await node.publish_room(1, "bench", "private", {name: [1], "Beta": [1]})
        await publish(node)
        gc.collect()
        gc.disable()
        print(*await publish(node))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
