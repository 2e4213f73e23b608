"""The database: SQLite with one writer, or PostgreSQL with many; one code path above.

A transaction is short: it never waits for the network. On SQLite writers queue in this process, urgent ones first, so
that a warning's few rows never wait behind a bulk batch for longer than one short transaction.
"""

import asyncio
import heapq
import itertools
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from pusher.sqlite import WRITING, Connection

#: What a transaction raises while the database is away, locked, or had to break a deadlock: it may work the next time.
FAILURES = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)

#: Seconds that a second process (a short command) waits for SQLite's write lock.
BUSY_SECONDS = 5

#: Name under which processes tell each other that there is work (PostgreSQL's LISTEN).
_CHANNEL = "pusher"

_SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-16384",
    "PRAGMA temp_store=MEMORY",
)


class Database:
    """Opens transactions. Build it with `Database.open(url)` and `close()` it at the end."""

    def __init__(self, readers: AsyncEngine, writer: AsyncEngine) -> None:
        self._readers = readers
        self._writer = writer
        self._gate = _Gate() if self.is_sqlite else None

    @classmethod
    def open(cls, url: str) -> "Database":
        """`url`: "sqlite+aiosqlite:///path" or "postgresql+psycopg://user@host/name"; nothing is connected yet."""
        if url.startswith("sqlite"):
            return cls(_sqlite(url, "BEGIN", connections=4), _sqlite(url, WRITING, connections=1))
        # Two pools: a connection that is made one for reading when it is lent is lost where that is broken off.
        return cls(
            _postgresql(url, "REPEATABLE READ", connections=10), _postgresql(url, "READ COMMITTED", connections=12)
        )

    @property
    def is_sqlite(self) -> bool:
        """Whether one process owns the file (no other worker can share the work)."""
        return self._writer.dialect.name == "sqlite"

    @property
    def url(self) -> sa.URL:
        """Where it is; `str()` hides the password."""
        return self._writer.url

    @asynccontextmanager
    async def read(self, *, brief: bool = False) -> AsyncIterator[AsyncConnection]:
        """One consistent view; nothing written in it is kept. `brief`: see `write`."""
        async with self._readers.connect() as connection, self._here(connection, brief=brief):
            yield connection

    @asynccontextmanager
    async def write(self, *, urgent: bool = False, brief: bool = False) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end, rolled back by an exception. `urgent` ones go first on SQLite.

        `brief` says that each of its statements takes a millisecond or two, less than changing to SQLite's thread and
        back, so that the loop may run it itself. What looks at more than some thousand rows is not.
        """
        if self._gate is None:
            async with self._writer.begin() as connection:
                yield connection
        else:
            async with (
                self._gate.passing(urgent=urgent),
                self._writer.connect() as connection,
                self._here(connection, brief=brief),
                connection.begin(),
            ):
                yield connection

    @asynccontextmanager
    async def _here(self, connection: AsyncConnection, *, brief: bool) -> AsyncIterator[None]:
        """The statements of a brief transaction run in the thread of the loop."""
        if not (brief and self.is_sqlite):
            yield
            return
        driver = (await connection.get_raw_connection()).driver_connection
        assert isinstance(driver, Connection)
        driver.is_brief = True
        try:
            yield
        finally:
            driver.is_brief = False

    async def notify(self, connection: AsyncConnection, word: str) -> None:
        """Tell the other processes `word` when this transaction is committed; SQLite has no other process to tell."""
        if not self.is_sqlite:
            await connection.execute(sa.select(sa.func.pg_notify(_CHANNEL, word)))

    async def listen(self) -> AsyncIterator[str]:
        """The words that any process tells, as they come; on SQLite none ever does. Raises OSError when cut off."""
        if self.is_sqlite:
            return
        async with self._readers.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.exec_driver_sql(f"LISTEN {_CHANNEL}")
            raw = await connection.get_raw_connection()
            try:
                async for told in raw.driver_connection.notifies():  # type: ignore[union-attr]
                    yield told.payload
            finally:
                await connection.invalidate()

    async def close(self) -> None:
        """Give all connections back."""
        await self._writer.dispose()
        await self._readers.dispose()


def _postgresql(url: str, isolation: sa.engine.interfaces.IsolationLevel, *, connections: int) -> AsyncEngine:
    return create_async_engine(
        url,
        isolation_level=isolation,
        pool_size=connections,
        max_overflow=0,
        # Asking before every use whether a connection still lives would cost as much as the use.
        pool_recycle=300,
        hide_parameters=True,
        # A statement is planned for its own values: what is kept for any range of people serves none. Compiling a
        # query of some tens of milliseconds takes longer than running it, and it is compiled anew each time.
        connect_args={"options": "-c plan_cache_mode=force_custom_plan -c jit=off -c timezone=UTC"},
    )


def _sqlite(url: str, begin: str, *, connections: int) -> AsyncEngine:
    # Errors name statements, never the values in them: those are people's.
    engine = create_async_engine(
        url,
        pool_size=connections,
        max_overflow=0,
        hide_parameters=True,
        connect_args={"async_creator_fn": Connection.to},
    )

    @sa.event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
        # The driver must not begin transactions by itself: only so does BEGIN IMMEDIATE come first.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in _SQLITE_PRAGMAS:
            cursor.execute(pragma)
        cursor.close()

    @sa.event.listens_for(engine.sync_engine.pool, "invalidate")
    def let_go(connection: sa.engine.interfaces.DBAPIConnection, _record: object, _exception: object) -> None:
        # Closing alone keeps the lock of a task that was cancelled until its cursors are collected: others would wait.
        with suppress(sa.exc.SQLAlchemyError, sqlite3.Error, ValueError):
            connection.rollback()

    @sa.event.listens_for(engine.sync_engine, "begin")
    def start(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


class _Gate:
    """Lets one writer through at a time: urgent ones first, then in order of arrival."""

    def __init__(self) -> None:
        self._busy = False
        self._waiting: list[tuple[bool, int, asyncio.Future[None]]] = []
        self._arrivals = itertools.count()

    @asynccontextmanager
    async def passing(self, *, urgent: bool) -> AsyncIterator[None]:
        await self._enter(urgent=urgent)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, *, urgent: bool) -> None:
        if not self._busy:
            self._busy = True
            return
        turn = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (not urgent, next(self._arrivals), turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False
