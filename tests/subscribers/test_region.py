"""Which coarse points lie in a region, and Chinese coordinates."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers.datum import Datum, to_gcj02, to_wgs84
from subscribers.position import PositionError, coarse
from subscribers.region import Region, is_simple, touched

_TRIANGLE = ((29.7, 115.9), (29.8, 115.9), (29.7, 116.0), (29.7, 115.9))
_NORTH, _EAST = st.integers(29_600, 29_900), st.integers(115_800, 116_100)


def test_a_point_counts_if_anybody_of_its_cell_may_be_inside() -> None:
    inside, edge, outside = (29_720, 115_920), (29_751, 115_950), (29_760, 115_950)
    found = touched(Region((_TRIANGLE,)), *zip(inside, edge, outside, strict=True))
    assert found == [True, True, False]


def test_a_circle_is_round_on_the_ground() -> None:
    region = Region((), (((29.7, 115.9), 10.0),))
    # Ten kilometres are 0.0899 degrees to the North and 0.1035 to the East.
    assert touched(region, [29_789, 29_792, 29_700, 29_700], [115_900, 115_900, 116_002, 116_006]) == [
        True,
        False,
        True,
        False,
    ]


def test_a_circle_without_a_radius_is_the_place_itself() -> None:
    assert touched(Region((), (((29.7001, 115.9001), 0.0),)), [29_700, 29_702], [115_900, 115_900]) == [True, False]


@given(st.lists(st.tuples(_NORTH, _EAST), min_size=1, max_size=30), st.floats(0, 40), st.tuples(_NORTH, _EAST))
def test_whatever_lies_inside_lies_in_the_box_that_the_database_looks_in(
    points: list[tuple[int, int]], radius: float, centre: tuple[int, int]
) -> None:
    region = Region((_TRIANGLE,), (((centre[0] / 1000, centre[1] / 1000), radius),))
    for figure, (south, west, north, east) in zip(
        (Region((_TRIANGLE,)), Region((), region.circles)), region.boxes(), strict=True
    ):
        for point, is_inside in zip(points, touched(figure, *zip(*points, strict=True)), strict=True):
            within = south <= point[0] / 1000 <= north and west <= point[1] / 1000 <= east
            assert within or not is_inside
    assert Region.from_json(region.to_json()) == region


@pytest.mark.parametrize("centre", [(89.95, 10.0), (0.0, 179.99), (-60.0, -179.9)])
def test_a_circle_over_a_pole_or_the_date_line_is_looked_for_all_around(centre: tuple[float, float]) -> None:
    [(south, west, north, east)] = Region((), ((centre, 50.0),)).boxes()
    assert (west, east) == (-180, 180)
    assert south < centre[0] < north


def test_a_ring_that_crosses_or_touches_itself_holds_whoever_it_encloses() -> None:
    bow_tie = ((29.7, 115.9), (29.8, 116.0), (29.8, 115.9), (29.7, 116.0), (29.7, 115.9))
    assert touched(Region((bow_tie,)), [29_710, 29_790, 29_750], [115_950, 115_950, 115_910]) == [True, True, False]
    square = [(29.7, 115.9), (29.8, 115.9), (29.8, 116.0), (29.7, 116.0), (29.7, 115.9)]
    hole = [(29.74, 115.94), (29.74, 115.96), (29.76, 115.96), (29.76, 115.94), (29.74, 115.94)]
    with_hole = (*square, *hole, (29.7, 115.9))
    assert touched(Region((with_hole,)), [29_710, 29_750], [115_950, 115_950]) == [True, False]


def test_a_ring_that_crosses_itself_is_none() -> None:
    assert is_simple(_TRIANGLE)
    assert not is_simple(((0, 0), (1, 1), (1, 0), (0, 1), (0, 0)))


@pytest.mark.parametrize(
    ("datum", "stated"),
    [("wgs-84", (39.90734, 116.39089)), ("gcj-02", (39.90874, 116.39713)), ("bd-09", (39.91508, 116.40350))],
)
def test_one_place_in_three_systems_of_coordinates_is_one_place(datum: Datum, stated: tuple[float, float]) -> None:
    """天安门, as GPS, 高德 and 百度 give it."""
    found = to_wgs84(*stated, datum)
    assert math.dist(found, (39.90734, 116.39089)) < 0.0001


@given(st.floats(18, 53), st.floats(74, 134))
def test_a_map_s_shift_is_taken_back_to_a_centimetre(latitude: float, longitude: float) -> None:
    shifted = to_gcj02(latitude, longitude)
    assert 0.0002 < math.dist(shifted, (latitude, longitude)) < 0.02
    assert math.dist(to_wgs84(*shifted, "gcj-02"), (latitude, longitude)) < 1e-7


@pytest.mark.parametrize("swapped", [(115.99, 29.7), (29.7, 15.9), (math.nan, 115.9), (-29.7, 115.9)])
def test_swapped_or_foreign_coordinates_are_refused(swapped: tuple[float, float]) -> None:
    with pytest.raises(PositionError, match="写反"):
        coarse(*swapped)
