from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pusher.review.personal import Kind, digits_of, narrowed
from pusher.review.personal_numbers import is_identity_number
from pusher.review.privacy import PrivacyPolicy, find, mask

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
WIDE = str.maketrans("0123456789X-", "０１２３４５６７８９Ｘ－")


def identity_number(seventeen: str) -> str:
    """An invented number with its check digit."""
    return seventeen + "10X98765432"[sum(w * int(d) for w, d in zip(WEIGHTS, seventeen, strict=True)) % 11]


def luhn(fifteen: str) -> str:
    doubled = sum(sum(divmod(int(d) * (2 - place % 2), 10)) for place, d in enumerate(reversed(fifteen)))
    return fifteen + str(-doubled % 10)


PERSON = identity_number("36040319990101123")
CARD = luhn("622202123456789")


def masked(text: str) -> str:
    return mask(text)[0]


def kinds(text: str) -> list[Kind]:
    return [finding.kind for finding in find(text)]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (f"身份证号：{PERSON}", f"身份证号：360403********{PERSON[-4:]}"),
        (f"编号{PERSON}的同志", f"编号360403********{PERSON[-4:]}的同志"),
        ("手机13800138000（本人）", "手机138****8000（本人）"),
        ("手机138-0013-8000", "手机138-****-8000"),
        ("手机138 0013 8000", "手机138 **** 8000"),
        ("手机138.0013.8000", "手机138******8000"),
        ("手机+86 13800138000", "手机+86 138****8000"),
        ("手机１３８００１３８０００", "手机１３８****８０００"),
        ("姓名：张三", "姓名：张*"),
        ("户主姓名：李小明，低保2人", "户主姓名：李**，低保2人"),
        ("监护人: 欧阳小明 电话", "监护人: 欧*** 电话"),
        ("受助人：张三、李四、王小五。", "受助人：张*、李*、王**。"),
        ("关于轮候申请人梁聪信息公示的通告", "关于轮候申请人梁*信息公示的通告"),
        ("家庭住址：浔阳区环城路12号3栋", "家庭住址：浔阳区********"),
        ("张三丰来办事。申请人：张三丰", "张**来办事。申请人：张**"),
    ],
)
def test_personal_data_is_masked_in_place(text: str, result: str) -> None:
    assert masked(text) == result


@pytest.mark.parametrize(
    "text",
    [
        "联系人：王老师，联系电话：13800138000",
        "咨询电话 13800138000",
        "监督电话：0792-8123456、13900001111",
        "统一社会信用代码：" + PERSON,
        "索引号 11440100MB2C90856P/2023-00331",
        "公示期：20260101至20260110，编号202601011234567890",
        "投资6222021234567890128元",
        "申请人应当提供下列材料",
        "申请人：符合条件的居民",
        "法定代表人变更登记",
        "住址变更应当在三十日内申报",
        "1 35 2000 4002",
        "热线12345，急救120",
    ],
)
def test_what_is_official_or_says_nothing_of_a_person_stays(text: str) -> None:
    assert masked(text) == text


def test_a_number_beside_a_person_is_personal_even_where_the_line_says_telephone() -> None:
    assert masked("申请人：张三，联系电话：13800138000") == "申请人：张*，联系电话：138****8000"


def test_a_number_that_is_personal_once_is_hidden_everywhere() -> None:
    assert "13800138000" not in masked("联系人：王某，电话：13800138000\n户主 张三 13800138000")


def test_a_number_in_the_column_of_identity_cards_needs_no_right_check_digit() -> None:
    wrong = PERSON[:-1] + ("0" if PERSON[-1] != "0" else "1")
    assert not is_identity_number(wrong)
    assert masked(f"身份证号码：{wrong}") == f"身份证号码：360403********{wrong[-4:]}"


def test_a_bank_card_needs_its_check_digit_and_a_key_word() -> None:
    assert kinds(f"卡号：{CARD}") == [Kind.BANK]
    assert kinds(f"编号：{CARD}") == []
    assert kinds(f"卡号：{CARD[:-1]}{(int(CARD[-1]) + 1) % 10}") == []
    assert masked(f"卡号：{CARD}") == f"卡号：{CARD[:4]}********{CARD[-4:]}"


@pytest.mark.parametrize("bar", ["\t", " | ", "  "])
def test_the_columns_of_a_list_of_persons_are_masked(bar: str) -> None:
    rows = [
        ["序号", "姓名", "家庭住址", "金额"],
        ["1", "张三", "浔阳区环城路12号", "300"],
        ["2", "李小四", "甘棠街道南湖路1号", "500"],
    ]
    text = "\n".join(bar.join(row) for row in rows)
    hidden = masked(text)
    assert "张三" not in hidden
    assert "小四" not in hidden
    assert "环城路" not in hidden
    assert "300" in hidden
    assert kinds(text).count(Kind.NAME) == 2


