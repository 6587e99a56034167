"""The node in an application of ASGI, under a real server: two of them talk over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import Net, eventually
from processes import Process

HERE = Path(__file__).resolve().parent


class Served(Process):
    """`asgi_app` under uvicorn."""

    def __init__(self, net: Net, platform: str) -> None:
        self.url = f"http://127.0.0.1:{net.ports[platform]}"
        command = [sys.executable, "-m", "uvicorn", "--app-dir", str(HERE), "--host", "127.0.0.1"]
        command += ["--port", str(net.ports[platform]), "--log-level", "warning", "asgi_app:app"]
        super().__init__(command, net.folder, {**os.environ, "PLATFORM": platform})

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, str]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(self.url + path, data=body, headers=named)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def gets(self, path: str) -> Any:
        """What it answers, once it does."""
        with contextlib.suppress(OSError):
            return self.ask(path)[1]
        assert self.running, self.errors()
        return ""


@pytest.fixture
def served(net: Callable[..., Net]) -> Iterator[tuple[Served, Served]]:
    both = net("Norte", "Sur")
    for name in both.ports:
        text = both.registry(name).read_text()
        both.registry(name).write_text(text.replace('/", "token"', '/integrador/", "token"'))
    with contextlib.ExitStack() as started:
        norte, sur = (Served(both, name) for name in ("Norte", "Sur"))
        started.callback(norte.kill)
        started.callback(sur.kill)
        eventually(lambda: norte.gets("/rooms") == sur.gets("/rooms") == "Norte:7", "both of them")
        yield norte, sur


def test_two_applications_under_uvicorn_talk_to_each_other(served: tuple[Served, Served]) -> None:
    norte, sur = served
    status, receipt = norte.ask("/say", "¿quién anda ahí? 👾".encode())
    assert status == 200
    assert json.loads(receipt)[1] == ["Sur"]
    assert sur.ask("/say", b"yo")[0] == 200
    wanted = [["Ana (Norte)", "¿quién anda ahí? 👾", [1]]]
    assert eventually(lambda: json.loads(sur.ask("/seen")[1])) == wanted
    assert eventually(lambda: json.loads(norte.ask("/seen")[1])) == [["Ana (Sur)", "yo", [1]]]
    for one in (norte, sur):
        one.signal(signal.SIGTERM)
        code, _, errors = one.end()
        # uvicorn ends by the signal itself once the application has ended.
        assert code in (0, -signal.SIGTERM), errors
        assert "Traceback" not in errors


def test_what_the_mount_answers_is_what_the_node_answers(served: tuple[Served, Served]) -> None:
    norte, _ = served
    assert norte.ask("/integrador/users")[0] == 401
    status, users = norte.ask("/integrador/users", Authorization="Bearer Norte-Sur")
    assert (status, "Ana (Norte)" in users) == (200, True)
    assert norte.ask("/integrador/nothing", Authorization="Bearer Norte-Sur")[0] == 404
    long = b"x" * (3 * 1024 * 1024)
    assert norte.ask("/integrador/message", long, Authorization="Bearer Norte-Sur")[0] == 413
