"""How much each domain has brought of late, for people who think of subscribing."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.database import Database
from pusher.watch.store import ItemState
from pusher.watch.tables import item

_MONTH = timedelta(days=30)
#: How long the counts are taken from memory.
_FRESH = timedelta(minutes=10)


@dataclass(slots=True)
class LastMonth:
    """What the last thirty days brought, for the pages on which people choose; counted anew after some minutes."""

    database: Database
    #: The present, aware.
    now: Callable[[], datetime]
    _counted_at: datetime | None = None
    _counts: Mapping[str, int] = field(default_factory=dict)

    async def counts(self) -> Mapping[str, int]:
        """Items by domain; a domain that brought none may be missing."""
        at = self.now()
        if self._counted_at is None or at - self._counted_at > _FRESH:
            async with self.database.read() as connection:
                self._counts = await brought(connection, at - _MONTH)
            self._counted_at = at
        return self._counts


async def brought(connection: AsyncConnection, since: datetime) -> Mapping[str, int]:
    """Items by domain that came since then; one of two domains counts in both, what was known before in none."""
    found = await connection.scalars(
        sa.select(item.c.domains).where(item.c.seen_at >= to_instant(since), item.c.state == ItemState.READY.value)
    )
    return Counter(domain for domains in found for domain in domains)
