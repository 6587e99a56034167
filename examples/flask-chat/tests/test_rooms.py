"""Who is in a room, what it is called, whom it bars: told in lines among the messages, and changed from the page."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from flask import Flask

from buasapp.integration import exporter
from buasapp.models import Conversation, Message, db
from integrador import ExternalId, Node

from conftest import Page, World, conversation_of, eventually, joined


def lines(page: Page, conversation: int) -> list[tuple[str, int, str]]:
    """What has happened, as the page reads it: not what was written."""
    return [(m["notice"], m["sender"], m["text"]) for m in page.read(conversation) if m["notice"]]


def update(page: Page, conversation: int, **what: Any) -> int:
    return page.client.post(f"/app/conversations/{conversation}/update", json=what).status_code


def published(app: Flask, conversation: int) -> None:
    def there() -> bool:
        with app.app_context():
            return db.session.get_one(Conversation, conversation).published

    eventually(there, "that the node has the room")


def of_norte(node: Node, room: int) -> dict[str, Any]:
    """The members, by platform, as Norte knows them, of a room of BuasApp."""
    known = node.room(ExternalId("BuasApp", room))
    return {platform: list(ids) for platform, ids in known.members.items() if ids} if known else {}


def test_what_happens_to_a_room_of_another_platform_is_told_among_its_messages_once(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Cine", "public", {"Norte": [1]})
    id = conversation_of(app, "Norte:1")
    page = Page(app, "Marcelo")
    ana, beto = page.person("Ana"), page.person("Beto")
    assert lines(page, id) == [], "a room that is new begins without any"

    norte.publish_message(1, 1, "uno", key="1")
    norte.publish_room(1, "Cine club", "public", {"Norte": [1, 2]})
    # An event has the room as it is when it is handed out: what follows at once stands at the same place.
    eventually(lambda: len(lines(page, id)) == 2, "that this is told")
    norte.publish_message(1, 1, "dos", key="2")
    norte.publish_room(
        1, "Cine club", "public", {"Norte": [2]}, banned={"Norte": [1]}, avatar="https://example.org/a.png"
    )
    eventually(lambda: len(lines(page, id)) == 3, "that all is told")
    told = [m["notice"] or m["text"] for m in page.read(id)]
    assert told == ["uno", "joined", "renamed", "dos", "banned"]
    assert lines(page, id) == [
        ("joined", beto, ""),
        ("renamed", lines(page, id)[1][1], "Cine club"),
        ("banned", ana, ""),
    ]

    room = next(c for c in Page(app, "Julieta").hello["conversations"] if c["id"] == id)
    assert (room["banned"], room["avatar"]) == ([ana], "https://example.org/a.png")
    assert (room["last"]["text"], room["unread"]) == ("dos", 2), "a line is no message"
    notice = next(m for m in page.read(id) if m["notice"])
    change = {"key": "k", "message": notice["id"], "kind": "reaction", "emoji": "👍"}
    assert page.client.post(f"/app/conversations/{id}/changes", json=change).status_code == 404


def test_the_own_platform_adds_and_removes_whomever_renames_and_bars_also_who_came_by_themselves(world: World) -> None:
    app, norte = joined(world)
    page = Page(app, "Marcelo")
    ana, beto = page.person("Ana"), page.person("Beto")
    id = page.create("Sala", public=True)
    published(app, id)
    eventually(lambda: norte.room(ExternalId("BuasApp", id)), "that Norte knows the room")
    norte.join_room(ExternalId("BuasApp", id), 1)
    eventually(lambda: ("joined", ana, "") in lines(page, id), "that Ana has come")

    assert update(page, id, name="  La sala ", add=[beto], remove=[ana]) == 200
    assert lines(page, id)[1:] == [("left", ana, ""), ("joined", beto, ""), ("renamed", page.me, "La sala")]
    eventually(lambda: of_norte(norte, id) == {"BuasApp": [page.me], "Norte": [2]}, "that Norte knows")

    assert update(page, id, ban=[beto]) == 200
    assert lines(page, id)[-1] == ("banned", beto, "")
    eventually(lambda: of_norte(norte, id) == {"BuasApp": [page.me]}, "that he is out")
    assert update(page, id, unban=[beto]) == 200
    assert lines(page, id)[-1] == ("unbanned", beto, ""), "and he is not back by that"
    assert update(page, id, add=[beto]) == 200
    eventually(lambda: of_norte(norte, id) == {"BuasApp": [page.me], "Norte": [2]}, "that he is in again")


def test_who_left_from_elsewhere_is_added_again(world: World) -> None:
    app, norte = joined(world)
    page = Page(app, "Marcelo")
    ana, beto = page.person("Ana"), page.person("Beto")
    id = page.create("Grupo", ana, beto)
    eventually(lambda: norte.room(ExternalId("BuasApp", id)), "that Norte knows the group")
    norte.leave_room(ExternalId("BuasApp", id), 1)
    eventually(lambda: lines(page, id) == [("left", ana, "")], "that she left")
    assert update(page, id, add=[ana]) == 200
    assert lines(page, id) == [("left", ana, ""), ("joined", ana, "")]
    eventually(lambda: sorted(of_norte(norte, id).get("Norte", [])) == [1, 2], "that she is in again")


def test_what_may_not_be_changed_is_refused(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Cine", "public", {"BuasApp": [1]})
    norte.publish_room(2, "Grupo", "private", {"Norte": [1], "BuasApp": [1, 2]})
    public, private = conversation_of(app, "Norte:1"), conversation_of(app, "Norte:2")
    page, julieta = Page(app, "Marcelo"), Page(app, "Julieta")
    ana, three = page.person("Ana"), max(p["id"] for p in page.hello["people"] if p["platform"] == "BuasApp")
    assert update(page, public, name="Otro") == 403
    assert update(page, public, ban=[ana]) == 403
    assert update(page, public, add=[ana]) == 403
    assert update(julieta, public, add=[three]) == 403, "she does not take part"
    assert update(page, private, add=[three]) == 403
    assert update(page, private, remove=[ana]) == 403
    assert update(page, private, remove=[julieta.me]) == 200
    assert update(page, public, add=[julieta.me]) == 200
    two = page.create("", ana)
    assert update(page, two, name="x") == 403
    own = page.create("Sala", public=True)
    published(app, own)
    for wrong, status in (
        ({"name": "  "}, 400),
        ({"name": "x" * 81}, 400),
        ({"add": [999]}, 404),
        ({"add": ["a"]}, 400),
        ({"ban": [page.me]}, 403),
    ):
        assert update(page, own, **wrong) == status, wrong
    with app.app_context():
        assert not db.session.query(Message).filter(Message.conversation_id == own).all()


def test_a_group_that_was_made_a_moment_ago_is_left_once_the_node_has_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, norte = joined(world)
    monkeypatch.setattr(exporter, "wake", lambda: None)  # the exporter takes its time
    page = Page(app, "Marcelo")
    body = {"name": "Recién", "public": False, "members": [page.person("Ana"), page.person("Beto")]}
    id = page.client.post("/app/conversations", json=body).get_json()["id"]
    monkeypatch.undo()
    with app.app_context():
        assert not db.session.get_one(Conversation, id).published
        written = app.extensions[exporter.EXTENSION]
    threading.Timer(0.3, written.set).start()
    assert page.client.post(f"/app/conversations/{id}/leave").status_code == 200
    eventually(lambda: of_norte(norte, id) == {"Norte": [1, 2]}, "that Norte knows who is left")
