"""Who is meant: the one query that decides who is written to, and its counts.

Everything that protects a person stands in this query: consent and suppression (`address.standing`), one message of a
broadcast per person however many lists name them, the person's choice of channel, that emergency lists hear nothing
but warnings, that nobody is written to because of a list that is past its end, and what outweighs a 退订.

A warning's region is part of it: people of its domain whose stored point lies in the region, whatever area they
subscribed to, and members of `groups_within` who live there. Points are found by bounding box in SQL, a range of
subscribers at a time, then exactly (`subscribers.region`); their owners go into the query as one list of numbers.
"""

import math
import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import listed
from subscribers.position import GRAIN
from subscribers.reachable import Addresses, in_force, may_be_written_to
from subscribers.region import Region, touched
from subscribers.selected import Query, single
from subscribers.selection import Selection, groups_meant
from subscribers.tables import (
    NOT_AT_ONCE,
    address,
    former_address,
    group,
    membership,
    position,
    subscriber,
    subscription,
)
from subscribers.topic import Topic, wider_areas

#: An end of a range of subscribers; None = there is none.
Bound = int | sa.BindParameter[int] | None

#: Areas of a topic that are looked for one by one; more make an expression that SQLite refuses as too deep.
_FEW = 50

#: Subscribers whose points are read at once where all are counted.
_STRIDE = 100_000

#: A query for numbers of people.
People = sa.Select[tuple[int]] | sa.CompoundSelect[int]


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: any of these."""

    #: Subscribers of this topic; None = nobody by subscription.
    topic: Topic | None = None
    #: Members of these groups, by number.
    groups: tuple[int, ...] = ()
    #: Exactly those who got these earlier broadcasts, by number; resolved by the service, which keeps the deliveries.
    earlier: tuple[int, ...] = ()
    #: Whether it is a warning: only then are emergency groups meant.
    warning: bool = False
    #: Where the topic's domains are wanted too, wherever people subscribed; None = areas decide alone.
    region: Region | None = None
    #: Members of these groups, by number, whose point lies in the region.
    groups_within: tuple[int, ...] = ()
    #: Whom an expression of lists and attributes means.
    selection: Selection | None = None

    @property
    def lists(self) -> tuple[int, ...]:
        """The groups whose members may be meant: those whose columns fill slots, and whose duty outweighs a 退订."""
        selected = groups_meant(self.selection) if self.selection is not None else ()
        return tuple(dict.fromkeys((*self.groups, *self.groups_within, *selected)))


@dataclass(frozen=True, slots=True)
class Reading:
    """An audience as it is read at one moment, among subscribers `after` < number <= `upto`; None = no bound."""

    audience: Audience
    #: Aware.
    at: datetime
    after: Bound = None
    upto: Bound = None
    #: Subscribers of the range one of whose points lies in the audience's region, ascending.
    located: Sequence[int] = ()


async def read(
    connection: AsyncConnection,
    audience: Audience,
    *,
    at: datetime,
    after: int | None = None,
    upto: int | None = None,
) -> Reading:
    """An audience with what has to be known before it can be asked for."""
    return Reading(audience, at, after, upto, await _located(connection, audience, after, upto, at=at))


async def last_subscriber(connection: AsyncConnection) -> int:
    """The highest number of a subscriber; 0 if there is none."""
    return await connection.scalar(sa.select(sa.func.max(subscriber.c.id))) or 0


async def select_addresses(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Sequence[str],
    *,
    after: int,
    upto: int,
    at: datetime,
    sparing: Sequence[str] = (),
) -> Mapping[str, bytes]:
    """The addresses to write to at `at` among subscribers `after` < number <= `upto`, by kind of address.

    Each value is the addresses' numbers, 8 bytes each, big-endian: thousands in one value, because a row each would
    cost more than finding them. Kinds without an address are left out. `sparing`: frequencies
    (`choices.Frequency`), not "at_once", of people who are not meant as subscribers; as members of groups they are.
    """
    reading = await read(connection, audience, at=at, after=after, upto=upto)
    people = people_of(connection, reading, sparing)
    return await pack_by_kind(connection, chosen_addresses(connection, people, kinds, reading), kinds)


async def pack_by_kind(connection: AsyncConnection, chosen: sa.Subquery, kinds: Sequence[str]) -> Mapping[str, bytes]:
    """The numbers of chosen addresses by kind, see `select_addresses`."""
    columns = [packed(connection, chosen.c.id, chosen.c.kind == kind).label(kind) for kind in kinds]
    row = (await connection.execute(sa.select(*columns))).one()
    return {kind: to_bytes(value) for kind, value in zip(kinds, row, strict=True) if value}


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another address of a person whom one address did not reach."""

    #: Number of the address that failed.
    failed: int
    subscriber_id: int
    id: int
    kind: str
    is_open: bool


