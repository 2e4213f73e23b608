"""The running service: it ends when it is told to, and a database that is away for a while ends none of its loops."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from channels.message import Lane
from pusher.app import Store
from pusher.database import Database
from pusher.deliver.tables import worker
from pusher.service import Service, open_service
from pusher.settings.read import read
from subscribers.links import Links
from tests.support.engine import Engine
from tests.support.faults import FaultyDatabase
from tests.support.opened import opened_again

_SETTINGS = """
[channels.log]
kind = "log"
per_second = 1000

[routes.all]
channels = ["log"]
"""
#: Seconds after which a test that waits for the end of something gives up.
_ENDLESS = 30


@asynccontextmanager
async def _service(engine: Engine, folder: Path) -> AsyncIterator[Service]:
    settings = folder / "pusher.toml"
    settings.write_text(_SETTINGS, encoding="utf-8")
    store = Store(read(settings), engine.database, engine.ring, Links([engine.ring.derive("links")]), engine.now)
    async with open_service(store) as service:
        yield service


@asynccontextmanager
async def _running(service: Service) -> AsyncIterator[None]:
    stopping = asyncio.Event()
    running = asyncio.create_task(service.run(stopping))
    async with asyncio.timeout(_ENDLESS):
        yield
        stopping.set()
        await running


async def _is_up(engine: Engine) -> None:
    """Return once the service has shown itself."""
    present = 0
    while not present:
        async with engine.database.read() as connection:
            present = await connection.scalar(sa.select(sa.func.count()).select_from(worker)) or 0


async def test_an_idle_service_ends_when_it_is_told_to(database: Database, tmp_path: Path) -> None:
    engine = Engine(database)
    async with _service(engine, tmp_path) as service, _running(service):
        await _is_up(engine)


async def test_a_database_that_is_away_for_a_while_ends_no_loop(database_url: str, tmp_path: Path) -> None:
    faulty = opened_again(database_url, FaultyDatabase)
    engine = Engine(faulty)
    await engine.add_people(5)
    away = asyncio.Event()

    def fate(count: int) -> str:
        if count >= 10:
            away.set()
        return "undone" if count < 10 else ""

    async with _service(engine, tmp_path) as service:
        faulty.read_fate = fate
        async with _running(service):
            await away.wait()
            number = await engine.propose(channels=[("log", "email")])
            state = ""
            while state != "done":
                state = await engine.state(number)
    assert await engine.counters(number) == {"planned": 5, "sent": 5}
    await faulty.close()


async def _told(service: Service) -> None:
    """Tell what a worker would tell, until the service has heard it."""
    database, bell = service.store.database, service.postman.bell
    before = bell.rings("log", Lane.PERSONAL)
    while bell.rings("log", Lane.PERSONAL) == before:
        async with database.write() as connection:
            await database.notify(connection, "log personal")


@pytest.fixture
async def shared(postgres_url: str) -> AsyncIterator[Database]:
    """A database that several processes may share."""
    opened = opened_again(postgres_url, Database)
    yield opened
    await opened.close()


async def test_the_service_hears_of_work_again_after_it_was_cut_off(shared: Database, tmp_path: Path) -> None:
    async with _service(Engine(shared), tmp_path) as service, _running(service):
        await _told(service)
        async with shared.write() as connection:
            listeners = await connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE query LIKE 'LISTEN%%' AND datname = current_database()"
            )
            assert len(listeners.all()) == 1
        await _told(service)


async def test_a_strange_word_does_not_deafen_the_service(shared: Database, tmp_path: Path) -> None:
    async with _service(Engine(shared), tmp_path) as service, _running(service):
        await _told(service)
        async with shared.write() as connection:
            await shared.notify(connection, "nonsense")
        await _told(service)
