"""SQLite's connections for asyncio, with one change of threads a statement, or none.

aiosqlite gives each connection a thread, and changes to it and back for the cursor, the statement, its rows and the
cursor's end. A change costs more than most of our statements do, and while the loop is busy it waits for the
interpreter besides. Here a statement and its rows are one change of threads. The statements of a transaction that is
said to be brief run where they are called; only what may wait for a lock or a disk, a writer's begin and every end,
changes threads.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, Self, TypeVar

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL
from typing_extensions import override

T = TypeVar("T")

#: How a transaction begins that waits for other writers; one that only reads waits for nobody.
WRITING = "BEGIN IMMEDIATE"

#: Rows that come with their statement; whoever asks for more changes threads for so many at a time.
_AT_ONCE = 5_000


class Connection(aiosqlite.Connection):
    """A connection whose cursors cost no change of threads of their own."""

    #: Whether statements run in the thread of the loop; said by whoever has the connection, for one transaction.
    is_brief = False

    @classmethod
    def to(cls, path: str, **options: Any) -> Self:
        """A connection that opens when it is awaited; `options` are those of `sqlite3.connect`."""
        # Two threads use it, never at once: SQLAlchemy waits for each statement before the next.
        connection = cls(partial(sqlite3.connect, path, **{**options, "check_same_thread": False}), iter_chunk_size=64)
        # A process that ends does not wait for it.
        connection._thread = Thread(target=_work, args=(connection._tx,), daemon=True)
        return connection

    @override
    def cursor(self) -> "Cursor":  # type: ignore[override]
        return Cursor(self)

    async def act(self, act: Callable[[], T], *, may_wait: bool = False) -> T:
        """What `act` returns, called in the thread where it belongs."""
        if self.is_brief and not may_wait:
            return act()
        done: T = await self._execute(act)  # type: ignore[no-untyped-call]
        return done


def _work(queue: "SimpleQueue[tuple[asyncio.Future[Any] | None, Callable[[], Any]]]") -> None:
    """A connection's thread. The library's own breaks with a picture of its stack where the loop ends before it."""
    outcome: Any = None
    while outcome is not _STOP_RUNNING_SENTINEL:
        future, act = queue.get()
        failure: BaseException | None = None
        try:
            outcome = act()
        except BaseException as error:
            outcome, failure = None, error
        if future is not None:
            with suppress(RuntimeError):
                future.get_loop().call_soon_threadsafe(_tell, future, outcome, failure)


def _tell(future: "asyncio.Future[Any]", outcome: Any, failure: BaseException | None) -> None:
    if future.done():
        return
    if failure is None:
        future.set_result(outcome)
    else:
        future.set_exception(failure)


class Cursor:
    """What SQLAlchemy asks of a cursor."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        #: Rows that have come and were not asked for yet.
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run one statement and take its first rows along."""
        await self._connection.act(
            partial(self._run, sqlite3.Cursor.execute, statement, parameters), may_wait=statement == WRITING
        )

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> None:
        """Run one statement for each of `parameters`."""
        await self._connection.act(partial(self._run, sqlite3.Cursor.executemany, statement, parameters))

    def _run(self, run: Callable[..., sqlite3.Cursor], statement: str, parameters: Any) -> None:
        if self._cursor is not None:
            self._cursor.close()
        self._cursor = cursor = self._connection._conn.cursor()
        run(cursor, statement, parameters)
        self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
        self._rows = []
        if cursor.description is None:
            self._end()
        else:
            self._fetch()

    def _fetch(self) -> None:
        assert self._cursor is not None
        self._rows = self._cursor.fetchmany(_AT_ONCE)
        if len(self._rows) < _AT_ONCE:
            self._end()

    def _end(self) -> None:
        if self._cursor is not None:
            self._cursor.close()
            self._cursor = None

    async def fetchall(self) -> list[Any]:
        """All rows that are left."""
        rows, self._rows = self._rows, []
        if self._cursor is not None:
            rows += await self._connection.act(self._cursor.fetchall)
            await self.close()
        return rows

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        """The next `size` rows; fewer where no more are left."""
        size = size or self.arraysize
        if not self._rows and self._cursor is not None:
            await self._connection.act(self._fetch)
        rows, self._rows = self._rows[:size], self._rows[size:]
        return rows

    async def close(self) -> None:
        """Let go of what is left."""
        self._rows = []
        if self._cursor is not None:
            await self._connection.act(self._end)
