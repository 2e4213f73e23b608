"""A database that breaks transactions off: before they are kept, or after, when only the news of it is lost."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from pusher.database import Database

#: What becomes of a transaction: "" = it works, "undone" = it is rolled back, "unheard" = it is kept, and fails all
#: the same.
Fate = str


def works(_number: int) -> Fate:
    """No transaction fails."""
    return ""


class FaultyDatabase(Database):
    """Asks `write_fate` and `read_fate` what becomes of each transaction, by its number from 1."""

    write_fate: Callable[[int], Fate] = staticmethod(works)
    read_fate: Callable[[int], Fate] = staticmethod(works)
    writes = 0
    reads = 0

    @override
    @asynccontextmanager
    async def write(self, *, urgent: bool = False, brief: bool = False) -> AsyncIterator[AsyncConnection]:
        self.writes += 1
        fate = self.write_fate(self.writes)
        async with super().write(urgent=urgent, brief=brief) as connection:
            yield connection
            if fate == "undone":
                raise _failure()
        if fate == "unheard":
            raise _failure()

    @override
    @asynccontextmanager
    async def read(self, *, brief: bool = False) -> AsyncIterator[AsyncConnection]:
        self.reads += 1
        if self.read_fate(self.reads):
            raise _failure()
        async with super().read(brief=brief) as connection:
            yield connection


def _failure() -> OperationalError:
    return OperationalError("", None, Exception("the server closed the connection"))
