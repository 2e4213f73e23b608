"""`pusher source`: what is watched, how it stands, and what would be found at an address."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from pusher.cli.place import taxonomy_for, taxonomy_option
from pusher.cli.session import as_json, command, fail, print_json, store
from pusher.cli.table import minute, print_table

_KINDS = ("listing", "article", "feed", "json", "cap")


@click.group()
def source() -> None:
    """List the sources; try an address without storing anything."""


@source.command("list")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, as_json: bool) -> None:
    """The sources of the settings, and what the watcher knows of each."""
    from pusher.report import sources

    async with store(settings) as opened, opened.database.read() as connection:
        found = await sources.standing(connection, opened.plan.settings.sources)
    if as_json:
        print_json([sources.to_json(each) for each in found])
    else:
        print_table(
            ("name", "kind", "state", "last look", "last new", "next look", "problem"),
            [
                (
                    each.name,
                    each.settings.kind,
                    each.state,
                    minute(each.known.last_look),
                    minute(each.known.last_new),
                    minute(each.known.next_look),
                    each.known.problem,
                )
                for each in found
            ],
        )


@source.command("try")
@click.argument("url")
@click.option("--kind", type=click.Choice(_KINDS), help="What stands there; without it the page says so itself.")
@click.option("--allow-private", is_flag=True, help="Also read addresses inside this machine or network.")
@taxonomy_option
@as_json
@click.pass_obj
@command
async def try_(
    settings: Path, *, url: str, kind: str | None, allow_private: bool, named: str | None, as_json: bool
) -> None:
    """Print what would be found at URL; nothing is stored. Exit codes: 0 items, 3 nothing recognised, 2 not fetched."""
    from pusher.cli.trial import tried

    trial = await tried(url, kind, allow_private=allow_private, taxonomy=taxonomy_for(settings, named))
    if as_json:
        print_json(trial)
    else:
        _print(trial)
    if not trial["items"]:
        fail(next(iter(trial["problems"]), "nothing was recognised there: name its rows by selectors, see docs"), 3)


def _print(trial: Mapping[str, Any]) -> None:
    click.echo(f"{trial['kind']}, {trial['encoding']}, {len(trial['items'])} items")
    print_table(
        ("published", "domains", "areas", "issuer", "characters", "title"),
        [
            (
                each["published"] and each["published"][:16],
                " ".join(each["domains"]),
                " ".join(each["areas"]),
                each["issuer"],
                each["text_chars"],
                each["title"],
            )
            for each in trial["items"]
        ],
    )
    # Where nothing was found the first problem is the sentence that the command ends with.
    for problem in trial["problems"] if trial["items"] else trial["problems"][1:]:
        click.echo(problem, err=True)
