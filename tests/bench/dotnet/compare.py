"""An application in C# that embeds a node, beside Rust, in one run.

Run by tests/bench/dotnet/run, which prepares what it needs. `BENCH_RUNS` and `BENCH_QUICK` as for the other benchmarks;
the medians are printed and added to target/bench.json. README.md beside the folder says how to read them.
"""

import contextlib
import os
import statistics
import time
from pathlib import Path

from driver import BENCH, QUICK, RUNS, Figures, Process, check_runs, goals, keep, mesh, stores

from ports import free_port

DOTNET = os.environ.get("BENCH_DOTNET", "dotnet")
APP = os.environ["BENCH_APP"]
"""App.dll."""
PUMPED = 2_000 if QUICK else 60_000


def app(name: str, folder: Path, *address: str) -> Process:
    return Process(DOTNET, APP, name, folder / f"{name}-dotnet.db", folder / f"{name}.json", *address)


def against_rust() -> Figures:
    """Callers that publish for a platform that is down, in C# and in Rust by turns, each on its own store."""
    with stores() as folder, contextlib.ExitStack() as stack:
        mesh(folder, {"Alpha": "http://127.0.0.1:9/", "Beta": f"http://127.0.0.1:{free_port()}/"})
        rust = Process(BENCH, "--node", "Alpha", folder / "rust.db", folder / "Alpha.json", f"127.0.0.1:{free_port()}")
        who = {"rust": (stack.enter_context(rust), "")}
        rust.ask("announce 1 1")
        dotnet = stack.enter_context(app("Alpha", folder))
        dotnet.ask("announce Beta")
        who |= {"dotnet": (dotnet, ""), "dotnet_await": (dotnet, " await")}
        figures = Figures()
        for callers, calls in ((1, 50 if QUICK else 300), (64, 640 if QUICK else 12_800)):
            took: dict[str, list[float]] = {name: [] for name in who}
            # What was never run is not compiled yet: the first turns warm up.
            for turn in range(2 if QUICK else 14):
                for name, (process, how) in who.items():
                    began, ended = process.ask(f"publish {callers} {calls}{how}")
                    if turn >= (1 if QUICK else 4):
                        took[name].append((ended - began) / calls / 1e3)
            for name, times in took.items():
                figures[f"{name}_publish_{callers}_us"] = statistics.median(times)
                ratio = statistics.median(j / r for j, r in zip(times, took["rust"], strict=True))
                if name != "rust":
                    figures[f"{name}_publish_{callers}_vs_rust"] = ratio
        return figures


def pump() -> Figures:
    """Messages a second that a handler in C# gets, from a full inbox."""
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
        return {"dotnet_pump_per_s": PUMPED / ((ended - began) / 1e9)}


def run(number: int) -> Figures:
    begin, figures = time.monotonic(), Figures()
    for what, step in (("callers in C#, callers in Rust", against_rust), ("a handler in C#", pump)):
        print(f"run {number}/{RUNS} {time.monotonic() - begin:>4.0f} s  {what}", flush=True)
        figures |= step()
    return figures


def report(figures: Figures) -> None:
    print(f"\n{f'medians of {RUNS}: µs a message':<44}{'1 caller':>14}{'64 callers':>14}")
    for name, what in (("rust", "Rust"), ("dotnet", "C#"), ("dotnet_await", "C#, awaited")):
        cells = [figures[f"{name}_publish_{callers}_us"] for callers in (1, 64)]
        print(f"{what:<44}" + "".join(f"{cell:>14,.1f}" for cell in cells))
    print(f"\n{'events a second through the handler':<44}{figures['dotnet_pump_per_s']:>14,.0f}")
    goals(figures, [("dotnet_publish_1_vs_rust", "one caller, a publish in C#, to one in Rust", 1.2, False)])


def main() -> None:
    check_runs()
    runs = [run(number) for number in range(1, RUNS + 1)]
    figures = {name: statistics.median(each[name] for each in runs) for name in runs[0]}
    report(figures)
    keep({"dotnet_runs": RUNS, **figures})


if __name__ == "__main__":
    main()
