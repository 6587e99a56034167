"""What the core logs arrives in `logging`, under the names of its parts, in order, and nothing is lost at the end."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from integrador import Node

from conftest import Net, Program, eventually
from processes import PATIENCE

CHATTY = """
import json, logging, sys
logging.basicConfig(level=LEVEL, format="%(levelname)s %(name)s %(message)s")
from integrador import Node
node = Node(**json.loads(sys.argv[1]))
"""


def test_records_have_a_name_a_level_a_time_and_the_fields(
    net: Callable[..., Net], caplog: pytest.LogCaptureFixture
) -> None:
    # A name of its own: that a platform is down is said a few times a minute and process.
    net("Norte", "Lejos").open("Norte")
    (record,) = eventually(lambda: [r for r in caplog.records if r.getMessage().startswith("down: ")])
    assert record.name.startswith("integrador.")
    assert (record.levelno, record.levelname) == (logging.WARNING, "WARNING")
    assert record.getMessage().endswith("(platform=Lejos)")
    assert abs(record.created - logging.LogRecord("", 0, "", 0, "", (), None).created) < 60


@pytest.mark.parametrize(("level", "told"), [("DEBUG", True), ("INFO", True), ("WARNING", False)])
def test_the_level_of_logging_decides(level: str, told: bool, program: Callable[..., Program]) -> None:
    options = json.dumps({"platform": "Norte", "store": "norte.db"})
    code, _, errors = program(CHATTY.replace("LEVEL", f"logging.{level}"), options).end()
    assert code == 0
    assert bool(re.search(r"^INFO integrador\.[\w.]+ no `listen`", errors, re.MULTILINE)) == told


def test_what_was_logged_just_before_the_end_is_not_lost(
    net: Callable[..., Net], program: Callable[..., Program]
) -> None:
    options = json.dumps(net("Norte", "Sur").options("Norte"))
    code, _, errors = program(CHATTY.replace("LEVEL", "logging.DEBUG") + "node.sync_now()\n", options).end()
    assert code == 0
    assert re.search(r"^WARNING integrador\.[\w.]+ its users were not imported", errors, re.MULTILINE), errors


def test_without_any_set_up_a_warning_is_seen(net: Callable[..., Net], program: Callable[..., Program]) -> None:
    source = (
        "import json, sys\nfrom integrador import Node\nwith Node(**json.loads(sys.argv[1])) as node: node.sync_now()"
    )
    code, _, errors = program(source, json.dumps(net("Norte", "Sur").options("Norte"))).end()
    assert code == 0
    assert "its users were not imported" in errors


def test_a_level_that_is_set_later_counts(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Node("Norte", tmp_path / "norte.db"):
        assert caplog.text == ""
        caplog.set_level(logging.INFO, "integrador")

        def opens() -> bool:
            with Node("Sur", tmp_path / "sur.db"):
                pass
            return "no `listen`" in caplog.text

        eventually(opens)


def test_a_flood_is_bounded_and_what_was_lost_is_counted(tmp_path: Path) -> None:
    """A logging handler that does not return, while a registry is read in which 12,000 lines are worth a record."""

    def registry(name: str, count: int) -> Path:
        path = tmp_path / f"{name}.json"
        path.write_text(
            json.dumps(
                [
                    {"id": n, "name": f"{name} {n}", "endpoint": f"http://127.0.0.1:9/{n}/", "token": f"t{n}"}
                    for n in range(count)
                ]
            )
        )
        return path

    hangs, go_on = threading.Event(), threading.Event()
    warnings: list[logging.LogRecord] = []
    others: list[logging.LogRecord] = []

    class Slow(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            (warnings if "platform `Many" in record.getMessage() else others).append(record)
            hangs.set()
            go_on.wait(PATIENCE)

    Node("Norte", tmp_path / "norte.db").close()
    handler = Slow()
    logging.getLogger("integrador").addHandler(handler)
    try:
        with Node("Sur", tmp_path / "sur.db", registry("One", 1)):
            assert hangs.wait(PATIENCE)
            # One that looks only: it has no lanes.
            with Node("Norte", tmp_path / "norte.db", registry("Many", 12_000), role="admin"):
                handed_over = list(warnings)
                go_on.set()
    finally:
        logging.getLogger("integrador").removeHandler(handler)
    assert handed_over == []
    (lost,) = [record for record in others if "records were lost" in record.getMessage()]
    assert isinstance(lost.args, tuple)
    assert isinstance(lost.args[0], int)
    # What is said of the only one may be among what was lost.
    assert 12_000 <= len(warnings) + lost.args[0] <= 12_010
    assert 9_990 <= len(warnings) <= 10_000


# Shows promise 7.
def test_no_token_is_logged_or_shown(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "integrador")
    registry = tmp_path / "platforms.json"
    token = "clave-secretisima"
    registry.write_text(json.dumps([{"id": 1, "name": "Cerca", "endpoint": "http://127.0.0.1:9/", "token": token}]))
    with Node("Norte", tmp_path / "norte.db", registry) as node:
        shown = [repr(node), repr(node.status()), repr(node.platforms()), node.prometheus()]
        eventually(lambda: "down" in caplog.text)
        registry.write_text(json.dumps([{"id": 1, "name": "Sur", "endpoint": "ftp://x/", "token": token}]))
        eventually(lambda: "what was valid stays in force" in caplog.text)
    assert token not in caplog.text + "".join(shown)
