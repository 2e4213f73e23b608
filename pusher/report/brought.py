"""How much each domain has brought of late, for people who think of subscribing."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import to_instant
from pusher.watch.store import ItemState
from pusher.watch.tables import item


async def brought(connection: AsyncConnection, since: datetime) -> Mapping[str, int]:
    """Items by domain that came since then; one of two domains counts in both, what was known before in none."""
    found = await connection.scalars(
        sa.select(item.c.domains).where(item.c.seen_at >= to_instant(since), item.c.state == ItemState.READY.value)
    )
    return Counter(domain for domains in found for domain in domains)
