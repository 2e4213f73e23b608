"""Who is meant: the one query that decides who is written to, and its counts.

Everything that protects a person stands in this query: consent and suppression (`address.standing`), one message of a
broadcast per person however many lists name them, the person's choice of channel, and that emergency lists hear
nothing but warnings.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.tables import NOT_AT_ONCE, address, group, membership, subscriber, subscription
from subscribers.topic import Topic, wider_areas

#: The value of `address.standing` that may be written to.
OPEN = 0

#: A query of numbers of people, whose only column is `subscriber_id`.
People = sa.Select[tuple[int]] | sa.Select[int] | sa.CompoundSelect[int]

#: Areas of a topic that are looked for one by one; more make an expression that SQLite refuses as too deep.
_FEW = 50


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


async def select_addresses(
    connection: AsyncConnection,
    audience: Audience,
    kinds: Sequence[str],
    *,
    after: int,
    upto: int,
    sparing: Sequence[str] = (),
) -> Mapping[str, bytes]:
    """The addresses to write to among subscribers `after` < number <= `upto`, by kind of address.

    Each value is the addresses' numbers, 8 bytes each, big-endian: thousands in one value, because a row each would
    cost more than finding them. Kinds without an address are left out. `sparing`: frequencies
    (`choices.Frequency`), not "at_once", of people who are not meant as subscribers; as members of groups they are.
    """
    people = people_of(audience, after, upto, sparing)
    return await pack_by_kind(connection, chosen_addresses(connection, people, kinds, after, upto), kinds)


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


async def count_addresses(
    connection: AsyncConnection, audience: Audience, kinds: Sequence[str], *, sparing: Sequence[str] = ()
) -> dict[str, int]:
    """How many addresses of each kind would be written to, now or later; `sparing`: see `select_addresses`."""
    chosen = chosen_addresses(connection, people_of(audience, sparing=sparing), kinds)
    counts = [sa.func.count().filter(chosen.c.kind == kind).label(kind) for kind in kinds]
    row = (await connection.execute(sa.select(*counts).select_from(chosen))).one()
    return dict(zip(kinds, row, strict=True))


async def count_by_area(
    connection: AsyncConnection, topic: Topic, kinds: Sequence[str], *, sparing: Sequence[str] = ()
) -> dict[str, dict[str, int]]:
    """How many addresses each subscribed area brings, by area and kind; who subscribed to two areas counts in both."""
    chosen = chosen_addresses(connection, people_of(Audience(topic), sparing=sparing), kinds)
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


def chosen_addresses(
    connection: AsyncConnection,
    people: People,
    kinds: Sequence[str],
    after: int | None = None,
    upto: int | None = None,
    *,
    few: bool = False,
) -> sa.Subquery:
    """The addresses (id, kind, subscriber_id) to write these people to, whose numbers are `after` < number <= `upto`.

    The same set on both databases, put so that each finds it fastest (measured: the other's form takes twice as long):
    SQLite looks addresses up person by person, PostgreSQL reads the range in one go and joins it, unless there are
    `few` people in a wide range.
    """
    reachable = [address.c.kind.in_(kinds), address.c.standing == OPEN]
    if few or connection.dialect.name == "sqlite":
        best = sa.or_(address.c.rank == 0, ~_has_better(kinds))
        return _addresses().where(*reachable, address.c.subscriber_id.in_(people), best).subquery("chosen")
    meant = people.cte("people").prefix_with("MATERIALIZED")
    least = sa.func.min(address.c.rank).over(partition_by=address.c.subscriber_id)
    ranked = (
        _addresses()
        .add_columns(address.c.rank, least.label("least"))
        .where(*reachable, *in_range(address.c.subscriber_id, after, upto))
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


def people_of(
    audience: Audience, after: int | None = None, upto: int | None = None, sparing: Sequence[str] = ()
) -> People:
    """Who is meant (subscriber_id) in the range; some of them several times. `sparing`: see `select_addresses`."""
    arms = []
    if audience.topic is not None and audience.topic.domains and audience.topic.areas:
        subscribed = wanting(audience, after, upto)
        spared = sa.select(subscriber.c.id).where(
            NOT_AT_ONCE, subscriber.c.frequency.in_(sparing), *in_range(subscriber.c.id, after, upto)
        )
        arms.append(subscribed.where(subscription.c.subscriber_id.not_in(spared)) if sparing else subscribed)
    if audience.groups:
        arms.append(listed(audience, after, upto))
    if not arms:
        return sa.select(subscriber.c.id.label("subscriber_id")).where(sa.false())
    return arms[0] if len(arms) == 1 else sa.union(*arms)


def wanting(audience: Audience, after: int | None, upto: int | None) -> sa.Select[tuple[int]]:
    """The subscribers in the range who want the topic of an audience, which has one; some of them several times."""
    assert audience.topic is not None
    subscribed = sa.select(subscription.c.subscriber_id).where(*_wanted(audience.topic))
    return subscribed.where(*in_range(subscription.c.subscriber_id, after, upto))


def listed(audience: Audience, after: int | None, upto: int | None) -> sa.Select[tuple[int]]:
    """The members in the range of the groups of an audience; some of them several times."""
    members = sa.select(membership.c.subscriber_id).where(membership.c.group_id.in_(_usable_groups(audience)))
    return members.where(*in_range(membership.c.subscriber_id, after, upto))


def _usable_groups(audience: Audience) -> sa.Select[tuple[int]]:
    named = sa.select(group.c.id).where(group.c.id.in_(audience.groups))
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


def in_range(column: sa.ColumnElement[int], after: int | None, upto: int | None) -> list[sa.ColumnElement[bool]]:
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
