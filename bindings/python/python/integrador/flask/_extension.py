"""`Integrador`, the extension, and `current_node`, the node of the application at hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from flask import Flask, current_app
from werkzeug.local import LocalProxy

from .._model import Delete, DeliveryChange, Edit, Message, PlatformChange, Reaction, RoomChange, UserChange
from .._node import Node
from . import _blueprint, _commands, _config
from ._opening import Handler, Handlers, Opening, Role

EXTENSION = "integrador"

_Message = TypeVar("_Message", bound=Callable[[Message], object])
_Edit = TypeVar("_Edit", bound=Callable[[Edit], object])
_Delete = TypeVar("_Delete", bound=Callable[[Delete], object])
_Reaction = TypeVar("_Reaction", bound=Callable[[Reaction], object])
_User = TypeVar("_User", bound=Callable[[UserChange], object])
_Room = TypeVar("_Room", bound=Callable[[RoomChange], object])
_Platform = TypeVar("_Platform", bound=Callable[[PlatformChange], object])
_Delivery = TypeVar("_Delivery", bound=Callable[[DeliveryChange], object])
_Start = TypeVar("_Start", bound=Callable[[Node], object])
_Any = TypeVar("_Any", bound=Handler)


class Integrador:
    """The extension. Make one, register the handlers, and initialise it with the application or with several.

    Handlers run one at a time in a thread of the node's, in the application's context. One that raises gets the event
    again after a pause; so does one whose process dies. So what it does twice must be as if done once: store the
    `event_id` together with the effect.
    """

    def __init__(self, app: Flask | None = None) -> None:
        self._handlers = Handlers()
        self._openings: WeakKeyDictionary[Flask, Opening] = WeakKeyDictionary()
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Reads the keys `INTEGRADOR_…` of the application's configuration, mounts the node and its commands, and has
        the node open with the first request. Raises `ConfigError`, naming the key that is missing or wrong."""
        if EXTENSION in app.extensions:
            raise RuntimeError("this application has an Integrador already: initialise it once")
        settings = _config.settings(app)
        app.extensions[EXTENSION] = self
        opening = self._openings[app] = Opening(app, settings, self._handlers)
        if settings.prefix is not None:
            app.register_blueprint(_blueprint.blueprint(settings.prefix, settings.max_body, opening.node))
        if settings.autostart:
            app.before_request(opening.request)
        app.cli.add_command(_commands.group)

    # ---- what is done with what comes

    def on_start(self, begin: _Start) -> _Start:
        """Decorator: called with the node when it has opened in a process that serves, before the first event. With
        several workers, in each of them."""
        return self._add("start", begin)

    def on_message(self, handler: _Message) -> _Message:
        """Decorator: called with each `Message` that somebody on another platform wrote."""
        return self._add("message", handler)

    def on_edit(self, handler: _Edit) -> _Edit:
        """Decorator: called with each `Edit` of a message."""
        return self._add("edit", handler)

    def on_delete(self, handler: _Delete) -> _Delete:
        """Decorator: called with each `Delete` of a message."""
        return self._add("delete", handler)

    def on_reaction(self, handler: _Reaction) -> _Reaction:
        """Decorator: called with each `Reaction` to a message."""
        return self._add("reaction", handler)

    def on_user(self, handler: _User) -> _User:
        """Decorator: called with each `UserChange`."""
        return self._add("user", handler)

    def on_room(self, handler: _Room) -> _Room:
        """Decorator: called with each `RoomChange`."""
        return self._add("room", handler)

    def on_platform(self, handler: _Platform) -> _Platform:
        """Decorator: called with each `PlatformChange`."""
        return self._add("platform", handler)

    def on_delivery(self, handler: _Delivery) -> _Delivery:
        """Decorator: called with each `DeliveryChange`."""
        return self._add("delivery", handler)

    def _add(self, kind: str, handler: _Any) -> _Any:
        self._handlers.add(kind, handler)
        return handler

    # ---- the node

    @property
    def node(self) -> Node:
        """The node of the application at hand. Raises `ClosedError` where it doesn't open by itself: see `start`."""
        return self._opening().node()

    def start(self, app: Flask | None = None, *, role: Role = "app") -> Node:
        """Opens the node in this process, where it isn't yet: for a server's own hook, for scripts (with
        `role="admin"`, which publishes and leaves the rest to the processes that serve), and for tests. Raises what
        keeps it from opening; a request then tries again."""
        return self._opening(app).start(role)

    def close(self, app: Flask | None = None) -> None:
        """Closes the node in this process, as happens at its exit anyway. It opens again by `start` alone."""
        self._opening(app).close()

    def _opening(self, app: Flask | None = None) -> Opening:
        one = _itself(app or current_app)
        if one not in self._openings:
            raise RuntimeError(
                "this application has not been initialised with this Integrador: call `init_app` with it"
            )
        return self._openings[one]


def _itself(app: Flask) -> Flask:
    """`current_app` stands for another one in each context."""
    return cast(Flask, app._get_current_object()) if isinstance(app, LocalProxy) else app


def opening() -> Opening:
    """That of the application at hand."""
    integrador = current_app.extensions.get(EXTENSION)
    if integrador is None:
        raise RuntimeError("this application has no Integrador: call `init_app` with it")
    return cast(Integrador, integrador)._opening()


current_node = cast(Node, LocalProxy(lambda: opening().node()))
"""The node of the application at hand: in a view, in a handler, wherever there is an application's context."""
