"""`pusher group`: the lists that departments keep."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pusher.cli.count import count
from pusher.cli.keeper import seen_by
from pusher.cli.list_file import (
    adds,
    check_whole,
    column,
    mapping_file,
    read_list,
    stated_mapping,
    write_refused,
)
from pusher.cli.list_shown import (
    import_to_json,
    named_slots,
    print_import,
    print_refused,
    refused_to_json,
    what_was_refused,
)
from pusher.cli.list_terms import check_selectable, last_day, terms_of
from pusher.cli.session import actor, as_json, command, fail, print_json, store
from pusher.cli.table import minute, print_table
from pusher.cli.working import working

_BASES = ("consent", "statutory", "emergency")


@click.group()
def group() -> None:
    """Import, list and join the groups that departments keep."""


group.add_command(count)


@group.command("import")
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--basis", type=click.Choice(_BASES), help="Why we may write. [default: as before; at first consent]")
@click.option("--department", help="The department that keeps the list. [default: as before; at first your own]")
@click.option("--purpose", help="What the list is for, as its people could be told. [default: as before]")
@click.option("--until", metavar="DATE", help="The last day on which it is used, or never. [default: as before]")
@click.option("--duty", help='Why its warnings come even after a 退订, and whom to ask; "" = they do not.')
@click.option("--select", "selectable", multiple=True, metavar="HEADING", help="People may be selected by this column.")
@column
@mapping_file
@click.option("--skip-refused", is_flag=True, help="Leave refused rows out, and take the others.")
@adds
@click.option("--replace", is_flag=True, help="Let the file be the list even where more than half of a long one goes.")
@click.option("--refused", type=click.Path(path_type=Path), help="Write the refused rows with their reasons to a file.")
@actor
@as_json
@click.pass_obj
@command
async def import_(
    settings: Path,
    /,
    *,
    name: str,
    file: Path,
    columns: Sequence[str],
    mapping: Path | None,
    skip_refused: bool,
    adds: bool,
    replace: bool,
    refused: Path | None,
    actor: str,
    as_json: bool,
    **stated: Any,
) -> None:
    """Make the CSV or XLSX FILE the list of group NAME. With refused rows nothing changes, and the exit code is 1.

    Who is not in the file is on the list no more, unless it is only added with --add.
    """
    from subscribers.groups import import_group

    meanings = stated_mapping(columns, mapping)
    async with store(settings) as opened:
        async with opened.database.read() as connection:
            kept = await _kept(connection, opened, actor, name)
        if kept is None and stated["department"] is None:
            stated["department"] = opened.plan.settings.lists.own_department(actor)
        terms = terms_of(kept, mapping=meanings, **stated)
        _check_department(opened, actor, terms.department)
        terms.check(name, at=opened.now())
        listed = await read_list(file, terms.mapping, stated=meanings is not None)
        check_whole(listed, is_whole=kept is None or adds or replace)
        check_selectable(listed, terms, stated=bool(stated["selectable"]))

        async def note(connection: Any, done: Any) -> None:
            detail = f"{done.people} people, {done.gone} gone, {len(done.refused)} refused, "
            detail += f"{terms.basis}, of {terms.department or 'no department'}, for {terms.purpose}"
            detail += "; outweighs 退订" if terms.duty else ""
            await opened.audit(connection, actor=actor, action="group import", target=f"group {name}", detail=detail)

        with working("taking people in", total=len(listed.people)) as progress:
            done = await import_group(
                opened.database.write,
                opened.ring,
                name,
                listed,
                terms=terms,
                by=actor,
                at=opened.now(),
                whose=terms.department if kept is None else kept.department,
                skip_refused=skip_refused,
                keeps_others=adds,
                may_shrink=replace,
                progress=progress,
                note=note,
            )
    if as_json:
        print_json(import_to_json(done))
    else:
        print_import(done)
    write_refused(listed, refused)
    if done.refused or not done.applied:
        fail(what_was_refused(done), 1)


@group.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--hints", is_flag=True, help="Say whom it is about, masked (138****8000); at most 100 of each kind.")
@adds
@column
@mapping_file
@actor
@as_json
@click.pass_obj
@command
async def preview(
    settings: Path,
    *,
    name: str,
    file: Path,
    hints: bool,
    adds: bool,
    columns: Sequence[str],
    mapping: Path | None,
    actor: str,
    as_json: bool,
) -> None:
    """What importing FILE as group NAME would change; nothing is stored. Exit code 1 if rows would be refused."""
    from subscribers.list_preview import preview as compare

    meanings = stated_mapping(columns, mapping)
    async with store(settings) as opened, opened.database.read() as connection:
        kept = await _kept(connection, opened, actor, name)
        before = meanings if meanings is not None else kept.mapping if kept else {}
        listed = await read_list(file, before, stated=meanings is not None)
        with working("comparing"):
            found = await compare(connection, opened.ring, name, listed, keeps_others=adds)
    counts = {each: getattr(found, each) for each in ("people", "new", "changed", "same", "gone", "erased")}
    whom = {each: list(getattr(found, f"{each}_hints")) for each in ("new", "changed", "gone")} if hints else {}
    if as_json:
        print_json(
            {"name": name, **counts, **({"hints": whom} if hints else {}), "refused": refused_to_json(listed.refused)}
        )
    else:
        print_refused(listed.refused)
        click.echo(", ".join(f"{number} {each}" for each, number in counts.items()))
        for each, several in whom.items():
            if several:
                click.echo(f"{each}: {' '.join(several)}")
    if listed.refused:
        fail(f"{len(listed.refused)} places are wrong: nothing would be changed without --skip-refused", 1)


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
                    "selectable": list(each.terms.selectable),
                    "mapping": dict(each.terms.mapping),
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
                    named_slots(each.slots),
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
