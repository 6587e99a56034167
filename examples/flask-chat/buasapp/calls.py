"""The calls of the page: JSON in, JSON out. What changes is told to the open pages by the messenger, and to the other
platforms by the exporter."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from flask import Blueprint, Response, current_app, g, request
from sqlalchemy import select

from integrador import AttachmentKind, IntegradorError

from . import changes, chat
from .integration import exporter, memberships, messenger
from .models import Attachment, Conversation, Message, User, db
from .pages import logged_in

MAX_TEXT = 4_000
MAX_NAME = 80
# It goes inside the message, whose limit is 1 MiB; base64 makes three bytes four.
MAX_FILE = 700 << 10
MAX_EMOJI = 32  # bytes, on its way

blueprint = Blueprint("calls", __name__, url_prefix="/app")
Answer = dict[str, Any]


class Refused(Exception):
    """A refusal, in a sentence for the person at the page."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


@blueprint.errorhandler(Refused)
def _refused(error: Refused) -> tuple[Answer, int]:
    return {"error": str(error)}, error.status


@blueprint.errorhandler(IntegradorError)
def _not_now(error: IntegradorError) -> tuple[Answer, int]:
    current_app.logger.warning("a call of the page failed: %s", error)
    if error.kind in ("forbidden", "not_a_member"):
        return {"error": "No podés hacer eso en esta conversación."}, 403
    if error.kind in ("invalid", "conflict", "unknown_room"):
        return {"error": "La conversación cambió. Probá de nuevo."}, 409
    return {"error": "Ahora no se puede guardar. Probá de nuevo en un momento."}, 503


@blueprint.before_request
def _who() -> None:
    user = logged_in()
    if user is None:
        raise Refused(401, "Tu sesión terminó. Volvé a entrar.")
    g.me = user


def _body() -> Answer:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise Refused(400, "La página mandó algo que no se entiende.")
    return body


def _conversation(id: int) -> Conversation:
    row = chat.visible(id, g.me.id)
    if row is None:
        raise Refused(404, "Esa conversación no existe o ya no participás en ella.")
    return row


# Conversations.


@blueprint.post("/conversations")
def create() -> Answer:
    body = _body()
    name, public = str(body.get("name") or "").strip(), body.get("public") is True
    ids = list(dict.fromkeys([g.me.id, *(body.get("members") or [])]))
    people = {user.id: user for user in db.session.scalars(select(User).where(User.id.in_(ids), User.active))}
    if len(people) < len(ids):
        raise Refused(404, "Una de las personas ya no está.")
    if len(name) > MAX_NAME:
        raise Refused(400, "El nombre puede tener hasta 80 letras.")
    if public and not name:
        raise Refused(400, "Una sala pública necesita un nombre.")
    if not public and len(ids) == 1:
        raise Refused(400, "Elegí al menos a una persona.")
    if not public and len(ids) == 2 and (existing := chat.chat_of(*ids)):
        return {"id": existing}
    row = Conversation(name=name or ", ".join(people[id].name for id in ids)[:MAX_NAME], public=public)
    row.direct = not public and len(ids) == 2
    row.set_members(ids)
    db.session.add(row)
    db.session.commit()
    messenger.conversation(row)
    exporter.wake()
    return {"id": row.id}


@blueprint.post("/conversations/<int:id>/join")
def join(id: int) -> Answer:
    memberships.join(_conversation(id), g.me)
    return {}


@blueprint.post("/conversations/<int:id>/leave")
def leave(id: int) -> Answer:
    memberships.leave(_conversation(id), g.me)
    return {}


@blueprint.post("/conversations/<int:id>/update")
def update(id: int) -> Answer:
    """Members, the name, who is barred. What may be changed of a room here is what the page offers: its `rights`."""
    room, body = _conversation(id), _body()
    people: dict[str, list[User]] = {}
    for what in ("add", "remove", "ban", "unban"):
        ids = body.get(what) or []
        if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
            raise Refused(400, "La página mandó algo que no se entiende.")
        people[what] = list(db.session.scalars(select(User).where(User.id.in_(ids))))
        if len(people[what]) != len(set(ids)) or (what in ("add", "ban") and not all(p.active for p in people[what])):
            raise Refused(404, "Una de las personas ya no está.")
    name = body.get("name")
    wanted = memberships.Update(name=None if name is None else str(name).strip(), **people)
    if not memberships.may(room, g.me, wanted):
        raise Refused(403, "No podés hacer eso en esta conversación.")
    if wanted.name is not None and not 1 <= len(wanted.name) <= MAX_NAME:
        raise Refused(400, "Escribí un nombre de 1 a 80 letras.")
    memberships.update(room, wanted)
    return {}


