"""`pusher route`: which items go where, and who would be told of one."""

from pathlib import Path
from typing import Any

import click

from pusher.cli.session import as_json, command, print_json, store
from pusher.cli.table import minute, print_table


@click.group()
def route() -> None:
    """Say who would be told of an item, without telling anybody."""


@route.command("list")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, as_json: bool) -> None:
    """The routes of the settings, in their order."""
    from pusher.settings.read import read

    routes = read(settings).settings.routes
    if as_json:
        print_json([{"name": name, **each.model_dump(mode="json")} for name, each in routes.items()])
    else:
        print_table(
            ("name", "takes", "to", "channels", "lane", "approval", "hours"),
            [
                (
                    name,
                    _takes(each),
                    ", ".join(each.to),
                    ", ".join(each.channels),
                    each.lane,
                    "yes" if each.approval else "",
                    each.hours,
                )
                for name, each in routes.items()
            ],
        )


@route.command("try")
@click.argument("item")
@as_json
@click.pass_obj
@command
async def try_(settings: Path, *, item: str, as_json: bool) -> None:
    """Say who would be told of ITEM, by list, area and channel; nothing is stored or sent.

    ITEM is the number of a stored item, a JSON file with the fields that programs post, or - for standard input.
    """
    from pusher.cli.route_trial import item_to_json, tried
    from pusher.report.told import to_json

    async with store(settings) as opened:
        found, broadcasts = await tried(opened, item)
    if as_json:
        print_json({"item": item_to_json(found), "broadcasts": [to_json(each) for each in broadcasts]})
        return
    click.echo(
        f"{found.title}\n{found.state}; domains: {_words(found.topic.domains)}; areas: {_words(found.topic.areas)}"
    )
    for each in broadcasts:
        _print(each)
    if not broadcasts:
        click.echo("no route takes it: nobody would be told")


def _print(told: Any) -> None:
    drawn = told.drawn
    approval = ", after somebody's approval" if drawn.approval else ""
    click.echo(
        f"\nroute {drawn.route}: lane {drawn.lane}, from {minute(drawn.due)} to {minute(drawn.expires)}{approval}"
    )
    for name in drawn.unknown_groups:
        click.echo(f"nobody is meant by {name}: there is no such list, or it is past its end; `pusher group import`")
    rows = [("everybody once", told.channels)]
    rows += list(told.lists.items())
    rows += [(f"area {area}", counts) for area, counts in told.areas.items()]
    print_table(
        ("who", *drawn.channels), [(who, *(counts.get(name) for name in drawn.channels)) for who, counts in rows]
    )

    for name, cost in told.costs.items():
        yuan = "" if cost.yuan is None else f", {cost.yuan} yuan"
        click.echo(f"{name}: {cost.segments} message(s) for each of {cost.people} people{yuan}")
    for objection in told.objections:
        click.echo(f"NOT TAKEN {objection}", err=True)


def _takes(each: Any) -> str:
    labels = [*each.domains, *each.areas, *each.sources, *each.kinds]
    least = [] if each.least == "notice" else [f"from {each.least} on"]
    return ", ".join([*labels, *least]) or "everything"


def _words(codes: frozenset[str]) -> str:
    return " ".join(sorted(codes)) or "none"
