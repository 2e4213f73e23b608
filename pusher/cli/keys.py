"""`pusher keys`: the keys that addresses, names and columns of lists are encrypted with."""

import asyncio
from pathlib import Path
from typing import Any

import click

from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.cli.table import print_table

#: Seconds after which every running process has seen that the key file was replaced (`pusher.service`).
_NOTICED = 15


@click.group()
def keys() -> None:
    """Show and change the keys that personal data are encrypted with."""


@keys.command(name="list")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, as_json: bool) -> None:
    """The keys of the ring by name, what they do, and how many stored values need them."""
    from pusher.custody.rotation import usage

    async with store(settings) as opened, opened.database.read() as connection:
        used = await usage(connection)
        names = opened.ring.names
    told = [{"key": name, "use": _use(names, name), "values": used.get(name, 0)} for name in names]
    if as_json:
        print_json(told)
    else:
        print_table(("key", "use", "values"), [(each["key"], each["use"], each["values"]) for each in told])


@keys.command()
@actor
@click.pass_obj
@command
async def stage(settings: Path, *, actor: str) -> None:
    """Add a new key that only reads for now: copy the key file to all hosts, then `pusher keys rotate`."""
    async with store(settings) as opened:
        names = opened.ring.names
        if staged := _staged(names):
            fail(f"{staged} is staged already: copy the key file to all hosts, then run `pusher keys rotate`")
        new = _next(names)
        await _put(opened, [*names, new], new=new, actor=actor, action="keys stage")
    click.echo(f"{new} is in the key file; copy it to every host that runs the service, then `pusher keys rotate`")


@keys.command()
@actor
@click.pass_obj
@command
async def rotate(settings: Path, *, actor: str) -> None:
    """Make a new key, or take the staged one, and encrypt everything anew with it; the service goes on meanwhile.

    Broken off, it goes on where it was when it is run again with a key that still has values of others.
    """
    from pusher.cli.working import working
    from pusher.custody.rotation import encrypt_anew, usage

    async with store(settings) as opened:
        names = opened.ring.names
        async with opened.database.read() as connection:
            unfinished = set(await usage(connection)) - {names[0]}
        if unfinished and not _staged(names) and len(names) > 1:
            click.echo(f"the change to {names[0]} was not finished: going on with it")
        else:
            await _activate(opened, names, actor)
        with working("encrypting anew"):
            changed = await encrypt_anew(opened.database, opened.ring, changed=_unseen)
            if await _others_run(opened):
                await asyncio.sleep(_NOTICED)
                changed += await encrypt_anew(opened.database, opened.ring, changed=_unseen)
        active = opened.ring.names[0]
        async with opened.database.write() as connection:
            detail = f"{changed} values"
            await opened.audit(connection, actor=actor, action="keys rotate", target=f"key {active}", detail=detail)
    click.echo(f"{active} is the active key now; {changed} values were encrypted anew with it")
    click.echo("the former key stays for backups; without those: `pusher keys retire NAME`")


@keys.command()
@click.argument("name")
@actor
@click.pass_obj
@command
async def retire(settings: Path, *, name: str, actor: str) -> None:
    """Take the key NAME out of the ring; refused while anything needs it. Older backups cannot be read any more."""
    from pusher.custody.rotation import usage

    async with store(settings) as opened:
        names = opened.ring.names
        if name not in names:
            fail(f"the key ring has no key {name!r}: it has {', '.join(names)}")
        if name == names[0]:
            fail(f"{name} is the active key: make another one with `pusher keys rotate` first")
        async with opened.database.read() as connection:
            needing = (await usage(connection)).get(name, 0)
        if needing:
            fail(f"{needing} stored values still need {name}: run `pusher keys rotate` to the end first")
        await _put(opened, [each for each in names if each != name], actor=actor, action="keys retire")
    click.echo(f"{name} is gone from the key file; remove it from the copies as well")


def _use(names: tuple[str, ...], name: str) -> str:
    if name == names[0]:
        return "active"
    return "staged" if name == _staged(names) else "reads"


def _staged(names: tuple[str, ...]) -> str | None:
    """The key that is newer than the active one; None if there is none."""
    newest = max(names, key=_number)
    return newest if _number(newest) > _number(names[0]) else None


def _next(names: tuple[str, ...]) -> str:
    return f"k{max(map(_number, names)) + 1}"


def _number(name: str) -> int:
    """Keys are called k1, k2 …; one of another name counts as older than those."""
    return int(name[1:]) if name.startswith("k") and name[1:].isdecimal() else 0


async def _activate(opened: Any, names: tuple[str, ...], actor: str) -> None:
    staged = _staged(names)
    new = staged or _next(names)
    others = [each for each in names if each != new]
    await _put(opened, [new, *others], new=None if staged else new, actor=actor, action="keys activate")


async def _put(opened: Any, order: list[str], *, actor: str, action: str, new: str | None = None) -> None:
    """Replace the key file; the act stands in the audit log before, because a file has no transaction."""
    ring = opened.ring.with_keys(order, new=new)
    async with opened.database.write() as connection:
        await opened.audit(connection, actor=actor, action=action, target=f"keys {' '.join(order)}")
    ring.replace(opened.plan.key_file)
    opened.ring.refresh()


async def _others_run(opened: Any) -> bool:
    from pusher.deliver.scout import delivering

    async with opened.database.read() as connection:
        return await delivering(connection, opened.now()) > 0


def _unseen(_rows: int) -> None:
    """Progress shows as a bar that moves; how many there are is not known beforehand."""
