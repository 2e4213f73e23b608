"""Writes deliveries, hundreds in one statement: the hottest rows of the service."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.deliver.settle import Attempt
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery

_COLUMNS = "message_id, address_id, state, attempt, doubted, code, detail, provider_id, at"

#: A delivery that was tried before is overwritten by what the newest try came to; that it was once in doubt stays.
_OVERWRITE = """
ON CONFLICT (message_id, address_id) DO UPDATE SET state = excluded.state, attempt = excluded.attempt,
    doubted = CASE WHEN delivery.doubted = 1 THEN 1 ELSE excluded.doubted END, code = excluded.code,
    detail = excluded.detail, provider_id = COALESCE(excluded.provider_id, delivery.provider_id), at = excluded.at
"""
_SQLITE = f"INSERT INTO delivery ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) {_OVERWRITE}"  # noqa: S608 - constants
_POSTGRESQL = f"""
INSERT INTO delivery ({_COLUMNS})
SELECT %s, address_id, state, %s, doubted, code, detail, provider_id, %s
FROM unnest(%s::bigint[], %s::smallint[], %s::smallint[], %s::text[], %s::text[], %s::text[])
    AS row (address_id, state, doubted, code, detail, provider_id)
{_OVERWRITE}
"""  # noqa: S608 - constants


async def store(
    connection: AsyncConnection, message_id: int, attempt: int, attempts: Sequence[Attempt], at: int
) -> None:
    """Record what try number `attempt` of some deliveries of one message came to; `at` is an instant."""
    if not attempts:
        return
    if connection.dialect.name == "sqlite":
        rows = [
            (
                message_id,
                each.address_id,
                each.state.value,
                attempt,
                int(each.doubted),
                each.code[:64],
                each.detail[:200],
                each.provider_id,
                at,
            )
            for each in attempts
        ]
        await connection.exec_driver_sql(_SQLITE, rows)
    else:
        columns = (
            [each.address_id for each in attempts],
            [each.state.value for each in attempts],
            [int(each.doubted) for each in attempts],
            [each.code[:64] for each in attempts],
            [each.detail[:200] for each in attempts],
            [each.provider_id for each in attempts],
        )
        await connection.exec_driver_sql(_POSTGRESQL, (message_id, attempt, at, *columns))


async def states(connection: AsyncConnection, message_id: int, addresses: Sequence[int]) -> dict[int, DeliveryState]:
    """Where the deliveries of one message to these addresses stand; those never tried are missing."""
    found = await connection.execute(
        sa.select(delivery.c.address_id, delivery.c.state).where(
            delivery.c.message_id == message_id, delivery.c.address_id.in_(addresses)
        )
    )
    return {address_id: DeliveryState(state) for address_id, state in found}
