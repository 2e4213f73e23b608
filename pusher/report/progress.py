"""How far broadcasts have got, from their counters."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.deliver.state import COUNTERS
from pusher.deliver.tables import message
from pusher.plan import broadcast as broadcasts
from pusher.plan.broadcast import Broadcast

#: Counters in the order in which people read them.
SHOWN = (
    "planned",
    "held",
    "sent",
    "delivered",
    "bounced",
    "failed",
    "retrying",
    "in_doubt",
    "expired",
    "suppressed",
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class OverChannel:
    """A broadcast over one channel."""

    channel: str
    #: By name, see `pusher.deliver.state`; "held" = of the planned, those who had quiet hours then.
    counters: Mapping[str, int]
    #: Rendered words by part.
    words: Mapping[str, str]
    #: Why it waits; None if nothing is wrong.
    problem: str | None
    first_sent_at: datetime | None
    last_sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """A broadcast and how far it has got."""

    broadcast: Broadcast
    channels: Sequence[OverChannel]

    @property
    def id(self) -> int:
        """Its number."""
        return self.broadcast.id

    def total(self, counter: str) -> int:
        """A counter over all channels."""
        return sum(each.counters[counter] for each in self.channels)

    @property
    def not_reached(self) -> int:
        """Deliveries that ended without the provider, or the person, having it."""
        return sum(self.total(name) for name in ("failed", "bounced", "expired", "suppressed", "cancelled"))


async def latest(connection: AsyncConnection, *, limit: int, digests: bool = False) -> Sequence[Progress]:
    """The newest broadcasts, newest first; `digests`: only digests, else all but these and answers."""
    found = await broadcasts.latest(connection, limit=limit, digests=digests)
    return await _with_channels(connection, found)


async def one(connection: AsyncConnection, broadcast_id: int) -> Progress:
    """One broadcast. Raises RefusedError if there is none of this number."""
    return (await _with_channels(connection, [await broadcasts.get(connection, broadcast_id)]))[0]


async def by_channel(connection: AsyncConnection) -> dict[str, dict[str, int]]:
    """All counters over all broadcasts, by channel."""
    sums = [sa.func.sum(message.c[name]).label(name) for name in COUNTERS]
    found = await connection.execute(sa.select(message.c.channel, *sums).group_by(message.c.channel))
    return {row.channel: {name: int(getattr(row, name)) for name in COUNTERS} for row in found}


async def _with_channels(connection: AsyncConnection, found: Sequence[Broadcast]) -> Sequence[Progress]:
    rows = await connection.execute(
        sa.select(message)
        .where(message.c.broadcast_id.in_([each.id for each in found]))
        .order_by(message.c.broadcast_id, message.c.id)
    )
    channels: dict[int, list[OverChannel]] = {}
    for row in rows:
        channels.setdefault(row.broadcast_id, []).append(
            OverChannel(
                channel=row.channel,
                counters={name: getattr(row, name) for name in (*COUNTERS, "held")},
                words={**row.content["parts"], **row.content["fields"]},
                problem=row.problem,
                first_sent_at=_time(row.first_sent_at),
                last_sent_at=_time(row.last_sent_at),
            )
        )
    return [Progress(each, channels.get(each.id, [])) for each in found]


def to_json(progress: Progress) -> dict[str, object]:
    """The progress for programs: ISO 8601 times, counters by channel."""
    found = progress.broadcast
    return {
        "id": found.id,
        "item": found.item_id,
        "revision": found.revision,
        "route": found.route,
        "title": found.title,
        "state": found.state.value,
        "lane": found.lane.value,
        "due": found.due.isoformat(),
        "expires": found.expires.isoformat(),
        "created_by": found.created_by,
        "approved_by": found.approved_by,
        "fanned_out": found.fanned_out,
        "digested": found.digested,
        "channels": {
            each.channel: {
                **each.counters,
                "problem": each.problem,
                "first_sent_at": each.first_sent_at and each.first_sent_at.isoformat(),
                "last_sent_at": each.last_sent_at and each.last_sent_at.isoformat(),
            }
            for each in progress.channels
        },
    }


def _time(instant: int | None) -> datetime | None:
    return None if instant is None else from_instant(instant)
