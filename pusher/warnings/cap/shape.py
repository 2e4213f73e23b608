"""Times, polygons and circles as CAP writes them. Pure.

A polygon is "lat,lon lat,lon …" in WGS 84, at least four pairs, the last one the first again, not crossing itself; a
circle is "lat,lon radius" with the radius in kilometres (CAP 1.2 §3.2.4).
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from subscribers.datum import Datum, to_wgs84
from subscribers.region import Point, Region, is_simple

T = TypeVar("T")

_LEAST_POINTS = 4
#: More points than this are refused before any geometry is worked out; the largest public polygon has 34,066.
MOST_POINTS = 50_000
_PAIR = re.compile(r"([+-]?\d{1,3}(?:\.\d*)?),([+-]?\d{1,3}(?:\.\d*)?)")
_CIRCLE = re.compile(r"(\S+)\s+\+?(\d{1,5}(?:\.\d*)?)")
#: Half of the Earth's circumference, in kilometres.
_LARGEST_RADIUS = 20_040.0


def time(text: str) -> datetime | None:
    """An aware time; None where `text` is none."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    return found if found.tzinfo else None


def polygon(text: str) -> tuple[Point, ...]:
    """The points (latitude, longitude) of a ring that is closed. Raises ValueError with one sentence if it is none."""
    words = text.split()
    if len(words) > MOST_POINTS:
        raise ValueError(f"the polygon has more than {MOST_POINTS} points")
    points = [_point(word) for word in words]
    if len(points) < _LEAST_POINTS:
        raise ValueError(f"a polygon needs at least {_LEAST_POINTS} pairs, the last one the first again")
    if points[0] != points[-1]:
        raise ValueError("the polygon is not closed: its last pair must be its first one")
    if not is_simple(points):
        raise ValueError("the polygon crosses or touches itself, or has no inside")
    return tuple(points)


def circle(text: str) -> tuple[Point, float]:
    """Centre and radius in kilometres. Raises ValueError with one sentence if it is no circle."""
    found = _CIRCLE.fullmatch(text.strip())
    if found is None:
        raise ValueError('a circle is "latitude,longitude radius" with the radius in kilometres')
    radius = float(found[2])
    if radius > _LARGEST_RADIUS:
        raise ValueError(f"a radius of {radius:g} km is more than half of the Earth's circumference")
    return _point(found[1]), radius


def region(polygons: Iterable[str], circles: Iterable[str]) -> Region | None:
    """The region of these texts, against which people's points are held; None if there is nothing in it.

    Rings that are open, or cross or touch themselves, count as what they enclose: somebody too many is told rather than
    nobody. Those that cannot be read are left out. Whoever issues a warning is told of both before (`law.problems`).
    """
    return Region(tuple(_readable(_ring, polygons)), tuple(_readable(circle, circles))) or None


def _ring(text: str) -> tuple[Point, ...]:
    """A ring as it was meant. Raises ValueError."""
    words = text.split()
    if len(words) > MOST_POINTS:
        raise ValueError(f"the polygon has more than {MOST_POINTS} points")
    points = [_point(word) for word in words]
    if len(set(points)) < _LEAST_POINTS - 1:
        raise ValueError("three points at least enclose something")
    return tuple(points if points[0] == points[-1] else [*points, points[0]])


def _readable(read: Callable[[str], T], texts: Iterable[str]) -> Iterator[T]:
    for text in texts:
        with suppress(ValueError):
            yield read(text)


def in_wgs84(text: str, datum: Datum) -> str:
    """A polygon or circle that was drawn on a Chinese map, in WGS 84; what cannot be read stays as it is."""
    if datum == "wgs-84":
        return text
    return _PAIR.sub(lambda pair: _write(to_wgs84(float(pair[1]), float(pair[2]), datum)), text)


def write_polygon(points: Sequence[Point]) -> str:
    """The points as CAP writes them; an open ring is closed."""
    closed = [*points, points[0]] if points and points[0] != points[-1] else points
    return " ".join(_write(point) for point in closed)


def write_circle(centre: Point, kilometres: float) -> str:
    """The circle as CAP writes it."""
    return f"{_write(centre)} {_number(kilometres)}"


def _point(word: str) -> Point:
    found = _PAIR.fullmatch(word)
    if found is None:
        raise ValueError(f'"{word[:40]}" is not latitude,longitude in degrees')
    latitude, longitude = float(found[1]), float(found[2])
    if abs(latitude) > 90 or abs(longitude) > 180:
        raise ValueError(f'"{word[:40]}" lies outside of the Earth: latitude comes first, then longitude')
    return latitude, longitude


def _write(point: Point) -> str:
    return ",".join(_number(coordinate) for coordinate in point)


def _number(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError("a coordinate must be a finite number")
    # Six decimals are a decimetre.
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    # Minus nought is nought: a ring that ends in the one and begins with the other is closed.
    return "0" if text in {"", "-0"} else text
