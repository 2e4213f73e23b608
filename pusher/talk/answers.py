"""Answers by short message: to the one number that wrote, through the engine, and never so many that it costs much."""

from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Message
from pusher.clock import to_instant
from pusher.deliver.tables import number_use
from pusher.plan import direct
from pusher.plan.broadcast import ANSWER
from subscribers.consent import Key, Standing
from subscribers.tables import address

_log = structlog.get_logger()

#: Answers to one number within a day.
MOST = 4
_DAY = timedelta(days=1)
#: An answer that comes later answers nothing.
USEFUL = timedelta(hours=2)
#: Under which answers are counted beside what channels count (`pusher.deliver.caps`).
_COUNTED = "answers"


async def send(
    connection: AsyncConnection, key: Key, words: Message, *, channel: str, at: datetime, expires: datetime
) -> bool:
    """Queue an answer to an address; False if it is closed, not known, or had enough answers today."""
    kind, fingerprint = key
    number = await connection.scalar(
        sa.select(address.c.id).where(
            address.c.kind == kind, address.c.fingerprint == fingerprint, address.c.standing == Standing.OPEN.value
        )
    )
    if number is None or await _answers(connection, number, at) >= MOST:
        _log.info("not answered", channel=channel, known=number is not None)
        return False
    await direct.send_to_one(
        connection,
        words,
        number,
        route=ANSWER,
        title=ANSWER,
        by=ANSWER,
        channel=channel,
        address_kind=kind,
        at=at,
        expires=expires,
        at_once=True,
    )
    await connection.execute(sa.insert(number_use).values(channel=_COUNTED, address_id=number, at=to_instant(at)))
    return True


async def _answers(connection: AsyncConnection, number: int, at: datetime) -> int:
    used = number_use.c
    counted = sa.select(sa.func.count()).where(
        used.channel == _COUNTED, used.address_id == number, used.at > to_instant(at - _DAY)
    )
    return await connection.scalar(counted) or 0
