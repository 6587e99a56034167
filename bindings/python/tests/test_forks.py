"""Forking a process whose nodes are busy: its children live and end, keep nothing of it, and it goes on as before."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable

import pytest

from integrador import ExternalId, Message

from conftest import Net, Pair, Program, eventually, forked, taken

CHILDREN = 300

BUSY = """
import faulthandler, itertools, json, logging, os, sys, threading, time, warnings
from collections import deque
from integrador import ClosedError, IntegradorError, Node

warnings.simplefilter("ignore", DeprecationWarning)
logging.basicConfig(level=logging.DEBUG, handlers=[logging.NullHandler()])
norte, sur, este = nodes = [Node(**options) for options in json.loads(sys.argv[1])]
count = int(sys.argv[2])
handled, published, working = [], [], True

def forever(work):
    def run():
        while working:
            work()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread

sur.on_message(lambda message: handled.append(message.text))
sur.start()
norte.publish_user(1, "Ana")
sur.publish_user(1, "Bruno")
norte.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]})

def publish():
    published.append(str(len(published)))
    norte.publish_message(7, 1, published[-1] + " " * 2000)
    time.sleep(0.002)

numbers = itertools.count()

def rename():
    # A thousand rows at once: the log grows, and is written back into the file again and again.
    este.publish_users([(n, f"Persona {next(numbers)}") for n in range(1000)])

def read():
    for node in nodes:
        node.status(), node.dead_letters(), node.delivery("01890a5d-ac96-774b-bcce-b302099a8057"), node.users()

threads = [forever(publish), forever(rename), forever(read), forever(read)]

def live(n):
    faulthandler.dump_traceback_later(25, exit=True)
    try:
        norte.users()
        return 3
    except ClosedError:
        pass
    if n % 3 == 0:
        with Node("Hijo", f"hijo-{n % 8}.db") as own:
            own.publish_user(1, f"Olga {n}")
    elif n % 3 == 1:
        with Node("Este", "este.db") as shared:
            shared.publish_room(n, "De un hijo", "public")
    if n % 2:
        nodes.clear()
        for name in ("norte", "sur", "este"):
            del globals()[name]
    return 7

def ended():
    child, n, begin = children.popleft()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status != 7:
        # The other threads' errors at the end of the interpreter would bury what this child wrote.
        print(f"child {n} ended with {status} after {time.monotonic() - begin:.1f} s", file=sys.stderr, flush=True)
        os._exit(1)

children = deque()
for n in range(count):
    child = os.fork()
    if child == 0:
        os._exit(live(n)) if n % 4 else sys.exit(live(n))
    children.append((child, n, time.monotonic()))
    if len(children) == 4:
        ended()
while children:
    ended()
working = False
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
deadline = time.monotonic() + 30
while len(handled) < len(published) and time.monotonic() < deadline:
    time.sleep(0.01)
assert [text.strip() for text in handled] == published, (len(handled), len(published))
rooms = {room.id.id for room in este.rooms()}
assert rooms == {n for n in range(count) if n % 3 == 1}, (len(rooms), count)
for node in nodes:
    node.close()
print("done", len(published))
"""


@pytest.mark.timeout(600)
def test_hundreds_of_children_of_a_busy_process_live_and_end(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    """Nodes write, read, log and write SQLite's logs back at every moment: no child may meet a lock that is held."""
    both = net("Norte", "Sur")
    este = {"platform": "Este", "store": "este.db"}
    options = json.dumps([both.options("Norte"), both.options("Sur"), este])
    code, out, errors = program(BUSY, options, str(CHILDREN)).end(550)
    assert (code, out[:5], errors) == (0, "done ", "")


FORKING = """
import json, os, sys, time, warnings
from integrador import Node
warnings.simplefilter("ignore", DeprecationWarning)
node = Node(**json.loads(sys.argv[1]))
node.publish_user(1, "Ana")
node.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]})
node.start()
sys.stdin.readline()
child = os.fork()
if child == 0:
    time.sleep(600)
    os._exit(0)
print(child)
sys.stdin.readline()
for n in range(20):
    node.publish_message(7, 1, str(n))
print("published")
time.sleep(600)
"""


