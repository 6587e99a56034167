"""Ids: external ones in their two parts, and the application's own that are bound to them."""

from __future__ import annotations

import copy
import json
import pickle
import sqlite3
from collections.abc import Callable

import pytest

from integrador import (
    ConflictError,
    Event,
    ExternalId,
    ForbiddenError,
    InvalidError,
    Message,
    Node,
    RoomChange,
    UnknownPlatformError,
    UnknownRoomError,
    UserChange,
)

from conftest import Pair, eventually, taken


def test_an_external_id_is_a_text_that_knows_its_parts() -> None:
    id = ExternalId("BuasApp", 4)
    assert id == "BuasApp:4"
    assert (id.platform, id.id) == ("BuasApp", 4)
    assert json.dumps({id: id}) == '{"BuasApp:4": "BuasApp:4"}'
    assert sqlite3.connect(":memory:").execute("SELECT ?", (id,)).fetchone() == ("BuasApp:4",)
    assert repr(id) == "ExternalId('BuasApp', 4)"
    assert hash(id) == hash("BuasApp:4")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda id: pickle.loads(pickle.dumps(id))])
def test_an_external_id_survives_copying(copied) -> None:  # type: ignore[no-untyped-def]
    id = copied(ExternalId("GWT_CHAT", "a:b"))
    assert isinstance(id, ExternalId)
    assert (id, id.platform, id.id) == ("GWT_CHAT:a:b", "GWT_CHAT", "a:b")


def test_a_stored_external_id_is_read_again() -> None:
    id = ExternalId.parse("GWT_CHAT:a:b")
    assert (id.platform, id.id) == ("GWT_CHAT", "a:b")
    for text in ("GWT_CHAT", ":7", "GWT_CHAT:", "\t:7"):
        with pytest.raises(InvalidError, match="an external id"):
            ExternalId.parse(text)


def test_a_text_is_an_id_of_ones_own_whatever_it_looks_like(pair: Pair) -> None:
    with pytest.raises(UnknownRoomError, match="ExternalId"):
        pair.sur.publish_message("Norte:7", 1, "hola")
    assert pair.sur.room("Norte:7") is None
    assert pair.sur.recipients("Norte:7") == []
    stored = str(ExternalId("Norte", 7))
    assert pair.sur.publish_message(ExternalId.parse(stored), 1, "hola").destinations == ("Norte",)
    with pytest.raises(UnknownPlatformError, match="known: Sur, Norte"):
        pair.sur.publish_message(ExternalId("Este", 7), 1, "hola")
    with pytest.raises(UnknownPlatformError, match="known: Sur, Norte"):
        pair.sur.room(ExternalId("Este", 7))
    with pytest.raises(ForbiddenError):
        pair.sur.publish_message(ExternalId("Norte", 7), ExternalId("Norte", 1), "hola")


def test_a_new_id_of_ones_own_does_not_read_like_an_external_one(node: Node) -> None:
    calls: dict[str, Callable[[], object]] = {
        "id": lambda: node.publish_user("B:7", "Ana"),
        "users": lambda: node.publish_users([(1, "Ana"), ("B:7", "Eva")]),
        "members": lambda: node.publish_room(1, "Plaza", "public", {"BuasApp": ["B:7"]}),
    }
    for field, call in calls.items():
        with pytest.raises(InvalidError, match='"B:7", which reads like an external id') as refused:
            call()
        assert refused.value.field == field
    assert node.users() == []
    node.publish_user(":7", "Ana")
    node.publish_user("x" * 65 + ":7", "Eva")


def test_what_names_an_unknown_platform_is_told_so(node: Node) -> None:
    for call in (
        lambda: node.users("Norte"),
        lambda: node.local_id("user", "Norte:1"),
        lambda: node.dead_letters(platform="Norte"),
        lambda: node.retry(platform="Norte"),
        lambda: node.drop(platform="Norte"),
        lambda: node.sync_now("Norte"),
    ):
        with pytest.raises(UnknownPlatformError, match="known: BuasApp"):
            call()


def test_an_id_stays_the_int_or_the_str_that_it_was(pair: Pair) -> None:
    pair.norte.publish_users([(1, "Ana"), (2, "Eva"), ("03", "Iris")])
    eventually(lambda: {user.id.id for user in pair.sur.users("Norte")} == {1, 2, "03"})


def test_a_bound_id_stands_for_the_external_one_in_every_call(pair: Pair) -> None:
    sur = pair.sur
    sur.bind("room", "Norte:7", 1007)
    sur.bind("room", ExternalId("Norte", 7), 1007)
    sur.bind("user", "Norte:1", "fila-9")
    assert (sur.local_id("room", "Norte:7"), sur.local_id("user", "Norte:1")) == (1007, "fila-9")
    assert sur.local_id("user", "Norte:2") is None
    external = sur.external_id("room", 1007)
    assert external is not None
    assert (external, external.id) == ("Norte:7", 7)
    assert sur.publish_message(1007, 1, "desde Sur").destinations == ("Norte",)
    assert (sur.room(1007), sur.recipients(1007)) == (sur.room(ExternalId("Norte", 7)), [1])
    with pytest.raises(ConflictError, match="bound to 1007"):
        sur.bind("room", "Norte:7", 5)
    with pytest.raises(InvalidError, match="external id"):
        sur.bind("room", "7", 5)
    with pytest.raises(InvalidError, match="`kind`"):
        sur.bind("group", "Norte:7", 5)  # type: ignore[arg-type]


def test_an_event_is_asked_for_local_ids_when_they_are_needed(pair: Pair) -> None:
    """The message that was taken together with its room sees what the handler of the room has bound."""
    (user,) = taken(pair.sur, UserChange)
    pair.norte.publish_room(8, "Otra", "private", {"Norte": [1], "Sur": [1]})
    pair.norte.publish_message(8, 1, "hola")
    pair.arrived()
    events: list[Event] = []
    while not any(isinstance(event, Message) for event in events):
        events += pair.sur.next_events(timeout=10)
    (room,) = (event for event in events if isinstance(event, RoomChange) and event.room.id == "Norte:8")
    (message,) = (event for event in events if isinstance(event, Message))
    assert (message.local_room, message.local_sender, room.local_room, user.local_user) == (None, None, None, None)
    pair.sur.bind("room", room.room.id, 1008)
    pair.sur.bind("user", user.user.id, 1001)
    assert (message.local_room, message.local_sender, room.local_room, user.local_user) == (1008, 1001, 1008, 1001)
    assert message.recipients == room.recipients == [1]


def test_a_room_of_ones_own_is_called_by_ones_own_id(pair: Pair) -> None:
    pair.sur.publish_message(ExternalId("Norte", 7), 1, "para vos")
    (message,) = taken(pair.norte, Message)
    assert (message.room, message.room.id) == ("Norte:7", 7)
    assert (message.local_room, message.local_sender) == (7, None)


def test_events_that_a_test_makes_by_hand_need_no_node(node: Node) -> None:
    message = Message("id", 1, ExternalId("A", 1), ExternalId("A", 2), "Ana", "hola", None, None, (), False)
    assert (message.local_room, message.local_sender, message.recipients) == (None, None, [])
    with pytest.raises(AttributeError):
        message.text = "otra"  # type: ignore[misc]
