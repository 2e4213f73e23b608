"""Broadcasts: one item to one audience over some channels, in one lane: what is approved, halted and reported."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from channels.message import Lane
from pusher.clock import CHINA, from_instant, to_instant
from pusher.deliver import message_store
from pusher.deliver.counters import SETTLED_MESSAGE
from pusher.deliver.tables import message, unreached
from pusher.plan.tables import broadcast, digest, waiting
from pusher.watch.tables import item
from subscribers.audience import Audience
from subscribers.bulk import insert_or
from subscribers.region import Region
from subscribers.selection import from_json, to_json
from subscribers.topic import Severity, Topic

#: Route of the messages by which new addresses are confirmed: one broadcast each, which no list shows.
CONFIRMING = "~confirmation"
#: What stands as the route of a digest, and of an answer to somebody who wrote by SMS.
DIGEST, ANSWER = "digest", "answer"

#: Characters of the name of who proposes or approves.
_NAME = 64


class BroadcastState(StrEnum):
    """Where a broadcast stands."""

    #: Waits for a person's approval; nothing goes out.
    PROPOSED = "proposed"
    #: Goes out, or has its time still to come.
    OPEN = "open"
    HALTED = "halted"
    CANCELLED = "cancelled"
    #: Every delivery has come to something.
    DONE = "done"


#: States of a broadcast that may still go out.
_ON_THE_WAY = [BroadcastState.PROPOSED.value, BroadcastState.OPEN.value, BroadcastState.HALTED.value]


class RefusedError(Exception):
    """The act does not fit the broadcast's state, or the person may not do it; the text says why."""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """One broadcast as stored."""

    id: int
    #: None for what was sent by hand.
    item_id: int | None
    revision: int
    route: str
    title: str
    state: BroadcastState
    lane: Lane
    audience: Audience
    due: datetime
    expires: datetime
    #: Fan-out: subscribers up to this number have their batches; -1 = not begun.
    cursor: int
    fanned_out: bool
    created_at: datetime
    created_by: str
    approved_by: str | None
    #: How many people had it put aside for their digests.
    digested: int = 0
    #: The newest merge of two people when its fan-out began.
    merges: int = 0


async def propose(
    connection: AsyncConnection,
    *,
    item_id: int | None,
    revision: int,
    route: str,
    title: str,
    lane: Lane,
    audience: Audience,
    due: datetime,
    expires: datetime,
    by: str,
    at: datetime,
    approval: bool,
) -> int | None:
    """Store a new broadcast; None if this revision of the item already has one over this route."""
    added = await connection.execute(
        insert_or(connection, broadcast)
        .values(
            item_id=item_id,
            revision=revision,
            route=route,
            title=title[:300],
            state=(BroadcastState.PROPOSED if approval else BroadcastState.OPEN).value,
            lane=lane.value,
            audience=_audience_to_json(audience),
            due=to_instant(due),
            expires=to_instant(expires),
            created_at=to_instant(at),
            created_by=by[:_NAME],
        )
        # Of two planners at once, one is the first.
        .on_conflict_do_nothing(index_elements=["item_id", "revision", "route"])
        .returning(broadcast.c.id)
    )
    number: int | None = added.scalar_one_or_none()
    return number


async def approve(connection: AsyncConnection, broadcast_id: int, *, by: str, at: datetime) -> None:
    """Let a proposed broadcast go out.

    Raises RefusedError if it is not waiting, if `by` proposed it, if it would reach nobody any more, or if its item has
    been edited since and the new words wait for a look themselves.
    """
    by = by[:_NAME]
    found = await get(connection, broadcast_id)
    if found.created_by == by:
        raise RefusedError(f"{by} proposed broadcast {broadcast_id}; somebody else must approve it")
    if found.state is BroadcastState.PROPOSED and found.expires <= at:
        until = f"{found.expires.astimezone(CHINA):%Y-%m-%d %H:%M}"
        raise RefusedError(f"broadcast {broadcast_id} was worth delivering until {until}: nobody would get it any more")
    if found.item_id is not None and await _is_edited(connection, found.item_id, found.revision):
        raise RefusedError(
            f"item {found.item_id} says something else now, and that is looked at first: see `pusher item show`"
        )
    await _change(
        connection,
        broadcast_id,
        {BroadcastState.PROPOSED},
        state=BroadcastState.OPEN.value,
        approved_by=by,
        approved_at=to_instant(at),
    )


async def halt(connection: AsyncConnection, broadcast_id: int) -> None:
    """Stop it at the next slice; `resume` goes on where it stopped."""
    await _change(connection, broadcast_id, {BroadcastState.OPEN}, state=BroadcastState.HALTED.value)
    await message_store.halt(connection, broadcast_id)


