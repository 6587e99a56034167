"""What the chat does with other platforms: the importer, the exporter and the internal messenger."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select

from buasapp.integration import exporter, messenger
from buasapp.models import Conversation, Message, Platform, User, db
from integrador.flask import current_node

from conftest import Page, World, conversation_of, eventually, joined


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """The SQL that is sent meanwhile."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        said.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_users_and_rooms_of_others_get_integer_keys_that_are_bound(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room("r1", "Plaza", "private", {"Norte": [1], "BuasApp": [1, 2]})
    id = conversation_of(app, "Norte:r1")
    with app.app_context():
        room = db.session.get_one(Conversation, id)
        ana = db.session.scalars(select(User).where(User.external_id == "Norte:1")).one()
        (platform,) = db.session.scalars(select(Platform))
        assert (platform.name, room.platform_id, ana.platform_id) == ("Norte", platform.id, platform.id)
        assert (ana.name, ana.password) == ("Ana", None)
        assert sorted(room.member_ids) == sorted([1, 2, ana.id])
        assert current_node.local_id("room", "Norte:r1") == room.id
        assert current_node.external_id("user", ana.id) == "Norte:1"
        own = db.session.get_one(User, 1)
        assert (own.external_id, own.platform_id) == (None, None)


def test_a_group_that_shrinks_to_two_stays_a_group_and_a_chat_of_two_is_one_until_others_come(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Cine", "private", {"Norte": [1], "BuasApp": [1, 2]})
    norte.publish_room(2, "", "private", {"Norte": [1], "BuasApp": [1]})
    group, two = conversation_of(app, "Norte:1"), conversation_of(app, "Norte:2")
    page = Page(app, "Marcelo")

    def stands(id: int) -> tuple[bool, int]:
        with app.app_context():
            row = db.session.get_one(Conversation, id)
            return row.direct, len(row.members)

    assert (stands(group), stands(two)) == ((False, 3), (True, 2))
    norte.publish_room(1, "Cine", "private", {"Norte": [1], "BuasApp": [1]})
    eventually(lambda: stands(group) == (False, 2), "that one leaves the group")
    ana = page.person("Ana")
    assert page.create("", ana) == two, "the two have a chat, and it is not the group"
    for members, expected in (([1, 2], (False, 3)), ([1], (False, 2))):
        norte.publish_room(2, "", "private", {"Norte": [1], "BuasApp": members})
        eventually(lambda expected=expected: stands(two) == expected, str(expected))  # type: ignore[misc]


def test_a_message_is_pushed_to_the_recipients_alone(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "private", {"Norte": [1], "BuasApp": [1]})
    id = conversation_of(app, "Norte:1")
    marcelo, julieta = Page(app, "Marcelo"), Page(app, "Julieta")
    norte.publish_message(1, 1, "¿Qué tal? 🧉")
    (pushed,) = eventually(lambda: marcelo.pushed("message"), "the push")
    assert (pushed["message"]["conversation"], pushed["message"]["text"]) == (id, "¿Qué tal? 🧉")
    assert julieta.pushed("message") == []
    assert julieta.client.get(f"/app/conversations/{id}/messages").status_code == 404


def test_a_message_in_a_public_room_is_pushed_to_all(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "public")
    conversation_of(app, "Norte:1")
    pages = [Page(app, "Marcelo"), Page(app, "Julieta")]
    norte.publish_message(1, 2, "¡Hola!")
    for page in pages:
        eventually(lambda page=page: page.pushed("message"), "the push")  # type: ignore[misc]


def test_no_query_is_made_to_find_the_recipients_however_many_they_are(world: World) -> None:
    app, norte = joined(world)
    counts = []
    for room, members in ((1, [1]), (2, [1, 2, 3])):
        norte.publish_room(room, "Plaza", "private", {"Norte": [1, 2], "BuasApp": members})
        id = conversation_of(app, f"Norte:{room}")
        pages = [Page(app, name) for name in ("Marcelo", "Julieta", "Nahuel")[: len(members)]]
        with statements(app) as said:
            norte.publish_message(room, 1, f"en la sala {room}")
            for page in pages:
                (pushed,) = eventually(lambda page=page: page.pushed("message"), "the push")  # type: ignore[misc]
                assert pushed["message"]["conversation"] == id
        assert not [s for s in said if "members" in s or "users" in s or "conversations" in s], said
        counts.append(len(said))
    assert counts == [2, 2], "one statement stores the message, and one finds what was said of it before"


# Shows promise 3.
def test_an_event_that_comes_again_is_stored_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "private", {"Norte": [1], "BuasApp": [1]})
    id = conversation_of(app, "Norte:1")
    page = Page(app, "Marcelo")
    failures: list[Any] = []

    def dies_once(*args: Any) -> None:
        if not failures:
            failures.append(args)
            raise RuntimeError("after the commit")
        shown(*args)

    shown = messenger.message
    monkeypatch.setattr(messenger, "message", dies_once)
    norte.publish_message(1, 1, "una")
    norte.publish_message(1, 1, "dos")
    eventually(lambda: len(page.read(id)) == 2 and failures, "both messages")
    assert [message["text"] for message in page.read(id)] == ["una", "dos"]


