"""`integrador.aio`: each call answers as it does for threads, awaited."""

from __future__ import annotations

import asyncio
import inspect
from datetime import datetime, timezone
from pathlib import Path

import pytest

import integrador
from integrador import (
    ConfigError,
    ConflictError,
    DeliveryChange,
    InvalidError,
    InvalidTypeError,
    Message,
    Receipt,
    UnknownRoomError,
)
from integrador.aio import Node

from loops import Make, empty, pair, run, until

WRITTEN = datetime(2026, 10, 14, 20, 30, 0, 250_000, timezone.utc)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_the_operations_are_those_of_the_plain_node() -> None:
    def shape(of: type, name: str) -> tuple[object, ...]:
        member = inspect.getattr_static(of, name)
        if isinstance(member, property):
            return ("property",)
        signature = inspect.signature(member)
        return (*map(str, signature.parameters.values()), signature.return_annotation)

    plain = {name for name in vars(integrador.Node) if not name.startswith("_")}
    here = {name for name in vars(Node) if not name.startswith("_")}
    assert here - plain == {"open", "asgi", "events"}
    assert plain - here == {"consumer"}, "`events` takes its place"
    plain.remove("consumer")
    for name in plain:
        assert shape(Node, name) == shape(integrador.Node, name), name
    assert shape(Node, "__init__") == shape(integrador.Node, "__init__")
    from_memory = {
        *("platforms", "users", "rooms", "room", "recipients", "local_id", "external_id", "metrics", "prometheus"),
        *("on_message", "on_edit", "on_delete", "on_reaction", "on_user", "on_room", "on_platform", "on_delivery"),
        *("start", "name", "closed", "address"),
    }
    awaited = {name for name in plain if inspect.iscoroutinefunction(inspect.getattr_static(Node, name))}
    assert awaited == plain - from_memory


def test_a_message_goes_from_loop_to_loop_and_its_delivery_comes_back(net: Make) -> None:
    async def main() -> None:
        got: asyncio.Queue[object] = asyncio.Queue()
        async with pair(net("Norte", "Sur")) as (norte, sur):

            @sur.on_message
            async def show(message: Message) -> None:
                await asyncio.sleep(0)
                assert await sur.status()
                got.put_nowait((message.sender_name, message.room, message.text, message.recipients))

            @norte.on_delivery
            def tick(change: DeliveryChange) -> None:
                got.put_nowait((change.publication, change.platform, change.state))

            sur.start()
            norte.start()
            receipt = await norte.publish_message(7, 1, "hola 👾", key="row-1")
            assert receipt == Receipt(receipt.event_id, ("Sur",), False)
            both = [await got.get(), await got.get()]
            assert ("Ana", "Norte:7", "hola 👾", [1]) in both
            assert (receipt.event_id, "Sur", "delivered") in both
            assert (await norte.publish_message(7, 1, "hola 👾", key="row-1")).duplicate
            await until(lambda: empty(sur), "the acknowledgement")

    run(main())


def test_every_call_answers_as_it_does_for_threads(net: Make) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, sur):
            assert norte.name == "Norte"
            assert norte.address is not None
            assert "integrador_commits_total" in norte.prometheus()
            assert await norte.publish_users([(1, "Ana"), (2, "Eva")]) == 1
            assert (await norte.join_room(7, 2)).event_id
            assert (await norte.leave_room(7, 2)).event_id
            await sur.bind("room", "Norte:7", 70)
            assert sur.local_id("room", "Norte:7") == 70
            assert sur.external_id("room", 70) == "Norte:7"
            assert sur.recipients(70) == [1]
            receipt = await sur.publish_message(70, 1, "con mi número", sent_at=WRITTEN, traceparent=TRACE)
            assert receipt.event_id is not None
            (delivery,) = await until(lambda: sur.delivery(receipt.event_id or ""))
            assert delivery.platform == "Norte"
            assert await norte.dead_letters() == []
            assert await norte.retry(all=True) == await norte.drop(all=True) == 0
            assert await norte.sync_now("Sur") == 0
            # The tokens of these tests can be guessed, which is found.
            await until(lambda: _found(norte, {"registry"}), "that nothing else is wrong")
            assert {platform.name for platform in norte.platforms()} == {"Norte", "Sur"}
            assert [str(room.id) for room in norte.rooms()] == ["Norte:7"]
            refused = await norte.handle("GET", "/users")
            assert refused.status == 401
            found = [m for m in await _messages(norte) if m.text == "con mi número"]
            assert (found[0].sent_at, found[0].traceparent) == (WRITTEN, TRACE)
            assert await norte.nack(found[0].event_id, why="todavía no") == [True]
            assert await norte.ack(found[0].event_id) == [False]

    async def _found(node: Node, kinds: set[str]) -> bool:
        return {finding.kind for finding in await node.check()} == kinds

    async def _messages(node: Node) -> list[Message]:
        async def look() -> list[Message]:
            events = await node.next_events(timeout=0.1)
            await node.ack(*(event.event_id for event in events if not isinstance(event, Message)))
            return [event for event in events if isinstance(event, Message)]

        found: list[Message] = await until(look)
        return found

    run(main())


def test_opening_a_node_twice_at_once_opens_it_once(tmp_path: Path) -> None:
    async def main() -> None:
        node = Node("Norte", tmp_path / "node.db")
        opened = await asyncio.gather(*(node.open() for _ in range(5)))
        assert all(one is node for one in opened)
        await node.publish_user(1, "Ana")
        await node.close()
        assert node.closed

    run(main())


def test_what_is_wrong_is_raised_where_it_is_awaited(net: Make, tmp_path: Path) -> None:
    async def main() -> None:
        async with pair(net("Norte", "Sur")) as (norte, _):
            with pytest.raises(UnknownRoomError):
                await norte.publish_message(99, 1, "hola")
            with pytest.raises(InvalidTypeError, match="`text`: expected a str, got int"):
                await norte.publish_message(7, 1, 3)  # type: ignore[arg-type]
            with pytest.raises(InvalidError, match="text"):
                await norte.publish_message(7, 1, "x" * 1_000_000)
            await norte.publish_message(7, 1, "una vez", key="k")
            results = await asyncio.gather(
                norte.publish_message(7, 1, "otra cosa", key="k"),
                norte.publish_message(7, 1, "una vez", key="k"),
                return_exceptions=True,
            )
            assert isinstance(results[0], ConflictError)
            assert isinstance(results[1], Receipt)
            assert results[1].duplicate
        with pytest.raises(ConfigError):
            await Node("Norte", tmp_path / "x.db", listen="nowhere").open()
        with pytest.raises(ConfigError):
            Node("Norte", "x.db", limits=[1])  # type: ignore[arg-type]

    run(main())
