"""Who is meant: the one query that decides who is written to, and its counts.

Everything that protects a person stands in this query: consent and suppression (`address.standing`), one message of a
broadcast per person however many lists name them, the person's choice of channel, and that emergency lists hear
nothing but warnings.

A warning's region is part of it: people of its domain whose stored point lies in the region, whatever area they
subscribed to, and members of `groups_within` who live there. Points are found by bounding box in SQL, a range of
subscribers at a time, then exactly (`subscribers.region`); their owners go into the query as one list of numbers.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import listed
from subscribers.position import GRAIN
from subscribers.region import Region, touched
from subscribers.tables import address, group, membership, position, subscriber, subscription
from subscribers.topic import Topic, wider_areas

#: The value of `address.standing` that may be written to.
OPEN = 0

#: Areas of a topic that are looked for one by one; more make an expression that SQLite refuses as too deep.
_FEW = 50

#: Subscribers whose points are read at once where all are counted.
_STRIDE = 100_000


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


async def last_subscriber(connection: AsyncConnection) -> int:
    """The highest number of a subscriber; 0 if there is none."""
    return await connection.scalar(sa.select(sa.func.max(subscriber.c.id))) or 0


async def select_addresses(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, after: int, upto: int
) -> Mapping[str, bytes]:
    """The addresses to write to among subscribers `after` < number <= `upto`, by kind of address.

    Each value is the addresses' numbers, 8 bytes each, big-endian: thousands in one value, because a row each would
    cost more than finding them. Kinds without an address are left out.
    """
    located = await _located(connection, audience, after, upto)
    chosen = _chosen(connection, audience, kinds, located, after=after, upto=upto)
    packed = [_packed(connection, chosen, kind).label(kind) for kind in kinds]
    row = (await connection.execute(sa.select(*packed))).one()
    return {kind: _bytes(value) for kind, value in zip(kinds, row, strict=True) if value}


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another address of a person whom one address did not reach."""

    #: Number of the address that failed.
    failed: int
    subscriber_id: int
    id: int
    kind: str
    is_open: bool


async def alternatives(connection: AsyncConnection, failed: Sequence[int]) -> list[Alternative]:
    """All other addresses of the people behind `failed` who want the first that works, in their order of choice.

    Closed ones are among them: a person whose other address was reached before it was closed needs nothing more.
    """
    other = address.alias("other")
    found = await connection.execute(
        sa.select(address.c.id, other.c.subscriber_id, other.c.id, other.c.kind, other.c.standing)
        .join(other, other.c.subscriber_id == address.c.subscriber_id)
        .where(address.c.id.in_(failed), address.c.rank > 0, other.c.id != address.c.id)
        .order_by(address.c.id, other.c.rank, other.c.id)
    )
    return [Alternative(gone, person, number, kind, standing == OPEN) for gone, person, number, kind, standing in found]


async def count_addresses(connection: AsyncConnection, audience: Audience, kinds: Sequence[str]) -> dict[str, int]:
    """How many addresses of each kind would be written to."""
    located = await _located(connection, audience)
    chosen = _chosen(connection, audience, kinds, located)
    counts = [sa.func.count().filter(chosen.c.kind == kind).label(kind) for kind in kinds]
    row = (await connection.execute(sa.select(*counts).select_from(chosen))).one()
    return dict(zip(kinds, row, strict=True))


async def count_by_area(connection: AsyncConnection, topic: Topic, kinds: Sequence[str]) -> dict[str, dict[str, int]]:
    """How many addresses each subscribed area brings, by area and kind; who subscribed to two areas counts in both."""
    chosen = _chosen(connection, Audience(topic), kinds, ())
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


async def count_by_place(connection: AsyncConnection, audience: Audience) -> dict[tuple[int, int], int]:
    """How many of the people who are meant live at each point (latitude, longitude in thousandths), inside or not.

    Whoever has several points counts at each; most people have none.
    """
    wanted = _people(connection, audience, await _located(connection, audience), None, None)
    counted = await connection.execute(
        sa.select(position.c.latitude, position.c.longitude, sa.func.count(sa.distinct(position.c.subscriber_id)))
        .where(position.c.subscriber_id.in_(wanted))
        .group_by(position.c.latitude, position.c.longitude)
    )
    return {(latitude, longitude): number for latitude, longitude, number in counted}


def by_position(audience: Audience) -> Audience:
    """That part of an audience that is meant by where it lives."""
    topic = audience.topic and replace(audience.topic, areas=frozenset())
    return replace(audience, topic=topic, groups=(), earlier=())


def _chosen(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Sequence[str],
    located: Sequence[int],
    *,
    after: int | None = None,
    upto: int | None = None,
) -> sa.Subquery:
    """The addresses (id, kind, subscriber_id) to write to among subscribers `after` < number <= `upto`.

    The same set on both databases, put so that each finds it fastest (measured: the other's form takes twice as long):
    SQLite looks addresses up person by person, PostgreSQL reads the range in one go and joins it.
    """
    people = _people(connection, audience, located, after, upto)
    reachable = [address.c.kind.in_(kinds), address.c.standing == OPEN]
    if connection.dialect.name == "sqlite":
        best = sa.or_(address.c.rank == 0, ~_has_better(kinds))
        return _addresses().where(*reachable, address.c.subscriber_id.in_(people), best).subquery("chosen")
    meant = people.cte("people").prefix_with("MATERIALIZED")
    least = sa.func.min(address.c.rank).over(partition_by=address.c.subscriber_id)
    ranked = (
        _addresses()
        .add_columns(address.c.rank, least.label("least"))
        .where(*reachable, *_range(address.c.subscriber_id, after, upto))
        .subquery("ranked")
    )
    return (
        sa.select(ranked.c.id, ranked.c.kind, ranked.c.subscriber_id)
        .where(ranked.c.rank == ranked.c.least, ranked.c.subscriber_id.in_(sa.select(meant.c.subscriber_id)))
        .subquery("chosen")
    )


