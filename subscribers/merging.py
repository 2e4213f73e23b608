"""Two known people who turn out to be one, and the order of a person's addresses."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import chunks, listed
from subscribers.tables import address, merged, subscriber

#: What moves from `other` to `into`, in this order; the rest goes with the other's row.
_MOVES = (
    "UPDATE address SET subscriber_id = :into, rank = 32001 WHERE subscriber_id = :other",
    "UPDATE former_address SET subscriber_id = :into WHERE subscriber_id = :other",
    "INSERT INTO subscription (domain, subscriber_id, area, least)"
    " SELECT domain, CAST(:into AS BIGINT), area, least FROM subscription WHERE subscriber_id = :other"
    " ON CONFLICT (domain, subscriber_id, area) DO UPDATE SET least ="
    " CASE WHEN excluded.least < subscription.least THEN excluded.least ELSE subscription.least END",
    "INSERT INTO position (subscriber_id, group_id, latitude, longitude)"
    " SELECT CAST(:into AS BIGINT), group_id, latitude, longitude FROM position WHERE subscriber_id = :other"
    " ON CONFLICT (subscriber_id, group_id) DO NOTHING",
    # What the lists say of the other goes along (ON UPDATE CASCADE), but where they say something of `into` himself.
    "UPDATE membership SET subscriber_id = :into WHERE subscriber_id = :other"
    " AND group_id NOT IN (SELECT his.group_id FROM membership AS his WHERE his.subscriber_id = :into)",
    "UPDATE subscriber SET name = (SELECT name FROM subscriber WHERE id = :other) WHERE id = :into AND name IS NULL",
    "UPDATE merged SET into_id = :into WHERE into_id = :other",
    "INSERT INTO merged (gone, into_id, serial)"
    " SELECT CAST(:other AS BIGINT), CAST(:into AS BIGINT), COALESCE(MAX(serial), 0) + 1 FROM merged",
    "DELETE FROM subscriber WHERE id = :other",
)


async def merge(connection: AsyncConnection, pairs: Sequence[tuple[int, int]]) -> None:
    """For each (into, other): all that the other has becomes into's, who keeps his own choices; `renumber` after it.

    After `bulk.one_adder` only: merges are counted.
    """
    if pairs:
        for move in _MOVES:
            await connection.execute(sa.text(move), [{"into": into, "other": other} for into, other in pairs])


async def merged_since(connection: AsyncConnection, serial: int) -> Mapping[int, int]:
    """Whoever became somebody else after the merge `serial`: number that is gone → number by which he goes now."""
    found = await connection.execute(sa.select(merged.c.gone, merged.c.into_id).where(merged.c.serial > serial))
    return {row.gone: row.into_id for row in found}


async def hold_merged(connection: AsyncConnection, people: Sequence[int]) -> None:
    """Wait until no other transaction decides what these people, who were several, are still to get."""
    named = merged.c.into_id.in_(listed(connection, people))
    await connection.execute(sa.select(merged.c.gone).where(named).order_by(merged.c.gone).with_for_update())


async def renumber(connection: AsyncConnection, people: Iterable[int]) -> None:
    """Give each person's addresses the ranks that his preference asks for: 0 for all, else 1, 2, 3 … as they stand."""
    for chunk in chunks(sorted(set(people))):
        query = (
            sa.select(address.c.subscriber_id, address.c.id, subscriber.c.preference)
            .join_from(address, subscriber)
            .where(address.c.subscriber_id.in_(chunk))
            .order_by(address.c.subscriber_id, address.c.rank, address.c.id)
        )
        rows = (await connection.execute(query)).all()
        await set_ranks(
            connection,
            [
                (row.id, 0 if row.preference == "all" else rank)
                for _, his in groupby(rows, key=itemgetter(0))
                for rank, row in enumerate(his, start=1)
            ],
        )


async def set_ranks(connection: AsyncConnection, ranks: Sequence[tuple[int, int]]) -> None:
    """Give each (address id, rank) its rank."""
    if ranks:
        change = sa.update(address).where(address.c.id == sa.bindparam("of")).values(rank=sa.bindparam("new"))
        await connection.execute(change, [{"of": number, "new": rank} for number, rank in ranks])
