"""A region of the Earth, and which coarse points lie in it. The one module that knows shapely.

Pure. Polygons are read as plane figures in degrees, as CAP readers do; a region across the date line or a pole must be
given in parts.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import shapely

#: (latitude, longitude) in degrees of WGS 84.
Point = tuple[float, float]

#: Half of the grain of a stored point: it stands for everybody within so many degrees.
_HALF = 0.0005
#: Kilometres of a degree of latitude, and the Earth's mean radius.
_DEGREE = 111.195
_EARTH = 6_371.009
#: Half of the diagonal of a stored point's cell at the equator, in kilometres.
_CELL = _HALF * _DEGREE * math.sqrt(2)


@dataclass(frozen=True, slots=True)
class Region:
    """Everything within one of these."""

    #: Closed rings.
    polygons: tuple[tuple[Point, ...], ...] = ()
    #: Centre and radius in kilometres.
    circles: tuple[tuple[Point, float], ...] = ()

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return bool(self.polygons or self.circles)

    def boxes(self) -> Sequence[tuple[float, float, float, float]]:
        """South, west, north, east in degrees around each figure, wide enough for cells that only touch it."""
        return [*map(_around_ring, self.polygons), *(_around(*circle) for circle in self.circles)]

    def to_json(self) -> dict[str, object]:
        """For a JSON column; `from_json` reads it again."""
        return {
            "polygons": [[list(point) for point in ring] for ring in self.polygons],
            "circles": [[*centre, radius] for centre, radius in self.circles],
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Region":
        """What `to_json` wrote."""
        return cls(
            tuple(tuple((point[0], point[1]) for point in ring) for ring in stored["polygons"]),
            tuple(((one[0], one[1]), one[2]) for one in stored["circles"]),
        )


def is_simple(ring: Sequence[Point]) -> bool:
    """Whether a closed ring has an inside and neither crosses nor touches itself."""
    return bool(_polygon(tuple(ring)).is_valid)


def touched(region: Region, latitudes: Sequence[int], longitudes: Sequence[int]) -> Sequence[bool]:
    """For each stored point, in thousandths of a degree, whether any of its cell lies in the region.

    A point stands for everybody within half a thousandth of it: somebody at the edge is warned rather than not.
    """
    north = np.asarray(latitudes, dtype=float) / 1000
    east = np.asarray(longitudes, dtype=float) / 1000
    found = np.zeros(len(north), dtype=bool)
    if not len(north):
        return []
    if region.polygons:
        cells = shapely.box(east - _HALF, north - _HALF, east + _HALF, north + _HALF)
        for ring in region.polygons:
            found |= shapely.intersects(_prepared(ring), cells)
    for centre, radius in region.circles:
        found |= _kilometres(centre, north, east) <= radius + _CELL
    answer: list[bool] = found.tolist()
    return answer


def _polygon(ring: tuple[Point, ...]) -> Any:
    return shapely.Polygon([(longitude, latitude) for latitude, longitude in ring])


@lru_cache(maxsize=16)
def _prepared(ring: tuple[Point, ...]) -> Any:
    """A ring is asked about once for each range of subscribers; of one that crosses itself, all that it encloses."""
    polygon = _polygon(ring)
    if not polygon.is_valid:
        polygon = shapely.make_valid(polygon)
    shapely.prepare(polygon)
    return polygon


def _kilometres(centre: Point, north: Any, east: Any) -> Any:
    """Great-circle distances."""
    latitude, longitude = math.radians(centre[0]), math.radians(centre[1])
    lower, right = np.radians(north), np.radians(east)
    half = (
        np.sin((lower - latitude) / 2) ** 2 + math.cos(latitude) * np.cos(lower) * np.sin((right - longitude) / 2) ** 2
    )
    return 2 * _EARTH * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def _around_ring(ring: tuple[Point, ...]) -> tuple[float, float, float, float]:
    latitudes, longitudes = [point[0] for point in ring], [point[1] for point in ring]
    return min(latitudes) - _HALF, min(longitudes) - _HALF, max(latitudes) + _HALF, max(longitudes) + _HALF


def _around(centre: Point, radius: float) -> tuple[float, float, float, float]:
    high = (radius + _CELL) / _DEGREE
    south, north = centre[0] - high, centre[0] + high
    if south <= -90 or north >= 90:
        return south, -180.0, north, 180.0
    # The circle is widest beside its centre, on the side of the nearer pole.
    wide = math.degrees(math.asin(min(1.0, math.sin(math.radians(min(high, 90))) / math.cos(math.radians(centre[0])))))
    if wide >= 90 or not -180 <= centre[1] - wide <= centre[1] + wide <= 180:
        return south, -180.0, north, 180.0
    return south, centre[1] - wide, north, centre[1] + wide
