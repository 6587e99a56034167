"""Stores what comes from other platforms and hands it to the internal messenger.

Users and rooms of others get rows of their own, with integer keys like any other, and the node is told by `bind`
which row stands for which external id. From then on both speak of the row's key. A row is committed before it is
bound: if the process dies in between, the event comes again, finds the row by its external id and binds it then.
"""

from __future__ import annotations

from threading import RLock

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

import integrador
from integrador.flask import current_node

from .. import changes, chat, notices
from ..changes import Said
from ..models import Attachment, Change, ChangeDelivery, Conversation, Delivery, Message, Platform, User, db, now
from . import messenger

# Where a message or a change stays, unless somebody retries it.
ENDS = ["delivered", "dead", "unsupported"]

# A room is stored by its events, and by the call of a page that joins or leaves it.
_storing = RLock()


# What comes.


def message(event: integrador.Message) -> None:
    room = current_node.room(event.room)
    if room is None:
        raise LookupError(f"the room {event.room} is not known")
    conversation_id = event.local_room
    if conversation_id is None:
        conversation_id = save_room(event.room).id
    row = Message(
        conversation_id=conversation_id,
        sender_id=user_id(event.sender),
        text=event.text,
        at=event.sent_at.isoformat() if event.sent_at else now(),
        event_id=event.event_id,
        place=event.event_id,
        published=True,
        reply_event=event.reply_to,
        attachments=[
            Attachment(kind=a.kind, name=a.name, mime=a.mime, url=a.url, data=a.data) for a in event.attachments
        ],
        deliveries=[],
        reactions=[],
        changes=[],
    )
    if chat.add_message(row):
        # The node knows in memory who of this chat is in the room: no query is needed, however many they are.
        messenger.message(row, None if room.kind == "public" else [int(id) for id in event.recipients])


def edit(event: integrador.Edit) -> None:
    attached = event.attachments
    attachments = attached and [changes.attachment(a.kind, a.name, a.mime, a.url, a.data) for a in attached]
    _said(event, Said("edit", text=event.text, attachments=None if attached is None else list(attachments or [])))


def delete(event: integrador.Delete) -> None:
    _said(event, Said("delete"))


def reaction(event: integrador.Reaction) -> None:
    _said(event, Said("reaction", emoji=event.emoji, on=event.on))


def _said(event: integrador.Edit | integrador.Delete | integrador.Reaction, said: Said) -> None:
    """Whether the sender may, the chat knows, which has the message."""
    sender = db.session.get_one(User, user_id(event.sender))
    if row := changes.take(event.event_id, event.of, sender, said):
        messenger.anew(row)


def user(event: integrador.UserChange) -> None:
    row = db.session.get_one(User, user_id(event.user.id))
    row.name, row.active, row.avatar = event.user.name, event.user.active, event.user.avatar
    db.session.commit()
    messenger.person(row)


def room(event: integrador.RoomChange) -> None:
    save_room(event.room.id, event.event_id)


def platform(_event: integrador.PlatformChange) -> None:
    save_platforms()
    messenger.platforms()


def delivery(event: integrador.DeliveryChange) -> None:
    if event.count > 1:
        refresh_ticks()  # one event for many dead letters
        return
    row = chat.message_with(event_id=event.publication) or changes.with_event(event.publication)
    if row is not None:
        set_tick(row, event.platform, event.state, event.why)
        messenger.ticks(_message_of(row))


def catch_up() -> None:
    """What a crash may have swallowed: the node's own memory knows."""
    save_platforms()
    for known in current_node.rooms():
        save_room(known.id)
    refresh_ticks()


# Rows for what others have.


def save_platforms() -> None:
    for known in current_node.platforms():
        if not known.own:
            row = db.session.get_one(Platform, platform_id(known.name))
            row.support_image, row.support_audio = known.support_image, known.support_audio
    db.session.commit()


def platform_id(name: str) -> int:
    db.session.execute(insert(Platform).values(name=name).on_conflict_do_nothing())
    return db.session.scalars(select(Platform.id).where(Platform.name == name)).one()


def user_id(external: integrador.ExternalId) -> int:
    """The key of a user of another platform, who gets a row if there is none."""
    bound = current_node.local_id("user", external)
    if bound is not None:
        return int(bound)
    with _storing:
        row = db.session.scalar(select(User).where(User.external_id == external))
        if row is None:
            # The name follows: until then the external id has to do.
            row = User(name=external, external_id=external, platform_id=platform_id(external.platform), published=True)
            db.session.add(row)
        db.session.commit()
        current_node.bind("user", external, row.id)
        return row.id


