"""An application in Python that embeds a node, beside the hub in Flask that came before, and beside Rust, in one run.

Run by tests/bench/python/run, which prepares what it needs. `BENCH_RUNS` and `BENCH_QUICK` as for the other benchmark;
the medians are printed and added to target/bench.json. README.md beside the folder says how to read them.
"""

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from driver import BENCH, QUICK, RUNS, Figures, Process, check_runs, goals, keep, mesh, stores

from ports import free_port

HERE = Path(__file__).resolve().parent

SECONDS = 0.3 if QUICK else 4.0
"""How long each load lasts, roughly."""
CALLERS = 16
ONE_AT_A_TIME = 30 if QUICK else 400
PUMPED = 2_000 if QUICK else 60_000
LOOK = 200
"""Microseconds between two looks of a receiver at its count."""


class Web:
    """A receiver behind gunicorn; asked like a process, over HTTP."""

    def __init__(self, app: str, port: int, env: dict[str, str]) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.gunicorn = Gunicorn(app, port, workers=1, env=env)
        self.waiting = 0

    def order(self, order: str) -> None:
        self.waiting = int(order.split()[1])

    def answer(self) -> list[int]:
        with urllib.request.urlopen(f"{self.url}/seen?until={self.waiting}", timeout=120) as answer:
            return [int(answer.read())]

    def __enter__(self) -> "Web":
        self.gunicorn.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.gunicorn.__exit__()


