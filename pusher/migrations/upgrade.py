"""Brings a database up to this version, or says why that cannot be."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.database import Database

#: Any number that no other advisory lock of the service uses.
_UPGRADING = 0x5055_5348


class SchemaError(Exception):
    """The database does not fit this version; the sentence says what to do."""


async def upgrade(database: Database) -> bool:
    """Run the migrations that are missing, in one transaction; whether there were any. Raises SchemaError."""
    async with database.write() as connection:
        if not database.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADING)))
        present = await _present(connection)
        newest = _scripts().get_current_head()
        if present == newest:
            return False
        _refuse_newer(present)
        await connection.run_sync(_run)
    return True


async def check(database: Database) -> None:
    """Raise SchemaError unless the database is of this version."""
    async with database.read() as connection:
        present = await _present(connection)
    if present != _scripts().get_current_head():
        _refuse_newer(present)
        raise SchemaError("the database is not up to date: run `pusher db upgrade`")


async def _present(connection: AsyncConnection) -> str | None:
    return await connection.run_sync(lambda each: MigrationContext.configure(each).get_current_revision())


def _refuse_newer(present: str | None) -> None:
    known = {script.revision for script in _scripts().walk_revisions()}
    if present is not None and present not in known:
        raise SchemaError("the database was made by a newer version of pusher: install that version")


def _run(connection: sa.Connection) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "pusher:migrations")
    config.set_main_option("path_separator", "os")
    return config
