from datetime import timedelta

import pytest

from pusher.clock import from_instant
from pusher.item import Item
from pusher.review.duplicates import is_repost, plain_title, same_thing

DAY = from_instant(1_790_000_000_000_000)


def item(title: str, *, days: float | None = 0, url: str = "") -> Item:
    published = None if days is None else DAY + timedelta(days=days)
    return Item(source="s", key="k", title=title, url=url, published=published)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("（转载）关于印发《公租房办法》的通知", "关于印发公租房办法的通知"),
        ("关于 做好　招生工作的通知", "关于做好招生工作的通知"),
        ("关于2026年工作的通知（惠府办发〔2026〕54号）", "关于２０２６年工作的通知"),
        ("【转发】关于开展“义诊”的通知", "关于开展义诊的通知"),
    ],
)
def test_titles_are_compared_by_their_words(one: str, other: str) -> None:
    assert plain_title(one) == plain_title(other)


def test_a_repost_says_so() -> None:
    assert is_repost("（转载）关于印发办法的通知")
    assert not is_repost("关于转发省政府办法的通知")


TITLE = "关于印发广州市公共租赁住房管理办法的通知"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (item(TITLE), item(TITLE, days=2), True),
        (item(TITLE), item(TITLE, days=40), False),
        (item(TITLE), item("（转载）" + TITLE, days=40), True),
        (item(TITLE), item("（转载）" + TITLE, days=400), False),
        (item(TITLE), item(TITLE, days=None), True),
        (item(TITLE), item("市政府办公厅" + TITLE), True),
        (item(TITLE), item("市政府办公厅" + TITLE, days=2), False),
        (item(TITLE), item(TITLE[:14] + "..."), True),
        (item(TITLE), item(TITLE[:14]), False),
        (item("停水公告"), item("停水公告"), False),
        (item("停水公告", url="http://a/1"), item("停气公告", url="http://a/1", days=9), True),
        (item("2026年9月空气质量状况公报"), item("2026年10月空气质量状况公报"), False),
    ],
)
def test_the_same_words_in_time_are_the_same_thing(one: Item, other: Item, same: bool) -> None:
    assert same_thing(one, other) is same
    assert same_thing(other, one) is same
