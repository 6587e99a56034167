"""The pump: every event reaches the handlers of its kind, in order, and is acknowledged after them."""

from __future__ import annotations

import logging
import resource
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from integrador import (
    ClosedError,
    Consumer,
    DeliveryChange,
    InvalidError,
    Message,
    PlatformChange,
    RoomChange,
    UserChange,
)

from conftest import Net, Pair, eventually, taken
from processes import PATIENCE


def test_each_kind_of_event_reaches_its_handler(net: Callable[..., Net]) -> None:
    both = net("Norte", "Sur")
    norte, sur = both.open("Norte"), both.open("Sur")
    got: list[object] = []

    @norte.on_delivery
    @norte.on_platform
    @sur.on_message
    @sur.on_user
    @sur.on_room
    def keep(event: object) -> None:
        got.append(event)

    norte.start()
    sur.start()
    norte.publish_user(1, "Ana")
    sur.publish_user(1, "Bruno")
    norte.publish_room(7, "Plaza", "private", {"Norte": [1], "Sur": [1]})
    receipt = norte.publish_message(7, 1, "hola")

    def find(kind: type) -> list[object]:
        return [event for event in got if isinstance(event, kind)]

    eventually(lambda: find(Message) and find(UserChange) and find(RoomChange), "the kinds of Sur")
    eventually(
        lambda: [e for e in got if isinstance(e, PlatformChange) and (e.platform, e.change) == ("Sur", "joined")]
    )
    delivered = eventually(
        lambda: [e for e in got if isinstance(e, DeliveryChange) and e.publication == receipt.event_id], "the delivery"
    )
    assert [(d.platform, d.state, d.why, d.count) for d in delivered] == [("Sur", "delivered", None, 1)]
    assert [(e.user.id, e.user.name, e.user.active) for e in got if isinstance(e, UserChange)] == [
        ("Norte:1", "Ana", True)
    ]
    assert [e.text for e in got if isinstance(e, Message)] == ["hola"]
    eventually(lambda: sur.status().inbox == 0, "the acknowledgement")


# Shows promises 3 and 4.
def test_messages_come_in_order_and_once(pair: Pair) -> None:
    texts: list[str] = []
    pair.sur.on_message(lambda message: texts.append(message.text))
    pair.sur.start()
    sent = [str(n) for n in range(300)]
    for text in sent:
        pair.say(text)
    eventually(lambda: len(texts) >= len(sent))
    assert texts == sent
    eventually(lambda: pair.sur.status().inbox == 0)


def test_an_event_without_a_handler_is_acknowledged(pair: Pair) -> None:
    pair.say("para nadie")
    pair.sur.on_platform(lambda change: None)
    pair.sur.start()
    pair.arrived()
    eventually(lambda: pair.sur.status().inbox == 0)


def test_all_handlers_of_a_kind_are_called_in_the_order_in_which_they_were_registered(pair: Pair) -> None:
    called: list[str] = []
    pair.sur.on_message(lambda message: called.append("first"))
    pair.sur.on_message(lambda message: called.append("second"))
    pair.sur.start()
    pair.say("hola")
    eventually(lambda: called == ["first", "second"])


