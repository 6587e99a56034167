"""The command line that comes with the wheel: the same as the program in Rust, under both of its names."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from integrador import __version__

from conftest import eventually
from processes import Process

Start = Callable[..., Process]

NAMES = {
    "the program": [str(Path(sys.executable).parent / "integrador")],
    "the module": [sys.executable, "-m", "integrador"],
}


@pytest.fixture(params=list(NAMES.values()), ids=list(NAMES))
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Starts the command line with these arguments, in a folder of its own."""
    started: list[Process] = []

    def started_with(*arguments: str) -> Process:
        environment = {name: value for name, value in os.environ.items() if name != "RUST_LOG"}
        started.append(Process([*request.param, *arguments], tmp_path, environment))
        return started[-1]

    yield started_with
    for process in started:
        process.kill()


def test_it_says_the_version_of_the_package_and_ends_with_2_where_the_arguments_are_wrong(start: Start) -> None:
    assert start("--version").end() == (0, f"integrador {__version__}\n", "")
    code, out, errors = start("status").end()
    assert (code, out) == (2, "")
    assert "--store" in errors
    code, out, errors = start("status", "--store", "nothing.db").end()
    assert (code, out) == (1, "")
    assert errors.startswith("error: ")
    assert "nothing.db" in errors


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "SIGTERM"])
def test_a_node_is_served_until_a_signal_and_ends_cleanly(start: Start, tmp_path: Path, number: int) -> None:
    code, _, errors = start("mesh", "hub=http://localhost:5000/", "Sur=http://127.0.0.1:9/").end()
    assert code == 0, errors
    serving = start(
        "serve", "--platforms", "hub.platforms.json", "--listen", "127.0.0.1:0", "--store", "hub.db", "--name", "hub"
    )
    address = serving.line().removeprefix("listening on ")
    assert address.startswith("http://127.0.0.1:")
    code, out, errors = start("ping", f"{address}/", "--json").end()
    assert code == 0, errors
    assert json.loads(out)["platform"] == "hub"
    code, out, errors = start("status", "--store", "hub.db", "--json").end()
    assert code == 0, errors
    assert [platform["name"] for platform in json.loads(out)["platforms"]] == ["Sur"]
    serving.signal(number)
    code, out, errors = serving.end()
    assert (code, out) == (0, ""), errors
    assert "Traceback" not in errors
    assert not (tmp_path / "hub.db-wal").exists(), "it closed its store"


def test_ctrl_c_ends_a_command_that_waits(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        waiting = start("ping", f"http://127.0.0.1:{silent.getsockname()[1]}/", "--timeout", "60")
        silent.settimeout(20)
        asked, _ = silent.accept()
        with asked:
            waiting.signal(signal.SIGINT)
            assert eventually(lambda: not waiting.running, "its end")
            code, out, errors = waiting.end()
    assert (code, out) == (-signal.SIGINT, ""), errors
    assert "Traceback" not in errors


def test_completions_are_written_to_standard_output(start: Start) -> None:
    code, out, errors = start("completions", "bash").end()
    assert code == 0, errors
    assert "dead-letters" in out
