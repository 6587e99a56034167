"""The native part: `integrador::blocking` as it is, for `_node`, `_pump` and `_logs` alone. Use `integrador.Node`."""

from typing import final

from ._model import (
    Attachment,
    BindKind,
    DeadLetter,
    Delivery,
    Event,
    ExternalId,
    Finding,
    Id,
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
    "Consumer",
    "Flag",
    "Mesh",
    "Node",
    "__version__",
    "after_fork_in_child",
    "after_fork_in_parent",
    "before_fork",
    "end_logs",
    "external_id",
    "keep_logs",
    "leave",
    "take_logs",
    "wait_for_logs",
]

__version__: str

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
    """One open node. All that may wait releases the GIL, and on the main thread looks for signals every 50 ms."""

    def __new__(cls, config: str) -> Node:
        """Opens; `config` is the core's `Config` as JSON."""

    def close(self) -> None: ...
    def check_open(self) -> None:
        """Raises `ClosedError` if it is closed, or was opened before a fork."""

    @property
    def name(self) -> str: ...
    @property
    def closed(self) -> bool: ...
    def local_addr(self) -> tuple[str, int] | None: ...
    def handle(self, method: str, path: str, query: str, headers: list[tuple[str, str]], body: bytes) -> Response: ...
    def publish_user(self, id: Id, name: str) -> Receipt: ...
    def publish_users(self, users: list[tuple[Id, str]]) -> int: ...
    def publish_room(self, id: Id, name: str, kind: RoomKind, members: list[tuple[str, list[Id]]]) -> Receipt: ...
    def join_room(self, room: Ref, user: Ref) -> Receipt: ...
    def leave_room(self, room: Ref, user: Ref) -> Receipt: ...
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
    ) -> Receipt: ...
    def next_events(self, max: int, timeout: float | None, stop: Flag | None) -> list[Event]: ...
    def ack(self, event_ids: tuple[str, ...]) -> list[bool]: ...
    def nack(self, event_ids: tuple[str, ...], why: str) -> list[bool]: ...
    def platforms(self) -> list[Platform]: ...
    def users(self, platform: str | None) -> list[User]: ...
    def rooms(self) -> list[Room]: ...
    def room(self, room: Ref) -> Room | None: ...
    def recipients(self, room: Ref) -> list[Id]: ...
    def bind(self, kind: BindKind, external: str, local: Id) -> None: ...
    def local_id(self, kind: BindKind, external: str) -> Id | None: ...
    def external_id(self, kind: BindKind, local: Id) -> ExternalId | None: ...
    def delivery(self, event_id: str) -> list[Delivery]: ...
    def status(self) -> Status: ...
    def check(self) -> list[Finding]: ...
    def dead_letters(self, platform: str | None, number: int | None, event_id: str | None) -> list[DeadLetter]: ...
    def retry(self, platform: str | None, number: int | None, event_id: str | None) -> int: ...
    def drop(self, platform: str | None, number: int | None, event_id: str | None) -> int: ...
    def sync_now(self, platform: str | None) -> int: ...
    def metrics(self) -> list[Metric]: ...
    def prometheus(self) -> str: ...
