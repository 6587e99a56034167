"""The scenarios of `tests/scenarios`, each as a test of its name. All that is particular to Python is in `Calls`."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from integrador import (
    Attachment,
    DeadLetter,
    Delete,
    DeliveryChange,
    Edit,
    Event,
    ExternalId,
    IntegradorError,
    Message,
    Node,
    Platform,
    PlatformChange,
    PlatformStatus,
    Reaction,
    Receipt,
    Room,
    RoomChange,
    Status,
    User,
    UserChange,
)

from conftest import Net, forked
from plain import Plain
from processes import PATIENCE

FOLDER = Path(__file__).resolve().parents[3] / "tests" / "scenarios"
INDEX = json.loads((FOLDER / "index.json").read_text())
(PYTHON,) = (language for language in INDEX["languages"] if language["name"] == "Python")
SCENARIOS = [scenario for name in INDEX["features"] for scenario in json.loads((FOLDER / f"{name}.json").read_text())]
PARTS = {"name", "platforms", "newcomers", "plain", "needs", "shows", "steps"}
FIELDS = {"do", "expect", "on", "with", "is", "fails", "as", "steps"}

Json = Any
Step = dict[str, Any]


# ---- the words of a scenario as calls of the public API, and what these return as JSON


def by_name(items: Sequence[Json]) -> list[Json]:
    return sorted(items, key=lambda one: [str(one.get(field, "")) for field in ("id", "name", "platform")])


def reference(id: Json) -> Json:
    """What names a user or a room: a text with a `:` in it is an external id."""
    return ExternalId.parse(id) if ":" in str(id) else id


def receipt(it: Receipt) -> Json:
    return {"event": it.event_id, "destinations": sorted(it.destinations), "duplicate": it.duplicate}


def user(it: User) -> Json:
    return {"id": str(it.id), "name": it.name, "active": it.active, "avatar": it.avatar, "ext": it.ext}


def room(it: Room) -> Json:
    members = {platform: list(ids) for platform, ids in it.members.items()}
    banned = {platform: who if who == "*" else list(who) for platform, who in it.banned.items()}
    shown = {"id": str(it.id), "name": it.name, "kind": it.kind, "members": members}
    return shown | {"banned": banned, "avatar": it.avatar, "ext": it.ext}


def platform(it: Platform) -> Json:
    return {"name": it.name, "own": it.own}


def status(it: Status) -> Json:
    def one(p: PlatformStatus) -> Json:
        return {"name": p.name, "kind": p.kind, "up": p.up, "waiting": p.waiting, "dead": p.dead}

    platforms = by_name([one(p) for p in it.platforms])
    introductions = by_name([{"name": one.name, "by": one.by} for one in it.introductions])
    shown = {"name": it.name, "standalone": it.standalone, "inbox": it.inbox, "platforms": platforms}
    return shown | {"introductions": introductions}


def dead_letter(it: DeadLetter) -> Json:
    return {
        "number": it.number,
        "event": it.event_id,
        "kind": it.kind,
        "platform": it.platform,
        "from": it.from_platform,
        "inbound": it.inbound,
        "why": it.why,
    }


def message_change(it: Edit | Delete | Reaction) -> Json:
    """Who changed which message, where."""
    who = {"sender": str(it.sender), "sender_name": it.sender_name, "local_sender": it.local_sender}
    where = {"room": str(it.room), "local_room": it.local_room, "recipients": it.recipients}
    return who | where | {"of": it.of}


def event(it: Event) -> Json:
    """As its handler sees it."""
    shown = {"kind": it.kind, "event": it.event_id, "attempt": it.attempt}
    match it:
        case Message():
            return shown | {
                "room": str(it.room),
                "sender": str(it.sender),
                "sender_name": it.sender_name,
                "text": it.text,
                "reply_to": it.reply_to,
                "attachments": [dataclasses.asdict(one) for one in it.attachments],
                "late": it.late,
                "ext": it.ext,
                "local_room": it.local_room,
                "local_sender": it.local_sender,
                "recipients": it.recipients,
            }
        case Edit():
            attached = None if it.attachments is None else [dataclasses.asdict(one) for one in it.attachments]
            return shown | message_change(it) | {"text": it.text, "attachments": attached, "ext": it.ext}
        case Delete():
            return shown | message_change(it) | {"of_platform": it.of_platform}
        case Reaction():
            return shown | message_change(it) | {"of_platform": it.of_platform, "emoji": it.emoji, "on": it.on}
        case UserChange():
            return shown | user(it.user) | {"local_user": it.local_user}
        case RoomChange():
            change = {"room": room(it.room), "changed_by": it.changed_by}
            return shown | change | {"local_room": it.local_room, "recipients": it.recipients}
        case PlatformChange():
            return shown | {"platform": it.platform, "change": it.change}
        case DeliveryChange():
            about = {"publication": it.publication, "platform": it.platform}
            return shown | about | {"state": it.state, "count": it.count}


class Calls:
    """The operations of a node, by name."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def publish_user(self, id: Json, name: str, **carried: Json) -> Json:
        return receipt(self.node.publish_user(id, name, **carried))

    def publish_users(self, users: Json) -> Json:
        return self.node.publish_users([(id, name) for id, name in users])

    def publish_room(self, **given: Json) -> Json:
        return receipt(self.node.publish_room(**given))

    def join_room(self, room: Json, user: Json) -> Json:
        return receipt(self.node.join_room(reference(room), user))

    def leave_room(self, room: Json, user: Json) -> Json:
        return receipt(self.node.leave_room(reference(room), user))

    def publish_message(self, room: Json, attachments: Json = (), **given: Json) -> Json:
        attached = [Attachment(**one) for one in attachments]
        return receipt(self.node.publish_message(reference(room), **given, attachments=attached))

    def edit_message(self, event: str, sender: Json, text: str, attachments: Json = None, ext: Json = None) -> Json:
        attached = None if attachments is None else [Attachment(**one) for one in attachments]
        return receipt(self.node.edit_message(event, sender, text, attachments=attached, ext=ext))

    def delete_message(self, event: str, sender: Json, of_platform: str | None = None) -> Json:
        return receipt(self.node.delete_message(event, sender, of_platform=of_platform))

    def react(self, event: str, of_platform: str, sender: Json, emoji: str, on: bool = True) -> Json:
        return receipt(self.node.react(event, of_platform, sender, emoji, on))

    def platforms(self) -> Json:
        return by_name([platform(one) for one in self.node.platforms()])

    def users(self, platform: str | None = None) -> Json:
        return by_name([user(one) for one in self.node.users(platform)])

    def rooms(self) -> Json:
        return by_name([room(one) for one in self.node.rooms()])

    def room(self, id: Json) -> Json:
        found = self.node.room(reference(id))
        return None if found is None else room(found)

    def recipients(self, room: Json) -> Json:
        return self.node.recipients(reference(room))

    def bind(self, kind: Json, external: str, local: Json) -> Json:
        self.node.bind(kind, external, local)

    def local_id(self, kind: Json, external: str) -> Json:
        return self.node.local_id(kind, external)

    def external_id(self, kind: Json, local: Json) -> Json:
        found = self.node.external_id(kind, local)
        return None if found is None else str(found)

    def delivery(self, event: str) -> Json:
        found = self.node.delivery(event)
        return by_name([{"platform": one.platform, "state": one.state, "why": one.why} for one in found])

    def status(self) -> Json:
        return status(self.node.status())

    def dead_letters(self, **which: Json) -> Json:
        return by_name([dead_letter(one) for one in self.node.dead_letters(**self._which(which))])

    def retry(self, **which: Json) -> Json:
        return self.node.retry(**self._which(which))

    def drop(self, **which: Json) -> Json:
        return self.node.drop(**self._which(which))

    def _which(self, which: dict[str, Json]) -> dict[str, Json]:
        return {"event_id" if name == "event" else name: value for name, value in which.items()}

    def sync_now(self, platform: str | None = None) -> Json:
        return self.node.sync_now(platform)

    def handle(self, method: str, path: str, body: Json = "") -> Json:
        text = body if isinstance(body, str) else json.dumps(body)
        return {"status": self.node.handle(method, path, body=text.encode()).status}

    def invite(self) -> Json:
        invite = self.node.invite()
        return {"id": invite.id, "text": invite.text}

    def invites(self) -> Json:
        return by_name([{"id": one.id, "used_by": one.used_by} for one in self.node.invites()])

    def revoke_invite(self, id: str) -> Json:
        self.node.revoke_invite(id)

    def join(self, invite: str) -> Json:
        joined = self.node.join(invite)
        return {"inviter": joined.inviter, "platforms": list(joined.platforms)}

    def introduce(self, a: str, b: str) -> Json:
        self.node.introduce(a, b)

    def accept_introduction(self, name: str) -> Json:
        self.node.accept_introduction(name)

    def refuse_introduction(self, name: str) -> Json:
        self.node.refuse_introduction(name)

    def add_platform(self, name: str, endpoint: str) -> Json:
        return self.node.add_platform(name, endpoint)

    def rotate_token(self, platform: str) -> Json:
        return self.node.rotate_token(platform)

    def remove_platform(self, name: str) -> Json:
        self.node.remove_platform(name)


