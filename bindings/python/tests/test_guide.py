"""The guide, `docs/python.md`, followed literally with the built wheel, and the README's lines as they are printed."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from integrador import ExternalId, Message, Node

import tutorial
from conftest import Net, Program, Terminal, eventually, taken
from processes import PATIENCE

ROOT = Path(__file__).resolve().parents[3]
GUIDE = ROOT / "docs" / "python.md"
WHEEL = os.environ.get("INTEGRADOR_WHEEL")


def listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


needs_the_wheel = pytest.mark.skipif(WHEEL is None, reason="INTEGRADOR_WHEEL names the wheel: tests/run sets it")


def blocks(text: str) -> list[tuple[str, str, str]]:
    """Of every block of code: its language, the file that the line before it names or an empty text, and the code."""
    found = re.findall(r"(?:`([\w.]+)`:\n\n)?```(\w+)\n(.*?)```", text, re.DOTALL)
    return [(language, file, code) for file, language, code in found]


def file(name: str) -> str:
    (code,) = (code for _, file, code in blocks(GUIDE.read_text()) if file == name)
    return code


def section(number: int) -> str:
    return re.split(r"^## \d+\. ", GUIDE.read_text(), flags=re.MULTILINE)[number]


def free(port: int) -> None:
    """Waits until nobody else uses this port, which the text names."""

    def is_free() -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
            return True

    eventually(is_free, f"port {port} free")


@needs_the_wheel
def test_the_guide_leads_from_an_empty_folder_to_two_chats_that_talk(
    tmp_path: Path, terminal: Callable[[str], Terminal]
) -> None:
    assert WHEEL is not None
    shutil.copy(WHEEL, tmp_path)
    for language, name, code in blocks(section(1) + section(2) + section(3)):
        if name:
            (tmp_path / name).write_text(code)
        elif language == "sh" and "chat.py" not in code:
            status, shown, _ = terminal(code).end(300)
            assert status == 0, shown
    norte_command, sur_command = (code for language, _, code in blocks(section(3)) if language == "sh")

    free(5001)
    free(5002)
    norte, sur = terminal(f"exec {norte_command}"), terminal(f"exec {sur_command}")
    sur.shows("  room Norte:1: Plaza")
    norte.write("¿quién anda ahí?")
    norte.shows("  stored, on its way to Sur")
    sur.shows("Ana (Norte) in Norte:1: ¿quién anda ahí?")
    sur.write("yo")
    norte.shows("Ana (Sur) in Norte:1: yo")

    sur.ctrl_c()
    norte.write("uno")
    sur = terminal(f"exec {sur_command}")
    sur.shows("Ana (Norte) in Norte:1: uno")
    sur.kill()
    for line in ("dos", "tres", "cuatro"):
        norte.write(line)
    sur = terminal(f"exec {sur_command}")
    for line in ("dos", "tres", "cuatro"):
        sur.shows(f"Ana (Norte) in Norte:1: {line}")
    tutorial.judge(tmp_path, tmp_path / "venv" / "bin")
    norte.ctrl_c()
    sur.ctrl_c()


def printed(readme: Path) -> str:
    (code,) = (code for language, _, code in blocks(readme.read_text()) if language == "python")
    return code


@pytest.mark.parametrize("readme", ["README.md", "bindings/python/README.md"])
def test_the_readmes_lines_run_as_printed(
    readme: str, net: Callable[..., Net], program: Callable[..., Program], tmp_path: Path
) -> None:
    free(5801)
    both = net("BuasApp", "Sur")
    both.ports["BuasApp"] = 5801
    both.registry("Sur").write_text(
        '[{"id": 1, "name": "BuasApp", "endpoint": "http://127.0.0.1:5801/", "token": "BuasApp-Sur"}]'
    )
    (tmp_path / "platforms.json").write_text(both.registry("BuasApp").read_text())
    process = program(printed(ROOT / readme))
    sur = both.open("Sur")
    sur.publish_user(1, "Bruno")
    (message,) = taken(sur, Message)
    assert (message.room, message.sender_name, message.text) == ("BuasApp:7", "Ana", "¡Hola a todos!")
    sur.publish_message(ExternalId("BuasApp", 7), 1, "¡Hola, Ana!")
    assert process.line() == "Bruno in BuasApp:7: ¡Hola, Ana!"
    process.signal(signal.SIGINT)
    code, _, errors = process.end()
    assert (code, errors.rstrip().endswith("KeyboardInterrupt")) == (-signal.SIGINT, True)


def test_both_readmes_print_the_same_lines() -> None:
    assert printed(ROOT / "README.md") == printed(ROOT / "bindings/python/README.md")


def test_the_test_of_an_application_passes(tmp_path: Path) -> None:
    (tmp_path / "test_chat.py").write_text(file("test_chat.py"))
    (tmp_path / "conftest.py").write_text(file("conftest.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_chat.py"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE)
    assert run.returncode == 0, run.stdout
    assert "1 passed" in run.stdout


def test_a_wsgi_application_mounts_the_node(
    net: Callable[..., Net], program: Callable[..., Program], tmp_path: Path
) -> None:
    both = net("Norte", "Sur")
    code = file("mounted.py")
    assert "5001" in code
    process = program(code.replace("5001", str(both.ports["Norte"])))
    sur = both.open("Sur")
    sur.publish_user(1, "Bruno")
    eventually(lambda: sur.status().platforms[0].up and sur.status().platforms[0].waiting == 0, "Norte up")
    process.kill()
    _, _, errors = process.end()
    assert "POST /batch" in errors or "POST /user" in errors, errors
    with Node(**{**both.options("Norte"), "listen": None}) as norte:
        assert [user.id for user in norte.users("Sur")] == ["Sur:1"]


def test_an_application_of_asgi_mounts_the_node(
    net: Callable[..., Net], terminal: Callable[[str], Terminal], tmp_path: Path
) -> None:
    both = net("Norte", "Sur")
    (tmp_path / "web.py").write_text(file("web.py"))
    registry = both.registry("Sur")
    registry.write_text(registry.read_text().replace('/", "token"', '/integrador/", "token"'))
    port = both.ports["Norte"]
    server = terminal(f"exec {sys.executable} -m uvicorn --port {port} --log-level warning web:app")
    sur = both.open("Sur")
    sur.publish_user(1, "Bruno")
    eventually(lambda: sur.room(ExternalId("Norte", 1)), "the room of Norte")
    # The node is open, and its room published, before the server listens.
    eventually(lambda: listens(port), "that the server listens")
    said = urllib.request.urlopen(f"http://127.0.0.1:{port}/say", b"hola", timeout=PATIENCE)
    with said:
        assert said.status == 200
    assert [message.text for message in taken(sur, Message)] == ["hola"]
    sur.publish_message(ExternalId("Norte", 1), 1, "¡buenas!")
    server.shows("Bruno: ¡buenas!")


def test_the_recipe_for_gevent_without_patching_runs(net: Callable[..., Net], program: Callable[..., Program]) -> None:
    both = net("Norte", "Sur")
    ticking = """
