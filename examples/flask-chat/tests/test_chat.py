"""The chat by itself: who gets in, and what a page may see and do."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from buasapp.models import Message, User, db

from conftest import Page, World


def test_passwords_are_hashed_and_only_own_users_log_in(world: World) -> None:
    app = world.make()
    with app.app_context():
        db.session.add(User(name="Ana", external_id="Norte:1", published=True))
        db.session.commit()
        assert all(user.password is None or "buasapp" not in user.password for user in db.session.scalars(select(User)))
    client = app.test_client()
    for name, password in (
        ("Ana", ""),
        ("Ana", "buasapp"),
        ("Norte:1", "buasapp"),
        ("Marcelo", "otra"),
        ("Nadie", "x"),
    ):
        assert client.post("/login", data={"name": name, "password": password}).status_code in (400, 401)
        assert client.get("/").status_code == 302
    assert client.post("/login", data={"name": "MARCELO", "password": "buasapp"}).status_code == 302
    assert client.get("/").status_code == 200


def test_a_name_is_given_once_and_a_password_must_be_one(world: World) -> None:
    client = world.make().test_client()
    for name, password in (("marcelo", "otra-vez"), ("", "otra-vez"), ("x" * 61, "otra-vez"), ("Ñandú", "123")):
        assert client.post("/login", data={"name": name, "password": password, "new": "1"}).status_code == 400
    assert client.post("/login", data={"name": "Ñandú", "password": "pampa", "new": "1"}).status_code == 302


def test_without_a_session_nothing_is_answered(world: World) -> None:
    client = world.make().test_client()
    assert client.get("/app/conversations/1/messages").status_code == 401
    assert client.post("/app/conversations", json={}).status_code == 401


def test_a_page_of_another_origin_can_do_nothing_with_the_session(world: World) -> None:
    page = Page(world.make(), "Marcelo")
    strange = page.client.post("/app/conversations", json={}, headers={"Origin": "http://localhost:9"})
    assert strange.status_code == 403


def test_a_message_posted_again_under_the_same_key_is_the_same_message(world: World) -> None:
    app = world.make()
    page, other = Page(app, "Marcelo"), Page(app, "Julieta")
    id = page.create("", other.me)
    first = page.write(id, "hola")
    assert page.write(id, "hola")["id"] == first["id"]
    assert other.write(id, "hola")["id"] != first["id"]
    assert len(page.read(id)) == 2


def test_a_private_chat_of_the_same_two_is_begun_once(world: World) -> None:
    app = world.make()
    page, other = Page(app, "Marcelo"), Page(app, "Julieta")
    id = page.create("", other.me)
    assert page.create("", other.me) == id
    assert other.create("", page.me) == id
    assert page.create("Grupo", other.me, page.person("Nahuel")) != id


@pytest.mark.parametrize(
    "body",
    [{}, {"members": [99]}, {"public": True}, {"name": "x" * 81, "public": True}, []],
    ids=["nobody", "who does not exist", "a room without a name", "a long name", "no object"],
)
def test_a_conversation_that_makes_no_sense_is_refused_in_words(world: World, body: object) -> None:
    answer = Page(world.make(), "Marcelo").client.post("/app/conversations", json=body)
    assert answer.status_code in (400, 404)
    assert answer.get_json()["error"].endswith(".")


def test_what_a_browser_could_run_is_only_ever_saved_and_only_shown_to_members(world: World) -> None:
    app = world.make()
    page, other, stranger = (Page(app, name) for name in ("Marcelo", "Julieta", "Nahuel"))
    id = page.create("", other.me)
    attached = {"data": base64.b64encode(b"<script>").decode(), "mime": "text/html", "name": "a.html"}
    url = page.write(id, "mira", attachment=attached)["attachments"][0]["url"]
    answer = other.client.get(url)
    assert (answer.data, answer.mimetype) == (b"<script>", "application/octet-stream")
    assert answer.headers["Content-Disposition"] == "attachment"
    assert stranger.client.get(url).status_code == 404
    big = {"data": base64.b64encode(bytes(701 << 10)).decode(), "mime": "image/png"}
    for attachment, status in ((big, 413), ({"data": "%"}, 400), ({"url": "javascript:1"}, 400)):
        body = {"key": "x", "attachment": attachment}
        assert page.client.post(f"/app/conversations/{id}/messages", json=body).status_code == status


def test_what_is_unread_is_counted_until_it_is_read(world: World) -> None:
    app = world.make()
    page, other = Page(app, "Marcelo"), Page(app, "Julieta")
    id = page.create("", other.me)
    page.write(id, "una")
    page.write(id, "dos")
    (chat,) = [c for c in Page(app, "Julieta").hello["conversations"] if c["id"] == id]
    assert (chat["unread"], chat["last"]["text"]) == (2, "dos")
    assert other.client.post(f"/app/conversations/{id}/read", json={}).status_code == 200
    (chat,) = [c for c in Page(app, "Julieta").hello["conversations"] if c["id"] == id]
    assert chat["unread"] == 0
    with app.app_context():
        assert len(db.session.scalars(select(Message)).all()) == 2


def test_older_messages_come_in_pages(world: World) -> None:
    app = world.make()
    page = Page(app, "Marcelo")
    id = page.create("Sala", public=True)
    for n in range(60):
        page.write(id, f"mensaje {n}")
    latest = page.client.get(f"/app/conversations/{id}/messages").get_json()
    before = page.client.get(f"/app/conversations/{id}/messages?before={latest['messages'][0]['id']}").get_json()
    assert (len(latest["messages"]), latest["more"], len(before["messages"]), before["more"]) == (50, True, 10, False)
    texts = [message["text"] for message in before["messages"] + latest["messages"]]
    assert texts == [f"mensaje {n}" for n in range(60)]
