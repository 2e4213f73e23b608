"""Coordinates of Chinese maps as WGS 84. Pure.

By law maps for the Chinese public are drawn in GCJ-02 (高德, 腾讯) or, shifted once more, BD-09 (百度); both lie some
100 to 1,000 m beside WGS 84, which GPS, CAP and, to a few centimetres, CGCS2000 (天地图) use. The shift is published by
nobody; the polynomial below is the one that map programs have used for years, good to about a metre.
"""

import math
from typing import Literal

#: In which coordinates a point is stated.
Datum = Literal["wgs-84", "gcj-02", "bd-09"]

#: Mainland China as maps shift it: (least, greatest) latitude and longitude.
_SHIFTED = ((0.8293, 55.8271), (72.004, 137.8347))
#: Krassovsky's ellipsoid: half axis in metres, square of the eccentricity.
_AXIS = 6_378_245.0
_ECCENTRICITY = 0.006_693_421_622_965_943
_BD_PERIOD = math.pi * 3000.0 / 180.0
#: Each round leaves about a thousandth of the error of the one before.
_ROUNDS = 4


def to_wgs84(latitude: float, longitude: float, datum: Datum) -> tuple[float, float]:
    """(latitude, longitude) in degrees of WGS 84."""
    if datum == "bd-09":
        latitude, longitude = _bd09_to_gcj02(latitude, longitude)
    if datum == "wgs-84" or not _is_shifted(latitude, longitude):
        return latitude, longitude
    found = latitude, longitude
    for _ in range(_ROUNDS):
        north, east = _shift(*found)
        found = latitude - north, longitude - east
    return found


def to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """(latitude, longitude) of GCJ-02 for a point of WGS 84."""
    if not _is_shifted(latitude, longitude):
        return latitude, longitude
    north, east = _shift(latitude, longitude)
    return latitude + north, longitude + east


def _is_shifted(latitude: float, longitude: float) -> bool:
    return all(least <= value <= most for value, (least, most) in zip((latitude, longitude), _SHIFTED, strict=True))


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """How far GCJ-02 lies beside a point of WGS 84, in degrees of latitude and longitude."""
    x, y = longitude - 105.0, latitude - 35.0
    both = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + both
    north += _waves(y, 20.0, 40.0, 3.0) + _wave(y, 160.0, 12.0) + _wave(y, 320.0, 30.0)
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + both
    east += _waves(x, 20.0, 40.0, 3.0) + _wave(x, 150.0, 12.0) + _wave(x, 300.0, 30.0)
    angle = math.radians(latitude)
    bend = 1 - _ECCENTRICITY * math.sin(angle) ** 2
    metres_north = _AXIS * (1 - _ECCENTRICITY) / (bend * math.sqrt(bend))
    metres_east = _AXIS / math.sqrt(bend) * math.cos(angle)
    return math.degrees(north / metres_north), math.degrees(east / metres_east)


def _waves(value: float, one: float, other: float, divisor: float) -> float:
    return (one * math.sin(value * math.pi) + other * math.sin(value / divisor * math.pi)) * 2.0 / 3.0


def _wave(value: float, height: float, divisor: float) -> float:
    return height * math.sin(value / divisor * math.pi) * 2.0 / 3.0


def _bd09_to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    x, y = longitude - 0.0065, latitude - 0.006
    distance = math.hypot(x, y) - 0.00002 * math.sin(y * _BD_PERIOD)
    angle = math.atan2(y, x) - 0.000003 * math.cos(x * _BD_PERIOD)
    return distance * math.sin(angle), distance * math.cos(angle)
