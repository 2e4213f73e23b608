"""The map of a warning's area as an SVG picture: figures, and a grid with how many people live in each cell. Pure.

Drawn from numbers alone: no tiles, no borders of districts (they need an approved map, 审图号), no network. North is
up; degrees are WGS 84, as in CAP.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from subscribers.position import GRAIN
from subscribers.region import Point, Region
from subscribers.topic import Severity

_COLOURS = {
    Severity.BLUE: "#1f6fd6",
    Severity.YELLOW: "#c9a400",
    Severity.ORANGE: "#e07b00",
    Severity.RED: "#c8102e",
}
_WIDTH, _HEIGHT = 800.0, 600.0
_LEFT, _TOP = 20.0, 70.0
_COLUMNS = 16
#: Kilometres of a degree of latitude.
_DEGREE = 111.195
#: Degrees of latitude that a map shows at least, some four kilometres.
_LEAST = 0.04
#: Corners of a drawn circle.
_CORNERS = 72
#: Fewer people in a cell are not counted out: a map is passed on.
_FEW = 5
#: Lines of counts below the picture.
_LINES = 14


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a map shows."""

    headline: str
    #: "LIVE 真实发布", or which kind of drill.
    mode: str
    is_live: bool
    level: Severity
    region: Region
    #: The region of the version that went out last; empty if there is none.
    before: Region
    #: People who are meant, by where they live (latitude, longitude in thousandths of a degree).
    places: Mapping[tuple[int, int], int]
    #: Lines below the picture: people by channel, by area …
    counts: Sequence[str]


@dataclass(frozen=True, slots=True)
class _View:
    """Which part of the Earth is seen, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def at(self, latitude: float, longitude: float) -> tuple[float, float]:
        """Where a point lies on the picture."""
        return (
            _LEFT + (longitude - self.west) / (self.east - self.west) * _WIDTH,
            _TOP + (self.north - latitude) / (self.north - self.south) * _HEIGHT,
        )

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether the picture shows the point."""
        return self.south <= latitude <= self.north and self.west <= longitude <= self.east


def draw(drawn: Drawn) -> str:
    """The picture."""
    view = _view(drawn)
    colour = _COLOURS.get(drawn.level, "#555555")
    lines = [*drawn.counts, *_hidden(drawn, view)]
    shown = lines if len(lines) <= _LINES else [*lines[: _LINES - 1], f"… {len(lines) - _LINES + 1} 行未列出"]
    below = _TOP + _HEIGHT + 30
    height = below + 22 * len(shown) + 14
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH + 2 * _LEFT:g} {height:g}"'
        ' font-family="sans-serif" font-size="14">',
        f"<title>{escape(drawn.headline)}</title>",
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        _text(_LEFT, 26, drawn.headline, size=18, colour=colour),
        # A drill never looks like the real thing (Hawaii 2018).
        _text(_LEFT, 52, drawn.mode, size=16, colour="#c8102e" if drawn.is_live else "#2e7d32"),
        f'<clipPath id="view"><rect x="{_LEFT:g}" y="{_TOP:g}" width="{_WIDTH:g}" height="{_HEIGHT:g}"/></clipPath>',
        '<g clip-path="url(#view)">',
        *(_figure(points, view, fill=colour) for points in _outlines(drawn.region)),
        *(_figure(points, view, fill="none", dashed=True) for points in _outlines(drawn.before)),
        *_cells(drawn.places, view),
        "</g>",
        f'<rect x="{_LEFT:g}" y="{_TOP:g}" width="{_WIDTH:g}" height="{_HEIGHT:g}" fill="none" stroke="#333333"/>',
        *_frame(view),
        *(_text(_LEFT, below + 22 * place, line) for place, line in enumerate(shown)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _view(drawn: Drawn) -> _View:
    """Around the figures; where there are none, around the people; as wide as high on the ground."""
    boxes = [*drawn.region.boxes(), *drawn.before.boxes()]
    if not boxes:
        boxes = [(north / GRAIN, east / GRAIN, north / GRAIN, east / GRAIN) for north, east in drawn.places]
    souths, wests, norths, easts = zip(*boxes, strict=True) if boxes else ((29.7,), (115.9,), (29.7,), (115.9,))
    middle = ((min(souths) + max(norths)) / 2, (min(wests) + max(easts)) / 2)
    narrow = max(math.cos(math.radians(middle[0])), 0.05)
    half = max(max(norths) - min(souths), (max(easts) - min(wests)) * narrow * _HEIGHT / _WIDTH, _LEAST) * 0.6
    wide = half * _WIDTH / _HEIGHT / narrow
    return _View(middle[0] - half, middle[1] - wide, middle[0] + half, middle[1] + wide)


def _outlines(region: Region) -> Iterator[Sequence[Point]]:
    yield from region.polygons
    for (latitude, longitude), radius in region.circles:
        high = radius / _DEGREE
        wide = high / max(math.cos(math.radians(latitude)), 0.05)
        turns = [2 * math.pi * corner / _CORNERS for corner in range(_CORNERS)]
        yield [(latitude + high * math.sin(turn), longitude + wide * math.cos(turn)) for turn in turns]


def _figure(points: Sequence[Point], view: _View, *, fill: str, dashed: bool = False) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (view.at(*point) for point in points))
    line = 'stroke="#333333" stroke-dasharray="8 6"' if dashed else f'stroke="{fill}"'
    return f'<polygon points="{corners}" fill="{fill}" fill-opacity="0.25" {line} stroke-width="2"/>'


