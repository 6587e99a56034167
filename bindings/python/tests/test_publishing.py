"""What an application publishes arrives as what it was, with Python's types at both ends."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from integrador import (
    Attachment,
    ConfigError,
    ConflictError,
    Edit,
    ExternalId,
    ForbiddenError,
    InvalidError,
    InvalidTypeError,
    Message,
    NewMessage,
    NewUser,
    Node,
    NotAMemberError,
    Receipt,
    RoomChange,
    UnknownPlatformError,
    UnknownRoomError,
)

from conftest import Pair, eventually, taken


def test_a_message_arrives_with_all_that_it_carries(pair: Pair) -> None:
    sent_at = datetime(2026, 11, 24, 10, 0, 0, 250_000, timezone(timedelta(hours=-3)))
    picture = Attachment("image", data=b"\x89PNG\r\n\x00\xff", mime="image/png", name="gato.png", size=8)
    link = Attachment("file", url="https://example.org/a.pdf")
    first = pair.say("hola 👾")
    second = pair.say("¿y?", sent_at=sent_at, reply_to=first, attachments=[picture, link])

    one, two = taken(pair.sur, Message, 2)
    assert (one.event_id, one.text, one.sent_at, one.reply_to, one.attachments) == (first, "hola 👾", None, None, ())
    assert (two.event_id, two.text, two.reply_to) == (second, "¿y?", first)
    assert two.sent_at == sent_at
    assert two.sent_at.tzinfo is timezone.utc
    assert two.attachments == (picture, link)
    assert (one.room, one.sender, one.sender_name) == ("Norte:7", "Norte:1", "Ana")
    assert (one.room.platform, one.room.id, one.attempt, one.late, one.kind) == ("Norte", 7, 1, False, "message")


def test_a_trace_goes_with_its_message_and_never_stops_one(pair: Pair) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    pair.say("uno", traceparent=trace, key="row-1")
    pair.say("dos", traceparent="no trace at all")
    pair.say("tres")
    assert pair.norte.publish_message(7, 1, "uno", key="row-1").duplicate, "whatever trace it belongs to this time"
    told = [(message.text, message.traceparent) for message in taken(pair.sur, Message, 3)]
    assert told == [("uno", trace), ("dos", None), ("tres", None)]


def test_what_the_application_carries_and_avatars_arrive_as_they_were(pair: Pair) -> None:
    ext = {"mood": "alegría", "n": [1, 2.5, None, True, {"big": 12345678901234567890}]}
    avatar = "https://example.org/ana.png"
    event_id = pair.say("hola", ext=ext)
    (message,) = taken(pair.sur, Message)
    pair.norte.edit_message(event_id, 1, "hola!", ext={})
    (edit,) = taken(pair.sur, Edit)
    assert (message.ext, edit.ext) == (ext, {})
    pair.norte.publish_user(1, "Ana", avatar=avatar, ext=ext)
    assert pair.norte.publish_user(1, "Ana", avatar=avatar, ext=ext).event_id is None
    (ana,) = eventually(lambda: [user for user in pair.sur.users("Norte") if user.avatar])
    assert (ana.avatar, ana.ext) == (avatar, ext)
    assert pair.norte.publish_users([NewUser(1, "Ana", avatar, ext), (2, "Eva")]) == 1
    pair.norte.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]}, avatar=avatar, ext=ext)
    room = eventually(lambda: [room for room in pair.sur.rooms() if room.avatar])[0]
    assert (room.avatar, room.ext, room.banned) == (avatar, ext, {})


def test_whom_a_room_bars_can_neither_write_nor_join_there(pair: Pair) -> None:
    plaza = ExternalId("Norte", "plaza")
    pair.norte.publish_room("plaza", "La plaza", "public", {"Sur": [1, 2]}, banned={"Sur": [2]})
    room = eventually(lambda: pair.sur.room(plaza))
    assert (room.members, room.banned) == ({"Sur": (1,)}, {"Sur": (2,)})
    with pytest.raises(ForbiddenError, match="barred"):
        pair.sur.publish_message(plaza, 2, "hola")
    with pytest.raises(ForbiddenError, match="barred"):
        pair.sur.join_room(plaza, 2)
    pair.norte.publish_room("plaza", "La plaza", "public", {"Sur": [1, 2]}, banned={"Sur": "*"})
    eventually(lambda: [room for room in pair.sur.rooms() if room.banned == {"Sur": "*"} and not room.members])
    pair.norte.publish_room("plaza", "La plaza", "public", {"Sur": [1, 2]})
    eventually(lambda: [room for room in pair.sur.rooms() if room.members == {"Sur": (1, 2)}])
    pair.sur.publish_message(plaza, 2, "hola")


# Shows promise 3.
def test_the_same_key_is_the_same_message(pair: Pair) -> None:
    first = pair.norte.publish_message(7, 1, "una vez", key="row-1")
    again = pair.norte.publish_message(7, 1, "una vez", key="row-1")
    assert again == Receipt(first.event_id, ("Sur",), True)
    with pytest.raises(ConflictError) as refused:
        pair.norte.publish_message(7, 1, "otra cosa", key="row-1")
    assert refused.value.kind == "conflict"
    assert [m.text for m in taken(pair.sur, Message)] == ["una vez"]


def test_each_of_many_messages_has_its_receipt_or_its_error(pair: Pair) -> None:
    sent_at = datetime(2026, 11, 24, 10, 0, 0, 0, timezone.utc)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    link = Attachment("file", url="https://example.org/a.pdf")
    messages = [
        NewMessage(7, 1, "uno", key="row-1", sent_at=sent_at, attachments=[link], traceparent=trace),
        NewMessage(8, 1, "dos", key="row-2"),
        NewMessage(7, 2, "tres", key="row-3"),
        NewMessage(7, 1, "cuatro", key="row-4"),
    ]
    published = pair.norte.publish_messages(iter(messages))
    one, two, three, four = published
    assert isinstance(two, UnknownRoomError)
    assert two.field == "messages[1].room"
    assert isinstance(three, NotAMemberError)
    assert three.field == "messages[2].senderId"
    assert isinstance(one, Receipt)
    assert one.destinations == ("Sur",)
    assert isinstance(four, Receipt)
    assert four.destinations == ("Sur",)
    came = taken(pair.sur, Message, 2)
    assert [(m.event_id, m.text) for m in came] == [(one.event_id, "uno"), (four.event_id, "cuatro")]
    assert (came[0].sent_at, came[0].attachments, came[0].traceparent) == (sent_at, (link,), trace)

    again = pair.norte.publish_messages([*messages, NewMessage(7, 1, "cinco", key="row-5")])
    duplicates = [receipt.duplicate for receipt in again if isinstance(receipt, Receipt)]
    assert duplicates == [True, True, False]
    assert [m.text for m in taken(pair.sur, Message)] == ["cinco"]
    assert pair.norte.publish_messages([]) == []


def test_what_is_no_message_is_refused_before_anything_is_published(pair: Pair) -> None:
    right = NewMessage(7, 1, "hola")
    for wrong, field in [
        ((7, 1, "hola"), "messages[1]"),
        (NewMessage(7, 1, 5), "messages[1].text"),  # type: ignore[arg-type]
        (NewMessage(None, 1, "hola"), "messages[1].room"),  # type: ignore[arg-type]
        (NewMessage(7, 1, "hola", sent_at="today"), "messages[1].sent_at"),  # type: ignore[arg-type]
        (NewMessage(7, 1, "hola", attachments=["x"]), "messages[1].attachments[0]"),  # type: ignore[list-item]
    ]:
        with pytest.raises(InvalidTypeError) as refused:
            pair.norte.publish_messages([right, wrong])  # type: ignore[list-item]
        assert refused.value.field == field
    pair.say("y nada más")
    assert [m.text for m in taken(pair.sur, Message)] == ["y nada más"]


def test_a_receipt_tells_where_it_goes_and_delivery_that_it_is_there(pair: Pair) -> None:
    receipt = pair.norte.publish_message(7, 1, "hola")
    assert receipt.destinations == ("Sur",)
    assert receipt.event_id is not None
    event_id = receipt.event_id
    (delivery,) = eventually(lambda: [d for d in pair.norte.delivery(event_id) if d.state == "delivered"])
    assert delivery.platform == "Sur"
    assert delivery.at is not None
    assert abs(datetime.now(timezone.utc) - delivery.at) < timedelta(minutes=1)
    assert pair.norte.delivery("01890a5d-ac96-774b-bcce-b302099a8057") == []


def test_only_what_has_changed_of_users_is_sent(node: Node) -> None:
    assert node.publish_users([(1, "Ana"), ("b", "Bruno")]) == 2
    assert node.publish_users([(1, "Ana"), ("b", "Bruna")]) == 1
    assert node.publish_user(1, "Ana").event_id is None
    assert node.publish_users(iter([(1, "Ana")])) == 1
    users = {user.id: user for user in node.users("BuasApp")}
    assert (users[ExternalId("BuasApp", 1)].active, users[ExternalId("BuasApp", "b")].active) == (True, False)


def test_a_room_shows_its_members_by_platform(pair: Pair) -> None:
    room = eventually(lambda: pair.sur.room(ExternalId("Norte", 7)))
    assert (room.id, room.name, room.kind) == (ExternalId("Norte", 7), "Plaza", "private")
    assert room.members == {"Norte": (1,), "Sur": (1,)}
    assert room.member_ids == ["Norte:1", "Sur:1"]
    assert pair.sur.recipients(ExternalId("Norte", 7)) == [1]
    assert pair.sur.room(ExternalId("Norte", 8)) is None
    assert pair.sur.rooms() == [room]


def test_users_join_and_leave_rooms_of_other_platforms(pair: Pair) -> None:
    pair.norte.publish_room("plaza", "La plaza", "public")
    eventually(lambda: pair.sur.room(ExternalId("Norte", "plaza")))
    pair.sur.join_room(ExternalId("Norte", "plaza"), 1)
    room = eventually(
        lambda: next((room for room in pair.norte.rooms() if room.id.id == "plaza" and room.members), None)
    )
    assert room.members == {"Sur": (1,)}
    (change,) = taken(pair.norte, RoomChange)
    assert (change.room, change.changed_by, change.local_room) == (room, "Sur", "plaza")
    pair.sur.leave_room(ExternalId("Norte", "plaza"), 1)
    eventually(lambda: [room for room in pair.norte.rooms() if room.id.id == "plaza" and not room.members])


def test_errors_are_classes_with_a_kind_and_a_field(pair: Pair) -> None:
    with pytest.raises(UnknownRoomError, match="99"):
        pair.norte.publish_message(99, 1, "hola")
    with pytest.raises(NotAMemberError):
        pair.norte.publish_message(7, 2, "hola")
    with pytest.raises(UnknownPlatformError, match=r"\"Este\".*Norte, Sur"):
        pair.norte.publish_room(8, "x", "private", {"Este": [1]})
    with pytest.raises(InvalidError) as refused:
        pair.norte.publish_user("x" * 256, "nadie")
    assert (refused.value.kind, refused.value.field, refused.value.retryable) == ("invalid", "id", False)
    with pytest.raises(InvalidError) as refused:
        pair.norte.publish_message(7, 1, "x", attachments=[Attachment("image")])
    assert refused.value.field == "attachments[0].url"


def test_a_time_without_a_zone_is_refused_before_anything_is_sent(pair: Pair) -> None:
    with pytest.raises(InvalidError, match="time zone") as refused:
        pair.norte.publish_message(7, 1, "hola", sent_at=datetime(2026, 11, 24))
    assert refused.value.field == "sent_at"


@pytest.mark.parametrize("id", [None, 1.5, b"x", True, [1]])
def test_what_is_no_id_is_a_type_error(node: Node, id: object) -> None:
    with pytest.raises(TypeError, match=r"^`id`: expected an int or a str"):
        node.publish_user(id, "nadie")  # type: ignore[arg-type]


@pytest.mark.parametrize(("id", "fits"), [(2**63 - 1, True), (-(2**63), True), (2**63, False), (-(2**63) - 1, False)])
def test_integers_are_ids_within_64_bits(node: Node, id: int, fits: bool) -> None:
    if fits:
        node.publish_user(id, "Ana")
        assert [(user.id, user.id.id) for user in node.users()] == [(f"BuasApp:{id}", id)]
    else:
        with pytest.raises(InvalidError, match=r"2\^63"):
            node.publish_user(id, "Ana")


def test_ids_of_other_integer_types_are_taken(node: Node) -> None:
    class Number:
        def __index__(self) -> int:
            return 12

    node.publish_user(Number(), "Ana")  # type: ignore[arg-type]
    assert node.users()[0].id.id == 12


def test_options_are_checked_at_open(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`max_pending`"):
        Node("Norte", tmp_path / "x.db", max_pending="many")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"`limits\.depth`"):
        Node("Norte", tmp_path / "x.db", limits={"depth": 1})
    with pytest.raises(ConfigError, match="`store`"):
        Node("Norte")
    with pytest.raises(ConfigError, match="`platform`"):
        Node("Nor:te", tmp_path / "x.db")
    with pytest.raises(TypeError, match="colour"):
        Node("Norte", tmp_path / "x.db", colour="red")  # type: ignore[call-arg]


def test_options_of_time_are_seconds_or_timedeltas(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`request_timeout`"):
        Node("Norte", tmp_path / "x.db", request_timeout=timedelta(0))
    with Node("Norte", tmp_path / "x.db", request_timeout=timedelta(seconds=1), retention=0.5) as node:
        assert node.next_events(timeout=timedelta(milliseconds=1)) == []
