"""`pusher audit`: who did what, and whether the log was altered."""

from pathlib import Path

import click

from pusher.cli.session import as_json, command, counted, fail, print_json, store
from pusher.cli.table import minute, print_table


@click.group()
def audit() -> None:
    """Who did what; whether the log was altered."""


@audit.command("list")
@click.option("--limit", default=50, show_default=True, type=counted, help="How many, newest first.")
@as_json
@click.pass_obj
@command
async def list_(settings: Path, *, limit: int, as_json: bool) -> None:
    """The newest acts of staff."""
    from pusher.audit import log

    async with store(settings) as opened, opened.database.read() as connection:
        entries = await log.latest(connection, limit=limit)
    if as_json:
        print_json(
            [
                {
                    "number": each.number,
                    "at": each.at.isoformat(),
                    "actor": each.actor,
                    "action": each.action,
                    "target": each.target,
                    "detail": each.detail,
                }
                for each in entries
            ]
        )
    else:
        print_table(
            ("number", "at", "who", "what", "to what", "detail"),
            [(each.number, minute(each.at), each.actor, each.action, each.target, each.detail) for each in entries],
        )


@audit.command()
@click.pass_obj
@command
async def verify(settings: Path) -> None:
    """Check the chain of entries; exit code 1 if one was altered or taken out."""
    from pusher.audit import log

    async with store(settings) as opened, opened.database.read() as connection:
        broken = await log.first_broken(connection, opened.ring.derive("audit"))
    if broken is not None:
        fail(f"entry {broken} of the audit log was altered, or one before it was taken out: compare with a backup", 1)
    click.echo("the audit log is whole")
