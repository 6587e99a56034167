"""What can go wrong: one base with a stable `kind`, and a subclass for each kind that is worth catching by itself.

No message holds a token.
"""

from __future__ import annotations

from typing import Literal

ErrorKind = Literal[
    "config",
    "invalid",
    "unauthorized",
    "forbidden",
    "not_a_member",
    "unknown_platform",
    "unknown_room",
    "unknown_message",
    "conflict",
    "too_large",
    "busy",
    "closed",
    "store",
    "transport",
    "internal",
]


class IntegradorError(Exception):
    """The error of every operation of this package. `str(error)` is a sentence for people; code looks at `kind`."""

    kind: ErrorKind
    """What went wrong, by its stable name, which is the same in every language."""
    field: str | None
    """The argument or the JSON field in error, where there is one."""
    retryable: bool
    """Whether the same call may succeed later without anything being fixed."""

    def __init__(
        self,
        message: str,
        kind: ErrorKind = "internal",
        field: str | None = None,
        retryable: bool = False,
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.field = field
        self.retryable = retryable

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (str(self), self.kind, self.field, self.retryable)


class ConfigError(IntegradorError):
    """Kind `config`: an option or the registry file is wrong; the message names the option or the line."""


class InvalidError(IntegradorError):
    """Kind `invalid`: an argument is over its limit or not what it must be; `field` names it."""


class InvalidTypeError(InvalidError, TypeError):
    """Kind `invalid` too: an argument is of the wrong type. As with any function it is a `TypeError`."""

    @classmethod
    def of(cls, field: str, expected: str, got: object) -> InvalidTypeError:
        """This argument is of another type."""
        return cls(f"`{field}`: expected {expected}, got {type(got).__name__}", "invalid", field)


class ForbiddenError(IntegradorError):
    """Kind `forbidden`: known, but not allowed, such as a private room of another platform."""


class NotAMemberError(IntegradorError):
    """Kind `not_a_member`: the sender is not a member of the private room."""


class UnknownPlatformError(IntegradorError):
    """Kind `unknown_platform`: no platform of that name is known here; the message lists the known ones."""


class UnknownRoomError(IntegradorError):
    """Kind `unknown_room`: no room of that id was announced here."""


class UnknownMessageError(IntegradorError):
    """Kind `unknown_message`: no message of that event id and platform is remembered here."""


class ConflictError(IntegradorError):
    """Kind `conflict`: a key with another content, a local id that is bound already, a name that is taken."""


class ClosedError(IntegradorError):
    """Kind `closed`: the node is closed, or was opened before a fork."""


class StoreError(IntegradorError):
    """Kind `store`: the store can't be read or written now (disk full, locked, damaged). Nothing was stored."""


class TransportError(IntegradorError):
    """Kind `transport`: another platform could not be reached, or answered what it must not."""


_CLASSES: dict[str, type[IntegradorError]] = {
    "config": ConfigError,
    "invalid": InvalidError,
    "forbidden": ForbiddenError,
    "not_a_member": NotAMemberError,
    "unknown_platform": UnknownPlatformError,
    "unknown_room": UnknownRoomError,
    "unknown_message": UnknownMessageError,
    "conflict": ConflictError,
    "closed": ClosedError,
    "store": StoreError,
    "transport": TransportError,
}


def _error(kind: ErrorKind, message: str, field: str | None, retryable: bool) -> IntegradorError:
    """The error of this kind; the native part makes all of its errors here."""
    return _CLASSES.get(kind, IntegradorError)(message, kind, field, retryable)