class Gunicorn:
    """A web application behind gunicorn, from when it answers until the block ends."""

    def __init__(self, app: str, port: int, workers: int, env: dict[str, str]) -> None:
        options = ["--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", "8", "--log-level", "error"]
        # As many keep-alive connections as there are callers, or some would wait for others to end.
        command = [sys.executable, "-m", "gunicorn", "--chdir", str(HERE), "--keep-alive", "30", *options, app]
        self.process = subprocess.Popen(command, env={**os.environ, **env})
        self.port = port

    def __enter__(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit("compare: gunicorn does not start")
            time.sleep(0.05)

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()


def app(name: str, folder: Path, *address: str) -> Process:
    return Process(sys.executable, HERE / "app.py", name, folder / f"{name}.db", folder / f"{name}.json", *address)


def load(
    sender: Process, verb: str, receivers: list[Process] | list[Web], seen: int, callers: int, count: int
) -> tuple[list[int], float, int]:
    """Sends this many; returns the sender's answer, the seconds until both had them, and how many they have seen."""
    for receiver in receivers:
        receiver.order(f"until {seen + count} {LOOK}")
    sent = sender.ask(f"{verb} {callers} {count}")
    ended = max(receiver.answer()[0] for receiver in receivers)
    return sent, (ended - sent[0]) / 1e9, seen + count


def measure(name: str, sender: Process, verb: str, receivers: list[Process] | list[Web]) -> Figures:
    """Messages a second and the p50 of a call with 16 callers; end to end, one at a time."""
    # The first load warms up, the second tells how many make a measurement of the wanted length.
    _, _, seen = load(sender, verb, receivers, 0, CALLERS, CALLERS * 8)
    count = CALLERS * 50
    _, seconds, seen = load(sender, verb, receivers, seen, CALLERS, count)
    count = max(CALLERS * 20, int(count / seconds * SECONDS))
    sent, seconds, seen = load(sender, verb, receivers, seen, CALLERS, count)
    figures = {
        f"{name}_16_per_s": count / seconds,
        f"{name}_16_p50_us": sent[2] / 1e3,
        f"{name}_16_p99_us": sent[3] / 1e3,
    }
    times = []
    for _ in range(ONE_AT_A_TIME):
        _, seconds, seen = load(sender, verb, receivers, seen, 1, 1)
        times.append(seconds * 1e6)
    return {**figures, f"{name}_one_p50_us": statistics.median(times)}


def hub(receivers_in: str) -> Figures:
    """Callers in Rust → the hub → two receivers: applications in Flask, as the hub's were, or ones in Rust that cost
    next to nothing."""
    port, *ends = (free_port() for _ in range(3))
    body = {"roomOriginalPlatform": "Alpha", "roomId": 1, "senderId": 1, "text": "", "token": "1111"}
    body["text"] = "x" * (300 - len(json.dumps(body)))
    platforms = [{"name": "Alpha", "endpoint": "", "token": "1111"}]
    platforms += [{"name": f"P{end}", "endpoint": f"http://127.0.0.1:{end}/", "token": str(end)} for end in ends]
    with contextlib.ExitStack() as stack:
        if receivers_in == "flask":
            receivers: list[Process] | list[Web] = [stack.enter_context(Web("receiver:app", end, {})) for end in ends]
        else:
            receivers = [stack.enter_context(Process(BENCH, "--receiver", f"127.0.0.1:{end}")) for end in ends]
        stack.enter_context(Gunicorn("hub:app", port, workers=2, env={"HUB_PLATFORMS": json.dumps(platforms)}))
        callers = stack.enter_context(Process(BENCH, "--callers", f"http://127.0.0.1:{port}/message", json.dumps(body)))
        return measure("flask_hub" if receivers_in == "flask" else "flask_hub_alone", callers, "post", receivers)


def embedded(mounted: bool) -> Figures:
    """Callers in threads of an application in Python → two applications in Python, each with a node inside."""
    port, *ports = (free_port() for _ in range(3))
    names = ["Beta", "Gamma"]
    path = "api/" if mounted else ""
    with stores() as folder, contextlib.ExitStack() as stack:
        endpoints = {name: f"http://127.0.0.1:{end}/{path}" for name, end in zip(names, ports, strict=True)}
        mesh(folder, {"Alpha": f"http://127.0.0.1:{port}/", **endpoints})
        if mounted:
            options = [
                {"PLATFORM": n, "STORE": str(folder / f"{n}.db"), "PLATFORMS": str(folder / f"{n}.json")} for n in names
            ]
            envs = [{f"FLASK_INTEGRADOR_{key}": value for key, value in each.items()} for each in options]
            webs = [Web("mounted:create_app()", end, env) for end, env in zip(ports, envs, strict=True)]
            receivers: list[Process] | list[Web] = [stack.enter_context(web) for web in webs]
        else:
            apps = [app(name, folder, f"127.0.0.1:{end}") for name, end in zip(names, ports, strict=True)]
            receivers = [stack.enter_context(each) for each in apps]
            for each in apps:
                each.ask("start")
        sender = stack.enter_context(app("Alpha", folder, f"127.0.0.1:{port}"))
        sender.ask("announce Beta Gamma")
        return measure("mounted" if mounted else "embedded", sender, "publish", receivers)


def against_rust() -> Figures:
    """One caller that publishes for a platform that is down, in Python and in Rust by turns, each on its own store."""
    with stores() as folder, contextlib.ExitStack() as stack:
        mesh(folder, {"Alpha": "http://127.0.0.1:9/", "Beta": f"http://127.0.0.1:{free_port()}/"})
        address = free_port()
        python = stack.enter_context(app("Alpha", folder))
        python.ask("announce Beta")
        rust = Process(BENCH, "--node", "Alpha", folder / "rust.db", folder / "Alpha.json", f"127.0.0.1:{address}")
        stack.enter_context(rust).ask("announce 1 1")
        calls = 50 if QUICK else 300
        took: dict[str, list[float]] = {"python": [], "rust": []}
        for turn in range(2 if QUICK else 14):
            for name, process in (("python", python), ("rust", rust)):
                began, ended, *_ = process.ask(f"publish 1 {calls}")
                if turn:
                    took[name].append((ended - began) / calls / 1e3)
    one = {f"{name}_publish_us": statistics.median(times) for name, times in took.items()}
    ratio = statistics.median(p / r for p, r in zip(took["python"], took["rust"], strict=True))
    return {**one, "python_publish_vs_rust": ratio}


def pump() -> Figures:
    """Messages a second that a handler in Python gets, from a full inbox."""
    ports = [free_port(), free_port()]
    with stores() as folder, contextlib.ExitStack() as stack:
        mesh(folder, {name: f"http://127.0.0.1:{port}/" for name, port in zip(["Alpha", "Beta"], ports, strict=True)})
        beta = stack.enter_context(app("Beta", folder, f"127.0.0.1:{ports[1]}"))
        files = (folder / "Alpha.db", folder / "Alpha.json")
        alpha = stack.enter_context(Process(BENCH, "--node", "Alpha", *files, f"127.0.0.1:{ports[0]}"))
        alpha.ask("announce 1 1")
        alpha.ask(f"publish 512 {PUMPED}")
        while beta.ask("waiting")[1] < PUMPED:
            time.sleep(0.05)
        (began,) = beta.ask("start")
        (ended,) = beta.ask(f"until {PUMPED}")
        return {"python_pump_per_s": PUMPED / ((ended - began) / 1e9)}


def at_once() -> Figures:
    """Ten thousand messages that tasks of one event loop publish at once."""
    with stores() as folder:
        mesh(folder, {"Alpha": "http://127.0.0.1:9/", "Beta": f"http://127.0.0.1:{free_port()}/"})
        command = [sys.executable, HERE / "loop.py", "Alpha", folder / "Alpha.db", folder / "Alpha.json"]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=120, check=True)
        took, commits, longest = (int(word) for word in done.stdout.split())
        return {
            "asyncio_per_s": 10_000 / (took / 1e9),
            "asyncio_commits_per_message": commits / 10_000,
            "asyncio_longest_round_ms": longest / 1e6,
        }


