"""Ids: external ones in their two parts, and the application's own that are bound to them."""

from __future__ import annotations

import copy
import json
import pickle
import sqlite3

import pytest

from integrador import ConflictError, Event, ExternalId, InvalidError, Message, Node, RoomChange, UserChange

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
    with pytest.raises(InvalidError, match="an external id"):
        ExternalId.parse("GWT_CHAT")


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
    assert (sur.room(1007), sur.recipients(1007)) == (sur.room("Norte:7"), [1])
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
    pair.sur.publish_message("Norte:7", 1, "para vos")
    (message,) = taken(pair.norte, Message)
    assert (message.room, message.room.id) == ("Norte:7", 7)
    assert (message.local_room, message.local_sender) == (7, None)


def test_events_that_a_test_makes_by_hand_need_no_node(node: Node) -> None:
    message = Message("id", 1, ExternalId("A", 1), ExternalId("A", 2), "Ana", "hola", None, None, (), False)
    assert (message.local_room, message.local_sender, message.recipients) == (None, None, [])
    with pytest.raises(AttributeError):
        message.text = "otra"  # type: ignore[misc]
