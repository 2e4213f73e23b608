"""`pusher group`: the lists that departments keep."""

from pathlib import Path
from typing import Any

import click

from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.cli.table import minute, print_table
from pusher.cli.working import working

_BASES = ("consent", "statutory", "emergency")


@click.group()
def group() -> None:
    """Import and list the groups that departments keep."""


@group.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--basis", type=click.Choice(_BASES), help="Why we may write. [default: as before; at first consent]")
@click.option("--department", help="The department that keeps the list. [default: as before]")
@click.option("--skip-refused", is_flag=True, help="Leave refused rows out, and take the others.")
@actor
@as_json
@click.pass_obj
@command
async def import_(
    settings: Path,
    *,
    name: str,
    file: Path,
    basis: str | None,
    department: str | None,
    skip_refused: bool,
    actor: str,
    as_json: bool,
) -> None:
    """Make the CSV or XLSX FILE the list of group NAME. With refused rows nothing changes, and the exit code is 1."""
    from subscribers.group_file import read_group_file
    from subscribers.groups import import_group, list_groups

    async with store(settings) as opened:
        with working("reading the file"):
            listed = await read_group_file(file)
        with working(f"storing {len(listed.people)} people"):
            async with opened.database.write() as connection:
                kept = next((each for each in await list_groups(connection) if each.name == name), None)
                basis = basis or (kept.basis if kept else "consent")
                department = department if department is not None else (kept.department if kept else "")
                done = await import_group(
                    connection,
                    opened.ring,
                    name,
                    listed,
                    basis=basis,
                    department=department,
                    by=actor,
                    at=opened.now(),
                    skip_refused=skip_refused,
                )
                if done.applied:
                    detail = f"{done.people} people, {len(done.refused)} refused, {basis}"
                    await opened.audit(
                        connection, actor=actor, action="group import", target=f"group {name}", detail=detail
                    )
    if as_json:
        print_json(_to_json(done))
    else:
        _print(done)
    if done.refused or not done.applied:
        fail(_what_was_refused(done), 1)


@group.command("list")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, as_json: bool) -> None:
    """All groups, with the number of their members."""
    from subscribers.groups import list_groups

    async with store(settings) as opened, opened.database.read() as connection:
        groups = await list_groups(connection)
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "department": each.department,
                    "basis": each.basis,
                    "members": each.members,
                    "slots": dict(each.slots),
                    "imported_at": each.imported_at and each.imported_at.isoformat(),
                    "imported_by": each.imported_by,
                }
                for each in groups
            ]
        )
    else:
        print_table(
            ("name", "department", "basis", "members", "imported", "by", "columns for templates"),
            [
                (
                    each.name,
                    each.department,
                    each.basis,
                    each.members,
                    minute(each.imported_at),
                    each.imported_by,
                    ", ".join(each.slots),
                )
                for each in groups
            ],
        )


def _to_json(done: Any) -> dict[str, Any]:
    counts = ("name", "applied", "rows", "people", "new", "kept", "gone", "suppressed", "erased", "located")
    return {
        **{name: getattr(done, name) for name in counts},
        "repeated": [{"line": line, "first": first} for line, first in done.repeated],
        "refused": [
            {"line": each.line, "column": each.column, "value": each.value, "reason": each.reason}
            for each in done.refused
        ],
        "slots": dict(done.slots),
    }


def _print(done: Any) -> None:
    if done.refused:
        print_table(
            ("row", "column", "value", "why"),
            [(each.line, each.column, each.value, each.reason) for each in done.refused],
        )
    if done.applied:
        click.echo(
            f"group {done.name}: {done.people} people ({done.new} new, {done.kept} kept, {done.gone} gone); "
            f"{done.suppressed} of them cannot be written to, {done.erased} were erased at their own wish"
            + (f"; of {done.located} it says where they live" if done.located else "")
        )
    for line, first in done.repeated:
        click.echo(f"row {line} names the person of row {first} again")


def _what_was_refused(done: Any) -> str:
    if done.applied:
        return f"refused and left out: {len(done.refused)} places; correct these rows and import the file again"
    if done.refused:
        return f"nothing was changed, for {len(done.refused)} places are wrong: correct them, or add --skip-refused"
    return "nothing was changed: nobody is left in the file"
