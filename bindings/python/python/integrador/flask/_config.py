"""The keys `INTEGRADOR_…` of the application's configuration, checked when the extension is initialised.

What only opening can find out (a registry file with an error in it, a port that is taken) is found then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from os import PathLike, fspath
from pathlib import Path
from typing import Any, Literal, cast

from flask import Flask

from .._errors import ConfigError

PREFIX = "INTEGRADOR_"
BODY = 1 << 20
"""The core's default for the body of a plain platform's post."""

Autostart = bool | Literal["detect"]
"""Whether the node opens by itself with the first request; `detect`: as soon as the process serves."""

DEFAULTS: Mapping[str, Any] = {"STORE": "integrador.db", "PREFIX": "/api", "AUTOSTART": True}
"""Of the extension's own; all others are the node's."""

LIMITS = ("body", "name", "text", "members", "users", "rooms", "memberships", "extras")


@dataclass(frozen=True)
class Settings:
    node: Mapping[str, Any]
    """The keyword arguments of `Node`."""
    prefix: str | None
    """Where the node is mounted; None: nowhere."""
    autostart: Autostart
    max_body: int
    """More bytes than this needn't be read: the answer is 413 either way."""


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _path(value: Any) -> bool:
    return isinstance(value, (str, PathLike)) and bool(fspath(value))


def _seconds(value: Any) -> bool:
    return isinstance(value, timedelta) or (
        isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    )


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _count(value: Any) -> bool:
    return _whole(value) and value > 0


def _mount(value: Any) -> bool:
    return isinstance(value, str) and value.startswith("/")


def _limits(value: Any) -> bool:
    return isinstance(value, Mapping) and all(name in LIMITS and _whole(n) for name, n in value.items())


Check = tuple[Callable[[Any], bool], str]
TEXT: Check = (_text, "a text")
PATH: Check = (_path, "a path")
SECONDS: Check = (_seconds, "seconds, or a timedelta")
COUNT: Check = (_count, "an integer of at least 1")
FLAG: Check = (lambda value: isinstance(value, bool), "True or False")

KEYS: dict[str, Check] = {
    "PLATFORM": (lambda value: _text(value) and ":" not in value, "this platform's name, without a `:`"),
    "STORE": PATH,
    "PLATFORMS": PATH,
    "PREFIX": (_mount, "a path that begins with `/`, such as `/api`, or None to mount nothing"),
    "LISTEN": (lambda value: _text(value) and ":" in value, "`HOST:PORT`"),
    "AUTOSTART": (lambda value: isinstance(value, bool) or value == "detect", 'True, False or "detect"'),
    "DIRECTORY": (lambda value: value in ("token", "public"), "`token` or `public`"),
    "INTRODUCTIONS": (lambda value: value in ("on", "ask", "off"), "`on`, `ask` or `off`"),
    "INSECURE": FLAG,
    "MAX_PENDING": COUNT,
    "MAX_INBOX": COUNT,
    "RETENTION": SECONDS,
    "RECEIPT_RETENTION": SECONDS,
    "SYNC_INTERVAL": SECONDS,
    "REQUEST_TIMEOUT": SECONDS,
    "POISON_AFTER": SECONDS,
    "PROXY": (_text, "`system` or the URL of a proxy"),
    "PROXY_LOCAL": FLAG,
    "IN_FLIGHT": COUNT,
    "PING_INTERVAL": SECONDS,
    "MAX_HANDLER_ATTEMPTS": COUNT,
    "HANDLER_TIMEOUT": SECONDS,
    "CLOSE_TIMEOUT": SECONDS,
    "RATE_LIMIT": COUNT,
    "MAX_CONNECTIONS": COUNT,
    "LIMITS": (_limits, f"a mapping from {', '.join(f'`{name}`' for name in LIMITS)} to integers"),
}
_NOT_OF_THE_NODE = ("PREFIX", "AUTOSTART")


def settings(app: Flask) -> Settings:
    """What the configuration says, into which the defaults are put. Raises `ConfigError`, which names the key."""
    for name, default in DEFAULTS.items():
        app.config.setdefault(PREFIX + name, default)
    given = {key.removeprefix(PREFIX): value for key, value in app.config.items() if key.startswith(PREFIX)}
    for name, value in given.items():
        if name not in KEYS:
            raise _wrong(name, f"there is no such key; there are {', '.join(PREFIX + known for known in KEYS)}")
        check, expected = KEYS[name]
        if value is not None and not check(value):
            # A proxy's URL may hold a password.
            got = type(value).__name__ if name == "PROXY" else repr(value)
            raise _wrong(name, f"expected {expected}, got {got}")
    if given.get("PLATFORM") is None:
        raise _wrong("PLATFORM", "is missing: set it to this platform's name, as the registries of the others spell it")
    node = {name.lower(): value for name, value in given.items() if value is not None and name not in _NOT_OF_THE_NODE}
    node["store"] = _in_instance(app, node.get("store", DEFAULTS["STORE"]))
    if "platforms" in node:
        node["platforms"] = _in_instance(app, node["platforms"])
        if not node["platforms"].is_file():
            raise _wrong(
                "PLATFORMS", f"there is no file {node['platforms']} (a relative path is one in the instance folder)"
            )
    prefix, autostart = given["PREFIX"], given["AUTOSTART"]
    return Settings(
        node=node,
        prefix=None if prefix is None else prefix.rstrip("/"),
        autostart=cast(Autostart, DEFAULTS["AUTOSTART"] if autostart is None else autostart),
        # A peer's may be twice as long, since what is forwarded may be longer than what was posted.
        max_body=2 * node.get("limits", {}).get("body", BODY) + 1,
    )


def _in_instance(app: Flask, path: str | PathLike[str]) -> Path:
    return Path(app.instance_path) / path


def _wrong(name: str, why: str) -> ConfigError:
    return ConfigError(f"{PREFIX}{name}: {why}", "config", PREFIX + name)
