"""The pages: logging in, and the chat itself, which is the page that the chats share. People of other platforms have no
password here, so they can't log in whatever their platforms send."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone
from pathlib import Path
from urllib.parse import urlsplit

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_from_directory,
    session,
    url_for,
)
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash
from werkzeug.wrappers import Response as AnyResponse

from . import chat, sockets
from .integration import exporter, messenger
from .models import Session, User, db

blueprint = Blueprint("pages", __name__)

POLICY = (
    "default-src 'self'; img-src 'self' http: https: data: blob:; media-src 'self' http: https: data:; "
    "connect-src 'self' ws: wss:; base-uri 'none'; frame-ancestors "
)


# examples/page of this checkout; an app that is installed elsewhere says where it is by PAGE.
SHARED = Path(__file__).resolve().parents[2] / "page"


def logged_in() -> User | None:
    """Whoever is logged in on this page. A cookie is worth what its session is: none that has ended is let in again."""
    row = db.session.get(Session, session_id()) if session_id() else None
    return row.user if row else None


def session_id() -> str:
    return str(session.get("id", ""))


@blueprint.before_app_request
def _own_pages_only() -> None:
    """Browsers send the cookie along with what a page of a neighbour on the same machine posts."""
    origin = request.headers.get("Origin")
    if origin is not None and request.method == "POST" and urlsplit(origin).netloc != request.host:
        abort(403)


@blueprint.after_app_request
def _policy(answer: Response) -> Response:
    answer.headers.setdefault("Content-Security-Policy", POLICY + (current_app.config["FRAMED_BY"] or "'none'"))
    answer.headers.setdefault("Referrer-Policy", "same-origin")
    return answer


@blueprint.get("/")
def home() -> AnyResponse | str:
    if logged_in() is None:
        return redirect(url_for(".login"))
    return render_template("chat.html", platform=chat.own_name())


@blueprint.get("/page/<path:file>")
def shared(file: str) -> Response:
    answer = send_from_directory(current_app.config.get("PAGE", SHARED), file)
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse | str | tuple[str, int]:
    if request.method == "GET":
        return redirect(url_for(".home")) if logged_in() else _login_page()
    name, password = request.form.get("name", "").strip(), request.form.get("password", "")
    user = _sign_up(name, password) if "new" in request.form else chat.own_user(name)
    if isinstance(user, str):
        return _login_page(user, name), 400
    if user is None or not user.password or not check_password_hash(user.password, password):
        return _login_page("El nombre o la contraseña no son correctos.", name), 401
    _end_session()
    long_ago = datetime.now(timezone.utc) - current_app.permanent_session_lifetime
    db.session.execute(delete(Session).where(Session.at < long_ago.isoformat(timespec="milliseconds")))
    begun = Session(id=secrets.token_urlsafe(24), user_id=user.id)
    db.session.add(begun)
    db.session.commit()
    session["id"] = begun.id
    session.permanent = True
    return redirect(url_for(".home"))


def _login_page(error: str = "", name: str = "") -> str:
    return render_template("login.html", platform=chat.own_name(), users=chat.own_users(), error=error, name=name)


def _sign_up(name: str, password: str) -> User | str:
    """A user who is new here, or why not."""
    if not 1 <= len(name) <= 60:
        return "Escribí un nombre de 1 a 60 letras."
    if len(password) < 4:
        return "La contraseña necesita al menos 4 letras."
    user = User(name=name, password=generate_password_hash(password))
    db.session.add(user)
    try:
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return "Ese nombre ya existe."
    messenger.person(user)
    exporter.wake()
    return user


@blueprint.post("/app/logout")
def logout() -> dict[str, str]:
    _end_session()
    return {}


def _end_session() -> None:
    """At the server, and for all pages of this browser: their connections end too."""
    ended = session_id()
    session.clear()
    if ended:
        db.session.execute(delete(Session).where(Session.id == ended))
        db.session.commit()
        sockets.end_session(ended)
