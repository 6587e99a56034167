"""Nodes in memory: what `integrador.testing` promises to an application's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from integrador import ClosedError, ConfigError, DeliveryChange, Message, Node, UnknownPlatformError
from integrador.testing import Mesh

pytest_plugins = ["integrador.testing.fixtures"]

Meshes = Callable[..., Mesh]


@pytest.fixture
def net(integrador_mesh: Meshes) -> Mesh:
    """Two platforms, and a public room 7 of the first, in which its user 1 writes."""
    net = integrador_mesh("Norte", "Sur")
    net.node("Norte").publish_user(1, "Ana")
    net.node("Norte").publish_room(7, "Plaza", "public")
    net.settle()
    return net


def shown(node: Node) -> list[str]:
    """The texts that its handler gets from now on."""
    texts: list[str] = []
    node.on_message(lambda message: texts.append(message.text))
    node.start()
    return texts


def state(node: Node, event_id: str | None) -> str:
    assert event_id is not None
    (delivery,) = node.delivery(event_id)
    return delivery.state


def test_what_a_handler_was_to_get_it_has_got_when_the_mesh_has_settled(net: Mesh) -> None:
    texts = shown(net.node("Sur"))
    for n in range(20):
        net.node("Norte").publish_message(7, 1, str(n))
        net.settle()
        assert texts == [str(m) for m in range(n + 1)]


# Shows promise 2.
def test_what_is_for_a_platform_that_is_down_arrives_when_it_is_back(net: Mesh) -> None:
    norte, texts = net.node("Norte"), shown(net.node("Sur"))
    net.down("Sur")
    sent = norte.publish_message(7, 1, "uno").event_id
    net.settle()
    net.advance(timedelta(hours=1))
    assert (state(norte, sent), norte.status().platforms[0].up, texts) == ("waiting", False, [])
    net.up("Sur")
    net.settle()
    assert (state(norte, sent), texts) == ("delivered", ["uno"])


# Shows promise 3.
def test_a_handler_that_raises_gets_the_event_again_when_time_moves(net: Mesh) -> None:
    sur, attempts = net.node("Sur"), []

    @sur.on_message
    def handle(message: Message) -> None:
        attempts.append(message.attempt)
        if message.attempt < 3:
            raise RuntimeError("not today")

    sur.start()
    net.node("Norte").publish_message(7, 1, "uno")
    net.settle()
    assert attempts == [1]
    net.advance(1.5)
    assert attempts == [1, 2]
    net.advance(60)
    assert attempts == [1, 2, 3]


# Shows promise 8.
def test_a_dead_letter_is_told_to_the_application(integrador_mesh: Meshes) -> None:
    net = integrador_mesh("Norte", "Sur", retention=timedelta(hours=2))
    norte, told = net.node("Norte"), []
    norte.publish_room(7, "Plaza", "public")
    net.settle()

    @norte.on_delivery
    def note(change: DeliveryChange) -> None:
        if change.state == "dead":
            told.append(change.publication)

    norte.start()
    net.down("Sur")
    lost = norte.publish_message(7, 1, "tarde").event_id
    net.advance(timedelta(hours=3))
    assert told == [lost]


# Shows promise 1.
def test_a_crash_loses_nothing_that_was_acknowledged(net: Mesh) -> None:
    norte, before = net.node("Norte"), net.node("Sur")
    shown(before)
    net.down("Sur")
    norte.publish_message(7, 1, "uno")
    net.crash("Sur")
    with pytest.raises(ClosedError):
        before.status()
    with pytest.raises(ClosedError):
        net.node("Sur")
    net.up("Sur")
    texts = shown(net.reopen("Sur"))
    net.settle()
    assert texts == ["uno"]


def test_an_application_that_takes_events_itself_is_not_waited_for(net: Mesh) -> None:
    sur = net.node("Sur")
    sur.ack(*(event.event_id for event in sur.next_events(timeout=0)))
    net.node("Norte").publish_message(7, 1, "uno")
    net.settle()
    events = sur.next_events(timeout=0)
    net.settle()
    assert [event.text for event in events if isinstance(event, Message)] == ["uno"]
    assert all(sur.ack(*(event.event_id for event in events)))
    assert sur.next_events(timeout=0.02) == []


def test_when_the_mesh_is_closed_its_nodes_are_and_no_thread_is_left(integrador_mesh: Meshes) -> None:
    before = threading.active_count()
    with integrador_mesh("Norte", "Sur") as net:
        norte = net.node("Norte")
        shown(norte)
    assert norte.closed
    assert threading.active_count() == before
    with pytest.raises(ClosedError):
        net.settle()


def test_mistakes_say_what_they_are(net: Mesh, integrador_mesh: Meshes) -> None:
    with pytest.raises(UnknownPlatformError, match="Oeste"):
        net.down("Oeste")
    with pytest.raises(ConfigError, match="ports"):
        integrador_mesh("Norte", "Sur", listen="127.0.0.1:0")
