"""Runs a command for a limited time, and leaves nothing of it behind: neither its process group nor what has left that group."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

TIMED_OUT = 124  # as the command `timeout` says it
ADOPT_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER


def adopt():
    """A descendant that loses its parent becomes a child of this process, not of the system's first one: so it can be found. Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(ADOPT_ORPHANS, 1, 0, 0, 0)


def descendants():
    """The processes that descend from this one, as far as the system shows them."""
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name, in parentheses, may hold anything; after it come the state and the parent.
            parent = int(stat.read_text(errors="replace").rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found, ask = [], [os.getpid()]
    while ask:
        of = children.get(ask.pop(), [])
        found += of
        ask += of
    return found


def end(process, how=signal.SIGKILL):
    """Sends a signal to a process that was started by `start`, and to its group."""
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        pass


def clear(process=None):
    """Ends a process that was started by `start`, its group, and all that has been started from here. Nobody else may have children here."""
    if process is not None:
        end(process)
        process.wait()
    deadline = time.monotonic() + 10
    while (left := descendants()) and time.monotonic() < deadline:
        for pid in left:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, os.WNOHANG)
            except (ProcessLookupError, ChildProcessError):
                continue
        time.sleep(0.02)


def ended(process):
    """Its exit status, None while it runs. Takes note of adopted processes that have ended, as the system's first one would."""
    status = process.poll()
    while status is None and sys.platform == "linux":
        dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if dead is None or dead.si_pid == process.pid:
            break
        os.waitpid(dead.si_pid, 0)
    return status


def start(command, **options):
    """In a group of its own, without input."""
    adopt()
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, start_new_session=True, **options)


def run(command, seconds, **options):
    """Its exit status, or TIMED_OUT."""
    process = None

    def stopped(number, _frame):
        # Without a name yet, it is being started.
        if process is not None:
            end(process, signal.SIGTERM)
            try:
                process.wait(2)
            except subprocess.TimeoutExpired:
                pass
        clear(process)
        sys.exit(128 + number)

    before = {number: signal.signal(number, stopped) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        process = start(command, **options)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if (status := ended(process)) is not None:
                return status
            time.sleep(0.02)
        print(f"`{' '.join(map(str, command))}` was ended after {seconds:.0f} s", file=sys.stderr, flush=True)
        return TIMED_OUT
    finally:
        if process is not None:
            clear(process)
        for number, handler in before.items():
            signal.signal(number, handler)