# Shows promise 4.
def test_what_a_handler_could_not_handle_comes_again_with_the_later_ones_of_its_room(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    pair.norte.publish_room(8, "Otra", "private", {"Norte": [1], "Sur": [1]})
    seen: list[tuple[str, str, int]] = []

    @pair.sur.on_message
    def handle(message: Message) -> None:
        seen.append((message.room, message.text, message.attempt))
        if message.text == "2" and message.attempt == 1:
            raise ValueError("la base está ocupada")

    for text in ("1", "2", "3", "4"):
        pair.say(text)
        pair.norte.publish_message(8, 1, text)
    pair.arrived()
    pair.sur.start()
    eventually(lambda: all((room, "4", 1) in seen for room in ("Norte:7", "Norte:8")), "the fourth messages")
    assert [s[1:] for s in seen if s[0] == "Norte:7"] == [("1", 1), ("2", 1), ("2", 2), ("3", 1), ("4", 1)]
    assert [s[1:] for s in seen if s[0] == "Norte:8"] == [("1", 1), ("2", 1), ("2", 2), ("3", 1), ("4", 1)]
    failures = [r for r in caplog.records if r.name == "integrador.pump" and r.exc_info]
    assert len(failures) == 2
    assert "la base está ocupada" in str(failures[0].exc_info)
    eventually(lambda: pair.sur.status().inbox == 0)


# Shows promise 8.
def test_what_is_never_handled_becomes_a_dead_letter_with_the_exception(net: Callable[..., Net]) -> None:
    pair = Pair(net("Norte", "Sur"), max_handler_attempts=1)
    handled: list[str] = []

    @pair.sur.on_message
    def handle(message: Message) -> None:
        if message.text == "veneno" and not message.late:
            raise KeyError("imagen")
        handled.append(message.text)

    pair.sur.start()
    event_id = pair.say("veneno")
    pair.say("sano")
    (dead,) = eventually(pair.sur.dead_letters)
    assert (dead.event_id, dead.kind, dead.inbound, dead.from_platform) == (event_id, "message", True, "Norte")
    assert "KeyError: 'imagen'" in dead.why
    assert '"text":"veneno"' in dead.body
    eventually(lambda: handled == ["sano"])
    assert pair.sur.dead_letters(event_id=event_id) == pair.sur.dead_letters(number=dead.number) == [dead]
    assert pair.sur.retry(number=dead.number) == 1
    eventually(lambda: handled == ["sano", "veneno"])
    assert pair.sur.dead_letters() == []
    with pytest.raises(TypeError, match="exactly one of"):
        pair.sur.drop()
    assert pair.sur.drop(all=True) == 0


def test_a_handler_may_bind_and_answer(pair: Pair) -> None:
    @pair.sur.on_room
    def remember(change: RoomChange) -> None:
        pair.sur.bind("room", change.room.id, 1007)

    @pair.sur.on_message
    def answer(message: Message) -> None:
        assert message.local_room == 1007
        assert message.recipients == [1]
        pair.sur.publish_message(message.local_room, message.recipients[0], f"¡{message.text} para vos!")

    answers: list[str] = []
    pair.norte.on_message(lambda message: answers.append(message.text))
    pair.sur.start()
    pair.norte.start()
    pair.say("hola")
    eventually(lambda: answers == ["¡hola para vos!"])


def test_the_pump_stops_and_starts_again(pair: Pair) -> None:
    texts: list[str] = []
    pair.sur.on_message(lambda message: texts.append(message.text))
    pair.sur.start()
    pair.sur.start()
    pair.say("1")
    eventually(lambda: texts == ["1"])
    pair.sur.stop()
    pair.sur.stop()
    pair.say("2")
    eventually(lambda: pair.sur.status().inbox == 1)
    assert texts == ["1"]
    pair.sur.start()
    eventually(lambda: texts == ["1", "2"])


def test_a_handler_may_stop_the_pump(pair: Pair) -> None:
    texts: list[str] = []

    @pair.sur.on_message
    def handle(message: Message) -> None:
        texts.append(message.text)
        if message.text == "basta":
            pair.sur.stop()

    pair.say("basta")
    pair.sur.run_forever()
    assert texts == ["basta"]
    assert pair.sur.status().inbox == 0


def test_running_in_ones_own_thread_ends_with_the_node(pair: Pair) -> None:
    threads: list[threading.Thread] = []
    pair.sur.on_message(lambda message: threads.append(threading.current_thread()))
    runner = threading.Thread(target=pair.sur.run_forever)
    runner.start()
    pair.say("hola")
    eventually(lambda: threads == [runner])
    with pytest.raises(RuntimeError, match="runs already"):
        pair.sur.run_forever()
    begin = time.monotonic()
    pair.sur.close()
    runner.join(PATIENCE)
    assert not runner.is_alive()
    assert time.monotonic() - begin < 2


def test_a_handler_that_comes_too_late_is_refused(pair: Pair) -> None:
    pair.sur.start()
    with pytest.raises(RuntimeError, match="before the pump is started"):
        pair.sur.on_message(lambda message: None)


def test_handlers_that_never_ran_are_spoken_of(pair: Pair, caplog: pytest.LogCaptureFixture) -> None:
    pair.sur.on_message(lambda message: None)
    pair.sur.close()
    assert "call start() or run_forever()" in caplog.text


def test_closing_waits_for_the_handler_that_runs(pair: Pair) -> None:
    entered, ended = threading.Event(), threading.Event()

    @pair.sur.on_message
    def handle(message: Message) -> None:
        entered.set()
        time.sleep(0.3)
        ended.set()

    pair.sur.start()
    event_id = pair.say("despacio")
    assert entered.wait(PATIENCE)
    pair.sur.close()
    assert ended.is_set()
    again = pair.net.open("Sur")
    again.start()
    eventually(lambda: [d for d in pair.norte.delivery(event_id) if d.state == "delivered"])
    assert again.status().inbox == 0


# Shows promises 1 and 3.
def test_what_was_handled_while_the_disk_is_full_is_acknowledged_when_there_is_room(
    net: Callable[..., Net], caplog: pytest.LogCaptureFixture
) -> None:
    """An ack that the store refuses is tried again, and the event is not handled twice."""
    pair = Pair(net("Norte", "Sur"))
    handled: list[str] = []
    before = resource.getrlimit(resource.RLIMIT_FSIZE)

    @pair.sur.on_message
    def handle(message: Message) -> None:
        handled.append(message.text)
        if len(handled) == 1:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))

    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        pair.say("hola")
        pair.arrived()
        pair.sur.start()
        eventually(lambda: "can't be acknowledged yet" in caplog.text, "the refusal")
        assert handled == ["hola"]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    eventually(lambda: pair.sur.status().inbox == 0, "the acknowledgement")
    assert handled == ["hola"]


