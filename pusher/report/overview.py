"""What runs, what waits and what is wrong, at one moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from pusher.clock import CHINA, from_instant, to_instant
from pusher.custody.rounds import Rounds, rounds
from pusher.deliver.tables import batch, message, worker
from pusher.plan.broadcast import BroadcastState
from pusher.plan.tables import broadcast
from pusher.report import items
from pusher.report.sources import Watched
from pusher.watch.store import ItemState
from subscribers.tables import group

#: A process that delivers shows up every ten seconds.
_PRESENT = timedelta(seconds=90)
#: Waiting so long past its time is worth a question.
_OVERDUE = timedelta(minutes=5)
#: States of a batch that is still to be worked on; a held one waits for `broadcast resume`.
_UNDONE = ("waiting", "claimed")
_MOST = 100


@dataclass(frozen=True, slots=True)
class Queue:
    """What waits for one channel in one lane."""

    channel: str
    lane: str
    recipients: int
    #: When the first of them was to go, aware.
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Parked:
    """A message that waits because the channel failed for a reason of ours."""

    broadcast: int
    channel: str
    problem: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """A broadcast that waits for somebody's approval."""

    broadcast: int
    lane: str
    title: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """A list that nobody is written to any more, or soon will not be."""

    name: str
    department: str
    #: Aware.
    ends_at: datetime

    def problem(self, at: datetime) -> str:
        """What is wrong with it, and what to do."""
        day = f"{self.ends_at.astimezone(CHINA) - timedelta(days=1):%Y-%m-%d}"
        is_over = self.ends_at <= at
        said = f"was last used on {day}: nobody on it is written to, warnings included" if is_over else f"ends on {day}"
        return f"list {self.name} ({self.department or 'no department'}) {said}; import it anew with --until"


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that an operator looks at first."""

    at: datetime
    #: Processes that deliver, with the aware time when each was seen last.
    workers: Sequence[tuple[str, datetime]]
    queue: Sequence[Queue]
    parked: Sequence[Parked]
    #: Sources that are silent or broken.
    sources: Sequence[Watched]
    #: How many items wait for somebody to look at them.
    held: int
    #: The first that wait for approval.
    proposed: Sequence[Proposed]
    #: How forgetting went of late.
    retention: Rounds
    #: Lists that are past their end or near it, the first to end first.
    ending: Sequence[Ending] = ()

    @property
    def problems(self) -> list[str]:
        """One sentence for each thing that is wrong; things that wait for a person are not wrong."""
        late = [each for each in self.queue if each.oldest < self.at - _OVERDUE]
        idle = ["messages wait and no worker was seen: start `pusher run`"] if late and not self.workers else []
        parked = [f"broadcast {each.broadcast} waits on {each.channel}: {each.problem}" for each in self.parked]
        sources = [f"source {each.name} is {each.state}: {each.known.problem}" for each in self.sources]
        forgetting = [alarm] if (alarm := self.retention.alarm(self.at)) else []
        return [*idle, *parked, *sources, *forgetting, *(each.problem(self.at) for each in self.ending)]


async def overview(
    connection: AsyncConnection, sources: Sequence[Watched], *, at: datetime, remind: timedelta
) -> Overview:
    """Look at everything; what it costs does not grow with what was done before.

    `remind`: how long before its end a list is among those that end.
    """
    return Overview(
        at=at,
        workers=await _workers(connection, to_instant(at - _PRESENT)),
        queue=await _queue(connection),
        parked=await _parked(connection),
        sources=[each for each in sources if each.is_wrong],
        held=await items.count(connection, ItemState.HELD),
        proposed=await _proposed(connection),
        retention=await rounds(connection),
        ending=await _ending(connection, to_instant(at + remind)),
    )


def to_json(found: Overview) -> dict[str, Any]:
    """For programs; times in ISO 8601."""
    return {
        "at": found.at.isoformat(),
        "workers": [{"name": name, "seen_at": seen.isoformat()} for name, seen in found.workers],
        "queue": [
            {
                "channel": each.channel,
                "lane": each.lane,
                "waiting": each.recipients,
                "oldest": each.oldest.isoformat(),
            }
            for each in found.queue
        ],
        "parked": [
            {"broadcast": each.broadcast, "channel": each.channel, "problem": each.problem} for each in found.parked
        ],
        "sources": [{"name": each.name, "state": each.state, "problem": each.known.problem} for each in found.sources],
        "held": found.held,
        "proposed": [
            {
                "broadcast": each.broadcast,
                "lane": each.lane,
                "title": each.title,
                "since": each.since.isoformat(),
            }
            for each in found.proposed
        ],
        "retention": {"well_at": _iso(found.retention.well_at), "problem": found.retention.problem},
        "ending": [
            {"list": each.name, "department": each.department, "ends_at": each.ends_at.isoformat()}
            for each in found.ending
        ],
        "problems": found.problems,
    }


def _iso(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


async def _workers(connection: AsyncConnection, since: int) -> Sequence[tuple[str, datetime]]:
    found = await connection.execute(
        sa.select(worker.c.name, worker.c.seen_at).where(worker.c.seen_at >= since).order_by(worker.c.name)
    )
    return [(row.name, from_instant(row.seen_at)) for row in found]


async def _queue(connection: AsyncConnection) -> Sequence[Queue]:
    # Constants, not parameters: only so do both databases use the indexes of undone batches.
    undone = sa.or_(*(batch.c.state == sa.literal_column(f"'{state}'") for state in _UNDONE))
    found = await connection.execute(
        sa.select(
            batch.c.channel,
            batch.c.lane,
            sa.func.sum(batch.c.size - batch.c.recorded).label("recipients"),
            sa.func.min(batch.c.due).label("oldest"),
        )
        .where(undone)
        .group_by(batch.c.channel, batch.c.lane)
        .order_by(batch.c.channel, batch.c.lane)
    )
    return [Queue(row.channel, row.lane, int(row.recipients), from_instant(row.oldest)) for row in found]


async def _parked(connection: AsyncConnection) -> Sequence[Parked]:
    open_states = (BroadcastState.OPEN.value, BroadcastState.HALTED.value)
    found = await connection.execute(
        sa.select(message.c.broadcast_id, message.c.channel, message.c.problem)
        .join(broadcast, broadcast.c.id == message.c.broadcast_id)
        .where(message.c.problem.is_not(None), broadcast.c.state.in_(open_states))
        .order_by(message.c.id)
        .limit(_MOST)
    )
    return [Parked(row.broadcast_id, row.channel, row.problem) for row in found]


async def _proposed(connection: AsyncConnection) -> Sequence[Proposed]:
    found = await connection.execute(
        sa.select(broadcast.c.id, broadcast.c.lane, broadcast.c.title, broadcast.c.created_at)
        .where(broadcast.c.state == BroadcastState.PROPOSED.value)
        .order_by(broadcast.c.id)
        .limit(_MOST)
    )
    return [Proposed(row.id, row.lane, row.title, from_instant(row.created_at)) for row in found]


async def _ending(connection: AsyncConnection, until: int) -> Sequence[Ending]:
    found = await connection.execute(
        sa.select(group.c.name, group.c.department, group.c.ends_at)
        .where(group.c.ends_at <= until)
        .order_by(group.c.ends_at, group.c.id)
        .limit(_MOST)
    )
    return [Ending(row.name, row.department, from_instant(row.ends_at)) for row in found]
