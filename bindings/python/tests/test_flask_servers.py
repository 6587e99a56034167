"""The node opens in the process that serves, and in no other; and several of them share the work.

Everything here is real: gunicorn, waitress and Flask's own server with an application behind them, and a node of
another platform on the other side."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path

import pytest

from conftest import Net, eventually
from flask_servers import (
    DETECTED,
    FLASK,
    GUNICORN,
    HOOKED,
    SERVERS,
    WITH_ITS_HOOK,
    Peer,
    Server,
    each,
    know_each_other,
    reachable,
    unreachable,
    workers,
)

Start = Callable[..., Server]
Commands = dict[str, list[str]]
DETECT = {"FLASK_INTEGRADOR_AUTOSTART": "detect"}


@pytest.fixture
def two(net: Callable[..., Net]) -> Net:
    return net("BuasApp", "Norte")


@pytest.fixture
def serve(two: Net) -> Iterator[Start]:
    """Starts a server, of which nothing outlives the test."""
    started: list[Server] = []

    def start(command: list[str], **environment: str) -> Server:
        started.append(Server(two, command, **environment))
        return started[-1].start()

    yield start
    for server in started:
        server.kill()


# ---- where it opens


STARTED = [
    *(pytest.param(HOOKED, *one.values, {}, marks=one.marks, id=f"hook of {one.values[0]}") for one in each(HOOKED)),
    *(
        pytest.param(DETECTED, *one.values, DETECT, marks=one.marks, id=f"detected {one.values[0]}")
        for one in each(DETECTED)
    ),
]


# Shows promise 2.
@pytest.mark.parametrize(("servers", "server", "environment"), STARTED)
def test_what_waits_goes_out_within_5_s_of_a_restart_without_a_request(
    serve: Start, two: Net, servers: Commands, server: str, environment: dict[str, str]
) -> None:
    peer = Peer(two)
    peer.open()
    app = serve(servers[server], **environment)
    know_each_other(app, peer)
    peer.close()
    app.ask("/say/waiting?room=Norte:7&text=Espera", post=True)
    app.kill()
    unreachable(two, "Norte", "BuasApp")
    peer.open()
    opened = len(app.opened_in())
    app.start()
    # How long a server takes to start is its own affair.
    eventually(lambda: len(app.opened_in()) > opened, "that it opens")
    begin = time.monotonic()
    eventually(lambda: "Espera" in peer.texts(), "that it arrives")
    took = time.monotonic() - begin
    assert took < 5, f"it took {took:.1f} s"


@pytest.mark.parametrize(("servers", "server", "environment"), STARTED)
def test_where_a_hook_starts_it_or_it_detects_them_it_opens_in_all_processes_that_serve_and_in_no_other(
    serve: Start, servers: Commands, server: str, environment: dict[str, str]
) -> None:
    app = serve(servers[server], **environment)
    eventually(lambda: len(app.opened_in()) == workers(server), "that it opens")
    eventually(app.answers, "that it serves")
    serving = {int(app.ask("/")) for _ in range(40 * workers(server))}
    time.sleep(1)  # whatever else would open it has had the time
    opened = app.opened_in()
    assert len(set(opened)) == len(opened) == workers(server)
    assert serving <= set(opened)
    assert app.with_the_store_open() == set(opened)
    _no_master_has_it(app, server, set(opened))


@pytest.mark.parametrize("server", each(SERVERS))
def test_it_opens_with_the_first_request_in_each_process_that_gets_one_and_not_before(
    serve: Start, server: str
) -> None:
    app = serve(SERVERS[server])
    eventually(app.listens, "that it listens")
    time.sleep(1)  # whatever would open it has had the time
    assert app.opened_in() == []
    assert not app.store.exists()
    eventually(app.answers, "that it serves")
    serving = {int(app.ask("/")) for _ in range(40 * workers(server))} | set(app.opened_in()[:1])
    opened = app.opened_in()
    assert len(opened) == len(set(opened))
    assert serving == set(opened) == app.with_the_store_open()
    _no_master_has_it(app, server, serving)


def _no_master_has_it(app: Server, server: str, opened: set[int]) -> None:
    if any(word in server for word in ("gunicorn", "--debug", "granian", "--master", "--lazy-apps")):
        assert app.pid not in opened
        assert len(app.processes()) >= workers(server) + 1
    else:
        assert opened == {app.pid}


def test_a_ping_of_a_peers_is_a_first_request(serve: Start, two: Net) -> None:
    app = serve(SERVERS["gunicorn"])
    peer = Peer(two)
    peer.open()
    eventually(app.opened_in, "that it opens")
    assert not [line for line in app.log().splitlines() if "Traceback" in line]


@pytest.mark.parametrize("how", ["fork", "spawn"])
@pytest.mark.parametrize("server", ["gunicorn", "gunicorn --preload", "gunicorn --threads", "flask run"])
def test_it_never_opens_in_a_child_of_multiprocessing(serve: Start, server: str, how: str) -> None:
    app = serve(SERVERS[server])
    eventually(app.answers, "that it serves")
    assert app.ask(f"/child/{how}") == "closed"
    assert 1 <= len(app.opened_in()) <= workers(server)
    assert set(app.opened_in()) <= app.processes()


def test_without_autostart_no_server_opens_it(serve: Start) -> None:
    app = serve(SERVERS["gunicorn"], FLASK_INTEGRADOR_AUTOSTART="false")
    eventually(app.answers, "that it serves")
    time.sleep(1)
    assert app.opened_in() == []
    assert not app.store.exists()


def test_the_reloader_closes_it_and_opens_it_again(serve: Start, two: Net) -> None:
    module = two.folder / "watched.py"
    module.write_text("from flask_app import create_app  # first\n")
    command = [part if part != "flask_app" else "watched" for part in FLASK]
    app = serve([*command, "--debug"], PYTHONDONTWRITEBYTECODE="1", **DETECT)
    eventually(lambda: len(app.opened_in()) == 1, "that it opens")
    eventually(app.answers, "that it serves")
    time.sleep(1.1)  # so that the time of the file differs
    module.write_text("from flask_app import create_app  # second\n")
    eventually(lambda: len(app.opened_in()) == 2, "that it opens in the new child")
    first, second = app.opened_in()
    eventually(lambda: app.with_the_store_open() == {second}, "that the old one is gone")
    assert app.pid not in (first, second)


@pytest.mark.parametrize("server", each(["gunicorn", "gunicorn --threads", "waitress-serve", "flask run", "granian"]))
def test_a_clean_end_closes_it_quickly_and_says_nothing_bad(serve: Start, server: str) -> None:
    app = serve(SERVERS[server])
    eventually(app.answers, "that it serves")
    assert app.opened_in()
    if server == "granian":  # a worker that still starts loses the signal, and its master waits for it for ever
        eventually(lambda: app.log().count("Started worker-") == workers(server), "that every worker has started")
    begin = time.monotonic()
    app.end()
    assert time.monotonic() - begin < 8
    assert "Traceback" not in app.log(), app.log()[-3000:]


@pytest.mark.parametrize("autostart", ["true", "detect"])
@pytest.mark.parametrize("server", each(["uwsgi --master", "uwsgi --lazy-apps"]))
def test_no_worker_of_uwsgi_hangs_however_often_the_master_forks(serve: Start, server: str, autostart: str) -> None:
    app = serve([*SERVERS[server], "--processes", "8"], FLASK_INTEGRADOR_AUTOSTART=autostart)
    eventually(app.answers, "that it serves")
    began: list[int] = []
    times = 20 if "lazy" in server else 60
    for _ in range(times):
        began.append(int(app.ask("/")))  # the first request of this one, by which it opens the node at the latest
        assert len(list(Path(f"/proc/{app.pid}/task").iterdir())) == 1, "the process that forks has a thread"
        app.kill(began[-1])
    assert len(set(began)) == times
    assert set(began) <= set(app.opened_in())


# ---- commands beside it


def test_commands_work_beside_a_server_and_take_nothing_from_it(serve: Start, two: Net) -> None:
    peer = Peer(two)
    peer.open()
    app = serve(HOOKED["gunicorn"])
    know_each_other(app, peer)

    def stands() -> list[tuple[str, bool | None]]:
        return [(p["name"], p["up"]) for p in json.loads(app.run("integrador", "status", "--json"))["platforms"]]

    eventually(lambda: stands() == [("Norte", True)], "that the peer is shown as up")
    assert "Norte" in app.run("integrador", "platforms")
    assert app.run("integrador", "dead-letters", "list") == "no dead letters\n"
    app._environment["ROOM"] = "Norte:7"
    app.run("say")
    eventually(lambda: "Desde un comando" in peer.texts(), "what a command published")
    assert len(app.opened_in()) == 2


# ---- several workers


def said(count: int, who: str = "") -> list[str]:
    return [f"{who}mensaje {n} ¿qué tal? 🧉" for n in range(count)]


# Shows promises 3 and 4.
@pytest.mark.parametrize("preload", [False, True], ids=["prefork", "preload"])
def test_with_four_workers_each_event_is_handled_once_and_in_order(serve: Start, two: Net, preload: bool) -> None:
    peer = Peer(two)
    node = peer.open()
    app = serve([*GUNICORN, *WITH_ITS_HOOK, "--workers", "4", *(["--preload"] if preload else [])])
    know_each_other(app, peer)
    rooms = [f"R{n}" for n in range(8)]
    for room in rooms:
        node.publish_room(room, room, "private", {"Norte": [1], "BuasApp": [1]})
    for text in said(50):
        for room in rooms:
            node.publish_message(room, 1, f"{room} {text}")
    eventually(lambda: len(app.texts()) >= 400, "all of them")
    time.sleep(1)
    assert Counter(app.texts()) == Counter(f"{room} {text}" for text in said(50) for room in rooms)
    for room in rooms:
        assert [text for text in app.texts() if text.startswith(f"{room} ")] == [f"{room} {text}" for text in said(50)]


# Shows promise 3.
def test_four_workers_publish_at_once_and_all_of_it_arrives_once(serve: Start, two: Net) -> None:
    peer = Peer(two)
    peer.open()
    app = serve([*GUNICORN, *WITH_ITS_HOOK, "--workers", "4", "--threads", "2"])
    know_each_other(app, peer)

    def write(who: int) -> None:
        for n in range(30):
            app.ask(f"/say/{who}-{n}?room=Norte:7&text={who}-{n}", post=True)

    writers = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert not writer.is_alive(), "a request hangs"
    everything = [f"{who}-{n}" for who in range(4) for n in range(30)]
    eventually(lambda: len(peer.texts()) >= len(everything) + 1, "all of them")
    got = [text for text in peer.texts() if text != "Hola"]
    assert Counter(got) == Counter(everything)
    for who in range(4):
        assert [text for text in got if text.startswith(f"{who}-")] == [f"{who}-{n}" for n in range(30)]


# Shows promises 1 and 3.
@pytest.mark.parametrize("preload", [False, True], ids=["prefork", "preload"])
def test_workers_killed_under_load_lose_nothing_and_repeat_only_what_they_were_at(
    serve: Start, two: Net, preload: bool
) -> None:
    peer = Peer(two)
    node = peer.open()
    app = serve([*GUNICORN, *WITH_ITS_HOOK, "--workers", "4", *(["--preload"] if preload else [])], HANDLING="0.002")
    know_each_other(app, peer)
    rooms = [f"R{n}" for n in range(8)]
    for room in rooms:
        node.publish_room(room, room, "private", {"Norte": [1], "BuasApp": [1]})
    killed: set[int] = set()
    done = threading.Event()
    answered: list[str] = []

    def write() -> None:
        """What the application publishes meanwhile: again, under the same key, until it is answered."""
        for n in range(60):
            while not done.is_set():
                try:
                    app.ask(f"/say/k{n}?room=Norte:7&text=k{n}", post=True)
                    answered.append(f"k{n}")
                    break
                except (OSError, HTTPException):  # killed before it has answered, or in the middle of it
                    time.sleep(0.05)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for text in said(100):
            for room in rooms:
                node.publish_message(room, 1, f"{room} {text}")
            if text.startswith(("mensaje 20 ", "mensaje 50 ", "mensaje 80 ")):
                # Who goes on shows only where something is left to do: by now there is.
                eventually(lambda: app.last_handled_in() not in killed, "that another one goes on")
                busy = app.last_handled_in()
                app.kill(busy)
                killed.add(busy)
        writer.join(60)
        assert not writer.is_alive(), "a request hangs"
    finally:
        done.set()
        writer.join(60)
    assert len(killed) == 3
    expected = {f"{room} {text}" for text in said(100) for room in rooms}
    eventually(lambda: expected <= set(app.texts()), "all of them")
    time.sleep(1)
    handled_in: dict[str, list[int]] = {}
    for _, _, pid, text in app.notes("message"):
        handled_in.setdefault(text, []).append(int(pid))
    assert set(handled_in) == expected
    for text, pids in handled_in.items():
        assert set(pids[:-1]) <= killed, f"{text} was handled again, though nobody died of it"
    for room in rooms:
        first = list(dict.fromkeys(text for text in app.texts() if text.startswith(f"{room} ")))
        assert first == [f"{room} {text}" for text in said(100)]
    eventually(lambda: set(answered) <= set(peer.texts()), "what the application published")
    assert [text for text in peer.texts() if text.startswith("k")] == [f"k{n}" for n in range(60)]
    eventually(lambda: len(app.with_the_store_open()) == 4, "that there are four workers again")


# Shows promises 2 and 4.
def test_a_peer_that_was_away_gets_all_of_it_from_several_workers_in_order(serve: Start, two: Net) -> None:
    peer = Peer(two)
    peer.open()
    app = serve([*GUNICORN, *WITH_ITS_HOOK, "--workers", "4"])
    know_each_other(app, peer)
    peer.close()
    for n in range(50):
        app.ask(f"/say/away-{n}?room=Norte:7&text=away-{n}", post=True)
    reachable(two, "Norte", "BuasApp")
    peer.open()
    eventually(lambda: len(peer.texts()) >= 51, "all of them")
    assert peer.texts()[1:] == [f"away-{n}" for n in range(50)]


def test_no_process_outlives_a_master_that_was_killed(serve: Start) -> None:
    app = serve(HOOKED["gunicorn"])
    eventually(lambda: len(app.opened_in()) == 2, "that it opens")
    os.kill(app.pid, 9)
    assert app.process is not None
    app.process.wait(20)
    eventually(lambda: not app.processes(), "that the workers end too")