def _cells(places: Mapping[tuple[int, int], int], view: _View) -> Iterator[str]:
    """A square for each cell in which people live, with their number."""
    size = _WIDTH / _COLUMNS
    cells: Counter[tuple[int, int]] = Counter()
    for (north, east), people in places.items():
        if view.holds(north / GRAIN, east / GRAIN):
            x, y = view.at(north / GRAIN, east / GRAIN)
            cells[int((x - _LEFT) // size), int((y - _TOP) // size)] += people
    most = max(cells.values(), default=1)
    for (column, row), people in sorted(cells.items()):
        x, y = _LEFT + column * size, _TOP + row * size
        strength = 0.15 + 0.45 * people / most
        yield (
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{size:.1f}" height="{size:.1f}" fill="#333333"'
            f' fill-opacity="{strength:.2f}"/>'
        )
        number = f"{people}" if people >= _FEW else f"<{_FEW}"
        yield _text(x + size / 2, y + size / 2 + 5, number, anchor="middle")


def _hidden(drawn: Drawn, view: _View) -> Iterator[str]:
    """Who cannot be seen on the picture."""
    outside = sum(
        people for (north, east), people in drawn.places.items() if not view.holds(north / GRAIN, east / GRAIN)
    )
    if outside:
        yield f"位置在图外：{outside} 人"
    if not drawn.region:
        yield "没有多边形或圆形：按行政区划发送"
    if drawn.before:
        yield "虚线：上一次发布的范围"


def _frame(view: _View) -> Iterator[str]:
    """Degrees at two corners, and a scale."""
    yield _text(_LEFT + 4, _TOP + 16, f"{view.north:.3f}°N {view.west:.3f}°E", size=11)
    corner = f"{view.south:.3f}°N {view.east:.3f}°E"
    yield _text(_LEFT + _WIDTH - 4, _TOP + _HEIGHT - 6, corner, size=11, anchor="end")
    kilometres = (view.north - view.south) * _DEGREE
    length = 10 ** math.floor(math.log10(kilometres / 3))
    pixels = length / kilometres * _HEIGHT
    y = _TOP + _HEIGHT - 12
    yield f'<path d="M{_LEFT + 10:g} {y:g}h{pixels:.1f}" stroke="#333333" stroke-width="3"/>'
    yield _text(_LEFT + 10, y - 6, f"{length:g} km · WGS 84", size=11)


def _text(x: float, y: float, words: str, *, size: int = 14, colour: str = "#222222", anchor: str = "start") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" text-anchor="{anchor}">'
        f"{escape(_printable(words))}</text>"
    )


def _printable(words: str) -> str:
    return "".join(each if each.isprintable() else " " for each in words)
