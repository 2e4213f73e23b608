"""What the columns of a list mean."""

import re
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from subscribers.group_cells import Fault, GroupFileError
from subscribers.headings import read_headings


def _meanings(*cells: str) -> list[str]:
    return [heading.meaning for heading in read_headings(cells) or []]


@pytest.mark.parametrize(
    ("heading", "meaning"),
    [
        ("手机", "phone"),
        ("手机号（必填）", "phone"),
        ("* 联系电话：", "phone"),
        ("电话(家长)", "phone"),
        ("号码(phone)", "phone"),
        ("PHONE", "phone"),
        ("Phone Number", "phone"),
        ("电子邮箱", "email"),
        ("E-mail", "email"),
        ("微信", "openid"),
        ("OpenID", "openid"),
        ("姓 名", "name"),
        ("渠道", "channel"),
    ],
)
def test_usual_headings_are_known(heading: str, meaning: str) -> None:
    assert _meanings("openid", heading)[1] == meaning


@pytest.mark.parametrize(
    ("heading", "slot"),
    [
        ("姓名", "name"),
        ("地区", "area"),
        ("金额(元)", "amount"),
        ("补助金额（subsidy）", "subsidy"),
        ("Household Size", "household_size"),
        ("class", "class_name"),
        ("户型", "u6237_u578b"),
    ],
)
def test_every_further_column_becomes_a_slot(heading: str, slot: str) -> None:
    headings = read_headings(["手机", heading]) or []
    assert headings[1].slot == slot
    assert headings[1].text == heading


@pytest.mark.parametrize("heading", ["序号", "行号", "No."])
def test_the_number_of_a_row_says_nothing_of_a_person(heading: str) -> None:
    assert _meanings("手机", heading) == ["phone", "ignored"]
    assert _meanings("手机", f"{heading}(card_number)")[1] == "slot"


@given(st.text(min_size=1, max_size=30))
def test_a_slot_name_is_one_that_templates_can_write(heading: str) -> None:
    assume(len(unicodedata.normalize("NFKC", heading)) <= 30)
    for found in read_headings(["openid", heading]) or []:
        assert not found.slot or re.fullmatch(r"[a-z][a-z0-9_]*", found.slot)


def test_a_row_without_any_address_is_not_the_headings() -> None:
    assert read_headings(["2026年低保户名单", "", ""]) is None
    assert read_headings([Fault("1", "x")]) is None


def test_two_columns_for_the_same_slot_are_refused() -> None:
    with pytest.raises(GroupFileError, match="“金额”和“补助金额”"):
        read_headings(["手机", "金额", "补助金额"])


def test_two_columns_with_addresses_of_one_kind_are_welcome() -> None:
    assert _meanings("手机", "电话") == ["phone", "phone"]


def test_a_heading_that_is_a_whole_sentence_is_refused() -> None:
    with pytest.raises(GroupFileError, match="太长"):
        read_headings(["手机", "请在这一列里填写您所在的行政村的全称以及村民小组的组名和门牌号码谢谢"])
