"""The chat, used as its page uses it, and a real node of another platform on the other side."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.serving import BaseWSGIServer, make_server

from buasapp import create_app
from buasapp.integration import exporter
from buasapp.integration.controller import integrador
from buasapp.models import Conversation, User, db
from buasapp.sockets import socketio
from integrador import Delete, Edit, Message, Node, Reaction

from ports import free_port

T = TypeVar("T")


def eventually(look: Callable[[], T], what: str) -> T:
    deadline = time.monotonic() + 20
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within 20 s"
        time.sleep(0.02)
    return found


class World:
    """BuasApp, behind a server of its own in this process, and `Norte`, a node with a user 1 (Ana) and a user 2
    (Beto)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = {"BuasApp": free_port(), "Norte": free_port()}
        self.messages: list[Message] = []
        self.changes: list[Edit | Delete | Reaction] = []
        self.app: Flask | None = None
        self._server: BaseWSGIServer | None = None
        self.norte: Node | None = None

    def registry(self, of: str) -> str:
        paths = {"BuasApp": "api/", "Norte": ""}
        entries = [
            {"id": 1, "name": name, "endpoint": f"http://127.0.0.1:{port}/{paths[name]}", "token": f"{name == of}"}
            for name, port in self.ports.items()
        ]
        file = self.folder / f"{of}.platforms.json"
        file.write_text(json.dumps(entries))
        return str(file)

    def make(self, **more: str) -> Flask:
        config = {"DATA": str(self.folder / "buasapp"), "INTEGRADOR_PLATFORMS": self.registry("BuasApp"), **more}
        self.app = create_app(config)
        return self.app

    def serve(self) -> Flask:
        app = self.app or self.make()
        self._server = make_server("127.0.0.1", self.ports["BuasApp"], app, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        integrador.start(app)
        return app

    def open_norte(self) -> Node:
        self.norte = node = Node(
            "Norte", self.folder / "norte.db", self.registry("Norte"), listen=f"127.0.0.1:{self.ports['Norte']}"
        )
        node.on_message(self.messages.append)
        node.on_edit(self.changes.append)
        node.on_delete(self.changes.append)
        node.on_reaction(self.changes.append)
        node.publish_users([(1, "Ana"), (2, "Beto")])
        node.start()
        return node

    def texts(self) -> list[str]:
        return [message.text for message in self.messages]

    def close(self) -> None:
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        if self.app:
            integrador.close(self.app)
            with self.app.app_context():
                db.engine.dispose()
        if self.norte:
            self.norte.close()


def joined(world: World) -> tuple[Flask, Node]:
    """Both are up and know each other's users."""
    app, norte = world.serve(), world.open_norte()
    eventually(lambda: len(norte.users("BuasApp")) == 3, "that Norte knows the users")

    def known() -> bool:
        with app.app_context():
            return len(db.session.scalars(select(User).where(User.external_id.is_not(None))).all()) == 2

    eventually(known, "that BuasApp knows the users")
    return app, norte


def conversation_of(app: Flask, external: str) -> int:
    def find() -> int | None:
        with app.app_context():
            return db.session.scalar(select(Conversation.id).where(Conversation.external_id == external))

    return eventually(find, f"the conversation {external}") or 0


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    one = World(tmp_path)
    yield one
    one.close()


@pytest.fixture
def unpublished(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written stays as it is: the exporter does not run."""
    monkeypatch.setattr(exporter, "start", lambda: None)


class Page:
    """Somebody's page."""

    def __init__(self, app: Flask, name: str, password: str = "buasapp") -> None:
        self.client: FlaskClient = app.test_client()
        answer = self.client.post("/login", data={"name": name, "password": password})
        assert answer.status_code == 302, answer.text
        self.socket = socketio.test_client(app, flask_test_client=self.client)
        (hello,) = self.pushed("hello")
        self.hello: dict[str, Any] = hello

    @property
    def me(self) -> int:
        return int(self.hello["me"]["id"])

    def pushed(self, event: str) -> list[Any]:
        """What has been pushed since, of this kind; the rest is dropped."""
        found = [one["args"] for one in self.socket.get_received() if one["name"] == event]
        # The test client of Flask-SocketIO takes the list off an event that is called `message`.
        return [args[0] if isinstance(args, list) else args for args in found]

    def person(self, name: str) -> int:
        return next(int(p["id"]) for p in self.hello["people"] if p["name"] == name)

    def create(self, name: str, *members: int, public: bool = False) -> int:
        body = {"name": name, "members": members, "public": public}
        answer = self.client.post("/app/conversations", json=body)
        assert answer.status_code == 200, answer.text
        return int(answer.get_json()["id"])

    def write(self, conversation: int, text: str, **more: Any) -> dict[str, Any]:
        body = {"key": text, "text": text, **more}
        answer = self.client.post(f"/app/conversations/{conversation}/messages", json=body)
        assert answer.status_code == 200, answer.text
        message: dict[str, Any] = answer.get_json()["message"]
        return message

    def read(self, conversation: int) -> list[dict[str, Any]]:
        answer = self.client.get(f"/app/conversations/{conversation}/messages")
        assert answer.status_code == 200, answer.text
        messages: list[dict[str, Any]] = answer.get_json()["messages"]
        return messages
