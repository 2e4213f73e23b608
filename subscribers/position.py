"""Where people say that they live: a coarse point, in thousandths of a degree of WGS 84 (about a hundred metres).

A person gives one, and every list that names them may give one. Points are not encrypted, because the database looks
for those that lie within a warning's polygon; so they are never kept finer than this, and the name, number and address
beside them are.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from subscribers.bulk import chunks, insert_or, insert_rows
from subscribers.datum import Datum, to_wgs84
from subscribers.tables import group, position

#: What one degree is divided into.
GRAIN = 1000
#: The group of a point that the person gave.
OWN = 0

#: China, land and sea: least and greatest latitude and longitude.
_LATITUDES = (3.0, 54.0)
_LONGITUDES = (73.0, 136.0)
_COLUMNS = ("subscriber_id", "group_id", "latitude", "longitude")


class PositionError(ValueError):
    """This is no place in China; one sentence in Chinese, without the place."""


@dataclass(frozen=True, slots=True)
class Position:
    """A point as stored."""

    #: Thousandths of a degree, WGS 84.
    latitude: int
    longitude: int


def coarse(latitude: float, longitude: float, datum: Datum = "wgs-84") -> Position:
    """The coarse point of coordinates in degrees. Raises PositionError."""
    if not (_LATITUDES[0] <= latitude <= _LATITUDES[1]):
        raise PositionError("纬度不在 3 到 54 之间：请看看经度和纬度是否写反了")
    if not (_LONGITUDES[0] <= longitude <= _LONGITUDES[1]):
        raise PositionError("经度不在 73 到 136 之间：请看看经度和纬度是否写反了")
    north, east = to_wgs84(latitude, longitude, datum)
    return Position(round(north * GRAIN), round(east * GRAIN))


async def keep(connection: AsyncConnection, person: int, place: Position | None) -> None:
    """The point that a person gave takes the place of the former one; None = he takes it back."""
    if place is None:
        own = (position.c.subscriber_id == person, position.c.group_id == OWN)
        await connection.execute(sa.delete(position).where(*own))
        return
    values = {"latitude": place.latitude, "longitude": place.longitude}
    kept = insert_or(connection, position).values(subscriber_id=person, group_id=OWN, **values)
    await connection.execute(kept.on_conflict_do_update(index_elements=["subscriber_id", "group_id"], set_=values))


async def replace_of_group(
    connection: AsyncConnection,
    group_id: int,
    places: Sequence[tuple[int, Position]],
    *,
    of: Sequence[int] | None = None,
) -> None:
    """The points that a list gives now, by subscriber; those that it gave before, or only `of` some, are forgotten."""
    before = sa.delete(position).where(position.c.group_id == group_id)
    if of is None:
        await connection.execute(before)
    for some in chunks(of or ()):
        await connection.execute(before.where(position.c.subscriber_id.in_(some)))
    for chunk in chunks(places):
        rows = [(person, group_id, place.latitude, place.longitude) for person, place in chunk]
        await insert_rows(connection, position, _COLUMNS, rows)


async def of_person(connection: AsyncConnection, person: int) -> Sequence[tuple[str, Position]]:
    """All points of a person with the name of the list that gives each, "" = he himself; his own first."""
    found = await connection.execute(
        sa.select(group.c.name, position.c.latitude, position.c.longitude)
        .outerjoin_from(position, group, group.c.id == position.c.group_id)
        .where(position.c.subscriber_id == person)
        .order_by(position.c.group_id)
    )
    return [(row.name or "", Position(row.latitude, row.longitude)) for row in found]