import gevent
ticks = 0
def tick():
    global ticks
    while True:
        gevent.sleep(0.001)
        ticks += 1
gevent.spawn(tick)
"""
    waiting = """
events = apart(node.consumer)
while apart(events.next, timeout=0.5):
    events.done()
    before = ticks
assert ticks - before > 50, ticks
"""
    begin, end = file("greenlets.py").split("apart(node.close)\n")
    assert end == ""
    process = program(ticking + begin + waiting + "apart(node.close)\n", cwd=both.folder)
    assert re.fullmatch(r"[0-9a-f-]{36}", process.line())
    code, out, errors = process.end()
    assert (code, out) == (0, ""), errors


def test_under_the_patching_of_gevent_nothing_has_to_be_done(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    """Greenlets run on while others wait in calls of the node, and handlers are greenlets that may sleep."""
    both = net("Norte", "Sur")
    source = """
from gevent import monkey
monkey.patch_all()
import gevent, json, sys, threading, time
from integrador import Node
ticks, longest, last = 0, 0.0, time.monotonic()
def tick():
    global ticks, longest, last
    while True:
        gevent.sleep(0.001)
        now = time.monotonic()
        ticks, longest, last = ticks + 1, max(longest, now - last), now
gevent.spawn(tick)
with Node(**json.loads(sys.argv[1])) as node:
    texts = []
    @node.on_message
    def show(message):
        gevent.sleep(0.01)
        texts.append((message.text, gevent.getcurrent() is not gevent.get_hub().parent))
    node.start()
    print("open", flush=True)
    before = ticks
    while len(texts) < 20:
        gevent.sleep(0.01)
    assert texts == [(str(n), True) for n in range(20)], texts
    assert ticks - before > 20
    node.stop()
    before = ticks
    with node.consumer() as events:
        while events.next(timeout=0.5):
            events.done()
            before = ticks
    assert ticks - before > 50, ticks - before
    threads = [threading.Thread(target=node.publish_user, args=(n, "Ana")) for n in range(30)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    assert len(node.users("Sur")) == 30
print("closed", flush=True)
"""

    norte = both.open("Norte")
    norte.publish_user(1, "Ana")
    norte.publish_room(7, "Plaza", "public")
    process = program(source, json.dumps(both.options("Sur")), wait_for="open")
    for n in range(20):
        norte.publish_message(7, 1, str(n))
    code, out, errors = process.end()
    assert (code, out) == (0, "closed\n"), errors


def test_the_recipe_for_asyncio_runs(net: Callable[..., Net], program: Callable[..., Program]) -> None:
    both = net("Norte", "Sur")
    norte = both.open("Norte")
    norte.publish_user(1, "Ana")
    norte.publish_room(7, "Plaza", "public")
    code = file("tasks.py")
    assert "5002" in code
    process = program(code.replace("5002", str(both.ports["Sur"])), cwd=both.folder)
    eventually(lambda: norte.users("Sur"), "Bruno")
    begin = time.monotonic()
    for n in range(20):
        norte.publish_message(7, 1, str(n))
    assert [process.line() for _ in range(20)] == [f"Ana: {n}" for n in range(20)]
    # A signal that comes as Python goes to wait in its own select is seen at the next event: let it wait already.
    time.sleep(0.3)
    process.signal(signal.SIGINT)
    assert process.end()[0] != 0
    assert time.monotonic() - begin < PATIENCE
    eventually(lambda: norte.status().platforms[0].waiting == 0)
    with Node(**{**both.options("Sur"), "role": "admin"}) as sur:
        assert sur.status().inbox == 0
