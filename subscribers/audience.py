"""Who is meant: the one query that decides who is written to, and its counts.

Everything that protects a person stands in this query: consent and suppression (`address.standing`), one message of a
broadcast per person however many lists name them, the person's choice of channel, that emergency lists hear nothing
but warnings, that nobody is written to because of a list that is past its end, and what outweighs a 退订.
"""

import struct
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.reachable import Addresses, in_force, may_be_written_to
from subscribers.selected import Query, single
from subscribers.selection import Selection, groups_meant
from subscribers.tables import address, group, membership, subscriber, subscription
from subscribers.topic import Topic, wider_areas

#: An end of a range of subscribers; None = there is none.
Bound = int | sa.BindParameter[int] | None

#: Areas of a topic that are looked for one by one; more make an expression that SQLite refuses as too deep.
_FEW = 50


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is meant: any of these."""

    #: Subscribers of this topic; None = nobody by subscription.
    topic: Topic | None = None
    #: Members of these groups, by number.
    groups: tuple[int, ...] = ()
    #: Whom an expression of lists and attributes means.
    selection: Selection | None = None
    #: Exactly those who got these earlier broadcasts, by number; resolved by the service, which keeps the deliveries.
    earlier: tuple[int, ...] = ()
    #: Whether it is a warning: only then are emergency groups meant.
    warning: bool = False

    @property
    def lists(self) -> tuple[int, ...]:
        """The groups whose members may be meant: those whose columns fill slots, and whose duty outweighs a 退订."""
        selected = groups_meant(self.selection) if self.selection is not None else ()
        return tuple(dict.fromkeys((*self.groups, *selected)))


async def last_subscriber(connection: AsyncConnection) -> int:
    """The highest number of a subscriber; 0 if there is none."""
    return await connection.scalar(sa.select(sa.func.max(subscriber.c.id))) or 0


async def select_addresses(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, after: int, upto: int, at: datetime
) -> Mapping[str, bytes]:
    """The addresses to write to at `at` among subscribers `after` < number <= `upto`, by kind of address.

    Each value is the addresses' numbers, 8 bytes each, big-endian: thousands in one value, because a row each would
    cost more than finding them. Kinds without an address are left out.
    """
    chosen = _chosen(connection, audience, kinds, after, upto, at=at)
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


async def alternatives(
    connection: AsyncConnection, audience: Audience, failed: Sequence[int], *, at: datetime
) -> list[Alternative]:
    """All other addresses of the people behind `failed` who want the first that works, in their order of choice.

    Closed ones are among them: a person whose other address was reached before it was closed needs nothing more.
    """
    other = address.alias("other")
    found = await connection.execute(
        sa.select(address.c.id, other.c.subscriber_id, other.c.id, other.c.kind, _is_open(other, audience, at))
        .join(other, other.c.subscriber_id == address.c.subscriber_id)
        .where(address.c.id.in_(failed), address.c.rank > 0, other.c.id != address.c.id)
        .order_by(address.c.id, other.c.rank, other.c.id)
    )
    return [Alternative(gone, person, number, kind, bool(is_open)) for gone, person, number, kind, is_open in found]


async def count_addresses(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, at: datetime
) -> dict[str, int]:
    """How many addresses of each kind would be written to at `at`."""
    chosen = _chosen(connection, audience, kinds, at=at)
    counts = [sa.func.count().filter(chosen.c.kind == kind).label(kind) for kind in kinds]
    row = (await connection.execute(sa.select(*counts).select_from(chosen))).one()
    return dict(zip(kinds, row, strict=True))


def range_counter(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, at: datetime
) -> Callable[[int, int], Awaitable[list[int]]]:
    """Counts the addresses of each kind, in order, among subscribers `after` < number <= `upto`.

    The query is put together once: for many small ranges that would cost more than running it.
    """
    chosen = _chosen(connection, audience, kinds, sa.bindparam("after"), sa.bindparam("upto"), at=at)
    counts = [sa.func.count().filter(chosen.c.kind == kind) for kind in kinds]
    query = sa.select(*counts).select_from(chosen)

    async def count(after: int, upto: int) -> list[int]:
        return list((await connection.execute(query, {"after": after, "upto": upto})).one())

    return count


async def count_by_area(
    connection: AsyncConnection, topic: Topic, kinds: Sequence[str], *, at: datetime
) -> dict[str, dict[str, int]]:
    """How many addresses each subscribed area brings, by area and kind; who subscribed to two areas counts in both."""
    chosen = _chosen(connection, Audience(topic), kinds, at=at)
    counted = await connection.execute(
        sa.select(subscription.c.area, chosen.c.kind, sa.func.count(sa.distinct(chosen.c.id)))
        .join(subscription, subscription.c.subscriber_id == chosen.c.subscriber_id)
        .where(*_wanted(topic))
        .group_by(subscription.c.area, chosen.c.kind)
        .order_by(subscription.c.area)
    )
    areas: dict[str, dict[str, int]] = {}
    for area, kind, number in counted:
        areas.setdefault(area, {})[kind] = number
    return areas


def _chosen(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Sequence[str],
    after: Bound = None,
    upto: Bound = None,
    *,
    at: datetime,
) -> sa.Subquery:
    """The addresses (id, kind, subscriber_id) to write to among subscribers `after` < number <= `upto`.

    The same set on both databases, put so that each finds it fastest (measured: the other's form takes twice as long):
    SQLite looks addresses up person by person, PostgreSQL reads the range in one go and joins it.
    """
    people = _people(audience, after, upto, at)
    reachable = [address.c.kind.in_(kinds), _is_open(address, audience, at)]
    if connection.dialect.name == "sqlite":
        best = sa.or_(address.c.rank == 0, ~_has_better(audience, kinds, at))
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


def _people(
    audience: Audience, after: Bound, upto: Bound, at: datetime
) -> sa.Select[tuple[int]] | sa.CompoundSelect[int]:
    arms = []
    if audience.topic is not None and audience.topic.domains and audience.topic.areas:
        subscribed = sa.select(subscription.c.subscriber_id).where(*_wanted(audience.topic))
        arms.append(subscribed.where(*_range(subscription.c.subscriber_id, after, upto)))
    if audience.groups:
        members = sa.select(membership.c.subscriber_id).where(membership.c.group_id.in_(_usable_groups(audience, at)))
        arms.append(members.where(*_range(membership.c.subscriber_id, after, upto)))
    if audience.selection is not None:
        query = Query(lambda column: _range(column, after, upto), audience.warning, at)
        arms.append(single(query.people(audience.selection)))
    if not arms:
        return sa.select(subscriber.c.id.label("subscriber_id")).where(sa.false())
    return arms[0] if len(arms) == 1 else sa.union(*arms)


def _usable_groups(audience: Audience, at: datetime) -> sa.Select[tuple[int]]:
    named = sa.select(group.c.id).where(group.c.id.in_(audience.groups), in_force(at))
    return named if audience.warning else named.where(group.c.basis != "emergency")


def _wanted(topic: Topic) -> list[sa.ColumnElement[bool]]:
    """Subscriptions that meet `topic`: an area that contains one of its areas, or lies in one."""
    area = subscription.c.area
    return [
        subscription.c.domain.in_(sorted(topic.domains)),
        subscription.c.least <= int(topic.severity),
        sa.or_(area.in_(sorted(wider_areas(topic.areas))), *_inside(area, sorted(topic.areas))),
    ]


def _inside(area: sa.ColumnElement[str], codes: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """Conditions of which one holds for an area that lies in one of these."""
    if len(codes) <= _FEW:
        # ":" comes after "9": between a code and the code followed by ":" lie exactly the codes that begin with it.
        return [sa.and_(area > code, area < code + ":") for code in codes]
    # Slower, but no deeper however many there are: a warning to a whole province names hundreds.
    by_length = groupby(sorted(codes, key=len), key=len)
    return [sa.func.substr(area, 1, length).in_(list(same)) for length, same in by_length]


def _range(column: sa.ColumnElement[int], after: Bound, upto: Bound) -> list[sa.ColumnElement[bool]]:
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
