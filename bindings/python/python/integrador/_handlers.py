"""Handlers are functions whose work is done when they return; with asyncio, when what they return was awaited.

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
    return _checked(handler, "a plain function", _LATER + _GENERATORS, _INSTEAD)


def runnable(handler: _Handler) -> _Handler:
    """The handler, if calling it and awaiting what it returns runs it. Raises `InvalidTypeError`."""
    return _checked(handler, "a function or an `async def`", _GENERATORS, "Make it one without `yield`.")


def _checked(handler: _Handler, expected: str, refused: tuple[_Kind, ...], instead: str) -> _Handler:
    if not callable(handler):
        raise InvalidTypeError.of("handler", "a function", handler)
    function: Any = handler
    while isinstance(function, functools.partial):
        function = function.func
    for called in (function, type(function).__call__):
        for is_one, what in refused:
            if is_one(called):
                why = f"`handler`: expected {expected}, got {what}: {handler!r}. {instead}"
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


async def awaited(event: object, handler: Callable[[Any], object]) -> None:
    """Calls the handler and awaits what it returned. Raises `TypeError` if that is work that nobody does."""
    result = handler(event)
    if inspect.isawaitable(result):
        await result
    elif inspect.isgenerator(result) or inspect.isasyncgen(result):
        what = type(result).__name__
        raise TypeError(f"the event was not handled: {handler!r} returned a {what}, which nobody runs")


def described(error: BaseException) -> str:
    """An exception as text that can be stored; the application may have written any `__str__`."""
    if not isinstance(error, Exception):
        return f"interrupted: {type(error).__name__}"
    try:
        text = str(error)
    except Exception:
        text = "its text can't be made"
    return f"{type(error).__name__}: {text}".encode("utf-8", "backslashreplace").decode()


_Kind = tuple[Callable[[object], bool], str]
_LATER: tuple[_Kind, ...] = ((inspect.iscoroutinefunction, "an `async def`, which a call does not run"),)
_GENERATORS: tuple[_Kind, ...] = (
    (inspect.isasyncgenfunction, "an asynchronous generator, which a call does not run"),
    (inspect.isgeneratorfunction, "a generator, which a call does not run"),
)
_INSTEAD = "With asyncio use `integrador.aio`, whose handlers may be an `async def`."
