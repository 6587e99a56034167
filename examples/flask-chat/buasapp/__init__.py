"""BuasApp: a chat application of its own that joins others through Integrador.

It has its own users, its own database and its own page. What it does with other platforms is in the folder
`integration`, which is the one to copy from.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from werkzeug.security import generate_password_hash

from . import calls, live, pages
from .integration.controller import integrador
from .migrations import migrate
from .models import Conversation, User, db
from .sockets import socketio

__all__ = ["create_app", "live"]


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """The application. What is not in `config` comes from the environment, as `FLASK_INTEGRADOR_PLATFORMS` and the
    like."""
    data = Path((config or {}).get("DATA") or os.environ.get("BUASAPP_DATA", "buasapp-data")).resolve()
    app = Flask(__name__, instance_path=str(data))
    data.mkdir(parents=True, exist_ok=True)
    app.config.from_mapping(
        INTEGRADOR_PLATFORM="BuasApp",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{data / 'chat.db'}",
        USERS=["Marcelo", "Julieta", "Nahuel"],
        PASSWORD="buasapp",
        SECRET_KEY=_secret(data / "secret-key"),
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=30),
        FRAMED_BY="",  # the origin whose pages may show this one in a frame; empty: nobody's
        MAX_CONTENT_LENGTH=calls.MAX_FILE * 4 // 3 + (64 << 10),
    )
    if (data / "platforms.json").exists():
        app.config["INTEGRADOR_PLATFORMS"] = str(data / "platforms.json")
    app.config.from_prefixed_env()
    app.config.from_mapping(config or {})
    if not re.fullmatch(r"(https?://[A-Za-z0-9.:\[\]-]+)?", app.config["FRAMED_BY"]):
        raise ValueError(f"FRAMED_BY '{app.config['FRAMED_BY']}' is no origin, such as http://127.0.0.1:4999")
    # Cookies are not apart by port, and several of these chats often run on one machine.
    app.config["SESSION_COOKIE_NAME"] = "session-" + app.config["INTEGRADOR_PLATFORM"].encode().hex()

    db.init_app(app)
    socketio.init_app(app)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(calls.blueprint)
    with app.app_context():
        migrate()
        _first_users(app)
    integrador.init_app(app)
    return app


def _secret(file: Path) -> str:
    """Made once, so that sessions outlive a restart."""
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text()


def _first_users(app: Flask) -> None:
    """What a new database begins with: users of a demonstration, and a public room."""
    if db.session.scalar(db.select(User.id).limit(1)) is not None:
        return
    password = generate_password_hash(app.config["PASSWORD"])
    db.session.add_all(User(name=name, password=password) for name in app.config["USERS"])
    db.session.add(Conversation(name=f"Patio de {app.config['INTEGRADOR_PLATFORM']}", public=True))
    db.session.commit()
