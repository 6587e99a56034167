"""Every argument of every call: a wrong one raises the library's error, of kind `invalid`, which names it."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from integrador import (
    Attachment,
    ConfigError,
    ExternalId,
    IntegradorError,
    InvalidError,
    InvalidTypeError,
    Message,
    NewMessage,
    NewUser,
    Node,
)
from integrador.flask import Integrador

from conftest import Pair, eventually, taken

LONE = "half \ud83d of a smile"
"""A surrogate that stands alone, which no encoding of Unicode has."""
NOW = datetime(2026, 11, 25, tzinfo=timezone.utc)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
AVATAR = "https://example.org/ana.png"
EVENT = "01890a5d-ac96-774b-bcce-b302099a8057"
NO_TEXT: list[Any] = [None, 5, b"bytes", ["a"], object(), LONE]
NO_TEXT_OR_NONE: list[Any] = NO_TEXT[1:]
NO_ID: list[Any] = [None, 1.5, b"4", True, [4], {}, LONE, 2**63, -(2**63) - 1, 10**40]
NO_KIND: list[Any] = [*NO_TEXT, "group", ""]
NO_EVENT: list[Any] = [*NO_TEXT, "4", ""]
NO_LIST: list[Any] = [5, "ab", b"ab", object(), True]
NO_BYTES: list[Any] = ["text", 5, [1]]
NO_SIZE: list[Any] = [1.5, "5", -1, True, 2**70]
NO_EXT: list[Any] = [5, "{}", [1], {"a": object()}, {"a": float("nan")}, {"a": LONE}, {"a": "x" * 4096}]
NO_EXT_BY_TYPE = NO_EXT[:3]
"""Of many messages the others are published, unless one is of a wrong type."""
NO_AVATAR: list[Any] = [5, b"http://a/", LONE]
NO_HANDLER: list[Any] = [None, 5, "print"]
KINDS = ("message", "edit", "delete", "reaction", "user", "room", "platform", "delivery")
NO_ATTACHMENTS: list[Any] = [
    *NO_LIST,
    Attachment("image", url="http://a/"),
    [None],
    ["http://a/"],
    [{"kind": "image"}],
    *([Attachment(wrong, data=b"")] for wrong in NO_KIND),
    *([Attachment("image", url=wrong)] for wrong in NO_TEXT_OR_NONE),
    *([Attachment("image", data=wrong)] for wrong in NO_BYTES),
    *([Attachment("image", data=b"", mime=wrong)] for wrong in NO_TEXT_OR_NONE),
    *([Attachment("image", data=b"", name=wrong)] for wrong in NO_TEXT_OR_NONE),
    *([Attachment("image", data=b"", size=wrong)] for wrong in NO_SIZE),
]


class Broken(Exception):
    """What the application's own iterator raises is the application's."""


VALID: dict[str, dict[str, Any]] = {
    "handle": {"method": "GET", "path": "/ping", "query": "", "headers": {}, "body": b""},
    "publish_user": {"id": 1, "name": "Ana", "avatar": AVATAR, "ext": {"a": [1, None]}},
    "publish_users": {"users": [(1, "Ana")]},
    "publish_room": {"id": 7, "name": "Plaza", "kind": "private", "members": {"BuasApp": [1]}}
    | {"banned": {"BuasApp": [3]}, "avatar": AVATAR, "ext": {}},
    "join_room": {"room": 7, "user": 1},
    "leave_room": {"room": 7, "user": 1},
    "publish_message": {"room": 7, "sender": 1, "text": "hola", "key": "k", "sent_at": NOW, "reply_to": EVENT}
    | {"traceparent": TRACE, "ext": {"a": 1.5}}
    | {"attachments": [Attachment("image", data=b"png")]},
    "publish_messages": {"messages": [NewMessage(7, 1, "hola")]},
    "edit_message": {"event_id": EVENT, "sender": 1, "text": "hola", "ext": {"a": 1}}
    | {"attachments": [Attachment("image", data=b"png")]},
    "delete_message": {"event_id": EVENT, "sender": 1, "of_platform": "BuasApp"},
    "react": {"event_id": EVENT, "of_platform": "BuasApp", "sender": 1, "emoji": "👍", "on": True},
    "on_message": {"handler": print},
    "on_edit": {"handler": print},
    "on_delete": {"handler": print},
    "on_reaction": {"handler": print},
    "on_user": {"handler": print},
    "on_room": {"handler": print},
    "on_platform": {"handler": print},
    "on_delivery": {"handler": print},
    "next_events": {"max": 1, "timeout": 0},
    "ack": {"event_ids": EVENT},
    "nack": {"event_ids": EVENT, "why": "porque sí"},
    "users": {"platform": "BuasApp"},
    "room": {"room": 7},
    "recipients": {"room": 7},
    "bind": {"kind": "room", "external": "Norte:1", "local": 1001},
    "local_id": {"kind": "room", "external": "Norte:1"},
    "external_id": {"kind": "room", "local": 1001},
    "delivery": {"event_id": EVENT},
    "dead_letters": {"platform": None, "number": None, "event_id": None},
    "retry": {"platform": None, "number": 1, "event_id": None, "all": False},
    "drop": {"platform": None, "number": 1, "event_id": None, "all": False},
    "sync_now": {"platform": None},
    "invite": {"url": "http://127.0.0.1:5000/"},
    "revoke_invite": {"id": "1"},
    "join": {"invite": "integrador:e30", "url": "http://127.0.0.1:5000/"},
    "introduce": {"a": "Norte", "b": "Sur"},
    "accept_introduction": {"name": "Sur"},
    "refuse_introduction": {"name": "Sur"},
    "add_platform": {"name": "Legacy", "endpoint": "http://127.0.0.1:9/"},
    "rotate_token": {"platform": "Legacy"},
    "remove_platform": {"name": "Legacy"},
}
"""Every call with every argument, as they may be."""

WRONG: dict[str, dict[str, list[Any]]] = {
    "handle": {
        "method": [*NO_TEXT, "", "TWO WORDS"],
        "path": [None, 5, b"/ping"],
        "query": [None, 5, b"a=1"],
        "headers": [None, *NO_LIST, [("one",)], ["ab"], [("a", 5)], {"a": b"b"}, [5]],
        "body": [None, "text", 5, [1, 2]],
    },
    "publish_user": {"id": NO_ID, "name": NO_TEXT, "avatar": NO_AVATAR, "ext": NO_EXT},
    "publish_users": {
        "users": [
            None,
            *NO_LIST,
            [5],
            ["ab"],
            [(1,)],
            [(1, "a", "b")],
            [(1, None)],
            [(None, "Ana")],
            [(1, LONE)],
            {1: "Ana"},
            [{"id": 1, "name": "Ana"}],
            [(2**63, "Ana")],
            [None],
            *([NewUser(wrong, "Ana")] for wrong in NO_ID),
            *([NewUser(1, "Ana", avatar=wrong)] for wrong in NO_TEXT_OR_NONE),
            *([NewUser(1, "Ana", ext=wrong)] for wrong in NO_EXT),
        ],
    },
    "publish_room": {
        "id": NO_ID,
        "name": NO_TEXT,
        "kind": NO_KIND,
        "members": [
            *NO_LIST,
            [{"BuasApp": [1]}],
            [("BuasApp", [1])],
            {"BuasApp": 1},
            {"BuasApp": "12"},
            {"BuasApp": None},
            {5: [1]},
            {b"BuasApp": [1]},
            {LONE: [1]},
            *({"BuasApp": [1, wrong]} for wrong in NO_ID),
        ],
        "banned": [
            *NO_LIST,
            [{"BuasApp": [1]}],
            {"BuasApp": 1},
            {"BuasApp": "12"},
            {5: [1]},
            {LONE: "*"},
            *({"BuasApp": [1, wrong]} for wrong in NO_ID),
        ],
        "avatar": NO_AVATAR,
        "ext": NO_EXT,
    },
    "join_room": {"room": NO_ID, "user": NO_ID},
    "leave_room": {"room": NO_ID, "user": NO_ID},
    "publish_messages": {
        "messages": [
            None,
            *NO_LIST,
            [5],
            [None],
            [(7, 1, "hola")],
            [NewMessage(7, 1, "hola"), None],
            [NewMessage(None, 1, "hola")],  # type: ignore[arg-type]
            [NewMessage(7, 1, "hola", key=5)],  # type: ignore[arg-type]
            [NewMessage(7, 1, "hola", traceparent=5)],  # type: ignore[arg-type]
            *([NewMessage(7, 1, "hola", ext=wrong)] for wrong in NO_EXT_BY_TYPE),
            [NewMessage(7, 1, "hola", attachments=None)],  # type: ignore[arg-type]
            [NewMessage(7, 1, "hola", attachments=[5])],  # type: ignore[list-item]
        ]
    },
    "publish_message": {
        "room": NO_ID,
        "sender": NO_ID,
        "text": NO_TEXT,
        "key": NO_TEXT_OR_NONE,
        "sent_at": [
            5,
            "2026-11-25T00:00:00Z",
            NOW.date(),
            NOW.replace(tzinfo=None),
        ],
        "reply_to": NO_EVENT[1:],
        "traceparent": NO_TEXT_OR_NONE,
        "ext": NO_EXT,
        "attachments": [None, *NO_ATTACHMENTS],
    },
    "edit_message": {"event_id": NO_EVENT, "sender": NO_ID, "text": NO_TEXT, "attachments": NO_ATTACHMENTS}
    | {"ext": NO_EXT},
    "delete_message": {"event_id": NO_EVENT, "sender": NO_ID, "of_platform": NO_TEXT_OR_NONE},
    "react": {"event_id": NO_EVENT, "of_platform": NO_TEXT, "sender": NO_ID, "emoji": [*NO_TEXT, "", "x" * 33]},
    **{f"on_{kind}": {"handler": NO_HANDLER} for kind in KINDS},
    "next_events": {"max": [None, -1, -(2**70), 1.5, "5", True], "timeout": ["1", b"1", float("nan"), True, [1]]},
    "ack": {"event_ids": NO_EVENT},
    "nack": {"event_ids": NO_EVENT, "why": NO_TEXT},
    "users": {"platform": NO_TEXT_OR_NONE},
    "room": {"room": NO_ID},
    "recipients": {"room": NO_ID},
    "bind": {"kind": NO_KIND, "external": [*NO_TEXT, "7"], "local": NO_ID},
    "local_id": {"kind": NO_KIND, "external": [*NO_TEXT, "7"]},
    "external_id": {"kind": NO_KIND, "local": NO_ID},
    "delivery": {"event_id": NO_EVENT},
    "dead_letters": {
        "platform": NO_TEXT_OR_NONE,
        "number": [1.5, "1", True, 2**70, LONE],
        "event_id": NO_EVENT[1:],
    },
    "sync_now": {"platform": NO_TEXT_OR_NONE},
    "invite": {"url": NO_TEXT_OR_NONE},
    "revoke_invite": {"id": NO_TEXT},
    "join": {"invite": NO_TEXT, "url": NO_TEXT_OR_NONE},
    "introduce": {"a": NO_TEXT, "b": NO_TEXT},
    "accept_introduction": {"name": NO_TEXT},
    "refuse_introduction": {"name": NO_TEXT},
    "add_platform": {"name": NO_TEXT, "endpoint": NO_TEXT},
    "rotate_token": {"platform": NO_TEXT},
    "remove_platform": {"name": NO_TEXT},
}
WRONG["retry"] = WRONG["drop"] = WRONG["dead_letters"]

OF_MEMBERSHIP = (
    "join",
    "introduce",
    "accept_introduction",
    "refuse_introduction",
    "rotate_token",
    "remove_platform",
)
"""Calls that are right only among platforms that joined: see test_joining.py."""

ANYTHING = {("retry", "all"), ("drop", "all"), ("react", "on")}
"""Arguments of which only the truth counts."""


CASES = [
    pytest.param(call, argument, value, id=f"{call}-{argument}-{number}")
    for call, arguments in WRONG.items()
    for argument, values in arguments.items()
    for number, value in enumerate(values)
]


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    with Node("BuasApp", tmp_path_factory.mktemp("alone") / "node.db") as node:
        node.publish_users([(1, "Ana")])
        node.publish_room(7, "Plaza", "private", {"BuasApp": [1]})
        yield node


def called(node: Node, call: str, given: dict[str, Any]) -> None:
    if call in ("ack", "nack"):
        getattr(node, call)(EVENT, given.pop("event_ids"), **given)
    else:
        getattr(node, call)(**given)


@pytest.mark.parametrize(("call", "argument", "value"), CASES)
def test_a_wrong_argument_is_an_error_that_names_it(alone: Node, call: str, argument: str, value: object) -> None:
    given = {**VALID[call], argument: value}
    if argument in ("platform", "event_id"):
        given = {**given, **({"number": None} if "number" in given else {})}
    with pytest.raises(InvalidError) as refused:
        called(alone, call, given)
    error = refused.value
    assert (error.kind, error.retryable) == ("invalid", False)
    assert error.field is not None
    assert error.field.split("[")[0].split(".")[0] == argument
    assert str(error).startswith(f"`{error.field}`: expected ")
    str(error).encode()
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.kind, copied.field) == (type(error), str(error), "invalid", error.field)


def test_the_table_has_every_argument_of_every_call() -> None:
    calls: dict[str, Callable[..., object]] = {
        name: call for name, call in inspect.getmembers(Node, inspect.isfunction) if not name.startswith("_")
    }
    arguments = {(name, argument) for name, call in calls.items() for argument in inspect.signature(call).parameters}
    arguments = {(name, argument) for name, argument in arguments if argument != "self"}
    assert arguments == {(name, argument) for name, of_it in WRONG.items() for argument in of_it} | ANYTHING
    assert arguments == {(name, argument) for name, of_it in VALID.items() for argument in of_it}


@pytest.mark.parametrize("call", [call for call in VALID if call not in OF_MEMBERSHIP])
def test_each_call_of_the_table_is_otherwise_right(pair: Pair, call: str) -> None:
    """So that what is refused is refused for the argument that is wrong."""
    given: dict[str, Any] = dict(VALID[call])
    if call == "publish_room":
        given["members"], given["banned"] = {"Norte": [1]}, {"Sur": [1], "Norte": "*"}
    if call == "users":
        given["platform"] = "Norte"
    if call in ("bind", "local_id"):
        given["external"] = "Sur:1"
    if call in ("edit_message", "delete_message", "react"):
        given["event_id"] = pair.norte.publish_message(7, 1, "hola").event_id
    if "of_platform" in given:
        given["of_platform"] = "Norte"
    if call == "revoke_invite":
        given["id"] = pair.norte.invite("http://127.0.0.1:5000/").id
    called(pair.norte, call, given)


def test_a_value_of_another_type_is_also_pythons_type_error(node: Node) -> None:
    with pytest.raises(TypeError, match=r"^`members\['Norte'\]`: expected a list of ids, got int$") as refused:
        node.publish_room(7, "Plaza", "public", {"Norte": 5})  # type: ignore[dict-item]
    assert isinstance(refused.value, InvalidTypeError)
    with pytest.raises(InvalidError) as over:
        node.publish_user(2**63, "Ana")
    assert not isinstance(over.value, TypeError)
    with pytest.raises(InvalidError, match=r"^`users\[1\]\[0\]`: expected an int or a str, got float$"):
        node.publish_users([(1, "Ana"), (1.5, "Eva")])  # type: ignore[list-item]


def test_which_dead_letters_is_said_in_one_way(node: Node) -> None:
    ways: list[dict[str, Any]] = [{}, {"number": 1, "all": True}, {"number": 1, "platform": "x"}]
    for way in ways:
        for call in (node.retry, node.drop):
            with pytest.raises(InvalidTypeError, match="exactly one of"):
                call(**way)
    with pytest.raises(InvalidTypeError, match="at most one of"):
        node.dead_letters(platform="Norte", number=1)


@pytest.mark.parametrize("call", ["publish_users", "publish_room", "publish_message"])
def test_what_the_applications_own_iterator_raises_goes_through(node: Node, call: str) -> None:
    def broken() -> Iterator[Any]:
        yield (1, "Ana")
        raise Broken

    argument = {"publish_users": "users", "publish_room": "members", "publish_message": "attachments"}[call]
    given = {**VALID[call], argument: {"BuasApp": broken()} if argument == "members" else broken()}
    with pytest.raises(Broken):
        getattr(node, call)(**given)


OPTIONS: dict[str, list[Any]] = {
    "platform": [5, b"BuasApp", LONE, ["a"]],
    "store": [5, object(), LONE, b"\xff", ["a"]],
    "platforms": [5, object(), LONE, b"\xff"],
    "name": [5, b"x", LONE],
    "listen": [5, b"127.0.0.1:0", LONE],
    "directory": [5, "everybody", LONE],
    "role": [5, "boss", LONE],
    "introductions": [5, "sometimes", LONE],
    "proxy": [5, b"http://proxy:3128", "ftp://proxy", LONE],
    **{name: ["yes", 1, b"", object()] for name in ("only_process", "proxy_local", "insecure")},
    **{
        name: ["many", -1, 1.5, True, b"5", object(), 2**70, float("nan")]
        for name in (
            "max_pending",
            "max_inbox",
            "max_handler_attempts",
            "max_connections",
            "rate_limit",
            "in_flight",
        )
    },
    **{
        name: ["long", -1, float("nan"), b"5", object(), timedelta(seconds=-1)]
        for name in (
            "retention",
            "receipt_retention",
            "sync_interval",
            "request_timeout",
            "ping_interval",
            "poison_after",
        )
    },
    **{name: ["long", -1, float("nan"), b"5", object()] for name in ("handler_timeout", "close_timeout")},
    "limits": [5, "body", [1], {"depth": 1}, {"body": "1 MiB"}, {b"body": 1}, {5: 1}, {"body": -1}, {"body": LONE}],
}


@pytest.mark.parametrize(
    ("option", "value"), [(option, value) for option, values in OPTIONS.items() for value in values]
)
def test_a_wrong_option_is_named(tmp_path: Path, option: str, value: object) -> None:
    options: dict[str, Any] = {"platform": "BuasApp", "store": tmp_path / "node.db", option: value}
    with pytest.raises(ConfigError, match=f"`{option}") as refused:
        Node(**options)
    assert refused.value.field is not None
    assert refused.value.field.split(".")[0] == option
    str(refused.value).encode()


def test_every_option_is_in_the_table() -> None:
    assert set(OPTIONS) == set(inspect.signature(Node).parameters)


@pytest.mark.parametrize(("platform", "id"), [(5, 1), (b"Norte", 1), ("Norte", None), ("Norte", 1.5), ("Norte", True)])
def test_an_external_id_is_made_of_a_text_and_an_id(platform: Any, id: Any) -> None:
    with pytest.raises(InvalidTypeError, match=r"^`(platform|id)`: expected"):
        ExternalId(platform, id)


@pytest.mark.parametrize("text", [5, None, b"Norte:1", "Norte"])
def test_only_the_text_of_an_external_id_is_parsed(text: Any) -> None:
    with pytest.raises(InvalidError, match=r"^`text`: expected"):
        ExternalId.parse(text)


def test_the_parts_of_an_error_that_a_handler_raises_are_stored_whatever_they_are(pair: Pair) -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise ValueError

    whys: list[Exception] = [ValueError(LONE), Mute(), ValueError("\0"), ValueError("x" * 5000)]
    handled: list[str] = []

    @pair.sur.on_message
    def handle(message: Message) -> None:
        if whys:
            raise whys.pop()
        handled.append(message.text)

    pair.sur.start()
    pair.say("hola")
    eventually(lambda: handled == ["hola"], "the handling after all these failures")


def test_a_request_with_bytes_that_are_no_text_is_answered(node: Node) -> None:
    """Python's servers write such bytes as surrogates; anybody can send them."""
    odd = b"/\xff".decode("utf-8", "surrogateescape")
    assert node.handle("GET", odd).status == 404
    assert node.handle("GET", "/ping", odd + ' "<>#').status == node.handle("GET", "/ping").status
    assert (
        node.handle("GET", "/ping", "", {"authorization": odd, odd: "a"}).status == node.handle("GET", "/ping").status
    )


@pytest.mark.parametrize("length", [17_000, 70_000])
def test_an_address_longer_than_any_that_means_something_is_answered(node: Node, length: int) -> None:
    assert node.handle("GET", "/" + "a" * length).status == 404
    assert node.handle("GET", "/ping", "a" * length).status == 404
    assert node.handle("GET", "/" + "ñ" * (length // 2)).status == 404


def test_nothing_of_a_refused_call_is_stored(pair: Pair) -> None:
    wrong: list[dict[str, Any]] = [{"text": LONE}, {"key": LONE}, {"attachments": [Attachment("image", url=LONE)]}]
    for one in wrong:
        with pytest.raises(IntegradorError):
            pair.norte.publish_message(**{"room": 7, "sender": 1, "text": "no", **one})
    pair.say("sí")
    assert [message.text for message in taken(pair.sur, Message)] == ["sí"]


def test_an_extension_of_flask_that_gets_a_wrong_handler_says_so() -> None:
    for handler in NO_HANDLER:
        with pytest.raises(InvalidTypeError, match=r"^`handler`: expected"):
            Integrador().on_start(handler)
