"""How far a warning has got: its stages by channel and area, and the alarm when a channel falls behind or fails."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.deliver.tables import batch, delivery, message
from pusher.plan.tables import broadcast as broadcasts
from pusher.plan.warned import GOT_IT, not_told
from pusher.warnings import store
from pusher.warnings.warning import Act, State, Version
from subscribers.tables import address, subscription
from subscribers.topic import Severity

#: A channel that has handed nothing over for so long, with people waiting, has fallen behind.
_PATIENCE = timedelta(seconds=30)
#: A share of failures from which a channel cannot be relied on.
_TOO_MANY = 0.1
#: Red warnings for one place within such a time are a series (Zhengzhou 2021: five in eighteen hours).
_SERIES = timedelta(hours=24)
#: What to do where a channel does not carry the warning (Maui 2023: sirens and voice are there when data is not).
_INSTEAD = "call by voice, use the loudspeakers, and send somebody from door to door"


@dataclass(frozen=True, slots=True)
class Stages:
    """One channel: when each stage was reached (None = not yet), and the counters."""

    channel: str
    is_public: bool
    planned: int
    sent: int
    delivered: int
    #: Failed, bounced, expired, in doubt or closed.
    not_reached: int
    #: Not sent because a later version took its place, or because somebody cancelled it.
    taken_back: int
    first_sent: datetime | None
    half_sent: datetime | None
    most_sent: datetime | None
    #: All that were planned have come to something.
    last: datetime | None
    #: The channel's own trouble; "" if there is none.
    problem: str
    waiting: int

    @property
    def rate(self) -> float | None:
        """People a second between the first and the newest hand-over; None before there is anything to tell."""
        if self.first_sent is None or self.last is None or self.sent < 2:
            return None
        seconds = (self.last - self.first_sent).total_seconds()
        return self.sent / seconds if seconds > 0 else None


@dataclass(frozen=True, slots=True)
class Progress:
    """One issued version and how far it has got."""

    version: Version
    title: str
    approved: datetime
    #: The audience is fully matched and queued.
    is_matched: bool
    channels: Sequence[Stages]
    #: Area → (people, reached).
    areas: Mapping[str, tuple[int, int]]
    #: People who got the chain and not this version; of an end, 0 is the proof. None for a first warning.
    left_out: int | None
    #: Red warnings that went out for the same place within the day before this red one; 0 for other levels.
    reds_before: int

    @property
    def is_over(self) -> bool:
        """Whether everything that was planned has come to something."""
        return self.is_matched and all(each.waiting == 0 for each in self.channels)

    def alarms(self, at: datetime) -> Sequence[str]:
        """One sentence for each channel that falls behind or fails and for a series of reds, with what to do.

        None for a version whose place a later one has taken: what is left of it is not wanted any more.
        """
        if self.version.act in (Act.ALERT, Act.UPDATE) and self.version.state is not State.ISSUED:
            return []
        found = [alarm for each in self.channels for alarm in _alarms(each, self, at)]
        if self.reds_before:
            found.append(
                f"red for the {_ordinal(self.reds_before + 1)} time within 24 h in the same place: raise the emergency"
                " response (应急响应) and call those above in person"
            )
        return found


async def progress(connection: AsyncConnection, number: int, *, areas: bool = False) -> Progress | None:
    """How far version `number` has got; None where it has not gone out. Raises RefusedActError if there is none.

    `areas` counts by area as well, which reads every delivery of it.
    """
    version = await store.get(connection, number)
    if version.broadcast_id is None or version.sent is None:
        return None
    found = (await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == version.broadcast_id))).one()
    channels = [
        await _stages(connection, row)
        for row in await connection.execute(
            sa.select(message).where(message.c.broadcast_id == version.broadcast_id).order_by(message.c.id)
        )
    ]
    earlier = list(found.audience["earlier"])
    told = version.act is not Act.ALERT and bool(earlier)
    return Progress(
        version=version,
        title=found.title,
        approved=from_instant(found.created_at),
        is_matched=bool(found.fanned_out),
        channels=channels,
        areas=await _by_area(connection, version) if areas else {},
        left_out=await not_told(connection, earlier, version.broadcast_id) if told else None,
        reds_before=await _reds_before(connection, version),
    )


def to_json(found: Progress, at: datetime) -> dict[str, object]:
    """The progress for programs: ISO 8601 times, seconds since approval."""
    return {
        "warning": found.version.id,
        "chain": found.version.chain,
        "act": found.version.act.value,
        "status": found.version.status.value,
        "state": found.version.state.value,
        "title": found.title,
        "identifier": found.version.identifier,
        "approved": found.approved.isoformat(),
        "matched": found.is_matched,
        "over": found.is_over,
        "left_out": found.left_out,
        "alarms": list(found.alarms(at)),
        "channels": {each.channel: _stages_to_json(each, found.approved) for each in found.channels},
        "areas": {area: {"people": people, "reached": got} for area, (people, got) in found.areas.items()},
    }


def _stages_to_json(stages: Stages, approved: datetime) -> dict[str, object]:
    moments = {
        "first_sent": stages.first_sent,
        "half_sent": stages.half_sent,
        "most_sent": stages.most_sent,
        "last": stages.last if stages.waiting == 0 else None,
    }
    seconds = {f"{name}_s": None if at is None else (at - approved).total_seconds() for name, at in moments.items()}
    return {
        "planned": stages.planned,
        "sent": stages.sent,
        "delivered": stages.delivered,
        "not_reached": stages.not_reached,
        "taken_back": stages.taken_back,
        "waiting": stages.waiting,
        "problem": stages.problem,
        **seconds,
    }


async def _stages(connection: AsyncConnection, row: sa.Row[tuple[object, ...]]) -> Stages:
    waiting = await connection.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(batch.c.size - batch.c.recorded), 0)).where(
            batch.c.message_id == row.id, batch.c.state != "done"
        )
    )
    return Stages(
        channel=row.channel,
        is_public=row.address_kind == "public",
        planned=row.planned,
        sent=row.sent,
        delivered=row.delivered,
        not_reached=row.failed + row.bounced + row.expired + row.in_doubt + row.suppressed,
        taken_back=row.cancelled,
        first_sent=_time(row.first_sent_at),
        half_sent=_time(row.half_sent_at),
        most_sent=_time(row.most_sent_at),
        last=_time(row.last_sent_at),
        problem=row.problem or "",
        waiting=int(waiting or 0),
    )


async def _reds_before(connection: AsyncConnection, version: Version) -> int:
    """How many red warnings and updates of the day before `version`, itself red, touch its areas."""
    if not _is_red(version) or version.sent is None:
        return 0
    others = await store.sent_between(connection, version.sent - _SERIES, version.sent)
    return sum(
        each.id != version.id and _is_red(each) and each.status is version.status and _overlap(each, version)
        for each in others
    )


def _is_red(version: Version) -> bool:
    return version.content.level is Severity.RED and version.act in (Act.ALERT, Act.UPDATE)


def _overlap(one: Version, other: Version) -> bool:
    return any(a.startswith(b) or b.startswith(a) for a in one.content.areas for b in other.content.areas)


def _ordinal(number: int) -> str:
    return {2: "2nd", 3: "3rd"}.get(number, f"{number}th")


async def _by_area(connection: AsyncConnection, version: Version) -> Mapping[str, tuple[int, int]]:
    """People and how many of them were reached, by the area that they subscribed to; "" = by a list alone."""
    areas = (
        sa.select(subscription.c.subscriber_id, sa.func.min(subscription.c.area).label("area"))
        .where(sa.or_(*(subscription.c.area.startswith(code) for code in version.content.areas)))
        .group_by(subscription.c.subscriber_id)
        .subquery()
    )
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
        sa.select(people.c.area, sa.func.count(), sa.func.sum(people.c.got))
        .group_by(people.c.area)
        .order_by(people.c.area)
    )
    return {area: (int(count), int(reached)) for area, count, reached in rows}


def _alarms(stages: Stages, found: Progress, at: datetime) -> Iterator[str]:
    late = at - found.approved > _PATIENCE
    quiet = stages.last is None or at - stages.last > _PATIENCE
    if stages.problem:
        yield f"{stages.channel} fails ({stages.problem}) with {stages.waiting} waiting: {_INSTEAD}"
    elif stages.waiting and late and quiet:
        silent = f"has handed nothing over for {_PATIENCE.seconds} s"
        yield f"{stages.channel} {silent} with {stages.waiting} waiting: {_INSTEAD}"
    elif stages.planned and stages.not_reached > stages.planned * _TOO_MANY:
        yield f"{stages.channel} did not reach {stages.not_reached} of {stages.planned}: {_INSTEAD}"
    if not found.is_matched and late:
        yield "the audience is still being matched: is `pusher run` running?"


def _time(instant: int | None) -> datetime | None:
    return None if instant is None else from_instant(instant)
