"""`pusher templates`: the words of every channel."""

from pathlib import Path
from typing import Any

import click

from pusher.cli.session import as_json, command, fail, print_json
from pusher.cli.table import print_table


@click.group()
def templates() -> None:
    """Render all templates with sample notices."""


@templates.command()
@as_json
@click.pass_obj
@command
async def check(settings: Path, *, as_json: bool) -> None:
    """Render every template of every folder, the town's own first; exit code 1 if one is wrong."""
    from pusher.cli.words import checked

    found = checked(settings)
    wrong = [each.problem for each in found if not each.ok]
    if as_json:
        print_json([_to_json(each) for each in found])
    else:
        print_table(
            ("folder", "form", "ok", "SMS segments", "at most"),
            [
                (each.folder, each.form, "ok" if each.ok else "wrong", each.segments or "", each.most_segments or "")
                for each in found
            ],
        )
    if wrong:
        fail("\n".join(wrong), 1)


def _to_json(each: Any) -> dict[str, Any]:
    names = ("folder", "form", "ok", "problem", "segments", "most_segments")
    return {name: getattr(each, name) for name in names}
