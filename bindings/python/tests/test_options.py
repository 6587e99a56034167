"""Every option of the configuration page is a keyword of `Node` and a key of the Flask extension."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

from integrador import ConfigError, Node
from integrador.flask import _config

PAGE = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"


def options(section: str) -> list[str]:
    """The first column of the table under a heading; another test holds it to the code of the core."""
    text = PAGE.read_text(encoding="utf-8").split(f"\n## {section}\n")[1].split("\n## ")[0]
    return [line.split("`")[1] for line in text.splitlines() if line.startswith("| `")]


def test_the_page_is_read() -> None:
    assert {"platform", "retention", "proxy"} <= set(options("Options"))
    assert {"body", "memberships"} <= set(options("Limits"))


def test_every_option_is_a_keyword_of_node_and_no_other_is() -> None:
    assert set(inspect.signature(Node).parameters) == set(options("Options"))


def test_every_option_is_a_key_of_flask() -> None:
    # The extension is for an application, which has a name as a platform; it finds out itself what a process is for.
    not_of_flask = {"name", "role", "only_process"}
    of_flask = {"PREFIX", "AUTOSTART"}
    assert set(_config.KEYS) - of_flask == {name.upper() for name in options("Options") if name not in not_of_flask}
    assert set(_config.LIMITS) == set(options("Limits"))


@pytest.mark.parametrize("name", options("Limits"))
def test_every_limit_reaches_the_core(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Node("BuasApp", tmp_path / "node.db", limits={name: -1})
    assert name in str(caught.value)


def test_options_of_requests_reach_the_core(tmp_path: Path) -> None:
    for wrong in (
        {"proxy": "ftp://x"},
        {"in_flight": 0},
        {"poison_after": -1},
        {"proxy_local": 1},
        {"only_process": "no"},
    ):
        (name,) = wrong
        with pytest.raises(ConfigError) as caught:
            Node("BuasApp", tmp_path / "node.db", **wrong)
        assert caught.value.field == name