# Shows promise 2.
def test_what_a_dead_parent_worked_on_is_free_though_its_child_lives(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    both = net("Norte", "Sur")
    sur = both.open("Sur")
    parent = program(FORKING, json.dumps(both.options("Norte")))
    eventually(lambda: sur.room(ExternalId("Norte", 7)), "the room")
    sur.close()
    parent.write("")
    child = int(parent.line())
    parent.write("")
    assert parent.line() == "published"
    parent.signal(signal.SIGKILL)
    parent.wait()
    sur = both.open("Sur")
    norte = both.open("Norte")
    assert [message.text for message in taken(sur, Message, 20)] == [str(n) for n in range(20)]
    eventually(lambda: norte.status().platforms[0].waiting == 0, "the arrival")
    assert parent.has(child), "the child lives on until the end"


def test_nobody_waits_for_an_answer_of_a_dead_parent_though_its_child_lives(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    both = net("Norte", "Sur")
    sur = both.open("Sur")
    parent = program(FORKING, json.dumps(both.options("Norte")))
    eventually(lambda: sur.room(ExternalId("Norte", 7)), "the room")
    sur.publish_user(1, "Bruno")
    # It keeps the connection open for the next request.
    eventually(lambda: sur.status().platforms[0].waiting == 0, "the arrival")
    parent.write("")
    child = int(parent.line())
    parent.signal(signal.SIGKILL)
    parent.wait()
    begin = time.monotonic()
    sur.publish_message(ExternalId("Norte", 7), 1, "hola")
    eventually(lambda: not sur.status().platforms[0].up, "that Sur knows")
    assert time.monotonic() - begin < 10, "it waited until the request had timed out"
    assert [message.text for message in taken(both.open("Norte"), Message)] == ["hola"]
    assert parent.has(child), "the child lives on until the end"


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_child_may_close_and_stop_what_its_parent_pumps(pair: Pair) -> None:
    pair.sur.on_message(print)
    pair.sur.start()
    begin = time.monotonic()
    assert forked(pair.sur.stop) is None
    assert forked(pair.sur.close) == [
        "ClosedError",
        "this node was opened before a fork: open one in this process, after the fork",
    ]
    assert time.monotonic() - begin < 5
    assert not pair.sur.closed


SLOW_TO_FORK = """
import itertools, os, threading, time, warnings
warnings.simplefilter("ignore", DeprecationWarning)
# Registered earlier, it is called later than the package's.
os.register_at_fork(before=lambda: time.sleep(0.02))
import integrador._native
from integrador import Node

node = Node("Norte", "norte.db")
working = True

numbers = itertools.count()

def open_and_drop():
    other = Node("Sur", f"sur-{next(numbers)}.db")
    del other

def forever(work):
    def run():
        while working:
            work()
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread

publish = lambda: node.publish_users([(1, str(time.monotonic()))])
read = lambda: (node.users(), node.metrics(), node.closed, node.status(), node.next_events(timeout=0))
threads = [forever(work) for work in (open_and_drop, publish, read, integrador._native.take_logs)]
for n in range(20):
    child = os.fork()
    if child == 0:
        os._exit(7)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
working = False
for thread in threads:
    thread.join(20)
    assert not thread.is_alive()
node.close()
print("done")
"""


def test_a_fork_gets_through_though_others_that_prepare_for_it_let_threads_run(
    program: Callable[..., Program],
) -> None:
    """A thread that waits for the fork while it holds the GIL would stop the one that forks."""
    assert program(SLOW_TO_FORK).end(60) == (0, "done\n", "")


FORKS_IN_A_WAIT = """
import os, signal, sys, time, warnings
from integrador import Node
warnings.simplefilter("ignore", DeprecationWarning)
node = Node("Norte", "norte.db")

class Over(Exception):
    pass

def fork(*_):
    global begin, child
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        sys.exit(7)
    raise Over

signal.signal(signal.SIGALRM, fork)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    node.next_events(timeout=60)
except Over:
    status = os.waitpid(child, 0)[1]
    print(os.waitstatus_to_exitcode(status), time.monotonic() - begin < 2)
"""


def test_the_handler_of_a_signal_may_fork_while_its_thread_waits(program: Callable[..., Program]) -> None:
    process = program(FORKS_IN_A_WAIT)
    assert process.end() == (0, "7 True\n", ""), "False where the child waited for calls that are not there"
