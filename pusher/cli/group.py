"""`pusher group`: the lists that departments keep."""

from pathlib import Path
from typing import Any

import click

from pusher.cli.keeper import seen_by
from pusher.cli.list_terms import last_day, terms_of
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
@click.option("--department", help="The department that keeps the list. [default: as before; at first your own]")
@click.option("--purpose", help="What the list is for, as its people could be told. [default: as before]")
@click.option("--until", metavar="DATE", help="The last day on which it is used, or never. [default: as before]")
@click.option("--duty", help='Why its warnings come even after a 退订, and whom to ask; "" = they do not.')
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
    purpose: str | None,
    until: str | None,
    duty: str | None,
    skip_refused: bool,
    actor: str,
    as_json: bool,
) -> None:
    """Make the CSV or XLSX FILE the list of group NAME. With refused rows nothing changes, and the exit code is 1."""
    from subscribers.group_file import read_group_file
    from subscribers.groups import import_group

    async with store(settings) as opened:
        with working("reading the file"):
            listed = await read_group_file(file)
        with working(f"storing {len(listed.people)} people"):
            async with opened.database.write() as connection:
                kept = await _kept(connection, opened, actor, name)
                if kept is None and department is None:
                    department = opened.plan.settings.lists.own_department(actor)
                stated = terms_of(kept, purpose=purpose, basis=basis, department=department, until=until, duty=duty)
                _check_department(opened, actor, stated.department)
                done = await import_group(
                    connection,
                    opened.ring,
                    name,
                    listed,
                    terms=stated,
                    by=actor,
                    at=opened.now(),
                    skip_refused=skip_refused,
                )
                if done.applied:
                    detail = (
                        f"{done.people} people, {len(done.refused)} refused, {stated.basis}, for {stated.purpose}"
                        + ("; outweighs 退订" if stated.duty else "")
                    )
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
@actor
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, actor: str, as_json: bool) -> None:
    """The groups of your department, with the number of their members."""
    async with store(settings) as opened, opened.database.read() as connection:
        groups = await seen_by(connection, opened, actor)
    if as_json:
        print_json(
            [
                {
                    "name": each.name,
                    "department": each.terms.department,
                    "purpose": each.terms.purpose,
                    "basis": each.terms.basis,
                    "until": last_day(each.terms.ends_at) or None,
                    "duty": each.terms.duty,
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
            ("name", "department", "purpose", "basis", "until", "members", "imported", "by", "columns for templates"),
            [
                (
                    each.name,
                    each.terms.department,
                    each.terms.purpose,
                    each.terms.basis,
                    last_day(each.terms.ends_at) or "no end",
                    each.members,
                    minute(each.imported_at),
                    each.imported_by,
                    ", ".join(each.slots),
                )
                for each in groups
            ],
        )
        for each in groups:
            if each.terms.duty:
                click.echo(f"group {each.name}: its warnings come even after a 退订: {each.terms.duty}")


async def _kept(connection: Any, opened: Any, actor: str, name: str) -> Any:
    """What is kept with the list already, None for a new one; ends the command if it is another department's."""
    from subscribers.groups import list_groups

    mine = {each.name: each for each in await seen_by(connection, opened, actor)}
    if name not in mine and any(each.name == name for each in await list_groups(connection)):
        fail(f"the name {name!r} is taken by a list of another department: choose another one")
    return mine[name].terms if name in mine else None


def _check_department(opened: Any, actor: str, department: str) -> None:
    if not opened.plan.settings.lists.sees(actor, department):
        fail(f"{actor} keeps no lists of department {department!r}: say yours with --department")


def _to_json(done: Any) -> dict[str, Any]:
    counts = ("name", "applied", "rows", "people", "new", "kept", "gone", "suppressed", "erased", "outweighed")
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
        if done.outweighed:
            click.echo(f"{done.outweighed} of them said 退订, and get its warnings all the same")
        click.echo(
            f"group {done.name}: {done.people} people ({done.new} new, {done.kept} kept, {done.gone} gone); "
            f"{done.suppressed} of them cannot be written to, {done.erased} were erased at their own wish"
        )
    for line, first in done.repeated:
        click.echo(f"row {line} names the person of row {first} again")


def _what_was_refused(done: Any) -> str:
    if done.applied:
        return f"refused and left out: {len(done.refused)} places; correct these rows and import the file again"
    if done.refused:
        return f"nothing was changed, for {len(done.refused)} places are wrong: correct them, or add --skip-refused"
    return "nothing was changed: nobody is left in the file"
