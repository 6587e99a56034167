"""uWSGI ends its workers in an exit handler of C, where the thread has lost its variables. A node closes there too."""

from __future__ import annotations

import json
import shutil
import signal
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from conftest import eventually
from flask_servers import environment
from ports import free_port
from processes import Process

UWSGI = shutil.which("uwsgi", path=str(Path(sys.executable).parent))
pytestmark = pytest.mark.skipif(UWSGI is None, reason="tests/python/run builds uWSGI where there is what that takes")

MODES = {
    "one process": (1, [], "import"),
    "a master, and --lazy-apps": (2, ["--master", "--lazy-apps"], "import"),
    "a master that loads the application": (2, ["--master"], "postfork"),
}


class Plain:
    """A plain platform that takes its time: `Sencilla`."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        plain = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                self._answer(b"[]")

            def do_POST(self) -> None:
                body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if self.path == "/message":
                    plain.begun.append(body["text"])
                    time.sleep(0.5)
                self._answer(b'{"status": 200}')

            def _answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def plain() -> Iterator[Plain]:
    one = Plain()
    yield one
    one.close()


# Shows promise 3.
@pytest.mark.parametrize("mode", MODES)
def test_a_worker_that_is_stopped_finishes_what_is_in_flight(tmp_path: Path, plain: Plain, mode: str) -> None:
    assert UWSGI is not None
    workers, options, when = MODES[mode]
    entry = {"id": 2, "name": "Sencilla", "endpoint": plain.url, "token": "2222"}
    (tmp_path / "BuasApp.platforms.json").write_text(json.dumps([entry]))
    port = free_port()
    command = [
        UWSGI,
        "--http-socket",
        f"127.0.0.1:{port}",
        "--virtualenv",
        sys.prefix,
        "--enable-threads",
        "--need-app",
    ]
    command += ["--module", "uwsgi_app", "--processes", str(workers), *options]
    said: list[str] = []
    for n in range(3):
        server = Process(command, tmp_path, environment(OPEN=when), errors_apart=False)
        try:
            for _ in range(workers):
                while server.line() != "the node is open":
                    pass
            eventually(lambda: _asked(port), "that it serves")
            said.append(f"mensaje-{n}")
            assert _asked(port, said[-1])
            eventually(lambda: said[-1] in plain.begun, "that it is sent")
            server.signal(signal.SIGINT)
            _, shown, _ = server.end(30)
        finally:
            server.kill()
        for bad in ("panicked", "Traceback", "a defect of Integrador", "SIGKILL"):
            assert bad not in shown, shown
    assert plain.begun == said


def _asked(port: int, text: str = "") -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/?{text}", timeout=10) as answer:
            return bool(answer.read())
    except OSError:
        return False
