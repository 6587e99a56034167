"""What a test starts, in a group of processes of its own.

Every wait for it is bounded. Whatever it was, in the end the whole group is killed: so nothing outlives its test, and
no pipe is waited for that something else holds, such as a child that hangs.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

PATIENCE = 20.0
_END = 5.0
"""Seconds that processes get to say where they are, or to be gone after SIGKILL."""


class Process:
    """One process and all that it starts."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str], errors_apart: bool = True) -> None:
        self._process = subprocess.Popen(
            command,
            cwd=cwd,
            env=env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if errors_apart else subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._errors: list[str] = []
        self._ended = False
        self._readers = [threading.Thread(target=self._read_lines, daemon=True)]
        if errors_apart:
            self._readers.append(threading.Thread(target=self._read_errors, daemon=True))
        for reader in self._readers:
            reader.start()

    def _read_lines(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def line(self, timeout: float = PATIENCE) -> str:
        """The next line; an empty one if there is none any more."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no line within {timeout:.0f} s; it wrote: {self._given_up()}") from None
        if line is None:
            self._lines.put(None)
        return (line or "").rstrip("\n")

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def wait(self, timeout: float = PATIENCE) -> int:
        """For the end of the process alone, and not of what it has started."""
        return self._process.wait(timeout)

    def has(self, pid: int) -> bool:
        """Whether this process is of its group, and lives."""
        return pid in in_group(self.pid)

    def end(self, timeout: float = PATIENCE) -> tuple[int, str, str]:
        """Lets it end, at the end of its input; its exit status, and the rest of what it wrote."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            code = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"it did not end within {timeout:.0f} s; it wrote: {self._given_up()}") from None
        self.kill()
        rest = "".join(line for line in iter(self._lines.get_nowait, None) if line is not None)
        self._lines.put(None)
        return code, rest, "".join(self._errors)

    def errors(self) -> str:
        """What it wrote to standard error; it ends with that."""
        self.kill()
        return "".join(self._errors)

    def kill(self) -> None:
        """As a power cut would, all of the group. Again, it does nothing."""
        if self._ended:
            return
        self._ended = True
        self.signal_all(signal.SIGKILL)
        self._process.wait(_END)
        for reader in self._readers:
            reader.join(_END)
            assert not reader.is_alive(), "something outside of its group holds its pipes"
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()

    def _given_up(self) -> str:
        """What it wrote, with where each of its threads is: Python's fault handler writes that, in all of the group."""
        self.signal_all(signal.SIGABRT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END)
        return self.errors()

    def signal_all(self, number: int) -> None:
        """To the whole group, as a terminal does."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, number)


def in_group(group: int) -> set[int]:
    """The processes of this group that have not ended."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name of the program may hold anything, a bracket too.
            state, _, its_group = stat.read_text().rpartition(") ")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.add(int(stat.parent.name))
    return found
