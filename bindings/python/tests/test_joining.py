"""Joining by one line, from Python: the calls, the same for asyncio, and Flask's commands."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from integrador import ConflictError, ExternalId, IntegradorError, InvalidError, Invite, Joined, Node, aio
from integrador.flask import Integrador

from conftest import Net, eventually
from ports import free_port


def alone(folder: Path, name: str) -> Node:
    """A node that knows nobody."""
    return Node(name, folder / f"{name}.db", listen=f"127.0.0.1:{free_port()}")


def names(node: Node) -> set[str]:
    return {platform.name for platform in node.platforms()}


def test_a_newcomer_joins_by_one_line_and_is_known_to_all(net: Callable[..., Net], tmp_path: Path) -> None:
    two = net("Norte", "Sur")
    norte, sur = two.open("Norte"), two.open("Sur")
    norte.publish_room(7, "Plaza", "public")
    eventually(lambda: sur.room(ExternalId("Norte", 7)), "that the two know each other")
    invite = norte.invite()
    assert isinstance(invite, Invite)
    assert invite.text.startswith("integrador:")
    assert invite.text not in repr(invite)
    assert [(listed.id, listed.used_by) for listed in norte.invites()] == [(invite.id, None)]
    with alone(tmp_path, "Este") as este:
        assert este.join(invite.text) == Joined("Norte", ("Sur",))
        eventually(lambda: names(sur) == names(este) == {"Norte", "Sur", "Este"}, "that all know each other")
        eventually(lambda: este.room(ExternalId("Norte", 7)), "the room")
        assert norte.invites()[0].used_by == "Este"
        assert eventually(lambda: rotated(este, "Norte"), "that a token is replaced") is True
        with pytest.raises(ConflictError):
            norte.remove_platform("Sur")
        norte.remove_platform("Este")
        eventually(lambda: names(sur) == {"Norte", "Sur"}, "that it is removed")


def rotated(node: Node, platform: str) -> bool:
    """Whether its token is replaced now: not while the last change is not confirmed."""
    try:
        return node.rotate_token(platform) is None
    except ConflictError:
        return False


def test_an_invite_that_does_not_hold_says_so_and_is_not_shown(tmp_path: Path) -> None:
    with alone(tmp_path, "Norte") as norte, alone(tmp_path, "Sur") as sur:
        invite = norte.invite()
        norte.revoke_invite(invite.id)
        with pytest.raises(InvalidError):
            norte.revoke_invite(invite.id)
        with pytest.raises(IntegradorError) as caught:
            sur.join(invite.text)
        assert caught.value.kind == "unauthorized"
        with pytest.raises(InvalidError) as wrong:
            sur.join("integrador:hunter2")
        assert "hunter2" not in str(wrong.value)


def test_a_platform_without_the_library_is_added_and_who_asks_is_let_in(tmp_path: Path) -> None:
    with alone(tmp_path, "Norte") as norte:
        token = norte.add_platform("Legacy", "http://127.0.0.1:9/")
        body = json.dumps({"id": 1, "name": "Olga", "token": token})
        assert norte.handle("POST", "/user", "", {}, body.encode()).status == 200
        with pytest.raises(ConflictError):
            norte.add_platform("legacy", "http://127.0.0.1:9/")
        assert norte.status().introductions == ()
        with pytest.raises(IntegradorError):
            norte.accept_introduction("Este")
        with pytest.raises(IntegradorError):
            norte.refuse_introduction("Este")
        with pytest.raises(IntegradorError):
            norte.introduce("Norte", "Legacy")


def test_the_same_is_awaited(tmp_path: Path) -> None:
    async def main() -> None:
        one = aio.Node("Norte", tmp_path / "Norte.db", listen=f"127.0.0.1:{free_port()}")
        other = aio.Node("Sur", tmp_path / "Sur.db", listen=f"127.0.0.1:{free_port()}")
        async with one as norte, other as sur:
            invite = await norte.invite()
            assert await sur.join(invite.text) == Joined("Norte", ())
            assert [listed.used_by for listed in await norte.invites()] == ["Sur"]
            await norte.remove_platform("Sur")

    asyncio.run(main())


def test_flask_invites_and_joins_by_command(tmp_path: Path) -> None:
    def app(name: str) -> Flask:
        made = Flask(name, instance_path=str(tmp_path / name))
        made.config.update(
            INTEGRADOR_PLATFORM=name,
            INTEGRADOR_STORE=tmp_path / f"{name}.db",
            INTEGRADOR_LISTEN=f"127.0.0.1:{free_port()}",
        )
        return made

    norte, sur = app("Norte"), app("Sur")
    extensions = [Integrador(norte), Integrador(sur)]
    for extension, made in zip(extensions, (norte, sur), strict=True):
        extension.start(made)

    def run(made: Flask, *args: str) -> str:
        result = made.test_cli_runner().invoke(args=["integrador", *args])
        assert result.exit_code == 0, result.output
        return str(result.output).strip()

    line = run(norte, "invite")
    assert run(sur, "join", line) == "joined Norte"
    assert "Sur" in run(norte, "invite", "--list")
    invite = json.loads(run(norte, "invite", "--json"))
    assert run(norte, "invite", "--revoke", invite["id"]) == "revoked"
    for extension, made in zip(extensions, (norte, sur), strict=True):
        extension.close(made)