async def resume(connection: AsyncConnection, broadcast_id: int) -> None:
    """Let a halted broadcast go on."""
    await _change(connection, broadcast_id, {BroadcastState.HALTED}, state=BroadcastState.OPEN.value)
    await message_store.resume(connection, broadcast_id)


async def cancel(connection: AsyncConnection, broadcast_id: int) -> None:
    """End it for good: whatever was not handed over is recorded as cancelled."""
    endable = {BroadcastState.PROPOSED, BroadcastState.OPEN, BroadcastState.HALTED}
    await _change(connection, broadcast_id, endable, state=BroadcastState.CANCELLED.value, fanned_out=1)
    await message_store.cancel(connection, broadcast_id)


async def take_back(connection: AsyncConnection, broadcast_ids: Sequence[int], *, at: datetime) -> None:
    """Something later takes the place of these: whoever has not been written to will not be, over no other way either.

    One that is done stays done, and is not looked after any more.
    """
    sought = broadcast.c.id.in_(broadcast_ids)
    await connection.execute(
        sa.update(broadcast)
        .where(sought, broadcast.c.state.in_(_ON_THE_WAY))
        .values(state=BroadcastState.CANCELLED.value, fanned_out=1)
    )
    now = to_instant(at)
    await connection.execute(sa.update(broadcast).where(sought, broadcast.c.expires > now).values(expires=now))
    await message_store.take_back(connection, broadcast_ids, at=at)


async def get(connection: AsyncConnection, broadcast_id: int) -> Broadcast:
    """The broadcast. Raises RefusedError if there is none of this number."""
    sought = sa.select(broadcast).where(broadcast.c.id == _stored(broadcast_id))
    row = (await connection.execute(sought)).one_or_none()
    if row is None:
        raise RefusedError(f"there is no broadcast {broadcast_id}; see `pusher broadcast list`")
    return from_row(row)


async def was_told(connection: AsyncConnection, item_id: int) -> bool:
    """Whether any revision of an item has had a broadcast that has begun to go out."""
    found = await connection.execute(
        sa.select(broadcast.c.id).where(broadcast.c.item_id == item_id, broadcast.c.cursor >= 0).limit(1)
    )
    return found.first() is not None


async def topics_told(connection: AsyncConnection, item_id: int) -> Sequence[Topic]:
    """The topics to whose subscribers an item has begun to go out, of whatever revision."""
    told = sa.select(broadcast.c.audience).where(broadcast.c.item_id == item_id, broadcast.c.cursor >= 0)
    audiences = map(_audience_from_json, await connection.scalars(told))
    return [audience.topic for audience in audiences if audience.topic is not None]


async def routes_stopped(connection: AsyncConnection, item_id: int) -> Sequence[str]:
    """The routes over which an item was cancelled."""
    cancelled = broadcast.c.state == BroadcastState.CANCELLED.value
    return list(await connection.scalars(sa.select(broadcast.c.route).where(broadcast.c.item_id == item_id, cancelled)))


async def not_begun(
    connection: AsyncConnection, item_id: int, *, before: int | None = None
) -> Mapping[int, tuple[str, BroadcastState]]:
    """Route and state of the broadcasts of an item that may still go out and of which nobody has been told, by number.

    `before`: only of revisions before this one.
    """
    found = await connection.execute(
        sa.select(broadcast.c.id, broadcast.c.route, broadcast.c.state).where(*_not_begun(item_id, before))
    )
    return {row.id: (row.route, BroadcastState(row.state)) for row in found}


async def give_up(connection: AsyncConnection, item_id: int, *, before: int | None = None) -> set[int]:
    """End what `not_begun` names: its item says something else now; numbers of those that had still not begun."""
    ended = await connection.execute(
        sa.update(broadcast)
        .where(*_not_begun(item_id, before))
        .values(state=BroadcastState.CANCELLED.value, fanned_out=1)
        .returning(broadcast.c.id)
    )
    numbers = set(ended.scalars())
    for number in sorted(numbers):
        await message_store.cancel(connection, number)
    return numbers


def _not_begun(item_id: int, before: int | None) -> Sequence[sa.ColumnElement[bool]]:
    which = [broadcast.c.item_id == item_id, broadcast.c.cursor < 0, broadcast.c.state.in_(_ON_THE_WAY)]
    return which if before is None else [*which, broadcast.c.revision < before]


async def latest(connection: AsyncConnection, *, limit: int, digests: bool = False) -> Sequence[Broadcast]:
    """The newest broadcasts, newest first; `digests`: only digests, else all but these, answers and confirmations."""
    shown = broadcast.c.route == DIGEST if digests else broadcast.c.route.not_in((DIGEST, ANSWER, CONFIRMING))
    found = await connection.execute(sa.select(broadcast).where(shown).order_by(broadcast.c.id.desc()).limit(limit))
    return [from_row(row) for row in found]