# ---- what every language does alike


def matches(found: Json, expected: Json) -> bool:
    """Of an object the fields that are named are compared, of everything else all. A null is what is not there."""
    if isinstance(found, dict) and isinstance(expected, dict):
        return all(matches(found.get(name), value) for name, value in expected.items())
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(matches, found, expected))
    return bool(found == expected) and isinstance(found, bool) == isinstance(expected, bool)


class App:
    """An application of the scenario; its node is made anew by each `open`."""

    def __init__(self, net: Net, name: str) -> None:
        self.net, self.name = net, name
        self.node: Node | None = None
        self.called: list[Json] = []
        self.handled: list[Json] = []

    def open(self, **options: Json) -> None:
        self.node = self.net.open(self.name, **options)

    def close(self) -> None:
        assert self.node is not None
        self.node.close()

    def handle_events(self, rules: Sequence[Json] = ()) -> None:
        node = self.node
        assert node is not None
        calls, rules = Calls(node), [dict(rule) for rule in rules]

        def handler(it: Event) -> None:
            shown = event(it)
            self.called.append(shown)
            for rule in rules:
                if rule.get("times") == 0 or not matches(shown, rule["when"]):
                    continue
                if "times" in rule:
                    rule["times"] -= 1
                if "do" in rule:
                    getattr(calls, rule["do"])(**rule.get("with", {}))
                if "fail" in rule:
                    raise RuntimeError(rule["fail"])
            self.handled.append(event(it))

        for kind in ("message", "edit", "delete", "reaction", "user", "room", "platform", "delivery"):
            getattr(node, f"on_{kind}")(handler)
        node.start()


