"""Which process serves: the rules of `integrador.flask`, by values."""

from __future__ import annotations

import gc
import sys
import threading
from typing import Any

import pytest

from integrador.flask._serving import Frame, forks_workers, serves, stacks

SCRIPT = ("__main__", "<module>")
VIEW = ("shop.views", "order")
MASTER = [("gunicorn.arbiter", "manage_workers"), ("gunicorn.arbiter", "run"), ("gunicorn.app.base", "run"), SCRIPT]
FORKED = [("gunicorn.workers.base", "init_process"), ("gunicorn.arbiter", "spawn_worker"), *MASTER]
BORN = [("multiprocessing.process", "_bootstrap"), ("multiprocessing.popen_fork", "_launch")]

SERVING: dict[str, list[Frame]] = {
    "a worker of gunicorn's": [("select", "select"), ("gunicorn.workers.sync", "run"), *FORKED],
    "one with threads": [("selectors", "select"), ("gunicorn.workers.gthread", "run"), *FORKED],
    "waitress": [("waitress.wasyncore", "loop"), ("waitress.server", "run"), ("waitress", "serve"), SCRIPT],
    "flask run": [("socketserver", "serve_forever"), ("werkzeug.serving", "serve_forever"), ("flask.cli", "main")],
    "the reloader's child, in a thread": [("werkzeug.serving", "serve_forever"), ("threading", "run")],
    "a server in a child of multiprocessing": [("werkzeug.serving", "serve_forever"), ("tests", "live"), *BORN],
}
NOT_SERVING: dict[str, list[Frame]] = {
    "a script": [SCRIPT],
    "gunicorn's master": MASTER,
    "a worker that loads the application": [("shop", "create_app"), ("gunicorn.workers.base", "load_wsgi"), *FORKED],
    "the reloader's parent": [
        ("subprocess", "wait"),
        ("werkzeug._reloader", "restart_with_reloader"),
        ("flask.cli", "main"),
    ],
    "a script that will call waitress": [("shop", "create_app"), SCRIPT],
    "an own function called run": [("shop.jobs", "run"), SCRIPT],
    "a child that a view has forked": [("shop.work", "count"), *BORN, VIEW, ("gunicorn.workers.sync", "run"), *FORKED],
}


@pytest.mark.parametrize("who", SERVING)
def test_a_process_serves_that_is_in_the_loop_of_a_server(who: str) -> None:
    assert serves(SERVING[who])
    assert not forks_workers(SERVING[who])


@pytest.mark.parametrize("who", NOT_SERVING)
def test_a_process_does_not_serve_that_only_looks_like_it(who: str) -> None:
    assert not serves(NOT_SERVING[who])


def test_a_master_is_told_by_its_stack_also_while_it_loads_the_application_for_all() -> None:
    assert forks_workers(MASTER)
    assert forks_workers([("shop", "create_app"), ("gunicorn.app.base", "wsgi"), ("gunicorn.arbiter", "setup"), SCRIPT])
    assert not forks_workers([SCRIPT])
    assert not forks_workers(NOT_SERVING["a worker that loads the application"])


def test_stacks_are_read_while_no_other_thread_and_no_line_of_python_runs() -> None:
    said: list[str] = []

    def says(phase: str, _: Any) -> None:
        said.append(phase)

    def profile(_: object, event: str, what: Any) -> None:
        said.append(f"{event} {what.__name__}" if event.startswith("c_") else event)

    limits, goes_on = gc.get_threshold(), threading.Event()
    sleepers = [threading.Thread(target=nested, args=(50, goes_on), daemon=True) for _ in range(4)]
    for sleeper in sleepers:
        sleeper.start()
    gc.callbacks.append(says)
    gc.set_threshold(1)
    sys.setprofile(profile)
    try:
        seen = stacks()
    finally:
        sys.setprofile(None)
        gc.set_threshold(*limits)
        gc.callbacks.remove(says)
        goes_on.set()
        for sleeper in sleepers:
            sleeper.join()
    assert gc.isenabled()
    assert sum(stack.count((__name__, "nested")) for stack in seen) == 4 * 50
    # The collector may begin a few times before the look. During it, it would begin with about every frame.
    during = said[said.index("c_call stacks") + 1 : said.index("c_return stacks")]
    assert during.count("start") < 20, during


def nested(depth: int, until: threading.Event) -> None:
    if depth > 1:
        nested(depth - 1, until)
    else:
        until.wait()
