"""The vectors of `tests/vectors`, as far as a binding can run them: what goes in by `Node.handle` and the registry, and
what Python sees of it."""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from integrador import (
    ConfigError,
    ExternalId,
    IntegradorError,
    Message,
    Node,
    Response,
    TransportError,
    UnknownPlatformError,
)

from conftest import signature, taken

VECTORS = Path(__file__).resolve().parents[3] / "tests" / "vectors"
NOWHERE = "http://127.0.0.1:9/"
Case = dict[str, Any]


def each(file: str, check: Callable[[Case], object], some: Callable[[Case], bool] = lambda case: True) -> None:
    """Checks every case, and names those that fail."""
    cases = [case for case in json.loads((VECTORS / file).read_text()) if some(case)]
    assert cases
    failed = []
    for case in cases:
        try:
            check(case)
        except (AssertionError, IntegradorError) as error:
            failed.append(f"{case['name']}: {error}")
    assert failed == []


def has_word(text: str, word: str) -> bool:
    return word in re.split(r"[^\w]+", text)


def written(value: Any) -> str:
    """As JSON, where `4`, `"4"` and `4.0` differ."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def instant(text: str) -> datetime:
    """The time that RFC 3339 writes so; Python 3.10 reads only some of these."""
    match = re.fullmatch(r"(.{10}).(.{6})(\d\d)(?:\.(\d+))?(?:[Zz]|(.{6}))", text)
    assert match is not None
    day, minute, second, fraction, zone = match.groups()
    # A leap second is the last one of its minute.
    return datetime.fromisoformat(
        f"{day}T{minute}{min(second, '59')}.{(fraction or '')[:6].ljust(6, '0')}{zone or '+00:00'}"
    )


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Callable[..., Node]]:
    """Opens Norte, which hosts plain platforms of these names; the token of each is `token of NAME`."""
    opened: list[Node] = []

    def make(*names: str, **options: Any) -> Node:
        number = len(opened)
        registry = tmp_path / f"{number}.json"
        entries = [{"id": n, "name": n, "endpoint": NOWHERE, "token": f"token of {n}"} for n in names]
        registry.write_text(json.dumps(entries))
        opened.append(Node("Norte", tmp_path / f"{number}.db", registry, **options))
        return opened[-1]

    yield make
    for node in opened:
        node.close()


def post(node: Node, path: str, platform: str, body: Any) -> Response:
    if isinstance(body, dict):
        # The vectors' tokens are those of the original design, which a registry here need not have.
        body = {name: value for name, value in body.items() if name != "token"}
    raw = json.dumps(body, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer token of {platform}", "Content-Type": "application/json"}
    return node.handle("POST", path, headers=headers, body=raw)


def told(response: Response) -> str:
    answer = json.loads(response.body)
    assert answer["status"] == response.status
    message: str = answer["message"]
    return message


def refused(case: Case, response: Response) -> None:
    assert response.status == 400, response
    assert case["error"] is None or has_word(told(response), case["error"]), told(response)
    assert case.get("message", "") in told(response)


def test_json(hub: Callable[..., Node]) -> None:
    node = hub("BuasApp")

    def check(case: Case) -> None:
        body = base64.b64decode(case["base64"]) if "base64" in case else case["text"].encode()
        answer = node.handle("POST", "/message", body=body)
        if "error" in case:
            assert answer.status == 400
            assert f"line {case['error']['line']}" in told(answer)
        else:
            # Who speaks is asked once it is JSON; what isn't an object has no place for a token.
            assert answer.status == 401 or (answer.status == 400 and "object" in told(answer)), answer

    each("json.json", check)


def test_users(hub: Callable[..., Node]) -> None:
    node = hub("BuasApp", "GWT_CHAT", "net core")

    def check(case: Case) -> None:
        platform = case.get("from", "BuasApp")
        answer = post(node, "/user", platform, case["in"])
        if "error" in case:
            return refused(case, answer)
        assert answer.status == 200, answer
        expected = case["node"]
        (user,) = [user for user in node.users(platform) if str(user.id.id) == str(expected["id"])]
        assert (user.id.platform, user.name) == (platform, expected["name"])
        assert (user.avatar, written(user.ext)) == (expected.get("avatar"), written(expected.get("ext")))
        assert user.active
        return None

    # That somebody is gone is only told by nodes.
    each("user.json", check, lambda case: "active" not in case["in"] if isinstance(case["in"], dict) else True)


def test_rooms(hub: Callable[..., Node]) -> None:
    cases = json.loads((VECTORS / "room.json").read_text())
    names = {name for case in cases if "node" in case for entry in case["node"]["users"] for name in entry}
    names |= {case["from"] for case in cases if "from" in case}

    def check(case: Case) -> None:
        # An id stays as it first came, so each case has a node of its own.
        with hub(*names, limits=case.get("limits", {})) as node:
            announce(case, node)

    def announce(case: Case, node: Node) -> None:
        platform = case.get("from", "BuasApp")
        answer = post(node, "/room", platform, case["in"])
        if "error" in case:
            return refused(case, answer)
        assert answer.status == 200, answer
        expected = case["node"]
        room = node.room(ExternalId(platform, expected["id"]))
        assert room is not None
        assert (room.name, room.kind) == (expected["name"], expected["type"])
        shown = [{name: list(ids)} for name, ids in room.members.items()]
        assert written(shown) == written(merged(expected["users"]))
        assert (room.avatar, written(room.ext)) == (expected.get("avatar"), written(expected.get("ext")))
        banned = [{name: ids if ids == "*" else list(ids)} for name, ids in room.banned.items()]
        assert written(banned) == written(expected.get("banned", []))
        return None

    def is_post(case: Case) -> bool:
        """Between nodes there are rooms of others too, and `again`, which in a post is a field like any unknown one."""
        body = case["in"]
        return not isinstance(body, dict) or ("roomOriginalPlatform" not in body and case.get("error") != "again")

    each("room.json", check, is_post)


def merged(users: list[dict[str, list[Any]]]) -> list[dict[str, list[Any]]]:
    """The directory lists a platform once, each member once, and none without members."""
    all_ids: dict[str, dict[str, Any]] = {}
    for entry in users:
        for name, ids in entry.items():
            for id in ids:
                all_ids.setdefault(name, {}).setdefault(str(id), id)
    return [{name: list(ids.values())} for name, ids in all_ids.items()]


@pytest.mark.parametrize("file", ["message.json", "attachments.json"])
def test_messages(file: str, hub: Callable[..., Node]) -> None:
    """What was posted comes to the application with the types of Python, and as what it was."""
    cases = json.loads((VECTORS / file).read_text())
    names = {case["node"]["roomOriginalPlatform"] for case in cases if "node" in case}
    names |= {case["from"] for case in cases if "from" in case}
    opened: dict[str, Node] = {}

    def check(case: Case) -> None:
        limits = case.get("limits", {})
        if written(limits) not in opened:
            opened[written(limits)] = hub(*names, limits=limits)
        node = opened[written(limits)]
        if "error" in case:
            return refused(case, post(node, "/message", "BuasApp", case["in"]))
        expected = case["node"]
        room = {"id": expected["roomId"], "name": "Sala", "type": "public", "users": []}
        assert post(node, "/room", expected["roomOriginalPlatform"], room).status == 200
        answer = post(node, "/message", case["from"], case["in"])
        assert answer.status == 200, answer
        (message,) = taken(node, Message)
        assert message.sender_name == message.sender
        assert written(as_on_the_wire(message)) == written(
            {name: value for name, value in expected.items() if name not in ("platform", "sentAt")}
        )
        assert message.sender.platform == expected["platform"]
        assert message.sent_at == (instant(expected["sentAt"]) if "sentAt" in expected else None)
        return None

    each(file, check, lambda case: "node" in case or "error" in case)


def as_on_the_wire(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = {
        "roomOriginalPlatform": message.room.platform,
        "roomId": message.room.id,
        "senderId": message.sender.id,
        "text": message.text,
    }
    if message.reply_to is not None:
        body["replyTo"] = message.reply_to
    if message.traceparent is not None:
        body["traceparent"] = message.traceparent
    if message.attachments:
        body["attachments"] = [
            {
                name: base64.b64encode(value).decode() if isinstance(value, bytes) else value
                for name in ("kind", "url", "data", "mime", "name", "size")
                if (value := getattr(attachment, name)) is not None
            }
            for attachment in message.attachments
        ]
    if message.ext is not None:
        body["ext"] = message.ext
    return body


def test_signatures(tmp_path: Path) -> None:
    """The vectors hold the signatures of a time that is long past, so each is made anew for now, by code of the test's
    own that makes the same signatures as the vectors have."""
    good = [case for case in json.loads((VECTORS / "signature.json").read_text()) if case["verifies"]]
    body = json.dumps({"id": 4, "name": "Juan", "platform": "Sur"})
    for number, case in enumerate(good):
        made = signature(case["token"], case["id"], case["timestamp"], case["body"])
        assert made in case["signature"].split(" ")
        registry = tmp_path / f"{number}.json"
        registry.write_text(json.dumps([{"id": 1, "name": "Sur", "endpoint": NOWHERE, "token": case["token"]}]))
        with Node("Norte", tmp_path / f"{number}.db", registry) as node:
            now = int(time.time())
            right = signature(case["token"], case["id"], now, body)
            wrong = signature(case["token"] + "!", case["id"], now, body)

            def send(header: str, at: int = now, node: Node = node, id: str = case["id"]) -> int:
                signed = {"webhook-id": id, "webhook-timestamp": str(at), "webhook-signature": header}
                return node.handle("POST", "/user", headers=signed, body=body.encode()).status

            assert send(wrong) == send(right.lower()) == send("") == send(right, now + 1) == 401
            assert send(signature(case["token"], case["id"], now - 400, body), now - 400) == 401
            assert send(f"{wrong} {right}") == 200
            assert [user.id for user in node.users("Sur")] == ["Sur:4"]


def test_batches(tmp_path: Path) -> None:
    registry = tmp_path / "platforms.json"
    registry.write_text(json.dumps([{"id": 1, "name": "BuasApp", "endpoint": NOWHERE, "token": "4444"}]))
    with Node("Norte", tmp_path / "norte.db", registry) as node:

        def check(case: Case) -> None:
            body = case["text"] * case.get("repeat", 1)
            now = int(time.time())
            # A UUID of version 7.
            id = str(uuid.UUID(int=(now * 1000) << 80 | 7 << 76 | 2 << 62 | uuid.uuid4().int & (1 << 62) - 1))
            headers = {
                "webhook-id": id,
                "webhook-timestamp": str(now),
                "webhook-signature": signature("4444", id, now, body),
                "Content-Type": "application/x-ndjson",
                "Content-Length": str(len(body.encode())),
            }
            answer = node.handle("POST", "/batch", headers=headers, body=body.encode())
            if "error" in case:
                assert answer.status == {"invalid": 400, "too_large": 413}[case["error"]["kind"]], answer
                return
            assert answer.status == 200, answer
            ids = [json.loads(line)["id"] for line in answer.body.decode().splitlines()]
            assert len(ids) == case.get("count", len(case.get("events", ids)))
            assert ids == [event["id"] for event in case.get("events", [])] or "count" in case

        each("batch.json", check)


def test_ping(node: Node) -> None:
    (case,) = [c for c in json.loads((VECTORS / "ping.json").read_text()) if c["name"] == "as a node answers"]
    answer = json.loads(node.handle("GET", "/ping").body)
    expected = case["in"]
    assert (answer.keys(), answer["integrador"].keys()) == (expected.keys(), expected["integrador"].keys())
    assert answer["integrador"] == {**expected["integrador"], "hosts": [], "store": node.status().store}


def test_registries(tmp_path: Path) -> None:
    def check(case: Case) -> None:
        folder = tmp_path / str(uuid.uuid4())
        folder.mkdir()
        for name, text in case.get("files", {}).items():
            (folder / name).write_text(text)
        file = folder / "platforms.json"
        if "base64" in case:
            file.write_bytes(base64.b64decode(case["base64"]))
        else:
            file.write_text(case["text"] if "text" in case else json.dumps(case["entries"], ensure_ascii=False))

        def opened() -> Node:
            return Node(name=case.get("own"), store=folder / "node.db", platforms=file)

        if "error" in case:
            with pytest.raises(ConfigError) as raised:
                opened()
            error, expected = str(raised.value), case["error"]
            assert all(word in error for word in expected.get("contains", [])), error
            assert not any(word in error for word in expected.get("never", [])), error
            assert expected.get("line") is None or f"line {expected['line']}" in error, error
            return
        with opened() as node:
            listed = {platform.name for platform in node.platforms()}
            names = {entry["name"] for entry in case["platforms"] if entry["enabled"]}
            # Its own entry is listed only where it has users: a standalone node has none.
            assert listed - {"own"} == names - {"own", "OWN"}

    each("registry.json", check)


def test_names(hub: Callable[..., Node]) -> None:
    def check(case: Case) -> None:
        node = hub(case["registry"])
        for spelling in case.get("match", []):
            with pytest.raises(TransportError):
                node.sync_now(spelling)
        for spelling in case.get("differ", []):
            with pytest.raises(UnknownPlatformError):
                node.sync_now(spelling)

    each("names.json", check)
