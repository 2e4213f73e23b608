"""Followers of an official account by domain: who is to bear which tag, and gets what is sent to it.

Whoever wants digests, or warnings only, is in none: a message to a tag comes at once and is no warning.
"""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.consent import Standing
from subscribers.enrol import VALUE
from subscribers.keys import KeyRing
from subscribers.tables import NOT_AT_ONCE, address, subscriber, subscription
from subscribers.topic import Severity


async def followers_of(connection: AsyncConnection, ring: KeyRing, domain: str) -> set[str]:
    """The openids that may be written to of all who want the notices of a domain at once, in whatever area.

    Raises KeyRingError.
    """
    wanted = sa.exists().where(
        subscription.c.subscriber_id == address.c.subscriber_id,
        subscription.c.domain == domain,
        subscription.c.least == Severity.NOTICE,
        subscriber.c.id == address.c.subscriber_id,
        sa.not_(NOT_AT_ONCE),
    )
    values = await connection.scalars(
        sa.select(address.c.value).where(address.c.kind == "openid", address.c.standing == Standing.OPEN, wanted)
    )
    return set(ring.decrypt_many(values.all(), VALUE))
