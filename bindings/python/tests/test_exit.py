"""An embedding program may end an application in an exit handler of C: the thread has lost its variables by then, and
the interpreter still works. So does every call, and closing above all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from integrador import Node

from conftest import Program

AT_EXIT = {
    "closing": "node.close()",
    "publishing": "print(node.publish_user(2, 'Eva').duplicate); node.close()",
    "taking events": "print(node.next_events(timeout=0.2)); node.close()",
    "waiting without a pump": "node.stop(); print(node.status().name); node.close()",
    "answering": "print(node.handle('GET', '/ping').status); node.close()",
    "opening another": "Node('Otra', 'otra.db').close(); node.close()",
    "dropping the last handle": "node.stop(); del globals()['node']; gc.collect()",
    "the exit functions of Python": "atexit._run_exitfuncs()",
    "forking": "child = os.fork() or os._exit(7); assert os.waitpid(child, 0)[1] >> 8 == 7; node.close()",
    "nothing": "pass",
}


@pytest.mark.parametrize("what", AT_EXIT)
def test_every_call_works_in_an_exit_handler_of_c(what: str, program: Callable[..., Program], tmp_path: Path) -> None:
    process = program(
        f"""
import atexit, ctypes, gc, os, traceback, warnings
from integrador import Node
warnings.simplefilter("ignore", DeprecationWarning)
node = Node("Norte", "norte.db", listen="127.0.0.1:0")
node.on_message(print)
node.start()
node.publish_user(1, "Ana")
child = os.fork() or os._exit(0)
os.waitpid(child, 0)

@ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p)
def last(status, _):
    try:
        print("at exit")
        exec({AT_EXIT[what]!r}, globals())
        print("done")
    except BaseException:
        traceback.print_exc()

libc = ctypes.CDLL(None)
libc.on_exit(last, None)
libc.exit(3)
""",
        wait_for="at exit",
    )
    code, out, errors = process.end()
    assert (code, out.splitlines()[-1:], errors) == (3, ["done"], "")
    with Node("Norte", tmp_path / "norte.db") as node:
        names = {user.name for user in node.users()}
        assert names == ({"Ana", "Eva"} if what == "publishing" else {"Ana"}), out