def save_room(id: integrador.ExternalId, event_id: str | None = None) -> Conversation:
    """A room as it is now; who was dropped from it learns that too. One at a time asks the node, or the members of a
    moment ago would be stored over those of now. `event_id`: the announcement that changed it, if that is known."""
    with _storing:
        known = current_node.room(id)
        if known is None:
            raise LookupError(f"the room {id} is not known")
        # First, since it may commit rows for users: a room is stored whole or not at all.
        members = _own_members(known) + [user_id(id) for id in known.member_ids if not _is_own(id)]
        barred = _barred(known)
        row = _row_of(known.id)
        # What has shrunk to two stays a group, and a chat that others come to is one from then on.
        may_be_direct = len(members) == 2 if row.id is None else row.direct and len(members) <= 2
        before, was = row.member_ids, notices.state(row) if row.id is not None else None
        row.name, row.public = known.name, known.kind == "public"
        row.direct = may_be_direct and not row.public
        row.set_members(members)
        row.avatar = known.avatar
        row.banned = barred
        told = notices.add(row, was, event_id) if was else []
        db.session.commit()
        if not _is_own(known.id):
            current_node.bind("room", known.id, row.id)
    messenger.conversation(row, also=before)
    for line in told:
        messenger.anew(line)
    return row


def _barred(known: integrador.Room) -> list[int | str]:
    """Whom its platform bars: keys of users here, and 'Malo:*' for all of a platform."""
    found: list[int | str] = []
    for platform, ids in known.banned.items():
        if ids == "*":
            found.append(f"{platform}:*")
        elif platform == chat.own_name():
            found += db.session.scalars(select(User.id).where(User.platform_id.is_(None), User.id.in_(ids)))
        else:
            found += [user_id(integrador.ExternalId(platform, id)) for id in ids]
    return found


def _row_of(external: integrador.ExternalId) -> Conversation:
    if _is_own(external):
        return db.session.get_one(Conversation, int(external.id))
    row = db.session.scalar(select(Conversation).where(Conversation.external_id == external))
    if row is None:
        row = Conversation(external_id=external, platform_id=platform_id(external.platform), members=[], published=True)
        db.session.add(row)
    return row


def _own_members(known: integrador.Room) -> list[int]:
    """Those whom another platform put into its room may not all exist."""
    ids = [id.id for id in known.member_ids if _is_own(id)]
    return list(db.session.scalars(select(User.id).where(User.platform_id.is_(None), User.id.in_(ids))))


def _is_own(external: integrador.ExternalId) -> bool:
    return external.platform == chat.own_name()


# Where own messages stand, and what is said of messages here.


def refresh_ticks() -> None:
    """Deliveries are told as hints, which a crash may swallow."""
    waiting = ["waiting", "accepted", "parked"]
    messages = select(Delivery.message_id).where(Delivery.state.in_(waiting))
    changed = select(ChangeDelivery.change_id).where(ChangeDelivery.state.in_(waiting))
    for row in [
        *db.session.scalars(select(Message).where(Message.id.in_(messages)).order_by(Message.id)),
        *db.session.scalars(select(Change).where(Change.id.in_(changed)).order_by(Change.id)),
    ]:
        reread_ticks(row)
        messenger.ticks(_message_of(row))


def _message_of(row: Message | Change) -> Message:
    return row if isinstance(row, Message) else db.session.get_one(Message, row.message_id)


def reread_ticks(row: Message | Change) -> None:
    if row.event_id is not None:
        for known in current_node.delivery(row.event_id):
            set_tick(row, known.platform, known.state, known.why, reread=True)


def set_tick(row: Message | Change, name: str, state: str, why: str | None, reread: bool = False) -> None:
    """What is reread may have been overtaken by an event meanwhile, and so never undoes an end."""
    if isinstance(row, Change) and row.kind == "reaction" and state not in ENDS:
        return  # nobody tells when a reaction has arrived
    table, of = (Delivery, "message_id") if isinstance(row, Message) else (ChangeDelivery, "change_id")
    tick = insert(table).values({of: row.id, "platform_id": platform_id(name), "state": state, "why": why})
    unended = table.state.not_in(ENDS) if reread else None
    db.session.execute(tick.on_conflict_do_update(set_={"state": state, "why": why}, where=unended))
    db.session.commit()
