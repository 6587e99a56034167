"""An application that embeds a node, driven by its standard input: one order a line, one answer a line.

    app.py NAME STORE REGISTRY [ADDRESS]

`announce` makes a user and a private room with one member on each platform; `publish CALLERS COUNT` answers when the
first call began, when the last had returned, and the p50 and p99 of one call; `start` begins to handle events;
`until N` answers when the handler had seen the Nth message. Times are nanoseconds of the system's clock.
"""

import logging
import sys
import threading
import time

from integrador import Node

BODY = 300
FRAME = len('{"roomOriginalPlatform":"Alpha","roomId":1,"senderId":1,"text":"","platform":"Alpha"}')
TEXT = "x" * (BODY - FRAME)


class Seen:
    """Counts messages, and remembers when a certain one came."""

    def __init__(self) -> None:
        self.count = 0
        self.wanted = 0
        self.at = 0
        self.reached = threading.Event()

    def another(self, _message: object) -> None:
        self.count += 1
        if self.count == self.wanted:
            self.at = time.time_ns()
            self.reached.set()

    def until(self, wanted: int) -> int:
        self.reached.clear()
        self.wanted = wanted
        if self.count < wanted:
            self.reached.wait()
            return self.at
        return time.time_ns()


def publish(node: Node, callers: int, count: int) -> tuple[int, int, int, int]:
    took: list[list[int]] = [[] for _ in range(callers)]

    def call(times: list[int], calls: int) -> None:
        for _ in range(calls):
            begin = time.perf_counter_ns()
            node.publish_message(1, 1, TEXT)
            times.append(time.perf_counter_ns() - begin)

    share = [count // callers + (n < count % callers) for n in range(callers)]
    began = time.time_ns()
    if callers == 1:
        call(took[0], count)
    else:
        threads = [threading.Thread(target=call, args=each) for each in zip(took, share, strict=True)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    ended = time.time_ns()
    times = sorted(time for each in took for time in each)
    return began, ended, times[len(times) // 2], times[len(times) * 99 // 100]


def main(name: str, store: str, registry: str, address: str | None = None) -> None:
    logging.getLogger("integrador").setLevel(logging.ERROR)  # the others are not up yet, or never
    seen = Seen()
    with Node(name, store, registry, listen=address) as node:
        node.on_message(seen.another)
        print("ready", flush=True)
        for line in sys.stdin:
            match line.split():
                case ["announce", *others]:
                    node.publish_user(1, "Ana")
                    node.publish_room(1, "bench", "private", {other: [1] for other in [name, *others]})
                    print("announced", flush=True)
                case ["publish", callers, count]:
                    print(*publish(node, int(callers), int(count)), flush=True)
                case ["start"]:
                    node.start()
                    print("started", time.time_ns(), flush=True)
                case ["until", wanted, *_]:
                    print(seen.until(int(wanted)), flush=True)
                case ["waiting"]:
                    status = node.status()
                    print(sum(p.waiting for p in status.platforms), status.inbox, flush=True)
                case ["close"]:
                    break
                case order:
                    sys.exit(f"no such order: {order}")
    print("closed", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