@blueprint.post("/conversations/<int:id>/read")
def read(id: int) -> Answer:
    chat.mark_read(_conversation(id).id, g.me.id)
    messenger.read(id, g.me.id)
    return {}


# Messages.


@blueprint.get("/conversations/<int:id>/messages")
def messages(id: int) -> Answer:
    rows = chat.page(_conversation(id).id, request.args.get("before", type=int))
    return {"messages": rows, "more": len(rows) == chat.PAGE}


@blueprint.post("/conversations/<int:id>/messages")
def write(id: int) -> Answer:
    _conversation(id)
    body = _body()
    text, key = str(body.get("text") or "").strip(), str(body.get("key") or "")
    attachments = [_attachment(body["attachment"])] if body.get("attachment") else []
    if not text and not attachments:
        raise Refused(400, "El mensaje está vacío.")
    if len(text) > MAX_TEXT or not 0 < len(key) <= 100:
        raise Refused(413, "El mensaje es demasiado largo.")
    # Two people whose pages chose the same key don't get in each other's way.
    key = f"{g.me.id}/{key}"
    reply = body.get("reply")
    row = Message(
        conversation_id=id,
        sender_id=g.me.id,
        text=text,
        key=key,
        reply_id=reply if isinstance(reply, int) else None,
        attachments=attachments,
        deliveries=[],
        reactions=[],
        changes=[],
    )
    if chat.add_message(row):
        messenger.anew(row)
        exporter.wake()
        return {"message": chat.message(row)}
    # Posted again after a lost answer.
    before = chat.message_with(key=key)
    assert before is not None
    return {"message": chat.message(before)}


# What is said of them.

WHY: dict[changes.Reason, tuple[int, str]] = {
    "there": (404, "Ese mensaje ya no está."),
    "theirs": (403, "Ese mensaje no es tuyo."),
    "yet": (425, "Ese mensaje todavía está saliendo."),  # the page tries again by itself
    "empty": (400, "El mensaje está vacío."),
    "more": (409, "Ya reaccionaste de muchas maneras a este mensaje."),
}


@blueprint.post("/conversations/<int:id>/changes")
def change(id: int) -> Answer:
    _conversation(id)
    body = _body()
    key, message = str(body.get("key") or ""), body.get("message")
    if not isinstance(message, int) or not 0 < len(key) <= 100:
        raise Refused(400, "La página mandó algo que no se entiende.")
    try:
        row = changes.say(id, message, g.me, f"{g.me.id}/{key}", _said(body))
    except changes.Not as error:
        raise Refused(*WHY[error.reason]) from None
    messenger.anew(row)
    exporter.wake()
    return {"message": chat.message(row)}


def _said(body: Answer) -> changes.Said:
    kind, text, emoji = body.get("kind"), str(body.get("text") or "").strip(), str(body.get("emoji") or "")
    if kind == "edit":
        if len(text) > MAX_TEXT:
            raise Refused(413, "El mensaje es demasiado largo.")
        return changes.Said("edit", text=text)
    if kind == "delete":
        return changes.Said("delete")
    if kind != "reaction" or not 0 < len(emoji.encode()) <= MAX_EMOJI:
        raise Refused(400, "Eso no es un emoji.")
    return changes.Said("reaction", emoji=emoji, on=body.get("on") is not False)


def _attachment(given: Any) -> Attachment:
    """What the page attaches: the address of an image, or bytes in base64."""
    wrong = Refused(400, "El archivo no se puede leer.")
    if not isinstance(given, dict):
        raise wrong
    name, url, mime = given.get("name"), given.get("url"), str(given.get("mime") or "")
    if isinstance(url, str) and url.startswith(("http://", "https://")):
        return Attachment(kind="image", url=url, name=name)
    try:
        data = base64.b64decode(given["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise wrong from None
    if len(data) > MAX_FILE:
        raise Refused(413, "El archivo es demasiado grande: hasta 700 KB.")
    kinds: dict[str, AttachmentKind] = {"image": "image", "audio": "audio"}
    return Attachment(kind=kinds.get(mime.split("/")[0], "file"), data=data, mime=mime, name=name)


@blueprint.get("/files/<int:id>")
def file(id: int) -> Response:
    """The bytes of an attachment. What a browser could run as a page of ours is only ever offered for saving."""
    found = db.session.get(Attachment, id)
    if found is None or found.data is None:
        raise Refused(404, "Ese archivo no está.")
    _conversation(db.session.get_one(Message, found.message_id).conversation_id)
    mime = found.mime or ""
    shown = mime in ("image/png", "image/jpeg", "image/gif", "image/webp") or mime.startswith("audio/")
    answer = Response(found.data, mimetype=mime if shown else "application/octet-stream")
    answer.headers["Content-Disposition"] = "inline" if shown else "attachment"
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return answer
