"""Processes: leaving with an open node, forking, several on one store, chatting with each other and with Rust."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import integrador
from integrador import ClosedError, Message, Node

from conftest import Net, Pair, Program, eventually, forked, taken
from processes import Process

LEAVING = {
    "an open node": "pass",
    "a pump that waits": "node.on_message(print); node.start()",
    "a thread in next_events": "daemon(node.next_events)",
    "threads that publish": "for _ in range(4): daemon(lambda: [node.publish_user(n, 'Ana') for n in range(10**6)])",
    "threads that read": """
node.publish_users([(n, "x") for n in range(500)])
for _ in range(4):
    daemon(lambda: [(node.status(), node.users(), node.next_events(timeout=0)) for n in range(10**6)])
""",
    "threads that take no notice": """
def go_on():
    while True:
        try:
            node.users(); node.status()
        except ClosedError:
            pass
node.publish_users([(n, "x") for n in range(500)])
for _ in range(6):
    daemon(go_on)
""",
    "a node that was deleted": "del node",
    "a node in a cycle": "node.me = node; del node",
    "a closed node": "node.close()",
    "an executor that waits": "ThreadPoolExecutor().submit(node.next_events, timeout=0.3)",
}


@pytest.mark.parametrize("what", LEAVING)
def test_the_interpreter_exits_cleanly_with(what: str, program: Callable[..., Program]) -> None:
    process = program(
        f"""
import threading, time
from concurrent.futures import ThreadPoolExecutor
from integrador import ClosedError, Node
node = Node("Norte", "norte.db", listen="127.0.0.1:0")
def daemon(work):
    def until_closed():
        try:
            work()
        except ClosedError:
            pass
    threading.Thread(target=until_closed, daemon=True).start()
{LEAVING[what]}
time.sleep(0.2)
print("leaving")
""",
        wait_for="leaving",
    )
    begin = time.monotonic()
    assert process.end() == (0, "", "")
    assert time.monotonic() - begin < 4


def test_leaving_by_an_error_closes_the_node_too(program: Callable[..., Program], tmp_path: Path) -> None:
    process = program('from integrador import Node\nnode = Node("Norte", "norte.db")\nnode.start()\n1 / 0')
    code, _, errors = process.end()
    assert code == 1
    assert errors.rstrip().endswith("ZeroDivisionError: division by zero")
    with Node("Norte", tmp_path / "norte.db") as node:
        assert node.status().inbox == 0


def test_a_handler_that_hangs_does_not_keep_the_process(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    both = net("Norte", "Sur")
    norte = both.open("Norte")
    norte.publish_user(1, "Ana")
    process = program(
        """
import integrador._node, json, sys, time
from integrador import Node
integrador._node._HANDLERS_END = 0.2
node = Node(**json.loads(sys.argv[1]))
@node.on_user
def hang(change):
    print("hanging")
    time.sleep(60)
node.start()
sys.stdin.readline()
""",
        json.dumps(both.options("Sur")),
        wait_for="hanging",
    )
    process.write("")
    code, _, errors = process.end(10)
    assert (code, "its event comes again" in errors) == (0, True)


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_is_told_to_open_a_node_of_its_own(pair: Pair, tmp_path: Path) -> None:
    norte = pair.norte
    refused = ["ClosedError", "this node was opened before a fork: open one in this process, after the fork"]
    calls: list[Callable[[], object]] = [
        lambda: norte.publish_message(7, 1, "hola").event_id,
        lambda: norte.next_events(),
        lambda: norte.users(),
        lambda: norte.recipients(7),
        lambda: norte.handle("GET", "/ping"),
        lambda: norte.metrics(),
        lambda: norte.prometheus(),
        lambda: norte.status(),
        lambda: norte.on_message(print),
        lambda: norte.start(),
        lambda: norte.run_forever(),
        lambda: norte.close(),
    ]
    for call in calls:
        assert forked(call) == refused
    assert forked(lambda: [norte.closed, norte.name]) == [True, "Norte"]

    def leave_the_block() -> str:
        with norte:
            return "left"

    assert forked(leave_the_block) == "left"

    def open_another() -> object:
        with Node("Oeste", tmp_path / "oeste.db") as node:
            return node.publish_users([(1, "Olga")])

    assert forked(open_another) == 1
    assert not norte.closed
    pair.say("el padre sigue")
    assert [m.text for m in taken(pair.sur, Message)] == ["el padre sigue"]


FORKING = """
import json, logging, os, sys
from integrador import ClosedError, Node
logging.basicConfig(level=logging.DEBUG, stream=open(os.devnull, "w"))
node = Node("Norte", "norte.db", listen="127.0.0.1:0")
node.on_message(print)
node.start()
for n in range(30):
    node.publish_user(n, "Ana")
    child = os.fork()
    if child == 0:
        try:
            node.users()
        except ClosedError:
            with Node("Oeste", f"oeste-{n}.db") as own:
                own.publish_user(1, "Olga")
            del node
            sys.exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
print(len(node.users()))
"""


def test_children_of_a_busy_process_live_and_end_as_any(program: Callable[..., Program]) -> None:
    code, out, errors = program("import warnings; warnings.simplefilter('ignore')\n" + FORKING).end()
    assert (code, out, errors) == (0, "30\n", "")


def test_a_second_copy_of_the_package_can_not_open_a_store_that_the_first_has_open(
    program: Callable[..., Program], tmp_path: Path
) -> None:
    """Two copies of SQLite in one process would void each other's locks."""
    shutil.copytree(Path(integrador.__file__).parent, tmp_path / "integrador_again")
    process = program(
        """
from integrador import Node, StoreError
from integrador_again import _native, Node as Another
assert Another is not Node
with Node("Norte", "norte.db") as node:
    try:
        Another("Norte", "norte.db")
    except StoreError as error:
        print(error.kind, error.retryable, "a second copy of the library" in str(error))
Another("Norte", "norte.db").close()
"""
    )
    assert process.end() == (0, "store False True\n", "")


