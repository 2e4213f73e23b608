"""`pusher db`: the database's tables."""

from pathlib import Path

import click

from pusher.cli.session import command


@click.group()
def db() -> None:
    """Bring the database up to this version."""


@db.command()
@click.pass_obj
@command
async def upgrade(settings: Path) -> None:
    """Make the tables that are missing and change those that are of an older version; nothing is lost."""
    from pusher.database import Database
    from pusher.migrations import upgrade as migrations
    from pusher.settings.read import read

    database = Database.open(read(settings).database_url)
    try:
        changed = await migrations.upgrade(database)
    finally:
        await database.close()
    click.echo("the database is up to date now" if changed else "the database was up to date already")