def test_the_total_below_a_list_is_no_name() -> None:
    assert "合计" in masked("姓名\t金额\n张三\t300\n合计\t300")


def test_a_table_ends_where_the_text_goes_on() -> None:
    text = "姓名\t金额\n张三\t300\n\n以上公示\n\n经费\t预算"
    assert masked(text).endswith("经费\t预算")


def test_a_finding_holds_the_masked_value_and_its_place() -> None:
    text = "本人电话：１３８ ００１３ ８０００。"
    (finding,) = find(text)
    assert finding.masked == "138****8000"
    assert text[finding.start : finding.end] == "１３８ ００１３ ８０００"
    assert "0013" not in repr(finding)


@pytest.mark.parametrize(
    ("text", "is_held"),
    [
        ("姓名：张三", False),
        ("姓名：张三\n姓名：李四", False),
        ("姓名：张三\n姓名：李四\n姓名：王五", True),
        ("姓名\t金额\n张三\t1\n李四\t2\n王五\t3", True),
        ("法定代表人：张三\n法定代表人：李四\n法定代表人：王五", False),
        (f"卡号：{CARD}", True),
        ("\n".join(f"本人1380013800{last}" for last in range(6)), True),
        ("\n".join(f"本人1380013800{last}" for last in range(5)), False),
        ("联系人：张三、李四、王五，13800138000", False),
    ],
)
def test_lists_of_persons_are_held_for_a_person_to_look(text: str, is_held: bool) -> None:
    assert bool(PrivacyPolicy().reasons(find(text))) is is_held


def test_the_policy_is_a_setting() -> None:
    lenient = PrivacyPolicy(hold_names=100, hold_numbers=100, hold_kinds=frozenset())
    assert lenient.reasons(find(f"卡号：{CARD}\n姓名：张三\n姓名：李四\n姓名：王五")) == ()
    strict = PrivacyPolicy(hold_kinds=frozenset({Kind.ID}))
    assert strict.reasons(find(f"身份证：{PERSON}")) == ("held: a id number was found",)


identity_numbers = st.builds(
    lambda place, day, rest: identity_number(f"{place}{day:%Y%m%d}{rest:03d}"),
    st.sampled_from(["110101", "360403", "441900", "820000"]),
    st.dates(min_value=date(1900, 1, 1), max_value=date(2026, 11, 22)),
    st.integers(0, 999),
)
mobiles = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
cards = st.from_regex(r"62[0-9]{13}", fullmatch=True).map(luhn)
prose = st.text(
    alphabet="张王李三四五姓名户主申请人监护人：:，。；、\t\n |*住址家庭卡号账号电话联系人0123456789１２Xx- 等男女",
    max_size=30,
)


@given(prose, identity_numbers, prose, st.booleans())
def test_no_identity_number_is_left_in_any_text(before: str, number: str, after: str, wide: bool) -> None:
    shown = number.translate(WIDE) if wide else number
    text = f"{before}号{shown}号{after}"
    hidden = masked(text)
    assert number not in digits_of(narrowed(hidden)).upper()
    assert masked(hidden) == hidden


@given(prose, mobiles, prose, st.sampled_from(["", " ", "-", "－", "\u3000"]))
def test_no_personal_mobile_is_left_in_any_text(before: str, number: str, after: str, gap: str) -> None:
    shown = gap.join((number[:3], number[3:7], number[7:]))
    hidden = masked(f"{before}。\n户主手机{shown}，{after}")
    assert number not in digits_of(narrowed(hidden))
    assert masked(hidden) == hidden


@given(prose, cards, prose)
def test_no_bank_card_is_left_in_any_text(before: str, number: str, after: str) -> None:
    hidden = masked(f"{before}\n银行卡号：{number}。{after}")
    assert number not in digits_of(narrowed(hidden))
    assert masked(hidden) == hidden


@given(st.text(max_size=200) | prose)
def test_any_text_is_masked_without_an_error_and_once_is_enough(text: str) -> None:
    hidden, findings = mask(text)
    assert len(hidden) == len(text)
    assert mask(hidden)[0] == hidden
    assert [finding.start for finding in findings] == sorted(finding.start for finding in findings)
    for finding in findings:
        assert hidden[finding.start : finding.end] != text[finding.start : finding.end]
