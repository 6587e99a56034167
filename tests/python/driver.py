"""What the benchmarks of other languages share: processes that obey, registry files, stores, figures."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BENCH = Path(os.environ.get("BENCH", ROOT / "target" / "release" / "integrador-bench"))
STORES = ROOT / "target" / "bench-stores" / "driven"
RESULT = ROOT / "target" / "bench.json"

QUICK = "BENCH_QUICK" in os.environ
RUNS = 1 if QUICK else int(os.environ.get("BENCH_RUNS", "3"))

Figures = dict[str, float]
Goal = tuple[str, str, float, bool]
"""A figure, what it is, what is wanted, and whether that is the least."""


class Process:
    """A process that obeys a line at a time; it is killed when the block ends."""

    def __init__(self, *command: object) -> None:
        words = [str(word) for word in command]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.answer()

    def order(self, order: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(order + "\n")
        self.process.stdin.flush()

    def answer(self) -> list[int]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"bench: {self.process.args} ended")
        return [int(word) for word in line.split() if word.isdigit()]

    def ask(self, order: str) -> list[int]:
        self.order(order)
        return self.answer()

    def __enter__(self) -> "Process":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def mesh(folder: Path, endpoints: dict[str, str]) -> None:
    """One registry file for each, with tokens that two share."""
    for name in endpoints:
        others = [(other, "-".join(sorted([name, other]))) for other in endpoints if other != name]
        entries = [
            {"id": n, "name": other, "endpoint": endpoints[other], "token": f"token-of-{pair}"}
            for n, (other, pair) in enumerate(others)
        ]
        (folder / f"{name}.json").write_text(json.dumps(entries))


@contextlib.contextmanager
def stores() -> Iterator[Path]:
    """An empty folder for stores, which goes with the block."""
    shutil.rmtree(STORES, ignore_errors=True)
    STORES.mkdir(parents=True)
    try:
        yield STORES
    finally:
        shutil.rmtree(STORES, ignore_errors=True)


def goals(figures: Figures, wanted: list[Goal]) -> None:
    """Prints what was measured beside what is wanted; what is missed is said, and is no error."""
    print(f"\n{'':<60}{'measured':>14}{'goal':>14}")
    for name, what, goal, least in wanted:
        value = figures[name]
        met = value >= goal if least else value <= goal
        print(f"{what:<60}{value:>14.3f}{('>= ' if least else '<= ') + str(goal):>14}  {'met' if met else 'MISSED'}")


def keep(figures: Figures) -> None:
    """Adds figures to those of the other benchmarks."""
    known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    RESULT.write_text(json.dumps({**known, **figures}, indent=2) + "\n")
    print(f"\nall figures: {RESULT.relative_to(ROOT)}")


def check_runs() -> None:
    if RUNS < 1:
        sys.exit("bench: BENCH_RUNS: expected a number of at least 1")
    if QUICK:
        print("BENCH_QUICK: everything runs, but too shortly for the figures to mean anything.")