async def alternatives(
    connection: AsyncConnection, audience: Audience, failed: Sequence[int], *, at: datetime
) -> list[Alternative]:
    """All other addresses of the people behind `failed` who want the first that works, in their order of choice.

    Closed ones are among them: a person whose other address was reached before it was closed needs nothing more. Of an
    address that was given up it is those of whoever had it, or for people who want all the one in its place.
    """
    return [
        *await _alternatives(connection, audience, address, failed, at=at),
        *await _alternatives(connection, audience, former_address, failed, at=at),
    ]


async def _alternatives(
    connection: AsyncConnection, audience: Audience, failing: sa.Table, failed: Sequence[int], *, at: datetime
) -> list[Alternative]:
    other = address.alias("other")
    wants_another = failing.c.rank > 0
    if failing is former_address:
        wants_another |= other.c.id == failing.c.successor_id
    found = await connection.execute(
        sa.select(failing.c.id, other.c.subscriber_id, other.c.id, other.c.kind, _is_open(other, audience, at))
        .join(other, other.c.subscriber_id == failing.c.subscriber_id)
        .where(failing.c.id.in_(failed), wants_another, other.c.id != failing.c.id)
        .order_by(failing.c.id, other.c.rank, other.c.id)
    )
    return [Alternative(gone, person, number, kind, bool(is_open)) for gone, person, number, kind, is_open in found]


async def count_addresses(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Sequence[str],
    *,
    at: datetime,
    sparing: Sequence[str] = (),
) -> dict[str, int]:
    """How many addresses of each kind would be written to, at `at` or later; `sparing`: see `select_addresses`."""
    reading = await read(connection, audience, at=at)
    chosen = chosen_addresses(connection, people_of(connection, reading, sparing), kinds, reading)
    counts = [sa.func.count().filter(chosen.c.kind == kind).label(kind) for kind in kinds]
    row = (await connection.execute(sa.select(*counts).select_from(chosen))).one()
    return dict(zip(kinds, row, strict=True))


def range_counter(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, at: datetime
) -> Callable[[int, int], Awaitable[list[int]]]:
    """Counts the addresses of each kind, in order, among subscribers `after` < number <= `upto`.

    The query is put together once: for many small ranges that would cost more than running it. For audiences without
    a region.
    """
    reading = Reading(audience, at, sa.bindparam("after"), sa.bindparam("upto"))
    chosen = chosen_addresses(connection, people_of(connection, reading), kinds, reading)
    counts = [sa.func.count().filter(chosen.c.kind == kind) for kind in kinds]
    query = sa.select(*counts).select_from(chosen)

    async def count(after: int, upto: int) -> list[int]:
        return list((await connection.execute(query, {"after": after, "upto": upto})).one())

    return count


async def count_by_area(
    connection: AsyncConnection, topic: Topic, kinds: Sequence[str], *, at: datetime, sparing: Sequence[str] = ()
) -> dict[str, dict[str, int]]:
    """How many addresses each subscribed area brings, by area and kind; who subscribed to two areas counts in both."""
    reading = Reading(Audience(topic), at)
    chosen = chosen_addresses(connection, people_of(connection, reading, sparing), kinds, reading)
    counted = await connection.execute(
        sa.select(subscription.c.area, chosen.c.kind, sa.func.count(sa.distinct(chosen.c.id)))
        .join(subscription, subscription.c.subscriber_id == chosen.c.subscriber_id)
        .where(*_interested(topic), _meets(topic))
        .group_by(subscription.c.area, chosen.c.kind)
        .order_by(subscription.c.area)
    )
    areas: dict[str, dict[str, int]] = {}
    for area, kind, number in counted:
        areas.setdefault(area, {})[kind] = number
    return areas


async def count_by_place(
    connection: AsyncConnection, audience: Audience, *, at: datetime
) -> dict[tuple[int, int], int]:
    """How many of the people who are meant live at each point (latitude, longitude in thousandths), inside or not.

    Whoever has several points counts at each; most people have none.
    """
    wanted = people_of(connection, await read(connection, audience, at=at))
    counted = await connection.execute(
        sa.select(position.c.latitude, position.c.longitude, sa.func.count(sa.distinct(position.c.subscriber_id)))
        .where(position.c.subscriber_id.in_(wanted))
        .group_by(position.c.latitude, position.c.longitude)
    )
    return {(latitude, longitude): number for latitude, longitude, number in counted}


