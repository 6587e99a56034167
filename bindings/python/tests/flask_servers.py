"""Real servers with `flask_app` behind them, and what their processes tell of the node."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from integrador import Message, Node

from conftest import Net, eventually
from ports import free_port
from processes import PATIENCE, Process, in_group

HERE = Path(__file__).resolve().parent
GUIDE = HERE.parents[2] / "docs" / "flask.md"
UWSGI = shutil.which("uwsgi", path=str(Path(sys.executable).parent)) or "uwsgi is not installed"
GUNICORN = [
    sys.executable,
    "-m",
    "gunicorn",
    "--no-control-socket",
    "--bind",
    "127.0.0.1:{port}",
    "flask_app:create_app()",
]
FLASK = [sys.executable, "-m", "flask", "--app", "flask_app", "run", "--port", "{port}"]


def script(end: str) -> list[str]:
    """An application's own script, which serves at its end."""
    return [sys.executable, "-c", f"import flask_app; app = flask_app.create_app(); {end}"]


def uwsgi(module: str, *options: str) -> list[str]:
    command = [UWSGI, "--http-socket", "127.0.0.1:{port}", "--virtualenv", sys.prefix, "--enable-threads", "--need-app"]
    return [*command, "--module", module, *options]


def granian(*target: str) -> list[str]:
    return [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", "{port}", "--workers", "2", *target]


WITH_ITS_HOOK = ["--config", "{guide}/gunicorn.conf.py"]
LAZY = ["--master", "--processes", "2", "--lazy-apps"]
DETECTED = {
    "gunicorn": [*GUNICORN, "--workers", "2"],
    "gunicorn --preload": [*GUNICORN, "--workers", "2", "--preload"],
    "gunicorn --threads": [*GUNICORN, "--workers", "1", "--threads", "4"],
    "gunicorn -k gevent": [*GUNICORN, "--workers", "1", "--worker-class", "gevent"],
    "waitress-serve": [sys.executable, "-m", "waitress", "--listen=127.0.0.1:{port}", "--call", "flask_app:create_app"],
    "waitress.serve": script("import waitress; waitress.serve(app, listen='127.0.0.1:{port}')"),
    "flask run": FLASK,
    "flask run --debug": [*FLASK, "--debug"],
    "app.run": script("app.run(port={port})"),
    "uwsgi": uwsgi("flask_app:create_app()"),
    "uwsgi --master": uwsgi("flask_app:create_app()", "--master", "--processes", "2"),
}
"""Those in which the extension finds out by itself that they serve."""

SERVERS = {
    **DETECTED,
    "uwsgi --lazy-apps": uwsgi("flask_app:create_app()", *LAZY),
    "granian": granian("--factory", "flask_app:create_app"),
    "wsgiref": script(
        "from wsgiref.simple_server import make_server; make_server('127.0.0.1', {port}, app).serve_forever()"
    ),
}
HOOKED = {
    **{name: [*command, *WITH_ITS_HOOK] for name, command in SERVERS.items() if name.startswith("gunicorn")},
    "uwsgi": uwsgi("uwsgi_board:app"),
    "uwsgi --master": uwsgi("uwsgi_board:app", "--master", "--processes", "2"),
    "uwsgi --lazy-apps": uwsgi("web:app", *LAZY),
    "granian": granian("web:app"),
    "waitress.serve": [sys.executable, "{guide}/serve.py"],
}
"""Those whose hook calls `start`, by the lines of the guide."""


def workers(server: str) -> int:
    """How many processes serve."""
    return 2 if "2" in SERVERS[server] else 1


def each(servers: Iterable[str]) -> list[Any]:
    """For `parametrize`; without uWSGI where it is not installed."""
    missing = pytest.mark.skipif(not Path(UWSGI).exists(), reason="tests/python/run builds uWSGI where it can")
    return [pytest.param(name, marks=missing if name.startswith("uwsgi") else ()) for name in servers]


def guide(folder: Path, port: int) -> Path:
    """A folder with the files that the guide names, for this application instead of its board."""
    folder.mkdir(exist_ok=True)
    for file, code in re.findall(r"`([\w.]+)`:\n\n```python\n(.*?)```", GUIDE.read_text(), re.DOTALL):
        (folder / file).write_text(code.replace("from board", "from flask_app").replace("5821", str(port)))
    return folder


def environment(*folders: Path, **more: str) -> dict[str, str]:
    """Of a server that imports an application from these folders and this one."""
    path = os.pathsep.join([*map(str, folders), str(HERE), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1", **more}


class Server:
    """A server in a group of processes of its own."""

    def __init__(self, net: Net, command: list[str], **more: str) -> None:
        self.folder = net.folder
        self.port = net.ports["BuasApp"]
        self.url = f"http://127.0.0.1:{self.port}"
        texts = guide(self.folder / "guide", self.port)
        self._command = [part.replace("{port}", str(self.port)).replace("{guide}", str(texts)) for part in command]
        self._environment = environment(
            texts,
            FOLDER=str(self.folder),
            FLASK_INTEGRADOR_PLATFORM="BuasApp",
            FLASK_INTEGRADOR_PLATFORMS=str(net.registry("BuasApp")),
            FLASK_INTEGRADOR_PREFIX="/",
            **more,
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def store(self) -> Path:
        return self.folder / "integrador.db"

    def start(self) -> Server:
        with open(self.folder / "server.log", "ab") as log:
            self.process = subprocess.Popen(
                self._command, cwd=self.folder, env=self._environment, stdout=log, stderr=log, start_new_session=True
            )
        return self

    def run(self, *args: str) -> str:
        """A command of Flask's beside it; what it prints."""
        command = [sys.executable, "-m", "flask", "--app", "flask_app", *args]
        status, shown, errors = Process(command, self.folder, self._environment).end(60)
        assert status == 0, errors
        return shown

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def processes(self) -> set[int]:
        """All of its group."""
        return in_group(self.pid)

    def with_the_store_open(self) -> set[int]:
        return {pid for pid in self.processes() if self.store in _open_files(pid)}

    def kill(self, pid: int | None = None) -> None:
        """As a power cut would: all of it at once, or this one process."""
        assert self.process is not None
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def end(self) -> int:
        """Asks it to end, in the way that lets it finish what it is at; its exit status."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM if "gunicorn" in self._command else signal.SIGINT)
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGABRT)  # Python's fault handler then says where each thread is
            self.kill()
            raise AssertionError(f"it did not end within 30 s; it wrote: {self.log()[-20_000:]}") from None

    def ask(self, path: str, post: bool = False) -> str:
        request = urllib.request.Request(self.url + path, method="POST" if post else "GET")
        with urllib.request.urlopen(request, timeout=30) as answer:
            text: str = answer.read().decode()
            return text

    def answers(self) -> bool:
        try:
            return bool(self.ask("/"))
        except OSError:
            return False

    # ---- what the application noted

    def notes(self, kind: str) -> list[list[str]]:
        file = self.folder / "notes"
        lines = file.read_text().splitlines() if file.exists() else []
        return [words[1:] for words in (line.split(" ", 4) for line in lines) if words[0] == kind]

    def listens(self) -> bool:
        """Without a request."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 5):
                return True
        except OSError:
            return False

    def opened_in(self) -> list[int]:
        return [int(pid) for (pid,) in self.notes("start")]

    def texts(self) -> list[str]:
        return [text for _, _, _, text in self.notes("message")]

    def last_handled_in(self) -> int:
        return int(self.notes("message")[-1][2])

    def log(self) -> str:
        return (self.folder / "server.log").read_text(errors="replace")


def _open_files(pid: int) -> set[Path]:
    found = set()
    try:
        for file in Path(f"/proc/{pid}/fd").iterdir():
            try:
                found.add(Path(os.readlink(file)))
            except OSError:
                continue
    except OSError:
        return set()
    return found


class Peer:
    """The other platform: a real node in the process of the test, with a user 1 and a private room 7 of its own."""

    def __init__(self, net: Net) -> None:
        self.net = net
        self.messages: list[Message] = []
        self.node: Node | None = None

    def open(self) -> Node:
        self.node = node = self.net.open("Norte")
        node.on_message(self.messages.append)
        node.publish_user(1, "Ana")
        node.publish_room(7, "Plaza", "private", {"Norte": [1], "BuasApp": [1]})
        node.start()
        return node

    def close(self) -> None:
        assert self.node is not None
        self.node.close()

    def texts(self) -> list[str]:
        return [message.text for message in self.messages]


def unreachable(net: Net, peer: str, platform: str) -> None:
    """So that this peer never reaches that platform, and what arrives from it comes by its own doing."""
    file = net.registry(peer)
    entries: list[dict[str, Any]] = json.loads(file.read_text())
    for entry in entries:
        if entry["name"] == platform:
            entry["endpoint"] = f"http://127.0.0.1:{free_port()}/"
    file.write_text(json.dumps(entries))


def reachable(net: Net, peer: str, platform: str) -> None:
    file = net.registry(peer)
    entries: list[dict[str, Any]] = json.loads(file.read_text())
    for entry in entries:
        if entry["name"] == platform:
            entry["endpoint"] = f"http://127.0.0.1:{net.ports[platform]}/"
    file.write_text(json.dumps(entries))


def know_each_other(server: Server, peer: Peer) -> None:
    node = peer.node
    assert node is not None
    eventually(lambda: node.users("BuasApp"), "the application's user at the peer")
    eventually(lambda: "RoomKnown" if _knows(server) else "", "the room at the application")


def _knows(server: Server) -> bool:
    try:
        return bool(server.ask("/say/first?room=Norte:7&text=Hola", post=True))
    except OSError:
        return False
