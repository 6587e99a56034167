"""The native part: `integrador::blocking` as it is, for this package alone. Use `integrador.Node`."""

from collections import deque
from types import FrameType, GenericAlias
from typing import Any, Generic, TypeVar, final

from ._errors import IntegradorError, InvalidError
from ._given import MessageParts
from ._model import (
    Attachment,
    BindKind,
    DeadLetter,
    Delivery,
    Event,
    ExternalId,
    Finding,
    Id,
    Invite,
    InviteInfo,
    Joined,
    Metric,
    Platform,
    Receipt,
    Ref,
    Response,
    Room,
    RoomKind,
    Status,
    User,
)

__all__ = [
    "Call",
    "Consumer",
    "Flag",
    "Mesh",
    "Messages",
    "Node",
    "Receipts",
    "Stream",
    "Tickets",
    "__version__",
    "after_fork_in_child",
    "after_fork_in_parent",
    "before_fork",
    "end_logs",
    "external_id",
    "keep_logs",
    "leave",
    "run_command",
    "stacks",
    "take_logs",
    "wait_for_logs",
]

__version__: str

_T = TypeVar("_T")

def run_command(args: list[str]) -> int:
    """Runs a command of the command line, without the GIL, and returns its exit code; it may end the process itself.
    The first argument is the name of the program."""

def stacks(also: list[FrameType | None]) -> list[list[tuple[str, str]]]:
    """The module and function of each frame of all threads, and of stacks that are given, the innermost first. No line
    of Python runs meanwhile."""

def external_id(text: str) -> tuple[str, str]:
    """The parts of an external id, by the core's parser. Raises `InvalidError`."""

def leave() -> None:
    """The interpreter is about to exit in this thread: ends every wait. Other threads that call then end there."""

def keep_logs(level: int) -> None:
    """Keeps records of at least this level from now on."""

def wait_for_logs(timeout: float) -> None:
    """Waits until there are records, at most `timeout` seconds, or until `end_logs`."""

def end_logs() -> None: ...
def take_logs() -> tuple[list[tuple[int, str, str, float]], int]:
    """The records that wait (level, target, message, Unix seconds), and how many were lost."""

def before_fork() -> None:
    """Waits until nothing is half done, on any thread and in any node."""

def after_fork_in_parent() -> None:
    """To be called even if the fork failed."""

def after_fork_in_child() -> None: ...

@final
class Flag:
    """Ends a wait for events from another thread, within 100 ms."""

    def __new__(cls) -> Flag: ...
    def set(self) -> None: ...
    def is_set(self) -> bool: ...

@final
class Call(Generic[_T]):
    """An operation with its arguments, which have been looked at. It is done once."""

    def __class_getitem__(cls, key: Any) -> GenericAlias: ...
    def wait(self) -> _T:
        """Does it, and waits."""

@final
class Messages:
    """Messages to publish, read in portions."""

    def __new__(cls) -> Messages: ...
    def add(self, messages: list[MessageParts | InvalidError]) -> None:
        """Reads them, after those that it has."""

@final
class Receipts:
    """What became of many messages, to be taken in portions."""

    def take(self, max: int) -> list[Receipt | IntegradorError]:
        """The next, at most `max`; none are left if there are fewer."""

@final
class Tickets:
    """Operations of a node that hold no thread."""

    def __new__(cls, node: Node) -> Tickets: ...
    def submit(self, calls: list[Call[Any]]) -> tuple[list[int], BaseException | None]:
        """Hands calls in, and returns at once: their tickets. What is wrong holds for those that got none."""

    def fileno(self) -> int:
        """Can be read from while there is something to take, and from `wake` to the next `take`."""

    def wake(self) -> None:
        """Makes the loop look, in its next round."""

    def take(self, into: deque[tuple[int, object, BaseException | None]], max: int) -> bool:
        """Appends what has ended, at most `max`: of each its ticket, and what it returned or raised. True once the node
        is closed and this was all."""

@final
class Stream:
    """The events of a node, one by one, for a task of an event loop."""

    def __new__(cls, node: Node) -> Stream: ...
    def done(self) -> None:
        """The event that came last was handled. It is acknowledged with what is asked for next."""

    def at_hand(self) -> Event | None:
        """The next event, if it is there already."""

    def ready(self, stop: Flag) -> Call[bool]:
        """Waits until one is at hand, which nobody has by that. False: `stop` was set."""

    def failed(self, why: str) -> Call[None]: ...
    def close(self) -> Call[None]:
        """Acknowledges what is done, and gives the rest back."""

@final
class Consumer:
    """The events of a node, one by one. It belongs to one thread at a time."""

    def __new__(cls, node: Node) -> Consumer: ...
    def next(self, timeout: float | None, stop: Flag | None) -> Event | None:
        """None: nothing came within `timeout`, or `stop` was set."""

    def at_hand(self) -> Event | None:
        """What `next` would return without waiting. It keeps the GIL, as `done` does."""

    def done(self) -> None: ...
    def advance(self) -> Event | None:
        """`done`, and then `at_hand`, for one price."""

    def failed(self, why: str, stop: Flag | None) -> None:
        """Once `stop` is set it is noted in the background."""

    def flush(self) -> None: ...
    def close(self) -> None:
        """Acknowledges what is done, and gives the rest back."""

