"""Two nodes of docs/fourth-app.md judged as that page says, for the tests of every language."""

import os
import re
import subprocess
import time
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fourth-app.md"
LONGEST = 60
"""Seconds that it may take until all is well, on a busy machine."""


def judge(folder: Path, program: Path) -> None:
    """Runs the commands of "Do they do it properly?" in the folder in which both nodes run.

    `program` is the folder with `integrador`."""
    (part,) = re.findall(r"^### Do they do it properly\?\n(.*?)^##", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    commands = [
        line.strip()
        for block in re.findall(r"^ *```sh\n(.*?)```", part, re.DOTALL | re.MULTILINE)
        for line in block.splitlines()
    ]
    commands = [command for command in commands if command]
    assert [command.split()[:2] for command in commands] == [["integrador", "check"], ["integrador", "status"]]
    env = {**os.environ, "PATH": f"{program}{os.pathsep}{os.environ['PATH']}"}
    deadline = time.monotonic() + LONGEST
    for command in commands:
        # One that was started again a moment ago is down until it has shown a sign of life.
        while (done := run(command, folder, env)).returncode != 0:
            assert time.monotonic() < deadline, f"{command}\n{done.stdout}{done.stderr}"
            time.sleep(0.5)


def run(command: str, folder: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", command],
        cwd=folder,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LONGEST,
    )
