"""A handler is a plain function: one that a call does not run is refused or has failed, never done."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest

from integrador import InvalidError, InvalidTypeError, Message, Node
from integrador.flask import Integrador

from conftest import Net, Pair, eventually


async def store(event: object) -> None: ...


async def stream(event: object) -> AsyncIterator[None]:
    yield


def steps(event: object) -> Iterator[None]:
    yield


class Store:
    async def __call__(self, event: object) -> None: ...

    async def method(self, event: object) -> None: ...

    @classmethod
    async def of_the_class(cls, event: object) -> None: ...

    @staticmethod
    async def static(event: object) -> None: ...


LATER: dict[str, Any] = {
    "async def": store,
    "a partial of one": functools.partial(store),
    "a partial of a partial": functools.partial(functools.partial(store)),
    "an object with an async __call__": Store(),
    "a partial of such an object": functools.partial(Store()),
    "an async method": Store().method,
    "an async method of a class": Store.of_the_class,
    "an async static method": Store.static,
    "an async generator": stream,
    "a generator": steps,
    "a mock of an async def": AsyncMock(),
    "no function at all": "store",
    "None": None,
}


@pytest.mark.parametrize("kind", ["message", "user", "room", "platform", "delivery"])
@pytest.mark.parametrize("what", LATER)
def test_a_handler_that_a_call_does_not_run_is_refused(node: Node, what: str, kind: str) -> None:
    for register in (getattr(node, f"on_{kind}"), getattr(Integrador(), f"on_{kind}")):
        with pytest.raises(InvalidTypeError, match=r"^`handler`: expected a") as refused:
            register(LATER[what])
        assert (refused.value.kind, refused.value.field) == ("invalid", "handler")
        assert isinstance(refused.value, InvalidError)
        assert isinstance(refused.value, TypeError)


def test_what_is_to_be_done_at_the_start_in_flask_is_a_plain_function_too() -> None:
    with pytest.raises(InvalidTypeError, match="asyncio"):
        Integrador().on_start(store)


def test_any_other_callable_is_taken(node: Node) -> None:
    class Plain:
        def __call__(self, event: object) -> None: ...

    notes: list[object] = []
    handlers: list[Any] = [print, Plain(), functools.partial(print, end=""), Mock(), notes.append, lambda event: event]
    for handler in handlers:
        assert node.on_message(handler) is handler


async def answered() -> None: ...


def generated() -> Generator[None, None, None]:
    yield


class Awaited:
    def __await__(self) -> Generator[None, None, None]:
        yield


RETURNED: dict[str, Callable[[], object]] = {
    "a coroutine": answered,
    "a generator": generated,
    "an asynchronous generator": lambda: stream(None),
    "something else to await": Awaited,
}


@pytest.mark.parametrize("what", RETURNED)
def test_a_handler_that_returns_work_to_be_done_has_not_handled_the_event(net: Callable[..., Net], what: str) -> None:
    pair = Pair(net("Norte", "Sur"), max_handler_attempts=2)
    attempts: list[int] = []

    @pair.sur.on_message
    def handle(message: Message) -> object:
        attempts.append(message.attempt)
        return RETURNED[what]()

    pair.sur.start()
    event_id = pair.say("hola")
    (dead,) = eventually(pair.sur.dead_letters, "the dead letter")
    assert (dead.event_id, attempts) == (event_id, [1, 2])
    assert "which nobody runs" in dead.why


def test_any_other_result_of_a_handler_means_that_it_is_done(pair: Pair) -> None:
    results: list[object] = [True, 0, "hola", [1], iter([1]), {}]
    returned: list[object] = []

    @pair.sur.on_message
    def handle(message: Message) -> object:
        returned.append(results[len(returned)])
        return returned[-1]

    pair.sur.start()
    for result in results:
        pair.say(str(result))
    eventually(lambda: len(returned) == len(results), "all messages")
    eventually(lambda: pair.sur.status().inbox == 0, "the acknowledgements")
    assert returned == results