@final
class Mesh:
    """Nodes in memory, in a time that stands. Nothing of it holds the GIL."""

    def __new__(cls, names: list[str], options: str) -> Mesh:
        """Opens; `options` are those of the core's `Config` as JSON, for each of them."""

    def node(self, name: str) -> Node: ...
    def down(self, name: str) -> None: ...
    def up(self, name: str) -> None: ...
    def crash(self, name: str) -> None: ...
    def reopen(self, name: str) -> Node: ...
    def advance(self, span: float) -> None: ...
    def settle(self) -> None: ...
    def wait_for_handler(self, name: str) -> None:
        """Waits until the handler of this platform, in another thread, has asked for events."""

    def close(self) -> None: ...

@final
class Node:
    """One open node. What waits releases the GIL, and on the main thread looks for signals every 50 ms."""

    def __new__(cls, config: str) -> Node:
        """Opens; `config` is the core's `Config` as JSON."""

    def close(self) -> None: ...
    def closing(self) -> Call[None]:
        """The part of `close` that waits."""

    def check_open(self) -> None:
        """Raises `ClosedError` if it is closed, or was opened before a fork."""

    @property
    def name(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def local_addr(self) -> tuple[str, int] | None: ...
    def handle(
        self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes
    ) -> Call[Response]: ...
    def publish_user(self, id: Id, name: str, avatar: str | None, ext: str | None) -> Call[Receipt]: ...
    def publish_users(self, users: list[tuple[Id, str] | tuple[Id, str, str | None, str | None]]) -> Call[int]: ...
    def publish_room(
        self,
        id: Id,
        name: str,
        kind: RoomKind,
        members: list[tuple[str, list[Id]]],
        banned: list[tuple[str, list[Id] | None]],
        avatar: str | None,
        ext: str | None,
    ) -> Call[Receipt]: ...
    def join_room(self, room: Ref, user: Ref) -> Call[Receipt]: ...
    def leave_room(self, room: Ref, user: Ref) -> Call[Receipt]: ...
    def publish_message(
        self,
        room: Ref,
        sender: Ref,
        text: str,
        key: str | None,
        sent_at: int | None,
        reply_to: str | None,
        attachments: list[Attachment],
        traceparent: str | None,
        ext: str | None,
    ) -> Call[Receipt]: ...
    def publish_messages(self, messages: Messages) -> Call[Receipts]: ...
    def edit_message(
        self, event_id: str, sender: Ref, text: str, attachments: list[Attachment] | None, ext: str | None
    ) -> Call[Receipt]: ...
    def delete_message(self, event_id: str, sender: Ref, of_platform: str | None) -> Call[Receipt]: ...
    def react(self, event_id: str, of_platform: str, sender: Ref, emoji: str, on: bool) -> Call[Receipt]: ...
    def next_events(self, max: int, timeout: float | None, stop: Flag | None) -> list[Event]: ...
    def take(self, max: int, timeout: float | None, stop: Flag) -> Call[list[Event]]:
        """As `next_events`; `stop` ends it."""

    def ack(self, event_ids: tuple[str, ...]) -> Call[list[bool]]: ...
    def nack(self, event_ids: tuple[str, ...], why: str) -> Call[list[bool]]: ...
    def platforms(self) -> list[Platform]: ...
    def users(self, platform: str | None) -> list[User]: ...
    def rooms(self) -> list[Room]: ...
    def room(self, room: Ref) -> Room | None: ...
    def recipients(self, room: Ref) -> list[Id]: ...
    def bind(self, kind: BindKind, external: str, local: Id) -> Call[None]: ...
    def local_id(self, kind: BindKind, external: str) -> Id | None: ...
    def external_id(self, kind: BindKind, local: Id) -> ExternalId | None: ...
    def delivery(self, event_id: str) -> Call[list[Delivery]]: ...
    def status(self) -> Call[Status]: ...
    def check(self) -> Call[list[Finding]]: ...
    def dead_letters(
        self, platform: str | None, number: int | None, event_id: str | None
    ) -> Call[list[DeadLetter]]: ...
    def retry(self, platform: str | None, number: int | None, event_id: str | None) -> Call[int]: ...
    def drop(self, platform: str | None, number: int | None, event_id: str | None) -> Call[int]: ...
    def sync_now(self, platform: str | None) -> Call[int]: ...
    def invite(self, url: str | None) -> Call[Invite]: ...
    def invites(self) -> Call[list[InviteInfo]]: ...
    def revoke_invite(self, id: str) -> Call[None]: ...
    def join(self, invite: str, url: str | None) -> Call[Joined]: ...
    def introduce(self, a: str, b: str) -> Call[None]: ...
    def accept_introduction(self, name: str) -> Call[None]: ...
    def refuse_introduction(self, name: str) -> Call[None]: ...
    def add_platform(self, name: str, endpoint: str) -> Call[str]: ...
    def rotate_token(self, platform: str) -> Call[str | None]: ...
    def remove_platform(self, name: str) -> Call[None]: ...
    def metrics(self) -> list[Metric]: ...
    def prometheus(self) -> str: ...
