"""The menu is checked as the platform does, before it is asked."""

from typing import Any

import pytest
from pydantic import ValidationError

from channels.wechat.menu import MenuEntry


def test_a_menu_becomes_what_the_platform_wants() -> None:
    entry = MenuEntry.model_validate(
        {"name": "订阅", "sub": [{"name": "教育通知", "key": "订阅 教育"}, {"name": "公告栏", "url": "https://a.cn/"}]}
    )
    assert entry.to_json() == {
        "name": "订阅",
        "sub_button": [
            {"type": "click", "name": "教育通知", "key": "订阅 教育"},
            {"type": "view", "name": "公告栏", "url": "https://a.cn/"},
        ],
    }
    assert MenuEntry.model_validate({"name": "退订", "key": "退订"}).to_json()["type"] == "click"


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"name": "订阅"}, "url or key"),
        ({"name": "订阅", "url": "https://a.cn", "key": "x"}, "not both"),
        ({"name": "一二三四五六", "key": "x"}, "16 bytes"),
        ({"name": "订阅", "key": "x", "sub": [{"name": "a", "key": "b"}]}, "neither url nor key"),
        ({"name": "订阅", "sub": [{"name": "a", "key": "b"}] * 6}, "at most 5"),
        ({"name": "订阅", "sub": [{"name": "a", "url": "javascript:x"}]}, "url"),
        ({"name": "订阅", "key": "x", "colour": "red"}, "colour"),
    ],
)
def test_a_menu_that_the_platform_would_refuse_names_its_fault(entry: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        MenuEntry.model_validate(entry)
