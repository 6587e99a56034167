"""`flask integrador …`: how the node stands, and what is to become of its dead letters. The application may be running:
each command looks at the store as an administrator and takes nothing from the processes that serve."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timezone
from typing import Any

import click
from flask.cli import AppGroup

from .. import _errors
from .._model import Platform
from .._node import Node

group = AppGroup(
    "integrador", help="Shows how the node stands with the other platforms, and mends what could not be delivered."
)

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON; instants are ISO 8601.")


@contextmanager
def _node() -> Iterator[Node]:
    """The node of this process if it is open, else one for this command alone."""
    from ._extension import opening

    here = opening()
    try:
        node, opened = here.admin()
        try:
            yield node
        finally:
            if opened:
                here.release()
    except _errors.IntegradorError as error:
        raise click.ClickException(str(error)) from None


@group.command()
@_as_json
def status(as_json: bool) -> None:
    """Who is up, what waits, what died."""
    with _node() as node:
        found = node.status()
    if as_json:
        _print_json(dataclasses.asdict(found))
        return
    waiting = f", {found.inbox} waiting for the app" if found.inbox else ""
    click.echo(f"{_printable(found.name)}, version {found.version}{waiting}\n")
    rows = [
        [
            p.name,
            f"{p.kind} via {p.via}" if p.via else p.kind,
            "unknown" if p.up is None else f"{'up' if p.up else 'down'} {_ago(p.since)}".rstrip(" –"),
            _ago(p.last_contact),
            p.waiting,
            _ago(p.oldest),
            p.dead,
            p.alarm or p.last_error or p.import_error or "",
        ]
        for p in found.platforms
    ]
    _print_table(
        ["PLATFORM", "KIND", "STATE", "CONTACT", "WAITING", "OLDEST", "DEAD", ""],
        rows,
        "no other platform is known here",
    )


@group.command()
@_as_json
def platforms(as_json: bool) -> None:
    """Which platforms take part, and what they can show."""
    with _node() as node:
        found = node.platforms()
    if as_json:
        _print_json([dataclasses.asdict(p) for p in found])
        return

    def where(p: Platform) -> str:
        return "this one" if p.own else f"via {p.via}" if p.via else ""

    rows = [[p.name, where(p), _yes(p.support_image), _yes(p.support_audio)] for p in found]
    _print_table(["PLATFORM", "", "IMAGES", "AUDIO"], rows, "no platform is known here")


@group.command()
@click.argument("platform", required=False)
def sync(platform: str | None) -> None:
    """Imports the users of PLATFORM, or of all, now."""
    with _node() as node:
        changed = node.sync_now(platform)
    click.echo(f"{changed} users were new, renamed or gone")


_url = click.option("--url", metavar="URL", help="Where others reach this application: with its prefix, /api/ say.")


@group.command()
@_url
@click.option("--list", "lists", is_flag=True, help="Lists the invites that have not expired.")
@click.option("--revoke", metavar="ID", help="Revokes the invite with this id.")
@_as_json
def invite(url: str | None, lists: bool, revoke: str | None, as_json: bool) -> None:
    """Prints a line by which one platform joins, once, within 24 hours. Send it privately.

    The application must be running: it makes the invite.
    """
    with _node() as node:
        if revoke is not None:
            node.revoke_invite(revoke)
            click.echo("revoked")
        elif lists:
            found = node.invites()
            if as_json:
                _print_json([dataclasses.asdict(i) for i in found])
                return
            rows = [[i.id, _ago(i.made), i.expires.isoformat(timespec="minutes"), i.used_by or "–"] for i in found]
            _print_table(["ID", "MADE", "GOOD UNTIL", "USED BY"], rows, "there are no invites")
        else:
            made = node.invite(url)
            _print_json(dataclasses.asdict(made)) if as_json else click.echo(made.text)


@group.command()
@click.argument("invite")
@_url
@_as_json
def join(invite: str, url: str | None, as_json: bool) -> None:
    """Joins by the line INVITE; `-`: it is read from standard input.

    The application must be running: it joins, and others reach it at once. No file is edited anywhere.
    """
    if invite == "-":
        invite = sys.stdin.read()
    with _node() as node:
        joined = node.join(invite, url)
    if as_json:
        _print_json(dataclasses.asdict(joined))
        return
    others = f" and {', '.join(joined.platforms)}" if joined.platforms else ""
    click.echo(_printable(f"joined {joined.inviter}{others}"))


@group.group("dead-letters", cls=AppGroup)
def dead_letters() -> None:
    """What could not be delivered or handled, and what is to become of it."""


_ids = click.argument("ids", nargs=-1, metavar="[ID]…")
_platform = click.option("--platform", metavar="NAME", help="Those meant for this platform.")
_all = click.option("--all", "all_of_them", is_flag=True, help="All of them.")


@dead_letters.command("list")
@_ids
@_platform
@_as_json
def list_(ids: Sequence[str], platform: str | None, as_json: bool) -> None:
    """Lists them, each with its reason. ID is a number, or the id of an event."""
    with _node() as node:
        found = [letter for which in _each(ids, platform) or [{}] for letter in node.dead_letters(**which)]
    if as_json:
        _print_json([dataclasses.asdict(letter) for letter in found])
        return
    rows = [[d.number, f"{_ago(d.at)} ago", d.kind, d.from_platform, d.platform, d.event_id, d.why] for d in found]
    _print_table(["ID", "DIED", "KIND", "FROM", "TO", "EVENT", "WHY"], rows, "no dead letters")


@dead_letters.command()
@_ids
@_platform
@_all
def retry(ids: Sequence[str], platform: str | None, all_of_them: bool) -> None:
    """Sends or handles them again. They come late, and say so."""
    with _node() as node:
        _change(ids, platform, all_of_them, node.retry, "retried")


@dead_letters.command()
@_ids
@_platform
@_all
def drop(ids: Sequence[str], platform: str | None, all_of_them: bool) -> None:
    """Forgets them for good, without asking again."""
    with _node() as node:
        _change(ids, platform, all_of_them, node.drop, "dropped")


def _each(ids: Sequence[str], platform: str | None) -> list[dict[str, Any]]:
    if ids and platform:
        raise click.UsageError("say either IDs or --platform")
    if platform:
        return [{"platform": platform}]
    return [{"number": int(id)} if id.isdecimal() else {"event_id": id} for id in ids]


def _change(ids: Sequence[str], platform: str | None, all_of_them: bool, change: Any, done: str) -> None:
    chosen = _each(ids, platform)
    if bool(chosen) == all_of_them:
        raise click.UsageError("say which: ID, --platform or --all")
    counts = [change(**which) for which in chosen or [{"all": True}]]
    click.echo(f"{sum(counts)} {done}")
    missing = [id for id, count in zip(ids, counts, strict=False) if count == 0]
    if missing:
        raise click.ClickException(f"no dead letter is called {', '.join(missing)}")


# ---- how it is shown


def _print_json(value: Any) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, default=lambda at: at.isoformat()))


def _print_table(head: list[str], rows: list[list[Any]], otherwise: str) -> None:
    if not rows:
        click.echo(otherwise)
        return
    cells = [head, *([_printable(str(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _printable(text: str) -> str:
    """What others named can't steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def _ago(at: datetime | None) -> str:
    if at is None:
        return "–"
    seconds = max(0, int((datetime.now(timezone.utc) - at).total_seconds()))
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"


def _yes(able: bool) -> str:
    return "yes" if able else "no"