def by_position(audience: Audience) -> Audience:
    """That part of an audience that is meant by where it lives."""
    topic = audience.topic and replace(audience.topic, areas=frozenset())
    return replace(audience, topic=topic, groups=(), earlier=(), selection=None)


def chosen_addresses(
    connection: AsyncConnection, people: People, kinds: Sequence[str], reading: Reading
) -> sa.Subquery:
    """The addresses (id, kind, subscriber_id) to write these people of a reading to.

    The same set on both databases, put so that each finds it fastest (measured: the other's form takes twice as long):
    SQLite looks a person's addresses up one by one, PostgreSQL joins people and addresses and ranks what it joined.
    """
    audience, at = reading.audience, reading.at
    theirs = _addresses().where(
        address.c.kind.in_(kinds), _is_open(address, audience, at), address.c.subscriber_id.in_(people)
    )
    if connection.dialect.name == "sqlite":
        return theirs.where(sa.or_(address.c.rank == 0, ~_has_better(audience, kinds, at))).subquery("chosen")
    # Where conditions meet, PostgreSQL may expect one person of a range that holds hundreds. Joined with the table, it
    # then looks each person up by the index; joined with what is ranked already, it compared each address with each
    # person, among 40,000 subscribers for seconds.
    least = sa.func.min(address.c.rank).over(partition_by=address.c.subscriber_id)
    ranked = (
        theirs.add_columns(address.c.rank, least.label("least"))
        .where(*in_range(address.c.subscriber_id, reading.after, reading.upto))
        .subquery("ranked")
    )
    return (
        sa.select(ranked.c.id, ranked.c.kind, ranked.c.subscriber_id)
        .where(ranked.c.rank == ranked.c.least)
        .subquery("chosen")
    )


def _addresses() -> sa.Select[tuple[int, str, int]]:
    return sa.select(address.c.id, address.c.kind, address.c.subscriber_id)


def _is_open(one: Addresses, audience: Audience, at: datetime) -> sa.ColumnElement[bool]:
    return may_be_written_to(one, groups=audience.lists, warning=audience.warning, at=at)


def _has_better(audience: Audience, kinds: Sequence[str], at: datetime) -> sa.Exists:
    """Whether the person has another address that is reachable and that they would rather have used."""
    better = address.alias("better")
    return (
        sa.exists()
        .where(
            better.c.subscriber_id == address.c.subscriber_id,
            better.c.rank < address.c.rank,
            better.c.kind.in_(kinds),
            _is_open(better, audience, at),
        )
        .correlate(address)
    )


def people_of(connection: AsyncConnection, reading: Reading, sparing: Sequence[str] = ()) -> People:
    """Who is meant (subscriber_id) in the range; some of them several times. `sparing`: see `select_addresses`."""
    return _either([*_wanting(connection, reading, sparing), *_on_lists(connection, reading)])


def wanting(connection: AsyncConnection, reading: Reading) -> People:
    """The subscribers of a reading who want its topic where it is; some of them several times."""
    return _either(_wanting(connection, reading))


def on_lists(connection: AsyncConnection, reading: Reading) -> People:
    """The members of a reading's groups; some of them several times."""
    return _either(_on_lists(connection, reading))


def _either(queries: Sequence[sa.Select[tuple[int]]]) -> People:
    if not queries:
        return sa.select(subscriber.c.id.label("subscriber_id")).where(sa.false())
    return queries[0] if len(queries) == 1 else sa.union(*queries)


def _wanting(connection: AsyncConnection, reading: Reading, sparing: Sequence[str] = ()) -> list[sa.Select[tuple[int]]]:
    # A query for each reason to be told: one that asks for either looks through all subscriptions of the range.
    topic, person = reading.audience.topic, subscription.c.subscriber_id
    if topic is None or not topic.domains:
        return []
    reasons = [_meets(topic)] if topic.areas else []
    if reading.located:
        reasons.append(person.in_(listed(connection, reading.located)))
    wanted = sa.select(person).where(*_interested(topic), *in_range(person, reading.after, reading.upto))
    if sparing:
        spared = sa.select(subscriber.c.id).where(
            NOT_AT_ONCE,
            subscriber.c.frequency.in_(sparing),
            *in_range(subscriber.c.id, reading.after, reading.upto),
        )
        wanted = wanted.where(person.not_in(spared))
    return [wanted.where(reason) for reason in reasons]