def test_what_was_committed_but_not_published_goes_out_at_the_next_start(world: World) -> None:
    app = world.make()
    with app.app_context():
        # As if the process had died between its own commit and the call of the node.
        room = Conversation(name="Patio", public=True)
        db.session.add(room)
        db.session.flush()
        for n in range(3):
            db.session.add(Message(conversation_id=room.id, sender_id=1, text=f"antes {n}", key=f"1/{n}"))
        db.session.commit()
    world.open_norte()
    world.serve()
    eventually(lambda: len(world.texts()) == 3, "that they arrive")
    assert world.texts() == ["antes 0", "antes 1", "antes 2"]
    page = Page(app, "Marcelo")
    eventually(
        lambda: [t["state"] for m in page.read(room.id) for t in m["deliveries"]] == ["delivered"] * 3, "the ticks"
    )


# Shows promise 3.
def test_what_was_published_but_not_marked_is_published_again_as_the_same_message(world: World) -> None:
    app, _ = joined(world)
    page = Page(app, "Marcelo")
    id = page.create("", page.person("Ana"))
    page.write(id, "una sola vez")
    eventually(lambda: world.texts() == ["una sola vez"], "that it arrives")
    with app.app_context():
        (row,) = db.session.scalars(select(Message))
        row.published, row.event_id = False, None
        db.session.commit()
    page.write(id, "otra")
    eventually(lambda: len(world.texts()) == 2, "that the next one arrives")
    assert world.texts() == ["una sola vez", "otra"]


def test_a_message_gets_its_event_id_for_a_place_and_the_pages_of_all_who_see_it_are_told(world: World) -> None:
    app, _norte = joined(world)
    marcelo, julieta = Page(app, "Marcelo"), Page(app, "Julieta")
    id = marcelo.create("Grupo", julieta.me, marcelo.person("Ana"))
    written = marcelo.write(id, "hola")
    for page in (marcelo, julieta):
        pushed: list[dict[str, Any]] = []

        def placed(page: Page = page, pushed: list[dict[str, Any]] = pushed) -> bool:
            pushed.extend(page.pushed("message"))
            return pushed[-1]["message"]["place"] is not None

        eventually(placed, "that it has its place")
        assert {(push["message"]["id"], push["last"]["id"]) for push in pushed} == {(written["id"], written["id"])}
    eventually(lambda: world.messages, "that it arrives")
    assert marcelo.read(id)[0]["place"] == world.messages[0].event_id


