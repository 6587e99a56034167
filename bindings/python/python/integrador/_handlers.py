"""Handlers are plain functions: what they do is done when they return.

To call an `async def`, or a function with a `yield` in it, only makes an object that would do the work. Acknowledging
the event after that would lose it silently. So such functions are refused when they are registered, and what can only
be seen at the call counts as a failed handling.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from ._errors import InvalidTypeError

_Handler = TypeVar("_Handler", bound=Callable[..., object])


def plain(handler: _Handler) -> _Handler:
    """The handler, if calling it runs it. Raises `InvalidTypeError`."""
    if not callable(handler):
        raise InvalidTypeError.of("handler", "a function", handler)
    function: Any = handler
    while isinstance(function, functools.partial):
        function = function.func
    for called in (function, type(function).__call__):
        for is_one, what in _LATER:
            if is_one(called):
                why = f"`handler`: expected a plain function, got {what}: {handler!r}. {_INSTEAD}"
                raise InvalidTypeError(why, "invalid", "handler")
    return handler


def hand_over(event: object, handler: Callable[[Any], object]) -> None:
    """Calls the handler. Raises `TypeError` if it returned work that nobody does."""
    result = handler(event)
    if result is None or not (inspect.isawaitable(result) or inspect.isgenerator(result) or inspect.isasyncgen(result)):
        return
    if inspect.iscoroutine(result):
        result.close()  # else Python warns that nobody awaited it
    what = type(result).__name__
    raise TypeError(f"the event was not handled: {handler!r} returned a {what}, which nobody runs. {_INSTEAD}")


_LATER: tuple[tuple[Callable[[object], bool], str], ...] = (
    (inspect.iscoroutinefunction, "an `async def`, which a call does not run"),
    (inspect.isasyncgenfunction, "an asynchronous generator, which a call does not run"),
    (inspect.isgeneratorfunction, "a generator, which a call does not run"),
)
_INSTEAD = (
    "With asyncio, give the work to the loop and wait for it:"
    " `asyncio.run_coroutine_threadsafe(work(event), loop).result()`"
)