def _on_lists(connection: AsyncConnection, reading: Reading) -> list[sa.Select[tuple[int]]]:
    audience, person = reading.audience, membership.c.subscriber_id
    members = sa.select(person).where(*in_range(person, reading.after, reading.upto))
    found = []
    if audience.groups:
        found.append(members.where(membership.c.group_id.in_(_usable_groups(reading, audience.groups))))
    if audience.groups_within and reading.located:
        near = membership.c.group_id.in_(_usable_groups(reading, audience.groups_within))
        found.append(members.where(near, person.in_(listed(connection, reading.located))))
    if audience.selection is not None:
        query = Query(lambda column: in_range(column, reading.after, reading.upto), audience.warning, reading.at)
        found.append(single(query.people(audience.selection)))
    return found


def _usable_groups(reading: Reading, numbers: Sequence[int]) -> sa.Select[tuple[int]]:
    named = sa.select(group.c.id).where(group.c.id.in_(numbers), in_force(reading.at))
    return named if reading.audience.warning else named.where(group.c.basis != "emergency")


async def _located(
    connection: AsyncConnection, audience: Audience, after: int | None, upto: int | None, *, at: datetime
) -> Sequence[int]:
    """Subscribers `after` < number <= `upto` one of whose points lies in the region, ascending."""
    region = audience.region
    if not region:
        return ()
    last = upto if upto is not None else await last_subscriber(connection)
    found: set[int] = set()
    for start in range(after or 0, last, _STRIDE):
        rows = (await connection.execute(_nearby(region, start, min(start + _STRIDE, last), at))).all()
        inside = touched(region, [row.latitude for row in rows], [row.longitude for row in rows])
        found |= {row.subscriber_id for row, is_inside in zip(rows, inside, strict=True) if is_inside}
    return sorted(found)


def _nearby(region: Region, after: int, upto: int, at: datetime) -> sa.Select[tuple[int, int, int]]:
    """The points of these subscribers within a box around the region."""
    boxes = [
        sa.and_(
            position.c.latitude.between(math.floor(south * GRAIN), math.ceil(north * GRAIN)),
            position.c.longitude.between(math.floor(west * GRAIN), math.ceil(east * GRAIN)),
        )
        for south, west, north, east in _boxes(region)
    ]
    return sa.select(position.c.subscriber_id, position.c.latitude, position.c.longitude).where(
        *in_range(position.c.subscriber_id, after, upto),
        sa.or_(*boxes),
        # What a list said counts no longer than the list.
        position.c.group_id.not_in(sa.select(group.c.id).where(~in_force(at))),
    )


def _boxes(region: Region) -> Sequence[tuple[float, float, float, float]]:
    """A box around each figure, or around all of them where there are too many for one expression."""
    boxes = region.boxes()
    if len(boxes) <= _FEW:
        return boxes
    south, west, north, east = zip(*boxes, strict=True)
    return [(min(south), min(west), max(north), max(east))]


def _interested(topic: Topic) -> list[sa.ColumnElement[bool]]:
    """Subscriptions to one of its domains from its severity on."""
    return [subscription.c.domain.in_(sorted(topic.domains)), subscription.c.least <= int(topic.severity)]


def _meets(topic: Topic) -> sa.ColumnElement[bool]:
    """Subscriptions to an area that contains one of its areas, or lies in one."""
    area = subscription.c.area
    return sa.or_(area.in_(sorted(wider_areas(topic.areas))), *_inside(area, sorted(topic.areas)))


def _inside(area: sa.ColumnElement[str], codes: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Conditions of which one holds for an area that lies in one of these."""
    if len(codes) <= _FEW:
        # ":" comes after "9": between a code and the code followed by ":" lie exactly the codes that begin with it.
        return [sa.and_(area > code, area < code + ":") for code in codes]
    # Slower, but no deeper however many there are: a warning to a whole province names hundreds.
    by_length = groupby(sorted(codes, key=len), key=len)
    return [sa.func.substr(area, 1, length).in_(list(same)) for length, same in by_length]


def in_range(column: sa.ColumnElement[int], after: Bound, upto: Bound) -> list[sa.ColumnElement[bool]]:
    """Conditions for `after` < column <= `upto`; None = no bound."""
    bounds = [column > after] if after is not None else []
    return bounds if upto is None else [*bounds, column <= upto]


def packed(
    connection: AsyncConnection, number: sa.ColumnElement[int], condition: sa.ColumnElement[bool]
) -> sa.ColumnElement[object]:
    """All of the numbers for which `condition` holds as one value, which `to_bytes` reads."""
    if connection.dialect.name == "sqlite":
        return sa.func.group_concat(number).filter(condition)
    return sa.func.string_agg(sa.func.int8send(number), sa.text("''::bytea")).filter(condition)


def to_bytes(value: object) -> bytes:
    """What `packed` gave: 8 bytes a number, big-endian; empty for none."""
    if isinstance(value, str):
        numbers = value.split(",")
        return struct.pack(f">{len(numbers)}q", *map(int, numbers))
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