def test_importing_creates_nothing(program: Callable[..., Program]) -> None:
    process = program(
        """
import threading, os
before = len(os.listdir("/proc/self/task"))
import integrador
assert len(os.listdir("/proc/self/task")) == before, os.listdir("/proc/self/task")
assert threading.active_count() == 1
"""
    )
    assert process.end() == (0, "", "")


CHATTING = """
import json, sys
from integrador import ExternalId, Node
options = json.loads(sys.argv[1])
me = options["platform"]
with Node(**options) as node:
    @node.on_message
    def show(message):
        print(json.dumps([message.event_id, message.room, message.sender_name, message.text]))
    node.publish_user(1, f"Persona de {me}")
    if me == "Norte":
        node.publish_room(1, "Plaza", "public")
    node.start()
    print("open")
    for line in sys.stdin:
        key, text = line.rstrip("\\n").split(" ", 1)
        node.publish_message(ExternalId("Norte", 1), 1, text, key=key)
"""


def heard(process: Program, count: int) -> list[list[str]]:
    return [json.loads(process.line()) for _ in range(count)]


# Shows promises 1 and 2.
def test_two_processes_chat_and_nothing_is_lost_when_one_is_killed(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    both = net("Norte", "Sur")

    def start(name: str) -> Program:
        return program(CHATTING, json.dumps(both.options(name)), wait_for="open")

    norte = start("Norte")
    norte.write("a hola")
    sur = start("Sur")
    assert [line[1:] for line in heard(sur, 1)] == [["Norte:1", "Persona de Norte", "hola"]]
    sur.write("b ¿qué tal?")
    assert [line[1:] for line in heard(norte, 1)] == [["Norte:1", "Persona de Sur", "¿qué tal?"]]

    sur.signal(signal.SIGKILL)
    sur.end()
    for n in range(50):
        norte.write(f"n{n} {n}")
    sur = start("Sur")
    lines = heard(sur, 50)
    if lines[0][3] == "hola":
        # It was killed after the handler had returned, and before that was on disk.
        lines = [*lines[1:], *heard(sur, 1)]
    assert [line[3] for line in lines] == [str(n) for n in range(50)]
    assert len({line[0] for line in lines}) == 50
    assert norte.end()[0] == 0
    assert sur.end()[0] == 0


SHARING = """
import json, sys
from integrador import ExternalId, Node
with Node(**json.loads(sys.argv[1])) as node:
    node.on_message(lambda message: print(message.text))
    node.start()
    print("open")
    for line in sys.stdin:
        node.publish_message(ExternalId("Norte", 7), 1, line.strip(), key=line.strip())
"""


# Shows promise 3.
def test_several_processes_share_a_store(net: Callable[..., Net], program: Callable[..., Program]) -> None:
    """As the workers of a web server do: either publishes, and an event is handled by one of them."""
    pair = Pair(net("Norte", "Sur"))
    pair.sur.close()
    workers = [program(SHARING, json.dumps(pair.net.options("Sur")), wait_for="open") for _ in range(2)]
    for n in range(20):
        workers[n % 2].write(f"desde Sur {n}")
    assert sorted(m.text for m in taken(pair.norte, Message, 20)) == sorted(f"desde Sur {n}" for n in range(20))
    for n in range(20):
        pair.say(f"a Sur {n}")
    pair.arrived()
    with Node(**{**pair.net.options("Sur"), "listen": None, "role": "admin"}) as looking:
        eventually(lambda: looking.status().inbox == 0)
        with pytest.raises(ClosedError):
            pair.sur.status()
    texts = [line for worker in workers for line in worker.end()[1].splitlines()]
    assert sorted(texts) == sorted(f"a Sur {n}" for n in range(20))


@pytest.mark.skipif("CHATTER" not in os.environ, reason="CHATTER names the application in Rust: tests/run sets it")
def test_python_and_rust_chat(net: Callable[..., Net], tmp_path: Path) -> None:
    both = net("Norte", "Sur")
    norte = both.open("Norte")
    options = {"config": both.options("Sur"), "said": str(tmp_path / "said"), "heard": str(tmp_path / "heard")}
    rust = Process([os.environ["CHATTER"], json.dumps(options)], tmp_path, os.environ)

    def order(**what: object) -> dict[str, object]:
        rust.write(json.dumps(what))
        answer = json.loads(rust.line())
        assert isinstance(answer, dict)
        return answer

    try:
        assert "address" in json.loads(rust.line())
        order(do="user", id="r", name="Ruth")
        norte.publish_user(1, "Ana")
        norte.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": ["r"]})
        eventually(lambda: order(do="known", room="Norte:7")["room"], "the room at Rust's")
        sent = [norte.publish_message(7, 1, f"de Python {n}").event_id for n in range(20)]
        for n in range(20):
            order(do="say", room="Norte:7", sender="r", text=f"de Rust {n}", key=None)
        messages = taken(norte, Message, 20)
        assert [m.text for m in messages] == [f"de Rust {n}" for n in range(20)]
        assert {(m.room, m.sender, m.sender_name) for m in messages} == {("Norte:7", "Sur:r", "Ruth")}
        eventually(lambda: norte.status().platforms[0].waiting == 0)
        eventually(lambda: (tmp_path / "heard").read_text().count("de Python") == 20)
        assert all(str(id) in (tmp_path / "heard").read_text() for id in sent)
        assert rust.end()[0] == 0
    finally:
        rust.kill()
