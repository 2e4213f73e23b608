"""When each of an audience gets it: at once, after his quiet hours, or in his digest. Set-based, like `audience`.

A broadcast to people of whom nobody chose anything costs one look into an index that is empty, and nothing more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.audience import (
    Audience,
    Reading,
    chosen_addresses,
    in_range,
    on_lists,
    pack_by_kind,
    packed,
    people_of,
    read,
    select_addresses,
    to_bytes,
    wanting,
)
from subscribers.bulk import listed
from subscribers.choices import DAY, Frequency
from subscribers.tables import NOT_AT_ONCE, WANTS_QUIET, address, merged, subscriber
from subscribers.topic import Severity, Topic

#: Minutes to which the ends of quiet hours are rounded up, so that a million people make few batches.
STEP = 15


@dataclass(frozen=True, slots=True)
class Manner:
    """Which of people's own choices hold for a broadcast."""

    #: Local minute of the day at which it is planned.
    minute: int
    #: None = whoever has quiet hours now waits; else only those whom nothing below a higher level shall disturb, and of
    #: them nobody who is on one of the audience's lists: those are told by duty.
    level: Severity | None = None
    #: Subscribers with these frequencies do not get it by itself; members of the audience's lists do.
    sparing: tuple[Frequency, ...] = ()


@dataclass(frozen=True, slots=True)
class Present:
    """Who there is, as far as it decides how a broadcast is planned."""

    #: The highest number of a subscriber; 0 if there is none.
    last: int
    #: Whether anybody has quiet hours, at whatever time, that would hold the broadcast.
    has_quiet: bool
    #: Whether anybody wants digests, or warnings only.
    has_frequencies: bool
    #: The newest merge of two people (`merged.serial`); 0 if there was none.
    merges: int


@dataclass(frozen=True, slots=True)
class Portion:
    """Addresses of one kind that get it at the same time."""

    kind: str
    #: Numbers of addresses, 8 bytes each, big-endian.
    packed: bytes
    #: Minute of the day at which their quiet hours end, a multiple of `STEP`; None = they have none now.
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """People in whose digests it comes."""

    frequency: Frequency
    #: Local hour of these digests.
    hour: int
    #: Numbers of people, 8 bytes each, big-endian.
    packed: bytes


async def look_around(connection: AsyncConnection, manner: Manner | None) -> Present:
    """Who there is, in one query: a warning waits for none that it does not need."""
    quiet = _anybody(*_disturbed(manner)) if manner is not None else sa.false()
    frequencies = _anybody(NOT_AT_ONCE) if manner is not None and manner.sparing else sa.false()
    last = sa.select(sa.func.max(subscriber.c.id)).scalar_subquery()
    merges = sa.select(sa.func.max(merged.c.serial)).scalar_subquery()
    row = (await connection.execute(sa.select(last, quiet, frequencies, merges))).one()
    return Present(row[0] or 0, bool(row[1]), bool(row[2]), row[3] or 0)


async def select_portions(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Sequence[str],
    manner: Manner,
    present: Present,
    *,
    after: int,
    upto: int,
    at: datetime,
) -> list[Portion]:
    """Who gets it by itself among subscribers `after` < number <= `upto`, see `audience.select_addresses`."""
    sparing = manner.sparing if present.has_frequencies else ()
    if not present.has_quiet:
        found = await select_addresses(connection, audience, kinds, after=after, upto=upto, at=at, sparing=sparing)
        return [Portion(kind, numbers) for kind, numbers in found.items()]
    reading = await read(connection, audience, at=at, after=after, upto=upto)
    chosen = chosen_addresses(connection, people_of(connection, reading, sparing), kinds, reading)
    held = _held(connection, reading, manner)
    query = (
        sa.select(held.c.until, *(packed(connection, chosen.c.id, chosen.c.kind == kind) for kind in kinds))
        .select_from(chosen.outerjoin(held, held.c.id == chosen.c.subscriber_id))
        .group_by(held.c.until)
    )
    return [
        Portion(kind, to_bytes(value), until)
        for until, *values in await connection.execute(query)
        for kind, value in zip(kinds, values, strict=True)
        if value
    ]


