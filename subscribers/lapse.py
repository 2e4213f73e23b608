"""What lapses with time: people who never confirmed an address, and consent to addresses that are gone."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent as ledger
from subscribers.bulk import one_adder
from subscribers.consent import Origin, Standing
from subscribers.instant import to_instant
from subscribers.tables import address, consent, membership, subscriber, suppression


async def forget_unconfirmed(connection: AsyncConnection, since: datetime, *, at: datetime, limit: int) -> int:
    """Delete at most `limit` people who came before `since`, are on no list, and confirmed no address; how many.

    They may come again: nothing keeps them out.
    """
    await one_adder(connection)
    his = address.c.subscriber_id == subscriber.c.id
    never = (
        sa.select(subscriber.c.id)
        .where(
            subscriber.c.created_at < to_instant(since),
            ~sa.exists().where(his, address.c.standing != Standing.UNCONFIRMED),
            ~sa.exists().where(membership.c.subscriber_id == subscriber.c.id),
        )
        .order_by(subscriber.c.id)
        .limit(limit)
    )
    people = (await connection.scalars(never)).all()
    if not people:
        return 0
    named = await connection.execute(
        sa.select(address.c.kind, address.c.fingerprint).where(address.c.subscriber_id.in_(people))
    )
    origin = Origin("retention", at)
    await ledger.record(connection, [(row.kind, row.fingerprint) for row in named], "lapsed", origin)
    await connection.execute(sa.delete(subscriber).where(subscriber.c.id.in_(people)))
    return len(people)


async def forget_ledger(connection: AsyncConnection, since: datetime, *, limit: int) -> int:
    """Delete at most `limit` lines about addresses that are neither stored nor suppressed, all older than `since`."""
    newer = consent.alias("newer")
    about = consent.c.fingerprint
    old = (
        sa.select(consent.c.id)
        .where(
            consent.c.at < to_instant(since),
            ~sa.exists().where(address.c.fingerprint == about),
            ~sa.exists().where(suppression.c.fingerprint == about),
            ~sa.exists().where(newer.c.fingerprint == about, newer.c.at >= to_instant(since)),
        )
        .limit(limit)
    )
    return (await connection.execute(sa.delete(consent).where(consent.c.id.in_(old)))).rowcount
