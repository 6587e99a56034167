"""The guide, `docs/flask.md`, followed literally: two boards that share a room."""

from __future__ import annotations

import json
import re
import sys
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

from test_guide import blocks, free

from conftest import Terminal, eventually

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "flask.md"
NORTE, SUR = "http://127.0.0.1:5821/", "http://127.0.0.1:5822/"


def notes(url: str) -> list[str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: list[str] = json.load(answer)
        return found


def write(url: str, text: str) -> dict[str, list[str]]:
    with urllib.request.urlopen(url, data=urllib.parse.urlencode({"text": text}).encode(), timeout=10) as answer:
        found: dict[str, list[str]] = json.load(answer)
        return found


def answers(url: str) -> bool:
    try:
        return notes(url) is not None
    except OSError:
        return False


def test_the_guide_leads_to_two_boards_that_share_a_room(tmp_path: Path, terminal: Callable[[str], Terminal]) -> None:
    found = blocks(GUIDE.read_text())
    (program,) = (code for _, file, code in found if file == "board.py")
    (tmp_path / "board.py").write_text(program)
    for name, registry in zip(("Norte", "Sur"), (code for kind, _, code in found if kind == "json"), strict=True):
        (tmp_path / f"{name}.platforms.json").write_text(registry)
    runs = [code for kind, _, code in found if kind == "sh" and "flask --app board run" in code]
    commands = [
        "sh -c '" + re.sub(r"venv/bin/flask", f"exec {sys.executable} -m flask", code.strip()).replace("\n", "; ") + "'"
        for code in runs
    ]
    for port in (5821, 5822):
        free(port)
    norte, sur = (terminal(command) for command in commands)
    for url in (NORTE, SUR):
        eventually(lambda url=url: answers(url), f"that {url} answers")  # type: ignore[misc]
    eventually(lambda: write(NORTE, "¿Hay alguien?") == {"on its way to": ["Sur"]}, "that Norte knows Sur")
    eventually(lambda: "Ana: ¿Hay alguien?" in notes(SUR), "that it arrives")
    write(SUR, "¡Aquí estamos! 🧉")
    eventually(lambda: "Ana: ¡Aquí estamos! 🧉" in notes(NORTE), "that it arrives")
    sur.ctrl_c()
    for n in range(3):
        write(NORTE, f"línea {n}")
    terminal(commands[1])
    eventually(lambda: answers(SUR) and len(notes(SUR)) >= 5, "that they arrive")
    assert notes(SUR)[-3:] == [f"Ana: línea {n}" for n in range(3)]
    assert norte.running
