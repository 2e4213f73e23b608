"""How far a warning has got: its stages by channel and area, and the alarm when a channel falls behind or fails."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import from_instant
from pusher.deliver.tables import message
from pusher.plan.tables import broadcast as broadcasts
from pusher.plan.warned import not_told
from pusher.warnings import store, waiting
from pusher.warnings.by_area import AreaProgress, by_area
from pusher.warnings.stages import PATIENCE, Stages
from pusher.warnings.warning import Act, State, Version
from subscribers.topic import Severity

#: Red warnings for one place within such a time are a series (Zhengzhou 2021: five in eighteen hours).
_SERIES = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Progress:
    """One issued version and how far it has got."""

    version: Version
    title: str
    approved: datetime
    #: The audience is fully matched and queued, and since when; None also where that was not written down yet.
    is_matched: bool
    matched: datetime | None
    channels: Sequence[Stages]
    #: Empty unless asked for.
    areas: Sequence[AreaProgress]
    #: People who got the chain and not this version; of an end, 0 is the proof. None for a first warning.
    left_out: int | None
    #: Red warnings that went out for the same place within the day before this red one; 0 for other levels.
    reds_before: int

    @property
    def is_over(self) -> bool:
        """Whether everything that was planned has come to something."""
        return self.is_matched and all(each.waiting == 0 for each in self.channels)

    @property
    def is_overtaken(self) -> bool:
        """Whether a later version has taken its place: what is left of it is not wanted any more."""
        return self.version.act in (Act.ALERT, Act.UPDATE) and self.version.state is not State.ISSUED

    def troubles(self, at: datetime) -> Sequence[str]:
        """What is wrong, by name: channels that fall behind or fail, "matching", "series" (of reds)."""
        if self.is_overtaken:
            return []
        found = [each.channel for each in self.channels if any(each.alarms(at, approved=self.approved))]
        late = not self.is_matched and at - self.approved > PATIENCE
        return [*found, *(["matching"] if late else []), *(["series"] if self.reds_before else [])]

    def alarms(self, at: datetime) -> Sequence[str]:
        """One sentence for each channel that falls behind or fails and for a series of reds, with what to do.

        None for a version whose place a later one has taken: what is left of it is not wanted any more.
        """
        if self.is_overtaken:
            return []
        found = [alarm for each in self.channels for alarm in each.alarms(at, approved=self.approved)]
        if not self.is_matched and at - self.approved > PATIENCE:
            found.append("the audience is still being matched: is `pusher run` running?")
        found += self._of_areas(at)
        if self.reds_before:
            found.append(
                f"red for the {_ordinal(self.reds_before + 1)} time within 24 h in the same place: raise the emergency"
                " response (应急响应) and call those above in person"
            )
        return found

    def _of_areas(self, at: datetime) -> Iterator[str]:
        """Where a channel that works elsewhere falls behind or fails; what is said of all of it is not said again."""
        troubled = {each.channel for each in self.channels if any(each.alarms(at, approved=self.approved))}
        for area in self.areas:
            for each in area.channels:
                if each.channel not in troubled:
                    yield from each.alarms(at, approved=self.approved)


async def progress(
    connection: AsyncConnection, number: int, *, areas: bool = False, proof: bool = True
) -> Progress | None:
    """How far version `number` has got; None where it has not gone out. Raises RefusedActError if there is none.

    `areas` counts by area as well, which reads every delivery of it (`by_area`); `proof` counts who was left out, which
    reads those of its chain.
    """
    version = await store.get(connection, number)
    if version.broadcast_id is None or version.sent is None:
        return None
    found = (await connection.execute(sa.select(broadcasts).where(broadcasts.c.id == version.broadcast_id))).one()
    rows = await connection.execute(
        sa.select(message).where(message.c.broadcast_id == version.broadcast_id).order_by(message.c.id)
    )
    channels = [(row.id, await _stages(connection, row)) for row in rows.all()]
    earlier = list(found.audience["earlier"])
    told = proof and version.act is not Act.ALERT and bool(earlier)
    return Progress(
        version=version,
        title=found.title,
        approved=from_instant(found.created_at),
        is_matched=bool(found.fanned_out),
        matched=_time(found.matched_at),
        channels=[stages for _, stages in channels],
        areas=await by_area(connection, version, channels, is_matched=bool(found.fanned_out)) if areas else (),
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
        "matched_s": None if found.matched is None else (found.matched - found.approved).total_seconds(),
        "over": found.is_over,
        "left_out": found.left_out,
        "alarms": list(found.alarms(at)),
        "channels": {each.channel: each.to_json(found.approved) for each in found.channels},
        "areas": {
            area.area: {
                "people": area.people,
                "reached": area.reached,
                "channels": {each.channel: each.to_json(found.approved) for each in area.channels},
            }
            for area in found.areas
        },
    }


async def _stages(connection: AsyncConnection, row: sa.Row[tuple[object, ...]]) -> Stages:
    waits = await waiting.count(connection, int(row.id))
    return Stages(
        channel=row.channel,
        is_public=row.address_kind == "public",
        planned=row.planned,
        sent=row.sent,
        delivered=row.delivered,
        not_reached=row.failed + row.bounced + row.expired + row.in_doubt + row.suppressed,
        taken_back=row.cancelled,
        queued=_time(row.queued_at),
        first_sent=_time(row.first_sent_at),
        half_sent=_time(row.half_sent_at),
        most_sent=_time(row.most_sent_at),
        last=_time(row.last_sent_at),
        problem=row.problem or "",
        waiting=sum(waits.values()),
        resting=[(until, number) for until, number in waits.items() if until is not None],
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


def _time(instant: int | None) -> datetime | None:
    return None if instant is None else from_instant(instant)
