"""The chat by itself: who gets in, and what a page may see and do."""

from __future__ import annotations

import base64

import pytest
from flask import Flask
from sqlalchemy import select, text

from buasapp import chat
from buasapp.models import Message, User, db
from buasapp.sockets import socketio

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


def test_logging_out_ends_the_session_for_all_its_tabs_and_its_cookie_reads_no_more(world: World) -> None:
    app = world.make()
    page, elsewhere = Page(app, "Marcelo"), Page(app, "Marcelo")
    id = page.create("Sala", public=True)
    tab = socketio.test_client(app, flask_test_client=page.client)
    stolen = app.test_client()
    cookie = page.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    stolen.set_cookie(cookie.key, cookie.value)
    assert stolen.get(f"/app/conversations/{id}/messages").status_code == 200
    assert page.client.post("/app/logout", json={}).status_code == 200
    assert stolen.get(f"/app/conversations/{id}/messages").status_code == 401
    assert stolen.get("/").headers["Location"] == "/login"
    assert not socketio.test_client(app, flask_test_client=stolen).is_connected()
    assert not page.socket.is_connected()
    assert not tab.is_connected()
    # On another browser nothing has ended.
    elsewhere.write(id, "sigo acá")
    assert elsewhere.pushed("message")


def test_a_page_of_another_origin_can_do_nothing_with_the_session(world: World) -> None:
    page = Page(world.make(), "Marcelo")
    strange = page.client.post("/app/conversations", json={}, headers={"Origin": "http://localhost:9"})
    assert strange.status_code == 403


def test_nobody_shows_the_page_in_a_frame_unless_the_chat_was_told_who_may(world: World) -> None:
    policy = world.make().test_client().get("/login").headers["Content-Security-Policy"]
    assert policy.endswith("; frame-ancestors 'none'")
    wall = "http://127.0.0.1:4999"
    policy = world.make(FRAMED_BY=wall).test_client().get("/login").headers["Content-Security-Policy"]
    assert policy.endswith(f"; frame-ancestors {wall}")
    with pytest.raises(ValueError, match="is no origin"):
        world.make(FRAMED_BY="*; script-src *")


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


def event(at: int) -> str:
    """An event id that was made at this instant."""
    return f"0199{at:04x}-0000-7000-8000-000000000000"


def add(app: Flask, conversation: int, words: str, at: int | None = None, **more: object) -> None:
    """A row as the importer stores it, or, if no instant is given, one that the exporter has still to publish."""
    id = None if at is None else event(at)
    with app.app_context():
        row = Message(
            conversation_id=conversation,
            sender_id=1,
            text=words,
            event_id=id,
            place=id,
            published=id is not None,
            **more,
        )
        db.session.add(row)
        db.session.commit()


# Shows promise 9.
@pytest.mark.usefixtures("unpublished")
def test_a_conversation_reads_in_the_order_of_the_event_ids_and_what_has_none_yet_stands_last(world: World) -> None:
    app = world.make()
    page = Page(app, "Marcelo")
    id = page.create("", page.person("Julieta"))

    def shown() -> str:
        texts = [message["text"] for message in page.read(id)]
        (listed,) = [c for c in Page(app, "Marcelo").hello["conversations"] if c["id"] == id]
        assert listed["last"]["text"] == texts[-1], "the last one is the last of the page"
        assert listed["newest"] == max(message["id"] for message in page.read(id))
        return " ".join(texts)

    def becomes(words: str, **stands: object) -> None:
        with app.app_context():
            row = db.session.scalars(select(Message).where(Message.text == words)).one()
            for name, value in {"published": True, **stands}.items():
                setattr(row, name, value)
            db.session.commit()

    for words, at in (("mine", None), ("refused", None), ("later", 9), ("earlier", 3)):
        add(app, id, words, at)
    assert shown() == "earlier later mine refused"
    becomes("mine", event_id=event(6), place=event(6))
    assert shown() == "earlier mine later refused"
    with app.app_context():
        end = chat.end_of(id)
    becomes("refused", failed="no", place=end)
    for words, at in (("last", 10), ("first", 1)):
        add(app, id, words, at)
    assert shown() == "first earlier mine refused later last"


@pytest.mark.usefixtures("unpublished")
def test_pages_of_a_conversation_join_without_a_gap_whatever_order_its_messages_came_in(world: World) -> None:
    app = world.make()
    page = Page(app, "Marcelo")
    id = page.create("", page.person("Julieta"))
    many = 2 * chat.PAGE + 7
    for n in range(many):
        add(app, id, f"{(n * 31) % many}", (n * 31) % many)
    for n in (many, many + 1):
        add(app, id, f"{n}")
    read: list[str] = []
    before = ""
    while messages := page.client.get(f"/app/conversations/{id}/messages{before}").get_json()["messages"]:
        read[:0] = [message["text"] for message in messages]
        before = f"?before={messages[0]['id']}"
    assert read == [str(n) for n in range(many + 2)]
    nowhere = page.client.get(f"/app/conversations/{id}/messages?before=99999").get_json()
    assert nowhere == {"messages": [], "more": False}


def index_of(app: Flask) -> str:
    """How the database finds the messages of a conversation in their order."""
    with app.app_context():
        sql = "SELECT sql FROM sqlite_master WHERE name = 'messages_in_order'"
        return str(db.session.execute(text(sql)).scalar_one())


LATER = ("reply_id", "reply_event", "edited", "deleted", "revision", "notice")


@pytest.mark.usefixtures("unpublished")
def test_a_database_of_the_first_version_is_sorted_when_it_is_opened(world: World) -> None:
    app = world.make()
    page = Page(app, "Marcelo")
    id = page.create("", page.person("Julieta"))
    group = page.create("Grupo", page.person("Julieta"), page.person("Nahuel"))
    for words, at, more in (
        ("nowhere", None, {"failed": "no"}),
        ("second", 5, {}),
        ("refused", None, {"failed": "no"}),
        ("waiting", None, {}),
        ("first", 2, {}),
    ):
        add(app, id, words, at, **more)
    index = index_of(app)
    with app.app_context(), db.engine.connect() as connection:
        # What that version did not have.
        for statement in (
            "UPDATE messages SET published = 1 WHERE failed IS NOT NULL",
            "DROP TABLE sessions",
            "ALTER TABLE conversations DROP COLUMN direct",
            "DROP INDEX messages_in_order",
            "ALTER TABLE messages DROP COLUMN place",
            *(f"ALTER TABLE messages DROP COLUMN {column}" for column in LATER),
            "ALTER TABLE users DROP COLUMN avatar",
            *(f"ALTER TABLE conversations DROP COLUMN {column}" for column in ("avatar", "banned")),
            *(f"DROP TABLE {table}" for table in ("early", "change_deliveries", "changes", "reactions")),
            "PRAGMA user_version = 0",
        ):
            connection.exec_driver_sql(statement)
        connection.commit()
    world.close()
    for _ in range(2):
        page = Page(world.make(), "Marcelo")
        texts = [message["text"] for message in page.read(id)]
        assert texts == ["nowhere", "first", "second", "refused", "waiting"]
        kinds = {c["id"]: c["direct"] for c in page.hello["conversations"]}
        assert kinds == {1: False, id: True, group: False}
        world.close()
    assert index_of(world.make()) == index
