"""`pusher broadcast`: what goes out, and the acts on it."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.cli.session import actor, as_json, command, counted, numbered, print_json, store
from pusher.cli.table import print_table
from pusher.plan import broadcast as broadcasts
from pusher.report import progress


@click.group()
def broadcast() -> None:
    """List, show, approve, halt, resume and cancel broadcasts."""


@broadcast.command("list")
@click.option("--limit", default=20, show_default=True, type=counted, help="How many, newest first.")
@click.option("--digests", is_flag=True, help="Only the daily and weekly digests, which are left out else.")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, limit: int, digests: bool, as_json: bool) -> None:
    """The newest broadcasts and how far each has got."""
    async with store(settings) as opened, opened.database.read() as connection:
        rows = await progress.latest(connection, limit=limit, digests=digests)
    if as_json:
        print_json([progress.to_json(row) for row in rows])
    else:
        print_table(
            ("number", "state", "lane", "route", "planned", "sent", "delivered", "not reached", "title"),
            [
                (
                    row.id,
                    row.broadcast.state,
                    row.broadcast.lane,
                    row.broadcast.route,
                    row.total("planned"),
                    row.total("sent"),
                    row.total("delivered"),
                    row.not_reached,
                    row.broadcast.title,
                )
                for row in rows
            ],
        )


@broadcast.command()
@click.argument("number", type=numbered)
@as_json
@click.pass_obj
@command
async def show(settings: Path, *, number: int, as_json: bool) -> None:
    """One broadcast: its audience, its words, and what became of it, by channel."""
    async with store(settings) as opened, opened.database.read() as connection:
        found = await progress.one(connection, number)
    if as_json:
        print_json(progress.to_json(found))
        return
    about = found.broadcast
    click.echo(f"{about.title}\n{about.state}, lane {about.lane}, route {about.route}")
    if about.digested:
        click.echo(f"put aside for the digests of {about.digested} people")
    print_table(
        ("channel", *progress.SHOWN, "problem"),
        [(each.channel, *(each.counters[name] for name in progress.SHOWN), each.problem) for each in found.channels],
    )
    for each in found.channels:
        click.echo(f"\n--- {each.channel}")
        for name, text in each.words.items():
            click.echo(f"[{name}] {text}")


@broadcast.command()
@click.argument("number", type=numbered)
@actor
@click.pass_obj
@command
async def approve(settings: Path, number: int, actor: str) -> None:
    """Let a proposed broadcast go out; somebody other than its author must do it."""

    async def act(connection: AsyncConnection, opened: Any) -> None:
        await broadcasts.approve(connection, number, by=actor, at=opened.now())

    await _act(settings, number, actor, "approve", act)


@broadcast.command()
@click.argument("number", type=numbered)
@actor
@click.pass_obj
@command
async def halt(settings: Path, number: int, actor: str) -> None:
    """Stop it at the next slice; `resume` goes on where it stopped."""
    await _act(settings, number, actor, "halt", lambda connection, _: broadcasts.halt(connection, number))


@broadcast.command()
@click.argument("number", type=numbered)
@actor
@click.pass_obj
@command
async def resume(settings: Path, number: int, actor: str) -> None:
    """Let a halted broadcast go on."""
    await _act(settings, number, actor, "resume", lambda connection, _: broadcasts.resume(connection, number))


@broadcast.command()
@click.argument("number", type=numbered)
@actor
@click.pass_obj
@command
async def cancel(settings: Path, number: int, actor: str) -> None:
    """End it for good: whatever was not handed over never will be."""
    await _act(settings, number, actor, "cancel", lambda connection, _: broadcasts.cancel(connection, number))


async def _act(
    settings: Path,
    number: int,
    actor: str,
    name: str,
    act: Callable[[AsyncConnection, Any], Awaitable[None]],
) -> None:
    async with store(settings) as opened, opened.database.write(urgent=True) as connection:
        await act(connection, opened)
        await opened.audit(connection, actor=actor, action=f"broadcast {name}", target=f"broadcast {number}")
    click.echo(f"broadcast {number}: {name} done")
