"""What the tests are written with: real nodes on loopback, in this process or in others; none of it is played."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

from integrador import DeliveryChange, Message, Node, PlatformChange, RoomChange, UserChange

PATIENCE = 20.0
T = TypeVar("T")


def eventually(look: Callable[[], T | None], what: str = "it") -> T:
    """What `look` returns once that is true."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not happen within {PATIENCE:.0f} s; at last: {found!r}")
        time.sleep(0.01)
    return found


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Net:
    """A folder with the registries and stores of some platforms, each with a port of its own."""

    def __init__(self, folder: Path, *names: str) -> None:
        self.folder = folder
        self.ports = {name: free_port() for name in names}
        self._open: list[Node] = []
        for name in names:
            self.registry(name).write_text(json.dumps([self._entry(name, other) for other in names]))

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

    def make(*names: str) -> Net:
        nets.append(Net(tmp_path, *names))
        return nets[-1]

    yield make
    for made in nets:
        made.close()


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
        eventually(lambda: self.sur.room("Norte:7"), "the room at Sur")
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


E = TypeVar("E", Message, UserChange, RoomChange, PlatformChange, DeliveryChange)


def taken(node: Node, kind: type[E], count: int = 1) -> list[E]:
    """The next events of this kind, at least so many; what comes meanwhile is acknowledged, they too."""
    got: list[E] = []

    def look() -> bool:
        events = node.next_events(timeout=0.1)
        node.ack(*(event.event_id for event in events))
        got.extend(event for event in events if isinstance(event, kind))
        return len(got) >= count

    eventually(look, f"{count} of {kind.__name__}")
    return got


def signature(token: str, id: str, timestamp: int, body: str) -> str:
    """As the specification of Standard Webhooks says."""
    signed = hmac.new(token.encode(), f"{id}.{timestamp}.{body}".encode(), hashlib.sha256)
    return "v1," + base64.b64encode(signed.digest()).decode()


class Program:
    """A Python program in a process of its own, which prints lines."""

    def __init__(self, source: str, *args: str, cwd: Path, wait_for: str | None = None) -> None:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", source, *args],
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        if wait_for is not None:
            assert self.line() == wait_for, self.errors()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def write(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def errors(self) -> str:
        self.process.kill()
        return self.process.communicate()[1]

    def end(self, timeout: float = PATIENCE) -> tuple[int, str, str]:
        """Its exit status, and the rest of what it wrote."""
        try:
            out, errors = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            # Python's fault handler then tells where each thread is.
            self.process.send_signal(signal.SIGABRT)
            raise AssertionError(f"it did not end; it wrote: {self.process.communicate()[1]}") from None
        return self.process.returncode, out, errors


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Starts a program in the folder of the test; none outlives the test."""
    started: list[Program] = []

    def start(source: str, *args: str, wait_for: str | None = None, cwd: Path = tmp_path) -> Program:
        started.append(Program(source, *args, cwd=cwd, wait_for=wait_for))
        return started[-1]

    yield start
    for one in started:
        one.process.kill()
        one.process.communicate()