class World:
    """Plays the steps of one scenario."""

    def __init__(self, net: Net, plain: Sequence[Plain]) -> None:
        self.apps = {name: App(net, name) for name in net.ports}
        self.plain = {platform.name: platform for platform in plain}
        self.names: dict[str, Json] = {platform.name: {"endpoint": platform.url} for platform in plain}

    def play(self, steps: Sequence[Step]) -> None:
        for number, step in enumerate(steps, 1):
            assert step.keys() <= FIELDS, step
            given, place = self.put_in(step), f"step {number}: {step}"
            operation = self.operation(given)
            if "fails" in given:
                assert self.failure(operation) == given["fails"], place
                continue
            returned = operation()
            deadline = time.monotonic() + PATIENCE
            while "is" in given and not matches(returned, given["is"]):
                so_far = f"{place}: expected {given['is']}, got {returned}"
                assert "expect" in given, so_far
                assert time.monotonic() < deadline, so_far
                time.sleep(0.01)
                returned = operation()
            if "as" in given:
                self.names[given["as"]] = returned

    def failure(self, operation: Callable[[], Json]) -> str | None:
        try:
            operation()
        except IntegradorError as error:
            return error.kind
        return None

    def operation(self, step: Step) -> Callable[[], Json]:
        name, given = step.get("do") or step["expect"], step.get("with", {})
        if name == "posted":
            posts = self.plain[step["on"]].posts
            return lambda: [one for one in list(posts) if matches(one, given)]
        app = self.apps[step["on"]]
        match name:
            case "open" | "close" | "handle_events":
                return lambda: getattr(app, name)(**given)
            case "called" | "handled":
                return lambda: [one for one in getattr(app, name) if matches(one, given)]
            case "in_order":
                return lambda: given["events"] == sorted(set(given["events"]))
            case "fork":
                return lambda: self.fork(step["steps"])
        assert app.node is not None
        call = getattr(Calls(app.node), name)
        return lambda: call(**given)

    def fork(self, steps: Sequence[Step]) -> None:
        """Has a child of this process play these steps."""
        assert forked(lambda: self.play(steps)) is None

    def put_in(self, value: Json) -> Json:
        """With `$name.field` or `$name.0.field` replaced by what that is."""
        if isinstance(value, str) and value.startswith("$"):
            name, *parts = value[1:].split(".")
            found = self.names[name]
            for part in parts:
                found = found[int(part) if part.isdigit() else part]
            return found
        if isinstance(value, list):
            return [self.put_in(one) for one in value]
        if isinstance(value, dict):
            # What a child plays, it looks up itself.
            return {name: one if name == "steps" else self.put_in(one) for name, one in value.items()}
        return value


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario["name"])
def test_scenarios(net: Callable[..., Net], plain: Callable[[str], Plain], scenario: Json) -> None:
    assert scenario.keys() <= PARTS, scenario.keys()
    for need in scenario.get("needs", ()):
        if need in PYTHON["lacks"]:
            pytest.skip(f"Python lacks {need}: {PYTHON['lacks'][need]}")
    made = net(*scenario["platforms"], newcomers=scenario.get("newcomers", ()))
    World(made, [plain(name) for name in scenario.get("plain", ())]).play(scenario["steps"])
