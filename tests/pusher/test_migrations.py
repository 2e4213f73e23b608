"""A new database and an old one both become what this version expects, or the sentence says why not."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from pusher.clock import now
from pusher.database import Database
from pusher.migrations.upgrade import SchemaError, _config, _scripts, check, upgrade
from pusher.schema import metadata
from subscribers import consent
from subscribers.consent import Origin


@pytest.fixture
def empty_postgres_url(postgres_template: str) -> Iterator[str]:
    server = os.environ["PUSHER_TEST_SERVER"]
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"pusher_empty_{uuid.uuid4().hex[:12]}"
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    yield sa.make_url(server).set(database=name).render_as_string(hide_password=False)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    admin.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


async def test_an_empty_database_becomes_exactly_what_the_tables_say(empty_url: str) -> None:
    database = Database.open(empty_url)
    assert await upgrade(database)
    await check(database)
    async with database.read() as connection:
        differences = await connection.run_sync(
            lambda each: compare_metadata(MigrationContext.configure(each, opts={"compare_type": True}), metadata)
        )
    await database.close()
    assert differences == []


async def test_the_ledger_of_an_upgraded_database_cannot_be_altered(empty_url: str) -> None:
    database = Database.open(empty_url)
    await upgrade(database)
    async with database.write() as connection:
        await consent.record(connection, [("email", b"f")], "given", Origin("test", now(), words="我同意"))
    for table in ("consent", "wording"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with database.write() as connection:
                await connection.exec_driver_sql(f"UPDATE {table} SET id = id")
    await database.close()


async def test_upgrading_again_changes_nothing(empty_url: str) -> None:
    database = Database.open(empty_url)
    assert await upgrade(database)
    assert not await upgrade(database)
    await database.close()


async def test_a_database_without_tables_is_refused_with_what_to_do(empty_url: str) -> None:
    database = Database.open(empty_url)
    with pytest.raises(SchemaError, match="pusher db upgrade"):
        await check(database)
    await database.close()


async def test_a_database_of_a_newer_version_is_left_alone(empty_url: str) -> None:
    database = Database.open(empty_url)
    await upgrade(database)
    async with database.write() as connection:
        await connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for act in (upgrade, check):
        with pytest.raises(SchemaError, match="newer version"):
            await act(database)
    await database.close()


async def _migrate(database: Database, revision: str) -> None:
    def run(connection: sa.Connection) -> None:
        config = _config()
        config.attributes["connection"] = connection
        present = MigrationContext.configure(connection).get_current_revision() or ""
        (command.upgrade if present < revision else command.downgrade)(config, revision)

    async with database.write() as connection:
        await connection.run_sync(run)


async def test_whom_a_message_reaches_after_a_refusal_is_carried_over_both_ways(empty_url: str) -> None:
    before = str(_scripts().get_revision("0014").down_revision)
    database = Database.open(empty_url)
    await _migrate(database, before)
    async with database.write() as connection:
        await connection.exec_driver_sql(
            "INSERT INTO broadcast (id, route, title, state, lane, audience, due, expires, created_at, created_by)"
            " VALUES (1, 'test', '', 'open', 'warning', '{}', 0, 0, 0, '')"
        )
        await connection.exec_driver_sql(
            "INSERT INTO message (id, broadcast_id, lane, expires, groups, channel, address_kind, content, to_refused)"
            " SELECT value + 1, 1, 'warning', 0, '[]', 'c' || value, 'email', '{}', value"
            " FROM (SELECT 0 AS value UNION SELECT 1 UNION SELECT 2 UNION SELECT 3) AS each_value"
        )
    await _migrate(database, "0014")
    async with database.read() as connection:
        flags = await connection.exec_driver_sql("SELECT to_refused, by_duty FROM message ORDER BY id")
        assert [tuple(row) for row in flags] == [(0, 0), (1, 0), (0, 1), (1, 1)]
    await _migrate(database, before)
    async with database.read() as connection:
        packed = await connection.exec_driver_sql("SELECT to_refused FROM message ORDER BY id")
        assert [row[0] for row in packed] == [0, 1, 2, 3]
    await _migrate(database, "0014")
    await database.close()