def test_the_conversation_has_another_last_message_when_one_gets_its_place_before_it(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "private", {"Norte": [1], "BuasApp": [1]})
    id = conversation_of(app, "Norte:1")
    page = Page(app, "Marcelo")
    page.write(id, "mía")
    eventually(lambda: page.read(id)[0]["place"], "that it is published")
    norte.publish_message(1, 1, "de Ana")
    eventually(lambda: len(page.read(id)) == 2, "that hers is here")
    with app.app_context():
        # As if the process had died between the node's answer and the row.
        row = db.session.scalars(select(Message).where(Message.text == "mía")).one()
        row.published, row.event_id, row.place = False, None, None
        db.session.commit()
    assert [message["text"] for message in page.read(id)] == ["de Ana", "mía"]
    page.pushed("message")
    with app.app_context():
        exporter.publish()
    assert [message["text"] for message in page.read(id)] == ["mía", "de Ana"]
    (push,) = page.pushed("message")
    assert (push["message"]["text"], push["last"]["text"]) == ("mía", "de Ana")


def test_what_the_node_refuses_stays_where_it_was_when_it_was_refused(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "private", {"Norte": [1], "BuasApp": [1]})
    id = conversation_of(app, "Norte:1")
    norte.publish_message(1, 1, "antes")
    page = Page(app, "Marcelo")
    eventually(lambda: len(page.read(id)) == 1, "that it is here")
    with app.app_context():
        # No user of the room.
        db.session.add(Message(conversation_id=id, sender_id=2, text="rechazado", key="2/k"))
        db.session.commit()
        exporter.publish()
    norte.publish_message(1, 1, "después")
    eventually(lambda: len(page.read(id)) == 3, "that the next one is here")
    read = page.read(id)
    assert [message["text"] for message in read] == ["antes", "rechazado", "después"]
    assert read[1]["failed"]


def test_a_message_waits_for_a_platform_that_is_down_and_the_page_is_told(world: World) -> None:
    app, norte = joined(world)
    page = Page(app, "Marcelo")
    id = page.create("", page.person("Ana"))
    norte.close()
    page.write(id, "Espera ahí")

    def state() -> list[str]:
        return [tick["state"] for tick in page.read(id)[0]["deliveries"]]

    eventually(lambda: state() == ["waiting"], "that it waits")
    eventually(
        lambda: (
            [p["up"] for push in page.pushed("platforms") for p in push["platforms"] if p["name"] == "Norte"][-1:]
            == [False]
        ),
        "that the page is told",
    )
    world.open_norte()
    eventually(lambda: world.texts() == ["Espera ahí"], "that it arrives")
    eventually(lambda: state() == ["delivered"], "the tick")


def test_members_that_do_not_exist_here_are_left_out(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "private", {"Norte": [1], "BuasApp": [1, 99, "nadie"]})
    id = conversation_of(app, "Norte:1")
    with app.app_context():
        names = [db.session.get_one(User, i).name for i in db.session.get_one(Conversation, id).member_ids]
    assert sorted(names) == ["Ana", "Marcelo"]


def test_a_renamed_user_and_one_that_is_gone_are_shown_so(world: World) -> None:
    app, norte = joined(world)
    page = Page(app, "Marcelo")
    norte.publish_users([(1, "Ana María")])
    changed: dict[str, Any] = {}

    def told() -> bool:
        changed.update({push["person"]["name"]: push["person"]["active"] for push in page.pushed("person")})
        return changed == {"Ana María": True, "Beto": False}

    eventually(told, "that the page is told")


def test_who_joins_a_public_room_of_another_platform_is_in_it_there_too(world: World) -> None:
    app, norte = joined(world)
    norte.publish_room(1, "Plaza", "public")
    id = conversation_of(app, "Norte:1")
    page = Page(app, "Julieta")

    def members() -> dict[str, Any]:
        room = norte.room(1)
        return dict(room.members) if room else {}

    assert page.client.post(f"/app/conversations/{id}/join", json={}).status_code == 200
    assert [push["conversation"]["members"] for push in page.pushed("conversation")][-1:] == [[page.me]]
    eventually(lambda: members() == {"BuasApp": (page.me,)}, "that Norte knows")
    assert page.client.post(f"/app/conversations/{id}/leave", json={}).status_code == 200
    eventually(lambda: members().get("BuasApp", ()) == (), "that Norte knows that she left")