def _addresses() -> sa.Select[tuple[int, str, int]]:
    return sa.select(address.c.id, address.c.kind, address.c.subscriber_id)


def _has_better(kinds: Sequence[str]) -> sa.Exists:
    """Whether the person has another address that is reachable and that they would rather have used."""
    better = address.alias("better")
    return (
        sa.exists()
        .where(
            better.c.subscriber_id == address.c.subscriber_id,
            better.c.rank < address.c.rank,
            better.c.kind.in_(kinds),
            better.c.standing == OPEN,
        )
        .correlate(address)
    )


def _people(
    connection: AsyncConnection, audience: Audience, located: Sequence[int], after: int | None, upto: int | None
) -> sa.Select[tuple[int]] | sa.CompoundSelect[int]:
    """`located`: subscribers of the range whose point lies in the region."""
    subscribed = sa.select(subscription.c.subscriber_id).where(*_range(subscription.c.subscriber_id, after, upto))
    members = sa.select(membership.c.subscriber_id).where(*_range(membership.c.subscriber_id, after, upto))
    arms = []
    if audience.topic is not None and audience.topic.domains and audience.topic.areas:
        arms.append(subscribed.where(*_interested(audience.topic), _meets(audience.topic)))
    if audience.groups:
        arms.append(members.where(membership.c.group_id.in_(_usable_groups(audience, audience.groups))))
    if located and audience.topic is not None and audience.topic.domains:
        there = subscription.c.subscriber_id.in_(listed(connection, located))
        arms.append(subscribed.where(*_interested(audience.topic), there))
    if located and audience.groups_within:
        there = membership.c.subscriber_id.in_(listed(connection, located))
        arms.append(members.where(membership.c.group_id.in_(_usable_groups(audience, audience.groups_within)), there))
    if not arms:
        return sa.select(subscriber.c.id.label("subscriber_id")).where(sa.false())
    return arms[0] if len(arms) == 1 else sa.union(*arms)


async def _located(
    connection: AsyncConnection, audience: Audience, after: int | None = None, upto: int | None = None
) -> Sequence[int]:
    """Subscribers `after` < number <= `upto` one of whose points lies in the region, ascending."""
    region = audience.region
    if not region:
        return ()
    last = upto if upto is not None else await last_subscriber(connection)
    found: set[int] = set()
    for start in range(after or 0, last, _STRIDE):
        rows = (await connection.execute(_nearby(region, start, min(start + _STRIDE, last)))).all()
        inside = touched(region, [row.latitude for row in rows], [row.longitude for row in rows])
        found |= {row.subscriber_id for row, is_inside in zip(rows, inside, strict=True) if is_inside}
    return sorted(found)


def _nearby(region: Region, after: int, upto: int) -> sa.Select[tuple[int, int, int]]:
    """The points of these subscribers within a box around the region."""
    boxes = [
        sa.and_(
            position.c.latitude.between(math.floor(south * GRAIN), math.ceil(north * GRAIN)),
            position.c.longitude.between(math.floor(west * GRAIN), math.ceil(east * GRAIN)),
        )
        for south, west, north, east in _boxes(region)
    ]
    return sa.select(position.c.subscriber_id, position.c.latitude, position.c.longitude).where(
        *_range(position.c.subscriber_id, after, upto), sa.or_(*boxes)
    )


def _boxes(region: Region) -> Sequence[tuple[float, float, float, float]]:
    """A box around each figure, or around all of them where there are too many for one expression."""
    boxes = region.boxes()
    if len(boxes) <= _FEW:
        return boxes
    south, west, north, east = zip(*boxes, strict=True)
    return [(min(south), min(west), max(north), max(east))]


def _usable_groups(audience: Audience, numbers: Sequence[int]) -> sa.Select[tuple[int]]:
    named = sa.select(group.c.id).where(group.c.id.in_(numbers))
    return named if audience.warning else named.where(group.c.basis != "emergency")


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


def _range(column: sa.ColumnElement[int], after: int | None, upto: int | None) -> list[sa.ColumnElement[bool]]:
    bounds = [column > after] if after is not None else []
    return bounds if upto is None else [*bounds, column <= upto]


def _packed(connection: AsyncConnection, chosen: sa.Subquery, kind: str) -> sa.ColumnElement[object]:
    mine = chosen.c.kind == kind
    if connection.dialect.name == "sqlite":
        return sa.func.group_concat(chosen.c.id).filter(mine)
    return sa.func.string_agg(sa.func.int8send(chosen.c.id), sa.text("''::bytea")).filter(mine)


def _bytes(value: object) -> bytes:
    if isinstance(value, str):
        numbers = value.split(",")
        return struct.pack(f">{len(numbers)}q", *map(int, numbers))
    return bytes(value) if isinstance(value, bytes | memoryview) else b""
