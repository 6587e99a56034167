"""What the tests are written with: real nodes on loopback, in this process or in others; none of it is played."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from integrador import DeliveryChange, Edit, ExternalId, Message, Node, PlatformChange, RoomChange, UserChange

from plain import Plain
from ports import free_port
from processes import PATIENCE, Process

T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str = "it") -> T:
    """What `look` returns once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s; at last: {found!r}")
        time.sleep(0.01)
    return found


class Net:
    """A folder with the registries and stores of some platforms, each with a port of its own.

    Newcomers know nobody, and nobody knows them.
    """

    def __init__(self, folder: Path, *names: str, newcomers: Sequence[str] = ()) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in (*names, *newcomers)}
        self._open: list[Node] = []
        for name in names:
            self.registry(name).write_text(json.dumps([self._entry(name, other) for other in names]))
        for name in newcomers:
            self.registry(name).write_text("[]")

    def _entry(self, name: str, other: str) -> dict[str, Any]:
        token = "-".join(sorted([name, other]))
        return {"id": 1, "name": other, "endpoint": f"http://127.0.0.1:{self.ports[other]}/", "token": token}

    def registry(self, name: str) -> Path:
        return self.folder / f"{name}.platforms.json"

    def options(self, name: str, **more: Any) -> dict[str, Any]:
        listen = f"127.0.0.1:{self.ports[name]}"
        store, registry = self.folder / f"{name}.db", self.registry(name)
        return {"platform": name, "store": str(store), "platforms": str(registry), "listen": listen, **more}

    def open(self, name: str, **more: Any) -> Node:
        node = Node(**self.options(name, **more))
        self._open.append(node)
        return node

    def close(self) -> None:
        for node in self._open:
            node.close()


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Callable[..., Net]]:
    nets: list[Net] = []

    def make(*names: str, newcomers: Sequence[str] = ()) -> Net:
        nets.append(Net(tmp_path, *names, newcomers=newcomers))
        return nets[-1]

    yield make
    for made in nets:
        made.close()


@pytest.fixture
def plain() -> Iterator[Callable[[str], Plain]]:
    """Starts a platform without the library; none outlives the test."""
    with contextlib.ExitStack() as started:

        def start(name: str) -> Plain:
            platform = Plain(name)
            started.callback(platform.close)
            return platform

        yield start


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    """A platform alone."""
    with Node("BuasApp", tmp_path / "node.db") as opened:
        yield opened


class Pair:
    """Two platforms, `Norte` and `Sur`, a user 1 on each, and a private room 7 of Norte's with both."""

    def __init__(self, net: Net, **more: Any) -> None:
        self.net = net
        self.norte, self.sur = net.open("Norte"), net.open("Sur", **more)
        self.norte.publish_user(1, "Ana")
        self.sur.publish_user(1, "Bruno")
        self.norte.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]})
        eventually(lambda: self.sur.room(ExternalId("Norte", 7)), "the room at Sur")
        eventually(lambda: self.norte.users("Sur"), "the user at Norte")

    def arrived(self) -> None:
        """Waits until all that Norte has published is at Sur."""
        eventually(lambda: self.norte.status().platforms[0].waiting == 0, "the arrival")

    def say(self, text: str, **more: Any) -> str:
        """Norte's Ana writes; the event id."""
        event_id = self.norte.publish_message(7, 1, text, **more).event_id
        assert event_id is not None
        return event_id


@pytest.fixture
def pair(net: Callable[..., Net]) -> Pair:
    return Pair(net("Norte", "Sur"))


E = TypeVar("E", Message, Edit, UserChange, RoomChange, PlatformChange, DeliveryChange)


def taken(node: Node, kind: type[E], count: int = 1) -> list[E]:
    """The next events of this kind, at least that many; all that comes meanwhile is done."""
    got: list[E] = []
    end = time.monotonic() + PATIENCE
    with node.consumer() as events:
        while event := events.next(max(end - time.monotonic(), 0.0) if len(got) < count else 0):
            if isinstance(event, kind):
                got.append(event)
            events.done()
    assert len(got) >= count, f"{len(got)} of {count} {kind.__name__} came: {got}"
    return got


def forked(work: Callable[[], object]) -> object:
    """What `work` returned in a child of this process, or the name of the exception and its text."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            try:
                told: object = work()
            except BaseException as error:
                told = [type(error).__name__, str(error)]
            os.write(write, json.dumps(told).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        if select.select([answer], [], [], PATIENCE)[0]:
            told = answer.read()
        else:
            # Python's fault handler says where it hangs.
            os.kill(child, signal.SIGABRT)
    assert os.waitpid(child, 0)[1] == 0
    assert isinstance(told, bytes)
    return json.loads(told)


def signature(token: str, id: str, timestamp: int, body: str) -> str:
    """As the specification of Standard Webhooks says."""
    signed = hmac.new(token.encode(), f"{id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


class Program(Process):
    """A Python program, which prints lines."""

    def __init__(self, source: str, *args: str, cwd: Path) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
        super().__init__([sys.executable, "-W", "error", "-c", source, *args], cwd, environment)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts a program in the folder of the test; none outlives the test."""
    with contextlib.ExitStack() as started:

        def start(source: str, *args: str, wait_for: str | None = None, cwd: Path = tmp_path) -> Program:
            process = Program(source, *args, cwd=cwd)
            started.callback(process.kill)
            if wait_for is not None:
                assert process.line() == wait_for, process.errors()
            return process

        yield start


class Terminal(Process):
    """A terminal in which a command of the guide runs."""

    def __init__(self, command: str, folder: Path) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "VIRTUAL"))}
        super().__init__(["sh", "-e", "-c", command], folder, environment, errors_apart=False)

    def shows(self, wanted: str) -> None:
        seen: list[str] = []
        while wanted not in seen:
            line = self.line()
            assert line, f"it ended, or said nothing, without showing {wanted!r}; it showed {seen}"
            seen.append(line)

    def ctrl_c(self) -> None:
        self.signal_all(signal.SIGINT)
        self.end()


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Callable[[str], Terminal]]:
    with contextlib.ExitStack() as opened:

        def start(command: str) -> Terminal:
            one = Terminal(command, tmp_path)
            opened.callback(one.kill)
            return one

        yield start
