"""`pusher check`: whether everything is as it must be, and what to do where it is not."""

from pathlib import Path

import click

from pusher.cli.session import as_json, command, print_json


@click.command()
@as_json
@click.pass_obj
@command
async def check(settings: Path, *, as_json: bool) -> None:
    """Check packages, settings, keys, database, templates, channels, disk and clock; exit code 1 if one is wrong."""
    from pusher.cli.soundness import examine

    found = await examine(settings)
    if as_json:
        print_json([{"name": each.name, "ok": each.ok, "text": each.text} for each in found])
    for each in [] if as_json else found:
        click.echo(f"{'ok   ' if each.ok else 'WRONG'} {each.name}: {each.text}")
    if not all(each.ok for each in found):
        raise SystemExit(1)
