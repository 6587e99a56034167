"""The application that the tests of `integrador.flask` run behind real servers. It notes what happens to it, a line
each and whole whichever process writes it, in the file `notes` of its folder."""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import Any

from flask import Flask, request

from integrador import ExternalId, IntegradorError, Message, Node
from integrador.flask import Integrador, current_node

FOLDER = os.environ.get("FOLDER", "")


def note(*words: object) -> None:
    line = " ".join(map(str, words)) + "\n"
    file = os.open(os.path.join(FOLDER, "notes"), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(file, line.encode())
    os.close(file)


integrador = Integrador()


@integrador.on_start
def start(node: Node) -> None:
    note("start", os.getpid())
    node.publish_user(1, "Marcelo")


@integrador.on_message
def message(event: Message) -> None:
    note("message", event.event_id, event.attempt, os.getpid(), event.text)
    time.sleep(float(os.environ.get("HANDLING", "0")))


def create_app() -> Flask:
    app = Flask(__name__, instance_path=FOLDER)
    app.config.from_prefixed_env()

    @app.get("/")
    def home() -> str:
        return str(os.getpid())

    @app.post("/say/<key>")
    def say(key: str) -> list[str]:
        receipt = current_node.publish_message(ExternalId.parse(request.args["room"]), 1, request.args["text"], key=key)
        return list(receipt.destinations)

    @app.get("/child/<how>")
    def child(how: str) -> str:
        """What a child of this process says of the node: by a fork with the request in it, or begun anew."""
        context: Any = multiprocessing.get_context(how)
        answers = context.Queue()
        one = context.Process(target=tell, args=(answers, None if how == "spawn" else app))
        one.start()
        one.join(20)
        return str(answers.get(timeout=5))

    @app.cli.command("say")
    def say_by_command() -> None:
        current_node.publish_message(ExternalId.parse(os.environ["ROOM"]), 1, "Desde un comando", key="command")

    integrador.init_app(app)
    return app


def tell(answers: Any, app: Flask | None) -> None:
    """In a child."""
    app = app or create_app()
    time.sleep(1)  # whatever opens by itself has had the time
    try:
        with app.app_context():
            answers.put(f"open: {current_node.users()}")
    except IntegradorError as error:
        answers.put(error.kind)
