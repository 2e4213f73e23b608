"""`pusher item`: what was published, and the acts on it."""

from pathlib import Path
from typing import Any

import click

from pusher.cli.session import actor, as_json, command, counted, fail, numbered, print_json, store
from pusher.cli.table import minute, print_table

_STATES = ("ready", "held", "baseline", "withdrawn")


@click.group()
def item() -> None:
    """List, show, release and withdraw items."""


@item.command("list")
@click.option("--state", type=click.Choice(_STATES), help="Only those in this state.")
@click.option("--limit", default=20, show_default=True, type=counted, help="How many, newest first.")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, state: str | None, limit: int, as_json: bool) -> None:
    """The newest items."""
    from pusher.report import items as report
    from pusher.watch import store as items

    async with store(settings) as opened, opened.database.read() as connection:
        found = await items.latest(connection, limit=limit, state=None if state is None else items.ItemState(state))
    if as_json:
        print_json([report.to_json(each) for each in found])
    else:
        print_table(
            ("number", "state", "seen", "source", "domains", "title"),
            [
                (
                    each.id,
                    each.state,
                    minute(each.seen_at),
                    each.source,
                    " ".join(sorted(each.topic.domains)),
                    each.title,
                )
                for each in found
            ],
        )


@item.command()
@click.argument("number", type=numbered)
@as_json
@click.pass_obj
@command
async def show(settings: Path, *, number: int, as_json: bool) -> None:
    """One item: what it says (personal data masked), whom it concerns and why."""
    from pusher.deliver import files
    from pusher.report import items as report

    async with store(settings) as opened, opened.database.read() as connection:
        stored = await _item(connection, number)
        numbers = await report.broadcasts_of(connection, number)
        attached = [name for name, _ in (await files.of_item(connection, number)).values()]
    if as_json:
        print_json({**report.with_words(stored, numbers), "files": attached})
        return
    told = report.to_json(stored)
    click.echo(stored.title)
    for name in ("number", "state", "source", "kind", "severity", "url"):
        click.echo(f"{name}: {told[name]}")
    click.echo(f"domains: {' '.join(told['domains']) or 'none'}; areas: {' '.join(told['areas']) or 'none'}")
    click.echo(f"broadcasts: {' '.join(map(str, numbers)) or 'none'}")
    if attached:
        click.echo(f"goes out by mail with: {', '.join(attached)}")
    for reason in stored.why:
        click.echo(f"- {reason}")
    if words := stored.notice.body or stored.notice.summary:
        click.echo(f"\n{words}")


@item.command()
@click.argument("number", type=numbered)
@actor
@click.pass_obj
@command
async def release(settings: Path, number: int, actor: str) -> None:
    """Let a held item go on to the routes: somebody has looked at it."""
    from pusher.watch import store as items

    held, ready = items.ItemState.HELD, items.ItemState.READY
    async with store(settings) as opened, opened.database.write() as connection:
        if not await items.set_state(connection, number, {held}, ready):
            stored = await _item(connection, number)
            fail(f"item {number} is {stored.state}; only a held item can be released")
        await opened.audit(connection, actor=actor, action="item release", target=f"item {number}")
    click.echo(f"item {number} is released: the service plans it now, or `pusher once` does")


@item.command()
@click.argument("number", type=numbered)
@actor
@click.pass_obj
@command
async def withdraw(settings: Path, number: int, actor: str) -> None:
    """Take an item back: what has not gone out of it never will, and its post leaves the board."""
    from pusher.console import board_store
    from pusher.plan import broadcast
    from pusher.posts import board_key
    from pusher.report import items as report
    from pusher.watch import store as items

    before = {items.ItemState.READY, items.ItemState.HELD, items.ItemState.BASELINE}
    async with store(settings) as opened, opened.database.write(urgent=True) as connection:
        if not await items.set_state(connection, number, before, items.ItemState.WITHDRAWN):
            await _item(connection, number)
            fail(f"item {number} is withdrawn already")
        cancelled = await report.broadcasts_of(connection, number, only_open=True)
        for each in cancelled:
            await broadcast.cancel(connection, each)
        taken_down = await board_store.withdraw(connection, board_key(number), at=opened.now())
        detail = f"broadcasts cancelled: {len(cancelled)}"
        await opened.audit(connection, actor=actor, action="item withdraw", target=f"item {number}", detail=detail)
    post = "its post is off the board" if taken_down else "it had no post on the board"
    click.echo(f"item {number} is withdrawn: {len(cancelled)} broadcasts cancelled, {post}")


async def _item(connection: Any, number: int) -> Any:
    """The item; ends the command if there is none of this number."""
    from pusher.watch import store as items

    stored = await items.get(connection, number)
    if stored is None:
        fail(f"there is no item {number}; see `pusher item list`")
    return stored