def test_events_are_taken_one_by_one_without_handlers(pair: Pair) -> None:
    def next_message(events: Consumer) -> Message:
        while not isinstance(event := events.next(PATIENCE), Message):
            assert event is not None
            events.done()
        return event

    event_id = pair.say("hola")
    pair.say("chau")
    with pair.sur.consumer() as events:
        message = next_message(events)
        assert (message.event_id, message.attempt) == (event_id, 1)
        events.failed("todavía no")
        again = next_message(events)
        assert (again.event_id, again.attempt, again.text) == (event_id, 2, "hola")
        events.done()
        assert next_message(events).text == "chau"
        events.done()
        events.flush()
        assert pair.sur.status().inbox == 0
        assert events.next(timeout=timedelta(milliseconds=1)) is None
        with pytest.raises(InvalidError, match="`why`"):
            events.failed(5)  # type: ignore[arg-type]
    events.close()
    for call in (events.next, events.done, events.flush):
        with pytest.raises(ClosedError):
            call()


# Shows promise 3.
def test_a_consumer_that_is_left_gives_back_what_was_not_handled(pair: Pair) -> None:
    def interrupted() -> None:
        with pair.sur.consumer() as events:
            while not isinstance(events.next(PATIENCE), Message):
                events.done()
            raise KeyboardInterrupt

    pair.say("hola")
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    (again,) = taken(pair.sur, Message)
    assert (again.text, again.attempt) == ("hola", 2)
    pair.sur.close()
    with pytest.raises(ClosedError):
        pair.sur.consumer()


def test_events_are_taken_and_acknowledged_by_their_ids(pair: Pair) -> None:
    taken(pair.sur, UserChange)
    event_id = pair.say("hola")
    (message,) = eventually(lambda: [e for e in pair.sur.next_events(1, 1) if isinstance(e, Message)], "the message")
    assert (message.event_id, message.attempt) == (event_id, 1)
    assert pair.sur.nack(event_id, why="todavía no") == [True]
    assert pair.sur.ack(event_id) == [False]
    (again,) = eventually(lambda: [e for e in pair.sur.next_events(1, 1) if isinstance(e, Message)], "it comes again")
    assert (again.event_id, again.attempt) == (event_id, 2)
    assert pair.sur.ack(event_id, "01890a5d-ac96-774b-bcce-b302099a8057") == [True, False]
    assert pair.sur.next_events(timeout=0) == []


def test_no_text_of_a_message_is_logged(pair: Pair, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG, "integrador")
    time.sleep(1.1)

    @pair.sur.on_message
    def handle(message: Message) -> None:
        raise ValueError

    pair.sur.start()
    pair.say("un secreto")
    eventually(lambda: "a handler of message failed" in caplog.text)
    pair.sur.stop()
    assert "un secreto" not in caplog.text