async def select_waiting(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, after: int, upto: int, at: datetime
) -> list[Waiting]:
    """Reachable subscribers in the range who get it in a digest: not those who want warnings only, nor lists."""
    reading = await read(connection, audience, at=at, after=after, upto=upto)
    person = subscriber.c.id
    reachable = sa.exists().where(address.c.subscriber_id == person, address.c.kind.in_(kinds), address.c.standing == 0)
    query = (
        sa.select(subscriber.c.frequency, subscriber.c.digest_hour, packed(connection, person, sa.true()))
        .where(
            NOT_AT_ONCE,
            subscriber.c.frequency != Frequency.URGENT.value,
            *in_range(person, after, upto),
            person.in_(wanting(connection, reading)),
            person.not_in(on_lists(connection, reading)),
            reachable,
        )
        .group_by(subscriber.c.frequency, subscriber.c.digest_hour)
    )
    return [
        Waiting(Frequency(frequency), hour, to_bytes(value))
        for frequency, hour, value in await connection.execute(query)
    ]


async def still_wanting(connection: AsyncConnection, topic: Topic, *, after: int, upto: int, at: datetime) -> bytes:
    """The people in the range who want the topic at this moment, and not warnings only; packed as in `Waiting`."""
    wants_warnings_only = sa.select(subscriber.c.id).where(
        NOT_AT_ONCE, subscriber.c.frequency == Frequency.URGENT.value, *in_range(subscriber.c.id, after, upto)
    )
    wanted = wanting(connection, Reading(Audience(topic), at, after, upto)).subquery("wanted")
    person = sa.select(wanted.c.subscriber_id).distinct().subquery("each").c.subscriber_id
    return to_bytes(await connection.scalar(sa.select(packed(connection, person, person.not_in(wants_warnings_only)))))


async def select_people(
    connection: AsyncConnection, people: Sequence[int], kinds: Sequence[str], *, at: datetime
) -> Mapping[str, bytes]:
    """The addresses to write exactly these people to, at least one of them; see `audience.select_addresses`."""
    named = listed(connection, people, "subscriber_id")
    reading = Reading(Audience(), at, min(people) - 1, max(people))
    chosen = chosen_addresses(connection, named, kinds, reading)
    return await pack_by_kind(connection, chosen, kinds)


async def quiet_now(connection: AsyncConnection, address_ids: Sequence[int], minute: int) -> dict[int, int]:
    """Which of these addresses belong to people who have quiet hours at this local minute, with their end."""
    if not await connection.scalar(sa.select(_anybody(WANTS_QUIET))):
        return {}
    held = _quiet(minute).subquery("held")
    found = await connection.execute(
        sa.select(address.c.id, held.c.until)
        .join(held, held.c.id == address.c.subscriber_id)
        .where(address.c.id.in_(listed(connection, address_ids)))
    )
    return {row.id: row.until for row in found}


def _disturbed(manner: Manner) -> list[sa.ColumnElement[bool]]:
    """Who has quiet hours that would hold it, whenever they are."""
    return [WANTS_QUIET] if manner.level is None else [WANTS_QUIET, subscriber.c.urgent > int(manner.level)]


def _held(connection: AsyncConnection, reading: Reading, manner: Manner) -> sa.Subquery:
    """People (id, until) of the range who have quiet hours now."""
    people = _quiet(manner.minute).where(*_disturbed(manner), *in_range(subscriber.c.id, reading.after, reading.upto))
    if manner.level is not None and reading.audience.lists:
        people = people.where(subscriber.c.id.not_in(on_lists(connection, reading)))
    return people.subquery("held")


def _quiet(minute: int) -> sa.Select[tuple[int, int]]:
    start, end = subscriber.c.quiet_from, subscriber.c.quiet_until
    is_quiet = sa.case(
        (start < end, sa.and_(start <= minute, end > minute)), else_=sa.or_(start <= minute, end > minute)
    )
    rounded = ((end + STEP - 1) // STEP * STEP) % DAY
    return sa.select(subscriber.c.id, rounded.label("until")).where(WANTS_QUIET, is_quiet)


def _anybody(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.select(subscriber.c.id).where(*conditions).exists()
