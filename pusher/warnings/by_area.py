"""How far a warning has got in each area: the same stages, of the people who subscribed there.

Counted anew from every delivery and every batch that waits, so it is asked for, not part of every look. Times are those
of the newest word of each delivery, to the second: a receipt that says *delivered* takes the place of the hand-over.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.deliver.state import DeliveryState
from pusher.deliver.tables import delivery, message
from pusher.plan.warned import GOT_IT
from pusher.warnings import waiting
from pusher.warnings.stages import Stages
from pusher.warnings.warning import Version
from subscribers.bulk import listed
from subscribers.tables import address, subscription
from subscribers.topic import wider_areas

_SECOND = 1_000_000
_TAKEN = (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.BOUNCED)
_NOT_REACHED = (
    DeliveryState.FAILED,
    DeliveryState.BOUNCED,
    DeliveryState.EXPIRED,
    DeliveryState.IN_DOUBT,
    DeliveryState.SUPPRESSED,
)


@dataclass(frozen=True, slots=True)
class AreaProgress:
    """One area."""

    #: Division code that people subscribed to; "" = people of lists and those who are meant by where they live.
    area: str
    #: People whose deliveries have come to something, and how many of them some channel has reached.
    people: int
    reached: int
    #: By channel, in the order of the whole warning's.
    channels: Sequence[Stages]


async def by_area(
    connection: AsyncConnection, version: Version, channels: Sequence[tuple[int, Stages]], *, is_matched: bool
) -> Sequence[AreaProgress]:
    """The areas of an issued version, in order; `channels`: number of the message and stages of the whole.

    Before the audience `is_matched`, half of what is planned is not half of all.
    """
    areas = _areas(version)
    counts: defaultdict[str, dict[str, _Counted]] = defaultdict(dict)
    for number, whole in channels:
        if whole.is_public:
            continue
        for area, counted in (await _counted(connection, areas, number)).items():
            counts[area][whole.channel] = counted
    people = await _people(connection, areas, version)
    return [
        AreaProgress(
            area,
            *people.get(area, (0, 0)),
            [
                _stages(whole, area, found[whole.channel], is_matched=is_matched)
                for _, whole in channels
                if whole.channel in found
            ],
        )
        for area, found in sorted(counts.items())
    ]


class _Counted:
    """What the deliveries of one message in one area have come to, and when."""

    def __init__(self) -> None:
        self.states: Counter[DeliveryState] = Counter()
        self.waiting = 0
        #: When quiet hours end, and of how many who wait.
        self.resting: list[tuple[datetime, int]] = []
        #: Second → how many a provider took.
        self.taken: Counter[int] = Counter()

    @property
    def planned(self) -> int:
        return self.waiting + sum(count for state, count in self.states.items() if state is not DeliveryState.RETRYING)

    def when(self, share: float) -> datetime | None:
        """When this share of what was planned was taken; None if it was not yet."""
        wanted, sum_ = max(1.0, share * self.planned), 0
        for second, count in sorted(self.taken.items()):
            sum_ += count
            if sum_ >= wanted:
                return from_instant(second * _SECOND)
        return None


def _stages(whole: Stages, area: str, found: _Counted, *, is_matched: bool) -> Stages:
    states = found.states
    return replace(
        whole,
        area=area,
        planned=found.planned,
        sent=sum(states[state] for state in _TAKEN),
        delivered=states[DeliveryState.DELIVERED],
        not_reached=sum(states[state] for state in _NOT_REACHED),
        taken_back=states[DeliveryState.CANCELLED],
        first_sent=found.when(0),
        half_sent=found.when(0.5) if is_matched else None,
        most_sent=found.when(0.95) if is_matched else None,
        last=from_instant(max(found.taken) * _SECOND) if found.taken else None,
        # The channel as a whole says it.
        problem="",
        waiting=found.waiting,
        resting=found.resting,
    )


def _areas(version: Version) -> sa.Subquery:
    """Subscriber → the area by which he is meant: of several that meet the warning's the first."""
    area = subscription.c.area
    meets = [area.startswith(code, autoescape=True) for code in version.content.areas]
    return (
        sa.select(subscription.c.subscriber_id, sa.func.min(area).label("area"))
        .where(sa.or_(area.in_(sorted(wider_areas(version.content.areas))), *meets))
        .group_by(subscription.c.subscriber_id)
        .subquery("areas")
    )


async def _counted(connection: AsyncConnection, areas: sa.Subquery, number: int) -> Mapping[str, _Counted]:
    counts: defaultdict[str, _Counted] = defaultdict(_Counted)
    area = sa.func.coalesce(areas.c.area, "")
    second = delivery.c.at // _SECOND
    rows = await connection.execute(
        sa.select(area, delivery.c.state, second, sa.func.count())
        .select_from(delivery)
        .join(address, address.c.id == delivery.c.address_id)
        .outerjoin(areas, areas.c.subscriber_id == address.c.subscriber_id)
        .where(delivery.c.message_id == number)
        .group_by(area, delivery.c.state, second)
    )
    for where, state, at, count in rows:
        counts[where].states[DeliveryState(state)] += count
        if state in _TAKEN:
            counts[where].taken[int(at)] += count
    for until, waits in (await waiting.addresses(connection, number)).items():
        rows = await connection.execute(
            sa.select(area, sa.func.count())
            .select_from(address)
            .outerjoin(areas, areas.c.subscriber_id == address.c.subscriber_id)
            .where(address.c.id.in_(listed(connection, waits)))
            .group_by(area)
        )
        for where, count in rows:
            counts[where].waiting += count
            if until is not None:
                counts[where].resting.append((until, count))
    return counts


async def _people(connection: AsyncConnection, areas: sa.Subquery, version: Version) -> Mapping[str, tuple[int, int]]:
    """People and how many of them were reached, by area."""
    area = sa.func.coalesce(areas.c.area, "")
    got = sa.func.max(sa.case((delivery.c.state.in_(GOT_IT[:2]), 1), else_=0))
    people = (
        sa.select(address.c.subscriber_id, area.label("area"), got.label("got"))
        .select_from(delivery)
        .join(message, message.c.id == delivery.c.message_id)
        .join(address, address.c.id == delivery.c.address_id)
        .outerjoin(areas, areas.c.subscriber_id == address.c.subscriber_id)
        .where(message.c.broadcast_id == version.broadcast_id)
        .group_by(address.c.subscriber_id, area)
        .subquery()
    )
    rows = await connection.execute(
        sa.select(people.c.area, sa.func.count(), sa.func.sum(people.c.got)).group_by(people.c.area)
    )
    return {where: (int(count), int(reached)) for where, count, reached in rows}
