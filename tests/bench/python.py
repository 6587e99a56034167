"""What a publication costs from Python, as a ratio to Rust: one caller, one message at a time, until it is on disk.

    target/python/venv/bin/python tests/bench/python.py

Needs the wheel in the environment (tests/python/run makes it) and the benchmark's program (tests/bench/run builds it). The
two take turns, fifty messages each, so that they meet the same disk. Each publication is two threads that wake each other,
and neighbours on the machine delay either at random, so of the turns the first quartile counts. The goal is 1.2.
"""

import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

from integrador import Node

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "target" / "release" / "integrador-bench"
TURNS, MESSAGES = 200, 50
TEXT = "x" * 215  # with what is around it 300 bytes
GOAL = 1.2


class Rust:
    """The benchmark's own node, in its process."""

    def __init__(self, folder: str, registry: str) -> None:
        command = [PROGRAM, "--node", "Alpha", f"{folder}/rust.db", registry, "127.0.0.1:0"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def ask(self, order: str) -> str:
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()

    def turn(self) -> float:
        began, ended = map(int, self.ask(f"publish 1 {MESSAGES}").split())
        return (ended - began) / 1e3 / MESSAGES


def main() -> None:
    with tempfile.TemporaryDirectory(dir=ROOT / "target") as folder:
        registry = f"{folder}/platforms.json"
        nobody = {"id": 1, "name": "Beta", "endpoint": "http://127.0.0.1:9/", "token": "t"}
        Path(registry).write_text(json.dumps([nobody]))
        rust = Rust(folder, registry)
        rust.ask("announce")
        with Node("Alpha", f"{folder}/python.db", registry) as node:
            node.publish_user(1, "Ana")
            node.publish_room(1, "bench", "private", {"Alpha": [1], "Beta": [1]})

            def turn() -> float:
                began = time.perf_counter()
                for _ in range(MESSAGES):
                    node.publish_message(1, 1, TEXT)
                return (time.perf_counter() - began) * 1e6 / MESSAGES

            times = [(turn(), rust.turn()) for _ in range(TURNS)][TURNS // 10 :]
        rust.ask("close")
    python, native = (statistics.quantiles(column, n=4)[0] for column in zip(*times))
    print(f"a publication: {python:.0f} µs from Python, {native:.0f} µs from Rust, {python / native:.2f} times (goal: {GOAL})")


if __name__ == "__main__":
    main()
