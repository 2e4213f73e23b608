"""What lapses with time: people who never confirmed, lists past their end, consent to addresses that are gone."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers import consent as ledger
from subscribers.bulk import one_adder
from subscribers.consent import Origin, Standing
from subscribers.instant import to_instant
from subscribers.tables import (
    address,
    consent,
    departure,
    group,
    membership,
    position,
    subscriber,
    subscription,
    suppression,
)


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
    await _forget(connection, people, at)
    return len(people)


async def forget_lists(connection: AsyncConnection, since: datetime, *, at: datetime, limit: int) -> int:
    """Delete at most `limit` members of lists that ended before `since`, at last the lists; how many rows.

    Of the members, those who are on no other list, subscribe to nothing, and never agreed to anything themselves are
    forgotten: what they were kept for is over.
    """
    await one_adder(connection)
    is_ended = group.c.ends_at < to_instant(since)
    ended = sa.select(group.c.id).where(is_ended)
    # From the first member on it is not known any more whom it names (`subscribers.selected`).
    await connection.execute(sa.update(group).where(is_ended).values(imported_at=None))
    some = await connection.execute(
        sa.select(membership.c.group_id, membership.c.subscriber_id)
        .where(membership.c.group_id.in_(ended))
        .order_by(membership.c.group_id, membership.c.subscriber_id)
        .limit(limit)
    )
    members = [(row.group_id, row.subscriber_id) for row in some]
    if not members:
        return (await connection.execute(sa.delete(group).where(group.c.id.in_(ended)))).rowcount
    key = sa.tuple_(membership.c.group_id, membership.c.subscriber_id)
    await connection.execute(sa.delete(membership).where(key.in_(members)))
    # Where a list said that somebody lives counts no longer than the list.
    place = sa.tuple_(position.c.group_id, position.c.subscriber_id)
    await connection.execute(sa.delete(position).where(place.in_(members)))
    await _forget(connection, await _of_no_use(connection, [person for _, person in members]), at)
    return len(members)


async def forget_departed(connection: AsyncConnection, since: datetime, *, at: datetime, limit: int) -> int:
    """Look at most `limit` people through who left a list before `since`, and forget those of no use; how many."""
    await one_adder(connection)
    left = sa.select(departure.c.subscriber_id).where(departure.c.at < to_instant(since)).limit(limit)
    people = (await connection.scalars(left)).all()
    await connection.execute(sa.delete(departure).where(departure.c.subscriber_id.in_(people)))
    await _forget(connection, await _of_no_use(connection, people), at)
    return len(people)


async def _of_no_use(connection: AsyncConnection, people: Sequence[int]) -> Sequence[int]:
    """Those of `people` who are on no list, subscribe to nothing and never agreed to anything themselves."""
    agreed = (
        sa.exists()
        .where(
            address.c.subscriber_id == subscriber.c.id,
            consent.c.fingerprint == address.c.fingerprint,
            consent.c.act.in_(("given", "confirmed")),
        )
        .correlate(subscriber)
    )
    found = await connection.scalars(
        sa.select(subscriber.c.id).where(
            subscriber.c.id.in_(people),
            ~sa.exists().where(membership.c.subscriber_id == subscriber.c.id),
            ~sa.exists().where(subscription.c.subscriber_id == subscriber.c.id),
            ~agreed,
        )
    )
    return found.all()


async def _forget(connection: AsyncConnection, people: Sequence[int], at: datetime) -> None:
    named = await connection.execute(
        sa.select(address.c.kind, address.c.fingerprint).where(address.c.subscriber_id.in_(people))
    )
    origin = Origin("retention", at)
    await ledger.record(connection, [(row.kind, row.fingerprint) for row in named], "lapsed", origin)
    await connection.execute(sa.delete(subscriber).where(subscriber.c.id.in_(people)))


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
