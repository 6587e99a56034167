"""The tests' own tools: nothing that a test starts is waited for without a bound, and nothing of it is left."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from conftest import Program, eventually
from processes import in_group

GRANDCHILD = "import os\nos.spawnlp(os.P_NOWAIT, 'sleep', 'sleep', '600')\n"


@pytest.mark.timeout(60, method="thread")
def test_a_program_that_hangs_with_a_child_that_holds_its_pipes_is_given_up(program: Callable[..., Program]) -> None:
    process = program(f"{GRANDCHILD}import threading\nprint('hanging')\nthreading.Event().wait()", wait_for="hanging")
    begin = time.monotonic()
    assert len(in_group(process.pid)) == 2
    with pytest.raises(AssertionError, match=r"(?s)did not end within 1 s.*Fatal Python error: Aborted") as given_up:
        process.end(1)
    assert "in wait" in str(given_up.value)
    eventually(lambda: not in_group(process.pid), "that all of its group is gone")
    assert time.monotonic() - begin < 15


@pytest.mark.timeout(60, method="thread")
def test_a_program_that_says_nothing_is_given_up(program: Callable[..., Program]) -> None:
    process = program(f"{GRANDCHILD}input()")
    with pytest.raises(AssertionError, match="no line within 1 s"):
        process.line(1)
    eventually(lambda: not in_group(process.pid), "that all of its group is gone")


@pytest.mark.timeout(60, method="thread")
def test_a_program_that_leaves_a_child_behind_has_ended(program: Callable[..., Program]) -> None:
    process = program(f"{GRANDCHILD}print('first')\nprint('last')", wait_for="first")
    assert process.end() == (0, "last\n", "")
    eventually(lambda: not in_group(process.pid), "that all of its group is gone")
