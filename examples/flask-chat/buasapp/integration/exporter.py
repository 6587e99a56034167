"""Publishes what this chat has committed to its own database.

It works from the rows alone: all that is not marked published, in order. So a crash at any point is repaired by the
next start, and the row's id as the key makes a repeated call the same message.
"""

from __future__ import annotations

import time
from collections import defaultdict
from datetime import datetime
from threading import Event
from typing import cast

from flask import Flask, current_app
from sqlalchemy import select

import integrador
from integrador import IntegradorError
from integrador.flask import current_node

from .. import changes, chat
from ..models import Change, Conversation, Message, User, db
from ..sockets import socketio
from . import importer, messenger

EXTENSION = "buasapp.exporter"


def start() -> None:
    """Begins with what the last run has left; then whenever it is woken."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    socketio.start_background_task(_run, app, _written(app))


def wake() -> None:
    """To be called after a row was committed that others should hear of."""
    _written(current_app).set()


def _written(app: Flask) -> Event:
    return cast(Event, app.extensions.setdefault(EXTENSION, Event()))


def _run(app: Flask, written: Event) -> None:
    while True:
        written.clear()
        try:
            with app.app_context():
                publish()
        except IntegradorError as error:
            if error.kind == "closed":
                return
            app.logger.warning("nothing can be published now, trying again: %s", error)
            time.sleep(1)
            continue
        written.wait()


def publish() -> None:
    for user in db.session.scalars(select(User).where(~User.published).order_by(User.id)).all():
        current_node.publish_user(user.id, user.name)
        user.published = True
        db.session.commit()
    for room in db.session.scalars(select(Conversation).where(~Conversation.published).order_by(Conversation.id)).all():
        _publish_room(room)
    waiting = select(Message).where(~Message.published).order_by(Message.id).limit(256)
    while rows := db.session.scalars(waiting).all():
        for row in rows:
            _publish_message(row)
    while said := changes.unpublished(256):
        for change in said:
            _publish_change(change)


def _publish_room(row: Conversation) -> None:
    members = defaultdict(list)
    for id in row.member_ids:
        # The key of this chat's own, or what is bound to it.
        if external := current_node.external_id("user", id):
            members[external.platform].append(external.id)
    try:
        current_node.publish_room(row.id, row.name, "public" if row.public else "private", members)
    except IntegradorError as error:
        row.failed = _refusal(error)
    row.published = True
    db.session.commit()
    messenger.conversation(row)


def _publish_message(row: Message) -> None:
    try:
        receipt = current_node.publish_message(
            row.conversation_id,
            row.sender_id,
            row.text,
            key=f"message-{row.id}",
            sent_at=datetime.fromisoformat(row.at),
            # It was written before this one, so the node has it, or has refused it.
            reply_to=answered.event_id if row.reply_id is not None and (answered := changes.answered(row)) else None,
            attachments=[
                integrador.Attachment(a.kind, url=a.url, data=a.data, mime=a.mime, name=a.name) for a in row.attachments
            ],
        )
    except IntegradorError as error:
        row.failed = _refusal(error)
        row.place = chat.end_of(row.conversation_id)
    else:
        row.event_id = row.place = receipt.event_id
        db.session.flush()
        # Others may have been faster, above all if the process died in between.
        changes.catch_up(row)
    row.published = True
    db.session.commit()
    # It may have been delivered before its event id was in the row.
    importer.reread_ticks(row)
    messenger.anew(row)


def _publish_change(row: Change) -> None:
    """It has no key: the same again after a crash changes nothing."""
    message = db.session.get_one(Message, row.message_id)
    author = db.session.get_one(User, message.sender_id)
    assert message.event_id is not None, "what the node doesn't have is not changed"
    try:
        if row.kind == "edit":
            receipt = current_node.edit_message(message.event_id, row.sender_id, row.text or "")
        elif row.kind == "delete":
            receipt = current_node.delete_message(message.event_id, row.sender_id)
        else:
            of_platform = author.platform.name if author.platform else chat.own_name()
            receipt = current_node.react(message.event_id, of_platform, row.sender_id, row.emoji or "", not row.removed)
    except IntegradorError as error:
        row.failed = _refusal(error)
    else:
        row.event_id = receipt.event_id  # None: it changed nothing
    row.published = True
    db.session.commit()
    importer.reread_ticks(row)
    messenger.ticks(message)


def _refusal(error: IntegradorError) -> str:
    """Why the node won't ever take this; what passes is raised again."""
    if error.retryable or error.kind == "closed":
        raise error
    return str(error)
