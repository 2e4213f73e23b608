"""Writes deliveries, hundreds in one statement: the hottest rows of the service.

Most tries of a slice come to the same thing, so they are written group by group: what they share is said once, and only
their numbers (and the provider's, where it gives any) go over the wire for each.
"""

import json
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery

#: A delivery that was tried before is overwritten by what the newest try came to; that it was once in doubt stays.
_INSERT = """
INSERT INTO delivery (message_id, attempt, at, state, doubted, code, detail, address_id, provider_id)
SELECT {shared}, {address_id}, {provider_id} FROM {rows} WHERE true
ON CONFLICT (message_id, address_id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt,
    doubted = CASE WHEN delivery.doubted = 1 THEN 1 ELSE excluded.doubted END, code = excluded.code,
    detail = excluded.detail, provider_id = COALESCE(excluded.provider_id, delivery.provider_id), at = excluded.at
"""
_SQLITE = _INSERT.format(
    shared="?, ?, ?, ?, ?, ?, ?",
    address_id="json_extract(value, '$[0]')",
    provider_id="json_extract(value, '$[1]')",
    rows="json_each(?)",
)
_POSTGRESQL = _INSERT.format(
    shared="%s::bigint, %s::smallint, %s::bigint, %s::smallint, %s::smallint, %s::text, %s::text",
    address_id="address_id",
    provider_id="provider_id",
    rows="unnest(%s::bigint[], %s::text[]) AS row (address_id, provider_id)",
)

#: What tries of one slice may share: state, doubted, code, detail.
_Shared = tuple[DeliveryState, bool, str, str]


async def store(
    connection: AsyncConnection, message_id: int, attempt: int, attempts: Sequence[Attempt], at: int
) -> None:
    """Record what try number `attempt` of some deliveries of one message came to; `at` is an instant."""
    groups: dict[_Shared, list[Attempt]] = {}
    for each in attempts:
        groups.setdefault((each.state, each.doubted, each.code, each.detail), []).append(each)
    for (state, doubted, code, detail), group in groups.items():
        values = (message_id, attempt, at, int(state), int(doubted), code, detail)
        if connection.dialect.name == "sqlite":
            pairs = json.dumps([(each.address_id, each.provider_id) for each in group])
            await connection.exec_driver_sql(_SQLITE, (*values, pairs))
        else:
            # Written out here: the driver takes a microsecond for each element of a list.
            numbers = "{" + ",".join(str(each.address_id) for each in group) + "}"
            await connection.exec_driver_sql(_POSTGRESQL, (*values, numbers, _provider_ids(group)))


def _provider_ids(group: Sequence[Attempt]) -> list[str | None] | None:
    """The provider's numbers in order; None (which leaves them all NULL) where there is not a single one."""
    numbers = [each.provider_id for each in group]
    return numbers if any(number is not None for number in numbers) else None


async def states(
    connection: AsyncConnection, message_id: int, addresses: Sequence[int], *, locking: bool = False
) -> dict[int, DeliveryState]:
    """Where the deliveries of one message to these addresses stand; those never tried are missing.

    With `locking` nobody else changes them until the transaction ends.
    """
    sought = (
        sa.select(delivery.c.address_id, delivery.c.state)
        .where(delivery.c.message_id == message_id, delivery.c.address_id.in_(addresses))
        # Whoever locks several does it in this order, or two would wait for each other.
        .order_by(delivery.c.address_id)
    )
    if locking:
        sought = sought.with_for_update()
    return {address_id: DeliveryState(state) for address_id, state in await connection.execute(sought)}