STEPS = [
    ("the hub in Flask, between applications in Flask", lambda: hub("flask")),
    ("the hub in Flask, receivers that cost nothing", lambda: hub("rust")),
    ("three applications in Python, a node inside each", lambda: embedded(mounted=False)),
    ("the same, mounted in Flask behind gunicorn", lambda: embedded(mounted=True)),
    ("one caller in Python, one in Rust", against_rust),
    ("a handler in Python", pump),
    ("ten thousand at once from asyncio", at_once),
]


def run(number: int) -> Figures:
    begin, figures = time.monotonic(), Figures()
    for what, step in STEPS:
        print(f"run {number}/{RUNS} {time.monotonic() - begin:>4.0f} s  {what}", flush=True)
        figures |= step()
    for name in ("embedded", "mounted"):
        figures[f"{name}_vs_flask_hub"] = figures[f"{name}_16_per_s"] / figures["flask_hub_16_per_s"]
        figures[f"{name}_p50_vs_flask_hub"] = figures[f"{name}_16_p50_us"] / figures["flask_hub_16_p50_us"]
        figures[f"{name}_one_vs_flask_hub"] = figures[f"{name}_one_p50_us"] / figures["flask_hub_one_p50_us"]
    return figures


GOALS = [
    ("embedded_vs_flask_hub", "16 callers, messages a second, to the hub's", 15.0, True),
    ("embedded_p50_vs_flask_hub", "16 callers, p50 from call to acknowledgement, to the hub's", 0.1, False),
    ("embedded_one_vs_flask_hub", "one at a time, p50 end to end, to the hub's", 0.5, False),
    ("python_publish_vs_rust", "one caller, a publish in Python, to one in Rust", 1.05, False),
    ("asyncio_commits_per_message", "10,000 at once from asyncio, commits a message", 0.02, False),
    ("asyncio_longest_round_ms", "the same, the longest round of the event loop, ms", 5.0, False),
]


def report(figures: Figures) -> None:
    columns = ["messages/s", "p50 µs", "p99 µs", "one, p50 µs"]
    print(f"\n{f'medians of {RUNS}, 16 callers':<44}" + "".join(f"{column:>14}" for column in columns))
    rows = [
        ("flask_hub", "the hub, two applications in Flask"),
        ("flask_hub_alone", "the hub, two receivers that cost nothing"),
        ("embedded", "embedded, listen"),
        ("mounted", "embedded, mounted in gunicorn"),
    ]
    for name, what in rows:
        cells = [figures[f"{name}_{figure}"] for figure in ("16_per_s", "16_p50_us", "16_p99_us", "one_p50_us")]
        print(f"{what:<44}" + "".join(f"{cell:>14,.0f}" for cell in cells))
    python, rust = figures["python_publish_us"], figures["rust_publish_us"]
    print(f"\n{'a publish, one caller, µs: Python, Rust':<44}{python:>14,.0f}{rust:>14,.0f}")
    print(f"{'events a second through the pump':<44}{figures['python_pump_per_s']:>14,.0f}")
    print(f"{'messages a second, 10,000 at once from asyncio':<44}{figures['asyncio_per_s']:>14,.0f}")
    goals(figures, GOALS)


def main() -> None:
    check_runs()
    runs = [run(number) for number in range(1, RUNS + 1)]
    figures = {name: statistics.median(each[name] for each in runs) for name in runs[0]}
    report(figures)
    keep({"python_runs": RUNS, **figures})


if __name__ == "__main__":
    main()
