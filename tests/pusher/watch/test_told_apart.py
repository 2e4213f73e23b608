"""Rows that look alike and are not the same."""

from pusher.watch.found import Row
from pusher.watch.told_apart import told_apart

ONE, OTHER = "11360403MB1234567X/2026-00001", "11360403MB1234567X/2026-00002"


def test_rows_that_cannot_be_opened_are_counted() -> None:
    rows = [Row("停水通知", keys=("list#1",)), Row("停水通知", keys=("list#1",)), Row("招聘公告", keys=("list#2",))]
    assert [row.key for row in told_apart(rows)] == ["list#1", "list#1~2", "list#2"]


def test_one_thing_shown_twice_stays_one() -> None:
    rows = [Row("停水通知", "https://a.gov.cn/1", keys=("a.gov.cn/1",))] * 2
    assert told_apart(rows) == tuple(rows)


def test_an_index_number_that_was_typed_twice_names_nothing() -> None:
    rows = [
        Row("低保名单", "https://a.gov.cn/1", keys=(ONE, "a.gov.cn/1"), index_number=ONE),
        Row("特困名单", "https://a.gov.cn/2", keys=(ONE, "a.gov.cn/2"), index_number=ONE),
        Row("救助标准", "https://a.gov.cn/3", keys=(OTHER, "a.gov.cn/3"), index_number=OTHER),
        Row("救助标准", "https://a.gov.cn/4", keys=(OTHER, "a.gov.cn/4"), index_number=OTHER),
    ]
    assert [row.key for row in told_apart(rows)] == ["a.gov.cn/1", "a.gov.cn/2", OTHER, OTHER]
