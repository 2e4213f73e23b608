"""Followers of an official account by domain: who is to bear which tag."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.consent import Standing
from subscribers.enrol import VALUE
from subscribers.keys import KeyRing
from subscribers.tables import address, subscription


async def followers_of(connection: AsyncConnection, ring: KeyRing, domain: str) -> set[str]:
    """The openids that may be written to of all who subscribed to a domain, in whatever area. Raises KeyRingError."""
    wanted = sa.exists().where(subscription.c.subscriber_id == address.c.subscriber_id, subscription.c.domain == domain)
    values = await connection.scalars(
        sa.select(address.c.value).where(address.c.kind == "openid", address.c.standing == Standing.OPEN, wanted)
    )
    return set(ring.decrypt_many(values.all(), VALUE))
