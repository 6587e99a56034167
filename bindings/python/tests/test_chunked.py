"""A body that comes in pieces, without a length, is read under every server that can deliver it; where one can't, the
answer says so and asks to try again."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection

import pytest
from test_guide import file

from conftest import Net, eventually
from flask_servers import SERVERS, Server, each, environment
from processes import Process

ROUTER = [*SERVERS["uwsgi"][:1], "--http", "127.0.0.1:{port}", *SERVERS["uwsgi"][3:]]
ONE = [name for name in SERVERS if name not in ("wsgiref", "gunicorn --preload", "flask run --debug", "app.run")]
IN_FLASK = {**{name: SERVERS[name] for name in ONE}, "uwsgi --http-chunked-input": [*ROUTER, "--http-chunked-input"]}
NOT_DELIVERED = {"wsgiref": SERVERS["wsgiref"], "uwsgi --http": ROUTER}
MOUNTED = {
    "gunicorn": ["-m", "gunicorn", "--no-control-socket", "--bind", "127.0.0.1:{port}", "mounted:application"],
    "waitress": ["-m", "waitress", "--listen=127.0.0.1:{port}", "mounted:application"],
    "granian": ["-m", "granian", "--interface", "wsgi", "--port", "{port}", "mounted:application"],
    "werkzeug": ["-c", "import mounted, werkzeug; werkzeug.run_simple('127.0.0.1', {port}, mounted.application)"],
}


@pytest.fixture
def two(net: Callable[..., Net]) -> Net:
    return net("BuasApp", "Norte")


def posted(port: int, token: str, *, length: int = 0) -> tuple[int, str, str]:
    """The status, the message and the pause of the answer to a user who is posted in pieces."""
    body = json.dumps({"id": 1, "name": "Ana 🧉", "token": token}).encode().ljust(length)
    connection = HTTPConnection("127.0.0.1", port, timeout=30)

    def pieces() -> Iterator[bytes]:
        for begin in range(0, len(body), 50_000):
            yield body[begin : begin + 50_000]
            time.sleep(0.01)

    headers = {"Transfer-Encoding": "chunked", "Content-Type": "application/json"}
    connection.request("POST", "/user", pieces(), headers, encode_chunked=True)
    answer = connection.getresponse()
    told = json.loads(answer.read())
    connection.close()
    return answer.status, told["message"], answer.headers.get("Retry-After", "")


@pytest.mark.parametrize("server", each(IN_FLASK))
def test_a_body_in_pieces_is_read_in_flask(two: Net, server: str) -> None:
    app = Server(two, IN_FLASK[server]).start()
    try:
        eventually(app.answers, "that it serves")
        for length in (0, 300_000):
            assert posted(app.port, "BuasApp-Norte", length=length)[:2] == (200, "ok")
        assert posted(app.port, "BuasApp-Norte", length=1_500_000)[0] == 413
        assert posted(app.port, "of nobody at all")[0] == 401
    finally:
        app.kill()


@pytest.mark.parametrize("server", each(NOT_DELIVERED))
def test_a_body_that_the_server_does_not_deliver_is_a_503_that_names_the_cause(two: Net, server: str) -> None:
    app = Server(two, NOT_DELIVERED[server]).start()
    try:
        eventually(app.answers, "that it serves")
        status, message, pause = posted(app.port, "BuasApp-Norte")
        assert (status, bool(pause)) == (503, True)
        assert "arrived empty" in message
        assert "Transfer-Encoding: chunked" in message
    finally:
        app.kill()


def _mounted(net: Net, code: str, *command: str) -> Process:
    (net.folder / "mounted.py").write_text(code)
    port = str(net.ports["Norte"])
    words = [sys.executable, *(part.replace("{port}", port) for part in command)]
    return Process(words, net.folder, environment(net.folder), errors_apart=False)


@pytest.mark.parametrize("server", MOUNTED)
def test_a_body_in_pieces_is_read_by_the_application_of_the_guide(two: Net, server: str) -> None:
    code, end, _ = file("mounted.py").partition("make_server(")
    assert end
    process = _mounted(two, code, *MOUNTED[server])
    try:
        eventually(lambda: _listens(two.ports["Norte"]), "that it listens")
        for length in (0, 300_000):
            assert posted(two.ports["Norte"], "BuasApp-Norte", length=length)[:2] == (200, "ok")
    finally:
        process.kill()


def test_the_server_of_the_guide_delivers_no_body_in_pieces_and_the_answer_says_so(two: Net) -> None:
    process = _mounted(two, file("mounted.py").replace("5001", str(two.ports["Norte"])), "mounted.py")
    try:
        eventually(lambda: _listens(two.ports["Norte"]), "that it listens")
        status, message, _ = posted(two.ports["Norte"], "BuasApp-Norte")
        assert (status, "arrived empty" in message) == (503, True)
    finally:
        process.kill()


def _listens(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/ping")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
