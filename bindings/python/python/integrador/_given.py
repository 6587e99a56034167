"""What the application gives, made ready for the native part: collections as lists, options as JSON.

It happens here because an iterator of the application's runs in the thread of its caller: it may be a cursor. What the
lists hold is for the native part to check. Every error names the argument.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ._errors import ConfigError, InvalidError, InvalidTypeError
from ._model import EPOCH, Attachment, Bans, Ext, Id, NewMessage, NewUser, Ref

_T = TypeVar("_T")

MessageParts = tuple[Ref, Ref, str, str | None, int | None, str | None, list[Attachment], str | None, str | None]
"""What the native `publish_message` takes, of one of many messages."""

_PATHS = ("store", "platforms")


def options(given: Mapping[str, Any]) -> str:
    """The configuration in JSON. Raises `ConfigError` for what can't be in it; all else the core finds."""
    return json.dumps({name: _option(name, value) for name, value in given.items()})


def _option(name: str, value: Any) -> Any:
    try:
        if name in _PATHS:
            value = os.fsdecode(value)
        elif isinstance(value, timedelta):
            value = value.total_seconds()
        elif isinstance(value, Mapping):
            value = dict(value)
        elif isinstance(value, (list, tuple)):
            raise TypeError(f"expected a single value or a mapping, got {type(value).__name__}")
        json.dumps(value, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise _wrong(name, "expected text in UTF-8, but a surrogate in it stands alone") from None
    except (TypeError, ValueError) as error:
        raise _wrong(name, str(error)) from None
    return value


def _wrong(option: str, why: str) -> ConfigError:
    return ConfigError(f"`{option}`: {why}", "config", option)


def listed(argument: str, given: Iterable[_T], expected: str) -> list[_T]:
    """What is in a collection. A text is none: what is meant is hardly its characters."""
    if isinstance(given, (str, bytes)) or not hasattr(given, "__iter__"):
        raise InvalidTypeError.of(argument, expected, given)
    return list(given)


def members(given: Mapping[str, Iterable[Id]] | None) -> list[tuple[str, list[Id]]]:
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise InvalidTypeError.of("members", 'a mapping from platforms to ids, such as {"BuasApp": [1, 2]}', given)
    return [(platform, listed(f"members[{platform!r}]", ids, "a list of ids")) for platform, ids in given.items()]


def bans(given: Bans | None) -> list[tuple[str, list[Id] | None]]:
    """None in place of ids: all users of the platform."""
    if given is None:
        return []
    if not isinstance(given, Mapping):
        raise InvalidTypeError.of("banned", 'a mapping from platforms to ids or "*", such as {"BuasApp": [3]}', given)
    return [
        (platform, None if ids == "*" else listed(f"banned[{platform!r}]", ids, 'a list of ids, or "*"'))
        for platform, ids in given.items()
    ]


def users(given: Iterable[NewUser | tuple[Id, str]]) -> list[Any]:
    """Pairs stay what they are; what else a user has stands behind the two."""
    rows = listed("users", given, "pairs of an id and a name")
    return [
        (row.id, row.name, row.avatar, ext(f"users[{at}].ext", row.ext)) if isinstance(row, NewUser) else row
        for at, row in enumerate(rows)
    ]


def ext(argument: str, given: Ext | None) -> str | None:
    """As JSON."""
    if given is None:
        return None
    if not isinstance(given, Mapping):
        raise InvalidTypeError.of(argument, "a mapping that becomes a JSON object", given)
    try:
        text = json.dumps(dict(given), allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        text.encode()
    except UnicodeEncodeError:
        raise InvalidError(
            f"`{argument}`: expected text, but a surrogate in it stands alone", "invalid", argument
        ) from None
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidError(f"`{argument}`: expected what becomes a JSON object: {error}", "invalid", argument) from None
    return text


def attachments(argument: str, given: Iterable[Attachment]) -> list[Attachment]:
    return listed(argument, given, "a list of Attachment")


def messages(rows: list[NewMessage], first: int = 0) -> list[MessageParts | InvalidError]:
    """What can't be meant has its error in its place. `first`: the place of the first of these in what was given."""
    return [_message(f"messages[{at}]", one) for at, one in enumerate(rows, first)]


def _message(place: str, given: NewMessage) -> MessageParts | InvalidError:
    if not isinstance(given, NewMessage):
        raise InvalidTypeError.of(place, "a NewMessage", given)
    try:
        at = time(f"{place}.sent_at", given.sent_at)
        carried = ext(f"{place}.ext", given.ext)
    except InvalidTypeError:
        raise
    except InvalidError as error:
        return error
    attached = attachments(f"{place}.attachments", given.attachments)
    return given.room, given.sender, given.text, given.key, at, given.reply_to, attached, given.traceparent, carried


def headers(given: Mapping[str, str] | Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    expected = "a mapping, or pairs of a name and a value"
    pairs = listed("headers", given.items() if isinstance(given, Mapping) else given, expected)
    for at, pair in enumerate(pairs):
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise InvalidTypeError.of(f"headers[{at}]", "a pair of a name and a value", pair)
    return [(name, value) for name, value in pairs]


def seconds(given: float | timedelta | None) -> float | None:
    return given.total_seconds() if isinstance(given, timedelta) else given


def time(argument: str, given: datetime | None) -> int | None:
    """In microseconds since the epoch."""
    if given is None:
        return None
    if not isinstance(given, datetime):
        raise InvalidTypeError.of(argument, "a datetime with a time zone", given)
    if given.utcoffset() is None:
        raise InvalidError(f"`{argument}`: expected a time with a time zone, got one without", "invalid", argument)
    return (given - EPOCH) // timedelta(microseconds=1)


def choice(platform: str | None, number: int | None, event_id: str | None, all: bool | None = None) -> None:
    """Which dead letters: one way to say it. Where there is no `all`, none of the others means that."""
    given = sum(one is not None for one in (platform, number, event_id))
    if all is None and given > 1:
        raise InvalidTypeError("say which dead letters: at most one of platform, number and event_id", "invalid")
    if all is not None and given + bool(all) != 1:
        raise InvalidTypeError(
            "say which dead letters: exactly one of platform, number, event_id and all=True", "invalid"
        )
