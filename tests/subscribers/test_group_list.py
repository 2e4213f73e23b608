"""From rows of text to the people of a list."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from subscribers import group_list
from subscribers.group_cells import Fault, GroupFileError, Row
from subscribers.group_list import GroupList, Refusal, check
from subscribers.position import Position

HEADINGS = ["手机", "邮箱", "姓名", "渠道"]


def _check(*rows: list[str]) -> GroupList:
    return check(enumerate([HEADINGS, *rows], start=1))


def _reasons(*rows: list[str]) -> list[tuple[int, str, str]]:
    return [(refusal.line, refusal.column, refusal.value) for refusal in _check(*rows).refused]


def test_a_row_becomes_a_person_with_addresses_and_columns() -> None:
    [person] = _check(["138 0013 8000", "Z@Example.com", "张三", ""]).people
    assert person.addresses == (("phone", "+8613800138000"), ("email", "Z@example.com"))
    assert json.loads(person.columns) == {"name": "张三"}
    assert person.preference == "first"


def test_columns_are_mapped_to_slots() -> None:
    assert _check(["13800138000"]).slots == {"name": "姓名"}


@pytest.mark.parametrize(
    ("channel", "kinds", "preference"),
    [
        ("", ["phone", "email"], "first"),
        ("邮件", ["email", "phone"], "first"),
        ("邮件、短信", ["email", "phone"], "first"),
        ("SMS", ["phone", "email"], "first"),
        ("全部", ["phone", "email"], "all"),
    ],
)
def test_the_channel_column_says_how_somebody_is_reached(channel: str, kinds: list[str], preference: str) -> None:
    [person] = _check(["13800138000", "z@example.com", "", channel]).people
    assert [kind for kind, _ in person.addresses] == kinds
    assert person.preference == preference


def test_every_wrong_cell_is_reported_with_its_place_and_a_masked_value() -> None:
    wrong = _check(["1380013", "z@example.com", "张三", "飞鸽"], ["13800138000"], ["", "", "李四"])
    assert [(one.line, one.column, one.value) for one in wrong.refused] == [
        (2, "手机", "1***"),
        (2, "渠道", "飞*"),
        (4, "", ""),
    ]
    assert all("1380013" not in one.reason for one in wrong.refused)
    assert len(wrong.people) == 1
    assert wrong.rows == 3


def test_a_fault_of_the_spreadsheet_is_a_refusal() -> None:
    rows: list[Row] = [(1, HEADINGS), (2, ["13800138000", "", Fault("330****34", "请把该列设为文本")])]
    assert check(rows).refused == [Refusal(2, "姓名", "330****34", "请把该列设为文本")]


def test_a_number_that_went_through_a_number_format_is_a_number_again() -> None:
    assert _check(["13800138000.0"]).people[0].addresses == (("phone", "+8613800138000"),)


def test_a_cell_without_heading_is_refused() -> None:
    assert _reasons(["13800138000", "", "", "", "张三"]) == [(2, "", "张*")]


def test_a_long_value_is_refused_and_white_space_folded() -> None:
    assert _reasons(["13800138000", "", "长" * 201]) == [(2, "姓名", "长长长****长长")]
    assert json.loads(_check(["13800138000", "", "张\n 三\ue000"]).people[0].columns) == {"name": "张 三"}


def test_two_rows_with_the_same_number_are_one_person() -> None:
    found = _check(
        ["13800138000", "", "张三"], ["13900139000", "", "李四"], ["+86 138-0013-8000", "z@example.com", "某"]
    )
    assert len(found.people) == 2
    assert found.repeated == [(4, 2)]
    assert found.people[0].addresses == (("phone", "+8613800138000"), ("email", "z@example.com"))
    assert json.loads(found.people[0].columns) == {"name": "张三"}


def test_a_row_can_show_that_two_earlier_ones_are_one_person() -> None:
    found = _check(["13800138000"], ["", "z@example.com"], ["13800138000", "Z@example.com"])
    assert len(found.people) == 1
    assert found.repeated == [(3, 2), (4, 2)]


def test_a_mailbox_shared_by_two_numbers_is_refused() -> None:
    found = _check(["13800138000", "class3@example.com"], ["13900139000", "class3@example.com"])
    assert [(one.line, "第 2 行" in one.reason) for one in found.refused] == [(3, True)]


def test_what_stands_above_the_headings_may_be_long_and_is_never_repeated() -> None:
    title, home = "江西省九江市浔阳区民政局" * 5, "甘棠街道浔阳路一百二十三号四栋二单元三〇二室" * 2
    assert len(check(enumerate([[title], ["手机号"], ["13800138000"]], start=1)).people) == 1
    with pytest.raises(GroupFileError, match="找不到标题行") as raised:
        check(enumerate([["张三", home, "13800138000"]], start=1))
    assert home[:10] not in str(raised.value)


@pytest.mark.parametrize(
    "heading", ["手机号\u200b", "\ufeff手机号", "联系电话\n（家长）", "联系\n电话 （必填）", "手 机"]
)
def test_a_heading_is_understood_as_it_is_seen(heading: str) -> None:
    [person] = check(enumerate([["邮箱", heading], ["a@example.com", "13800138000"]], start=1)).people
    assert ("phone", "+8613800138000") in person.addresses


def test_titles_above_the_headings_are_passed_over() -> None:
    rows = [(1, ["2026年名单"]), (2, ["单位：民政局"]), (4, ["姓名", "手机"]), (5, ["张三", "13800138000"])]
    assert len(check(rows).people) == 1


@pytest.mark.parametrize("rows", [[], [["a"]], [["姓名", "村"], ["张三", "x"]], [["手机"]]])
def test_a_file_without_headings_or_people_is_refused_as_a_whole(rows: list[list[str]]) -> None:
    with pytest.raises(GroupFileError):
        check(enumerate(rows, start=1))


def test_a_list_beyond_the_limits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(GroupFileError, match="第 2 行有 65 列"):
        _check(["13800138000"] + [""] * 64)
    monkeypatch.setattr(group_list, "MOST_ROWS", 2)
    with pytest.raises(GroupFileError, match="超过 2 行"):
        _check(*[["13800138000"]] * 3)
    monkeypatch.setattr(group_list, "MOST_REFUSED", 1)
    with pytest.raises(GroupFileError, match="请先看第 2 行“手机”"):
        _check(["1"], ["2"])


NUMBERS = st.lists(st.integers(0, 6), min_size=1, max_size=3, unique=True)


@given(st.lists(NUMBERS, min_size=1, max_size=8))
def test_people_are_those_whom_shared_numbers_connect(rows: list[list[int]]) -> None:
    people = check(
        [(1, ["手机", "电话", "移动电话"])]
        + [(line, [f"1380013800{number}" for number in row]) for line, row in enumerate(rows, start=2)]
    ).people
    found = {frozenset(int(value[-1]) for _, value in person.addresses) for person in people}
    assert found == _connected(rows)


def _connected(rows: list[list[int]]) -> set[frozenset[int]]:
    parts: list[set[int]] = []
    for row in rows:
        touched = [part for part in parts if part & set(row)]
        parts = [part for part in parts if part not in touched] + [set(row).union(*touched)]
    return set(map(frozenset, parts))


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (("经度", "纬度"), ("115.98500", "29.71260")),
        (("纬度(GPS)", "经度（WGS-84）"), ("29.71260", "115.98500")),
        (("经度(高德)", "纬度(GCJ-02)"), ("115.99000", "29.71000")),
        (("lng", "lat"), ("115.985", "29.7126")),
    ],
)
def test_a_list_says_where_somebody_lives_and_in_whose_coordinates(
    headings: tuple[str, str], cells: tuple[str, str]
) -> None:
    found = check([(1, ["手机", *headings]), (2, ["13800138000", *cells]), (3, ["13800138001", "", ""])])
    assert [person.place for person in found.people] == [Position(29713, 115985), None]
    assert found.slots == {}


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (("116.37", ""), "只写了一个"),
        (("29.7", "116.37"), "写反"),
        (("116°37′", "29.7"), "度分秒"),
        (("nan", "29.7"), "度分秒"),
    ],
)
def test_a_place_that_cannot_be_right_is_refused_without_being_told(cells: tuple[str, str], reason: str) -> None:
    [refused] = check([(1, ["手机", "经度", "纬度"]), (2, ["13800138000", *cells])]).refused
    assert reason in refused.reason
    assert "37" not in refused.reason + refused.value


@pytest.mark.parametrize(
    ("headings", "sentence"),
    [
        (("经度",), "要么都有"),
        (("经度", "纬度(GCJ-02)"), "坐标系不同"),
        (("经度(北京54)", "纬度(北京54)"), "坐标系看不懂"),
        (("经度", "纬度", "lat"), "同一个名称"),
    ],
)
def test_columns_of_a_place_are_whole_and_of_one_system(headings: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(GroupFileError, match=sentence):
        check([(1, ["手机", *headings]), (2, ["13800138000"])])
