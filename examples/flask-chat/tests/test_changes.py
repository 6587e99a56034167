"""What is said of messages: edits, deletes, reactions and answers, here and between platforms."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from buasapp import changes, chat
from buasapp.changes import Said
from buasapp.integration import exporter
from buasapp.models import Change, Early, Message, User, db
from integrador import Attachment, Delete, Edit, ExternalId, Node, Reaction

from conftest import Page, World, eventually, joined


def say(page: Page, conversation: int, message: int, kind: str, **more: Any) -> tuple[int, dict[str, Any]]:
    body = {"key": f"{kind} {more}"[:90], "message": message, "kind": kind, **more}
    answer = page.client.post(f"/app/conversations/{conversation}/changes", json=body)
    return answer.status_code, answer.get_json()


def published(app: Flask, message: int) -> str:
    """Its event id, once the node has it."""

    def find() -> str | None:
        with app.app_context():
            return db.session.scalar(select(Message.event_id).where(Message.id == message))

    return eventually(find, "that the node has it") or ""


def chat_with_ana(world: World) -> tuple[Flask, Node, Page, int]:
    app, norte = joined(world)
    page = Page(app, "Marcelo")
    id = page.create("Asado", page.person("Ana"), page.person("Beto"), page.person("Julieta"))
    eventually(lambda: norte.room(ExternalId.parse(f"BuasApp:{id}")), "that Norte knows the room")
    return app, norte, page, id


def only(page: Page, conversation: int, message: int) -> dict[str, Any]:
    return next(m for m in page.read(conversation) if m["id"] == message)


def test_one_edits_and_deletes_ones_own_alone_and_only_what_is_there(world: World) -> None:
    app, _norte, marcelo, id = chat_with_ana(world)
    julieta = Page(app, "Julieta")
    mine = marcelo.write(id, "Ola")["id"]
    published(app, mine)
    assert say(julieta, id, mine, "edit", text="x")[0] == 403
    assert say(julieta, id, mine, "delete")[0] == 403
    assert say(marcelo, id, mine + 1, "delete")[0] == 404
    assert say(marcelo, marcelo.create("Sala", public=True), mine, "delete")[0] == 404
    assert say(marcelo, id, mine, "edit", text=" ")[0] == 400
    assert say(marcelo, id, mine, "edit", text="ñ" * 4_001)[0] == 413
    for emoji in ("", "👍" * 9):
        assert say(marcelo, id, mine, "reaction", emoji=emoji, on=True)[0] == 400
    assert say(marcelo, id, mine, "shout")[0] == 400
    status, answer = say(marcelo, id, mine, "edit", text=" Hola ")
    assert (status, answer["message"]["text"], answer["message"]["edited"], answer["message"]["revision"]) == (
        200,
        "Hola",
        True,
        1,
    )
    (pushed,) = [m["message"] for m in julieta.pushed("message") if m["message"]["edited"]][:1]
    assert pushed["text"] == "Hola"
    first, again = say(marcelo, id, mine, "delete"), say(marcelo, id, mine, "delete")
    assert first[1]["message"]["deleted"]
    assert again[1]["message"]["revision"] == first[1]["message"]["revision"]
    assert say(marcelo, id, mine, "edit", text="¿Hola?")[0] == 404
    assert only(julieta, id, mine)["text"] == ""


@pytest.mark.usefixtures("unpublished")
def test_what_the_node_does_not_have_yet_is_changed_when_the_page_tries_again(world: World) -> None:
    app = world.make()
    page = Page(app, "Marcelo")
    id = page.create("Sala", public=True)
    mine = page.write(id, "Ola")["id"]
    assert say(page, id, mine, "edit", text="Hola")[0] == 425
    assert only(page, id, mine)["text"] == "Ola"


def test_edits_reactions_answers_and_deletes_reach_the_others_and_have_their_own_ticks(world: World) -> None:
    app, _norte, page, id = chat_with_ana(world)
    mine = page.write(id, "Ola", attachment={"url": "https://buas.example/a.png", "name": "a.png"})["id"]
    event = published(app, mine)
    answer = page.write(id, "Sí", reply=mine)
    assert (answer["reply"]["message"], answer["reply"]["text"], answer["reply"]["what"]) == (mine, "Ola", "image")
    for kind, more in (
        ("edit", {"text": "Hola"}),
        ("reaction", {"emoji": "👍", "on": True}),
        ("reaction", {"emoji": "👍", "on": False}),
        ("reaction", {"emoji": "🧉", "on": True}),
    ):
        assert say(page, id, mine, kind, **more)[0] == 200

    def edited() -> list[Any]:
        return [c["deliveries"] for c in only(page, id, mine)["changes"] if c["kind"] == "edit"]

    delivered = [[{"platform": "Norte", "state": "delivered", "why": None}]]
    eventually(lambda: edited() == delivered, "the ticks of the edit")
    eventually(lambda: all(c["sent"] for c in only(page, id, mine)["changes"]), "that the node has all")
    assert [(c["kind"], c["emoji"], c["sent"]) for c in only(page, id, mine)["changes"]] == [
        ("edit", None, True),
        ("reaction", "🧉", True),
    ]
    assert say(page, id, mine, "delete")[0] == 200
    eventually(lambda: [h for h in world.changes if isinstance(h, Delete)], "the delete")
    answered = next(m for m in world.messages if m.text == "Sí")
    assert answered.reply_to == event
    edit = next(h for h in world.changes if isinstance(h, Edit))
    assert (edit.of, edit.text, edit.attachments) == (event, "Hola", None)
    assert [(h.emoji, h.on) for h in world.changes if isinstance(h, Reaction)] == [
        ("👍", True),
        ("👍", False),
        ("🧉", True),
    ]
    gone = only(page, id, mine)
    assert (gone["deleted"], gone["attachments"], gone["reactions"]) == (True, [], [])


def test_what_others_say_is_shown_if_they_may(world: World) -> None:
    app, norte, page, id = chat_with_ana(world)
    mine = page.write(id, "¿Vienen?")["id"]
    event = published(app, mine)
    room = ExternalId.parse(f"BuasApp:{id}")
    theirs = norte.publish_message(room, 1, "No", reply_to=event).event_id
    assert theirs is not None

    def row() -> dict[str, Any]:
        return next((m for m in page.read(id) if m["sender"] == page.person("Ana")), {})

    eventually(lambda: row().get("text") == "No", "the answer")
    assert row()["reply"]["message"] == mine
    norte.edit_message(theirs, 1, "Sí", attachments=[Attachment("image", data=b"x", mime="image/png", name="a.png")])
    eventually(lambda: row()["text"] == "Sí", "the edit")
    assert (row()["edited"], row()["attachments"][0]["name"]) == (True, "a.png")
    norte.react(event, "BuasApp", 1, "🎉")
    eventually(lambda: only(page, id, mine)["reactions"], "the reaction")
    assert only(page, id, mine)["reactions"] == [{"emoji": "🎉", "people": [page.person("Ana")]}]
    # Beto is of Ana's platform, for which the node vouches, and not Ana.
    norte.edit_message(theirs, 2, "No es mío")
    norte.delete_message(theirs, 2)
    norte.react(event, "BuasApp", 1, "🎉", False)
    eventually(lambda: not only(page, id, mine)["reactions"], "that it is taken back")
    assert (row()["text"], row()["deleted"]) == ("Sí", False)


def users(app: Flask) -> list[User]:
    """Ana and Beto of Norte, and somebody of Sur."""
    from buasapp.integration.importer import platform_id

    rows = [
        User(name=name, external_id=f"{platform}:{n}", platform_id=platform_id(platform), published=True)
        for n, (name, platform) in enumerate([("Ana", "Norte"), ("Beto", "Norte"), ("Elsa", "Sur")], start=1)
    ]
    db.session.add_all(rows)
    db.session.commit()
    return rows


def stored(room: int, sender: User, event_id: str) -> Message:
    row = Message(
        conversation_id=room, sender_id=sender.id, text="Chau", event_id=event_id, place=event_id, published=True
    )
    assert chat.add_message(row)
    return db.session.get_one(Message, row.id, populate_existing=True)


def test_what_is_said_before_its_message_comes_is_done_then_in_whatever_order_and_however_often(world: World) -> None:
    app = world.make()
    room = Page(app, "Marcelo").create("Sala", public=True)
    with app.app_context():
        ana, beto, elsa = users(app)
        for event_id, of, who, said in (
            ("e5", "m2", ana, Said("edit", text="b")),
            ("e4", "m2", ana, Said("edit", text="a")),
            ("e6", "m2", elsa, Said("reaction", emoji="🧉")),
            ("e7", "m2", beto, Said("edit", text="not theirs")),
            ("e8", "m3", ana, Said("delete")),
        ):
            for _ in range(2):
                assert changes.take(event_id, of, who, said) is None
        edited, deleted = stored(room, ana, "m2"), stored(room, ana, "m3")
        assert (edited.text, chat.message(edited)["reactions"], deleted.deleted) == (
            "b",
            [{"emoji": "🧉", "people": [elsa.id]}],
            True,
        )
        assert db.session.scalar(select(func.count()).select_from(Early)) == 0
        for event_id, on in (("e9", False), ("e6", True), ("e4", True)):
            changes.take(event_id, "m2", elsa, Said("reaction", emoji="🧉", on=on))
        assert changes.take("e3", "m2", ana, Said("edit", text="late")) is None
        now = chat.message(db.session.get_one(Message, edited.id, populate_existing=True))
        assert (now["text"], now["reactions"]) == ("b", [])
        assert changes.take("e99", "m3", ana, Said("edit", text="again")) is None


def test_one_platform_can_not_fill_the_chat(world: World) -> None:
    app = world.make()
    room = Page(app, "Marcelo").create("Sala", public=True)
    with app.app_context():
        ana, _, elsa = users(app)
        for n in range(1_010):
            changes.take(f"e{n}", f"never{n}", ana, Said("delete"))
        changes.take("s", "never", elsa, Said("delete"))
        kept = select(Early.platform_id, func.count()).group_by(Early.platform_id)
        assert sorted(count for _, count in db.session.execute(kept)) == [1, 1_000]
        row = stored(room, ana, "m1")
        for n in range(30):
            changes.take(f"r{n}", "m1", ana, Said("reaction", emoji=str(n)))
        assert len(chat.message(db.session.get_one(Message, row.id, populate_existing=True))["reactions"]) == 20


def test_an_answer_tells_nothing_of_another_conversation(world: World) -> None:
    app = world.make()
    page, other = Page(app, "Marcelo"), Page(app, "Julieta")
    secret = page.write(page.create("", page.person("Nahuel")), "secreto")["id"]
    room = page.create("Sala", public=True)
    assert other.write(room, "¿Qué dice?", reply=secret)["reply"] == {"message": None}


def test_a_change_that_was_published_and_not_marked_is_published_again(world: World) -> None:
    app, _norte, page, id = chat_with_ana(world)
    mine = page.write(id, "Ola")["id"]
    published(app, mine)
    assert say(page, id, mine, "edit", text="Hola")[0] == 200

    def change() -> Change:
        return db.session.scalars(select(Change).execution_options(populate_existing=True)).one()

    with app.app_context():
        eventually(lambda: change().published, "that the node has it")
        row = change()
        row.published, row.event_id = False, None
        db.session.commit()
        exporter.publish()
        assert change().published
        assert not change().failed
        assert only(page, id, mine)["text"] == "Hola"