async def finish_settled(connection: AsyncConnection) -> Sequence[int]:
    """Close every open broadcast that is all fanned out and whose deliveries have all come to something."""
    # Whoever was not reached may still be written to on his next address.
    is_noted = sa.exists().where(unreached.c.message_id == message.c.id)
    unsettled = sa.exists().where(message.c.broadcast_id == broadcast.c.id, sa.or_(~SETTLED_MESSAGE, is_noted))
    # Until its digests have gone out it can still be halted or cancelled.
    waits = sa.exists().where(waiting.c.broadcast_id == broadcast.c.id)
    goes_out = sa.exists().where(digest.c.broadcast_id == broadcast.c.id)
    closed = await connection.execute(
        sa.update(broadcast)
        .where(
            broadcast.c.state == BroadcastState.OPEN.value, broadcast.c.fanned_out == 1, ~unsettled, ~waits, ~goes_out
        )
        .values(state=BroadcastState.DONE.value)
        .returning(broadcast.c.id)
    )
    return list(closed.scalars())


def from_row(row: sa.Row[tuple[object, ...]]) -> Broadcast:
    """A broadcast from a row of its table."""
    return Broadcast(
        id=row.id,
        item_id=row.item_id,
        revision=row.revision,
        route=row.route,
        title=row.title,
        state=BroadcastState(row.state),
        lane=Lane(row.lane),
        audience=_audience_from_json(row.audience),
        due=from_instant(row.due),
        expires=from_instant(row.expires),
        cursor=row.cursor,
        fanned_out=bool(row.fanned_out),
        created_at=from_instant(row.created_at),
        created_by=row.created_by,
        approved_by=row.approved_by,
        digested=row.digested,
        merges=row.merges,
    )


async def _change(
    connection: AsyncConnection, broadcast_id: int, allowed: set[BroadcastState], **values: object
) -> None:
    """Change a broadcast that is in one of the `allowed` states; two who act at once cannot both succeed."""
    changed = await connection.execute(
        sa.update(broadcast)
        .where(broadcast.c.id == _stored(broadcast_id), broadcast.c.state.in_([state.value for state in allowed]))
        .values(**values)
    )
    if changed.rowcount == 0:
        found = await get(connection, broadcast_id)
        raise RefusedError(f"broadcast {broadcast_id} is {found.state}; this act needs one that is {_or(allowed)}")


async def _is_edited(connection: AsyncConnection, item_id: int, revision: int) -> bool:
    """Whether an item has a later revision that was not planned yet; once it is, this one is given up."""
    later = sa.exists().where(item.c.id == item_id, item.c.revision > revision, item.c.to_plan == 1)
    return bool(await connection.scalar(sa.select(later)))


def _stored(broadcast_id: int) -> int:
    """The number as a database takes it; 0, which is never given out, for one that none takes."""
    return broadcast_id if 0 < broadcast_id < 2**63 else 0


def _or(states: set[BroadcastState]) -> str:
    return " or ".join(sorted(state.value for state in states))


def _audience_to_json(audience: Audience) -> dict[str, object]:
    topic = audience.topic
    return {
        "topic": None
        if topic is None
        else {
            "domains": sorted(topic.domains),
            "areas": sorted(topic.areas),
            "severity": int(topic.severity),
        },
        "groups": list(audience.groups),
        "earlier": list(audience.earlier),
        "warning": audience.warning,
        "region": audience.region and audience.region.to_json(),
        "groups_within": list(audience.groups_within),
        **({} if audience.selection is None else {"selection": to_json(audience.selection)}),
    }


def _audience_from_json(stored: Mapping[str, object]) -> Audience:
    match stored:
        case {"topic": topic, "groups": list(groups), "earlier": list(earlier), "warning": warning}:
            # Broadcasts from before there were regions and selections have none.
            region = stored.get("region")
            return Audience(
                _topic_from_json(topic),
                tuple(groups),
                tuple(earlier),
                bool(warning),
                Region.from_json(region) if isinstance(region, dict) else None,
                tuple(_numbers(stored.get("groups_within"))),
                from_json(stored["selection"]) if "selection" in stored else None,
            )
        case _:
            raise ValueError("a stored audience is damaged")


def _numbers(stored: object) -> list[int]:
    return stored if isinstance(stored, list) else []


def _topic_from_json(stored: object) -> Topic | None:
    match stored:
        case {"domains": list(domains), "areas": list(areas), "severity": int(severity)}:
            return Topic(frozenset(domains), frozenset(areas), Severity(severity))
        case _:
            return None
