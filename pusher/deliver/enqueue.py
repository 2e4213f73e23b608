"""Queues the first tries of a message: thousands of recipients become batches in one statement."""

from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.deliver.batch import SIZE, BatchState

#: Bytes of one address number, and of a full batch.
_NUMBER = 8
_FULL = _NUMBER * SIZE

#: The database cuts the recipients itself: a row of its own for each batch would take seven times as long to send.
_INSERT = """
INSERT INTO batch (message_id, channel, lane, state, due, recipients, size)
SELECT {shared}, substr(everybody.packed, piece.value, {full}),
    length(substr(everybody.packed, piece.value, {full})) / {number}
FROM (SELECT {packed} AS packed) AS everybody, {pieces}
"""
_SQLITE = _INSERT.format(shared="?, ?, ?, ?, ?", full=_FULL, number=_NUMBER, packed="?", pieces="json_each(?) AS piece")
_POSTGRESQL = _INSERT.format(
    shared="%s::bigint, %s, %s, %s, %s::bigint",
    full=_FULL,
    number=_NUMBER,
    packed="%b::bytea",
    pieces="unnest(%s::int[]) AS piece (value)",
)


async def enqueue(
    connection: AsyncConnection, message_id: int, *, channel: str, lane: Lane, due: int, packed: bytes
) -> None:
    """Add batches of at most `SIZE` recipients; `packed` as `pusher.deliver.batch.pack` writes it, `due` an instant."""
    starts = ",".join(str(start + 1) for start in range(0, len(packed), _FULL))
    if not starts:
        return
    shared = (message_id, channel, lane.value, BatchState.WAITING.value, due)
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(_SQLITE, (*shared, packed, f"[{starts}]"))
    else:
        await connection.exec_driver_sql(_POSTGRESQL, (*shared, packed, f"{{{starts}}}"))
